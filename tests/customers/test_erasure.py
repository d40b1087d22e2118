"""Erasure leaves a ledger without names, keyed hashes and a certificate, and nothing else."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from appointments.errors import UpcomingAppointments
from appointments.models import Appointment, PreferredService, PreferredStaff
from appointments.preferences import update_preferences
from appointments.services import book_appointment, create_service
from core.audit.models import AuditEntry, OutboxEvent
from core.clock import now
from core.errors import Forbidden, NotFound, Stale
from core.identity.services import actor_of
from core.ids import new_id
from core.requests.models import IdempotencyRecord
from core.tenancy.actor import Actor
from customers.models import (
    Consent,
    Customer,
    CustomerTag,
    DuplicatePair,
    LoyaltyEntry,
    Merge,
    Project,
    Suppression,
    Transaction,
)
from customers.parts import customer_parts
from customers.services.customers import create_customer, delete_customer, update_customer
from customers.services.erasure import erase_customer, suppressed
from customers.services.loyalty import adjust_loyalty
from customers.services.privacy_requests import open_privacy_request
from customers.services.work import create_project, create_transaction
from interactions.follow_ups import create_follow_up
from interactions.models import Conversation, FollowUp, Interaction, Message
from interactions.services import add_message, log_interaction, open_conversation
from tests.cast import Cast, customer_values
from tests.client import ApiClient

SPELLINGS = (
    "zebedee",
    "quixfeather",
    "zebedee.quixfeather@privately.example",
    "privately.example",
    "2485557319",
    "248-555-7319",
    "(248) 555-7319",
    "5557319",
    "313-555-8642",
    "3135558642",
    "17 hidden lane",
    "secretville",
)
"""The erased person's name, addresses and numbers as they are planted and as they are stored."""

ZEBEDEE = {
    "first_name": "Zebedee",
    "last_name": "Quixfeather",
    "email": "Zebedee.Quixfeather@privately.example",
    "phone": "(248) 555-7319",
    "whatsapp_number": "313-555-8642",
    "street": "17 Hidden Lane",
    "city": "Secretville",
    "notes": "Zebedee likes mornings",
    "custom_fields": {"nickname": "Zebedee"},
    "tags": ["premium"],
    "notify_sms": True,
}


def erase(actor: Actor, customer: Customer, **more: Any) -> UUID:
    return erase_customer(actor=actor, customer_id=customer.pk, ground="asked by letter", **more)


def with_everything(actor: Actor, cast: Cast) -> Customer:
    """A customer with a row of every kind that the product keeps, personal texts in all of them."""
    row = create_customer(actor=actor, values=ZEBEDEE)
    service = create_service(actor=actor, values={"name": "Haircut", "price": 30})
    create_project(
        actor=actor,
        values={
            "customer": row.pk,
            "name": "Quixfeather roof",
            "notes": "at 17 Hidden Lane",
            "total_amount": 900,
        },
    )
    create_transaction(
        actor=actor,
        values={
            "customer": row.pk,
            "gross_amount": 70,
            "status": "completed",
            "description": "from Zebedee Quixfeather",
        },
    )
    log_interaction(
        actor=actor,
        values={"customer": row.pk, "type": "note", "notes": "Zebedee called from 248-555-7319"},
    )
    create_follow_up(
        actor=actor,
        values={"customer": row.pk, "reason": "Call Zebedee", "due_date": "2026-12-01"},
    )
    thread = open_conversation(
        actor=actor, values={"customer": row.pk, "channel": "sms", "subject": "Zebedee asks"}
    )
    for direction in ("inbound", "outbound"):
        add_message(
            actor=actor,
            conversation_id=thread.pk,
            values={"direction": direction, "body": "I am Zebedee"},
        )
    adjust_loyalty(actor=actor, customer_id=row.pk, values={"points": 5, "reason": "for Zebedee"})
    open_privacy_request(
        actor=actor,
        values={"customer": row.pk, "kind": "erasure", "note": "Zebedee Quixfeather writes"},
    )
    preferred = {
        "preferred_services": [str(service.pk)],
        "preferred_staff": [str(cast.bob.pk)],
        "preference_note": "Quixfeather",
    }
    update_preferences(actor=actor, customer_id=row.pk, values=preferred)
    for day, status in (
        ("2020-01-01", "completed"),
        ("2020-01-02", "pending"),
        ("2099-01-01", "cancelled"),
    ):
        values = {
            "customer": row.pk,
            "service": service.pk,
            "start_at": f"{day}T10:00:00Z",
            "status": status,
            "notes": "Zebedee's",
        }
        book_appointment(actor=actor, values=values)
    update_customer(
        actor=actor,
        customer_id=row.pk,
        values={"notes": "Zebedee Quixfeather moved to 17 Hidden Lane, Secretville"},
    )
    return Customer.objects.for_actor(actor).get(pk=row.pk)


def everything_stored() -> Iterator[tuple[str, str]]:
    """Table and row, as text in lower case, of the whole database: more than our own models."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield table, " | ".join(str(value) for value in row).lower()


def hits() -> set[tuple[str, str]]:
    return {
        (table, spelling)
        for table, row in everything_stored()
        for spelling in SPELLINGS
        if spelling in row
    }


def test_every_kind_of_row_is_deleted_or_kept_without_the_person(actor: Actor, cast: Cast) -> None:
    row = with_everything(actor, cast)
    erase(actor, row)
    for model in (
        Customer,
        CustomerTag,
        Consent,
        LoyaltyEntry,
        Interaction,
        FollowUp,
        Conversation,
        Message,
        PreferredService,
        PreferredStaff,
    ):
        assert model._base_manager.count() == 0, model.__name__
    project, paid = (
        Project.objects.for_actor(actor).get(),
        Transaction.objects.for_actor(actor).get(),
    )
    assert (project.customer_id, project.name, project.notes, project.total_amount) == (
        None,
        "",
        "",
        900,
    )
    assert (paid.customer_id, paid.description, paid.gross_amount, paid.status) == (
        None,
        "",
        70,
        "completed",
    )
    booked = Appointment.objects.for_actor(actor).order_by("start_at")
    assert [(one.customer_id, one.notes, one.status, one.price) for one in booked] == [
        (None, "", "completed", 30),
        (None, "", "pending", 30),
        (None, "", "cancelled", 30),
    ]


def test_a_search_of_the_whole_database_finds_nothing_of_the_person(
    api: ApiClient, actor: Actor, cast: Cast
) -> None:
    row = with_everything(actor, cast)
    key = {"Idempotency-Key": "thread"}
    opened = api.post(
        "/api/conversations",
        {"customer_id": str(row.pk), "channel": "email", "subject": "Quixfeather again"},
        **key,
    )
    path = f"/api/conversations/{opened.json()['data']['id']}/messages"
    said = api.post(
        path, {"direction": "outbound", "body": "Dear Zebedee"}, **{"Idempotency-Key": "message"}
    )
    other = api.post("/api/tags", {"name": "harmless"}, **{"Idempotency-Key": "other"})
    assert [opened.status_code, said.status_code, other.status_code] == [201, 201, 201]
    LogEntry.objects.create(
        user=cast.alice,
        content_type=ContentType.objects.get_for_model(Customer),
        object_id=str(row.pk),
        object_repr=str(row),
        action_flag=CHANGE,
        change_message="Zebedee",
    )
    planted = {spelling for _, spelling in hits()}
    assert {
        "zebedee",
        "quixfeather",
        "zebedee.quixfeather@privately.example",
        "2485557319",
        "17 hidden lane",
        "secretville",
    } <= planted
    erase(actor, row)
    assert hits() == set()
    assert [record.key for record in IdempotencyRecord.objects.unscoped()] == ["other"]


def test_a_soft_deleted_customer_is_erased_as_a_living_one(actor: Actor, cast: Cast) -> None:
    row = with_everything(actor, cast)
    delete_customer(actor=actor, customer_id=row.pk)
    erase(actor, row)
    assert hits() == set()
    assert Customer.objects.unscoped().count() == 0


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_an_upcoming_appointment_refuses_and_nothing_changes(actor: Actor, status: str) -> None:
    row = create_customer(actor=actor, values=ZEBEDEE)
    book_appointment(
        actor=actor,
        values={"customer": row.pk, "start_at": now() + dt.timedelta(hours=1), "status": status},
    )
    before = list(everything_stored())
    with pytest.raises(UpcomingAppointments):
        erase(actor, row)
    assert list(everything_stored()) == before


@pytest.mark.parametrize(
    ("start", "status"),
    [
        ("2020-01-01T10:00:00Z", "pending"),
        ("2020-01-01T10:00:00Z", "confirmed"),
        *(("2099-01-01T10:00:00Z", s) for s in ("cancelled", "no_show", "completed")),
    ],
)
def test_past_and_called_off_appointments_do_not_refuse(
    actor: Actor, start: str, status: str
) -> None:
    row = create_customer(actor=actor, values=ZEBEDEE)
    book_appointment(actor=actor, values={"customer": row.pk, "start_at": start, "status": status})
    erase(actor, row)
    assert Customer.objects.unscoped().count() == 0


def test_an_appointment_of_a_soft_deleted_customer_still_refuses(actor: Actor) -> None:
    row = create_customer(actor=actor, values=ZEBEDEE)
    book_appointment(actor=actor, values={"customer": row.pk, "start_at": "2099-01-01T10:00:00Z"})
    delete_customer(actor=actor, customer_id=row.pk)
    with pytest.raises(UpcomingAppointments):
        erase(actor, row)


def test_the_certificate_says_when_who_why_and_how_much(actor: Actor, cast: Cast) -> None:
    row = with_everything(actor, cast)
    certificate = erase(actor.at(address="192.0.2.1", request_id="r1", via="booking"), row)
    entry = AuditEntry.objects.for_actor(actor).get(action="customer.erased")
    assert (entry.actor_label, entry.via, entry.address) == (
        "alice@acme.test",
        "booking",
        "192.0.2.1",
    )
    assert (entry.customer_id, entry.subject_id, entry.subject_type) == (None, None, "")
    assert now() - entry.at < dt.timedelta(minutes=1)
    assert entry.changes == {
        "certificate": [None, str(certificate)],
        "ground": [None, "asked by letter"],
        "rows": [
            None,
            {
                "customertag": 1,
                "consent": 1,
                "loyaltyentry": 1,
                "identity": 3,
                "privacyrequest": 1,
                "portalsession": 0,
                "portallink": 0,
                "merge": 0,
                "matchkey": 0,
                "undodetail": 0,
                "duplicatepair": 0,
                "tag": 1,
                "project": 1,
                "transaction": 1,
                "scheduledmessage": 0,
                "conversationnote": 0,
                "message": 2,
                "conversation": 1,
                "followup": 1,
                "interaction": 1,
                "preferredservice": 1,
                "preferredstaff": 1,
                "appointment": 3,
            },
        ],
        "concealed": [None, 0],
    }
    assert certificate != row.pk


def test_earlier_audit_entries_keep_who_and_what_without_the_values(actor: Actor) -> None:
    row = create_customer(actor=actor, values=ZEBEDEE)
    update_customer(actor=actor, customer_id=row.pk, values={"notes": "x"})
    other = create_customer(actor=actor, values=customer_values())
    update_customer(actor=actor, customer_id=other.pk, values={"notes": "kept"})
    erase(actor, row)
    mine = AuditEntry.objects.for_actor(actor).filter(customer_id=row.pk).order_by("id")
    assert [entry.action for entry in mine] == ["customer.created", "customer.updated"]
    assert mine[1].changes == {"notes": None}
    assert set(mine[0].changes.values()) == {None}
    assert {entry.actor_label for entry in mine} == {"alice@acme.test"}
    kept = AuditEntry.objects.for_actor(actor).get(customer_id=other.pk, action="customer.updated")
    assert kept.changes == {"notes": ["", "kept"]}


def test_what_the_customer_did_alone_loses_who_and_where(actor: Actor) -> None:
    row = create_customer(actor=actor, values=ZEBEDEE)
    entry = AuditEntry.objects.add(
        actor,
        actor_kind="customer",
        actor_id=row.pk,
        actor_label=row.email,
        address="192.0.2.7",
        action="portal.signed_in",
        subject_type="",
    )
    erase(actor, row)
    entry.refresh_from_db()
    assert (entry.actor_label, entry.address, entry.action) == (
        "erased customer",
        "",
        "portal.signed_in",
    )


def test_the_event_names_the_customer_by_id_alone(actor: Actor) -> None:
    row = create_customer(actor=actor, values=ZEBEDEE)
    erase(actor, row)
    event = OutboxEvent.objects.for_actor(actor).get(type="customer.deleted")
    assert (event.subject_id, event.customer_id, event.data) == (row.pk, row.pk, {"changed": []})


def test_keyed_hashes_recognise_the_address_in_one_organization_and_nothing_else(
    actor: Actor, cast: Cast
) -> None:
    row = create_customer(actor=actor, values=ZEBEDEE)
    erase(actor, row)
    hers = {row.email_key, row.phone, row.whatsapp_number}
    asked = {*hers, "other@example.com", "", "+12485550000"}
    assert suppressed(actor=actor, addresses=asked) == hers
    assert suppressed(actor=actor_of(cast.charlie), addresses=asked) == set()
    digests = set(Suppression.objects.for_actor(actor).values_list("digest", flat=True))
    assert {len(digest) for digest in digests} == {64}
    assert len(digests) == 3


def test_a_person_who_comes_back_can_be_created_and_erased_again(actor: Actor) -> None:
    for _ in range(2):
        erase(actor, create_customer(actor=actor, values=ZEBEDEE))
    assert Suppression.objects.for_actor(actor).count() == 3
    assert hits() == set()


def test_referrals_on_both_sides_follow(actor: Actor) -> None:
    partner = create_customer(actor=actor, values=customer_values(1))
    row = create_customer(actor=actor, values={**ZEBEDEE, "referred_by": partner.pk})
    create_project(actor=actor, values={"customer": row.pk, "total_amount": 900})
    brought = create_customer(actor=actor, values=customer_values(2, referred_by=row.pk))
    partner.refresh_from_db()
    assert (partner.referral_count, partner.referral_value, partner.segment) == (
        1,
        900,
        "referral_source",
    )
    erase(actor, row)
    partner.refresh_from_db()
    brought.refresh_from_db()
    assert (partner.referral_count, partner.referral_value, partner.segment) == (0, 0, "standard")
    assert (brought.referred_by_id, brought.version) == (None, 2)
    told = AuditEntry.objects.for_actor(actor).get(
        customer_id=brought.pk, action="customer.updated"
    )
    assert told.changes == {"referred_by": [None, None]}


def test_strangers_rows_and_other_environments_are_not_there(actor: Actor, cast: Cast) -> None:
    row = create_customer(actor=actor, values=ZEBEDEE)
    for other in (
        actor_of(cast.charlie),
        Actor.system(organization=cast.acme, label="test", environment="test"),
    ):
        with pytest.raises(NotFound):
            erase(other, row)
    with pytest.raises(NotFound):
        erase_customer(actor=actor, customer_id=new_id(), ground="x")
    assert Customer.objects.unscoped().count() == 1


def test_only_those_who_may_erase_do(cast: Cast, actor: Actor) -> None:
    row = create_customer(actor=actor, values=ZEBEDEE)
    for user in (cast.bob, cast.mona):
        with pytest.raises(Forbidden):
            erase(actor_of(user), row)
    assert Customer.objects.unscoped().count() == 1
    erase(actor, row)
    assert Customer.objects.unscoped().count() == 0


def test_a_stale_version_erases_nothing(actor: Actor) -> None:
    row = create_customer(actor=actor, values=ZEBEDEE)
    with pytest.raises(Stale):
        erase(actor, row, if_version=7)
    assert Customer.objects.unscoped().count() == 1
    erase(actor, row, if_version=1)
    assert Customer.objects.unscoped().count() == 0


def pointing_to_customers() -> list[tuple[type[models.Model], str]]:
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and field.related_model is Customer
        # who was merged is erased with whoever was kept
        and (model, field.name)
        not in {(Customer, "referred_by"), (Customer, "merged_into"), (Merge, "loser")}
    ]


def test_every_model_that_points_to_a_customer_is_held_by_an_app() -> None:
    known = {model for part in customer_parts() for model in (*part.deleted, *part.anonymized)}
    pointing = pointing_to_customers()
    assert {model for model, _ in pointing} == known
    assert {(model, name) for model, name in pointing if name != "customer"} == {
        (DuplicatePair, "other")  # deleted likewise, see `CustomersPart.erase`
    }


def test_ledger_rows_keep_no_text_at_all() -> None:
    kept = [row for part in customer_parts() for row in part.anonymized.items()]
    assert kept
    for model, values in kept:
        texts = {
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
            and not field.choices
        }
        assert texts - set(values) <= {"currency_code"}, model.__name__
