"""Undo in toasts, on jobs and in the audit; what is left as it is has a page that says why."""

import re
from typing import Any

import pytest
from django.test import Client

from core.audit.models import AuditEntry
from core.changes.models import ChangeSet
from core.tenancy.actor import Actor
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.selectors.customers import tags_of
from customers.services.customers import create_customer, update_customer
from customers.services.jobs import start_bulk_update
from tests.background import run
from tests.cast import Cast, customer_values
from tests.core.test_changes import fresh


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=fresh(actor), values=customer_values(1))


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


def undo_in(page: str) -> str:
    """The address that the page's Undo posts to."""
    (address,) = set(re.findall(r'action="(/app/changes/[0-9a-f-]+/undo/)"', page))
    return str(address)


def named(row: Customer) -> str:
    return Customer.objects.unscoped().get(pk=row.pk).first_name


def rename(actor: Actor, row: Customer, name: str) -> str:
    asking = fresh(actor)
    update_customer(actor=asking, customer_id=row.pk, values={"first_name": name})
    return f"/app/changes/{asking.change_set}/undo/"


def test_a_saved_form_can_be_undone_and_done_again(alice: Client, jane: Customer) -> None:
    version = jane.version
    address = f"/app/customers/{jane.pk}/edit/"
    form: dict[str, Any] = {
        field["name"]: field.get("value", "")
        for field in map(
            _attributes, re.findall(r"<input[^>]*>", alice.get(address).content.decode())
        )
        if field.get("name") and field.get("type") not in ("checkbox", "radio")
    }
    response = alice.post(address, form | {"first_name": "Anna", "version": version})
    assert response.status_code == 302, response.content.decode()[:2000]
    page = alice.get(response["Location"]).content.decode()
    assert named(jane) == "Anna"
    back = alice.post(undo_in(page), headers={"referer": f"http://testserver{address}"})
    assert (back.status_code, back["Location"].endswith(address)) == (302, True)
    assert named(jane) == "Jane"
    again = undo_in(alice.get(f"/app/customers/{jane.pk}/").content.decode())
    alice.post(again)
    assert named(jane) == "Anna"


def _attributes(tag: str) -> dict[str, str]:
    return dict(re.findall(r'(\w+)="([^"]*)"', tag))


def test_what_is_left_has_a_page_that_says_why(alice: Client, actor: Actor, jane: Customer) -> None:
    first = rename(actor, jane, "Anna")
    rename(actor, jane, "Berta")
    page = alice.post(first).content.decode()
    assert "Nothing was undone." in page
    assert "Somebody has changed this since." in page
    assert "alice@acme.test" in page
    assert named(jane) == "Berta"


def test_who_may_not_is_refused(client: Client, cast: Cast, actor: Actor, jane: Customer) -> None:
    address = rename(actor, jane, "Anna")
    client.force_login(cast.bob)
    assert client.post(address).status_code == 404
    client.force_login(cast.charlie)
    assert client.post(address).status_code == 404
    assert client.get(address).status_code == 405
    assert named(jane) == "Anna"


def test_a_job_and_an_audit_entry_offer_it(alice: Client, actor: Actor, jane: Customer) -> None:
    job = start_bulk_update(
        actor=fresh(actor), conditions=CustomerConditions(), values={"segment": "premium"}
    )
    run(job.pk)
    assert undo_in(alice.get(f"/app/jobs/{job.pk}/").content.decode()) == (
        f"/app/changes/{job.pk}/undo/"
    )
    entry = AuditEntry.objects.for_actor(actor).get(change_set_id=job.pk)
    address = undo_in(alice.get(f"/app/settings/audit/{entry.pk}/").content.decode())
    alice.post(address)
    alice.get("/app/settings/audit/")  # shows the toast
    assert Customer.objects.unscoped().get(pk=jane.pk).segment_pinned is False
    assert "/app/changes/" not in alice.get(f"/app/settings/audit/{entry.pk}/").content.decode()
    assert ChangeSet.objects.for_actor(actor).get(pk=job.pk).undone_by is not None


def test_a_field_of_the_page_and_a_selection_can_be_undone(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    field = alice.post(
        f"/app/customers/{jane.pk}/fields/notes/",
        {"notes": "by the field", "version": jane.version},
        headers={"hx-request": "true"},
    )
    assert Customer.objects.unscoped().get(pk=jane.pk).notes == "by the field", field.content
    alice.post(undo_in(field.content.decode()))
    assert Customer.objects.unscoped().get(pk=jane.pk).notes == ""
    alice.get("/app/customers/")  # shows that toast
    alice.post(
        "/app/customers/selection/",
        {"action": "tag", "ids": jane.pk.hex, "tags": "gold", "add_tags": "gold"},
    )
    page = alice.get("/app/customers/").content.decode()
    alice.post(undo_in(page))
    assert tags_of([jane.pk])[jane.pk] == []
