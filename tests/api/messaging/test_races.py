"""Imports and creations of the same people at once: one customer each, and never a 500."""

import threading
from typing import Any

import pytest
from django.db import connections

from customers.models import Customer
from tests.cast import make_cast
from tests.client import ApiClient

ROWS = [
    {"phoneNumber": f"5299900000{number:02}", "email": f"c{(number * 7) % 40}@example.com"}
    for number in range(40)
]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_imports_and_creations_at_once_make_each_customer_once() -> None:
    cast = make_cast()
    clients = [ApiClient(user=cast.alice) for _ in range(6)]
    start = threading.Barrier(len(clients))
    answers: list[Any] = []

    def imports(client: ApiClient, rows: list[dict[str, str]]) -> None:
        start.wait()
        answers.append(
            client.post(
                "/api/v2/customers/bulk/import",
                {"customers": rows},
                Idempotency_Key=rows[0]["phoneNumber"],
            )
        )
        connections.close_all()

    def creates(client: ApiClient) -> None:
        start.wait()
        for row in ROWS:
            answers.append(client.post("/api/v2/customers", row))
        connections.close_all()

    works = [
        (imports, (clients[0], ROWS)),
        (imports, (clients[1], ROWS[::-1])),
        (imports, (clients[2], ROWS[20:] + ROWS[:20])),
    ]
    threads = [threading.Thread(target=work, args=args) for work, args in works]  # type: ignore[arg-type]
    threads += [threading.Thread(target=creates, args=(client,)) for client in clients[3:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    made = sum(answer.status_code == 201 and "customer" in answer.json() for answer in answers)
    runs = [answer.json()["results"] for answer in answers if "results" in answer.json()]
    assert [run["imported"] + run["duplicates"] for run in runs] == [40, 40, 40]
    assert made + sum(run["imported"] for run in runs) == 40
    assert (
        Customer.objects.unscoped().values("phone").distinct().count()
        == Customer.objects.unscoped().count()
        == 40
    )
