"""One value of a customer edited where it stands."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.selectors.consents import consents
from customers.selectors.customers import tags_of
from customers.services.customers import create_customer, edit_customer
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return actor_of(cast.alice)


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(city="Detroit", state="MI"))


@pytest.fixture
def mona(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.mona)
    return client


def field_of(jane: Customer, group: str, name: str) -> str:
    return f"/app/customers/{jane.pk}/fields/{group}/?field={name}"


def sent(client: Client, address: str, **values: Any) -> dict[str, Any]:
    form = client.get(address).context["form"]
    return {"seen": form["seen"].value(), **values}


def test_it_is_that_input_alone_and_nothing_else_changes(mona: Client, jane: Customer) -> None:
    address = field_of(jane, "address", "city")
    form = mona.get(address, headers=HTMX).context["form"]
    assert [bound.name for bound in form.visible_fields()] == ["city"]
    answer = mona.post(address, sent(mona, address, city="Troy", state="OH"), headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (200, "#customer")
    jane.refresh_from_db()
    assert (jane.city, jane.state) == ("Troy", "MI")


def test_what_is_refused_stands_beside_it(mona: Client, jane: Customer) -> None:
    address = field_of(jane, "contact", "email")
    answer = mona.post(address, sent(mona, address, email="nonsense"), headers=HTMX)
    assert answer.status_code == 422
    assert 'value="nonsense"' in answer.content.decode()
    jane.refresh_from_db()
    assert jane.email == "jane1@example.com"


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("address", "email"),
        ("address", "nonsense"),
        ("contact", "notify_sms"),
        ("address", "name"),
        ("contact", "first_name"),
        ("custom", "custom_fields"),
        ("custom", "custom_fields&key=nobody"),
    ],
)
def test_only_a_field_of_the_group_that_stands_alone(
    mona: Client, jane: Customer, group: str, name: str
) -> None:
    assert mona.get(field_of(jane, group, name)).status_code == 404


def test_a_name_is_edited_as_one(mona: Client, jane: Customer) -> None:
    address = field_of(jane, "contact", "name")
    form = mona.get(address, headers=HTMX).context["form"]
    assert [bound.name for bound in form.visible_fields()] == [
        "first_name",
        "last_name",
        "company_name",
        "is_business",
    ]
    typed = {"first_name": "Janet", "last_name": "Smith", "company_name": "Smith Co"}
    answer = mona.post(address, sent(mona, address, **typed), headers=HTMX)
    assert "<h1>Janet Smith</h1>" in answer.content.decode()
    jane.refresh_from_db()
    assert (jane.company_name, jane.email) == ("Smith Co", "jane1@example.com")


def test_a_consent_is_given_with_how_the_customer_said_so(
    cast: Cast, actor: Actor, jane: Customer
) -> None:
    bob = Client()
    bob.force_login(cast.bob)
    address = field_of(jane, "preferences", "notify_sms")
    form = bob.get(address, headers=HTMX).context["form"]
    assert [bound.name for bound in form.visible_fields()] == ["notify_sms", "method"]
    assert bob.post(address, sent(bob, address, notify_sms="True"), headers=HTMX).status_code == 422
    jane.refresh_from_db()
    assert not jane.notify_sms
    answer = bob.post(address, sent(bob, address, notify_sms="True", method="phone"), headers=HTMX)
    assert answer.status_code == 200
    (row,) = consents(actor=actor, customer_id=jane.pk).filter(channel="sms")
    assert (row.granted, row.method, row.recorded_by) == (True, "phone", "bob@acme.test")


def test_tags_are_edited_as_one_line(mona: Client, actor: Actor, jane: Customer) -> None:
    edit_customer(actor=actor, customer_id=jane.pk, values={"tags": ["gutters", "roof"]})
    address = field_of(jane, "standing", "tags")
    assert 'value="gutters, roof"' in mona.get(address, headers=HTMX).content.decode()
    mona.post(address, sent(mona, address, tags="roof, vip"), headers=HTMX)
    assert tags_of([jane.pk])[jane.pk] == ["roof", "vip"]
    kept = mona.get(f"{address}&shown=1", headers=HTMX).content.decode()
    assert kept.lstrip().startswith('<header class="customer-head"'), "the head, as it was"


@pytest.mark.parametrize("name", ["dog", 'a "b" & c=ü', "floors"])
def test_a_custom_field_is_edited_and_the_others_stay(
    mona: Client, actor: Actor, jane: Customer, name: str
) -> None:
    before = {"dog": "Rex", 'a "b" & c=ü': "", "floors": 2}
    edit_customer(actor=actor, customer_id=jane.pk, values={"custom_fields": before})
    groups = mona.get(f"/app/customers/{jane.pk}/").context["groups"]
    custom = next(group for group in groups if group["name"] == "custom")
    fact = next(fact for fact in custom["facts"] + custom["unknown"] if fact.key == name)
    address = f"/app/customers/{jane.pk}/fields/custom/?{fact.query}"
    mona.post(address, sent(mona, address, value=str(before[name])), headers=HTMX)
    jane.refresh_from_db()
    assert jane.custom_fields == before, "untouched, a number stays a number"
    mona.post(address, sent(mona, address, value="Bo"), headers=HTMX)
    jane.refresh_from_db()
    assert jane.custom_fields == {**before, name: "Bo"}


@pytest.mark.parametrize(
    ("group", "name", "code", "words", "typed", "kept"),
    [
        ("property", "roof_type", "cedar_shake", "Cedar shake", "Slate", "Slate"),
        ("origin", "source", "yard_sign", "Yard sign", "google.com", "google.com"),
        ("contact", "preferred_contact_method", "sms", "SMS", "whatsapp", "whatsapp"),
        ("contact", "preferred_contact_method", "whatsapp", "WhatsApp", "E-mail", "email"),
        ("preferences", "language", "en", "English", "spanish", "es"),
        ("address", "country", "US", "United States", "Mexico", "Mexico"),
    ],
)
def test_codes_are_read_and_typed_as_words(
    mona: Client,
    actor: Actor,
    jane: Customer,
    group: str,
    name: str,
    code: str,
    words: str,
    typed: str,
    kept: str,
) -> None:
    edit_customer(actor=actor, customer_id=jane.pk, values={name: code})
    address = field_of(jane, group, name)
    page = mona.get(f"/app/customers/{jane.pk}/")
    facts = {fact.name: fact.value for shown in page.context["groups"] for fact in shown["facts"]}
    assert facts[name] == words
    assert f'value="{words}"' in mona.get(address, headers=HTMX).content.decode()
    mona.post(address, sent(mona, address, **{name: words}), headers=HTMX)
    jane.refresh_from_db()
    assert getattr(jane, name) == code, "what isn't touched stays the code it is"
    mona.post(address, sent(mona, address, **{name: typed}), headers=HTMX)
    jane.refresh_from_db()
    assert getattr(jane, name) == kept


def test_staff_see_values_without_a_way_to_change_them(cast: Cast, jane: Customer) -> None:
    bob = Client()
    bob.force_login(cast.bob)
    page = bob.get(f"/app/customers/{jane.pk}/").content.decode()
    assert "Detroit" in page
    assert 'data-edit="city"' not in page
    assert 'data-edit="language"' in page, "preferences are theirs to edit"
    assert bob.get(field_of(jane, "address", "city")).status_code == 403


def test_empty_fields_are_folded_away(mona: Client, jane: Customer) -> None:
    groups = mona.get(f"/app/customers/{jane.pk}/").context["groups"]
    address = next(group for group in groups if group["name"] == "address")
    assert [fact.name for fact in address["facts"]] == ["city", "state"]
    assert {"street", "postal_code"} <= {fact.name for fact in address["unknown"]}


def test_enter_saves_escape_cancels_and_tab_goes_on(page: Page, cast: Cast, jane: Customer) -> None:
    sign_in(page, cast.mona)
    page.goto(f"/app/customers/{jane.pk}/")
    page.locator("[data-edit=city]").click()
    city = page.locator("[name=city]")
    expect(city).to_be_focused()
    check_accessible(page)
    city.press_sequentially("Novi")
    city.press("Enter")
    expect(page.locator("#fact-city")).to_contain_text("Novi")
    expect(page.locator("[data-edit=city]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(city).to_be_focused()
    city.press_sequentially("Nowhere")
    city.press("Escape")
    expect(page.locator("#fact-city")).to_contain_text("Novi")
    expect(page.locator("[data-edit=city]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(city).to_be_focused()
    city.press_sequentially("Troy")
    city.press("Tab")
    expect(page.locator("[name=state]")).to_be_focused()
    expect(page.locator("#fact-city")).to_contain_text("Troy")
    page.locator("[name=state]").press("Escape")
    page.locator(".toast button", has_text="Undo").click()
    expect(page.locator("#fact-city")).to_contain_text("Novi")


def test_without_scripts_it_is_a_page_of_one_field(
    without_javascript: Page, cast: Cast, jane: Customer
) -> None:
    page = without_javascript
    sign_in(page, cast.mona)
    page.goto(f"/app/customers/{jane.pk}/")
    page.locator("[data-edit=city]").click()
    page.fill("[name=city]", "Troy")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#fact-city")).to_contain_text("Troy")


def test_the_name_is_edited_in_the_head_and_escape_leaves_it(
    page: Page, cast: Cast, jane: Customer
) -> None:
    sign_in(page, cast.mona)
    page.goto(f"/app/customers/{jane.pk}/")
    page.get_by_role("link", name="Edit the name").click()
    first = page.get_by_label("First name")
    expect(first).to_be_focused()
    check_accessible(page, widths=(360, 1280))
    first.fill("Nobody")
    first.press("Escape")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jane Smith1")
    page.get_by_role("link", name="Edit the name").click()
    first.fill("Janet")
    first.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Janet Smith1")
