"""Adding, editing, blocking, deleting and restoring a customer."""

import html
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.forms import CharField
from django.http import QueryDict
from django.test import Client
from django.utils.http import urlencode
from playwright.sync_api import Page, expect

from core.audit.models import AuditEntry
from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.actor import Actor
from core.ui.forms import OWN
from customers.models import Customer
from customers.pages.forms import CustomerForm
from customers.pages.links import of_customer
from customers.selectors.customers import tags_of
from customers.services.bulk_creation import create_customers
from customers.services.consents import CONSENT_FIELDS
from customers.services.customers import (
    create_customer,
    delete_customer,
    update_customer,
)
from customers.services.values import WRITABLE
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

LIST = "/app/customers/"
NEW = "/app/customers/new/"


@pytest.fixture
def admin(cast: Cast) -> Actor:
    return actor_of(cast.alice)


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


@pytest.fixture
def jane(admin: Actor) -> Customer:
    return create_customer(actor=admin, values=customer_values(1))


def at(row: Customer, what: str) -> str:
    return f"/app/customers/{row.pk}/{what}/"


def filled(client: Client, address: str, **typed: Any) -> dict[str, Any]:
    """What a browser would send from the form there (None: a box that isn't ticked)."""
    sent: dict[str, Any] = {}
    for bound in client.get(address).context["form"]:
        value = (
            bound.field.widget.format_value(bound.value())
            if hasattr(bound.field.widget, "format_value")
            else bound.value()
        )
        if bound.field.widget.__class__.__name__ == "CheckboxInput":
            sent |= {bound.html_name: "on"} if bound.value() else {}
        else:
            sent[bound.html_name] = (
                list(value) if isinstance(value, list) else "" if value is None else str(value)
            )
            if isinstance(value, list) and not bound.html_name.startswith("custom"):
                sent[bound.html_name] = "".join(value)
    return {name: value for name, value in (sent | typed).items() if value is not None}


def now_of(row: Customer) -> Customer:
    return Customer.objects.unscoped().get(pk=row.pk)


def test_every_writable_field_stands_in_the_form_or_is_left_out_on_purpose() -> None:
    elsewhere = {
        "is_blocked",  # blocking has a page of its own, as has what a person consents to
        "block_reason",
        *CONSENT_FIELDS,
        *("customer_since", "referred_by", "preferred_categories"),
    }
    fields = set(CustomerForm.base_fields) - {*OWN, "tags"}
    assert fields == set(WRITABLE) - elsewhere


def test_a_form_with_a_field_that_stands_in_no_group_is_not_built() -> None:
    with pytest.raises(ImproperlyConfigured, match="Lacking shows nowhere: roof_colour"):
        type("Lacking", (CustomerForm,), {"roof_colour": CharField()})


def test_every_field_of_the_form_stands_in_one_group_and_every_group_holds_fields_of_it() -> None:
    grouped = [name for group in CustomerForm.groups for name in group.fields]
    assert sorted(grouped) == sorted(set(CustomerForm.base_fields) - set(OWN))


def test_a_customer_is_added_with_all_that_was_typed(
    alice: Client, admin: Actor, cast: Cast
) -> None:
    typed = {
        "first_name": "Zoë",
        "company_name": "Zoë & Co",
        "is_business": "on",
        "email": "zoe@example.com",
        "phone": "(248) 555-0199",
        "alternative_phones": "248 555 0198, 2485550197",
        "property_value": "1250000.50",
        "roof_age": "12",
        "status": "vip",
        "assigned_to": str(cast.mona.pk),
        "tags": "vip, new roof",
        "date_of_birth": "1980-02-29",
        "nps_score": "9",
        "custom_fields": ["gate code", "1234", "", ""],
        "notes": "two\nlines",
    }
    answer = alice.post(NEW, filled(alice, NEW, **typed))
    row = Customer.objects.for_actor(admin).get()
    assert answer["Location"] == of_customer(row.pk)
    assert (row.first_name, row.is_business, row.phone, row.alternative_phones) == (
        "Zoë",
        True,
        "+12485550199",
        ["+12485550198", "+12485550197"],
    )
    assert (str(row.property_value), row.roof_age, row.nps_score, str(row.date_of_birth)) == (
        "1250000.50",
        12,
        9,
        "1980-02-29",
    )
    assert (row.status, row.status_pinned, row.segment_pinned, row.assigned_to_id) == (
        "vip",
        True,
        False,
        cast.mona.pk,
    )
    assert (tags_of([row.pk])[row.pk], row.custom_fields, row.notes) == (
        ["vip", "new roof"],
        {"gate code": "1234"},
        "two\nlines",
    )
    entry = AuditEntry.objects.for_actor(admin).get(action="customer.created")
    assert "notify_sms" not in entry.changes
    assert "The customer is added." in alice.get(LIST).content.decode()


def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(alice: Client) -> None:
    typed = {
        "email": "zoe@",
        "phone": "12",
        "nps_score": "11",
        "roof_age": "old",
        "tags": "a" * 51,
        "custom_fields": ["", "lost"],
    }
    answer = alice.post(NEW, filled(alice, NEW, **typed))
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert set(errors) == {"roof_age", "custom_fields"}  # what can't be read at all
    answer = alice.post(
        NEW, filled(alice, NEW, **{**typed, "roof_age": "5", "custom_fields": ["a", "b"]})
    )
    errors = answer.context["form"].errors
    assert set(errors) == {"email", "phone", "nps_score", "tags"}
    assert errors["email"] == ["Enter an e-mail address such as name@example.com."]
    text = answer.content.decode()
    assert all(f'value="{value}"' in text for value in ("zoe@", "12", "11", "a" * 51, "a", "b"))
    assert Customer.objects.unscoped().count() == 0


def test_nobody_at_all_is_refused(alice: Client) -> None:
    answer = alice.post(NEW, filled(alice, NEW, city="Troy"))
    assert answer.context["form"].errors["first_name"] == [
        "Enter a name, an e-mail or a phone number."
    ]


@pytest.mark.parametrize("typed", [{"email": "JANE1@example.com"}, {"phone": "(248) 555-0001"}])
def test_a_duplicate_leads_to_the_customer_that_is_there(
    alice: Client, jane: Customer, typed: dict[str, str]
) -> None:
    answer = alice.post(NEW, filled(alice, NEW, first_name="Jo", **typed))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "already exists." in text
    assert f'<a class="link" href="{of_customer(jane.pk)}">Jane Smith1</a>' in text
    assert Customer.objects.unscoped().count() == 1


def test_a_duplicate_elsewhere_is_none(alice: Client, cast: Cast) -> None:
    create_customer(actor=actor_of(cast.charlie), values=customer_values(1))
    assert (
        alice.post(NEW, filled(alice, NEW, first_name="Jo", email="jane1@example.com")).status_code
        == 302
    )


def test_only_what_was_changed_is_written(alice: Client, admin: Actor, jane: Customer) -> None:
    update_customer(
        actor=admin,
        customer_id=jane.pk,
        values={"custom_fields": {"n": 5, "list": [1]}, "tags": ["vip"], "roof_age": 3},
    )
    assert alice.post(at(jane, "edit"), filled(alice, at(jane, "edit")))["Location"] == of_customer(
        jane.pk
    )
    assert now_of(jane).version == 2
    alice.post(
        at(jane, "edit"),
        filled(
            alice,
            at(jane, "edit"),
            city="Troy",
            custom_fields=["n", "5", "list", "[1]", "new", "7"],
        ),
    )
    row = now_of(jane)
    assert (row.city, row.custom_fields, row.version) == (
        "Troy",
        {"n": 5, "list": [1], "new": "7"},
        3,
    )
    changes = (
        AuditEntry.objects.for_actor(admin).filter(action="customer.updated").latest("pk").changes
    )
    assert set(changes) == {"city", "custom_fields"}


def test_a_status_is_pinned_even_when_it_is_the_present_one_and_let_go_again(
    alice: Client, jane: Customer
) -> None:
    form = alice.get(at(jane, "edit")).context["form"]
    assert form.fields["status"].choices[0] == ("", "Automatic (now Active)")
    alice.post(at(jane, "edit"), filled(alice, at(jane, "edit"), status="active"))
    assert (now_of(jane).status, now_of(jane).status_pinned) == ("active", True)
    alice.post(at(jane, "edit"), filled(alice, at(jane, "edit"), status=""))
    assert now_of(jane).status_pinned is False


def test_two_people_who_change_the_same_field_see_both_values(
    alice: Client, cast: Cast, jane: Customer
) -> None:
    mine = filled(alice, at(jane, "edit"), city="Troy", tags="a", custom_fields=["k", "1"])
    values = {
        "city": "Flint",
        "tags": ["b"],
        "custom_fields": {"k": "2"},
        "state": "MI",
        "is_business": True,
    }
    update_customer(actor=actor_of(cast.mona), customer_id=jane.pk, values=values)
    answer = alice.post(at(jane, "edit"), mine)
    assert answer.status_code == 409
    clashes = {
        clash.name: (clash.before, clash.theirs, clash.yours)
        for clash in answer.context["form"].clashes
    }
    assert clashes == {
        "city": ("", "Flint", "Troy"),
        "tags": ("", "b", "a"),
        "custom_fields": ("", "k: 2", "k: 1"),
    }
    form = answer.context["form"]
    again = mine | {
        # what another changed and this person didn't is shown as it is now
        "state": form["state"].value(),
        "is_business": "on" if form["is_business"].value() else "",
        "seen": form["seen"].value(),
        "keep-city": "yours",
        "keep-tags": "theirs",
        "keep-custom_fields": "theirs",
    }
    assert alice.post(at(jane, "edit"), again).status_code == 302
    row = now_of(jane)
    assert (row.city, row.state, tags_of([row.pk])[row.pk], row.custom_fields) == (
        "Troy",
        "MI",
        ["b"],
        {"k": "2"},
    )
    assert row.is_business is bool(form["is_business"].value()) is True


def test_an_owner_who_left_stays_until_another_is_chosen(
    alice: Client, cast: Cast, jane: Customer, admin: Actor
) -> None:
    update_customer(actor=admin, customer_id=jane.pk, values={"assigned_to": str(cast.mona.pk)})
    cast.mona.is_active = False
    cast.mona.save()
    assert "Mona (no longer here)" in alice.get(at(jane, "edit")).content.decode()
    assert "Mona" not in alice.get(NEW).content.decode()
    alice.post(at(jane, "edit"), filled(alice, at(jane, "edit"), city="Troy"))
    assert now_of(jane).assigned_to_id == cast.mona.pk


def test_a_double_click_blocks_once_and_is_answered_twice(alice: Client, jane: Customer) -> None:
    sent = filled(alice, at(jane, "block"), is_blocked="true", block_reason="Spam")
    answers = [alice.post(at(jane, "block"), sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    row = now_of(jane)
    assert (row.is_blocked, row.version) == (True, jane.version + 1)


def test_who_may_write_is_the_policys_to_say(cast: Cast, client: Client, jane: Customer) -> None:
    found = {}
    for role, user in cast.roles.items():
        client.force_login(user)
        addresses = [NEW, at(jane, "edit"), at(jane, "block"), at(jane, "delete")]
        found[role] = [client.get(address).status_code for address in addresses]
    assert found == {
        "staff": [200, 403, 403, 403],
        "outlet_manager": [200, 200, 200, 403],
        "tenant_admin": [200, 200, 200, 200],
        "super_admin": [200, 200, 200, 200],
    }
    client.force_login(cast.bob)
    refused = [
        client.post(at(jane, what), {"is_blocked": "true"}).status_code
        for what in ("edit", "block", "delete", "restore")
    ]
    assert refused == [403, 403, 403, 403]
    assert now_of(jane).version == 1


def test_a_foreign_customer_can_not_be_told_from_none(alice: Client, cast: Cast) -> None:
    theirs = create_customer(actor=actor_of(cast.charlie), values=customer_values(1))
    for what in ("edit", "block", "delete", "restore"):
        foreign, unknown = (
            alice.get(at(theirs, what)),
            alice.get(f"/app/customers/{new_id()}/{what}/"),
        )
        assert (foreign.status_code, unknown.status_code) == (404, 404)
        assert foreign.content == unknown.content
        assert alice.post(at(theirs, what), {"is_blocked": "true"}).status_code == 404
    assert now_of(theirs).version == 1


def test_blocking_keeps_its_reason_and_can_be_taken_back(alice: Client, jane: Customer) -> None:
    alice.post(
        at(jane, "block"),
        filled(alice, at(jane, "block"), is_blocked="true", block_reason="Rude on the phone"),
    )
    assert (now_of(jane).is_blocked, now_of(jane).block_reason) == (True, "Rude on the phone")
    page = alice.get(at(jane, "block"))
    (message,) = page.context["messages"]
    assert str(message) == "The customer is blocked."
    assert "Blocked because: Rude on the phone" in page.content.decode()
    alice.post(message.extra_tags)
    assert (now_of(jane).is_blocked, now_of(jane).block_reason) == (False, "")


def test_deleting_asks_first_and_can_be_taken_back(alice: Client, jane: Customer) -> None:
    assert "Delete Jane Smith1?" in alice.get(at(jane, "delete")).content.decode()
    assert alice.post(at(jane, "delete"))["Location"] == LIST
    page = alice.get(at(jane, "restore"))
    assert "Restore Jane Smith1?" in page.content.decode()
    (message,) = page.context["messages"]
    assert str(message) == "Jane Smith1 is deleted."
    assert alice.get(at(jane, "edit")).status_code == 404
    assert alice.post(message.extra_tags)["Location"] == of_customer(jane.pk)
    assert now_of(jane).deleted_at is None


def test_restoring_into_a_taken_address_says_so(
    alice: Client, admin: Actor, jane: Customer
) -> None:
    delete_customer(actor=admin, customer_id=jane.pk)
    create_customer(actor=admin, values={"first_name": "Other", "email": "jane1@example.com"})
    answer = alice.post(at(jane, "restore"))
    assert answer.status_code == 409
    assert "Someone with this e-mail already exists." in answer.content.decode()


def test_a_new_form_takes_values_from_its_address(alice: Client) -> None:
    form = alice.get(NEW + "?phone=2485550123&source=web").context["form"]
    assert (form["phone"].value(), form["source"].value()) == ("2485550123", "web")


def test_fields_of_a_nonsense_form_are_no_error(alice: Client) -> None:
    sent = QueryDict(mutable=True)
    sent.setlist("custom_fields", ["odd"])
    sent["first_name"] = "Jo"
    assert alice.post(NEW, sent).status_code == 302


# With a browser


def test_a_customer_is_added_and_edited_with_the_keyboard(cast: Cast, page: Page) -> None:
    sign_in(page, cast.alice)
    page.goto(NEW)
    page.get_by_label("First name").fill("Zoë")
    page.get_by_label("E-mail").fill("zoe@")
    page.keyboard.press("Enter")
    expect(page.locator("[data-errors]")).to_be_focused()
    check_accessible(page, widths=(360,), themes=("light",))
    page.get_by_label("E-mail").fill("zoe@example.com")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/new/" not in address)
    row = Customer.objects.unscoped().get()
    page.goto(at(row, "edit"))
    page.locator(".fold-card summary").click()
    page.locator("[data-add-pair]").click()
    pairs = page.locator("[name=custom_fields]")
    for place, text in enumerate(("gate", "1", "dog", "yes")):
        pairs.nth(place).fill(text)
    check_accessible(page, widths=(360,), themes=("dark",))
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("The customer is saved.")
    row.refresh_from_db()
    assert row.custom_fields == {"gate": "1", "dog": "yes"}


def test_tags_are_suggested_after_every_comma(cast: Cast, admin: Actor, page: Page) -> None:
    create_customer(actor=admin, values=customer_values(1, tags=["vip", "roof"]))
    sign_in(page, cast.alice)
    page.goto(NEW)
    page.locator("[name=tags]").press_sequentially("vip, r")
    options = page.evaluate(
        "[...document.getElementById('tag-names').options].map((option) => option.value)"
    )
    assert options == ["vip, roof"]


def test_a_customer_is_added_blocked_and_deleted_without_scripts(
    cast: Cast, without_javascript: Page
) -> None:
    page = without_javascript
    sign_in(page, cast.alice)
    page.goto(NEW)
    page.fill("[name=first_name]", "Zoë")
    page.get_by_role("button", name="Add the customer").click()
    row = Customer.objects.unscoped().get()
    page.goto(at(row, "block"))
    page.fill("[name=block_reason]", "Rude")
    page.get_by_role("button", name="Block").click()
    page.goto(at(row, "delete"))
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".toast", has_text="Zoë is deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").last.click()
    assert now_of(row).deleted_at is None
    assert now_of(row).is_blocked is True


def test_a_form_leads_back_to_the_list_that_one_came_from(alice: Client, jane: Customer) -> None:
    list_ = "status=active&search=smi"
    here = of_customer(jane.pk, came_from=list_)
    text = alice.get(here).content.decode()
    for what in ("edit", "block", "delete", "log", "projects/new", "payments/new"):
        address = f"{at(jane, what)}?{urlencode({'list': list_})}"
        if what == "log":
            address = address.replace("?", "?type=phone_call&")
        assert f'href="{html.escape(address)}"' in text, what
        assert f'href="{html.escape(here)}"' in alice.get(address).content.decode(), what
    edit = f"{at(jane, 'edit')}?{urlencode({'list': list_})}"
    assert alice.post(edit, filled(alice, edit, first_name="Janet"))["Location"] == here


def test_back_after_a_mended_mistake_asks_nothing_and_the_list_is_where_it_was(
    cast: Cast, admin: Actor, page: Page
) -> None:
    create_customers(actor=admin, rows=[{"last_name": f"Nr {n}"} for n in range(40)])
    sign_in(page, cast.alice)
    page.goto("/app/customers/")
    page.locator(".table-frame").evaluate("frame => frame.scrollTo(0, 700)")
    page.locator("tbody tr").nth(20).locator("a").first.click()
    page.wait_for_url("**/customers/*-*/*")
    page.go_back()
    expect(page.locator("tbody tr").first).to_be_attached()
    assert page.locator(".table-frame").evaluate("frame => frame.scrollTop") > 500
    page.goto(NEW)
    page.fill("[name=first_name]", "Zoë")
    page.fill("[name=email]", "nowhere@")
    page.click("main form .btn-primary")
    expect(page.locator("[data-errors]")).to_be_focused()
    expect(page.locator("[name=first_name]")).to_have_value("Zoë")
    page.fill("[name=email]", "zoe@example.com")
    page.click("main form .btn-primary")
    expect(page.locator("h1")).to_have_text("Zoë")
    expect(page.locator(".toast")).to_contain_text("The customer is added.")
    page.go_back()
    expect(page.locator("[name=email]")).to_be_visible()
    assert Customer.objects.for_actor(admin).filter(first_name="Zoë").count() == 1
