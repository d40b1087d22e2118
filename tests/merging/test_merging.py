"""Two customers who are one person are made one: nothing is lost, and the rules say what stays."""

import datetime as dt
import io
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.db import connection
from django.db.models import UniqueConstraint
from django.test.utils import CaptureQueriesContext

from appointments.services import book_appointment
from core.audit.models import AuditEntry, OutboxEvent
from core.changes.services import Undone, undo_change_set
from core.clock import now
from core.encryption import MASK
from core.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.counts import counted, differences
from customers.errors import (
    CannotUnmerge,
    MergedAlready,
    MergedWithItself,
    MergingDeleted,
    UnmergedAlready,
)
from customers.filters import CustomerConditions
from customers.models import Consent, Customer, Merge, PortalSession, PrivacyRequest, Project
from customers.parts import customer_parts
from customers.selectors.customers import customers
from customers.selectors.lookup import customer_with_email, survivors_of
from customers.services.archive import archive_customer
from customers.services.customers import (
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
)
from customers.services.erasure import erase_customer, suppressed
from customers.services.management import change_consents
from customers.services.merging import merge_customers
from customers.services.privacy_requests import open_privacy_request
from customers.services.work import create_project, update_project
from interactions.models import Conversation
from interactions.services import add_message, log_interaction
from tests.cast import Cast, customer_values
from tests.merging.people import (
    FIRST,
    SECOND,
    columns,
    fresh,
    merge,
    person,
    rows_of,
    state,
    unmerge,
)


@pytest.fixture
def hannah(actor: Actor) -> Customer:
    return person(actor, FIRST, day=1)


@pytest.fixture
def hanna(actor: Actor) -> Customer:
    return person(actor, SECOND, day=2)


def test_everything_goes_to_the_one_who_is_kept(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    before = [rows_of(each.pk) for each in (hannah, hanna)]
    merge(actor, hannah, hanna)
    after, left = rows_of(hannah.pk), rows_of(hanna.pk)
    for name in ("Project", "Transaction", "Interaction", "Conversation", "Message", "Appointment"):
        assert after[name] == before[0][name] | before[1][name], name
        assert left[name] == set()
    assert after["LoyaltyEntry"] == before[0]["LoyaltyEntry"] | before[1]["LoyaltyEntry"]
    assert (
        after["PreferredService"] == before[0]["PreferredService"] | before[1]["PreferredService"]
    )
    row = columns(hannah.pk)
    assert row["tags"] == ["roof", "vip", "dog"]
    assert (row["lifetime_value"], row["project_count"]) == (200, 2)
    assert row["loyalty_points"] == hannah.loyalty_points + hanna.loyalty_points
    assert row["notes"] == "Likes mornings.\n\nHas a dog."
    assert row["custom_fields"] == {"gate": "blue", "dog": "Rex"}
    assert (row["first_name"], row["campaign"]) == ("Hannah", "spring")
    assert (row["city"], row["street"]) == ("Detroit", "")  # one place isn't mixed with another
    assert row["email"] == "hannah@example.com"
    assert customer_with_email(actor=actor, email="h.weber@example.com").pk == hannah.pk


def test_unmerging_gives_both_back_row_for_row(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    before = state(hannah.pk, hanna.pk)
    row = merge(actor, hannah, hanna).merge
    assert state(hannah.pk, hanna.pk) != before
    result = unmerge(actor, row)
    assert result.kept == []
    assert state(hannah.pk, hanna.pk) == before


def test_a_chosen_column_is_the_losers(actor: Actor, hannah: Customer, hanna: Customer) -> None:
    before = state(hannah.pk, hanna.pk)
    row = merge(
        actor,
        hannah,
        hanna,
        email="loser",
        phone="loser",
        city="loser",
        notes="loser",
        external_id="loser",
    ).merge
    after = columns(hannah.pk)
    assert (after["email"], after["city"], after["notes"]) == (
        "h.weber@example.com",
        "Dearborn",
        "Has a dog.",
    )
    assert after["external_id"] == "cust_67890"
    for email in ("hannah@example.com", "h.weber@example.com"):
        assert customer_with_email(actor=actor, email=email).pk == hannah.pk
    with pytest.raises(Conflict):  # stays taken
        create_customer(actor=actor, values=customer_values(5, external_id="shop-1"))
    unmerge(actor, row)
    assert state(hannah.pk, hanna.pk) == before


def test_fields_that_nobody_can_choose_are_named(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    for name in ("tags", "marketing_consent", "phone_extension", "lifetime_value", "nonsense"):
        with pytest.raises(Invalid) as refused:
            merge(actor, hannah, hanna, **{name: "loser"})
        assert list(refused.value.faults) == [f"fields.{name}"]
    with pytest.raises(Invalid):
        merge(actor, hannah, hanna, city="both")
    assert Merge.objects.for_actor(actor).count() == 0


def test_notes_that_are_too_long_together_are_refused_whole(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    Customer.objects.unscoped().update(notes="x" * 6_000)
    Customer.objects.unscoped().filter(pk=hanna.pk).update(notes="y" * 6_000)
    before = state(hannah.pk, hanna.pk)
    with pytest.raises(Invalid) as refused:
        merge(actor, hannah, hanna)
    assert list(refused.value.faults) == ["fields.notes"]
    assert state(hannah.pk, hanna.pk) == before
    merge(actor, hannah, hanna, notes="survivor")


def test_who_cant_be_merged_is_refused_clearly(
    actor: Actor, cast: Cast, hannah: Customer, hanna: Customer
) -> None:
    stranger = create_customer(actor=actor_of(cast.charlie), values=customer_values(7))
    gone = create_customer(actor=actor, values=customer_values(8))
    delete_customer(actor=actor, customer_id=gone.pk)
    before = state(hannah.pk, hanna.pk, gone.pk)
    for loser, error in (
        (hannah.pk, MergedWithItself),
        (gone.pk, MergingDeleted),
        (stranger.pk, NotFound),
        (uuid4(), NotFound),
        ("nobody", NotFound),
        ("", Invalid),
        (5, Invalid),
    ):
        with pytest.raises(error):
            merge_customers(actor=fresh(actor), customer_id=hannah.pk, loser=loser)
    with pytest.raises(NotFound):
        merge_customers(actor=fresh(actor), customer_id=gone.pk, loser=str(hannah.pk))
    with pytest.raises(Forbidden):
        merge_customers(actor=actor_of(cast.bob), customer_id=hannah.pk, loser=str(hanna.pk))
    with pytest.raises(Stale):
        merge_customers(
            actor=fresh(actor), customer_id=hannah.pk, loser=str(hanna.pk), if_version=99
        )
    assert state(hannah.pk, hanna.pk, gone.pk) == before
    merge(actor, hannah, hanna)
    third = create_customer(actor=actor, values=customer_values(9))
    with pytest.raises(MergedAlready):
        merge_customers(actor=fresh(actor), customer_id=third.pk, loser=hanna.pk)
    with pytest.raises(MergedAlready):
        merge_customers(actor=fresh(actor), customer_id=hannah.pk, loser=hanna.pk)


def test_two_open_requests_of_a_kind_are_both_to_be_answered(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    """Each by its own day; and whoever asks once more is told that it is open already."""
    asked = {"customer": str(hanna.pk), "kind": "access", "received_at": "2026-01-05T10:00:00Z"}
    theirs = open_privacy_request(actor=fresh(actor), values=asked)
    before = state(hannah.pk, hanna.pk)
    row = merge(actor, hannah, hanna).merge
    rows = PrivacyRequest.objects.for_actor(actor).filter(customer=hannah.pk, kind="access")
    assert list(rows.order_by("due_at").values_list("status", "is_second")) == [
        ("open", True),
        ("open", False),
    ]
    assert rows.order_by("due_at")[0].due_at == theirs.due_at
    with pytest.raises(Conflict):
        open_privacy_request(actor=fresh(actor), values=asked | {"customer": str(hannah.pk)})
    unmerge(actor, row)
    assert state(hannah.pk, hanna.pk) == before
    assert not PrivacyRequest.objects.for_actor(actor).filter(is_second=True).exists()


def test_a_withdrawal_outweighs_a_grant_and_both_are_kept(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    # Hannah (the first) agreed to SMS, Hanna took it back
    for granted in (True, False):
        values = {"notify_sms": granted, "method": "phone"}
        change_consents(actor=fresh(actor), customer_id=hanna.pk, values=values)
    agreed = {"notify_whatsapp": True, "method": "phone"}
    change_consents(actor=fresh(actor), customer_id=hanna.pk, values=agreed)
    for granted in (False, True):  # and Hannah said yes once more, later
        values = {"notify_sms": granted, "method": "paper form", "proof": "drawer 5"}
        change_consents(actor=fresh(actor), customer_id=hannah.pk, values=values)
    ledger = list(Consent.objects.for_actor(actor).order_by("pk").values_list("pk", "granted"))
    row = merge(actor, hannah, hanna).merge
    after = columns(hannah.pk)
    assert (after["notify_sms"], after["notify_whatsapp"]) == (False, True)
    kept = Consent.objects.for_actor(actor).filter(customer=hannah.pk).order_by("pk")
    assert [pair for pair in kept.values_list("pk", "granted") if pair in ledger] == ledger
    latest = {(each.channel, each.purpose): each.granted for each in kept.order_by("at", "pk")}
    assert latest["sms", "notifications"] is False
    unmerge(actor, row)
    said = Consent.objects.for_actor(actor).filter(customer=hannah.pk, channel="sms")
    last = said.order_by("at", "pk").last()
    assert last is not None
    assert (last.granted, last.method, last.proof) == (True, "unmerge", "drawer 5")
    assert columns(hannah.pk)["notify_sms"] is True
    assert columns(hanna.pk)["notify_whatsapp"] is True


def test_whose_e_mail_stays_may_sign_in(actor: Actor, hannah: Customer, hanna: Customer) -> None:
    Customer.objects.unscoped().filter(pk=hanna.pk).update(password="hash", email_verified=True)
    for each in (hannah, hanna):
        PortalSession.objects.new(
            actor, customer=each, digest=str(each.pk), expires_at=now() + dt.timedelta(days=1)
        ).save()
    before = state(hannah.pk, hanna.pk)
    row = merge(actor, hannah, hanna).merge
    after = Customer.objects.unscoped().get(pk=hannah.pk)
    assert (after.password, after.email_verified) == ("hash", False)
    assert not PortalSession.objects.unscoped().filter(customer=hanna.pk).exists()
    unmerge(actor, row)
    again = state(hannah.pk, hanna.pk)
    for both in (before, again):
        for _columns, rows in both:
            del rows["PortalSession"]  # these died, politely
    assert again == before


def test_sensitive_fields_go_along_and_come_back(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    actor.organization.sensitive_fields = ["dog", "gate"]
    for each in (hannah, hanna):
        fields = columns(each.pk)["custom_fields"]
        update_customer(actor=fresh(actor), customer_id=each.pk, values={"custom_fields": {}})
        update_customer(actor=fresh(actor), customer_id=each.pk, values={"custom_fields": fields})
    before = state(hannah.pk, hanna.pk)
    row = merge(actor, hannah, hanna).merge
    after = columns(hannah.pk)
    assert after["sensitive"] == {"gate": "blue", "dog": "Rex"}
    assert set(after["custom_fields"].values()) == {MASK}
    unmerge(actor, row)
    assert state(hannah.pk, hanna.pk) == before


def test_whom_the_loser_referred_the_survivor_has_referred(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    friend = create_customer(actor=actor, values=customer_values(5, referred_by=str(hanna.pk)))
    update_customer(actor=actor, customer_id=hannah.pk, values={"referred_by": str(hanna.pk)})
    before = state(hannah.pk, hanna.pk, friend.pk)
    row = merge(actor, hannah, hanna).merge
    assert columns(friend.pk)["referred_by"] == hannah.pk
    assert columns(hannah.pk)["referred_by"] is None
    assert Customer.objects.unscoped().get(pk=hannah.pk).referral_count == 1
    unmerge(actor, row)
    assert state(hannah.pk, hanna.pk, friend.pk) == before


def test_what_came_since_stays_and_is_listed(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    row = merge(actor, hannah, hanna, email="loser").merge
    project = create_project(
        actor=fresh(actor), values={"customer": str(hanna.pk), "total_amount": 7}
    )
    assert project.customer_id == hannah.pk  # the old id in a body
    update_customer(actor=fresh(actor), customer_id=hannah.pk, values={"campaign": "autumn"})
    result = unmerge(actor, row)
    told = {(each["type"], each["code"]) for each in result.kept}
    assert told == {("project", "since"), ("customer", "changed")}
    assert columns(hannah.pk)["campaign"] == "autumn"
    assert columns(hanna.pk)["campaign"] == "spring"
    assert Project.objects.unscoped().get(pk=project.pk).customer_id == hannah.pk
    with pytest.raises(UnmergedAlready):
        unmerge(actor, row)


def test_a_message_that_came_since_goes_with_its_thread(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    thread = Conversation.objects.unscoped().get(customer=hanna.pk)
    row = merge(actor, hannah, hanna).merge
    message = add_message(
        actor=fresh(actor), conversation_id=thread.pk, values={"direction": "inbound", "body": "x"}
    )
    assert message.customer_id == hannah.pk
    assert unmerge(actor, row).kept == []
    message.refresh_from_db()
    assert message.customer_id == hanna.pk


def test_it_is_a_change_set_that_is_taken_back_and_again(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    before = state(hannah.pk, hanna.pk)
    row = merge(actor, hannah, hanna).merge
    merged = state(hannah.pk, hanna.pk)
    first = undo_change_set(actor=fresh(actor), set_id=row.change_set_id)
    assert isinstance(first, Undone)
    assert (first.restored, first.kept) == (1, [])
    assert state(hannah.pk, hanna.pk) == before
    again = undo_change_set(actor=fresh(actor), set_id=first.change_set)
    assert isinstance(again, Undone)
    assert (again.restored, again.kept) == (1, [])
    assert state(hannah.pk, hanna.pk) == merged
    row.refresh_from_db()
    assert (row.undone_at, row.change_set_id) == (None, again.change_set)
    unmerge(actor, row)
    assert state(hannah.pk, hanna.pk) == before


def test_what_was_changed_before_a_merge_is_not_taken_back_behind_its_back(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    asking = [fresh(actor), fresh(actor)]
    for who, each in zip(asking, (hannah, hanna), strict=True):
        update_customer(actor=who, customer_id=each.pk, values={"campaign": "summer"})
    merge(actor, hannah, hanna)
    after = state(hannah.pk, hanna.pk)
    for who in asking:
        result = undo_change_set(actor=fresh(actor), set_id=who.change_set)
        assert isinstance(result, Undone)
        assert result.restored == 0
    assert state(hannah.pk, hanna.pk) == after


def test_what_somebody_changed_under_another_name_is_not_taken_back(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    project = Project.objects.unscoped().get(customer=hanna.pk)
    asking = [fresh(actor) for _ in range(3)]
    for number, who in enumerate(asking):
        if number == 1:
            row = merge(actor, hannah, hanna).merge
        if number == 2:
            unmerge(actor, row)
        update_project(actor=who, project_id=project.pk, values={"name": f"name {number}"})
    for who in asking[:2]:
        result = undo_change_set(actor=fresh(actor), set_id=who.change_set)
        assert isinstance(result, Undone)
        assert [each["code"] for each in result.kept] == ["changed"]
    project.refresh_from_db()
    assert project.name == "name 2"


def test_chains_unwind_from_the_end_and_two_of_one_survivor_in_any_order(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    third = person(actor, customer_values(3), day=4)
    PrivacyRequest.objects.unscoped().filter(customer=third).delete()
    keys = (hannah.pk, hanna.pk, third.pk)
    before = state(*keys)
    first = merge(actor, hannah, hanna, phone="loser").merge
    second = merge(actor, third, hannah).merge
    assert survivors_of(actor=actor, keys=[hanna.pk]) == {hanna.pk: third.pk}
    with pytest.raises(CannotUnmerge, match="merged into another"):
        unmerge(actor, first)
    unmerge(actor, second)
    unmerge(actor, first)
    assert state(*keys) == before
    PrivacyRequest.objects.unscoped().update(status="done")
    for order in ((0, 1), (1, 0)):
        before = state(*keys)
        rows = [
            merge(actor, hannah, other, phone="loser", first_name="loser").merge
            for other in (hanna, third)
        ]
        for number in order:
            unmerge(actor, rows[number])
        assert state(*keys) == before, order


def test_one_who_has_the_e_mail_by_now_keeps_it(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    row = merge(actor, hannah, hanna).merge
    create_customer(actor=fresh(actor), values=customer_values(9, email="h.weber@example.com"))
    before = state(hannah.pk, hanna.pk)
    with pytest.raises(CannotUnmerge, match="email"):
        unmerge(actor, row)
    assert state(hannah.pk, hanna.pk) == before


def test_it_is_told_to_the_audit_and_to_other_systems(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    OutboxEvent.objects.unscoped().delete()
    row = merge(actor, hannah, hanna).merge
    events = OutboxEvent.objects.for_actor(actor)
    (told,) = events.filter(type="customer.merged")
    assert (told.customer_id, told.data["loser"]) == (hannah.pk, str(hanna.pk))
    assert {"customer.merged", "customer.deleted", "customer.updated"} <= set(
        events.values_list("type", flat=True)
    )
    entries = AuditEntry.objects.for_actor(actor).filter(change_set_id=row.change_set_id)
    assert {(each.action, each.customer_id) for each in entries} >= {
        ("customer.merged", hannah.pk),
        ("customer.merged", hanna.pk),
        ("merge.created", hannah.pk),
    }
    told_of = entries.get(action="customer.merged", customer_id=hannah.pk)
    assert b"Rex" not in str(told_of.changes).encode()  # once undone it is another's
    unmerge(actor, row)
    assert events.filter(type="customer.unmerged").count() == 1


def test_erasing_whoever_was_kept_erases_both(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    merge(actor, hannah, hanna)
    erase_customer(actor=fresh(actor), customer_id=hannah.pk, ground="asked")
    assert Customer.objects.unscoped().count() == 0
    assert Merge.objects.unscoped().count() == 0
    for part in customer_parts():
        for model in part.deleted:
            assert model.objects.unscoped().count() == 0, model  # type: ignore[attr-defined]
    entries = AuditEntry.objects.unscoped().filter(customer_id__in=[hannah.pk, hanna.pk])
    assert all(value is None for each in entries for value in each.changes.values())
    addresses = ["h.weber@example.com", "hannah@example.com"]
    assert suppressed(actor=actor, addresses=addresses) == set(addresses)


def test_the_archive_holds_both(actor: Actor, hannah: Customer, hanna: Customer) -> None:
    merge(actor, hannah, hanna, email="survivor")
    file = io.BytesIO()
    archive_customer(actor=actor, customer_id=hannah.pk, file=file)
    with ZipFile(file) as opened:
        text = opened.read("archive.json").decode()
    for word in ("Hanna", "h.weber@example.com", "Dearborn", "shop-1", "cust_67890"):
        assert word in text, word
    with pytest.raises(NotFound):
        archive_customer(actor=actor, customer_id=hanna.pk, file=io.BytesIO())


def test_a_merged_customer_is_no_deleted_one(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    counted_before = counted(actor=actor, dimensions=["all", "deleted"])
    row = merge(actor, hannah, hanna).merge
    deleted = customers(actor=actor, conditions=CustomerConditions(deleted=True))
    assert (list(deleted), deleted.count()) == ([], 0)
    with pytest.raises(NotFound):
        restore_customer(actor=actor, customer_id=hanna.pk)
    assert counted(actor=actor, dimensions=["all"])["all"][""].customers == 1
    assert differences() == []
    unmerge(actor, row)
    assert counted(actor=actor, dimensions=["all", "deleted"]) == counted_before


def test_bookings_at_the_same_time_are_told(
    actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    day = (now() + dt.timedelta(days=3)).date().isoformat()
    made = [
        book_appointment(
            actor=actor, values={"customer": str(each.pk), "day": day, "start_time": start}
        )
        for each, start in ((hannah, "10:00"), (hanna, "10:30"), (hanna, "12:00"))
    ]
    merged = merge(actor, hannah, hanna)
    (each,) = merged.double_bookings
    assert (each.first_id, each.second_id) == (made[0].pk, made[1].pk)


def test_the_statements_are_as_many_for_thirty_rows_as_for_three(actor: Actor) -> None:
    counts = []
    for number, size in enumerate((3, 30)):
        first = person(actor, customer_values(number * 2 + 11), day=1)
        second = person(actor, customer_values(number * 2 + 12), day=2)
        for _ in range(size):
            create_project(actor=actor, values={"customer": str(second.pk), "total_amount": 1})
            log_interaction(actor=actor, values={"customer": str(second.pk), "type": "note"})
        with CaptureQueriesContext(connection) as merging:
            row = merge(actor, first, second).merge
        with CaptureQueriesContext(connection) as unmerging:
            unmerge(actor, row)
        counts.append((len(merging), len(unmerging)))
    assert counts[0] == counts[1]


def test_every_model_that_moves_can_hold_what_two_people_had() -> None:
    """One of each kind for a customer: such rows can't simply move, and have to be united."""
    for part in customer_parts():
        for model in part.moving():
            unique = [
                each
                for each in model._meta.constraints
                if isinstance(each, UniqueConstraint)
                and "customer" in each.fields
                and each.condition is None
            ]
            assert unique == [], f"{model.__name__}: say in `stays` that the service unites them"
