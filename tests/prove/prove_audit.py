"""The audit trail: every listed act has its entry; many are sealed, and tampering is found."""

import random
import re
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from core.audit.ledger import entry
from core.audit.models import AuditEntry, SealedEntry
from core.audit.sealing import seal
from core.audit.verifying import verify
from core.identity.services import actor_of
from core.ids import new_id
from core.inserting import insert
from crm.pages.acts import ACTS
from tests.cast import Cast
from tests.database_role import as_owner
from tests.live.stack import ROOT
from tests.prove.conftest import record_proof, size_of

ENTRIES = size_of("ENTRIES", quick=50_000, full=1_000_000)
SOURCES = ("core", "customers", "interactions", "appointments", "analytics", "crm")


def _text() -> str:
    """The sources, without the tables that name the acts."""
    files = [path for app in SOURCES for path in (ROOT / app).rglob("*.py")]
    wanted = [path for path in files if path.name not in ("audit.py", "acts.py")]
    return "\n".join(path.read_text() for path in wanted if "migrations" not in path.parts)


def test_every_listed_act_is_recorded_somewhere() -> None:
    text = _text()
    # "job.{kind}", "{noun}.exported", and what `owned_rows` calls the acts of its rows
    made = re.findall(r'f"([a-z_]+\.\{[^"\s]*|\{[^"\s]*\}\.[a-z_]+)"', text)
    made += [f"{{noun}}.{act}" for act in re.findall(r'_record\("([a-z]+)"', text)]
    patterns = [re.compile(re.sub(r"\\{.*?\\}", "[a-z_]+", re.escape(each))) for each in made]
    missing = [
        act
        for act in ACTS
        if f'"{act}"' not in text and not any(each.fullmatch(act) for each in patterns)
    ]
    assert missing == []
    record_proof(23, f"{len(ACTS)} listed acts, each recorded")


@pytest.mark.django_db(transaction=True)
def test_many_entries_are_sealed_and_an_altered_one_is_found(cast: Cast) -> None:
    actor, chance = actor_of(cast.alice), random.Random(23)
    customer = new_id()
    for start in range(0, ENTRIES, 5000):
        insert(
            [
                entry(
                    actor,
                    "customer.updated",
                    customer_id=customer,
                    changes={"city": ("Troy", f"Detroit {number}")},
                )
                for number in range(start, min(start + 5000, ENTRIES))
            ]
        )
    begun = time.perf_counter()
    assert seal(actor=actor) >= ENTRIES
    sealing = time.perf_counter() - begun
    before, begun = _memory(), time.perf_counter()
    report = verify(actor=actor)
    verifying = time.perf_counter() - begun
    grown = (_memory() - before) // 1024
    assert report.is_sound
    assert report.entries >= ENTRIES
    with as_owner():  # nobody else can
        found = _altered(actor, chance)
    record_proof(
        23,
        f"{report.entries:,} entries sealed in {sealing:.0f} s, verified in {verifying:.0f} s with "
        f"{grown} MB more memory; {found} alterations of one row, each found",
    )


def _altered(actor: Any, chance: random.Random) -> int:
    """Each column of some row changed in the database alone: verifying names that row."""
    table = connection.ops.quote_name(AuditEntry._meta.db_table)
    keys = list(AuditEntry.objects.for_actor(actor).values_list("pk", flat=True)[:5000])
    acts = {
        "changes": '{"city": ["Troy", "elsewhere"]}',
        "action": "customer.created",
        "actor_label": "nobody@acme.test",
        "address": "192.0.2.77",
        "customer_id": str(new_id()) if connection.vendor == "postgresql" else new_id().hex,
    }
    for column, value in acts.items():
        key = chance.choice(keys)
        before = AuditEntry.objects.unscoped().values_list(column, flat=True).get(pk=key)
        _set(table, column, value, key)
        told = verify(actor=actor).told
        assert told == [f"Entry {key} was altered; it is under seal {_seal_of(key)}."], column
        row = AuditEntry.objects.unscoped().get(pk=key)
        setattr(row, column, before)
        row.save(update_fields=[column])
    return len(acts)


def _set(table: str, column: str, value: str, key: UUID) -> None:
    shown = str(key) if connection.vendor == "postgresql" else key.hex
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, shown])


def _seal_of(key: UUID) -> int:
    return SealedEntry.objects.unscoped().get(pk=key).number


def _memory() -> int:
    """Kilobytes of this process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0
