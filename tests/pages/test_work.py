"""Projects, payments, consents, loyalty points and what is logged: the forms around a customer."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.forms import CheckboxInput
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.audit.models import AuditEntry
from core.clock import now
from core.identity.models import User
from core.identity.services import actor_of
from core.ids import new_id
from customers.choices import ProjectStatus
from customers.models import Consent, Customer, LoyaltyEntry, Project, Transaction
from customers.pages.links import of_customer
from customers.services.customers import create_customer, delete_customer, update_customer
from customers.services.erasure import erase_customer
from customers.services.loyalty import adjust_loyalty
from customers.services.work import create_project, create_transaction, update_project
from interactions.models import Interaction
from interactions.services import log_interaction
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def jane(cast: Cast) -> Customer:
    return create_customer(actor=actor_of(cast.alice), values=customer_values(1))


@pytest.fixture
def mona(cast: Cast) -> Client:
    return signed_in(cast.mona)


@pytest.fixture
def bob(cast: Cast) -> Client:
    return signed_in(cast.bob)


@pytest.fixture
def roof(cast: Cast, jane: Customer) -> Project:
    values = {
        "customer": jane,
        "name": "New roof",
        "project_type": "repair",
        "total_amount": "1250",
        "status": "scheduled",
    }
    return create_project(actor=actor_of(cast.mona), values=values)


@pytest.fixture
def payment(cast: Cast, jane: Customer) -> Transaction:
    return create_transaction(
        actor=actor_of(cast.mona),
        values={"customer": jane, "gross_amount": "300", "status": "pending"},
    )


@pytest.fixture
def call(cast: Cast, jane: Customer) -> Interaction:
    return log_interaction(
        actor=actor_of(cast.bob),
        values={"customer": jane, "type": "phone_call", "notes": "Rang twice"},
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(name: str, key: Any) -> str:
    return reverse(name, args=[getattr(key, "pk", key)])


def filled(client: Client, where: str, **typed: Any) -> dict[str, str]:
    """What a browser would send from the form there; None clears a box."""
    data: dict[str, Any] = {}
    form = client.get(where).context["form"]
    with timezone.override(form.actor.organization.time_zone):
        for bound in form:
            shown = bound.field.widget.format_value(bound.value())
            if isinstance(bound.field.widget, CheckboxInput):
                data |= {bound.html_name: "on"} if bound.value() else {}
            else:
                data[bound.html_name] = (
                    shown[0] if isinstance(shown, list) and shown else shown or ""
                )
    return {name: value for name, value in (data | typed).items() if value is not None}


def send(client: Client, where: str, **typed: Any) -> Any:
    return client.post(where, filled(client, where, **typed))


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def fresh(row: Any) -> Any:
    return type(row).objects.unscoped().get(pk=row.pk)


def page_of(jane: Customer) -> str:
    return of_customer(jane.pk)


# Logging


def test_what_is_logged_leads_back_to_the_customer(bob: Client, cast: Cast, jane: Customer) -> None:
    where = address("interactions:log", jane)
    answer = send(
        bob,
        where + "?type=site_visit",
        notes="Two slates gone",
        outcome="follow_up",
        occurred_at="2026-03-01T09:30",
    )
    row = Interaction.objects.unscoped().get()
    assert (answer["Location"], said(answer)) == (page_of(jane), ["It is logged."])
    assert (row.type, row.notes, row.outcome, row.created_by_id) == (
        "site_visit",
        "Two slates gone",
        "follow_up",
        cast.bob.pk,
    )
    assert row.occurred_at == dt.datetime(2026, 3, 1, 14, 30, tzinfo=dt.UTC)


def test_the_type_comes_from_the_address_and_is_a_call_otherwise(
    bob: Client, jane: Customer
) -> None:
    where = address("interactions:log", jane)
    chosen = [
        bob.get(where + query).context["form"]["type"].value()
        for query in ("?type=note", "", "?type=smoke+signal")
    ]
    assert chosen == ["note", "phone_call", "smoke signal"]
    # the outcome's alone
    assert bob.get(where + "?type=smoke+signal").content.count(b"checked") == 1


def test_a_fault_keeps_what_was_typed(bob: Client, jane: Customer) -> None:
    answer = send(bob, address("interactions:log", jane), notes="Kept <b>", occurred_at="someday")
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["occurred_at"])
    assert "Kept &lt;b&gt;" in answer.content.decode()
    assert Interaction.objects.unscoped().count() == 0


def test_a_logged_contact_is_corrected_and_deleted(
    mona: Client, jane: Customer, call: Interaction
) -> None:
    where = address("interactions:interaction", call)
    before = fresh(call).occurred_at
    assert send(mona, where, notes="Rang three times")["Location"] == page_of(jane)
    assert (fresh(call).notes, fresh(call).occurred_at) == ("Rang three times", before)
    gone = mona.post(address("interactions:interaction-delete", call))
    assert (gone["Location"], said(gone)[-1]) == (page_of(jane), "The interaction is deleted.")
    assert (Interaction.objects.unscoped().count(), fresh(jane).interaction_count) == (0, 0)


# Projects


def test_a_new_project_tells_what_it_changed_of_the_customer(mona: Client, jane: Customer) -> None:
    where = address("customers:project-new", jane)
    answer = send(
        mona, where, name="New roof", total_amount="61250", project_type="roof_replacement"
    )
    assert answer["Location"] == page_of(jane)
    assert said(answer) == [
        "The project is created. Booked value is now $61,250; segment: Premium."
    ]
    row = Project.objects.unscoped().get()
    assert (row.name, row.total_amount, row.project_type, row.status) == (
        "New roof",
        61250,
        "roof_replacement",
        "planned",
    )


def test_what_changes_nothing_of_the_customer_tells_nothing(
    mona: Client, jane: Customer, roof: Project
) -> None:
    answer = send(mona, address("customers:project", roof), notes="Ladder in the yard")
    assert said(answer) == ["The project is saved."]


def test_a_project_sent_twice_is_created_once(mona: Client, jane: Customer) -> None:
    where = address("customers:project-new", jane)
    sent = filled(mona, where, name="Gutters", total_amount="10")
    assert mona.post(where, sent)["Location"] == mona.post(where, sent)["Location"]
    assert Project.objects.unscoped().count() == 1


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"total_amount": "-1"}, "total_amount"),
        ({"total_amount": "a lot"}, "total_amount"),
        ({"project_type": "castle"}, "project_type"),
        ({"name": "x" * 151}, "name"),
        ({"start_date": "0001-01-01T00:00"}, "start_date"),
    ],
)
def test_a_refused_project_changes_nothing_and_keeps_what_was_typed(
    mona: Client, jane: Customer, typed: dict[str, str], fault: str
) -> None:
    answer = send(mona, address("customers:project-new", jane), **({"notes": "Kept"} | typed))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [fault])
    assert "Kept" in answer.content.decode()
    assert Project.objects.unscoped().count() == 0


def test_completing_sets_the_day_and_undo_takes_both_back(mona: Client, roof: Project) -> None:
    where = address("customers:project-move", roof)
    answer = mona.post(where, {"status": "completed"})
    assert (answer["Location"], said(answer)) == (
        address("customers:project", roof),
        ["New roof: Completed."],
    )
    assert (fresh(roof).status, (now() - fresh(roof).completed_at).total_seconds() < 60) == (
        "completed",
        True,
    )
    (message,) = get_messages(answer.wsgi_request)
    mona.post(message.extra_tags)
    assert (fresh(roof).status, fresh(roof).completed_at) == ("scheduled", None)


def test_undoing_a_reopening_brings_the_old_day_of_completion_back(
    mona: Client, cast: Cast, roof: Project
) -> None:
    update_project(
        actor=actor_of(cast.mona),
        project_id=roof.pk,
        values={"status": "completed", "completed_at": "2025-05-01T12:00:00Z"},
    )
    answer = mona.post(address("customers:project-move", roof), {"status": "in_progress"})
    assert (fresh(roof).status, fresh(roof).completed_at) == ("in_progress", None)
    (message,) = get_messages(answer.wsgi_request)
    mona.post(message.extra_tags)
    assert (fresh(roof).status, fresh(roof).completed_at) == (
        "completed",
        dt.datetime(2025, 5, 1, 12, tzinfo=dt.UTC),
    )


def test_calling_off_takes_the_amount_out_of_the_lifetime_value(
    mona: Client, jane: Customer, roof: Project
) -> None:
    answer = mona.post(address("customers:project-move", roof), {"status": "cancelled"})
    assert said(answer) == ["New roof: Cancelled. Booked value is now $0."]
    assert fresh(jane).lifetime_value == 0


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        ("planned", ["Schedule", "Start", "Complete", "Cancel project"]),
        ("scheduled", ["Start", "Complete", "Cancel project"]),
        ("in_progress", ["Complete", "Put on hold", "Cancel project"]),
        ("on_hold", ["Resume", "Complete", "Cancel project"]),
        ("completed", ["Reopen"]),
        ("cancelled", ["Plan again"]),
    ],
)
def test_each_status_offers_its_next_steps(
    mona: Client, cast: Cast, roof: Project, status: str, offered: list[str]
) -> None:
    update_project(actor=actor_of(cast.mona), project_id=roof.pk, values={"status": status})
    moves = mona.get(address("customers:project", roof)).context["moves"]
    assert [str(move["label"]) for move in moves] == offered


def test_a_step_that_does_not_exist_is_refused(mona: Client, roof: Project) -> None:
    for sent in ({"status": "exploded"}, {}):
        assert mona.post(address("customers:project-move", roof), sent).status_code == 422
    assert fresh(roof).status == "scheduled"


def test_saving_a_project_changes_only_what_was_changed(
    mona: Client, cast: Cast, roof: Project
) -> None:
    start = dt.datetime(2026, 4, 1, 13, 30, 25, 123456, tzinfo=dt.UTC)
    update_project(actor=actor_of(cast.mona), project_id=roof.pk, values={"start_date": start})
    send(mona, address("customers:project", roof), total_amount="1300")
    assert (fresh(roof).total_amount, fresh(roof).start_date) == (1300, start)
    changes = (
        AuditEntry.objects.for_actor(actor_of(cast.mona))
        .filter(action="project.updated")
        .latest("id")
        .changes
    )
    assert list(changes) == ["total_amount"]


def test_two_people_who_change_one_amount_see_both(mona: Client, cast: Cast, roof: Project) -> None:
    where = address("customers:project", roof)
    sent = filled(mona, where, total_amount="1300")
    update_project(actor=actor_of(cast.alice), project_id=roof.pk, values={"total_amount": "1400"})
    answer = mona.post(where, sent)
    assert (answer.status_code, [clash.name for clash in answer.context["form"].clashes]) == (
        409,
        ["total_amount"],
    )
    assert fresh(roof).total_amount == 1400


def test_deleting_asks_first_and_tells_what_it_changed(
    mona: Client, jane: Customer, roof: Project
) -> None:
    where = address("customers:project-delete", roof)
    assert "New roof · $1,250 · Jane Smith1" in text_of(mona.get(where))
    answer = mona.post(where)
    assert (answer["Location"], said(answer)) == (
        page_of(jane),
        ["The project is deleted. Booked value is now $0."],
    )
    assert Project.objects.unscoped().count() == 0


def test_the_project_of_an_erased_customer_stands_without_one(
    mona: Client, cast: Cast, jane: Customer, roof: Project
) -> None:
    erase_customer(actor=actor_of(cast.alice), customer_id=jane.pk, ground="request")
    assert mona.get(address("customers:project", roof)).status_code == 200
    assert (
        mona.post(address("customers:project-move", roof), {"status": "in_progress"}).status_code
        == 302
    )
    assert "erased" in text_of(mona.get(reverse("customers:projects")))


# The list of projects


@pytest.fixture
def several(cast: Cast, jane: Customer) -> dict[str, Project]:
    actor = actor_of(cast.alice)
    joe = create_customer(actor=actor, values={"company_name": "Ácme Homes", "is_business": True})
    given: dict[str, tuple[Customer, str, str, str]] = {
        "roof": (jane, "repair", "planned", "100"),
        "shed": (jane, "siding", "completed", "20.50"),
        "barn": (joe, "repair", "completed", "3"),
        "mill": (joe, "gutters", "cancelled", "0"),
    }
    return {
        name: create_project(
            actor=actor,
            values={
                "customer": owner,
                "name": name,
                "project_type": kind,
                "status": status,
                "total_amount": amount,
            },
        )
        for name, (owner, kind, status, amount) in given.items()
    }


@pytest.mark.parametrize(
    ("query", "names", "value"),
    [
        ("", ["mill", "barn", "shed", "roof"], "123.50"),
        ("status=completed", ["barn", "shed"], "23.50"),
        ("project_type=repair", ["barn", "roof"], "103"),
        ("status=completed&project_type=repair", ["barn"], "3"),
        ("search=acme", ["mill", "barn"], "3"),
        ("search=ja+smith1", ["shed", "roof"], "120.50"),
        ("search=nobody", [], "0"),
        ("sort=total_amount", ["mill", "barn", "shed", "roof"], "123.50"),
        ("sort=-name", ["shed", "roof", "mill", "barn"], "123.50"),
        ("sort=-completed_at", ["barn", "shed", "mill", "roof"], "123.50"),
        (
            "status=burnt&project_type=castle&sort=mood&page=x&search=%00",
            ["mill", "barn", "shed", "roof"],
            "123.50",
        ),
        ("page=2", ["mill", "barn", "shed", "roof"], "123.50"),  # past the end: the last one
    ],
)
def test_the_list_shows_what_is_asked_and_its_worth(
    bob: Client, several: dict[str, Project], query: str, names: list[str], value: str
) -> None:
    shown = bob.get(f"{reverse('customers:projects')}?{query}").context
    assert ([row["name"] for row in shown["page"].rows], shown["value"]) == (names, Decimal(value))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("min_amount=3", ["roof", "shed", "barn"]),
        ("min_amount=3&max_amount=20.50", ["shed", "barn"]),
        ("max_amount=0", ["mill"]),
        ("starts_from=2026-03-02", ["shed"]),
        ("starts_to=2026-03-01", ["roof"]),
        ("starts_from=2026-03-01&starts_to=2026-03-02", ["roof", "shed"]),
        ("owner={mona}", ["roof", "shed"]),
        ("owner={mona}&starts_from=2026-03-02", ["shed"]),
        ("owner={charlie}", []),
        ("customer_id={jane}&status=planned", ["roof"]),
        (
            "min_amount=lots&starts_from=soon&owner=me&customer_id=x",
            ["roof", "shed", "barn", "mill"],
        ),
    ],
)
def test_list_board_and_export_mean_the_same_projects(
    cast: Cast, jane: Customer, several: dict[str, Project], query: str, names: list[str]
) -> None:
    actor = actor_of(cast.alice)
    update_customer(actor=actor, customer_id=jane.pk, values={"assigned_to": str(cast.mona.pk)})
    for name, day in {
        "roof": "2026-03-01T23:00:00-05:00",
        "shed": "2026-03-02T10:00:00-05:00",
    }.items():
        values = {"start_date": day}
        update_project(actor=actor, project_id=several[name].pk, values=values)
    alice = Client()
    alice.force_login(cast.alice)
    keys = {"mona": cast.mona.pk, "charlie": cast.charlie.pk, "jane": jane.pk}
    where = f"{reverse('customers:projects')}?{query.format(**keys)}"
    listed = alice.get(where).context
    assert {row["name"] for row in listed["page"].rows} == set(names)
    assert alice.get(listed["export"]).context["rows"] == len(names)
    board = alice.get(f"{where}&view=board").context
    on_board = {
        row["name"]
        for column in board["board"]
        for row in column["rows"]
        if "status=" not in query or f"status={column['status'].value}" in query
    }
    assert on_board == set(names)


def test_what_is_asked_of_projects_is_told_in_words(
    cast: Cast, jane: Customer, bob: Client
) -> None:
    query = {
        "customer_id": jane.pk,
        "owner": cast.mona.pk,
        "min_amount": "1,000",
        "starts_from": "2026-03-01",
        "starts_to": "2026-03-31",
    }
    filters = bob.get(reverse("customers:projects", query=query)).context["filters"]
    assert [(item.label, item.value) for item in filters.set] == [
        ("Customer", "Jane Smith1"),
        ("Owner", "Mona"),
        ("Amount", "from $1,000"),
        ("Starts", "from Mar 1, 2026, to Mar 31, 2026"),
    ]


def test_the_tabs_count_what_the_other_filters_leave(
    bob: Client, several: dict[str, Project]
) -> None:
    tabs = bob.get(reverse("customers:projects") + "?project_type=repair&status=planned").context[
        "tabs"
    ]
    assert [tab["count"] for tab in tabs] == [2, 1, 0, 0, 0, 1, 0]
    assert [str(tab["label"]) for tab in tabs if tab["current"]] == ["Planned"]


def test_the_projects_of_deleted_customers_and_of_others_are_not_listed(
    bob: Client, cast: Cast, jane: Customer, several: dict[str, Project]
) -> None:
    stranger = actor_of(cast.charlie)
    create_project(
        actor=stranger,
        values={
            "customer": create_customer(actor=stranger, values=customer_values(1)),
            "total_amount": "999",
        },
    )
    delete_customer(actor=actor_of(cast.alice), customer_id=jane.pk)
    shown = bob.get(reverse("customers:projects")).context
    assert ([row["name"] for row in shown["page"].rows], shown["value"]) == (["mill", "barn"], 3)


def test_the_export_is_asked_for_the_very_rows_that_are_listed(
    mona: Client, several: dict[str, Project]
) -> None:
    listed = mona.get(
        reverse("customers:projects")
        + "?search=acme&status=completed&project_type=smoke&sort=name&page=1"
    )
    assert (
        listed.context["export"]
        == reverse("jobs:export-new") + "?resource=projects&status=completed&search=acme"
    )


def test_an_empty_list_says_what_to_do_and_no_results_name_the_filters(
    bob: Client, cast: Cast
) -> None:
    assert "No projects yet" in text_of(bob.get(reverse("customers:projects")))
    found = text_of(bob.get(reverse("customers:projects") + "?search=zebra&project_type=siding"))
    assert "Customer: zebra, Kind of work: Siding" in found


def test_the_list_asks_as_much_for_thirty_projects_as_for_three(
    bob: Client, cast: Cast, jane: Customer
) -> None:
    counted = []
    for more in (3, 27):
        for number in range(more):
            person = create_customer(
                actor=actor_of(cast.alice),
                values={"first_name": f"P{number}", "last_name": str(more)},
            )
            create_project(
                actor=actor_of(cast.alice), values={"customer": person, "total_amount": "1"}
            )
        with CaptureQueriesContext(connection) as queries:
            bob.get(reverse("customers:projects"))
        counted.append(len(queries))
    assert counted == [9, 9]  # a company's own kinds of work and its people are asked for


# The board


def test_the_board_shows_each_status_with_its_sum(bob: Client, several: dict[str, Project]) -> None:
    shown = bob.get(reverse("customers:projects") + "?view=board&project_type=repair").context
    columns = {column["status"].value: column for column in shown["board"]}
    assert list(columns) == [status.value for status in ProjectStatus]
    assert {
        name: ([row["name"] for row in column["rows"]], int(column["amount"]), column["count"])
        for name, column in columns.items()
        if column["count"]
    } == {"planned": (["roof"], 100, 1), "completed": (["barn"], 3, 1)}
    assert (shown["total"], shown["value"]) == (2, 103)
    text = text_of(bob.get(reverse("customers:projects") + "?view=board"))
    assert "Move roof" not in text  # staff may not


def test_a_column_shows_the_newest_and_leads_to_the_others(
    mona: Client, cast: Cast, jane: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.pages.project_list.ON_BOARD", 2)
    for number in range(5):
        create_project(actor=actor_of(cast.alice), values={"customer": jane, "name": f"P{number}"})
    address = reverse("customers:projects") + "?view=board"
    planned = mona.get(address).context["board"][0]
    assert [row["name"] for row in planned["rows"]] == ["P4", "P3"]
    assert (planned["left"], planned["url"]) == (3, "/app/projects/?status=planned")
    with CaptureQueriesContext(connection) as queries:
        mona.get(address)
    assert len(queries) == 10


def test_a_card_is_moved_by_its_menu_and_taken_back(mona: Client, roof: Project) -> None:
    board = reverse("customers:projects") + "?view=board"
    moved = mona.post(
        reverse("customers:project-move", args=[roof.pk]), {"status": "on_hold", "next": board}
    )
    assert moved["Location"] == board
    assert Project.objects.unscoped().get(pk=roof.pk).status == "on_hold"


def test_a_card_is_dragged_to_another_status(cast: Cast, roof: Project, page: Page) -> None:
    sign_in(page, cast.mona)
    page.goto(reverse("customers:projects") + "?view=board")
    page.wait_for_load_state()
    page.drag_and_drop(".kanban-card", "[data-status=in_progress]")
    expect(page.locator("[data-status=in_progress] .kanban-card")).to_have_count(1)
    expect(page.locator(".toast")).to_contain_text("In progress")
    assert Project.objects.unscoped().get(pk=roof.pk).status == "in_progress"
    check_accessible(page)


# Payments


def test_a_payment_is_recorded_in_the_organizations_currency(mona: Client, jane: Customer) -> None:
    answer = send(
        mona, address("customers:payment-new", jane), gross_amount="99.50", description="Deposit"
    )
    row = Transaction.objects.unscoped().get()
    assert (answer["Location"], said(answer)) == (page_of(jane), ["The payment is recorded."])
    assert (row.gross_amount, row.currency_code, row.status, row.description) == (
        Decimal("99.50"),
        "USD",
        "completed",
        "Deposit",
    )


def test_a_payment_for_a_project_leads_back_to_it(
    mona: Client, jane: Customer, roof: Project
) -> None:
    page = address("customers:project", roof)
    where = mona.get(page).context["record"]
    form = mona.get(where).context["form"]
    assert (str(form["project"].value()), form["gross_amount"].value()) == (str(roof.pk), "1250.00")
    answer = send(mona, where, gross_amount="250")
    row = Transaction.objects.unscoped().get()
    assert (answer["Location"], row.project, row.gross_amount) == (page, roof, 250)
    assert "Paid $250 of $1,250" in text_of(mona.get(page))


def test_a_payment_is_tied_to_a_project_and_untied(
    mona: Client, jane: Customer, roof: Project, payment: Transaction
) -> None:
    where = address("customers:payment", payment)
    for chosen, kept in ((str(roof.pk), roof), ("", None)):
        assert send(mona, where, project=chosen)["Location"] == page_of(jane)
        assert fresh(payment).project == kept
    send(mona, where, project=str(roof.pk))
    assert page_of_project(roof) in mona.get(where).content.decode()
    shown = mona.get(page_of(jane), {"tab": "transactions"}).content.decode()
    assert f'<a class="link" href="{page_of_project(roof)}">New roof</a>' in shown


def page_of_project(row: Project) -> str:
    return address("customers:project", row)


def test_only_the_customers_own_projects_are_offered(
    mona: Client, cast: Cast, jane: Customer, roof: Project
) -> None:
    joe = create_customer(actor=actor_of(cast.alice), values=customer_values(2))
    assert "project" not in mona.get(address("customers:payment-new", joe)).context["form"].fields
    shed = create_project(actor=actor_of(cast.alice), values={"customer": joe, "name": "Shed"})
    where = address("customers:payment-new", joe)
    offered = mona.get(where).context["form"].fields["project"].choices
    assert [str(label) for _, label in offered] == ["None", "Shed · Planned"]
    answer = send(mona, where, gross_amount="5", project=str(roof.pk))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["project"])
    assert not Transaction.objects.unscoped().exists()
    assert shed.pk


def test_list_and_board_tell_what_was_paid(
    mona: Client, cast: Cast, jane: Customer, roof: Project
) -> None:
    for amount, told in (("250", "$250 paid"), ("1000", "paid")):
        values = {
            "customer": jane,
            "project": roof,
            "gross_amount": amount,
            "status": "completed",
        }
        create_transaction(actor=actor_of(cast.mona), values=values)
        for view in ("", "?view=board"):
            assert f"$1,250 {'· ' if view else ''}{told}" in text_of(
                mona.get(reverse("customers:projects") + view)
            )


def test_a_payment_wakes_an_inactive_customer_and_says_so(mona: Client, cast: Cast) -> None:
    values = customer_values(1, customer_since=(now() - dt.timedelta(days=300)).isoformat())
    sleeper = create_customer(actor=actor_of(cast.alice), values=values)
    assert fresh(sleeper).status == "inactive"
    answer = send(mona, address("customers:payment-new", sleeper), gross_amount="1")
    assert said(answer) == ["The payment is recorded. Status: Active."]


def test_a_pending_payment_completes_and_is_refunded(
    mona: Client, jane: Customer, payment: Transaction
) -> None:
    where = address("customers:payment", payment)
    for status in ("completed", "refunded"):
        answer = send(mona, where, status=status)
        assert (answer["Location"], said(answer)[-1], fresh(payment).status) == (
            page_of(jane),
            "The payment is saved.",
            status,
        )


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"gross_amount": ""}, "gross_amount"),
        ({"gross_amount": "-5"}, "gross_amount"),
        ({"currency_code": "12$"}, "currency_code"),
    ],
)
def test_a_refused_payment_is_not_recorded(
    mona: Client, jane: Customer, typed: dict[str, str], fault: str
) -> None:
    answer = send(mona, address("customers:payment-new", jane), **({"gross_amount": "5"} | typed))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [fault])
    assert Transaction.objects.unscoped().count() == 0


# Consents and points


def test_a_consent_is_on_record_with_how_and_which_words(
    bob: Client, cast: Cast, jane: Customer
) -> None:
    where = address("customers:consents", jane)
    answer = send(
        bob,
        where,
        marketing_consent="True",
        notify_email="False",
        notify_sms="False",
        method="phone",
        wording="May we write to you?",
    )
    assert (answer["Location"], said(answer)) == (page_of(jane), ["The consents are recorded."])
    rows = (
        Consent.objects.unscoped()
        .filter(customer=jane)
        .values_list("channel", "purpose", "granted", "method", "wording", "recorded_by")
    )
    assert sorted(rows) == [
        ("all", "marketing", True, "phone", "May we write to you?", "bob@acme.test"),
        ("email", "notifications", False, "phone", "May we write to you?", "bob@acme.test"),
        ("sms", "notifications", False, "phone", "May we write to you?", "bob@acme.test"),
    ]
    assert (fresh(jane).marketing_consent, fresh(jane).notify_email) == (True, False)
    page = bob.get(where)
    assert "Marketing granted On the phone · bob@acme.test" in text_of(page)
    assert [
        [option.choice_label for option in page.context["form"][name]]
        for name in ("notify_sms", "notify_push")
    ] == [["Yes", "No"], ["Not asked", "Yes", "No"]]


def test_a_consent_needs_to_say_how(bob: Client, jane: Customer) -> None:
    answer = send(
        bob, address("customers:consents", jane), marketing_consent="True", wording="Kept"
    )
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["method"])
    assert (Consent.objects.unscoped().count(), fresh(jane).marketing_consent) == (0, False)


def test_points_are_given_and_taken(mona: Client, jane: Customer) -> None:
    where = address("customers:loyalty", jane)
    answer = send(mona, where, points="1500", reason="Anniversary")
    assert (answer["Location"], said(answer)) == (
        page_of(jane),
        ["The balance is now 1,500 points."],
    )
    assert (
        said(send(mona, where, way="take", points="200", reason="A gift"))[-1]
        == "The balance is now 1,300 points."
    )
    assert list(LoyaltyEntry.objects.unscoped().order_by("at").values_list("points", "reason")) == [
        (1500, "Anniversary"),
        (-200, "A gift"),
    ]


def test_more_points_than_there_are_can_not_be_taken(
    mona: Client, cast: Cast, jane: Customer
) -> None:
    adjust_loyalty(
        actor=actor_of(cast.mona), customer_id=jane.pk, values={"points": 5, "reason": "Hello"}
    )
    answer = send(mona, address("customers:loyalty", jane), way="take", points="6", reason="A gift")
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {"points": ["There aren't enough points."]},
    )
    assert fresh(jane).loyalty_points == 5


# Who may, and where


def addresses(
    jane: Customer, roof: Project, payment: Transaction, call: Interaction
) -> dict[str, str]:
    return {
        "log": address("interactions:log", jane),
        "interaction": address("interactions:interaction", call),
        "interaction-delete": address("interactions:interaction-delete", call),
        "project-new": address("customers:project-new", jane),
        "project": address("customers:project", roof),
        "project-move": address("customers:project-move", roof),
        "project-delete": address("customers:project-delete", roof),
        "payment-new": address("customers:payment-new", jane),
        "payment": address("customers:payment", payment),
        "consents": address("customers:consents", jane),
        "loyalty": address("customers:loyalty", jane),
    }


STAFF_READ = {"log", "interaction", "project", "payment", "consents", "loyalty"}
STAFF_WRITE = {"log", "consents"}


def test_staff_log_and_record_consents_and_see_the_rest(
    bob: Client,
    mona: Client,
    jane: Customer,
    roof: Project,
    payment: Transaction,
    call: Interaction,
) -> None:
    for name, where in addresses(jane, roof, payment, call).items():
        if name != "project-move":
            assert bob.get(where).status_code == (200 if name in STAFF_READ else 403), name
            assert mona.get(where).status_code == 200, name
        assert bob.post(where, {}).status_code == (422 if name in STAFF_WRITE else 403), name
    assert (fresh(roof).status, fresh(payment).status, fresh(call).notes) == (
        "scheduled",
        "pending",
        "Rang twice",
    )


def test_who_may_not_is_told_why_and_offered_nothing(
    bob: Client, roof: Project, jane: Customer
) -> None:
    shown = bob.get(address("customers:project", roof))
    assert "As “Staff” you may not: manage projects." in text_of(shown)
    assert (
        shown.context["moves"],
        b"<textarea" in shown.content,
        b"project-delete" in shown.content,
    ) == ([], False, False)
    assert "As “Staff” you may not: manage projects." in text_of(
        bob.get(address("customers:project-new", jane))
    )
    assert bob.get(reverse("customers:projects")).context["export"] == ""


def test_what_belongs_to_others_or_was_deleted_is_not_there(
    cast: Cast, mona: Client, jane: Customer, roof: Project, payment: Transaction, call: Interaction
) -> None:
    stranger, made_up = signed_in(cast.charlie), addresses(*[new_id()] * 4)  # type: ignore[arg-type]
    mine = addresses(jane, roof, payment, call)
    delete_customer(actor=actor_of(cast.alice), customer_id=jane.pk)
    for name, where in mine.items():
        for client, path in ((stranger, where), (mona, where), (mona, made_up[name])):
            if name != "project-move":
                assert client.get(path).status_code == 404, name
            assert client.post(path, {"type": "note", "status": "completed"}).status_code == 404, (
                name
            )


# Over another page


def test_every_form_is_a_dialog_too(
    mona: Client, jane: Customer, roof: Project, payment: Transaction, call: Interaction
) -> None:
    for name, where in addresses(jane, roof, payment, call).items():
        if name != "project-move":
            part = mona.get(where, headers=HTMX).content.decode()
            assert part.lstrip().startswith("<dialog"), name
            assert f'action="{where}"' in part, name


def test_a_dialog_that_is_saved_leads_on_and_one_that_is_refused_comes_back(
    mona: Client, jane: Customer
) -> None:
    where = address("customers:payment-new", jane)
    refused = mona.post(where, filled(mona, where, gross_amount="-1"), headers=HTMX)
    assert (refused.status_code, refused.content.decode().lstrip()[:7]) == (422, "<dialog")
    saved = mona.post(where, filled(mona, where, gross_amount="1"), headers=HTMX)
    assert (saved.status_code, saved["HX-Redirect"]) == (204, page_of(jane))


# In a browser


def test_one_logs_a_call_with_the_keyboard_alone(cast: Cast, jane: Customer, page: Page) -> None:
    sign_in(page, cast.bob)
    page.goto(address("interactions:log", jane))
    expect(page.get_by_label("Notes")).to_be_focused()
    page.keyboard.type("Wants a quote")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    for _ in range(12):
        if page.evaluate("document.activeElement.type") == "submit":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("It is logged.")
    row = Interaction.objects.unscoped().get()
    assert (row.type, row.notes, row.outcome) == ("phone_call", "Wants a quote", "positive")


def test_a_project_goes_its_way_without_scripts(
    cast: Cast, jane: Customer, roof: Project, without_javascript: Page
) -> None:
    page = without_javascript
    sign_in(page, cast.mona)
    page.goto(address("customers:project", roof))
    page.click("button:has-text('Start')")
    expect(page.locator("h1 .badge")).to_have_text("In progress")
    page.click(".toast button:has-text('Undo')")
    expect(page.locator("h1 .badge")).to_have_text("Scheduled")
    change = page.locator("summary", has_text="Change or delete")
    change.click()
    page.fill("[name=total_amount]", "1500")
    page.click("button:has-text('Save')")
    expect(page.locator(".toast")).to_contain_text("Booked value is now $1,500")
    change.click()
    page.click("main a:has-text('Delete')")
    page.click("main button:has-text('Delete')")
    page.wait_for_load_state()
    assert Project.objects.unscoped().count() == 0


def test_with_scripts_deleting_asks_in_a_dialog_and_the_list_narrows_in_place(
    cast: Cast, several: dict[str, Project], page: Page
) -> None:
    sign_in(page, cast.mona)
    page.goto(reverse("customers:projects"))
    page.locator("main [data-search]").fill("jane")
    page.wait_for_url("**/app/projects/?search=jane")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator("main [data-search]").fill("")
    expect(page.locator("tbody tr")).to_have_count(4)
    page.locator(".list-tools summary", has_text="Filter").click()
    page.locator(".fold summary", has_text="Kind of work").click()
    page.get_by_label("Repair").check()
    check_accessible(page, widths=(360,), themes=("light",))
    page.locator(".fold[open] button").click()
    page.wait_for_url("**/app/projects/?project_type=repair")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.click("text=barn")
    page.click("summary:has-text('Change or delete')")
    page.click("main a:has-text('Delete')")
    expect(page.locator("dialog[open]")).to_contain_text("Delete the project?")
    check_accessible(page, widths=(360,))
    page.click("dialog[open] button:has-text('Delete')")
    page.wait_for_url(lambda url: "/projects/" not in url)
    assert not Project.objects.unscoped().filter(name="barn").exists()


def test_a_form_over_another_page_is_corrected_saved_and_leads_on(
    cast: Cast, jane: Customer, page: Page
) -> None:
    sign_in(page, cast.mona)
    page.goto(reverse("customers:projects"))
    page.evaluate(
        "address => htmx.ajax('GET', address, '#overlay')", address("customers:payment-new", jane)
    )
    page.fill("dialog[open] [name=gross_amount]", "much")
    page.click("dialog[open] button:has-text('Record the payment')")
    expect(page.locator("dialog[open] .error")).to_be_visible()
    page.fill("dialog[open] [name=gross_amount]", "12.50")
    page.click("dialog[open] button:has-text('Record the payment')")
    expect(page.locator(".toast")).to_contain_text("The payment is recorded.")
    assert Transaction.objects.unscoped().get().gross_amount == Decimal("12.50")
