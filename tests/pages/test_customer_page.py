"""
The customer's page: what it shows to whom, what is edited in its place, and the way through a list.
"""

import datetime as dt
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode
from playwright.sync_api import Page, expect

from appointments.services import book_appointment
from core.audit.models import AuditEntry
from core.clock import now
from core.identity.models import User
from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.actor import Actor
from core.tenancy.services.organizations import update_organization
from core.tenancy.services.outlets import create_outlet
from crm.pages.customer.fields import GROUPS
from crm.pages.customer.labels import why_labelled
from crm.pages.customer.tabs import TABS
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.pages.columns import SORTS, order_by
from customers.pages.fields import PairsField, kept
from customers.selectors.customers import customers, tags_of
from customers.selectors.neighbours import neighbours
from customers.selectors.value import project_value_by_month
from customers.services.customers import (
    create_customer,
    delete_customer,
    edit_customer,
    update_customer,
)
from customers.services.management import block_customer
from customers.services.values import PINNED
from customers.services.work import create_project, create_transaction, update_project
from interactions.follow_ups import create_follow_up
from interactions.services import add_message, log_interaction, open_conversation
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(
        actor=actor,
        values=customer_values(
            1,
            city="Detroit",
            source="door_to_door",
            tags=["gutters"],
            notify_sms=True,
            custom_fields={"dog": "Rex"},
        ),
    )


def at(customer: Customer, tail: str = "") -> str:
    return f"/app/customers/{customer.pk}/{tail}"


def text_of(client: Client, address: str, **options: Any) -> str:
    return client.get(address, **options).content.decode()


def words_of(client: Client, address: str) -> str:
    """What one reads there."""
    return " ".join(re.sub(r"<[^>]+>", " ", text_of(client, address)).split())


def fresh(customer: Customer) -> Customer:
    return Customer.objects.unscoped().get(pk=customer.pk)


def filled(client: Client, address: str, **typed: Any) -> dict[str, Any]:
    """What a browser would send from the form there; None clears a box."""
    form = client.get(address).context["form"]
    shown: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, dict):
            shown[bound.html_name] = list(bound.field.widget.format_value(value))
        elif value is not False:
            shown[bound.html_name] = "" if value is None else str(value)
    return shown | typed


def of_everything(actor: Actor, customer: Customer, times: int) -> None:
    for number in range(times):
        log_interaction(actor=actor, values={"customer": customer.pk, "type": "phone_call"})
        conversation = open_conversation(
            actor=actor, values={"customer": customer.pk, "channel": "sms"}
        )
        add_message(
            actor=actor,
            conversation_id=conversation.pk,
            values={"direction": "outbound", "body": "Hello"},
        )
        book_appointment(
            actor=actor,
            values={"customer": customer.pk, "start_at": now() + dt.timedelta(days=number + 1)},
        )
        create_project(
            actor=actor,
            values={
                "customer": customer.pk,
                "total_amount": "10",
                "status": "completed",
                "completed_at": now(),
            },
        )
        create_transaction(actor=actor, values={"customer": customer.pk, "gross_amount": "5"})
        create_follow_up(
            actor=actor,
            values={
                "customer": customer.pk,
                "reason": "Call back",
                "due_date": now().date() + dt.timedelta(days=7),
            },
        )


# What is shown


def test_the_page_says_who_this_is(alice: Client, jane: Customer) -> None:
    text = text_of(alice, at(jane))
    for said in [
        "<h1>Jane Smith1</h1>",
        "tel:+12485550001",
        "Walk-in",
        "gutters",
        "Door to door",
        "Detroit",
        "dog",
        "Rex",
        "Add project",
    ]:
        assert said in text, said


def test_a_project_is_seen_at_once_in_value_status_segment_and_timeline(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    before = text_of(alice, at(jane))
    assert "$0" in before
    assert "Premium" not in before
    create_project(
        actor=actor, values={"customer": jane.pk, "name": "New roof", "total_amount": "120000.50"}
    )
    context = alice.get(at(jane)).context
    assert context["status"].label == "VIP"
    standing = next(group for group in context["groups"] if group["name"] == "standing")
    assert [fact.value for fact in standing["facts"]] == [
        "VIP · automatic",
        "Premium · automatic",
        "VIP · automatic",
    ]
    assert [fact.why for fact in standing["facts"]] == [
        "Booked value above $100,000",
        "Booked value above $50,000",
        "Their status is VIP",
    ]
    text = text_of(alice, at(jane))
    assert "$120,000.50" in text
    assert "Project added: New roof" in text


def test_the_health_score_is_told_factor_by_factor(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    create_project(actor=actor, values={"customer": jane.pk, "total_amount": "30000"})
    update_customer(actor=actor, customer_id=jane.pk, values={"nps_score": 9})
    context = alice.get(at(jane)).context
    assert [(each.label, each.figure, each.points, each.most) for each in context["shares"]] == [
        ("Booked value", "$30,000", 20, 30),
        ("Projects", "1", 5, 20),
        ("Net promoter score", "9", 20, 20),
        ("Referrals", "0", 0, 15),
        ("Last contact", "–", 0, 15),
    ]
    assert context["insights"].health_score == 45


def test_to_have_said_no_is_not_to_have_never_been_asked(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    with time_machine.travel(dt.datetime(2027, 6, 4, 2, 0, tzinfo=dt.UTC), tick=False):
        for wanted in (True, False):
            update_customer(actor=actor, customer_id=jane.pk, values={"notify_sms": wanted})
    context = alice.get(at(jane)).context
    assert [(state.label, str(state.answer.label)) for state in context["consents"]] == [
        ("E-mail", "Granted"),
        ("SMS", "Withdrawn"),
        ("Push", "Not asked"),
        ("WhatsApp", "Not asked"),
        ("Marketing", "Not asked"),
    ]
    text = words_of(alice, at(jane))
    assert "SMS : Withdrawn, Jun 3, 2027" in text
    assert "Withdrawn · Jun 3, 2027" in text
    assert f'href="{at(jane, "consents/edit/")}"' in alice.get(at(jane)).content.decode()


def test_appointments_stand_on_their_outlets_clock_everywhere(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    zone = {"name": "West", "time_zone": "America/Los_Angeles"}
    west = create_outlet(actor=actor, values=zone)
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).date()
    values = {"customer": jane.pk, "outlet": west.pk, "day": day.isoformat()}
    book_appointment(actor=actor, values={**values, "start_time": "09:15"})
    for tail in ("", "appointments/"):
        text = words_of(alice, at(jane, tail))
        assert "9:15 AM" in text
        assert "12:15 PM" not in text


def test_a_day_without_a_time_is_shown_as_that_day(
    cast: Cast, client: Client, actor: Actor, jane: Customer
) -> None:
    client.force_login(cast.bob)
    midnight = dt.datetime(2026, 6, 15, tzinfo=ZoneInfo("America/Detroit"))
    values = {"customer": jane.pk, "total_amount": "5", "start_date": midnight}
    project = create_project(actor=actor, values=values)
    where = f"/app/projects/{project.pk}/"
    assert "Starts Jun 15, 2026 Completed on" in words_of(client, where)
    update_project(
        actor=actor,
        project_id=project.pk,
        values={"start_date": midnight + dt.timedelta(hours=9, minutes=30)},
    )
    assert "Starts Jun 15, 2026 · 9:30 AM Completed on" in words_of(client, where)


def test_what_was_collected_stands_beside_what_was_booked(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    create_project(
        actor=actor, values={"customer": jane.pk, "total_amount": "9000", "status": "planned"}
    )
    for amount, status, currency in (
        ("500", "completed", "USD"),
        ("300", "refunded", "USD"),
        ("200", "pending", "USD"),
        ("100", "completed", "EUR"),
    ):
        values = {"gross_amount": amount, "status": status, "currency_code": currency}
        create_transaction(actor=actor, values={"customer": jane.pk, **values})
    text = words_of(alice, at(jane))
    assert "$9,000 booked value" in text
    assert "Collected $500" in text
    assert "planned ones too" in alice.get(at(jane)).content.decode()


def test_advice_comes_with_its_reason(alice: Client, actor: Actor, jane: Customer) -> None:
    update_customer(actor=actor, customer_id=jane.pk, values={"nps_score": 10, "roof_age": 12})
    context = alice.get(at(jane)).context
    step = context["step"]
    assert (step.sentence, step.reason, step.url) == (
        "Offer a roof inspection",
        "The roof is 12 years old",
        "",
    )
    assert context["more_advice"] == [("Candidate for the referral program", "Scored 10 of 10")]
    update_customer(actor=actor, customer_id=jane.pk, values={"email": ""})
    context = alice.get(at(jane)).context
    assert context["step"].sentence == "Complete the contact data"
    assert [text for text, _why in context["more_advice"]] == [
        "Offer a roof inspection",
        "Candidate for the referral program",
    ], "what the step says isn't said twice"


def test_the_next_step_is_the_most_urgent_that_one_may_take(
    alice: Client, actor: Actor, cast: Cast, jane: Customer
) -> None:
    def step(client: Client = alice) -> Any:
        found = client.get(at(jane)).context["step"]
        return found and (found.sentence, found.verb)

    assert step() == ("Offer a roof inspection", ""), "no page does that"
    update_customer(actor=actor, customer_id=jane.pk, values={"email": ""})
    assert step() == ("Complete the contact data", "Edit")
    staff = Client()
    staff.force_login(cast.bob)
    assert step(staff) == ("Offer a roof inspection", "")
    update_customer(actor=actor, customer_id=jane.pk, values={"nps_score": 2})
    assert step() == ("Reach out personally", "Log a call")
    open_conversation(actor=actor, values={"customer": jane.pk, "channel": "sms"})
    assert step() == ("1 conversation is open", "Answer")
    start = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    book_appointment(actor=actor, values={"customer": jane.pk, "start_at": start})
    assert step()[1] == "Open"
    block_customer(actor=actor, customer_id=jane.pk, values={"is_blocked": True})
    assert step() is None


@pytest.mark.parametrize("tab", [tab.name for tab in TABS])
def test_every_tab_has_an_address_a_count_and_a_fragment(
    alice: Client, actor: Actor, jane: Customer, tab: str
) -> None:
    of_everything(actor, jane, 2)
    whole = alice.get(at(jane, f"{tab}/"))
    current = next(item for item in whole.context["tabs"] if item["current"])
    expected = {
        "appointments": 2,
        "follow-ups": 2,
        "conversations": 2,
        "projects": 2,
        "transactions": 2,
        "consents": 1,
        "audit": 15,
    }[tab]
    assert (current["count"], whole.context["page"].total, len(whole.context["cells"])) == (
        expected,
        expected,
        expected,
    )
    assert "<html" in whole.content.decode()
    part = text_of(alice, at(jane, f"{tab}/"), headers=HTMX)
    assert part.lstrip().startswith('<section id="tab"')
    assert "<html" not in part


def test_a_long_list_has_pages(alice: Client, actor: Actor, jane: Customer) -> None:
    for number in range(26):
        create_transaction(actor=actor, values={"customer": jane.pk, "gross_amount": str(number)})
    second = alice.get(at(jane, "transactions/?page=2"))
    assert [cell.text for cell in second.context["cells"][0]][-1] == "$0"
    assert f'href="{at(jane, "transactions/")}"' in second.content.decode()


@pytest.mark.parametrize("tail", ["", *(f"{tab.name}/" for tab in TABS)])
def test_a_page_costs_the_same_however_much_there_is(
    alice: Client, actor: Actor, jane: Customer, tail: str
) -> None:
    def everything(times: int) -> None:
        of_everything(actor, jane, times)
        update_customer(actor=actor, customer_id=jane.pk, values={"city": f"Town {times}"})

    everything(3)
    alice.get(at(jane, tail))
    with CaptureQueriesContext(connection) as few:
        alice.get(at(jane, tail))
    everything(12)
    with CaptureQueriesContext(connection) as many:
        alice.get(at(jane, tail))
    assert (len(few), len(many)) == ((28, 28) if tail == "" else (18, 18))


def test_the_timeline_goes_on_where_it_ended_as_a_fragment_and_as_a_page(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    for day in range(40):
        log_interaction(
            actor=actor,
            values={
                "customer": jane.pk,
                "type": "note",
                "occurred_at": now() - dt.timedelta(days=day),
                "notes": f"n{day}.",
            },
        )
    first = alice.get(at(jane, "timeline/?kind=interactions"))
    assert "n29." in first.content.decode()
    assert "n30." not in first.content.decode()
    older = first.context["older"]
    part = text_of(alice, older, headers={**HTMX, "HX-Target": "older"})
    assert "n30." in part
    assert "n39." in part
    assert 'id="tab"' not in part
    assert "n30." in text_of(alice, older)


# To whom


def test_who_may_not_is_offered_nothing_and_refused(
    cast: Cast, jane: Customer, client: Client
) -> None:
    client.force_login(cast.bob)
    context = client.get(at(jane)).context
    assert context["may"] == {"update": False, "tag": False, "block": False, "delete": False}
    assert [group["name"] for group in context["groups"] if group["edit"]] == ["preferences"]
    locked = len(context["groups"]) - 1
    assert text_of(client, at(jane)).count('title="Managers can change this."') == locked
    assert "audit" not in text_of(client, at(jane)).lower()
    for name in GROUPS:
        assert client.get(at(jane, f"fields/{name}/")).status_code == (
            200 if name == "preferences" else 403
        )
    for tail in ("tags/?tag=x", "pins/status/", "block/"):
        assert client.post(at(jane, tail)).status_code == 403
    assert client.get(at(jane, "audit/")).status_code == 403
    assert fresh(jane).version == jane.version


@pytest.mark.parametrize("tail", ["", "timeline/", "audit/", "projects/", "fields/contact/"])
def test_anothers_customer_can_not_be_told_from_none(alice: Client, cast: Cast, tail: str) -> None:
    theirs = create_customer(actor=actor_of(cast.charlie), values=customer_values(1))
    foreign, unknown = alice.get(at(theirs, tail)), alice.get(f"/app/customers/{new_id()}/{tail}")
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.content == unknown.content
    assert alice.post(at(theirs, "tags/"), {"tag": "x"}).status_code == 404


def test_what_is_neither_group_nor_pin_is_not_found(alice: Client, jane: Customer) -> None:
    assert alice.get(at(jane, "fields/secrets/")).status_code == 404
    assert alice.post(at(jane, "pins/password/")).status_code == 404


def test_a_deleted_customer_is_there_only_for_those_who_may_restore_it(
    alice: Client, actor: Actor, cast: Cast, jane: Customer
) -> None:
    delete_customer(actor=actor, customer_id=jane.pk)
    text = text_of(alice, at(jane))
    assert "Jane Smith1 is deleted" in text
    assert "tel:" not in text
    staff = Client()
    staff.force_login(cast.mona)
    assert staff.get(at(jane)).status_code == 404


def test_a_blocked_customer_is_shown_loudly_and_not_written_to(
    alice: Client, actor: Actor, cast: Cast, jane: Customer
) -> None:
    block_customer(
        actor=actor,
        customer_id=jane.pk,
        values={"is_blocked": True, "block_reason": "Threatened the crew"},
    )
    staff = Client()
    staff.force_login(cast.bob)
    for client in (alice, staff):
        text = text_of(client, at(jane))
        assert "<b>Blocked</b>: Threatened the crew" in text
        assert "This customer is blocked and gets no messages." in text
        assert ("Unblock</button>" in text) is (client is alice)


# What is done in its place


def test_a_group_is_edited_in_its_place_and_the_whole_page_follows(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    address = at(jane, "fields/contact/?tab=projects")
    form = text_of(alice, address, headers=HTMX)
    assert form.lstrip().startswith('<section class="card fields-group" id="group-contact"')
    answer = alice.post(address, filled(alice, address, first_name="Janet"), headers=HTMX)
    text = answer.content.decode()
    assert (answer.status_code, answer["HX-Retarget"]) == (200, "#customer")
    assert "<h1>Janet Smith1</h1>" in text
    assert "Saved." in text
    assert 'hx-get="/app/customers' in text
    assert next(item for item in answer.context["tabs"] if item["current"])["label"] == "Projects"
    entry = AuditEntry.objects.for_actor(actor).get(action="customer.updated")
    assert (entry.via, entry.changes) == ("pages", {"first_name": ["Jane", "Janet"]})


def test_without_javascript_a_group_has_a_page_of_its_own(alice: Client, jane: Customer) -> None:
    address = at(jane, "fields/address/?tab=projects")
    assert "<html" in text_of(alice, address)
    answer = alice.post(address, filled(alice, address, city="Flint"))
    assert (answer.status_code, answer["Location"]) == (302, at(jane, "projects/"))
    assert fresh(jane).city == "Flint"


def test_a_refused_group_keeps_what_was_typed(alice: Client, actor: Actor, jane: Customer) -> None:
    create_customer(actor=actor, values=customer_values(2))
    address = at(jane, "fields/contact/")
    answer = alice.post(
        address, filled(alice, address, email="jane2@example.com", phone="12"), headers=HTMX
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"phone": ["Enter a phone number of 7 to 15 digits."]}
    assert 'value="jane2@example.com"' in answer.content.decode()
    answer = alice.post(address, filled(alice, address, email="jane2@example.com"), headers=HTMX)
    (error,) = answer.context["form"].errors["email"]
    assert error.startswith("Someone with this e-mail already exists. <a ")
    assert ">Jane Smith2</a>" in error
    assert fresh(jane).version == jane.version


def test_two_people_at_one_group_see_both_values(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    address = at(jane, "fields/address/")
    sent = filled(alice, address, city="Flint")
    update_customer(actor=actor, customer_id=jane.pk, values={"city": "Troy"})
    answer = alice.post(address, sent, headers=HTMX)
    (clash,) = answer.context["form"].clashes
    assert (answer.status_code, clash.before, clash.theirs, clash.yours) == (
        409,
        "Detroit",
        "Troy",
        "Flint",
    )
    assert fresh(jane).city == "Troy"


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_that_is_sent_back_untouched_changes_nothing(
    alice: Client, actor: Actor, jane: Customer, name: str
) -> None:
    address = at(jane, f"fields/{name}/")
    assert alice.post(address, filled(alice, address)).status_code == 302
    assert fresh(jane).version == jane.version


def test_staff_record_consents_and_the_ledger_says_so(
    cast: Cast, jane: Customer, client: Client
) -> None:
    client.force_login(cast.bob)
    address = at(jane, "fields/preferences/?field=notify_whatsapp")
    client.post(address, filled(client, address, notify_whatsapp="True", method="phone"))
    assert fresh(jane).notify_whatsapp
    first = client.get(at(jane, "consents/")).context["cells"][0]
    assert [cell.text for cell in first[:3]] == ["Notifications", "Granted", "bob@acme.test"]


def test_status_is_pinned_in_its_group_even_at_its_present_value_and_unpinned_in_the_head(
    alice: Client, jane: Customer
) -> None:
    address = at(jane, "fields/standing/")
    alice.post(address, filled(alice, address, status="active"))
    assert (fresh(jane).status, fresh(jane).status_pinned) == ("active", True)
    assert filled(alice, address)["status"] == "active"
    assert "Unpin Active" in text_of(alice, at(jane))
    alice.post(at(jane, "pins/status/"))
    assert (fresh(jane).status, fresh(jane).status_pinned) == ("active", False)
    assert filled(alice, address)["status"] == ""
    alice.post(at(jane, "pins/status/?value=active"))
    assert fresh(jane).status_pinned


def test_tags_come_and_go_one_at_a_time_and_undo_brings_them_back(
    alice: Client, jane: Customer
) -> None:
    def tags() -> list[str]:
        return tags_of([jane.pk])[jane.pk]

    alice.post(at(jane, "tags/"), {"tag": " roof "})
    assert tags() == ["gutters", "roof"]
    text = alice.post(
        at(jane, "tags/"), {"tag": "gutters", "action": "remove"}, headers=HTMX
    ).content.decode()
    assert tags() == ["roof"]
    undo = f"{at(jane, 'tags/')}?tag=gutters&amp;action=add"
    assert f'action="{undo}"' in text
    alice.post(undo.replace("&amp;", "&"))
    assert tags() == ["roof", "gutters"]


VALUES = [
    {},
    {"dog": "Rex", "floors": 2, "true": "true", "n": None},
    {"a:b": " x ", '"q"': "12", "lines": "one\ntwo", "deep": {"k": [1, "ü"]}, "": ""},
]


@pytest.mark.parametrize("value", VALUES)
def test_custom_fields_survive_being_edited(value: dict[str, Any]) -> None:
    field = PairsField(required=False)
    sent = list(field.widget.format_value(value))
    assert all(text.isprintable() for text in sent)
    assert kept(field.to_python(sent), value) == value
    assert not field.has_changed(value, sent)


def test_a_custom_field_is_written_as_a_pair_and_the_others_stay_what_they_were(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    update_customer(actor=actor, customer_id=jane.pk, values={"custom_fields": {"floors": 2}})
    address = at(jane, "fields/custom/")
    sent = ["floors", "2", "dog", "Rex", "gate code", "0815", "", ""]
    alice.post(address, filled(alice, address, custom_fields=sent))
    assert fresh(jane).custom_fields == {"dog": "Rex", "floors": 2, "gate code": "0815"}
    answer = alice.post(address, filled(alice, address, custom_fields=["", "lost"]))
    assert answer.status_code == 422
    assert answer.context["form"].errors["custom_fields"] == ["Name the field of “lost”."]


# Next and previous


def many(actor: Actor) -> None:
    """Customers with ties in every column, and unknown values."""
    for number in range(14):
        row = create_customer(
            actor=actor,
            values={
                "first_name": ["", "Ann", "Bea"][number % 3],
                "last_name": f"L{number}",
                "email": "" if number % 4 == 0 else f"c{number}@example.com",
                "city": ["", "Troy"][number % 2],
                "tags": ["odd"] if number % 2 else [],
            },
        )
        if number % 3:
            day = dt.datetime(2026, 1, 1 + number % 4, tzinfo=dt.UTC)
            log_interaction(
                actor=actor, values={"customer": row.pk, "type": "note", "occurred_at": day}
            )
        if number % 5 == 0:
            create_project(actor=actor, values={"customer": row.pk, "total_amount": "50"})


@pytest.mark.parametrize(
    "sort", [sign + sort.removeprefix("-") for sort in SORTS for sign in ("", "-")]
)
@pytest.mark.parametrize("conditions", [CustomerConditions(), CustomerConditions(tags=["odd"])])
def test_neighbours_are_those_of_the_list(
    actor: Actor, sort: str, conditions: CustomerConditions
) -> None:
    many(actor)
    order, unknown_last = order_by(sort)
    rows = customers(actor=actor, conditions=conditions)
    parts = (
        [rows.filter(**{f"{unknown_last}__gt": ""}), rows.filter(**{unknown_last: ""})]
        if unknown_last
        else [rows]
    )
    listed = [row for part in parts for row in part.order_by(*order)]
    assert len(listed) == (7 if conditions.tags else 14)
    for place, row in enumerate(listed):
        before = listed[place - 1].pk if place else None
        after = listed[place + 1].pk if place + 1 < len(listed) else None
        options: Any = {"conditions": conditions, "order": order, "unknown_last": unknown_last}
        assert neighbours(actor=actor, customer=row, **options) == (before, after)


def test_the_page_leads_through_the_list_one_came_from(alice: Client, actor: Actor) -> None:
    rows = [
        create_customer(
            actor=actor, values=customer_values(number, city="Troy" if number != 2 else "Flint")
        )
        for number in range(1, 5)
    ]
    came_from = "sort=name&city=Troy"
    context = alice.get(f"{at(rows[2])}?{urlencode({'list': came_from})}").context
    assert context["before"] == f"{at(rows[0])}?{urlencode({'list': came_from})}"
    assert context["after"] == f"{at(rows[3])}?{urlencode({'list': came_from})}"
    assert came_from in context["links"]["list"]
    assert alice.get(at(rows[2])).context["before"] == ""
    assert alice.get(f"{at(rows[2])}?list=sort%3Dnonsense%26deleted%3Dtrue").status_code == 200


def test_project_value_stands_in_the_month_of_the_organizations_clock(
    actor: Actor, jane: Customer
) -> None:
    # still the last evening of the month before in Detroit
    this = now().astimezone(dt.UTC).replace(day=1, hour=3, minute=0)
    create_project(
        actor=actor,
        values={
            "customer": jane.pk,
            "total_amount": "70",
            "status": "completed",
            "completed_at": this,
        },
    )
    create_project(
        actor=actor,
        values={
            "customer": jane.pk,
            "total_amount": "30",
            "start_date": this + dt.timedelta(hours=4),
        },
    )
    create_project(
        actor=actor, values={"customer": jane.pk, "total_amount": "9", "status": "cancelled"}
    )
    months = project_value_by_month(actor=actor, customer_id=jane.pk, months=12)
    assert [value for _first, value in months] == [Decimal(0)] * 10 + [Decimal(70), Decimal(30)]


# In a browser


def furnished(actor: Actor, customer: Customer) -> Customer:
    of_everything(actor, customer, 2)
    edit_customer(
        actor=actor,
        customer_id=customer.pk,
        values={"status": "vip", "city": "Troy", "nps_score": 3},
    )
    block_customer(
        actor=actor,
        customer_id=customer.pk,
        values={"is_blocked": True, "block_reason": "Threatened the crew"},
    )
    return customer


@pytest.mark.django_db(transaction=True)
def test_the_page_is_accessible_with_every_tab(
    page: Page, cast: Cast, actor: Actor, jane: Customer
) -> None:
    furnished(actor, jane)
    sign_in(page, cast.alice)
    page.goto(at(jane))
    check_accessible(page, widths=(360, 1280), themes=("light",))
    page.locator(".tabs-more summary").click()
    check_accessible(page, widths=(1280,), themes=("light",))
    page.get_by_role("link", name="Audit").click()
    expect(page).to_have_url(f"{page.url.split('/app/')[0]}{at(jane, 'audit/')}")
    check_accessible(page, widths=(1280,), themes=("dark",))
    for width in (360, 768, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        tops = page.locator(".customer-tabs > :is(a, details)").evaluate_all(
            "parts => parts.filter((part) => part.checkVisibility()).map((part) => part.offsetTop)"
        )
        assert len(set(tops)) == 1, f"the tabs stand in one row at {width}"
        expect(page.locator(".customer-tabs > [aria-current]")).to_have_text(re.compile("Audit"))


@pytest.mark.django_db(transaction=True)
def test_a_group_is_edited_by_keyboard_and_escape_leaves_it(
    page: Page, cast: Cast, jane: Customer
) -> None:
    sign_in(page, cast.alice)
    page.goto(at(jane))
    page.get_by_role("link", name="Edit: Contact").press("Enter")
    first = page.get_by_label("First name")
    expect(first).to_be_focused()
    check_accessible(page, widths=(1280,))
    first.press("Escape")
    expect(first).to_have_count(0)
    page.get_by_role("link", name="Edit: Contact").press("Enter")
    first.fill("Janet")
    first.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Janet Smith1")
    expect(page.locator("[data-toast]")).to_contain_text("Saved.")
    page.get_by_label("Add a tag").fill("roof")
    page.get_by_label("Add a tag").press("Enter")
    expect(page.locator(".customer-marks")).to_contain_text("roof")
    expect(page.get_by_label("Add a tag")).to_be_focused()
    page.keyboard.type("vip")
    page.keyboard.press("Enter")
    expect(page.locator(".customer-marks")).to_contain_text("vip")


def test_tags_are_suggested_with_how_many_bear_them(
    client: Client, cast: Cast, actor: Actor, jane: Customer
) -> None:
    for number, tags in enumerate((["roof"], ["roof", "gutters"]), 2):
        create_customer(actor=actor, values=customer_values(number, tags=tags))
    client.force_login(cast.alice)
    address = f"{at(jane)}tags/"
    text = client.get(address, headers={"HX-Request": "true"}).content.decode()
    found = re.findall(r'<option value="(\w+)">\s*(.*?)\s*</option>', text, re.DOTALL)
    assert found == [("roof", "2 customers")]
    assert client.get(address)["Location"] == at(jane)
    client.force_login(cast.bob)
    assert client.get(address).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_everything_works_without_scripts(
    without_javascript: Page, cast: Cast, actor: Actor, jane: Customer
) -> None:
    page = without_javascript
    for day in range(35):
        log_interaction(
            actor=actor,
            values={
                "customer": jane.pk,
                "type": "note",
                "occurred_at": now() - dt.timedelta(days=day + 1),
            },
        )
    sign_in(page, cast.alice)
    page.goto(at(jane))
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Back to the newest")).to_be_visible()
    page.get_by_role("link", name="Projects").first.click()
    page.goto(at(jane))
    page.get_by_role("link", name="Edit: Address").click()
    page.get_by_label("City").fill("Flint")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".customer-fields")).to_contain_text("Flint")
    page.get_by_role("button", name="Remove the tag gutters").click()
    expect(page.locator(".customer-marks")).not_to_contain_text("gutters")


def test_the_roles_see_what_the_policy_gives_them(
    cast: Cast, jane: Customer, client: Client
) -> None:
    def offered(user: User) -> set[str]:
        client.force_login(user)
        context = client.get(at(jane)).context
        return {action["page"] for action in (*context["actions"], *context["more_actions"])}

    daily = {
        "interactions:log",
        "interactions:follow-up-new",
        "interactions:conversation-new",
        "appointments:book",
        "customers:consents",
    }
    assert offered(cast.bob) == daily
    managing = daily | {
        "customers:project-new",
        "customers:payment-new",
        "customers:invite",
        "customers:loyalty",
        "customers:merge",
    }
    assert offered(cast.mona) == managing
    for user in (cast.alice, cast.sue):
        assert offered(user) == managing | {"customers:privacy"}


def test_times_are_told_on_the_organizations_clock(
    alice: Client, cast: Cast, actor: Actor, jane: Customer
) -> None:
    update_organization(actor=actor, organization=cast.acme, values={"time_zone": "Asia/Tokyo"})
    start = (now() + dt.timedelta(days=40)).replace(hour=20, minute=0)
    book_appointment(actor=actor, values={"customer": jane.pk, "start_at": start})
    assert "5:00 AM" in text_of(alice, at(jane))


@pytest.mark.parametrize("name", PINNED)
def test_each_label_says_why_a_customer_bears_it(actor: Actor, name: str) -> None:
    row = create_customer(actor=actor, values=customer_values(1))
    for value, _label in Customer._meta.get_field(name).flatchoices:  # type: ignore[union-attr]
        setattr(row, name, value)
        assert why_labelled(row, name, actor.organization), value
    setattr(row, PINNED[name], True)
    assert why_labelled(row, name, actor.organization) == "A person set this"
    assert why_labelled(row, "city", actor.organization) == ""
