"""What the native API's tests say often."""

import datetime as dt
from typing import Any

from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.work import create_project
from tests.cast import customer_values
from tests.client import ApiClient

NOW = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
NO_ONE = "550e8400-e29b-41d4-a716-446655440000"


def path(customer: Customer, rest: str = "") -> str:
    return f"/api/customers/{customer.pk}{rest}"


def shown(api: ApiClient, customer: Customer) -> dict[str, Any]:
    body: dict[str, Any] = api.get(path(customer)).json()["data"]
    return body


def made(actor: Actor, number: int, **more: Any) -> Customer:
    return create_customer(actor=actor, values=customer_values(number, **more))


def project(actor: Actor, customer: Customer, amount: Any, **more: Any) -> Any:
    return create_project(
        actor=actor, values={"customer": customer.pk, "total_amount": amount, **more}
    )


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["data"]]
