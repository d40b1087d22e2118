"""
Preferences: merged key by key, lists replaced whole, one version a change, and the ledger of
consents behind them.
"""

import datetime as dt
from typing import Any

import pytest

from appointments.models import PreferredService
from appointments.preferences import (
    preferences,
    register_customer_with_preferences,
    update_customer_with_preferences,
    update_preferences,
)
from appointments.services import create_service
from core.audit.models import AuditEntry, OutboxEvent
from core.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.actor import Actor
from core.tenancy.services.outlets import create_outlet
from customers.models import Consent, Customer
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values

NEVER = {
    "notify_email": True,
    "notify_sms": False,
    "notify_push": False,
    "notify_whatsapp": False,
    "marketing_consent": False,
    "language": "en",
    "contact_hours_start": None,
    "contact_hours_end": None,
    "accessibility_needs": "",
    "preferred_agent": None,
    "preferred_outlet": None,
    "preferred_categories": [],
    "preference_note": "",
    "preferred_services": [],
    "preferred_staff": [],
}


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


@pytest.fixture
def services(actor: Actor) -> list[Any]:
    return [
        create_service(actor=actor, values={"name": name}).pk for name in ("Cut", "Colour", "Care")
    ]


def test_defaults_are_email_alone_and_the_organizations_language(
    actor: Actor, jane: Customer
) -> None:
    assert preferences(actor=actor, customer_id=jane.pk) == NEVER


def test_what_is_given_changes_and_the_rest_stays(actor: Actor, cast: Cast, jane: Customer) -> None:
    given = {
        "notify_sms": True,
        "language": "es",
        "contact_hours_start": "09:00",
        "preferred_agent": cast.bob.pk,
        "preferred_outlet": cast.outlet.pk,
        "preferred_categories": ["Hair"],
        "preference_note": "Mornings",
    }
    update_preferences(actor=actor, customer_id=jane.pk, values=given)
    expected = {**NEVER, **given, "contact_hours_start": dt.time(9)}
    assert preferences(actor=actor, customer_id=jane.pk) == expected
    update_preferences(
        actor=actor, customer_id=jane.pk, values={"preferred_agent": None, "preference_note": None}
    )
    assert preferences(actor=actor, customer_id=jane.pk) == {
        **expected,
        "preferred_agent": None,
        "preference_note": "",
    }


def test_lists_are_replaced_whole_in_the_order_given(
    actor: Actor, cast: Cast, jane: Customer, services: list[Any]
) -> None:
    def lists(**values: Any) -> Any:
        update_preferences(actor=actor, customer_id=jane.pk, values=values)
        found = preferences(actor=actor, customer_id=jane.pk)
        return found["preferred_services"], found["preferred_staff"]

    cut, colour, care = services
    assert lists(preferred_services=[str(care), cut.hex, str(care)]) == ([care, cut], [])
    assert lists(preferred_staff=[str(cast.bob.pk)]) == ([care, cut], [cast.bob.pk])
    assert lists(preferred_services=[str(colour)]) == ([colour], [cast.bob.pk])
    assert lists(preferred_services=[], preferred_staff=None) == ([], [])
    assert PreferredService.objects.unscoped().count() == 0


def test_one_change_of_columns_and_lists_is_one_version_entry_and_event(
    actor: Actor, jane: Customer, services: list[Any]
) -> None:
    OutboxEvent.objects.unscoped().all().delete()
    values = {"preferred_services": [str(services[0])], "language": "es"}
    assert update_preferences(actor=actor, customer_id=jane.pk, values=values).version == 2
    assert update_preferences(actor=actor, customer_id=jane.pk, values=values).version == 2
    assert AuditEntry.objects.unscoped().get(action="customer.updated").changes == {
        "preferred_services": [[], [str(services[0])]],
        "language": ["en", "es"],
    }
    assert OutboxEvent.objects.unscoped().get().data == {
        "changed": ["language", "preferred_services"]
    }
    assert (
        update_preferences(
            actor=actor, customer_id=jane.pk, values={"preferred_services": []}
        ).version
        == 3
    )
    jane.refresh_from_db()
    assert jane.version == 3


def test_foreign_and_broken_ids_are_refused_and_nothing_changes(
    actor: Actor, cast: Cast, jane: Customer, services: list[Any]
) -> None:
    stranger = actor_of(cast.charlie)
    service = create_service(actor=stranger, values={"name": "Cut"}).pk
    branch = create_outlet(actor=stranger, values={"name": "Elsewhere"}).pk
    good = {"preferred_services": [str(services[0])], "language": "es"}
    for bad in (
        {"preferred_services": [str(services[0]), str(service)]},
        {"preferred_services": ["nonsense"]},
        {"preferred_services": [None]},
        {"preferred_services": [{}]},
        {"preferred_services": "nonsense"},
        {"preferred_services": [str(services[0])] * 101},
        {"preferred_staff": [str(cast.charlie.pk)]},
        {"preferred_staff": [str(new_id())]},
        {"preferred_outlet": str(branch)},
        {"preferred_agent": str(cast.charlie.pk)},
        {"preferred_categories": [1]},
    ):
        with pytest.raises(Invalid) as refused:
            update_preferences(actor=actor, customer_id=jane.pk, values={**good, **bad})
        assert list(refused.value.faults) == list(bad)
    assert preferences(actor=actor, customer_id=jane.pk) == NEVER
    jane.refresh_from_db()
    assert jane.version == 1


def test_every_fault_is_named_at_once(actor: Actor, jane: Customer) -> None:
    with pytest.raises(Invalid) as refused:
        update_preferences(
            actor=actor,
            customer_id=jane.pk,
            values={"preferred_staff": 1, "preferred_services": [1], "notify_sms": "maybe"},
        )
    assert set(refused.value.faults) == {"preferred_staff", "preferred_services", "notify_sms"}


def test_a_stale_version_changes_nothing(actor: Actor, jane: Customer, services: list[Any]) -> None:
    with pytest.raises(Stale):
        update_preferences(
            actor=actor,
            customer_id=jane.pk,
            values={"preferred_services": [str(services[0])]},
            if_version=2,
        )
    assert preferences(actor=actor, customer_id=jane.pk) == NEVER


def test_each_change_of_a_channel_or_of_marketing_is_one_row_of_the_ledger(
    actor: Actor, jane: Customer
) -> None:
    for values in (
        {"notify_sms": True, "marketing_consent": True},
        {"notify_sms": True},
        {"notify_sms": False, "language": "es"},
    ):
        update_preferences(actor=actor, customer_id=jane.pk, values=values)
    rows = Consent.objects.unscoped().filter(customer=jane).order_by("at", "id")
    assert set(rows.values_list("channel", "purpose", "granted")[:2]) == {
        ("sms", "notifications", True),
        ("all", "marketing", True),
    }
    assert list(rows.values_list("channel", "purpose", "granted")[2:]) == [
        ("sms", "notifications", False)
    ]
    assert set(rows.values_list("recorded_by", flat=True)) == {"alice@acme.test"}


def test_staff_edit_preferences_but_no_profile(cast: Cast, jane: Customer) -> None:
    bob = actor_of(cast.bob)
    assert (
        update_preferences(actor=bob, customer_id=jane.pk, values={"language": "es"}).language
        == "es"
    )
    with pytest.raises(Forbidden):
        update_customer_with_preferences(actor=bob, customer_id=jane.pk, values={"language": "fr"})
    with pytest.raises(NotFound):
        update_preferences(
            actor=actor_of(cast.charlie), customer_id=jane.pk, values={"language": "fr"}
        )
    with pytest.raises(NotFound):
        preferences(actor=actor_of(cast.charlie), customer_id=jane.pk)


def test_a_profile_is_columns_tags_and_lists_in_one_change(
    actor: Actor, jane: Customer, services: list[Any]
) -> None:
    values = {"city": "Troy", "tags": ["vip"], "preferred_services": [str(services[1])]}
    row = update_customer_with_preferences(actor=actor, customer_id=jane.pk, values=values)
    assert (row.version, row.city) == (2, "Troy")
    assert set(AuditEntry.objects.unscoped().get(action="customer.updated").changes) == {
        "city",
        "tags",
        "preferred_services",
    }
    create_customer(actor=actor, values=customer_values(2))
    with pytest.raises(Conflict):
        update_customer_with_preferences(
            actor=actor,
            customer_id=jane.pk,
            values={"email": "JANE2@example.com", "preferred_services": []},
        )
    assert preferences(actor=actor, customer_id=jane.pk)["preferred_services"] == [services[1]]


def test_registering_takes_preferences_of_every_kind_or_nothing(
    actor: Actor, services: list[Any]
) -> None:
    row = register_customer_with_preferences(
        actor=actor,
        values=customer_values(7, preferred_services=[str(services[2])], notify_sms=True),
    )
    assert preferences(actor=actor, customer_id=row.pk) == {
        **NEVER,
        "preferred_services": [services[2]],
        "notify_sms": True,
    }
    with pytest.raises(Invalid) as refused:
        register_customer_with_preferences(
            actor=actor, values=customer_values(8, preferred_services=["x"], email="x")
        )
    assert set(refused.value.faults) == {"preferred_services", "email"}
    with pytest.raises(Invalid) as refused:
        register_customer_with_preferences(
            actor=actor,
            values=customer_values(8, preferred_services=["x"], email="x", phone="12"),
            password="short",
        )
    assert set(refused.value.faults) == {"preferred_services", "email", "phone", "password"}
    assert Customer.objects.unscoped().count() == 1
