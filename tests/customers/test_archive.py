"""A person's archive holds everything of theirs, and nothing of anybody else."""

import csv
import datetime as dt
import io
import re
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import orjson
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from appointments.preferences import update_preferences
from appointments.services import book_appointment, create_service
from core.audit.models import AuditEntry
from core.clock import now
from core.encryption import EncryptedObjectField, EncryptedTextField
from core.errors import Forbidden, NotFound
from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.archives import ArchiveTable
from customers.models import (
    Customer,
    DuplicatePair,
    MatchKey,
    PortalLink,
    PortalSession,
    UndoDetail,
)
from customers.parts import customer_parts
from customers.selectors.merges import merged_into
from customers.services.archive import archive_customer
from customers.services.customers import create_customer, delete_customer
from customers.services.loyalty import adjust_loyalty
from customers.services.management import change_consents
from customers.services.merging import merge_customers
from customers.services.privacy_requests import open_privacy_request
from customers.services.work import create_project, create_transaction
from interactions.follow_ups import create_follow_up
from interactions.notes import add_note
from interactions.scheduling import schedule_message
from interactions.services import add_message, log_interaction, open_conversation
from tests.cast import Cast
from tests.client import ApiClient
from tests.customers.test_erasure import pointing_to_customers


def held(actor: Actor, cast: Cast, mark: str, number: int = 1) -> Customer:
    """A customer with rows of every kind, `mark` in every text."""
    row = create_customer(
        actor=actor,
        values={
            "first_name": f"{mark}First",
            "last_name": f"{mark}Last",
            "email": f"{mark}@example.com",
            "phone": f"248555{number:04}",
            "notes": f"{mark} notes",
            "custom_fields": {f"{mark} key": f"{mark} value"},
            "tags": [f"{mark} tag"],
        },
    )
    mine = {"customer": row.pk}
    service = create_service(actor=actor, values={"name": f"{mark} service", "price": 30})
    create_project(actor=actor, values={**mine, "name": f"{mark} roof", "total_amount": 900})
    create_transaction(
        actor=actor, values={**mine, "gross_amount": 12.5, "description": f"={mark} payment"}
    )
    log_interaction(actor=actor, values={**mine, "type": "note", "notes": f"{mark} called"})
    create_follow_up(
        actor=actor,
        values={
            **mine,
            "reason": f"{mark} call",
            "due_date": "2026-12-01",
            "notes": f"{mark} at 9",
        },
    )
    thread = open_conversation(
        actor=actor, values={**mine, "channel": "sms", "subject": f"{mark} asks"}
    )
    add_note(actor=actor, conversation_id=thread.pk, values={"body": f"{mark} note"})
    later = {"body": f"{mark} later", "send_at": now() + dt.timedelta(days=1)}
    schedule_message(actor=actor, conversation_id=thread.pk, values=later)
    for direction in ("inbound", "outbound"):
        add_message(
            actor=actor,
            conversation_id=thread.pk,
            values={"direction": direction, "body": f"{mark}\n<b>{direction}</b>"},
        )
    adjust_loyalty(actor=actor, customer_id=row.pk, values={"points": 5, "reason": f"{mark} gift"})
    update_preferences(
        actor=actor,
        customer_id=row.pk,
        values={
            "preferred_services": [str(service.pk)],
            "preferred_staff": [str(cast.bob.pk)],
        },
    )
    change_consents(
        actor=actor,
        customer_id=row.pk,
        values={"marketing_consent": True, "method": "phone", "wording": f"{mark} wording"},
    )
    book_appointment(
        actor=actor,
        values={
            **mine,
            "service": service.pk,
            "notes": f"{mark} visit",
            "start_at": "2026-01-05T10:00:00Z",
        },
    )
    open_privacy_request(actor=actor, values={**mine, "kind": "access", "note": f"{mark} writes"})
    like = create_customer(actor=actor, values={"first_name": f"{mark} like"})
    DuplicatePair.objects.add(actor, customer=row, other=like, score=90)
    MatchKey.objects.add(actor, customer=row, value=f"mail {mark}")
    before = {"change_set_id": actor.change_set, "values": {f"{mark} key": f"{mark} before"}}
    UndoDetail.objects.add(actor, customer=row, **before)
    ends = {"digest": f"{mark} portal", "expires_at": now() + dt.timedelta(days=1)}
    PortalSession.objects.add(actor, customer=row, **ends)
    PortalLink.objects.add(actor, customer=row, purpose="sign_in", **ends)
    twin = create_customer(actor=actor, values={"first_name": f"{mark}Twin"})
    merge_customers(actor=actor, customer_id=row.pk, loser=twin.pk)
    return row


def archive(actor: Actor, customer: Customer) -> dict[str, str]:
    """Name of a file in the ZIP → its text."""
    file = io.BytesIO()
    archive_customer(actor=actor, customer_id=customer.pk, file=file)
    with ZipFile(file) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def tables() -> list[ArchiveTable]:
    return [table for part in customer_parts() for table in part.archived]


def test_every_model_that_points_to_a_customer_is_in_somebodys_archive() -> None:
    archived = [table.model for table in tables()]
    pointing = {model for model, _field in pointing_to_customers()}
    assert pointing | {Customer, AuditEntry} == set(archived)
    assert len({table.name for table in tables()}) == len(archived)
    archived.remove(Customer)  # who was merged into the person is told in a table of their own
    assert len(archived) == len(set(archived))


def test_no_archive_tells_a_secret() -> None:
    for table in tables():
        secret = {
            field.attname
            for field in table.model._meta.concrete_fields
            # an object is what the organization keeps of the person, encrypted
            if (
                isinstance(field, EncryptedTextField)
                and not isinstance(field, EncryptedObjectField)
            )
            or re.search("password|secret|token|digest", field.attname)
        }
        assert secret & set(table.columns) == set(), table.name


def test_the_archive_holds_every_row_of_the_person_in_the_database(
    actor: Actor, cast: Cast
) -> None:
    row = held(actor, cast, "mine")
    held(actor, cast, "canary", 2)
    whole = orjson.loads(archive(actor, row)["archive.json"])
    assert whole["organization"] == "Acme Roofs"
    assert whole["customer"]["id"] == str(row.pk)
    assert whole["customer"]["first_name"] == "mineFirst"
    assert whole["customer"]["custom_fields"] == {"mine key": "mine value"}
    person = [row.pk, *merged_into([row.pk])]
    for table in tables()[1:]:
        field = "merged_into" if table.model is Customer else "customer_id"
        rows = table.model._base_manager.filter(**{f"{field}__in": person})
        stored = rows.values_list("pk", flat=True)
        assert {each["id"] for each in whole[table.name]} == set(map(str, stored)), table.name
        assert stored, table.name
    assert [each["tag"] for each in whole["tags"]] == ["mine tag"]
    assert [each["staff"] for each in whole["preferred_staff"]] == ["Bob"]
    assert {each["body"] for each in whole["messages"]} == {
        "mine\n<b>inbound</b>",
        "mine\n<b>outbound</b>",
    }
    assert [each["gross_amount"] for each in whole["transactions"]] == [12.5]
    assert whole["audit"][-1]["action"] == "customer.archived"


def test_every_column_of_a_row_is_told_but_those_of_the_house() -> None:
    untold = {
        f"{table.name}.{field.attname}"
        for table in tables()
        for field in table.model._meta.concrete_fields
        if not {field.attname, field.name} & set(table.columns)
        and field.name not in ("organization", "environment", "version", "customer")
    }
    assert untold == {
        *(
            f"{name}.{column}"
            for name in ("customer", "merged_customers")
            for column in (
                *(f"{key}_key" for key in ("first", "last", "company", "city", "email")),
                *("password", "search_text"),
            )
        ),
        *("merges.merged_by", "merges.undone_by", "merges.change_set_id", "merges.values"),
        *("consents.recorded_by", "undo_details.change_set_id"),
        *("privacy_requests.opened_by", "privacy_requests.closed_by"),
        *("duplicates.other_id", "duplicates.decided_by"),
        *("portal_sessions.digest", "portal_links.digest", "portal_links.code_digest"),
        *("audit.customer_id", "audit.actor_id", "audit.actor_label"),
        *("audit.address", "audit.request_id", "audit.mark"),
    }


def test_the_archive_holds_nothing_of_others(actor: Actor, cast: Cast) -> None:
    row = held(actor, cast, "mine")
    other = held(actor, cast, "canary", 2)
    stranger = held(actor_of(cast.charlie), cast_of_charlie(cast), "foreign", 3)
    for name, text in archive(actor, row).items():
        for canary in ("canary", "foreign", str(other.pk), str(stranger.pk), "acme.test"):
            assert canary not in text, (name, canary)


def cast_of_charlie(cast: Cast) -> Cast:
    """Charlie's own staff member is Charlie."""
    return Cast(**{**vars(cast), "bob": cast.charlie})


def test_each_kind_is_a_csv_whose_cells_are_no_formulas(actor: Actor, cast: Cast) -> None:
    files = archive(actor, held(actor, cast, "mine"))
    assert set(files) == {
        "archive.json",
        "index.html",
        *(f"{table.name}.csv" for table in tables()),
    }
    (payment,) = csv.DictReader(io.StringIO(files["transactions.csv"]))
    assert payment["description"] == "'=mine payment"
    (person,) = csv.DictReader(io.StringIO(files["customer.csv"]))
    assert (person["first_name"], person["phone"]) == ("mineFirst", "+12485550001")


def test_the_page_needs_nothing_else_and_escapes_what_was_written(actor: Actor, cast: Cast) -> None:
    page = archive(actor, held(actor, cast, "mine"))["index.html"]
    assert "mineFirst mineLast" in page
    assert "&lt;b&gt;inbound&lt;/b&gt;" in page
    assert "<b>inbound" not in page
    assert re.search(r"<script|<link|<img|src=|https?://", page) is None
    assert 'lang="en"' in page
    assert "Customer added" in page
    assert "customer.created" not in page


@pytest.mark.parametrize(
    ("of_customer", "of_organization", "shown"),
    [("es-MX", "en", "es"), ("", "es", "es"), ("xx", "es", "es"), ("xx", "yy", "en")],
)
def test_the_page_is_in_the_customers_language_or_the_organizations(
    actor: Actor, of_customer: str, of_organization: str, shown: str
) -> None:
    actor.organization.language = of_organization
    row = create_customer(actor=actor, values={"first_name": "Ana", "language": of_customer})
    page = archive(actor, row)["index.html"]
    assert f'lang="{shown}"' in page
    assert ("Nombre" in page) == (shown == "es")


def test_of_a_customer_without_anything_the_person_alone_is_told(actor: Actor) -> None:
    row = create_customer(actor=actor, values={"first_name": "Ana"})
    files = archive(actor, row)
    whole = orjson.loads(files["archive.json"])
    assert [name for name, rows in whole.items() if isinstance(rows, list) and rows] == ["audit"]
    assert files["messages.csv"].count("\n") == 1
    assert "Nothing is held of these kinds: Addresses, Tags" in files["index.html"]


def test_a_deleted_customer_is_held_still(actor: Actor, cast: Cast) -> None:
    row = held(actor, cast, "mine")
    delete_customer(actor=actor, customer_id=row.pk)
    whole = orjson.loads(archive(actor, row)["archive.json"])
    assert whole["customer"]["deleted_at"] is not None
    assert len(whole["messages"]) == 2


def test_taking_it_out_is_in_the_audit(actor: Actor, cast: Cast) -> None:
    row = create_customer(actor=actor, values={"first_name": "Ana"})
    archive(actor, row)
    entry = AuditEntry.objects.for_actor(actor).get(action="customer.archived")
    assert (entry.customer_id, entry.actor_label) == (row.pk, "alice@acme.test")


def test_those_who_may_not_and_strangers_get_nothing(actor: Actor, cast: Cast) -> None:
    row = create_customer(actor=actor, values={"first_name": "Ana"})
    for user in (cast.bob, cast.mona):
        with pytest.raises(Forbidden):
            archive(actor_of(user), row)
    with pytest.raises(NotFound):
        archive(actor_of(cast.charlie), row)
    assert not AuditEntry.objects.unscoped().filter(action="customer.archived").exists()


def test_a_customer_who_acts_gets_the_own_archive_alone(actor: Actor) -> None:
    ana, ben = (create_customer(actor=actor, values={"first_name": name}) for name in ("Ana", "B"))
    acting = Actor(
        actor.organization,
        "customer",
        "ana",
        frozenset({Permission.ARCHIVE}),
        id=ana.pk,
        address="192.0.2.7",
    )
    archive(actor.at(address="192.0.2.8", request_id="r1"), ana)
    whole = orjson.loads(archive(acting, ana)["archive.json"])
    assert whole["customer"]["first_name"] == "Ana"
    assert [each["own_address"] for each in whole["audit"]] == [None, None, "192.0.2.7"]
    with pytest.raises(NotFound):
        archive(acting, ben)


def test_the_statements_are_as_many_for_thirty_rows_as_for_three(
    actor: Actor, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    row = create_customer(actor=actor, values={"first_name": "Ana"})

    def logged(number: int) -> None:
        for _ in range(number):
            log_interaction(actor=actor, values={"customer": row.pk, "type": "note"})

    logged(3)
    with django_assert_max_num_queries(79) as asked:
        archive(actor, row)
    logged(27)
    with django_assert_num_queries(len(asked)):
        archive(actor, row)


def test_the_endpoint_sends_the_file(api: ApiClient, actor: Actor, cast: Cast) -> None:
    row = held(actor, cast, "mine")
    response = api.get(f"/api/customers/{row.pk}/archive")
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert response["Content-Disposition"] == f'attachment; filename="customer-{row.pk}.zip"'
    with ZipFile(io.BytesIO(response.getvalue())) as opened:
        assert orjson.loads(opened.read("archive.json"))["customer"]["id"] == str(row.pk)


def test_the_command_writes_the_file_and_overwrites_none(
    actor: Actor, tmp_path: Path, capsys: Any
) -> None:
    row = create_customer(actor=actor, values={"first_name": "Ana"})
    path = tmp_path / "ana.zip"
    asked = ("write_archive", str(row.pk), "--organization", "acme", "--output", str(path))
    call_command(*asked)
    with ZipFile(path) as opened:
        assert "index.html" in opened.namelist()
    with pytest.raises(CommandError, match="there already"):
        call_command(*asked)
    other = tmp_path / "nobody.zip"
    with pytest.raises(CommandError, match="no customer"):
        call_command(
            "write_archive", str(new_id()), "--organization", "acme", "--output", str(other)
        )
    assert not other.exists()
