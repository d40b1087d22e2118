"""
Importing a file of customers (read, validated, matched, audited, with figures), against bare COPY
into a staging table and against import-export's own way of saving rows one by one; and taking a
file back, against the time in which it was imported.

What is compared are dry runs, which are the whole run rolled back; what is taken back was written.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from import_export.resources import ModelResource
from tablib import Dataset

from bench.measuring import Line, clock, peak, rates, raw, sql
from core.audit.models import AuditEntry, OutboxEvent
from core.changes.services import undo_in_batches
from core.imports.uploads import Upload, read_upload
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from customers.imports.customers import import_customers
from customers.models import Customer, Identity, PendingComparison

ROWS = 20_000
"""A fifth of what a file may have."""

SAMPLE = 300
COLUMNS = ("first_name", "last_name", "email", "phone", "city", "state", "postal_code", "source")


def rows() -> list[tuple[str, ...]]:
    cities = ("Detroit", "Troy", "Novi", "Canton")
    return [
        (
            "Bench",
            f"Import{number}",
            f"import{number}@bench.example",
            f"+1947{number:07}",
            cities[number % 4],
            "MI",
            "48124",
            "referral",
        )
        for number in range(ROWS)
    ]


def upload(data: list[tuple[str, ...]]) -> Upload:
    file = io.StringIO()
    csv.writer(file).writerows([COLUMNS, *data])
    return read_upload(file.getvalue().encode())


def copied(data: list[tuple[str, ...]]) -> None:
    with raw() as connection, connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE staging ({', '.join(f'{name} text' for name in COLUMNS)})"
        )
        with cursor.copy(f"COPY staging ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in data:
                copy.write_row(row)


class OneByOne(ModelResource):
    """What import-export does by itself: each row is looked up by its e-mail, and saved."""

    class Meta:
        model = Customer
        fields = COLUMNS
        import_id_fields = ("email",)

    def get_queryset(self) -> "QuerySet[Customer]":
        return Customer.objects.unscoped()

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        instance.organization = Organization.objects.get(slug="demo")
        instance.email_key = instance.email


def saved(data: list[tuple[str, ...]]) -> None:
    result = OneByOne().import_data(
        Dataset(*data, headers=COLUMNS), dry_run=True, use_transactions=True, raise_errors=True
    )
    assert result.totals["new"] == len(data)


def system() -> Actor:
    """With a change set of its own."""
    organization = Organization.objects.get(slug="demo")
    return Actor.system(organization=organization, label="benchmark", environment=Environment.LIVE)


TRAIL = {
    Customer: "id",
    Identity: "customer_id",
    AuditEntry: "subject_id",
    OutboxEvent: "customer_id",
    PendingComparison: "customer_id",
}
"""What an import writes, and the column that names the customer."""


def inserted(change_set: UUID) -> float:
    """
    The seconds in which PostgreSQL inserts what the change set made, taken out before: the same
    rows into the same indexes. All of it is rolled back.
    """
    made = "SELECT subject_id FROM made"
    with transaction.atomic():
        sql(
            "CREATE TEMP TABLE made ON COMMIT DROP AS "
            f"SELECT subject_id FROM {AuditEntry._meta.db_table} "
            "WHERE change_set_id = %s AND action = 'customer.created'",
            [change_set],
        )
        for place, (model, column) in enumerate(TRAIL.items()):
            rows = f"{model._meta.db_table} WHERE {column} IN ({made})"
            sql(f"CREATE TEMP TABLE kept_{place} ON COMMIT DROP AS SELECT * FROM {rows}")
            sql(f"DELETE FROM {rows}")
        again = [
            f"INSERT INTO {model._meta.db_table} SELECT * FROM kept_{place}"
            for place, model in enumerate(TRAIL)
        ]
        taken = clock(lambda: [sql(statement) for statement in again])
        transaction.set_rollback(True)
    return taken


def written_and_taken_back(file: Upload) -> Iterator[Line]:
    writing, undoing = system(), system()
    with peak() as grown:
        written = clock(lambda: import_customers(actor=writing, upload=file))
        least = inserted(writing.change_set)
        undone = clock(
            lambda: undo_in_batches(
                actor=undoing, set_id=writing.change_set, progress=lambda done, total: None
            )
        )
    yield Line(
        "… written, against INSERT … SELECT",
        written * 1000,
        least * 1000,
        "ms",
        written / least,
        None,
        note="the limit is PostgreSQL's part: the same rows, addresses and trail, all indexes",
    )
    note = (
        f"the limit is the import itself; {ROWS / undone:,.0f} rows/s, memory + {grown[0]:.0f} MB"
    )
    name = f"an import of {ROWS:,} taken back"
    yield Line(name, undone * 1000, written * 1000, "ms", undone / written, 2, note=note)


def measured() -> Iterator[Line]:
    actor = system()
    data = rows()
    file = upload(data)

    def imported() -> None:
        report = import_customers(actor=actor, upload=file, dry_run=True)
        assert report.counts["created"] == ROWS, report.counts

    bare, naive = [clock(lambda: copied(data))], [clock(lambda: saved(data[:SAMPLE]))]
    with peak() as grown:
        ours = [clock(imported)]
    bare.append(clock(lambda: copied(data)))
    naive.append(clock(lambda: saved(data[:SAMPLE])))
    ours.append(clock(imported))
    mine, least = sum(ours) / 2, sum(bare) / 2
    note = f"{ROWS / mine:,.0f} rows/s, memory + {grown[0]:.0f} MB, report included"
    yield Line(f"import of {ROWS:,}", mine * 1000, least * 1000, "ms", mine / least, 25, note=note)
    yield rates(
        "… against import-export",
        ROWS / mine,
        2 * SAMPLE / sum(naive),
        bar=40,
        note=f"a sample of {SAMPLE}",
    )
    yield from written_and_taken_back(file)
