"""Filters, orders and pages of the customer list."""

from typing import Any

import pytest
import time_machine

from core.tenancy.actor import Actor
from tests.api.roofing.calls import NO_ONE, ids, made, path, project
from tests.cast import Cast
from tests.client import ApiClient


@pytest.fixture
def four(actor: Actor, cast: Cast) -> dict[str, str]:
    rows = {
        "ann": {
            "first_name": "Ánn",
            "last_name": "O'Brien",
            "city": "Troy",
            "zip_code": "48084",
            "tags": ["gold", "north"],
        },
        "bob": {
            "first_name": "BOB",
            "last_name": "Müller",
            "city": "Birmingham",
            "is_referral_partner": True,
            "tags": ["gold"],
        },
        "cy": {
            "first_name": "Cy",
            "last_name": "Łukasz",
            "company_name": "Straße & Co",
            "assigned_to": cast.bob.pk,
            "tags": ["south"],
        },
        "dee": {"first_name": "Dee", "last_name": "100%", "external_id": "X-1", "nps_score": 3},
    }
    made_rows = {}
    for number, (name, values) in enumerate(rows.items()):
        values = {{"zip_code": "postal_code"}.get(key, key): value for key, value in values.items()}
        made_rows[name] = made(
            actor,
            number,
            **{"email": f"{name}@example.com", "phone": f"(248) 555-{number:04}", **values},
        )
    project(actor, made_rows["bob"], 60_000)
    project(actor, made_rows["cy"], 60_000)
    project(actor, made_rows["cy"], 60_000)
    return {name: str(row.pk) for name, row in made_rows.items()}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "dee cy bob ann"),
        ({"status": "vip"}, "cy"),
        ({"status": "vip,active"}, "dee cy bob ann"),
        ({"status": "churned"}, ""),
        ({"segment": "premium"}, "cy bob"),
        ({"segment": "premium,standard", "city": "Birmingham"}, "bob"),
        ({"min_lifetime_value": "60000"}, "cy bob"),
        ({"min_lifetime_value": "60000.01"}, "cy"),
        ({"zip_code": "48084"}, "ann"),
        ({"city": "Troy"}, "ann"),
        ({"city": " trÖY "}, "ann"),
        ({"city": "Tro"}, ""),
        ({"is_referral_partner": "true"}, "bob"),
        ({"is_referral_partner": "false"}, "dee cy ann"),
        ({"tags": "gold"}, "bob ann"),
        ({"tags": "gold,south"}, "cy bob ann"),
        ({"tags": "GOLD"}, ""),
        ({"external_id": "X-1"}, "dee"),
        ({"search": "ann"}, "ann"),
        ({"search": "ÁNN"}, "ann"),
        ({"search": "muller"}, "bob"),
        ({"search": "MÜLL"}, "bob"),
        ({"search": "lukasz"}, "cy"),
        ({"search": "strasse"}, "cy"),
        ({"search": "bob muller"}, "bob"),
        ({"search": "muller bob"}, "bob"),
        ({"search": "bob brien"}, ""),
        ({"search": "rien"}, "ann"),
        ({"search": "ri"}, ""),
        ({"search": "o'"}, "ann"),
        ({"search": "cy"}, "cy"),
        ({"search": "y"}, ""),
        ({"search": "example.com"}, "dee cy bob ann"),
        ({"search": "2485550002"}, "cy"),
        ({"search": "(248) 555-0002"}, "cy"),
        ({"search": "+1 248 555 0002"}, "cy"),
        ({"search": "248.555.0002"}, "cy"),
        ({"search": "555-0003"}, "dee"),
        ({"search": "%"}, ""),
        ({"search": "100%"}, "dee"),
        ({"search": "___"}, ""),
    ],
    ids=str,
)
def test_each_filter_selects_exactly_its_rows(
    query: Any, names: str, api: ApiClient, four: dict[str, str]
) -> None:
    assert ids(api.get("/api/customers", **query)) == [four[name] for name in names.split()]


def test_the_manager_filter(api: ApiClient, four: dict[str, str], cast: Cast) -> None:
    assert ids(api.get("/api/customers", assigned_to=str(cast.bob.pk))) == [four["cy"]]
    assert ids(api.get("/api/customers", assigned_to=NO_ONE)) == []


def test_updated_since_takes_a_moment_or_a_day_of_the_organizations_zone(
    api: ApiClient, actor: Actor
) -> None:
    for number, moment in enumerate(("2026-03-01T04:59:59Z", "2026-03-01T05:00:00Z")):
        with time_machine.travel(moment, tick=False):
            made(actor, number)
    rows = ids(api.get("/api/customers", sort="updated_at:desc"))
    assert ids(api.get("/api/customers", updated_since="2026-03-01")) == rows[:1]
    assert ids(api.get("/api/customers", updated_since="2026-03-01T05:00:00Z")) == rows[:1]
    assert ids(api.get("/api/customers", updated_since="2026-02-28")) == rows
    assert ids(api.get("/api/customers", updated_since="2026-03-01T06:00:00+01:00")) == rows[:1]


SORTS = [
    "created_at",
    "updated_at",
    "first_name",
    "last_name",
    "email",
    "city",
    "status",
    "segment",
    "lifetime_value",
    "project_count",
]


@pytest.mark.parametrize("field", [*SORTS, "customer_since", "last_interaction", "nps_score"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_every_order_is_total_and_its_pages_neither_repeat_nor_lose(
    field: str, direction: str, actor: Actor, api: ApiClient
) -> None:
    for number in range(7):
        values = {
            "first_name": "Abc"[number % 3],
            "nps_score": [None, 5, 9][number % 3],
            "city": ["x", "", "z"][number % 3],
        }
        values |= {"email": ""} if number % 3 == 1 else {}
        customer = made(actor, number, **values)
        if number % 2:
            project(actor, customer, 5)
            api.post(
                path(customer, "/interactions"),
                {"type": "note", "date": f"2026-01-0{number}T00:00:00Z"},
            )
    whole = api.get("/api/customers", sort=f"{field}:{direction}").json()["data"]
    walked = [
        row
        for page in range(1, 5)
        for row in api.get(
            "/api/customers", sort=f"{field}:{direction}", per_page="2", page=str(page)
        ).json()["data"]
    ]
    assert [row["id"] for row in walked] == [row["id"] for row in whole]
    assert len({row["id"] for row in walked}) == 7
    known = [
        row[field].lower() if isinstance(row[field], str) else row[field]
        for row in whole
        if row[field] is not None
    ]
    assert known == sorted(known, reverse=direction == "desc")
    assert [row[field] for row in whole][len(known) :] == [None] * (7 - len(known))


def test_unknown_texts_come_last_in_a_second_order_too(api: ApiClient, actor: Actor) -> None:
    for number, city in enumerate(["", "b", "a", ""]):
        made(actor, number, first_name="Same", city=city)
    for sort in ("first_name:asc,city:asc", "first_name:desc,city:asc", "first_name:asc,city:desc"):
        cities = [row["city"] for row in api.get("/api/customers", sort=sort).json()["data"]]
        assert cities == (
            ["b", "a", None, None] if sort.endswith("desc") else ["a", "b", None, None]
        )


def test_several_sorts_decide_in_their_order(api: ApiClient, four: dict[str, str]) -> None:
    found = ids(api.get("/api/customers", sort="lifetime_value:desc,first_name:asc"))
    assert found == [four[name] for name in ("cy", "bob", "ann", "dee")]


def test_pagination_counts(api: ApiClient, four: dict[str, str]) -> None:
    body = api.get("/api/customers", per_page="3", page="2").json()
    assert body["pagination"] == {
        "page": 2,
        "per_page": 3,
        "total": 4,
        "total_pages": 2,
        "has_next": False,
        "has_prev": True,
    }
    assert len(body["data"]) == 1
    assert api.get("/api/customers", search="nobody at all").json() == {
        "data": [],
        "pagination": {
            "page": 1,
            "per_page": 50,
            "total": 0,
            "total_pages": 0,
            "has_next": False,
            "has_prev": False,
        },
    }
