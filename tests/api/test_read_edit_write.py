"""
Whoever reads a customer, edits one field and sends the whole back changes that field and no other,
however odd the customer is.
"""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from core.audit.models import AuditEntry
from core.identity.services import actor_of
from customers.models import Customer
from customers.selectors.customers import tags_of
from customers.services.customers import create_customer
from tests.api.conftest import Scene
from tests.api.dialects import UPDATING, Ways
from tests.api.test_policy import undone
from tests.client import ApiClient

pytestmark = pytest.mark.heavy

CUSTOMERS = 80
"""Of odd values, each read, edited and written in every dialect."""

NAMES = [
    "José", "O'Brien-Ñandú", "Иван", "李小龙", "de la Cruz", 'The "Boss"', "👩‍🚀 Ana", "Zoë", "",
    "x" * 150, "Ann  Mary", "<b>Bo</b>", "null", "Łukasz", "نور", "ﬁ", "0", "=SUM(A1)",
]  # fmt: skip
TEXTS = [
    "", "a\nb", "Straße 5, 3º", "  in  spaces  ", "💬" * 50, "x" * 150, "-", "N/A", "100%", "\\n",
    "tab\there", "{}", "null", "'; --",
]  # fmt: skip
FIELDS: list[Any] = [
    {},
    {"birthday": "1990-05-15", "company": "Acme Corp"},
    {"": "empty key", "ключ": "значение", "deep": {"a": [1, {"b": None}]}},
    {"number": 9007199254740992, "float": 0.1, "negative": -1, "true": True, "none": None},
    {"long": "x" * 5000},
    {"__v": 3, "_id": "507f1f77bcf86cd799439011", "a.b": 1, "$set": {}},
]
EDITS: Mapping[str, tuple[str, Any, str]] = {
    "roofing": ("roof_type", "slate", "roof_type"),
    "outlets": ("gender", "edited", "gender"),
    "messaging": ("avatar", "https://example.com/edited.png", "avatar_url"),
    "merchants": ("country", "Edited", "country"),
}
"""Dialect → the key that is edited, its new value, the domain's field."""
FOLLOWING = {"version", "updated_at"}


def odd_values(number: int, pick: random.Random) -> dict[str, Any]:
    """The raw values of a customer as nobody would invent them."""
    business = pick.random() < 0.3
    values: dict[str, Any] = {
        "first_name": pick.choice(NAMES),
        "last_name": pick.choice(NAMES),
        "company_name": pick.choice(NAMES) if business or pick.random() < 0.2 else "",
        "is_business": business,
        "email": pick.choice(["", f"Odd.{number}+tag@Example.com", f"odd{number}@münchen.example"]),
        "phone": pick.choice(["", f"+1248555{number:04}", f"+5299855{number:05}"]),
        "whatsapp_number": pick.choice(["", f"+22177123{number:04}"]),
        "alternative_phones": pick.choice([[], [f"+1313555{number:04}", "+442079460958"]]),
        "date_of_birth": pick.choice([None, "1990-05-15", "1900-01-01"]),
        "nps_score": pick.choice([None, 0, 10]),
        "satisfaction_rating": pick.choice([None, "4.80", "0", "3.33"]),
        "latitude": pick.choice([None, "42.606400", "-89.999999"]),
        "property_value": pick.choice([None, "0", "650000.50"]),
        "roof_age": pick.choice([None, 0, 15]),
        "custom_fields": pick.choice(FIELDS),
        "preferred_categories": pick.choice([[], ["hair", "näils"]]),
        "tags": pick.choice([[], ["vip"], ["Zürich", "a b", "VIP"]]),
        "contact_hours_start": pick.choice([None, "09:00", "23:59:59"]),
        "marketing_consent": pick.random() < 0.5,
        "is_blocked": pick.random() < 0.2,
        "external_id": pick.choice(["", f"old {number}"]),
        "language": pick.choice(["en", "es"]),
        "customer_since": pick.choice(["2026-01-02", "2019-03-04T05:06:07.891234Z"]),
    }
    for name in ("city", "street", "state", "notes", "preference_note", "gender", "best_call_time"):
        values[name] = pick.choice(TEXTS)[: Customer._meta.get_field(name).max_length]
    for name in ("source", "campaign", "block_reason", "roof_type", "country"):
        values[name] = pick.choice(TEXTS)[:50]
    for name in ("status", "segment", "engagement"):
        choices = [value for value, _ in Customer._meta.get_field(name).flatchoices]
        values[name] = pick.choice([None, *choices])
    if not any(values[name] for name in ("first_name", "last_name", "company_name", "email")):
        values["first_name"] = f"Odd {number}"
    return values


def row_of(key: Any) -> dict[str, Any]:
    """All columns and tags."""
    (row,) = Customer.objects.unscoped().filter(pk=key).values()
    return row | {"tags": tags_of([key])[key]}


@pytest.fixture(scope="module")
def odd(scene: Scene) -> list[Any]:
    pick, actor = random.Random(7), actor_of(scene.cast.alice)
    return [create_customer(actor=actor, values=odd_values(n, pick)).pk for n in range(CUSTOMERS)]


@pytest.mark.parametrize("ways", UPDATING, ids=lambda ways: ways.name)
def test_only_what_was_edited_changes(ways: Ways, scene: Scene, odd: list[Any], db: None) -> None:
    client = ApiClient(key=scene.cast.live_key)
    edited, value, column = EDITS[ways.name]
    for key in odd:
        with undone():
            before, path = row_of(key), ways.read(key).path
            body = ways.read(key).by(client).json()
            whole = body.get("data") or body.get("customer") or body
            whole = {**whole, "__v": 0} if not ways.strict else whole
            response = client.put(path, {**whole, edited: value})
            assert response.status_code == 200, (before, response.content)
            assert response.headers.get("X-Ignored") == (None if ways.strict else "__v")
            after = row_of(key)
            changed = {name for name in after if after[name] != before[name]}
            assert changed == {column, *FOLLOWING}, (before, changed)
            assert after["version"] == before["version"] + 1
            entry = AuditEntry.objects.unscoped().filter(customer_id=key).latest("pk")
            assert set(entry.changes) == {column}
