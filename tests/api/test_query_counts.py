"""
How many queries each operation makes: exactly as many for thirty rows as for three. Creating and
changing a customer take ten at most beside sign-in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.identity.models import User
from core.identity.services import actor_of
from core.webhooks import services as webhooks
from tests.api.world import make_world
from tests.cast import make_cast
from tests.client import ApiClient

pytestmark = pytest.mark.heavy

COUNTS: dict[str, int] = {
    # a page that isn't full is the whole list, which needs no count: thirty rows have to fit
    "GET /api/customers?min_lifetime_value=1&per_page=100": 2,
    "GET /api/customers?per_page=2": 3,
    "GET /api/customers?search=first&per_page=100": 2,
    "GET /api/customers?tags=m0-tag": 2,
    "GET /api/customers/stats": 2,
    # PostgreSQL's COPY isn't among the queries that Django tells of
    "GET /api/customers/export": 3 if connection.vendor == "postgresql" else 4,
    "GET {customer}": 2,
    "GET {customer}?include_history=true&include_projects=true": 4,
    "GET {customer}/projects": 3,
    "GET {customer}/interactions": 4,
    "GET {customer}/loyalty": 3,
    "GET /api/projects?per_page=100": 2,
    "GET /api/interactions?per_page=100": 2,
    "GET /api/follow-ups?per_page=100": 2,
    "GET /api/appointments": 2,
    "GET /api/conversations?per_page=100": 2,
    "GET {conversation}/messages": 4,
    "GET /api/transactions": 2,
    "GET /api/outlets": 2,
    "GET /api/services": 2,
    "GET /api/tags?per_page=100": 3,
    "GET /api/imports": 2,
    "POST {customer}/interactions": 9,
    "POST customer": 8,
    "POST customer and tag": 10,
    "PATCH {customer}": 8,
    "PATCH status": 8,
    "PATCH tag": 10,
    "POST bulk": 12,
}


def counted(client: ApiClient, operation: str, ids: dict[str, Any], number: int) -> int:
    method, _, path = operation.partition(" ")
    path = path.format(
        customer=f"/api/customers/{ids['customer']}",
        conversation=f"/api/conversations/{ids['conversation']}",
    )
    path, _, query = path.partition("?")
    body: Any = None
    if method == "POST" and path == "bulk":
        path, body = (
            "/api/customers/bulk-update",
            {
                "customer_ids": ids["all"],
                "updates": {"campaign": f"c{number}", "tags": f"t{number}"},
            },
        )
    elif method == "POST" and path.startswith("customer"):
        email = f"{path.replace(' ', '')}{number}@example.com"
        body = {"first_name": "A", "last_name": "B", "email": email}
        body |= {"tags": f"m{number}-tag"} if path.endswith("tag") else {}
        path = "/api/customers"
    elif method == "POST":
        body = {"type": "note"}
    elif method == "PATCH":
        change = {"status": "churned"} if path == "status" else {"tags": f"m{number}-tag"}
        body = change if path in ("status", "tag") else {"city": f"city {number}"}
        path = f"/api/customers/{ids['customer']}"
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.send(
            method,
            path,
            body,
            dict(pair.split("=") for pair in query.split("&")) if query else None,
        )
        assert response.status_code < 300, response.getvalue()
        response.getvalue()
    return sum(
        not query["sql"].startswith(
            ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "SET LOCAL", 'UPDATE "tenancy_apikey"')
        )
        for query in queries
    )


@dataclass
class Crowd:
    """
    Clients of an organization with three rows of every kind and of one with thirty, and the ids of
    their rows.
    """

    few: ApiClient
    many: ApiClient
    ids_of_few: dict[str, Any]
    ids_of_many: dict[str, Any]


@pytest.fixture(scope="module")
def crowd(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Crowd]:
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        yield Crowd(
            ApiClient(user=cast.alice),
            ApiClient(user=cast.charlie),
            filled(cast.alice, cast.bob, 3),
            filled(cast.charlie, cast.charlie, 30),
        )
        transaction.set_rollback(True)


def filled(admin: User, staff: User, size: int) -> dict[str, Any]:
    """That many rows of every kind in the admin's organization, and that many of one customer."""
    actor, client = actor_of(admin), ApiClient(user=admin)
    with mock.patch.object(webhooks, "MOST_ENDPOINTS", size):
        worlds = [
            make_world(actor, mark=f"m{number}", user=staff, number=number)
            for number in range(size)
        ]
    ids = worlds[0]
    for number in range(size - 1):
        client.post(
            f"/api/customers/{ids['customer']}/interactions", {"type": "note", "notes": str(number)}
        )
        client.post("/api/projects", {"customer_id": ids["customer"], "total_amount": 1})
        client.post(
            f"/api/conversations/{ids['conversation']}/messages",
            {"direction": "inbound", "body": "x"},
        )
        client.post(f"/api/customers/{ids['customer']}/loyalty", {"points": 1, "reason": "x"})
    return {**ids, "all": [world["customer"] for world in worlds]}


@pytest.mark.parametrize("operation", COUNTS)
def test_three_rows_and_thirty_take_the_same_number_of_queries(
    operation: str, crowd: Crowd, db: None
) -> None:
    few = counted(crowd.few, operation, crowd.ids_of_few, 1)
    many = counted(crowd.many, operation, crowd.ids_of_many, 2)
    assert (few, many) == (COUNTS[operation], COUNTS[operation])
