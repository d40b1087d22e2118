"""Creating and updating one customer, against the bare statements in one transaction."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from bench import client
from bench.measuring import Line, at_most, raw, sql
from bench.naive import ordinary as naive
from bench.reading import floor
from core.ids import new_id
from core.tenancy.models import Organization

TABLES = ("customers_customer", "audit_auditentry", "audit_outboxevent")


class Statements:
    """Rows like those that the product has just written, put in again under other keys."""

    def __init__(self) -> None:
        self.connection = raw()
        self.numbers = itertools.count(1)
        self.templates: dict[str, dict[str, Any]] = {}
        for table in TABLES:
            self.templates[table] = (
                self.connection.execute(
                    f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1"
                ).fetchone()
                or {}
            )

    def insert(self, table: str, **changed: Any) -> None:
        row = {**self.templates[table], "id": new_id(), **changed}
        values = [
            Jsonb(value) if isinstance(value, dict | list) else value for value in row.values()
        ]
        self.connection.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})",
            values,
        )

    def create(self) -> None:
        number = next(self.numbers)
        contact = {
            "email": f"raw{number}@bench.example",
            "email_key": f"raw{number}@bench.example",
            "phone": f"+1906{number:07}",
        }
        with self.connection.transaction():
            self.insert("customers_customer", **contact, external_id="")
            self.insert("audit_auditentry")
            self.insert("audit_outboxevent")

    def update(self, key: UUID) -> None:
        with self.connection.transaction():
            self.connection.execute(
                "SELECT * FROM customers_customer WHERE id = %s FOR NO KEY UPDATE", [key]
            )
            self.connection.execute(
                "UPDATE customers_customer SET notes = %s, version = version + 1, updated_at = %s "
                "WHERE id = %s",
                [f"Called {next(self.numbers)}", dt.datetime.now(dt.UTC), key],
            )
            self.insert("audit_auditentry")
            self.insert("audit_outboxevent")


def measured() -> Iterator[Line]:
    numbers = itertools.count(1)

    def values() -> dict[str, str]:
        number = next(numbers)
        return {
            "first_name": "Bench",
            "last_name": f"Mark{number}",
            "email": f"ours{number}@bench.example",
            "phone": f"989{number:07}",
        }

    def create() -> None:
        client.call("POST", "/api/customers", values())

    create()
    statements = Statements()
    yield at_most(
        "create a customer",
        create,
        statements.create,
        floor=floor,
        bar=4,
        ordinary=naive("post", body=values, act="create"),
        repeat=60,
    )
    demo = Organization.objects.get(slug="demo").pk
    found = sql(
        "SELECT id FROM customers_customer WHERE organization_id = %s AND environment = 'live' "
        "AND deleted_at IS NULL "
        "ORDER BY md5(id::text) LIMIT 400",
        [demo],
    )
    mine, theirs = (
        itertools.cycle([row[0] for row in found[:200]]),
        itertools.cycle([row[0] for row in found[200:]]),
    )
    yield at_most(
        "update a customer",
        lambda: client.call(
            "PATCH", f"/api/customers/{next(mine)}", {"notes": f"Called {next(numbers)}"}
        ),
        lambda: statements.update(next(theirs)),
        floor=floor,
        bar=4,
        ordinary=naive(
            "patch",
            body=lambda: {"notes": f"Called {next(numbers)}"},
            act="partial_update",
            pk=found[0][0],
        ),
        repeat=60,
    )
