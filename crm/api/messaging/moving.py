"""Customers taken in and out by the thousand: bulk import, export as JSON or CSV."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from core.errors import DomainError, Fault, Invalid
from core.exports.services import export
from core.spreadsheet import csv_lines
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from crm.api.kernel.credentials import actor_of_token, api_key, bearer
from crm.api.kernel.downloads import attachment
from crm.api.kernel.json import dumps
from crm.api.kernel.words import Unreadable
from crm.api.messaging import examples
from crm.api.messaging.base import MessagingView, answer, success
from crm.api.messaging.customers import refuse_without_phone
from crm.api.messaging.errors import sentence
from crm.api.messaging.queries import ExportQuery, conditions, order
from crm.api.messaging.words import MessagingCustomerWords
from customers.services.bulk_creation import RowCreation, RowOutcome, create_customers
from customers.tables import CUSTOMERS

MOST_IN_IMPORT = 10_000
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


def query_token(request: HttpRequest) -> Actor | None:
    """
    The person whose access token stands in the address, for downloads that a browser opens. Raises
    Unauthenticated.
    """
    token = request.GET.get("token")
    return None if token is None else actor_of_token(token)


class CustomerExport(MessagingView):
    credentials = (bearer, api_key, query_token)
    allowances = {"GET": ["export"]}

    @extend_schema(
        operation_id="messaging_export_customers",
        parameters=[ExportQuery],
        responses={
            (200, "application/json"): answer(
                "Export", customers=MessagingCustomerWords(many=True)
            ),
            (200, "text/csv"): str,
        },
    )
    def get(self, request: Any) -> HttpResponseBase:
        self.allow(export)
        query = self.query(ExportQuery)
        plan = MessagingCustomerWords.plan()
        keys = CSV_COLUMNS if query["format"] == "csv" else tuple(plan)
        rows = export(
            actor=self.actor,
            resource="customers",
            columns=_columns(plan[key] for key in keys),
            conditions=conditions(query),
            order=order(),
        ).dicts()
        if query["format"] == "csv":
            lines = ([_cell(plan[key].show(row)) for key in CSV_COLUMNS] for row in rows)
            return attachment(
                csv_lines(CSV_COLUMNS, lines, quote_all=True), "text/csv", "customers.csv"
            )
        return StreamingHttpResponse(
            _document(MessagingCustomerWords.show(row) for row in rows),
            content_type="application/json",
        )


def _columns(words: Iterable[Any]) -> dict[str, str]:
    """What the words need of a row → the column of the customers' table that gives it."""
    needed = {
        name: None
        for word in words
        for name in (word.columns() if callable(word.columns) else word.columns)
    }
    return {
        name: name if name in CUSTOMERS.columns else name.removesuffix("_id")
        for name in [*needed, "tags"]
    }


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


_ROW = {"index": serializers.IntegerField(), "phoneNumber": serializers.CharField(allow_null=True)}
_KEY = serializers.CharField(allow_null=True)

_IMPORTED = answer(
    "ImportAnswer",
    results=inline_serializer(
        "MessagingImportResults",
        {name: serializers.IntegerField() for name in ("imported", "duplicates", "failed")},
    ),
    details=inline_serializer(
        "MessagingImportDetails",
        {
            "success": inline_serializer("MessagingImportedRow", {**_ROW, "_id": _KEY}, many=True),
            "duplicates": inline_serializer(
                "MessagingDuplicateRow",
                {**_ROW, "_id": _KEY, "reason": serializers.CharField()},
                many=True,
            ),
            "failed": inline_serializer(
                "MessagingFailedRow",
                {**_ROW, "reason": serializers.CharField(), "details": serializers.DictField()},
                many=True,
            ),
        },
    ),
)


class CustomerImport(MessagingView):
    allowances = {"POST": ["bulk"]}

    @extend_schema(
        operation_id="messaging_import_customers",
        request=inline_serializer(
            "MessagingImport", {"customers": MessagingCustomerWords(many=True)}
        ),
        responses={200: _IMPORTED, 201: _IMPORTED},
        examples=examples.IMPORT,
    )
    def post(self, request: Any) -> Response:
        """
        Up to 10,000 customers, answered row by row; a repeated phone is a duplicate of the first.
        200 when none of them was new.
        """
        self.nothing_asked()
        self.actor.require(Permission.IMPORT)
        given = self._rows()
        return self.once(lambda: self._answer(given, self._import(given)))

    def _rows(self) -> list[Any]:
        data = self.request.data if isinstance(self.request.data, dict) else {}
        faults = {key: [Fault("unknown", "Unknown field.")] for key in data if key != "customers"}
        given = data.get("customers")
        if not isinstance(given, list) or not 0 < len(given) <= MOST_IN_IMPORT:
            faults["customers"] = [
                Fault("invalid_list", f"Must be a list of 1 to {MOST_IN_IMPORT} customers.")
            ]
        if faults:
            raise Unreadable(faults)
        return list(given or [])

    def _import(self, given: list[Any]) -> list[RowCreation]:
        """What became of each row; rows that can't be read never reach the domain."""
        results: dict[int, RowCreation] = {}
        readable: dict[int, dict[str, Any]] = {}
        for place, item in enumerate(given):
            try:
                readable[place] = _read(item)
            except Unreadable as unreadable:
                results[place] = RowCreation(RowOutcome.FAILED, error=unreadable)
        created = create_customers(actor=self.actor, rows=list(readable.values()))
        results |= dict(zip(readable, created, strict=True))
        return [results[place] for place in range(len(given))]

    def _answer(self, given: list[Any], results: list[RowCreation]) -> Response:
        details: dict[RowOutcome, list[dict[str, Any]]] = {outcome: [] for outcome in RowOutcome}
        for place, (item, result) in enumerate(zip(given, results, strict=True)):
            phone = item.get("phoneNumber") if isinstance(item, dict) else None
            details[result.outcome].append(
                {
                    "index": place,
                    "phoneNumber": None if phone is None else str(phone),
                    **_told(result),
                }
            )
        imported, duplicates, failed = (
            details[outcome]
            for outcome in (RowOutcome.CREATED, RowOutcome.DUPLICATE, RowOutcome.FAILED)
        )
        return success(
            201 if imported else 200,
            results={
                "imported": len(imported),
                "duplicates": len(duplicates),
                "failed": len(failed),
            },
            details={"success": imported, "duplicates": duplicates, "failed": failed},
        )


def _read(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise Unreadable({"": [Fault("invalid_object", "Must be an object.")]})
    values = MessagingCustomerWords.read(item)
    refuse_without_phone(values)
    return values


def _told(result: RowCreation) -> dict[str, Any]:
    told: dict[str, Any] = (
        {} if result.outcome == RowOutcome.FAILED else {"_id": result.customer_id}
    )
    if result.error is not None:
        told["reason"] = _reason(result.error)
    if isinstance(result.error, Invalid):
        told["details"] = {
            _key(result.error, name): [fault.message for fault in faults]
            for name, faults in result.error.faults.items()
        }
    elif result.outcome == RowOutcome.FAILED:
        told["details"] = {}
    return told


def _reason(error: DomainError) -> str:
    """One sentence a row: what is wrong, field by field."""
    if not isinstance(error, Invalid):
        return sentence(error)
    return "; ".join(
        f"{_key(error, name)}: {fault.message}" if name else fault.message
        for name, faults in error.faults.items()
        for fault in faults
    )


def _key(error: Invalid, name: str) -> str:
    return name if isinstance(error, Unreadable) else MessagingCustomerWords.key_of(name)
