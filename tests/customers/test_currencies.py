"""Amounts have the decimals of their currency (ISO 4217): no more are taken, none are lost."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from core.amounts import decimals_of
from core.clock import now
from core.errors import Invalid
from core.tenancy.actor import Actor
from core.ui.fields import MoneyField
from core.ui.formatting import money
from customers.models import Customer, Project, Transaction
from customers.selectors.work import payments_between
from customers.services.customers import create_customer
from customers.services.work import (
    create_project,
    create_transaction,
    create_transactions,
    update_transaction,
    update_transactions,
)
from tests.cast import customer_values
from tests.client import ApiClient
from tests.merging.people import fresh


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1))


def values(customer: object, amount: object, currency: str) -> dict[str, Any]:
    return {"customer": customer, "gross_amount": amount, "currency_code": currency}


def test_exponents_are_iso_4217s() -> None:
    told = {code: decimals_of(code) for code in ("USD", "KWD", "TND", "JPY", "XOF", "HUF", "IQD")}
    assert told == {"USD": 2, "KWD": 3, "TND": 3, "JPY": 0, "XOF": 0, "HUF": 2, "IQD": 3}


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("1.5", "JPY"), (0.5, "XOF"), ("1.234", "USD"), (1.005, "EUR"), ("1.2345", "KWD")],
)
def test_more_decimals_than_the_currency_has_are_refused_by_every_way_of_writing(
    actor: Actor, jane: Customer, amount: object, currency: str
) -> None:
    payment = create_transaction(actor=actor, values=values(jane, "1", currency))
    change = {"gross_amount": amount}
    with pytest.raises(Invalid) as refused:
        create_transaction(actor=actor, values=values(jane, amount, currency))
    assert set(refused.value.faults) == {"gross_amount"}
    with pytest.raises(Invalid):
        update_transaction(actor=actor, transaction_id=payment.pk, values=change)
    told = [
        *create_transactions(actor=actor, rows=[values(jane.pk, amount, currency)]),
        *update_transactions(actor=actor, changes=[(payment.pk, change)]),
    ]
    assert [type(each) for each in told] == [Invalid, Invalid]
    assert Transaction.objects.unscoped().get().gross_amount == 1


def test_three_decimals_are_kept_summed_and_shown(
    actor: Actor, jane: Customer, api: ApiClient
) -> None:
    body = {"customer_id": str(jane.pk), "currency_code": "KWD", "status": "completed"}
    sent = [api.post("/api/transactions", {**body, "gross_amount": each}) for each in (1.234, 2)]
    assert [answer.json()["data"]["gross_amount"] for answer in sent] == [1.234, 2]
    rows = Transaction.objects.unscoped().order_by("created_at", "pk")
    assert [row.gross_amount for row in rows] == [Decimal("1.234"), 2]
    other = f"/api/transactions/{rows[0].pk}"
    refused = api.put(other, {"currency_code": "USD"})
    assert refused.json()["details"] == {
        "gross_amount": ["Amounts in USD have at most 2 decimals."]
    }
    assert api.put(other, {"description": "x"}).status_code == 200
    day = dt.timedelta(days=1)
    sums = payments_between(actor=actor, first=now() - day, last=now() + day)
    assert sums == [("KWD", Decimal("3.234"))]
    assert money(Decimal("1.234"), "KWD") == "KWD 1.234"
    assert money(Decimal("1.5"), "KWD") == "KWD 1.500"


def test_a_currency_is_one_that_there_is(jane: Customer, api: ApiClient) -> None:
    body = {"customer_id": str(jane.pk), "gross_amount": 5}
    for code in ("ZZZ", "usd", "EURO", "US"):
        refused = api.post("/api/transactions", {**body, "currency_code": code})
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"currency_code"})
    assert api.post("/api/transactions", {**body, "currency_code": "XAF"}).status_code == 201


def test_a_form_shows_an_amount_as_it_reads_it() -> None:
    for region, shown in (("US", "1.234"), ("TN", "1,234"), ("DE", "1,234")):
        field = MoneyField(max_digits=15, decimal_places=3)
        field.place(region)
        assert field.prepare_value(Decimal("1.234")) == shown
        assert not field.has_changed(Decimal("1.234"), shown)


def test_an_organization_without_cents_has_none_anywhere(actor: Actor, jane: Customer) -> None:
    actor.organization.currency = "JPY"
    with pytest.raises(Invalid, match="Amounts in JPY have at most 0 decimals"):
        create_project(actor=fresh(actor), values={"customer": jane, "total_amount": "1.5"})
    create_project(actor=fresh(actor), values={"customer": jane, "total_amount": "1.00"})
    assert Project.objects.unscoped().get().total_amount == 1
