"""
A field of the customer has six places: its model, the native API, the admin, the form, the names
that files give it, and its Spanish. The model's field comes first; these tests name the place that
lacks it.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db import models
from django.utils.functional import Promise

from core.exports.tables import table
from core.identity.services import actor_of
from core.tenancy.models import Outlet
from customers.admin.customers import CustomerAdmin
from customers.imports.headers import CUSTOMER_WORDS
from customers.models import Customer
from customers.pages.forms import CustomerForm
from customers.services.customers import create_customer
from customers.services.values import WRITABLE
from tests.cast import Cast, customer_values
from tests.client import ApiClient
from tests.pages.test_languages import CATALOG, entries

FIELDS = {field.name: field for field in Customer._meta.concrete_fields if field.name in WRITABLE}

PLACES: Mapping[str, tuple[set[str], set[str]]] = {
    "customers/pages/forms.py, GROUPS: the form and the customer's page": (
        {name for group in CustomerForm.groups for name in group.all},
        # blocking has a page of its own; the others nobody fills in by hand
        {"is_blocked", "block_reason", "customer_since", "referred_by", "preferred_categories"},
    ),
    "customers/admin/customers.py, fieldsets: the admin": (
        set(flatten_fieldsets(CustomerAdmin(Customer, admin.site).fieldsets or ())),
        set(),
    ),
    "customers/imports/headers.py: files that are imported": (set(CUSTOMER_WORDS), set()),
    "customers/tables.py: files that are exported": (set(table("customers").columns), set()),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_writable_field_has_its_place_or_is_left_out_on_purpose(place: str) -> None:
    names, left_out = PLACES[place]
    assert WRITABLE - names == left_out, place


def test_every_field_is_called_by_a_word_that_has_its_spanish() -> None:
    called = {
        name: field.verbose_name
        for name, field in FIELDS.items()
        if isinstance(field._verbose_name, Promise)
    }
    assert WRITABLE - set(called) == set(), "customers/models/customer.py: verbose_name"
    known = {sentence.one for sentence in entries(CATALOG.read_text())}
    wordless = {name for name, label in called.items() if str(label) not in known}
    assert wordless == set(), "locale/es: make messages"


OF_OTHER_DIALECTS = [
    *("engagement", "notify_push", "notify_whatsapp", "preferred_agent", "preferred_outlet"),
    *("contact_hours_start", "contact_hours_end", "accessibility_needs", "preferred_categories"),
    "preference_note",
]
"""What the native API's document doesn't have."""


def another(field: Any, row: Customer, cast: Cast, outlet: Outlet) -> Any:
    """A value that the field doesn't have."""
    value = getattr(row, field.attname)
    if field.is_relation:
        return {"User": cast.mona.pk, "Outlet": outlet.pk}.get(field.related_model.__name__, row.pk)
    if field.choices:
        return next(key for key in dict(field.choices) if key != value)
    by_kind: list[tuple[type[models.Field[Any, Any]], Any]] = [
        (models.BooleanField, not value),
        (models.DateTimeField, dt.datetime(2001, 2, 3, tzinfo=dt.UTC)),
        (models.DateField, dt.date(2001, 2, 3)),
        (models.TimeField, dt.time(3, 4)),
        (models.DecimalField, Decimal(3)),
        (models.IntegerField, 3),
        (models.URLField, "https://example.com/3"),
        (models.EmailField, "third@example.com"),
        (models.JSONField, {"third": "3"} if isinstance(value, dict) else ["+12485550333"]),
    ]
    return next(
        (other for kind, other in by_kind if isinstance(field, kind)),
        "+12485550333"[: field.max_length],
    )


def test_the_native_api_shows_every_writable_field_or_leaves_it_to_others(
    cast: Cast, api: ApiClient
) -> None:
    actor = actor_of(cast.alice)
    row = create_customer(actor=actor, values=customer_values(1))
    outlet = Outlet.objects.add(actor, name="North", time_zone="UTC")

    def shown(key: UUID) -> Any:
        return api.get(f"/api/customers/{key}").json()["data"]

    before, hidden = shown(row.pk), set()
    for name, field in FIELDS.items():
        only = Customer.objects.unscoped().filter(pk=row.pk)
        only.update(**{field.attname: another(field, row, cast, outlet)})
        hidden |= {name} if shown(row.pk) == before else set()
        only.update(**{field.attname: getattr(row, field.attname)})
    assert sorted(hidden) == sorted(OF_OTHER_DIALECTS), "crm/api/roofing: the customer's serializer"
