"""Amounts of money in forms, as people of the organization's region write them."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.identity.services import actor_of
from customers.models import Customer, Project
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.pages.browsing import sign_in


@pytest.fixture
def jane(cast: Cast) -> Customer:
    return create_customer(actor=actor_of(cast.alice), values=customer_values(1))


@pytest.fixture
def mona(cast: Cast, client: Client) -> Client:
    client.force_login(cast.mona)
    return client


def sent(client: Client, address: str, **typed: Any) -> dict[str, Any]:
    """The empty form as it is shown, filled in."""
    form = client.get(address).context["form"]
    shown = {bound.html_name: bound.value() for bound in form}
    return {name: value for name, value in shown.items() if value is not None} | typed


def new_project(row: Customer) -> str:
    return f"/app/customers/{row.pk}/projects/new/"


@pytest.mark.parametrize(
    ("region", "typed", "amount"),
    [
        ("US", "12,500.50", "12500.50"),
        ("US", "$1,200", "1200"),
        ("US", "1.200,50", "1200.50"),
        ("US", "12500.5", "12500.50"),
        ("DE", "1.200", "1200"),
        ("FR", "1 200,50 €", "1200.50"),
        ("CH", "1'200.50", "1200.50"),
    ],
)
def test_an_amount_is_read_as_people_write_it(
    cast: Cast, mona: Client, jane: Customer, region: str, typed: str, amount: str
) -> None:
    cast.acme.default_region = region
    cast.acme.save()
    address = new_project(jane)
    answer = mona.post(address, sent(mona, address, name="Roof", total_amount=typed))
    assert answer.status_code == 302
    assert Project.objects.unscoped().get().total_amount == Decimal(amount)


@pytest.mark.parametrize("typed", ["1e9", "0,750", "12 50", "abc", "NaN"])
def test_what_is_no_amount_is_said_so(mona: Client, jane: Customer, typed: str) -> None:
    address = new_project(jane)
    answer = mona.post(address, sent(mona, address, name="Roof", total_amount=typed))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["total_amount"]
    assert f'value="{typed}"' in answer.content.decode()
    assert not Project.objects.unscoped().exists()


def test_a_very_large_amount_is_asked_about_once(mona: Client, jane: Customer) -> None:
    address = new_project(jane)
    first = sent(mona, address, name="Roof", total_amount="25,000,000")
    asked = mona.post(address, first)
    assert asked.status_code == 422
    assert "25,000,000: is that right?" in asked.content.decode()
    sure = {**first, "sure": asked.context["form"]["sure"].value()}
    # of another amount it is asked again
    assert mona.post(address, {**sure, "total_amount": "26,000,000"}).status_code == 422
    assert not Project.objects.unscoped().exists()
    assert mona.post(address, sure).status_code == 302
    assert Project.objects.unscoped().get().total_amount == 25_000_000


def test_an_amount_that_stands_there_already_is_not_asked_about(
    cast: Cast, mona: Client, jane: Customer
) -> None:
    Customer.objects.unscoped().filter(pk=jane.pk).update(property_value=50_000_000)
    address = f"/app/customers/{jane.pk}/edit/"
    changed = sent(mona, address, city="Detroit")
    ticks = {name: "on" for name, value in changed.items() if value is True}
    kept = {name: value for name, value in changed.items() if not isinstance(value, bool | dict)}
    assert mona.post(address, kept | ticks).status_code == 302


def test_an_amount_is_grouped_when_one_leaves_it(cast: Cast, jane: Customer, page: Page) -> None:
    sign_in(page, cast.mona)
    page.goto(new_project(jane))
    page.get_by_label("Amount").fill("12500.5")
    page.get_by_label("Name").focus()
    expect(page.get_by_label("Amount")).to_have_value("12,500.5")
