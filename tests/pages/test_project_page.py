"""What stands beside a project: whose it is, what was paid for it, and what became of it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Page, expect

from core.identity.models import User
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer, Project
from customers.services.customers import create_customer
from customers.services.erasure import erase_customer
from customers.services.work import create_project, create_transaction, update_project
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return actor_of(cast.alice)


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1))


@pytest.fixture
def roof(actor: Actor, jane: Customer) -> Project:
    values = {"customer": jane, "name": "New roof", "total_amount": "1000"}
    return create_project(actor=actor, values=values)


def pay(actor: Actor, customer: Customer, amount: str, **more: Any) -> None:
    values = {"customer": customer, "gross_amount": amount, "status": "completed", **more}
    create_transaction(actor=actor, values=values)


def shown(user: User, project: Project) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(reverse("customers:project", args=[project.pk]))


def test_its_payments_and_the_customers_money_and_other_projects_stand_beside_it(
    cast: Cast, actor: Actor, jane: Customer, roof: Project
) -> None:
    create_project(actor=actor, values={"customer": jane, "name": "Shed", "total_amount": "50"})
    pay(actor, jane, "250", project=roof, description="Deposit")
    pay(actor, jane, "20", project=roof, status="pending")
    pay(actor, jane, "50")
    joe = create_customer(actor=actor, values=customer_values(2))
    pay(actor, joe, "777")
    create_project(actor=actor, values={"customer": joe, "name": "Barn"})
    answer = shown(cast.mona, roof)
    assert answer.context["person"]["name"] == "Jane Smith1"
    assert answer.context["person"]["lifetime_value"] == Decimal(1050)
    assert answer.context["collected"] == Decimal(300)
    assert [row.gross_amount for row, _status in answer.context["payments"]] == [20, 250]
    assert "Paid $250 of $1,000" in answer.content.decode()
    assert [row.name for row, _status in answer.context["others"]] == ["Shed"]
    record = reverse(
        "customers:payment-new",
        args=[jane.pk],
        query={
            "project": roof.pk,
            "next": reverse("customers:project", args=[roof.pk]),
            "gross_amount": "750.00",
        },
    )
    assert answer.context["record"] == record


def test_what_happened_is_told_to_those_who_may_read_the_trail(
    cast: Cast, actor: Actor, jane: Customer, roof: Project
) -> None:
    create_project(actor=actor, values={"customer": jane, "name": "Shed"})
    update_project(actor=actor, project_id=roof.pk, values={"status": "on_hold"})
    history = shown(cast.alice, roof).context["history"]
    assert [str(each.said) for each in history] == ["changed it", "added it"]
    (change,) = history[0].changes
    assert (change.label, change.before, change.after) == ("Status", "Planned", "On hold")
    assert shown(cast.bob, roof).context["history"] == []


def test_staff_look_and_are_offered_no_payment(cast: Cast, roof: Project) -> None:
    answer = shown(cast.bob, roof)
    assert answer.status_code == 200
    assert answer.context["record"] == ""
    assert "Record payment" not in answer.content.decode()


def test_it_costs_the_same_however_much_there_is(
    cast: Cast, actor: Actor, jane: Customer, roof: Project
) -> None:
    asked = []
    for more in (1, 8):
        for number in range(more):
            pay(actor, jane, "5", project=roof)
            create_project(actor=actor, values={"customer": jane, "name": f"P{number}"})
            update_project(actor=actor, project_id=roof.pk, values={"name": f"Roof {number}"})
        with CaptureQueriesContext(connection) as queries:
            shown(cast.alice, roof)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_beside_the_project_of_an_erased_customer_stands_nothing(
    cast: Cast, actor: Actor, jane: Customer, roof: Project
) -> None:
    pay(actor, jane, "300")
    erase_customer(actor=actor, customer_id=jane.pk, ground="request")
    answer = shown(cast.alice, roof)
    assert answer.status_code == 200
    assert "payments" not in answer.context


def test_it_can_be_read_by_everyone_on_every_screen(
    cast: Cast, actor: Actor, jane: Customer, roof: Project, page: Page
) -> None:
    pay(actor, jane, "300", project=roof, description="A deposit of the usual kind")
    create_project(actor=actor, values={"customer": jane, "name": "A shed behind the house"})
    sign_in(page, cast.alice)
    page.goto(reverse("customers:project", args=[roof.pk]))
    page.click("summary:has-text('Change or delete')")
    check_accessible(page)


# Beside the list


def panel(user: User, project: Project, **headers: str) -> Any:
    client = Client()
    client.force_login(user)
    address = reverse("customers:project-panel", args=[project.pk])
    return client.get(address, headers={"HX-Request": "true", **headers})


def test_the_panel_offers_the_next_steps_and_leads_back_to_the_list(
    cast: Cast, roof: Project
) -> None:
    at = "http://testserver/app/projects/?status=planned&open=another"
    answer = panel(cast.mona, roof, **{"HX-Current-URL": at})
    assert answer.context["next"] == f"/app/projects/?status=planned&open={roof.pk}"
    text = answer.content.decode()
    assert "<html" not in text
    for shown_there in ("New roof", "$1,000", "Jane Smith1", "Complete"):
        assert shown_there in text, shown_there
    assert panel(cast.bob, roof).context["moves"] == []


def test_an_address_elsewhere_is_never_led_to(cast: Cast, roof: Project) -> None:
    answer = panel(cast.mona, roof, **{"HX-Current-URL": "https://evil.example/x?status=planned"})
    assert answer.context["next"].startswith("/app/projects/?")


def test_the_panel_of_nobody_and_of_another_organizations_project(
    cast: Cast, actor: Actor, jane: Customer, roof: Project
) -> None:
    stranger = actor_of(cast.charlie)
    theirs = create_project(
        actor=stranger,
        values={"customer": create_customer(actor=stranger, values=customer_values(1))},
    )
    assert panel(cast.mona, theirs).status_code == 404
    erase_customer(actor=actor, customer_id=jane.pk, ground="request")
    assert panel(cast.mona, roof).status_code == 200


def test_without_a_script_the_panel_is_the_projects_page(cast: Cast, roof: Project) -> None:
    client = Client()
    client.force_login(cast.mona)
    answer = client.get(reverse("customers:project-panel", args=[roof.pk]))
    assert answer["Location"] == reverse("customers:project", args=[roof.pk])


def test_projects_are_walked_through_and_moved_beside_the_list(
    cast: Cast, actor: Actor, jane: Customer, roof: Project, page: Page
) -> None:
    create_project(actor=actor, values={"customer": jane, "name": "Shed"})
    sign_in(page, cast.mona)
    page.goto(reverse("customers:projects"))
    page.keyboard.press("j")
    page.keyboard.press("p")
    title = page.locator("#panel-title")
    expect(title).to_have_text("Shed")
    page.keyboard.press("j")
    expect(title).to_have_text("New roof")
    page.wait_for_url(f"**/app/projects/?open={roof.pk}")
    check_accessible(page)
    page.locator("#panel button", has_text="Start").click()
    expect(page.locator(".toast")).to_contain_text("In progress")
    expect(title).to_have_text("New roof")
    expect(page.locator("#panel .panel-marks").first).to_contain_text("In progress")
    page.keyboard.press("Escape")
    expect(title).to_have_count(0)


def test_a_card_of_the_board_is_looked_at_and_has_the_focus_again(
    cast: Cast, roof: Project, page: Page
) -> None:
    sign_in(page, cast.mona)
    page.goto(reverse("customers:projects") + "?view=board")
    eye = page.locator(".kanban-card [data-preview]")
    eye.focus()
    eye.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    expect(page.locator("#panel-title")).to_have_text("New roof")
    check_accessible(page)
    page.keyboard.press("Escape")
    expect(eye).to_be_focused()
