"""Files of what belongs to customers: written by sets, each row by the rules of one alone."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import Appointment, Service
from core.audit.models import AuditEntry, OutboxEvent
from core.changes.services import Undone, undo_change_set
from core.ids import new_id
from core.imports.options import OnMatch, Options
from core.imports.reports import Report
from core.imports.resources import import_resource
from core.imports.uploads import read_upload
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.updating import update
from customers.models import Customer, LoyaltyEntry, Project, Transaction
from customers.services.customers import create_customer
from customers.services.management import deactivate_customer
from customers.services.work import create_project
from interactions.models import Interaction
from tests.cast import Cast, customer_values
from tests.imports import said

HEADS = {
    "projects": "email,name,status,total_amount,completed_at",
    "transactions": "email,description,status,gross_amount,created_at",
    "interactions": "email,type,outcome,notes,occurred_at",
    "appointments": "email,service,status,notes,start_at",
}
TAILS = {
    "projects": "completed,12.50,2025-03-04 10:00",
    "transactions": "completed,12.50,2025-03-04",
    "interactions": "answered,It rang.,2025-03-04 10:00",
    "appointments": "completed,Came.,2025-03-04 10:00",
}
POSTGRESQL = connection.vendor == "postgresql"

TEXTS = {
    "projects": "name",
    "transactions": "description",
    "interactions": "notes",
    "appointments": "notes",
}
MODELS: dict[str, Any] = {
    "projects": Project,
    "transactions": Transaction,
    "interactions": Interaction,
    "appointments": Appointment,
}


def imported(actor: Actor, noun: str, text: str, options: Options | None = None) -> Report:
    return import_resource(noun).run(
        actor=actor, upload=read_upload(text.encode()), options=options or Options()
    )


def anew(actor: Actor) -> Actor:
    return replace(actor, change_set=new_id())


@pytest.fixture
def people(actor: Actor) -> list[Customer]:
    Service.objects.add(actor, name="Wash", price=Decimal("12.50"))
    return [
        create_customer(
            actor=actor, values=customer_values(email=f"p{n}@example.com", phone=f"+1248555{n:04}")
        )
        for n in range(30)
    ]


def lines(noun: str, people: list[Customer]) -> str:
    second = {"appointments": "Wash", "interactions": "call"}.get(noun, "Roof")
    return "\n".join(
        [HEADS[noun], *(f"{person.email},{second},{TAILS[noun]}" for person in people)]
    )


@pytest.mark.parametrize("noun", HEADS)
def test_thirty_rows_cost_as_many_statements_as_three(
    actor: Actor, people: list[Customer], noun: str
) -> None:
    """To be written, to be taken back, and to be there again."""
    Organization.objects.filter(pk=actor.organization.pk).update(loyalty_points_per_unit=1)
    actor.organization.refresh_from_db()
    asked = []
    for some in (people[:3], people):
        mine = anew(actor)
        with CaptureQueriesContext(connection) as written:
            report = imported(mine, noun, lines(noun, some))
        assert report.counts["created"] == len(some), report.refused
        again = anew(actor)
        with CaptureQueriesContext(connection) as taken_back:
            result = undo_change_set(actor=again, set_id=mine.change_set)
        assert isinstance(result, Undone)
        assert (result.restored, result.kept) == (len(some), [])
        assert not MODELS[noun].objects.for_actor(actor).exists()
        with CaptureQueriesContext(connection) as there_again:
            result = undo_change_set(actor=anew(actor), set_id=again.change_set)
        assert isinstance(result, Undone)
        assert (result.restored, result.kept) == (len(some), [])
        rows = MODELS[noun].objects.for_actor(actor)
        assert set(rows.values_list("pk", flat=True)) == {each.row_id for each in report.results}
        rows.delete()
        asked.append((len(written), len(taken_back), len(there_again)))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(("noun", "column"), TEXTS.items())
def test_so_do_thirty_changes_by_id(
    actor: Actor, people: list[Customer], noun: str, column: str
) -> None:
    imported(actor, noun, lines(noun, people))
    rows = MODELS[noun].objects.for_actor(actor).order_by("pk")
    before = list(rows.values_list("pk", column))
    asked = []
    for number in (3, 30):
        mine = anew(actor)
        text = "".join(f"{key},Other {key}\n" for key, _ in before[:number])
        with CaptureQueriesContext(connection) as written:
            report = imported(mine, noun, f"id,{column}\n{text}")
        assert report.counts["updated"] == number, report.refused
        assert rows.filter(**{f"{column}__startswith": "Other"}).count() == number
        again = anew(actor)
        with CaptureQueriesContext(connection) as taken_back:
            result = undo_change_set(actor=again, set_id=mine.change_set)
        assert isinstance(result, Undone)
        assert (result.restored, result.kept) == (number, [])
        assert list(rows.values_list("pk", column)) == before
        told = AuditEntry.objects.for_actor(actor).filter(change_set_id=again.change_set)
        assert told.count() == number
        asked.append((len(written), len(taken_back)))
    if POSTGRESQL:  # elsewhere each has a statement of its own
        assert asked[0] == asked[1]
    assert set(rows.values_list("version", flat=True)) == {3, 5}


@pytest.mark.parametrize("noun", HEADS)
def test_every_row_leaves_its_entry_and_figures_follow(
    actor: Actor, people: list[Customer], noun: str
) -> None:
    imported(actor, noun, lines(noun, [people[0], people[0], people[1]]))
    rows = MODELS[noun].objects.for_actor(actor)
    told = AuditEntry.objects.for_actor(actor).filter(
        action=f"{MODELS[noun]._meta.model_name}.created"
    )
    assert {entry.subject_id for entry in told} == {row.pk for row in rows}
    assert all(entry.changes["customer"] == [None, str(entry.customer_id)] for entry in told)
    first = Customer.objects.for_actor(actor).get(pk=people[0].pk)
    figure = {
        "projects": first.project_count,
        "transactions": first.transaction_count,
        "interactions": first.interaction_count,
        "appointments": first.total_appointments,
    }
    assert figure[noun] == 2


def test_a_bad_row_holds_up_no_other(actor: Actor, people: list[Customer]) -> None:
    text = (
        f"email,name,total_amount\n{people[0].email},A,10\n{people[1].email},B,none\n"
        f"nobody@example.com,C,10\n,D,10\n{people[2].email},E,10\n"
    )
    report = imported(actor, "projects", text)
    assert report.counts["created"] == 2
    assert {row.line: said(row.faults) for row in report.refused} == {
        3: {"total_amount": ["Must be a number."]},
        4: {"customer": ["No customer “nobody@example.com”."]},
        5: {"customer": ["This field is required."]},
    }
    assert sorted(Project.objects.for_actor(actor).values_list("name", flat=True)) == ["A", "E"]


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite's columns hold any number")
def test_what_the_database_refuses_fails_its_row_alone(
    actor: Actor, people: list[Customer]
) -> None:
    """A sum that outgrows its column is found when the figures follow."""
    most = "999999999999.99"
    text = (
        f"email,name,status,total_amount\n{people[0].email},A,completed,{most}\n"
        f"{people[1].email},B,completed,5\n{people[0].email},C,completed,{most}\n"
    )
    report = imported(actor, "projects", text)
    assert [row.line for row in report.refused] == [4]
    assert sorted(Project.objects.for_actor(actor).values_list("name", flat=True)) == ["A", "B"]


def test_changes_by_id_are_told_once_each_and_say_what_is_new(
    actor: Actor, people: list[Customer]
) -> None:
    one = create_project(actor=actor, values={"customer": people[0].pk, "name": "One"})
    two = create_project(actor=actor, values={"customer": people[1].pk, "name": "Two"})
    OutboxEvent.objects.unscoped().delete()
    text = (
        f"id,name,status\n{one.pk},First,completed\n{two.pk},Two,\n{one.pk},First,\n"
        f"{one.pk},Last,\n"
    )
    report = imported(actor, "projects", text)
    assert [row.outcome for row in report.results] == ["updated", "skipped", "skipped", "updated"]
    one.refresh_from_db()
    assert (one.name, one.status, one.version) == ("Last", "completed", 3)
    assert one.completed_at is not None
    entries = AuditEntry.objects.for_actor(actor).filter(action="project.updated").order_by("id")
    assert [entry.changes["name"] for entry in entries] == [["One", "First"], ["First", "Last"]]
    told = OutboxEvent.objects.unscoped().filter(type="project.completed")
    assert [event.subject_id for event in told] == [one.pk]
    people[0].refresh_from_db()
    assert people[0].project_count == 1
    skipped = imported(actor, "projects", text, Options(on_match=OnMatch.SKIP))
    assert skipped.counts["skipped"] == 4


def test_a_row_stays_with_its_customer(actor: Actor, people: list[Customer]) -> None:
    one = create_project(actor=actor, values={"customer": people[0].pk, "name": "One"})
    report = imported(actor, "projects", f"id,email,name\n{one.pk},{people[1].email},Other\n")
    assert said(report.refused[0].faults) == {"customer": ["The customer can't be changed."]}
    one.refresh_from_db()
    assert (one.name, one.customer_id) == ("One", people[0].pk)


def test_nobody_is_booked_twice_by_one_file(
    cast: Cast, actor: Actor, people: list[Customer]
) -> None:
    text = "email,staff,start_at,end_at,status\n" + "".join(
        f"{person.email},{cast.bob.email},2031-03-04 {time},{status}\n"
        for person, time, status in zip(
            people,
            ("10:00,2031-03-04 11:00", "10:30,2031-03-04 11:30", "11:00,2031-03-04 12:00"),
            ("pending", "confirmed", "confirmed"),
            strict=False,
        )
    )
    text += f"{people[3].email},{cast.bob.email},2031-03-04 10:15,2031-03-04 10:45,cancelled\n"
    report = imported(actor, "appointments", text)
    assert [row.line for row in report.refused] == [3], report.refused
    assert Appointment.objects.for_actor(actor).count() == 3
    again = imported(actor, "appointments", text)
    assert [row.line for row in again.refused] == [2, 3, 4]


def test_points_are_those_of_one_booking_after_the_other(
    actor: Actor, people: list[Customer]
) -> None:
    Organization.objects.filter(pk=actor.organization.pk).update(loyalty_points_per_unit=2)
    actor.organization.refresh_from_db()
    jane = people[0]
    deactivate_customer(actor=actor, customer_id=jane.pk)
    text = (
        f"email,start_at,status,price\n{jane.email},2025-03-04 10:00,completed,10\n"
        f"{jane.email},2025-03-05 10:00,completed,0.75\n{jane.email},2025-03-06,confirmed,99\n"
    )
    mine = anew(actor)
    imported(mine, "appointments", text)
    jane.refresh_from_db()
    entries = LoyaltyEntry.objects.unscoped().filter(customer=jane).order_by("id")
    assert [entry.points for entry in entries] == [20, 1]
    assert (jane.loyalty_points, jane.is_deactivated) == (21, False)
    undone = undo_change_set(actor=anew(actor), set_id=mine.change_set)
    assert isinstance(undone, Undone)
    jane.refresh_from_db()
    assert (jane.loyalty_points, jane.total_appointments) == (0, 0)
    assert sum(entry.points for entry in entries.all()) == 0


def test_several_rows_get_other_values_in_one_statement(
    actor: Actor, people: list[Customer]
) -> None:
    """Each kind of column, and what is null, as saving each row would leave it."""
    first = people[0]
    for number, row in enumerate(people):
        odd = bool(number % 2)
        row.notes = f"“{number}”\n\\ {number}"
        row.property_value = Decimal("7.25") if odd else None
        row.custom_fields = {"n": [number, None, {"é": "☃"}]} if odd else {}
        row.sensitive_values = {} if odd else {"id": f"X{number}"}
        row.date_of_birth = dt.date(1990, 5, number + 1) if odd else None
        row.contact_hours_start = dt.time(8, number) if odd else None
        row.customer_since = first.created_at - dt.timedelta(days=number, microseconds=number)
        row.referred_by = first if number else None
        row.marketing_consent = odd
        row.alternative_phones = [f"+1248556{number:04}"] if odd else []
    names = [
        *("notes", "property_value", "custom_fields", "sensitive_values", "date_of_birth"),
        *("contact_hours_start", "customer_since", "referred_by_id", "marketing_consent"),
        "alternative_phones",
    ]
    with CaptureQueriesContext(connection) as asked:
        update(people, [name.removesuffix("_id") for name in names])
    if POSTGRESQL:
        assert len(asked) == 1
    stored = Customer.objects.for_actor(actor).in_bulk([row.pk for row in people])
    for row in people:
        for name in (*names, "first_name", "updated_at", "deleted_at"):
            assert getattr(stored[row.pk], name) == getattr(row, name), name


def test_a_payment_is_for_the_project_that_its_file_names(
    actor: Actor, people: list[Customer]
) -> None:
    """By id, or by the name that one of the customer's own has, whatever the number of rows."""
    roofs = [
        create_project(actor=actor, values={"customer": row, "name": "Roof"}) for row in people
    ]
    asked = []
    for some in (3, 30):
        named = [
            (row.email, "roof" if n % 2 else roofs[n].pk) for n, row in enumerate(people[:some])
        ]
        text = "email,project,amount\n" + "".join(f"{email},{name},5\n" for email, name in named)
        with CaptureQueriesContext(connection) as queries:
            report = imported(anew(actor), "transactions", text)
        assert report.counts["created"] == some, report.refused
        asked.append(len(queries))
    assert asked[0] == asked[1]
    rows = Transaction.objects.for_actor(actor).select_related("project")
    assert {(row.customer_id, row.project) for row in rows} == {
        (person.pk, roof) for person, roof in zip(people, roofs, strict=True)
    }


def test_a_project_that_is_not_the_customers_own_or_one_of_several_refuses_its_row(
    actor: Actor, people: list[Customer]
) -> None:
    first, second, *_ = people
    theirs = create_project(actor=actor, values={"customer": second, "name": "Shed"})
    for _ in range(2):
        create_project(actor=actor, values={"customer": first, "name": "Twice"})
    for name in ("Shed", theirs.pk, "Twice", "Nowhere"):
        text = f"email,project,amount\n{first.email},{name},5\n"
        assert imported(anew(actor), "transactions", text).counts["created"] == 0
    assert not Transaction.objects.for_actor(actor).exists()
