"""
Lists: filters that select what displays the value, orders that lose no row, pages, statistics.
"""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import now
from core.identity.models import User
from core.identity.tokens import open_session
from core.tenancy.actor import Actor
from customers.services.customers import create_customer, delete_customer
from customers.services.work import create_project
from interactions.services import log_interaction
from tests.cast import Cast
from tests.client import ApiClient

PATH = "/api/v2/customers"

STATES: dict[str, dict[str, Any]] = {
    "fresh": {},
    "regular": {"customer_since": -60, "talked": -10},
    "quiet": {"customer_since": -130},
    "detractor": {"nps_score": 2},
    "inactive": {"customer_since": -200},
    "churned": {"customer_since": -800},
    "vip": {"worth": 100_001},
    "blocked": {"is_blocked": True},
    "blocked_vip": {"is_blocked": True, "worth": 100_001},
}

SHOWN = {
    "fresh": ("active", "new"),
    "regular": ("active", "regular"),
    "quiet": ("active", "regular"),
    "detractor": ("active", "regular"),
    "inactive": ("inactive", "inactive"),
    "churned": ("inactive", "inactive"),
    "vip": ("vip", "vip"),
    "blocked": ("blocked", "new"),
    "blocked_vip": ("blocked", "vip"),
}


@pytest.fixture
def everyone(actor: Actor) -> None:
    """One customer in each state, and a deleted one."""
    for number, (name, state) in enumerate(STATES.items()):
        values = {"first_name": name, "phone": f"+5299900000{number:02}", "tags": [name, "all"]}
        values |= {key: value for key, value in state.items() if key in ("is_blocked", "nps_score")}
        if "customer_since" in state:
            values["customer_since"] = (
                now() + dt.timedelta(days=state["customer_since"])
            ).isoformat()
        row = create_customer(actor=actor, values=values)
        if "worth" in state:
            create_project(actor=actor, values={"customer": row.pk, "total_amount": state["worth"]})
        if "talked" in state:
            at = (now() + dt.timedelta(days=state["talked"])).isoformat()
            log_interaction(
                actor=actor, values={"customer": row.pk, "type": "sms", "occurred_at": at}
            )
    gone = create_customer(actor=actor, values={"first_name": "gone", "phone": "+529990000099"})
    delete_customer(actor=actor, customer_id=gone.pk)


def names(api: ApiClient, **query: Any) -> list[str]:
    response = api.get(PATH, limit=100, **query)
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["pagination"]["total"] == len(body["customers"])
    return [row["firstName"] for row in body["customers"]]


@pytest.mark.usefixtures("everyone")
def test_each_customer_shows_its_status_and_segment(api: ApiClient) -> None:
    rows = api.get(PATH, limit=100).json()["customers"]
    assert {row["firstName"]: (row["status"], row["segment"]) for row in rows} == SHOWN


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize("status", ["active", "inactive", "blocked", "vip"])
def test_a_status_selects_exactly_what_displays_it(api: ApiClient, status: str) -> None:
    assert sorted(names(api, status=status)) == sorted(
        name for name, shown in SHOWN.items() if shown[0] == status
    )


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize("segment", ["vip", "regular", "new", "inactive"])
def test_a_segment_selects_exactly_what_displays_it(api: ApiClient, segment: str) -> None:
    assert sorted(names(api, segment=segment)) == sorted(
        name for name, shown in SHOWN.items() if shown[1] == segment
    )


@pytest.mark.usefixtures("everyone")
def test_filters_combine_and_tags_mean_any_of_them(api: ApiClient) -> None:
    assert sorted(names(api, tags="fresh,vip,unknown")) == ["fresh", "vip"]
    assert sorted(names(api, tags="all", segment="vip", status="blocked")) == ["blocked_vip"]
    assert names(api, tags="Fresh") == []
    assert names(api, search="churn") == ["churned"]
    assert names(api, search="5299900000", tags="quiet") == ["quiet"]
    assert names(api, search="gone") == []


@pytest.mark.usefixtures("everyone")
def test_statistics_count_what_is_displayed(api: ApiClient) -> None:
    body = api.get(f"{PATH}/stats/summary").json()
    rows = api.get(PATH, limit=100).json()["customers"]
    for key, status in {
        "activeCustomers": "active",
        "vipCustomers": "vip",
        "blockedCustomers": "blocked",
    }.items():
        assert body["summary"][key] == sum(row["status"] == status for row in rows)
    assert body["summary"]["totalCustomers"] == len(rows) == 9
    assert {item["_id"]: item["count"] for item in body["segments"]} == {
        "vip": 2,
        "regular": 3,
        "new": 2,
        "inactive": 2,
    }


def test_new_this_month_is_reckoned_on_the_organizations_clock(
    api: ApiClient, actor: Actor
) -> None:
    for number, since in enumerate(
        ["2026-03-01T04:59:59Z", "2026-03-01T05:00:00Z", "2026-03-31T12:00:00Z"]
    ):
        create_customer(
            actor=actor, values={"phone": f"+52999000000{number}", "customer_since": since}
        )
    # the last evening of March in Detroit
    with time_machine.travel("2026-04-01T03:59:00Z", tick=False):
        summary = (
            ApiClient(user=None, **_bearer(actor)).get(f"{PATH}/stats/summary").json()["summary"]
        )
    assert (summary["totalCustomers"], summary["newThisMonth"]) == (3, 2)


def _bearer(actor: Actor) -> dict[str, str]:
    user = User.objects.unscoped().get(pk=actor.id)
    return {"Authorization": f"Bearer {open_session(user=user).access}"}


def test_the_default_order_is_the_latest_interaction_with_silent_customers_last(
    api: ApiClient, actor: Actor
) -> None:
    rows = [
        create_customer(
            actor=actor, values={"first_name": f"n{number}", "phone": f"+52999000000{number}"}
        )
        for number in range(4)
    ]
    for number, day in ((1, "2026-01-01"), (3, "2026-02-01")):
        log_interaction(
            actor=actor,
            values={"customer": rows[number].pk, "type": "sms", "occurred_at": f"{day}T00:00:00Z"},
        )
    assert names(api) == ["n3", "n1", "n2", "n0"]
    assert names(api, sortOrder="asc") == ["n1", "n3", "n0", "n2"]
    assert names(api, sortBy="phoneNumber") == ["n3", "n2", "n1", "n0"]
    assert names(api, sortBy="firstName", sortOrder="asc") == ["n0", "n1", "n2", "n3"]


SORTS = [
    "lastInteraction",
    "lastMessageAt",
    "firstContact",
    "createdAt",
    "updatedAt",
    "firstName",
    "lastName",
    "email",
    "phoneNumber",
    "status",
    "segment",
]


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize("sort_by", [*SORTS, "totalConversations", "totalMessages"])
@pytest.mark.parametrize("sort_order", ["asc", "desc"])
def test_walking_the_pages_neither_repeats_nor_loses_a_row(
    api: ApiClient, sort_by: str, sort_order: str
) -> None:
    seen = []
    for page in range(1, 7):
        body = api.get(PATH, page=page, limit=2, sortBy=sort_by, sortOrder=sort_order).json()
        assert body["pagination"] == {"page": page, "limit": 2, "total": 9, "pages": 5}
        seen += [row["_id"] for row in body["customers"]]
    assert len(seen) == len(set(seen)) == 9


def test_sizes_above_the_maximum_are_cut_to_it(api: ApiClient) -> None:
    assert api.get(PATH, limit=101).json()["pagination"] == {
        "page": 1,
        "limit": 100,
        "total": 0,
        "pages": 0,
    }
    assert api.get(PATH).json()["pagination"]["limit"] == 20


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ({"page": "0"}, "page"),
        ({"page": "-1"}, "page"),
        ({"limit": "x"}, "limit"),
        ({"limit": "0"}, "limit"),
        ({"status": "churned"}, "status"),
        ({"segment": "at_risk"}, "segment"),
        ({"sortBy": "password"}, "sortBy"),
        ({"sortOrder": "up"}, "sortOrder"),
        ({"status": ["vip", "active"]}, "status"),
        ({"page": ["1", "2"]}, "page"),
    ],
)
def test_bad_parameters_are_named(api: ApiClient, query: dict[str, str], key: str) -> None:
    response = api.get(PATH, **query)
    assert response.status_code == 400
    assert (response.json()["success"], list(response.json()["details"])) == (False, [key])


def test_an_unknown_order_or_format_names_the_permitted_ones(api: ApiClient) -> None:
    for path, name, permitted in (
        (PATH, "sortOrder", "asc, desc"),
        (f"{PATH}/export", "format", "json, csv"),
    ):
        told = api.get(path, **{name: "gold"}).json()["details"][name]
        assert told == [f"“gold” is not one of: {permitted}."]


def test_parameters_of_tools_are_ignored_and_unknown_ones_refused_by_exports(
    api: ApiClient,
) -> None:
    assert "X-Ignored" not in api.get(PATH, _="1").headers
    for path in (PATH, f"{PATH}/stats/summary"):
        response = api.get(path, colour="red")
        assert (response.status_code, response.headers["X-Ignored"]) == (200, "colour")
        refused = api.get(path, {"Prefer": "handling=strict"}, colour="red")
        assert list(refused.json()["details"]) == ["colour"]
    assert list(api.get(f"{PATH}/export", colour="red").json()["details"]) == ["colour"]
    loosened = api.get(f"{PATH}/export", {"Prefer": "handling=lenient"}, colour="red")
    assert (loosened.status_code, loosened.headers["X-Ignored"]) == (200, "colour")


def test_a_token_in_the_address_is_for_the_export_alone(api: ApiClient, cast: Cast) -> None:
    token = api.headers["Authorization"].partition(" ")[2]
    for credential in (token, cast.live_key):
        assert ApiClient().get(f"{PATH}/export", token=credential).status_code == 200
        assert ApiClient().get(PATH, token=credential).status_code == 401


def test_the_list_takes_as_many_queries_for_thirty_rows_as_for_three(
    api: ApiClient, actor: Actor
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(PATH, limit=100).status_code == 200
        return len(captured)

    for number in range(3):
        create_customer(actor=actor, values={"phone": f"+5299900000{number:02}", "tags": ["a"]})
    few = queries()
    for number in range(3, 30):
        create_customer(
            actor=actor, values={"phone": f"+5299900000{number:02}", "tags": ["a", f"t{number}"]}
        )
    assert queries() == few <= 5
