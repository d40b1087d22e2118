"""What migrations make of customers that were there before is what the domain makes of new ones."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from core.tenancy.actor import Actor
from customers.models import Customer, Identity
from customers.services.customers import create_customer, delete_customer
from tests.cast import customer_values

identities = import_module("customers.migrations.0010_identities")
words = import_module("customers.migrations.0011_words_of_search")

Rows = set[tuple[object, ...]]


@pytest.fixture
def people(actor: Actor) -> list[Customer]:
    rows = [
        create_customer(actor=actor, values=values)
        for values in (
            customer_values(1, whatsapp_number="2485550001"),
            customer_values(2, alternative_phones=["248 555 0002", "313 555 0001 ext. 12"]),
            {"first_name": "J. R.", "last_name": "O'Hara"},
            {"email": "Unal@Müller.example"},
        )
    ]
    delete_customer(actor=actor, customer_id=rows[0].pk)
    return rows


def addresses() -> Rows:
    names = ("customer_id", "organization_id", "environment", "kind", "value")
    flags = ("is_primary", "is_living", "source", "first_seen_at", "last_seen_at")
    return set(Identity.objects.unscoped().values_list(*names, *flags))


def test_every_address_becomes_the_row_that_the_domain_makes(people: list[Customer]) -> None:
    expected = addresses()
    assert len(expected) == 7
    Identity.objects.unscoped().delete()
    with connection.cursor() as cursor:
        # SQLite's own editor refuses to work inside a test's transaction
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        identities.fill(apps, editor)
    assert addresses() == expected


def test_the_searched_text_is_written_anew_in_batches(
    people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = dict(Customer.objects.unscoped().values_list("pk", "search_text"))
    versions = dict(Customer.objects.unscoped().values_list("pk", "version"))
    Customer.objects.unscoped().update(search_text="as it was")
    monkeypatch.setattr(words, "BATCH", 3)
    words.rewrite(apps, None)
    assert dict(Customer.objects.unscoped().values_list("pk", "search_text")) == expected
    assert dict(Customer.objects.unscoped().values_list("pk", "version")) == versions
