"""What was changed together is taken back together; nobody's later work is lost by it."""

import random
from collections.abc import Callable
from dataclasses import replace
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import Appointment
from appointments.preferences import update_own_preferences, update_preferences
from appointments.services import (
    book_appointment,
    change_appointment,
    create_service,
    delete_appointment,
    delete_service,
)
from core.audit.models import AuditEntry, OutboxEvent
from core.changes import services
from core.changes.models import ChangeSet
from core.changes.selectors import change_sets
from core.changes.services import Undone, undo_change_set
from core.changes.tasks import forget_change_sets
from core.errors import Forbidden, NotFound
from core.identity.services import actor_of
from core.ids import new_id
from core.imports.services import check_import, run_import
from core.jobs.models import Job
from core.jobs.services import run_now
from core.tenancy.actor import Actor
from core.tenancy.services.organizations import update_organization
from core.tenancy.services.outlets import create_outlet
from customers.filters import CustomerConditions
from customers.models import (
    Consent,
    Customer,
    CustomerTag,
    LoyaltyEntry,
    Project,
    Tag,
    UndoDetail,
)
from customers.selectors.customers import tags_of
from customers.sensitive import reveal
from customers.services.customers import (
    bulk_update_customers,
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
)
from customers.services.erasure import erase_customer
from customers.services.jobs import start_bulk_update
from customers.services.loyalty import adjust_loyalty
from customers.services.management import block_customer, change_consents, change_tags
from customers.services.merging import merge_customers
from customers.services.tags import create_tag, delete_tag, update_tag
from customers.services.values import WRITABLE
from customers.services.work import create_project, delete_project, move_project, update_project
from customers.tasks import forget_undo_details
from interactions.services import add_message, log_interaction, open_conversation
from tests.cast import Cast, customer_values
from tests.conftest import on_postgresql


def fresh(actor: Actor) -> Actor:
    """The same person with another request."""
    return replace(actor, change_set=new_id())


def key_actor(actor: Actor, scope: str) -> Actor:
    return Actor.of_key(
        key_id=new_id(),
        prefix="crm_feed",
        scopes=[scope],
        organization=actor.organization,
        environment=actor.environment,
    )


def done(actor: Actor, service: Callable[..., Any], **values: Any) -> tuple[UUID, Any]:
    """The change set of one call, and what the call answered."""
    asking = fresh(actor)
    return asking.change_set, service(actor=asking, **values)


def undo(actor: Actor, key: UUID) -> Undone:
    result = undo_change_set(actor=fresh(actor), set_id=key)
    assert isinstance(result, Undone)
    return result


def state(row: Customer) -> dict[str, Any]:
    """All that clients can write of a customer, and its tags."""
    row = Customer.objects.unscoped().get(pk=row.pk)
    found = {
        name: getattr(row, Customer._meta.get_field(name).attname) for name in sorted(WRITABLE)
    }  # type: ignore[union-attr]
    return found | {"tags": tags_of([row.pk])[row.pk], "deleted": row.deleted_at is not None}


@pytest.fixture
def hannah(actor: Actor) -> Customer:
    return create_customer(
        actor=fresh(actor),
        values=customer_values(1) | {"tags": ["roof"], "custom_fields": {"gate": "blue"}},
    )


EDITS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (update_customer, {"values": {"first_name": "Anna", "phone": "+12313631111"}}),
    (update_customer, {"values": {"status": "vip", "segment": "premium"}}),
    (update_customer, {"values": {"email": "new@example.com", "custom_fields": {"a": [1, 2.5]}}}),
    (update_customer, {"values": {"property_value": "12.50", "date_of_birth": "1980-02-29"}}),
    (change_tags, {"tags": ["a", "b"]}),
    (block_customer, {"values": {"is_blocked": True, "block_reason": "rude"}}),
    (change_consents, {"values": {"notify_sms": True, "method": "phone"}}),
    (update_preferences, {"values": {"contact_hours_start": "09:00", "language": "es"}}),
    (delete_customer, {}),
]


@pytest.mark.parametrize(
    ("service", "values"),
    EDITS,
    ids=[f"{each.__name__} {number}" for number, (each, _) in enumerate(EDITS)],
)
def test_one_edit_is_taken_back_and_again(
    actor: Actor, hannah: Customer, service: Callable[..., Any], values: dict[str, Any]
) -> None:
    before = state(hannah)
    key, _ = done(actor, service, customer_id=hannah.pk, **values)
    after = state(hannah)
    assert after != before
    first = undo(actor, key)
    assert (first.restored, first.kept) == (1, [])
    assert state(hannah) == before
    again = undo(actor, first.change_set)
    assert (again.restored, again.kept) == (1, [])
    assert state(hannah) == after


def test_a_label_that_is_pinned_no_longer_comes_back_with_its_pin(
    actor: Actor, hannah: Customer
) -> None:
    """By then it is what the rules say, and the audit holds what it was."""
    done(actor, update_customer, customer_id=hannah.pk, values={"segment": "premium"})
    key, _ = done(actor, update_customer, customer_id=hannah.pk, values={"segment": None})
    hannah.refresh_from_db()
    assert (hannah.segment, hannah.segment_pinned) == ("standard", False)
    undo(actor, key)
    hannah.refresh_from_db()
    assert (hannah.segment, hannah.segment_pinned) == ("premium", True)


def test_an_undo_is_told_as_every_change_is(actor: Actor, hannah: Customer) -> None:
    key, row = done(actor, update_customer, customer_id=hannah.pk, values={"first_name": "Anna"})
    OutboxEvent.objects.unscoped().delete()
    result = undo(actor, key)
    entry = AuditEntry.objects.for_actor(actor).get(change_set_id=result.change_set)
    assert (entry.action, entry.changes) == (
        "customer.updated",
        {"first_name": ["Anna", hannah.first_name]},
    )
    assert [event.type for event in OutboxEvent.objects.for_actor(actor)] == ["customer.updated"]
    assert Customer.objects.for_actor(actor).get(pk=hannah.pk).version == row.version + 1
    sets = ChangeSet.objects.for_actor(actor)
    assert sets.get(pk=result.change_set).undoes == key
    again = undo(actor, key)
    assert again.kept[0]["code"] == "undone"
    assert not sets.filter(pk=again.change_set).exists()
    assert sets.get(pk=key).undone_by == result.change_set
    undo(actor, result.change_set)
    assert sets.get(pk=key).undone_by is None


def test_a_later_edit_is_kept_and_named(actor: Actor, hannah: Customer, cast: Cast) -> None:
    key, _ = done(actor, update_customer, customer_id=hannah.pk, values={"first_name": "Anna"})
    other, _ = done(
        actor_of(cast.mona), update_customer, customer_id=hannah.pk, values={"last_name": "Later"}
    )
    result = undo(actor, key)
    assert result.restored == 0
    (kept,) = result.kept
    assert (kept["type"], kept["id"], kept["code"], kept["by"]) == (
        "customer",
        str(hannah.pk),
        "changed",
        cast.mona.email,
    )
    assert state(hannah)["first_name"] == "Anna"
    undo(actor, other)
    assert undo(actor, key).restored == 1
    assert state(hannah)["first_name"] == hannah.first_name


def test_what_was_created_goes_unless_somebody_works_with_it(actor: Actor) -> None:
    key, first = done(actor, create_customer, values=customer_values(1))
    assert undo(actor, key).restored == 1
    assert state(first)["deleted"]
    key, second = done(actor, create_customer, values=customer_values(2))
    project, _ = done(actor, create_project, values={"customer": second.pk, "total_amount": 5})
    kept = undo(actor, key).kept
    assert [each["code"] for each in kept] == ["changed"]
    undo(actor, project)
    assert undo(actor, key).restored == 1


def test_rows_of_customers(actor: Actor, hannah: Customer) -> None:
    made, project = done(
        actor,
        create_project,
        values={"customer": hannah.pk, "name": "Roof", "total_amount": "99.90"},
    )
    changed, _ = done(actor, update_project, project_id=project.pk, values={"name": "Other"})
    moved, _ = done(actor, move_project, project_id=project.pk, status="completed")
    assert undo(actor, changed).kept[0]["code"] == "changed"
    undo(actor, moved)
    assert undo(actor, changed).restored == 1
    row = Project.objects.for_actor(actor).get()
    assert (row.name, row.status, row.completed_at) == ("Roof", "planned", None)
    gone, _ = done(actor, delete_project, project_id=project.pk)
    assert undo(actor, gone).restored == 1
    back = Project.objects.for_actor(actor).get()
    assert (back.pk, back.name, back.total_amount, back.created_at) == (
        row.pk,
        "Roof",
        row.total_amount,
        row.created_at,
    )
    assert back.version > row.version
    hannah.refresh_from_db()
    assert hannah.lifetime_value == row.total_amount
    assert undo(actor, made).restored == 1
    hannah.refresh_from_db()
    assert (hannah.lifetime_value, Project.objects.for_actor(actor).count()) == (0, 0)


def test_appointments_follow_the_rules_of_booking(
    actor: Actor, hannah: Customer, cast: Cast
) -> None:
    slot = {"customer": hannah.pk, "staff": cast.bob.pk, "start_at": "2030-05-01T10:00:00Z"}
    _, row = done(actor, book_appointment, values=slot)
    moved, _ = done(
        actor,
        change_appointment,
        appointment_id=row.pk,
        values={"start_at": "2030-05-01T12:00:00Z"},
    )
    other, _ = done(actor, book_appointment, values=slot)
    (kept,) = undo(actor, moved).kept
    assert kept["code"] == "refused"
    assert undo(actor, other).restored == 1
    assert undo(actor, moved).restored == 1
    assert Appointment.objects.for_actor(actor).get().start_at == row.start_at
    gone, _ = done(actor, delete_appointment, appointment_id=row.pk)
    assert undo(actor, gone).restored == 1
    assert Appointment.objects.for_actor(actor).get().pk == row.pk


def test_a_completed_visits_points_come_and_go(actor: Actor, hannah: Customer, cast: Cast) -> None:
    actor.organization.loyalty_points_per_unit = 1
    actor.organization.save()
    service = create_service(actor=fresh(actor), values={"name": "Cut", "price": "30"})
    row = book_appointment(
        actor=fresh(actor),
        values={"customer": hannah.pk, "service": service.pk, "start_at": "2024-05-01T10:00:00Z"},
    )
    key, _ = done(actor, change_appointment, appointment_id=row.pk, values={"status": "completed"})
    hannah.refresh_from_db()
    points = hannah.loyalty_points
    assert points > 0
    undo(actor, key)
    hannah.refresh_from_db()
    assert hannah.loyalty_points == 0


def test_messages_have_left(actor: Actor, hannah: Customer) -> None:
    thread = open_conversation(
        actor=fresh(actor), values={"customer": hannah.pk, "channel": "whatsapp"}
    )
    key, _ = done(
        actor,
        add_message,
        conversation_id=thread.pk,
        values={"direction": "inbound", "body": "hello"},
    )
    assert [each["code"] for each in undo(actor, key).kept] == ["final"]


def test_services_outlets_and_settings(actor: Actor, cast: Cast) -> None:
    key, service = done(actor, create_service, values={"name": "Cut"})
    gone, _ = done(actor, delete_service, service_id=service.pk)
    assert undo(actor, gone).restored == 1
    assert undo(actor, key).restored == 1
    key, _ = done(actor, create_outlet, values={"name": "North"})
    assert undo(actor, key).restored == 1
    before = actor.organization.vip_lifetime_value
    key, _ = done(
        actor,
        update_organization,
        organization=actor.organization,
        values={"vip_lifetime_value": "123"},
    )
    assert undo(actor, key).restored == 1
    actor.organization.refresh_from_db()
    assert actor.organization.vip_lifetime_value == before


def test_a_tag_that_others_carry_stays(actor: Actor, hannah: Customer) -> None:
    key, tag = done(actor, create_tag, values={"name": "gold"})
    renamed, _ = done(actor, update_tag, tag_id=tag.pk, values={"name": "golden"})
    assert undo(actor, renamed).restored == 1
    change_tags(actor=fresh(actor), customer_id=hannah.pk, tags=["gold"])
    assert [each["code"] for each in undo(actor, key).kept] == ["used"]


def test_a_deleted_tag_comes_back_to_all_who_carried_it(actor: Actor, cast: Cast) -> None:
    rows = [create_customer(actor=fresh(actor), values=customer_values(n)) for n in range(4)]
    survivor, loser, third, trial = rows
    for row in rows:
        change_tags(actor=fresh(actor), customer_id=row.pk, tags=["gold", "roof"])
    tag = Tag.objects.for_actor(actor).get(name="gold")
    sandbox = replace(actor, environment="test", change_set=new_id())
    there = create_customer(actor=sandbox, values=customer_values(9) | {"tags": ["gold"]})
    gone, _ = done(actor, delete_tag, tag_id=tag.pk)
    assert tags_of([row.pk for row in rows])[third.pk] == ["roof"]
    erase_customer(actor=fresh(actor), customer_id=trial.pk, ground="asked")
    merged = fresh(actor)
    change_tags(actor=fresh(actor), customer_id=survivor.pk, tags=["silver"])
    merge_customers(actor=merged, customer_id=survivor.pk, loser=loser.pk)
    back = undo(actor, gone)
    assert (back.restored, back.kept) == (1, [])
    found = tags_of([survivor.pk, loser.pk, third.pk, there.pk])
    assert found[there.pk] == ["gold"]
    assert found[third.pk] == ["roof", "gold"]
    assert sorted(found[loser.pk]) == ["gold", "roof"]
    assert "gold" in found[survivor.pk]
    undo(actor, merged.change_set)
    assert tags_of([loser.pk])[loser.pk] == ["roof", "gold"]


def test_a_tags_deletion_is_put_back_unless_others_carry_it_since(
    actor: Actor, hannah: Customer
) -> None:
    late = create_customer(actor=fresh(actor), values=customer_values(2))
    tag = Tag.objects.for_actor(actor).get(name="roof")
    gone, _ = done(actor, delete_tag, tag_id=tag.pk)
    back = undo(actor, gone)
    again = undo(actor, back.change_set)
    assert (again.restored, again.kept) == (1, [])
    assert tags_of([hannah.pk])[hannah.pk] == []
    back = undo(actor, again.change_set)
    assert tags_of([hannah.pk])[hannah.pk] == ["roof"]
    given = fresh(actor)
    change_tags(actor=given, customer_id=late.pk, tags=["roof"])
    assert [each["code"] for each in undo(actor, back.change_set).kept] == ["used"]
    assert tags_of([hannah.pk, late.pk]) == {hannah.pk: ["roof"], late.pk: ["roof"]}
    undo(actor, given.change_set)
    assert undo(actor, back.change_set).restored == 1
    assert not CustomerTag.objects.unscoped().exists()


def test_a_deleted_tag_that_was_made_anew_is_given_back_too(actor: Actor, hannah: Customer) -> None:
    gone, _ = done(actor, delete_tag, tag_id=Tag.objects.for_actor(actor).get(name="roof").pk)
    create_tag(actor=fresh(actor), values={"name": "roof"})
    assert undo(actor, gone).restored == 1
    assert tags_of([hannah.pk])[hannah.pk] == ["roof"]
    assert undo(actor, gone).kept[0]["code"] == "undone"


def test_points_given_by_hand_are_taken_and_given_again(actor: Actor, hannah: Customer) -> None:
    """By movements of their own, for a ledger is only ever added to."""

    def points() -> int:
        return Customer.objects.for_actor(actor).get(pk=hannah.pk).loyalty_points

    values = {"points": 50, "reason": "a birthday"}
    given, _ = done(actor, adjust_loyalty, customer_id=hannah.pk, values=values)
    first = undo(actor, given)
    assert (first.restored, points()) == (1, 0)
    again = undo(actor, first.change_set)
    assert (again.restored, points()) == (1, 50)
    taken = {"points": -20, "reason": "a coffee"}
    spent, _ = done(actor, adjust_loyalty, customer_id=hannah.pk, values=taken)
    assert [each["code"] for each in undo(actor, given).kept] == ["refused"]
    undo(actor, spent)
    assert undo(actor, given).restored == 1
    ledger = LoyaltyEntry.objects.for_actor(actor).order_by("pk")
    assert list(ledger.values_list("points", flat=True)) == [50, -50, 50, -20, 20, -50]


def test_sensitive_values_come_back_and_are_never_written_in_plain(
    actor: Actor, hannah: Customer
) -> None:
    actor.organization.sensitive_fields = ["gate", "pin"]
    actor.organization.save()

    def write(**fields: Any) -> tuple[UUID, dict[str, Any]]:
        values = {"values": {"custom_fields": fields}}
        key, row = done(actor, update_customer, customer_id=hannah.pk, **values)
        return key, reveal(row.custom_fields, row.sensitive_values)

    def now() -> dict[str, Any]:
        row = Customer.objects.for_actor(actor).get(pk=hannah.pk)
        return reveal(row.custom_fields, row.sensitive_values)

    _, first = write(gate="7-secret-7", dog="Rex")
    changed, second = write(gate="8-secret-8", dog="Rex", pin="9-secret-9")
    gone, _ = write(dog="Rex")
    back = undo(actor, gone)
    assert (back.restored, now()) == (1, second)
    assert (undo(actor, changed).restored, now()) == (1, first)
    told = str(list(AuditEntry.objects.for_actor(actor).values_list("changes", flat=True)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM customers_undodetail")
        told += str(cursor.fetchall())
    assert "-secret-" not in told
    assert UndoDetail.objects.for_actor(actor).count() == 5
    UndoDetail.objects.unscoped().update(at="2020-01-01T00:00:00Z")
    assert forget_undo_details() == 5
    last, _ = write(gate="1")
    UndoDetail.objects.unscoped().delete()
    assert [each["code"] for each in undo(actor, last).kept] == ["not_recorded"]


def test_bulk_work_of_a_job_is_one_set(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.changes.services.AT_ONCE", 2)
    monkeypatch.setattr("core.changes.services.BATCH", 2)
    rows = [create_customer(actor=fresh(actor), values=customer_values(n)) for n in range(5)]
    before = [state(row) for row in rows]
    job = start_bulk_update(
        actor=fresh(actor),
        conditions=CustomerConditions(),
        values={"segment": "premium"},
        add_tags=["bulk"],
    )
    run_now(job)
    update_customer(actor=fresh(actor), customer_id=rows[3].pk, values={"first_name": "Later"})
    undoing = undo_change_set(actor=fresh(actor), set_id=job.pk)
    assert isinstance(undoing, Job)
    run_now(undoing)
    undoing.refresh_from_db()
    assert undoing.state == "succeeded", undoing.error
    assert (undoing.result["restored"], undoing.result["kept_count"]) == (4, 1)
    after = [state(row) for row in rows]
    assert [a == b for a, b in zip(after, before, strict=True)] == [True, True, True, False, True]
    # begun again, it finds its work done
    Job.objects.unscoped().filter(pk=undoing.pk).update(state="queued", attempts=0)
    run_now(undoing)
    undoing.refresh_from_db()
    assert (undoing.result["restored"], undoing.result["kept_count"]) == (4, 1)


def test_one_request_of_many_rows_takes_few_statements(actor: Actor) -> None:
    counts = []
    for number in (3, 30):
        rows = [
            create_customer(actor=fresh(actor), values=customer_values(number * 100 + n))
            for n in range(number)
        ]
        key, _ = done(
            actor,
            bulk_update_customers,
            customer_ids=[row.pk for row in rows],
            values={"segment": "premium"},
        )
        with CaptureQueriesContext(connection) as queries:
            assert undo(actor, key).restored == number
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_consents_get_counter_entries(actor: Actor, hannah: Customer) -> None:
    key, _ = done(
        actor,
        change_consents,
        customer_id=hannah.pk,
        values={"notify_sms": not hannah.notify_sms, "method": "phone"},
    )
    undo(actor, key)
    said = Consent.objects.for_actor(actor).filter(channel="sms").order_by("at")
    assert [each.granted for each in said][-2:] == [not hannah.notify_sms, hannah.notify_sms]


def test_erased_people_stay_erased(actor: Actor, hannah: Customer) -> None:
    key, _ = done(actor, update_customer, customer_id=hannah.pk, values={"first_name": "Anna"})
    erase_customer(actor=fresh(actor), customer_id=hannah.pk, ground="asked")
    result = undo(actor, key)
    assert (result.restored, result.kept) == (0, [])
    assert not Customer.objects.unscoped().filter(pk=hannah.pk).exists()


def test_who_may_take_back_what(actor: Actor, hannah: Customer, cast: Cast) -> None:
    key, _ = done(actor, delete_customer, customer_id=hannah.pk)
    with pytest.raises(Forbidden):
        undo(actor_of(cast.mona), key)
    for other in (cast.bob, cast.charlie):
        with pytest.raises(NotFound):
            undo(actor_of(other), key)
    restore_customer(actor=fresh(actor), customer_id=hannah.pk)
    staff = actor_of(cast.bob)
    with pytest.raises(NotFound):
        undo(staff, key)
    own, _ = done(staff, log_interaction, values={"customer": hannah.pk, "type": "call"})
    assert [row.pk for row in change_sets(actor=staff)] == [own]
    assert undo(staff, own).restored == 1
    outlet = create_outlet(actor=fresh(actor), values={"name": "Shore"})
    own, _ = done(
        staff,
        update_preferences,
        customer_id=hannah.pk,
        values={"language": "es", "preferred_staff": [cast.mona.pk], "preferred_outlet": outlet.pk},
    )
    assert undo(staff, own).restored == 1


def test_a_key_takes_back_what_it_wrote(actor: Actor, hannah: Customer) -> None:
    """One that feeds data in learns nothing of others by it."""
    feeding = key_actor(actor, "write")
    theirs, _ = done(actor, update_customer, customer_id=hannah.pk, values={"first_name": "Ann"})
    own, _ = done(feeding, update_customer, customer_id=hannah.pk, values={"last_name": "Lee"})
    assert [row.pk for row in change_sets(actor=feeding)] == [own]
    with pytest.raises(NotFound):
        undo(feeding, theirs)
    done(actor, update_customer, customer_id=hannah.pk, values={"last_name": "Low"})
    (kept,) = undo(feeding, own).kept
    assert (kept["code"], kept["by"]) == ("changed", "user")
    own, _ = done(feeding, update_customer, customer_id=hannah.pk, values={"last_name": "Lea"})
    assert undo(feeding, own).restored == 1
    assert state(hannah)["last_name"] == "Low"
    reading = key_actor(actor, "read")
    with pytest.raises(Forbidden):
        undo(reading, own)


def test_after_thirty_days_it_is_too_late(actor: Actor, hannah: Customer, settings: Any) -> None:
    key, _ = done(actor, update_customer, customer_id=hannah.pk, values={"first_name": "Anna"})
    settings.CHANGES_KEPT_DAYS = 0
    with pytest.raises(NotFound):
        undo(actor, key)
    assert forget_change_sets() > 0
    assert ChangeSet.objects.unscoped().count() == 0


@pytest.mark.parametrize("seed", range(4))
def test_random_work_undone_in_random_order(actor: Actor, seed: int) -> None:
    """Undone from the end, everything is as it was; in any order, whatever stays is named."""
    draw = random.Random(seed)
    rows = [create_customer(actor=fresh(actor), values=customer_values(n)) for n in range(4)]
    before = [state(row) for row in rows]
    edits = [edit for edit in EDITS if edit[0] is not delete_customer]
    sets = []
    for number in range(25):
        if draw.random() < 0.3:
            some = [row.pk for row in draw.sample(rows, 3)]
            values = {"notes": f"bulk {number}", "segment": draw.choice(["premium", "standard"])}
            key, _ = done(actor, bulk_update_customers, customer_ids=some, values=values)
        else:
            service, values = draw.choice(edits)
            # nobody else has these
            values = {"values": {"last_name": f"n{number}"}} if "email" in str(values) else values
            values = {"tags": [f"t{number}"]} if "phone" in str(values) else values
            service = change_tags if "tags" in values else service
            key, _ = done(actor, service, customer_id=draw.choice(rows).pk, **values)
        sets.append(key)
    there = set(change_sets(actor=actor).values_list("pk", flat=True))
    waiting = [key for key in sets if key in there]
    draw.shuffle(waiting)
    rounds = 0
    while waiting:
        rounds += 1
        assert rounds < 30, "each round takes at least the latest set back"
        waiting = [key for key in waiting if undo(actor, key).kept]
        waiting = [
            key for key in waiting if {e["code"] for e in undo(actor, key).kept} != {"undone"}
        ]
    assert [state(row) for row in rows] == before


def test_an_import_is_taken_back_with_what_it_updated(actor: Actor, hannah: Customer) -> None:
    before = state(hannah)
    data = (
        f"first_name,last_name,email,city\nHannah,Other,{hannah.email},Novi\n"
        "Ann,New,ann@example.com,Troy\nBen,New,ben@example.com,Troy\n"
    ).encode()
    check = check_import(actor=fresh(actor), resource="customers", data=data)
    row = run_import(actor=fresh(actor), import_id=check.pk)
    assert (row.created, row.updated) == (2, 1)
    ben = Customer.objects.for_actor(actor).get(first_name="Ben")
    log_interaction(actor=fresh(actor), values={"customer": ben.pk, "type": "call"})
    assert row.run_job is not None
    result = undo(actor, row.run_job.pk)
    assert (result.restored, [kept["id"] for kept in result.kept]) == (2, [str(ben.pk)])
    assert state(hannah) == before
    living = Customer.objects.for_actor(actor).filter(deleted_at=None)
    assert set(living.values_list("first_name", flat=True)) == {hannah.first_name, "Ben"}


@on_postgresql
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("owned", [False, True])
def test_an_edit_that_comes_while_it_is_undone_is_not_lost(
    actor: Actor, monkeypatch: pytest.MonkeyPatch, owned: bool
) -> None:
    row = create_customer(actor=fresh(actor), values=customer_values(1))
    if owned:
        made = {"customer": row.pk, "name": "Roof", "total_amount": 1}
        project = create_project(actor=fresh(actor), values=made)
        key, _ = done(actor, update_project, project_id=project.pk, values={"name": "Other"})
    else:
        key, _ = done(actor, update_customer, customer_id=row.pk, values={"first_name": "Anna"})

    def edit() -> None:
        try:
            if owned:
                update_project(actor=fresh(actor), project_id=project.pk, values={"name": "Latest"})
            else:
                update_customer(
                    actor=fresh(actor), customer_id=row.pk, values={"first_name": "Latest"}
                )
        finally:
            connection.close()

    writers: list[Thread] = []
    later = services._later

    def looked(*arguments: Any) -> Any:
        found = later(*arguments)
        writers.append(Thread(target=edit))
        writers[0].start()
        writers[0].join(1)  # where nothing is locked it is over by then
        return found

    monkeypatch.setattr(services, "_later", looked)
    undo(actor, key)
    writers[0].join()
    if owned:
        assert Project.objects.for_actor(actor).get().name == "Latest"
    else:
        assert state(row)["first_name"] == "Latest"


def test_what_an_erased_customer_did_is_no_set(actor: Actor, hannah: Customer) -> None:
    herself = Actor.of_customer(
        customer_id=hannah.pk, name="Hannah", organization=actor.organization
    )
    key, _ = done(herself, update_own_preferences, values={"language": "es"})
    mine, _ = done(actor, update_customer, customer_id=hannah.pk, values={"language": "en"})
    own, _ = done(herself, update_own_preferences, values={"language": "es"})
    assert undo(actor, mine).kept[0]["by"] == "customer"
    assert {row.actor_label for row in ChangeSet.objects.for_actor(actor).filter(pk=key)} == {
        "Hannah"
    }
    erase_customer(actor=fresh(actor), customer_id=hannah.pk, ground="asked")
    assert not ChangeSet.objects.unscoped().filter(pk__in=[key, own]).exists()
    assert not ChangeSet.objects.unscoped().filter(actor_label="Hannah").exists()
