"""Taking rows out as a table: permitted, audited, streamed, safe in a spreadsheet and readable again."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from django.db.models import Count, QuerySet

from core.audit.ledger import record
from core.spreadsheet import csv_lines
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.writing import writes

CHUNK = 2000
BYTE_ORDER_MARK = "\ufeff"

Row = dict[str, Any]
Extras = Mapping[str, Callable[[Sequence[Row]], list[str]]]
"""Columns that aren't the row's own (tags): name → the cells of a chunk of rows."""


@writes(Permission.EXPORT)
def export_rows(*, actor: Actor, rows: "QuerySet[Any]", noun: str, columns: Mapping[str, str], extras: Extras) -> Iterator[str]:
    """
    The CSV (UTF-8 with a byte order mark, which spreadsheets need to see accents) of `columns`: header → path from the row.

    In constant memory. The audit of every organization and environment that rows are taken from keeps who took how many, and which
    columns. Raises Forbidden.
    """
    for place in rows.order_by().values("organization_id", "environment").annotate(count=Count("pk")):
        there = _there(actor, place)
        record(there, f"{noun}.exported", changes={"columns": (None, sorted(columns)), "rows": (None, place["count"])})
    return _lines(rows, columns, extras)


def _there(actor: Actor, place: Mapping[str, Any]) -> Actor:
    if place["organization_id"] == actor.organization.pk:
        return replace(actor, environment=place["environment"])
    return replace(actor, organization=Organization.objects.get(pk=place["organization_id"]), environment=place["environment"])


def _lines(rows: "QuerySet[Any]", columns: Mapping[str, str], extras: Extras) -> Iterator[str]:
    paths = {path for header, path in columns.items() if header not in extras}
    found = rows.select_related(None).values("pk", *paths).iterator(chunk_size=CHUNK)
    yield BYTE_ORDER_MARK
    yield from csv_lines(list(columns), _cells(found, columns, extras))


def _cells(found: Iterator[Row], columns: Mapping[str, str], extras: Extras) -> Iterable[Sequence[Any]]:
    while chunk := list(islice(found, CHUNK)):
        more = {header: extras[header](chunk) for header in columns if header in extras}
        for place, row in enumerate(chunk):
            yield [more[header][place] if header in more else cell_of(row[path]) for header, path in columns.items()]


def cell_of(value: Any) -> Any:
    """A value in the form in which imports read it back the same."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return value
