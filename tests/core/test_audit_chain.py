"""The audit trail is sealed behind its writers, survives erasure, and shows every tampering."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections, transaction
from django.test import Client

from core.audit import marks, sealing
from core.audit.ledger import entry, record
from core.audit.models import AuditChain, AuditEntry, AuditSeal, SealedEntry
from core.audit.sealing import seal
from core.audit.tasks import seal_audit, verify_audit, verify_chain
from core.audit.verifying import Verification, verify
from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer, update_customer
from customers.services.erasure import erase_customer
from tests.cast import Cast, customer_values
from tests.conftest import on_postgresql
from tests.database_role import as_owner


def written(actor: Actor, number: int = 3) -> list[AuditEntry]:
    """So many entries, each with values."""
    for index in range(number):
        record(actor, "outlet.updated", changes={"name": ("", f"Downtown {index}")})
    return list(AuditEntry.objects.for_actor(actor).order_by("pk"))


def sql(statement: str, *parameters: Any) -> None:
    """As somebody with the password of the tables' owner does it."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def key(row: Any) -> str:
    """The id as the database at hand keeps it."""
    value = row if isinstance(row, UUID) else row.pk
    return str(value) if connection.vendor == "postgresql" else value.hex


def told(actor: Actor) -> list[str]:
    return verify(actor=actor).told


def test_entries_are_sealed_in_batches_that_hold_one_another(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 2)
    rows = written(actor, 5)
    assert seal(actor=actor) == 5
    seals = list(AuditSeal.objects.for_actor(actor).order_by("number"))
    assert [(each.number, each.count) for each in seals] == [(1, 2), (2, 2), (3, 1)]
    assert [(each.first_id, each.last_id) for each in seals] == [
        (rows[0].pk, rows[1].pk),
        (rows[2].pk, rows[3].pk),
        (rows[4].pk, rows[4].pk),
    ]
    assert [each.previous for each in seals] == ["", seals[0].digest, seals[1].digest]
    assert verify(actor=actor) == Verification(seals=3, entries=5, head=seals[2].digest)
    assert seal(actor=actor) == 0


def test_writing_seals_nothing_and_the_task_seals_every_organization(
    actor: Actor, cast: Cast, sent: list[tuple[str, list[Any]]]
) -> None:
    written(actor)
    written(actor_of(cast.charlie), 2)
    assert SealedEntry.objects.unscoped().count() == 0
    assert verify(actor=actor).waiting == 3
    assert seal_audit() == 5
    assert verify_audit() == 2
    assert sorted(sent) == [
        ("core.audit.tasks.verify_chain", [str(each.pk), "live"])
        for each in (cast.acme, cast.other)
    ]
    assert verify_chain(str(cast.acme.pk), "live") == 0
    assert AuditChain.objects.for_actor(actor).get().verified_at is not None
    assert verify(actor=actor).entries == 3
    assert verify(actor=actor_of(cast.charlie)).entries == 2


def test_a_mark_is_made_of_the_same_text_as_ever(actor: Actor) -> None:
    row = entry(actor, "customer.updated")
    row.request_id = 'a"\\\t\u2028ñ🏠'
    assert (
        marks.mark_of(row)
        == marks.keyed(json.dumps(marks._origin(row), separators=(",", ":")))[:32]
    )


def test_what_commits_late_is_sealed_later_whatever_its_id(actor: Actor) -> None:
    late = entry(actor, "outlet.updated", changes={"name": ("", "begun first")})
    written(actor, 2)
    seal(actor=actor)
    late.save(force_insert=True)
    assert seal(actor=actor) == 1
    report = verify(actor=actor)
    assert (report.seals, report.entries, report.told) == (2, 3, [])
    assert AuditSeal.objects.for_actor(actor).get(number=2).last_id == late.pk


ALTERED: dict[str, str] = {
    "who it was": "actor_label = 'bob@acme.test'",
    "from where": "address = '192.0.2.1'",
    "what was done": "action = 'outlet.deleted'",
    "the values": """changes = '{"name": ["", "Uptown"]}'""",
    "the fields": """changes = '{"city": ["", "Downtown 1"]}'""",
    "when": "at = '2026-01-01T00:00:00+00:00'",
    "the door": "via = 'admin'",
    "the values to nothing": """changes = '{"name": null}'""",
}


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED.keys())
def test_an_altered_entry_is_named(actor: Actor, change: str) -> None:
    rows = written(actor)
    seal(actor=actor)
    sql(f"UPDATE audit_auditentry SET {change} WHERE id = %s", key(rows[1]))
    assert told(actor) == [f"Entry {rows[1].pk} was altered; it is under seal 1."]
    chain = AuditChain.objects.for_actor(actor).get()
    assert chain.fault == f"Entry {rows[1].pk} was altered; it is under seal 1."


def test_a_deleted_entry_is_named(actor: Actor) -> None:
    rows = written(actor)
    seal(actor=actor)
    sql("DELETE FROM audit_auditentry WHERE id = %s", key(rows[0]))
    assert told(actor) == [f"Entry {rows[0].pk} is gone; it was under seal 1."]


@pytest.mark.parametrize("make", [new_id, uuid4], ids=["an id of now", "a random id"])
def test_an_entry_put_in_is_named_and_never_sealed(actor: Actor, make: Callable[[], UUID]) -> None:
    written(actor)
    seal(actor=actor)
    forged = make()
    columns = (
        "organization_id, environment, at, actor_kind, actor_id, actor_label, address, request_id, "
        "via, action, subject_type, subject_id, customer_id, changes, mark"
    )
    sql(
        f"INSERT INTO audit_auditentry (id, {columns}) SELECT %s, {columns} FROM audit_auditentry "
        "ORDER BY id LIMIT 1",
        key(forged),
    )
    said = [f"Entry {forged} was put in; the product didn't write it."]
    assert told(actor) == said
    assert seal(actor=actor) == 0
    assert told(actor) == said


def test_an_entry_without_a_mark_is_sealed_only_while_the_trail_is_older_than_marks(
    actor: Actor,
) -> None:
    rows = written(actor, 2)
    with as_owner():
        AuditEntry.objects.for_actor(actor).update(mark="")
    assert seal(actor=actor) == 2
    assert told(actor) == []
    later = entry(actor, "outlet.updated")
    later.mark = ""
    later.save(force_insert=True)
    assert seal(actor=actor) == 0
    assert told(actor) == [f"Entry {later.pk} was put in; the product didn't write it."]
    assert len(rows) == 2


TAMPERED: dict[str, tuple[str, list[str]]] = {
    "a seal's number of entries": (
        "UPDATE audit_auditseal SET count = 7 WHERE number = 2",
        ["Seal 2 is broken: it holds 7 entries otherwise."],
    ),
    "a seal in the middle": (
        "DELETE FROM audit_auditseal WHERE number = 2",
        ["Seals are missing between 1 and 3."],
    ),
    "the last seal": (
        "DELETE FROM audit_auditseal WHERE number = 3",
        ["The last seal is missing: there were 3."],
    ),
    "a seal's digest": (
        "UPDATE audit_auditseal SET digest = previous WHERE number = 2",
        [
            "Seal 2 is broken: it holds 1 entries otherwise.",
            "Seal 3 doesn't hold the seal before it.",
        ],
    ),
}


@pytest.mark.parametrize(("statement", "said"), TAMPERED.values(), ids=TAMPERED.keys())
def test_a_tampered_seal_is_named(
    actor: Actor, monkeypatch: pytest.MonkeyPatch, statement: str, said: list[str]
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 1)
    written(actor, 3)
    seal(actor=actor)
    sql(statement)
    assert told(actor) == said


def test_who_takes_an_entry_out_with_what_held_it_breaks_the_seal(actor: Actor) -> None:
    rows = written(actor)
    seal(actor=actor)
    for table in ("audit_auditentry", "audit_sealedentry"):
        sql(f"DELETE FROM {table} WHERE id = %s", key(rows[1]))
    assert told(actor) == ["Seal 1 is broken: it holds 3 entries otherwise."]


def test_a_chain_made_anew_without_the_key_is_no_chain(
    actor: Actor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(actor)
    settings.AUDIT_KEY = "whoever writes into the database doesn't know ours"
    with as_owner():
        AuditEntry.objects.for_actor(actor).update(mark="")
    seal(actor=actor)
    monkeypatch.undo()
    settings.AUDIT_KEY = "ours"
    assert told(actor) == ["Seal 1 is broken: it holds 3 entries otherwise."]


def test_erasure_leaves_the_chain_whole_and_nothing_to_guess_by(actor: Actor) -> None:
    row = create_customer(actor=actor, values=customer_values())
    other = create_customer(actor=actor, values=customer_values(2))
    update_customer(actor=actor, customer_id=row.pk, values={"notes": "a secret"})
    seal(actor=actor)
    update_customer(actor=actor, customer_id=row.pk, values={"notes": "not sealed yet"})
    erase_customer(actor=actor, customer_id=row.pk, ground="asked")
    about = AuditEntry.objects.for_actor(actor).filter(customer_id=row.pk)
    assert [set(each.changes.values()) for each in about] == [{None}] * 3
    held = SealedEntry.objects.for_actor(actor)
    assert set(held.filter(pk__in=about.values("pk")).values_list("salt", flat=True)) == {""}
    kept = AuditEntry.objects.for_actor(actor).get(customer_id=other.pk)
    assert held.get(pk=kept.pk).salt != ""
    certificate = AuditEntry.objects.for_actor(actor).get(action="customer.erased")
    assert certificate.changes["concealed"] == [None, 2]
    assert told(actor) == []
    seal(actor=actor)
    assert told(actor) == []


def test_values_taken_out_as_if_by_an_erasure_are_counted(actor: Actor) -> None:
    row = create_customer(actor=actor, values=customer_values())
    seal(actor=actor)
    mine = AuditEntry.objects.for_actor(actor).get(customer_id=row.pk)
    with as_owner():
        AuditEntry.objects.for_actor(actor).filter(pk=mine.pk).update(
            changes=dict.fromkeys(mine.changes)
        )
        SealedEntry.objects.for_actor(actor).filter(pk=mine.pk).update(salt="")
    assert told(actor) == ["Values of 1 sealed entries are gone without an erasure."]


def test_every_kind_of_value_is_read_back_as_it_was_sealed(actor: Actor) -> None:
    values = [1e5, 1.0, 2**60, -0.5, "é\u2028\U0001f600", None, True, {"b": [1], "a": {}}, []]
    record(actor, "outlet.updated", changes={"name": (values, "x\n")})
    seal(actor=actor)
    assert told(actor) == []


def test_an_entry_that_nobody_has_sealed_yet_is_no_fault(actor: Actor) -> None:
    seal(actor=actor)
    assert told(actor) == []
    written(actor, 1)
    assert told(actor) == []
    with as_owner():
        AuditEntry.objects.for_actor(actor).delete()
    create_customer(actor=actor, values=customer_values())
    erase_customer(
        actor=actor, customer_id=Customer.objects.for_actor(actor).get().pk, ground="asked"
    )
    assert told(actor) == [], "an erasure may be the first to need the chain"


def test_environments_and_organizations_have_chains_of_their_own(actor: Actor, cast: Cast) -> None:
    charlie = actor_of(cast.charlie)
    written(actor)
    rows = written(charlie)
    seal(actor=actor)
    seal(actor=charlie)
    sql("DELETE FROM audit_auditentry WHERE id = %s", key(rows[0]))
    assert told(actor) == []
    assert told(charlie) == [f"Entry {rows[0].pk} is gone; it was under seal 1."]


def test_the_command_names_what_is_wrong_and_fails(actor: Actor) -> None:
    rows = written(actor)
    seal(actor=actor)
    head = AuditSeal.objects.for_actor(actor).get().digest
    out = StringIO()
    call_command("verify_audit", "--organization", "acme", "--head", head, stdout=out)
    assert out.getvalue() == (
        f"acme live: 3 entries under 1 seals, 0 not sealed yet, head {head}: verified\n"
    )
    sql("DELETE FROM audit_auditentry WHERE id = %s", key(rows[2]))
    out = StringIO()
    with pytest.raises(CommandError, match="2 faults"):
        call_command("verify_audit", "--head", "0" * 64, stdout=out)
    assert f"  Entry {rows[2].pk} is gone; it was under seal 1.\n" in out.getvalue()
    assert "No seal has the head " + "0" * 64 in out.getvalue()
    with pytest.raises(CommandError, match="No organization is called nobody"):
        call_command("verify_audit", "--organization", "nobody")


def test_verifying_reads_one_seal_at_a_time(
    actor: Actor, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    written(actor, 9)
    seal(actor=actor)
    with django_assert_num_queries(1 + 3 * 2 + 1 + 1 + 1):
        verify(actor=actor)


def test_the_page_says_up_to_when_the_trail_is_verified_and_what_is_wrong(
    actor: Actor, cast: Cast, client: Client
) -> None:
    client.force_login(cast.alice)
    assert "Verified" not in client.get("/app/settings/audit/").content.decode()
    rows = written(actor)
    seal(actor=actor)
    verify(actor=actor)
    shown = client.get("/app/settings/audit/").content.decode()
    assert "Sealed and verified up to" in shown
    sql("UPDATE audit_auditentry SET address = '192.0.2.1' WHERE id = %s", key(rows[1]))
    verify(actor=actor)
    shown = client.get("/app/settings/audit/").content.decode()
    assert f"Entry {rows[1].pk} was altered; it is under seal 1." in shown
    assert "Sealed and verified up to" not in shown


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_seal_waits_for_an_erasure_and_holds_what_it_left() -> None:
    """Without the lock a seal would hold values that the erasure takes out at the same moment."""
    from threading import Thread

    from tests.cast import make_cast

    actor = actor_of(make_cast().alice)
    row = create_customer(actor=actor, values=customer_values())
    sealed: list[int] = []

    def seal_meanwhile() -> None:
        sealed.append(seal(actor=actor))
        connections.close_all()

    with transaction.atomic():
        erase_customer(actor=actor, customer_id=row.pk, ground="asked")
        thread = Thread(target=seal_meanwhile)
        thread.start()
        thread.join(0.5)
        assert sealed == []
    thread.join(20)
    assert sealed == [2]
    assert told(actor) == []
