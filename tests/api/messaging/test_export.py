"""
Export: the list's rows as JSON or CSV, streamed; a token in the address here and nowhere else.
"""

import csv
import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from core.audit.models import AuditEntry
from core.identity.models import User
from core.tenancy.actor import Actor
from customers.services.bulk_creation import create_customers
from customers.services.customers import create_customer
from interactions.services import log_interaction
from tests.cast import Cast
from tests.client import ApiClient

PATH = "/api/v2/customers/export"
HEADER = "phoneNumber,firstName,lastName,email,status,segment,tags,notes,createdAt,lastInteraction"


def text(response: Any) -> str:
    assert response.status_code == 200, getattr(response, "content", b"")
    return b"".join(response).decode()


@pytest.fixture
def many(actor: Actor) -> None:
    rows = [
        {
            "first_name": f"Ana{number}",
            "phone": f"+52999{number:07}",
            "tags": ["even" if number % 2 == 0 else "odd", "all"],
        }
        for number in range(1203)
    ]
    create_customers(actor=actor, rows=rows)


@pytest.mark.usefixtures("many")
def test_json_holds_exactly_the_lists_rows(api: ApiClient) -> None:
    listed = []
    for page in range(1, 14):
        listed += api.get("/api/v2/customers", page=page, limit=100).json()["customers"]
    response = api.get(PATH, format="json")
    assert response.headers["Content-Type"] == "application/json"
    assert response.streaming
    body = json.loads(text(response))
    assert body == {"success": True, "customers": listed}
    assert len(listed) == 1203 == api.get("/api/v2/customers").json()["pagination"]["total"]


@pytest.mark.usefixtures("many")
def test_csv_holds_as_many_rows_as_the_list_has(api: ApiClient) -> None:
    lines = list(csv.reader(io.StringIO(text(api.get(PATH, format="csv", tags="odd")))))
    total = api.get("/api/v2/customers", tags="odd").json()["pagination"]["total"]
    assert len(lines) - 1 == total == 601
    assert len({line[0] for line in lines[1:]}) == 601


def test_the_csv_is_the_documented_one(api: ApiClient, actor: Actor) -> None:
    row = create_customer(
        actor=actor,
        values={
            "phone": "+529991234567",
            "first_name": "John",
            "last_name": "Doe",
            "email": "John@example.com",
            "engagement": "vip",
            "tags": ["premium", "loyal"],
            "notes": 'VIP "customer"',
        },
    )
    log_interaction(
        actor=actor,
        values={"customer": row.pk, "type": "sms", "occurred_at": "2024-12-10T15:45:00Z"},
    )
    response = api.get(PATH, format="csv")
    assert response.headers["Content-Type"] == "text/csv"
    assert response.headers["Content-Disposition"] == "attachment; filename=customers.csv"
    shown = api.get(f"/api/v2/customers/{row.pk}").json()["customer"]["createdAt"]
    assert text(response) == (
        f"{HEADER}\n"
        '"529991234567","John","Doe","john@example.com","active","vip","premium;loyal","VIP '
        '""customer""",'
        f'"{shown}","2024-12-10T15:45:00.000Z"\n'
    )


def test_an_export_without_rows_has_its_frame(api: ApiClient) -> None:
    assert text(api.get(PATH)) == '{"success":true,"customers":[]}'
    assert text(api.get(PATH, format="csv")) == f"{HEADER}\n"


def test_cells_are_inert_in_spreadsheets_and_unknown_ones_empty(
    api: ApiClient, actor: Actor
) -> None:
    create_customer(
        actor=actor, values={"phone": "+529991234567", "first_name": "=1+1", "notes": "@x"}
    )
    create_customer(actor=actor, values={"email": "only@example.com"})
    first, second = list(csv.reader(io.StringIO(text(api.get(PATH, format="csv")))))[1:]
    assert first[:8] == ["", "", "", "only@example.com", "active", "new", "", ""]
    assert (second[1], second[7], second[9]) == ("'=1+1", "'@x", "")


def test_filters_are_those_of_the_list(api: ApiClient, actor: Actor) -> None:
    create_customer(
        actor=actor, values={"phone": "+529990000001", "first_name": "Ana", "is_blocked": True}
    )
    create_customer(
        actor=actor, values={"phone": "+529990000002", "first_name": "Bea", "tags": ["x"]}
    )
    for query, phones in (
        ({"status": "blocked"}, ["529990000001"]),
        ({"segment": "new", "search": "bea"}, ["529990000002"]),
        ({"tags": "x,y"}, ["529990000002"]),
        ({"segment": "vip"}, []),
    ):
        rows = list(csv.reader(io.StringIO(text(api.get(PATH, format="csv", **query)))))[1:]
        assert [row[0] for row in rows] == phones
    assert list(api.get(PATH, format="xml").json()["details"]) == ["format"]


def test_a_token_in_the_address_is_taken_here_alone(anonymous: ApiClient, api: ApiClient) -> None:
    token = api.headers["Authorization"].removeprefix("Bearer ")
    assert text(anonymous.get(PATH, token=token)) == '{"success":true,"customers":[]}'
    for path in ("/api/v2/customers", "/api/v2/customers/stats/summary"):
        assert anonymous.get(path, token=token).status_code == 401
    for bad in ("", "nonsense", f"{token}x"):
        refused = anonymous.get(PATH, token=bad)
        assert (refused.status_code, refused.json()) == (
            401,
            {"success": False, "error": "Authentication required"},
        )
    assert anonymous.get(PATH).status_code == 401


def test_a_token_in_the_address_is_never_logged(
    anonymous: ApiClient, api: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    token = api.headers["Authorization"].removeprefix("Bearer ")
    with caplog.at_level(logging.DEBUG):
        text(anonymous.get(PATH, token=token))
        anonymous.get(PATH, token=f"{token}x")
        anonymous.get(PATH, token=token, colour="red")
        anonymous.get("/api/v2/nothing", token=token)
        for server in ("django.server", "gunicorn.error"):
            logging.getLogger(server).error(
                '"%s" %s', f"GET {PATH}?format=csv&token={token}&status=active HTTP/1.1", 200
            )
    assert caplog.text.count("&token=…&status=active") == 2
    assert token not in caplog.text


def test_an_export_is_audited_and_counts_against_its_allowance(
    api: ApiClient, actor: Actor, settings: Any
) -> None:
    settings.RATE_LIMIT_EXPORT = "1/hour"
    text(api.get(PATH, format="csv"))
    refused = api.get(PATH, format="csv")
    assert (refused.status_code, refused.json()["success"]) == (429, False)
    (entry,) = AuditEntry.objects.for_actor(actor).filter(action="customers.exported")
    assert (entry.actor_label, entry.via, entry.changes["rows"]) == (
        "alice@acme.test",
        "messaging",
        [None, 0],
    )


def test_staff_may_not_export(
    client_of: Callable[[User], ApiClient], cast: Cast, actor: Actor
) -> None:
    assert client_of(cast.bob).get(PATH).status_code == 403
    assert not AuditEntry.objects.for_actor(actor).filter(action="customers.exported").exists()
