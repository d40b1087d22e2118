"""Customers taken in and out by the thousand: bulk import, export as JSON or CSV."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse

from core.errors import DomainError, Invalid
from core.exports.services import export
from core.spreadsheet import csv_lines
from core.tenancy.actor import Actor
from crm.api.kernel.custom_fields import OF_ITS_OWN
from crm.api.kernel.downloads import attachment
from crm.api.kernel.handling import without_unknown
from crm.api.kernel.json import dumps
from crm.api.kernel.serializers import InvalidInput, Row
from crm.api.messaging.exceptions import sentence
from crm.api.messaging.filters import get_ordering
from crm.api.messaging.serializers.customers import (
    MessagingCustomerImportSerializer,
    MessagingCustomerSerializer,
)
from customers.filters import CustomerConditions
from customers.services.bulk_creation import RowCreation, RowOutcome, create_customers
from customers.tables import CUSTOMERS

CSV_COLUMNS = (
    "phoneNumber",
    "firstName",
    "lastName",
    "email",
    "status",
    "segment",
    "tags",
    "notes",
    "createdAt",
    "lastInteraction",
)
CHUNK = 500


def export_csv(*, actor: Actor, conditions: CustomerConditions) -> StreamingHttpResponse:
    """The documented columns, streamed. Raises Forbidden."""
    plan = MessagingCustomerSerializer.plan()
    fields = [plan.fields[key] for key in CSV_COLUMNS]
    names = [name for field in fields for name in field.columns]  # type: ignore[attr-defined]
    lines = (
        [_cell(field.to_representation(field.get_attribute(row))) for field in fields]
        for row in _rows(actor, names, conditions)
    )
    pieces = csv_lines(CSV_COLUMNS, lines, quote_all=True)
    return attachment(pieces, "text/csv", "customers.csv")


def export_json(*, actor: Actor, conditions: CustomerConditions) -> StreamingHttpResponse:
    """Whole customers, streamed; sensitive values are masked. Raises Forbidden."""
    plan = MessagingCustomerSerializer.plan()
    columns = [name for name in plan.columns if name != OF_ITS_OWN]
    shown = map(plan.show, _rows(actor, columns, conditions))
    return StreamingHttpResponse(_document(shown), content_type="application/json")


def _rows(actor: Actor, names: Iterable[str], conditions: CustomerConditions) -> Iterator[Row]:
    """The rows with what is needed of them, from the columns of the customers' table."""
    columns = {
        name: name if name in CUSTOMERS.columns else name.removesuffix("_id")
        for name in dict.fromkeys([*names, "tags"])
    }
    return export(
        actor=actor,
        resource="customers",
        columns=columns,
        conditions=conditions,
        order=get_ordering(),
    ).dicts()


def _cell(value: Any) -> Any:
    return ";".join(value) if isinstance(value, list) else "" if value is None else value


def _document(shown: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """`{"success": true, "customers": […]}` in pieces, whatever its size."""
    yield b'{"success":true,"customers":['
    separator = b""
    while chunk := list(islice(shown, CHUNK)):
        yield separator + dumps(chunk)[1:-1]
        separator = b","
    yield b"]}"


_READER = MessagingCustomerImportSerializer()


def without_unknown_keys(rows: list[Any]) -> tuple[list[Any], list[str]]:
    """The rows without the keys that nobody knows, and the names of these."""
    read = [without_unknown(_READER, row) for row in rows]
    return [row for row, _ in read], list(
        dict.fromkeys(name for _, names in read for name in names)
    )


def import_rows(*, actor: Actor, rows: list[Any]) -> list[RowCreation]:
    """
    What became of each row; rows that can't be read never reach the domain. Raises Forbidden.
    """
    results: dict[int, RowCreation] = {}
    readable: dict[int, dict[str, Any]] = {}
    for place, item in enumerate(rows):
        try:
            readable[place] = _READER.run_validation(item)
        except InvalidInput as invalid:
            results[place] = RowCreation(RowOutcome.FAILED, error=invalid)
    created = create_customers(actor=actor, rows=list(readable.values()))
    results |= dict(zip(readable, created, strict=True))
    return [results[place] for place in range(len(rows))]


def describe_import(rows: list[Any], results: list[RowCreation]) -> dict[str, Any]:
    """The documented answer: how many, and each row by its outcome."""
    details: dict[RowOutcome, list[dict[str, Any]]] = {outcome: [] for outcome in RowOutcome}
    for place, (item, result) in enumerate(zip(rows, results, strict=True)):
        phone = item.get("phoneNumber") if isinstance(item, dict) else None
        shown = {"index": place, "phoneNumber": None if phone is None else str(phone)}
        details[result.outcome].append({**shown, **_describe(result)})
    imported, duplicates, failed = (
        details[outcome]
        for outcome in (RowOutcome.CREATED, RowOutcome.DUPLICATE, RowOutcome.FAILED)
    )
    return {
        "success": True,
        "results": {
            "imported": len(imported),
            "duplicates": len(duplicates),
            "failed": len(failed),
        },
        "details": {"success": imported, "duplicates": duplicates, "failed": failed},
    }


def _describe(result: RowCreation) -> dict[str, Any]:
    failed = result.outcome == RowOutcome.FAILED
    shown: dict[str, Any] = {} if failed else {"_id": result.customer_id}
    if result.error is not None:
        shown["reason"] = _reason(result.error)
    if failed:
        shown["details"] = _messages(result.error)
    return shown


def _messages(error: DomainError | None) -> dict[str, list[str]]:
    """What is wrong with each key."""
    if not isinstance(error, Invalid):
        return {}
    return {
        _key(error, name): [fault.message for fault in faults]
        for name, faults in error.faults.items()
    }


def _reason(error: DomainError) -> str:
    """One sentence a row: what is wrong, field by field."""
    if not isinstance(error, Invalid):
        return sentence(error)
    return "; ".join(
        f"{key}: {message}" if key else message
        for key, messages in _messages(error).items()
        for message in messages
    )


def _key(error: Invalid, name: str) -> str:
    return name if isinstance(error, InvalidInput) else _READER.key_of(name)
