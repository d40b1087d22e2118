"""
A file with faults whose worker is killed half way: every row is written once or named, and what was
written is taken back until nothing tells that it was ever there.
"""

import csv
import io
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.live.stack import Client, Stack, wait_for
from tests.prove.conftest import MOVED_BY_TIME, check_figures, record_proof, size_of

ROWS = size_of("LINES", quick=6_000, full=100_000)
UNDER_WAY = ("checking", "running", "undoing")
OUTCOMES = ("created", "updated", "skipped", "suppressed", "conflicting", "failed")
MOST_SECONDS = 120 + ROWS // 100
"""For a file, its kill included."""
MOST_GROWTH = 100
"""Megabytes by which a worker may grow between the first rows of a file and the last."""

ERASE = """
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from customers.models import Customer
from customers.services.erasure import erase_customer
organization = Organization.objects.get(slug="demo")
rows = Customer.objects.unscoped().filter(organization=organization, environment="live")
free = rows.filter(deleted_at=None, merged_into=None, total_appointments=0)
row = free.exclude(email="").order_by("-id").first()
actor = Actor.system(organization=organization, label="proof", environment="live")
erase_customer(actor=actor, customer_id=row.pk, ground="request")
print(row.email)
"""

OF_TENANT = "{0}.organization_id = %(organization)s AND {0}.environment = 'live'"
LIVING = "SELECT id FROM customers_customer WHERE deleted_at IS NULL"
TABLES = {
    "customers_customer": "deleted_at IS NULL",
    "customers_customertag": f"customer_id IN ({LIVING})",
    "customers_identity": f"customer_id IN ({LIVING})",
    "customers_project": "TRUE",
    "customers_transaction": "TRUE",
    "customers_loyaltyentry": "TRUE",
    "interactions_interaction": "TRUE",
    "appointments_appointment": "TRUE",
}
MOVED_ON = {"version", "updated_at", *MOVED_BY_TIME}
MADE_ANEW = {"customers_customertag": {"id"}, "customers_identity": {"id"}}
"""Rows that go with a change and come again when it is taken back."""


class Tables:
    """What an organization's business rows say, read beneath the product."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection
        row = self.one("SELECT id FROM tenancy_organization WHERE slug = 'demo'")
        self.organization = row[0]

    def one(self, sql: str, **given: Any) -> Any:
        return self.connection.execute(sql, given).fetchone()

    def checksums(self) -> dict[str, tuple[int, str]]:
        """Table → how many rows, and a sum over all that they hold."""
        return {table: self._checksum(table, where) for table, where in TABLES.items()}

    def _checksum(self, table: str, where: str) -> tuple[int, str]:
        left_out = sorted(MOVED_ON | MADE_ANEW.get(table, set()))
        count, total = self.one(
            f"SELECT count(*), md5(coalesce(string_agg(line, '' ORDER BY line), '')) FROM ("
            f"SELECT md5((to_jsonb({table}) - %(left_out)s::text[])::text) AS line FROM {table} "
            f"WHERE {OF_TENANT.format(table)} AND {where}) lines",
            organization=self.organization,
            left_out=left_out,
        )
        return count, total

    def people(self, number: int) -> list[tuple[str, str]]:
        """E-mail and phone of so many living customers, full hundreds of them."""
        rows = self.connection.execute(
            "SELECT email, phone FROM customers_customer WHERE deleted_at IS NULL AND email <> '' "
            f"AND phone <> '' AND {OF_TENANT.format('customers_customer')} ORDER BY id LIMIT "
            "%(number)s",
            {"organization": self.organization, "number": number},
        )
        found = list(rows.fetchall())
        return found[: len(found) // 100 * 100]

    def written(self, import_id: str) -> int:
        """How many rows are done; their outcomes add up to them at any moment."""
        counts = self.one(
            f"SELECT rows, {', '.join(OUTCOMES)} FROM imports_fileimport WHERE id = %(id)s",
            id=import_id,
        )
        assert counts[0] == sum(counts[1:]), counts
        told = self.one(
            "SELECT count(*), count(DISTINCT line) FROM imports_fileimportrow WHERE "
            "file_import_id = %(id)s",
            id=import_id,
        )
        assert told[0] == told[1] >= counts[0], (told, counts)
        return int(counts[0])

    def job(self, import_id: str, column: str) -> Any:
        sql = f"SELECT {column}_job_id FROM imports_fileimport WHERE id = %(id)s"
        return self.one(sql, id=import_id)[0]

    def entries(self, job: Any) -> Counter[str]:
        """Act → how many entries of the audit are the job's."""
        rows = self.connection.execute(
            "SELECT action, count(*) FROM audit_auditentry WHERE change_set_id = %s GROUP BY 1",
            [job],
        )
        return Counter(dict(rows.fetchall()))


def file_of(people: list[tuple[str, str]], erased: str, percent: int) -> tuple[str, Counter[str]]:
    """The file, of which no two cases bring the same, and what is to become of its rows."""
    mark = f"k{percent}"
    text, expected = io.StringIO(), Counter[str]()
    writer = csv.writer(text)
    writer.writerow(["first_name", "last_name", "email", "phone", "city"])
    for number in range(ROWS):
        email, _ = people[number % len(people)]
        outcome, row = {
            0: ("failed", ["Bad", "Row", "nobody@", "", ""]),
            1: ("conflicting", ["", "", email, people[(number + 7) % len(people)][1], "Troy"]),
            2: ("skipped", ["", "", email, "", ""]),
            3: ("suppressed", ["Gone", "", erased, "", ""]),
        }.get(number % 100) or (
            ("updated", ["", "", email, "", f"{mark} {number}"])
            if number % 100 < 34
            else (
                "created",
                ["N", mark, f"{mark}{number}@prove.example", f"+447{percent // 10}{number:08}", ""],
            )
        )
        expected[outcome] += 1
        writer.writerow(row)
    return text.getvalue(), expected


class Import:
    """One file on its way through the API; at the end of the block nothing of it goes on."""

    def __init__(self, client: Client, text: str) -> None:
        self.client = client
        answer = client.post("/api/imports", {"resource": "customers", "text": text})
        assert answer.status_code == 202, answer.text
        self.id = str(answer.json()["data"]["id"])

    def __enter__(self) -> "Import":
        return self

    def __exit__(self, *failure: object) -> None:
        if self.row()["state"] in UNDER_WAY:
            self.start("cancel")
            self._wait("its end")

    def row(self) -> dict[str, Any]:
        row: dict[str, Any] = self.client.get(f"/api/imports/{self.id}").json()["data"]
        return row

    def wait(self, state: str) -> dict[str, Any]:
        self._wait(state)
        row = self.row()
        assert row["state"] == state, row
        return row

    def _wait(self, what: str) -> None:
        wait_for(
            lambda: self.row()["state"] not in UNDER_WAY,
            seconds=MOST_SECONDS,
            what=lambda: f"{what}: {self.row()}",
            every=0.3,
        )

    def start(self, act: str) -> None:
        answer = self.client.post(f"/api/imports/{self.id}/{act}")
        assert answer.status_code in (200, 202), answer.text


def killed(stack: Stack, done: Callable[[], int], wanted: int, what: str) -> tuple[int, float]:
    """
    The worker of long work and its children, once so much is done; and another one. Returns how
    much was done by then, and for how many seconds nobody worked: until more is done.
    """
    wait_for(lambda: done() >= wanted, seconds=MOST_SECONDS, what=lambda: what, every=0.02)
    stack.kill("long")
    began, at = time.monotonic(), done()
    stack.start("long")
    wait_for(lambda: done() > at, seconds=MOST_SECONDS, what=lambda: f"more than {at}", every=0.05)
    return at, time.monotonic() - began


def memory_of(stack: Stack) -> int:
    """Megabytes that the largest of the processes for long work has had at most."""
    told = [Path(f"/proc/{pid}/status").read_text() for pid in stack.children("long")]
    return max(int(text.split("VmHWM:")[1].split()[0]) for text in told) // 1024


@pytest.fixture
def tables(full: Stack) -> Iterator[Tables]:
    with psycopg.connect(full.environment["DATABASE_URL"], autocommit=True) as connection:
        yield Tables(connection)


@pytest.mark.parametrize("percent", [10, 50, 90])
def test_a_killed_import_writes_every_row_once_and_is_taken_back_whole(
    full: Stack, tables: Tables, percent: int
) -> None:
    erased = full.run(ERASE).splitlines()[-1]
    before = tables.checksums()
    text, expected = file_of(tables.people(ROWS * 2 // 5), erased, percent)
    with Import(full.client(), text) as work:
        checked = work.wait("checked")
        assert {name: checked[name] for name in OUTCOMES} == dict(expected), checked
        assert tables.checksums() == before, "a check keeps nothing"

        began = time.monotonic()
        work.start("run")
        at, idle = killed(
            full, lambda: tables.written(work.id), ROWS * percent // 100, f"{percent} % of {ROWS}"
        )
        assert at < ROWS, "it was killed while it ran"
        first = memory_of(full)
        done = work.wait("succeeded")
        ran = time.monotonic() - began - idle
        assert {name: done[name] for name in OUTCOMES} == dict(expected)
        assert tables.written(work.id) == ROWS
        entries = tables.entries(tables.job(work.id, "run"))
        assert entries["customer.created"] == expected["created"]
        assert entries["customer.updated"] == expected["updated"]
        assert tables.checksums() != before

        began, idle = time.monotonic(), 0
        work.start("undo")
        if percent == 50:
            undoing = tables.job(work.id, "undo")
            half = (expected["created"] + expected["updated"]) // 2
            _, idle = killed(
                full, lambda: tables.entries(undoing).total(), half, "half of the undo"
            )
        work.wait("undone")
        undone = time.monotonic() - began - idle
        grown = memory_of(full) - first
        after = tables.checksums()
        assert after == before, {name: (before[name], after[name]) for name in before}
        assert undone <= 2 * ran, (ran, undone)
        assert grown < MOST_GROWTH, f"{first} MB and {grown} more"
    check_figures(full)
    again = " and while taking them back" if percent == 50 else ""
    record_proof(
        13,
        f"{ROWS:,} rows, 1 % each wrong, conflicting, of somebody erased and without news, the "
        f"worker killed at {at:,}{again}: every row once, and after the undo checksums of all "
        f"business rows as before; written in {ran:.0f} s of work, undone in {undone:.0f} s, the "
        f"worker grown by {max(grown, 0)} MB",
    )
