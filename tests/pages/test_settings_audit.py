"""The audit's pages, and the selector that other pages read the trail by."""

import datetime as dt
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.audit.filters import AuditConditions
from core.audit.ledger import record
from core.audit.models import AuditEntry
from core.audit.selectors import entries, entries_before
from core.clock import now
from core.errors import Forbidden
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import ApiKey
from core.ui.audit_labels import DOORS, SYSTEM, changes_of
from core.ui.wording import numbers_of
from crm.api.registry import DIALECTS
from crm.pages.acts import ACTS
from crm.pages.settings.audit import AuditPageFilterSet
from customers.models import Customer
from customers.services.customers import create_customer, update_customer
from customers.services.work import create_project, update_project
from interactions.replies import create_reply_template, update_reply_template
from tests.cast import Cast, customer_values

AUDIT = "/app/settings/audit/"


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


@pytest.fixture
def jane(cast: Cast) -> Customer:
    return create_customer(actor=actor_of(cast.alice), values=customer_values(1))


def shown(client: Client, **query: Any) -> list[str]:
    """The actions of the list's rows."""
    return [row["entry"].action for row in client.get(AUDIT, query).context["rows"]]


def test_what_cannot_be_undone_says_so_before_and_after(alice: Client, cast: Cast) -> None:
    actor = actor_of(cast.alice)
    reply = create_reply_template(actor=actor, values={"name": "Hello", "text": "Hello"})
    shown_before = alice.get(f"/app/settings/replies/{reply.pk}/").content.decode()
    assert "Saving can’t be undone" in shown_before
    update_reply_template(actor=actor, template_id=reply.pk, values={"text": "Hi"})
    row = alice.get(AUDIT).context["rows"][0]["entry"]
    assert row.action == "replytemplate.updated"
    shown_after = alice.get(f"{AUDIT}{row.pk}/").context
    assert not shown_after["undoable"]
    assert str(shown_after["instead"]).startswith("This can’t be undone.")


def test_the_product_itself_has_a_name_that_people_understand(cast: Cast, alice: Client) -> None:
    system = Actor.system(organization=cast.alice.organization, label="schedule")
    create_customer(actor=system, values=customer_values(2))
    assert alice.get(AUDIT).context["rows"][0]["who"] == "Scheduled work"
    spanish = alice.get(AUDIT, headers={"Accept-Language": "es"})
    assert spanish.context["rows"][0]["who"] == "Trabajo programado"


@pytest.mark.parametrize(
    ("label", "words"),
    [("schedule", "schedule (customer)"), ("erased customer", "Erased customer")],
)
def test_a_customer_cannot_pass_for_the_product(
    cast: Cast, alice: Client, jane: Customer, label: str, words: str
) -> None:
    customer = Actor.of_customer(
        customer_id=jane.pk, name=label, organization=cast.alice.organization
    )
    record(customer, "customer.updated", subject=jane, customer_id=jane.pk, changes={})
    assert alice.get(AUDIT).context["rows"][0]["who"] == words


def test_whatever_the_product_acts_as_has_such_a_name() -> None:
    written = "".join(
        path.read_text()
        for app in ("core", "crm", "customers", "appointments", "interactions", "analytics")
        for path in (settings.BASE_DIR / app).rglob("*.py")
    )
    labels = re.findall(
        r"(?:Actor\.system|actor_of)\((?:[^()]|\([^()]*\))*?label=\"([^\"]+)\"", written
    )
    assert len(set(labels)) > 10
    assert set(labels) <= set(SYSTEM)


def test_the_list_tells_who_did_what_to_whom_with_before_and_after(
    alice: Client, cast: Cast, jane: Customer
) -> None:
    update_customer(
        actor=actor_of(cast.mona),
        customer_id=jane.pk,
        values={"city": "Troy", "assigned_to": cast.bob.pk},
    )
    row = alice.get(AUDIT).context["rows"][0]
    assert (row["what"], row["customer"], row["who"], row["entry"].actor_label) == (
        "Customer changed",
        "Jane Smith1",
        "Mona",
        "mona@acme.test",
    )
    assert {(change.label, change.before, change.after) for change in row["changes"]} == {
        ("City", "–", "Troy"),
        ("Owner", "–", "Bob"),
    }


def test_it_is_filtered_by_customer_person_action_and_day(
    alice: Client, cast: Cast, jane: Customer
) -> None:
    other = create_customer(actor=actor_of(cast.mona), values=customer_values(2))
    update_customer(actor=actor_of(cast.mona), customer_id=jane.pk, values={"city": "Troy"})
    assert shown(alice) == ["customer.updated", "customer.created", "customer.created"]
    for spelled in (str(jane.pk), "JANE1@example.com", "(248) 555-0001"):
        assert shown(alice, customer=spelled) == ["customer.updated", "customer.created"], spelled
    assert shown(alice, person=str(cast.mona.pk)) == ["customer.updated", "customer.created"]
    assert shown(alice, action="customer.created", customer=str(other.pk)) == ["customer.created"]
    assert shown(alice, customer="nobody@example.com") == []
    today = dt.datetime.now(dt.UTC).date()
    assert (
        len(shown(alice, first=today - dt.timedelta(days=1), last=today + dt.timedelta(days=1)))
        == 3
    )
    assert shown(alice, last=today - dt.timedelta(days=2)) == []
    assert (
        len(shown(alice, person="nonsense", action="nonsense", first="nonsense", before="nonsense"))
        == 3
    )


def test_the_pages_of_the_list_hold_every_entry_once(alice: Client, cast: Cast) -> None:
    actor = actor_of(cast.alice)
    for _ in range(120):
        record(actor, "user.signed_in", subject=cast.alice)
    address, seen = AUDIT, []
    while address:
        context = alice.get(address).context
        seen += [row["entry"].pk for row in context["rows"]]
        address = context["older"]
    assert seen == list(AuditEntry.objects.unscoped().order_by("-id").values_list("pk", flat=True))
    assert len(seen) == 120


def test_another_filter_begins_again_at_the_newest(alice: Client, cast: Cast) -> None:
    for _ in range(60):
        record(actor_of(cast.alice), "user.signed_in", subject=cast.alice)
    older = alice.get(AUDIT, {"action": "user.signed_in"}).context["older"]
    page = alice.get(older)
    assert [chip.remove for chip in page.context["chips"]] == [AUDIT]
    assert page.context["newest"] == f"{AUDIT}?action=user.signed_in"


def test_an_entry_shows_every_field_and_the_way_it_came(
    alice: Client, cast: Cast, jane: Customer
) -> None:
    actor = actor_of(cast.alice).at(address="192.0.2.7", request_id="abc123", via="roofing")
    update_customer(
        actor=actor,
        customer_id=jane.pk,
        values={"city": "Troy", "notes": "two\nlines", "is_blocked": True, "tags": ["a", "b"]},
    )
    entry = AuditEntry.objects.unscoped().get(action="customer.updated")
    text = alice.get(f"{AUDIT}{entry.pk}/").content.decode()
    for part in (
        "192.0.2.7",
        "abc123",
        "roofing",
        "Jane Smith1",
        "Troy",
        "two\nlines",
        "a, b",
        "Yes",
    ):
        assert part in text, part


def test_secrets_are_never_shown(alice: Client, cast: Cast) -> None:
    digest = ApiKey.objects.unscoped().first().digest  # type: ignore[union-attr]
    changes = {
        "password": (None, "canary-one"),
        "webhook_secret": ("canary-two", "canary-three"),
        "digest": (None, digest),
    }
    record(actor_of(cast.alice), "user.updated", subject=cast.bob, changes=changes)
    entry = AuditEntry.objects.unscoped().get()
    for address in (AUDIT, f"{AUDIT}{entry.pk}/"):
        text = alice.get(address).content.decode()
        assert "canary" not in text
        assert digest not in text


def test_each_organization_and_environment_has_its_own_trail(
    alice: Client, cast: Cast, jane: Customer
) -> None:
    create_customer(actor=actor_of(cast.charlie), values=customer_values(1))
    assert len(shown(alice)) == 1
    alice.post("/app/place/", {"environment": Environment.TEST})
    assert shown(alice) == []


def test_the_selector_asks_for_the_permission(cast: Cast, jane: Customer) -> None:
    with pytest.raises(Forbidden):
        entries(actor=actor_of(cast.mona))
    conditions = AuditConditions(
        customer_id=jane.pk,
        since=now() - dt.timedelta(minutes=1),
        until=now() + dt.timedelta(minutes=1),
    )
    assert [
        entry.action for entry in entries(actor=actor_of(cast.alice), conditions=conditions)
    ] == ["customer.created"]
    found = entries_before(actor=actor_of(cast.alice), conditions=conditions, size=1)
    assert (len(found.rows), found.older) == (1, None)


def test_the_list_asks_as_much_for_3_entries_as_for_30(alice: Client, cast: Cast) -> None:
    actor = actor_of(cast.alice)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert alice.get(AUDIT).status_code == 200
        return len(captured)

    for number in range(3):
        create_customer(actor=actor, values=customer_values(number, assigned_to=cast.bob.pk))
    few = asked()
    for number in range(3, 30):
        create_customer(actor=actor, values=customer_values(number, assigned_to=cast.bob.pk))
    assert (few, asked()) == (13, 13)


def test_every_action_that_is_recorded_has_its_words() -> None:
    nouns = "|".join(sorted({action.partition(".")[0] for action in ACTS}))
    written = set()
    for folder in ("core", "customers", "interactions", "appointments", "analytics"):
        for source in (Path(settings.BASE_DIR) / folder).rglob("*.py"):
            written |= set(
                re.findall(
                    rf'(?:record|entry)\(\s*[^"]*?"((?:{nouns})\.[a-z_]+)"', source.read_text()
                )
            )
    assert len(written) >= 30
    assert written <= set(ACTS)
    assert {f"job.{kind}" for kind in settings.JOB_KINDS} <= set(ACTS)


MOMENTS = [
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2024-05-01T12:00:00Z",
    "2024-02-30T00:00:00",
]


@pytest.mark.parametrize("text", MOMENTS)
def test_a_text_that_looks_like_a_moment_stays_a_text_and_blinds_no_page(
    alice: Client, cast: Cast, text: str
) -> None:
    customer = create_customer(
        actor=actor_of(cast.bob),
        values=customer_values(1, first_name=text, notes=text, custom_fields={"k": text}),
    )
    (row,) = alice.get(AUDIT).context["rows"]
    changes = {change.label: change.after for change in changes_of(row["entry"])}
    assert (changes["First name"], changes["Notes"], changes["Custom fields"]) == (
        text,
        text,
        f"k: {text}",
    )
    for path in ("", "timeline/"):
        response = alice.get(f"/app/customers/{customer.pk}/{path}")
        assert (response.status_code, text in unescape(response.content.decode())) == (200, True)


def test_an_id_written_into_a_text_stands_for_nobody(
    alice: Client, cast: Cast, jane: Customer
) -> None:
    update_customer(actor=actor_of(cast.mona), customer_id=jane.pk, values={"city": str(jane.pk)})
    row = alice.get(AUDIT).context["rows"][0]
    assert [(change.label, change.after) for change in row["changes"]] == [("City", str(jane.pk))]


@pytest.mark.parametrize(
    "stored", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "no moment at all", 7]
)
def test_a_moment_that_no_clock_can_show_is_shown_as_recorded(
    alice: Client, cast: Cast, jane: Customer, stored: Any
) -> None:
    record(
        actor_of(cast.alice),
        "customer.restored",
        subject=jane,
        customer_id=jane.pk,
        changes={"deleted_at": (stored, None)},
    )
    row = alice.get(AUDIT).context["rows"][0]
    assert [change.before for change in row["changes"]] == [str(stored)]


def test_the_list_is_narrowed_to_a_door(alice: Client, cast: Cast, jane: Customer) -> None:
    through = actor_of(cast.alice).at(address="192.0.2.1", request_id="r", via="booking")
    update_customer(actor=through, customer_id=jane.pk, values={"city": "Troy"})
    assert shown(alice, door="booking") == ["customer.updated"]
    assert shown(alice, door="portal") == []
    doors = dict(AuditPageFilterSet(QueryDict(), actor=through).form.fields["door"].choices)
    assert set(doors) == {"", *DOORS, *DIALECTS}


def test_values_of_lists_phones_and_amounts_are_called_as_on_every_page(
    alice: Client, cast: Cast, jane: Customer
) -> None:
    mona = actor_of(cast.mona)
    phone = "(248) 555-0187"
    update_customer(actor=mona, customer_id=jane.pk, values={"status": "vip", "phone": phone})
    project = create_project(
        actor=mona, values={"customer": jane, "project_type": "roof_replacement"}
    )
    update_project(
        actor=mona, project_id=project.pk, values={"status": "on_hold", "total_amount": 12_500}
    )
    said: dict[str, set[str]] = {}
    with numbers_of("US"):
        for row in alice.get(AUDIT).context["rows"]:
            for change in changes_of(row["entry"]):
                said.setdefault(change.label, set()).add(change.after)
    assert {"VIP", "On hold"} <= said["Status"]
    assert phone in said["Phone"]
    assert "12,500" in said["Amount"]
    alice.post("/app/preferences/", {"language": "es", "next": "/"})
    assert "En pausa" in alice.get(AUDIT).content.decode()
