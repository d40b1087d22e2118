"""Exports and other work in the background."""

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.fields import empty

from core.exports.files import expires_at
from core.exports.streaming import Format
from core.exports.tables import choose, table
from core.jobs.models import Job, JobState
from crm.api.kernel.filters import our_ids
from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    RequestSerializer,
    Row,
)
from crm.api.roofing.serializers.customers import CUSTOMER_COLUMNS
from customers.services.jobs import start_recalculation

_TEXT = {"type": "string"}
_COUNT = {"type": ["integer", "null"], "minimum": 0}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}


class FormatField(serializers.ChoiceField):
    default_error_messages = {
        "invalid_choice": f"“{{input}}” is not one of: {', '.join(Format)}.",
        "null": f"“None” is not one of: {', '.join(Format)}.",
    }


class WordField(serializers.ChoiceField):
    """One of a few words; whatever else comes, or nothing, is told which."""

    def __init__(self, choices: list[str]) -> None:
        message = f"Must be one of: {', '.join(choices)}."
        messages = dict.fromkeys(("required", "null", "invalid_choice"), message)
        super().__init__(choices=choices, error_messages=messages)


def _result(name: str) -> Any:
    return lambda row: row["result"].get(name)


def _parameter(name: str) -> Any:
    return lambda row: row["parameters"][name]


def _download_url(row: Row) -> str | None:
    there = row["state"] == JobState.SUCCEEDED and "file" in row["result"]
    return f"/api/exports/{row['id']}/download" if there else None


class ExportSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    resource = ComputedField(_parameter("resource"), "parameters", schema=_TEXT)
    format = ComputedField(
        _parameter("format"), "parameters", schema={**_TEXT, "enum": list(Format)}
    )
    columns = ComputedField(  # type: ignore[assignment]
        lambda row: [header for header, _ in row["parameters"]["columns"]],
        "parameters",
        schema={"type": "array", "items": _TEXT},
    )
    state = DomainField(read_only=True)
    done = DomainField(read_only=True)
    total = DomainField(read_only=True, schema=_COUNT)
    rows = ComputedField(_result("rows"), "result", schema=_COUNT)
    left_out = ComputedField(
        lambda row: row["parameters"].get("left_out"),
        "parameters",
        schema=_COUNT,
        help_text="Who hasn't agreed to marketing, of an export for that; null of others.",
    )
    bytes = ComputedField(_result("bytes"), "result", schema=_COUNT)
    error = DomainField(read_only=True)
    asked_by = DomainField(read_only=True)
    created_at = DomainField(read_only=True)
    started_at = DomainField(read_only=True, schema=_MOMENT)
    finished_at = DomainField(read_only=True, schema=_MOMENT)
    expires_at = ComputedField(
        lambda row: expires_at(Job(finished_at=row["finished_at"], result=row["result"])),
        "finished_at",
        "result",
        schema=_MOMENT,
    )
    download_url = ComputedField(
        _download_url, "id", "state", "result", schema={"type": ["string", "null"]}
    )

    class Meta:
        model = Job


class ColumnsField(serializers.ListField):
    child = serializers.CharField()

    def run_validation(self, data: Any = empty) -> Any:
        """Null asks for the usual ones, as nothing does."""
        return super().run_validation(empty if data is None else data)

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not data or not all(isinstance(key, str) for key in data):
            message = "Must be a list of at least one column."
            raise serializers.ValidationError(message, code="invalid_list")
        return data


class FiltersField(serializers.DictField):
    default_error_messages = {"not_a_dict": "Must be an object of the list's own parameters."}


class ExportRequestSerializer(RequestSerializer):
    resource = WordField(list(settings.EXPORT_TABLES))
    format = FormatField(choices=list(Format), required=False, default=Format.CSV, source="form")
    columns = ColumnsField(required=False, min_length=1)
    filters = FiltersField(required=False, help_text="The parameters of the resource's own list")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """
        As the service takes it: the columns by their native keys (the usual ones unless said), and
        the conditions that the list's parameters mean. Raises Invalid.
        """
        wanted = table(attrs["resource"])
        names = CUSTOMER_COLUMNS if attrs["resource"] == "customers" else wanted.names
        columns = choose(attrs.get("columns") or wanted.usual or list(names), names)
        actor = self.context["request"].auth
        filters = attrs.pop("filters", {})
        filters |= our_ids(filters, wanted.filterset, actor=actor, ours=True)
        conditions = wanted.get_conditions(filters, time_zone=actor.organization.time_zone)
        return {**attrs, "columns": columns, "conditions": conditions}


class JobSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    kind = DomainField(read_only=True)
    state = DomainField(read_only=True)
    done = DomainField(read_only=True)
    total = DomainField(read_only=True, schema=_COUNT)
    result = DomainField(read_only=True, schema={"type": "object", "additionalProperties": True})
    error = DomainField(read_only=True)
    asked_by = DomainField(read_only=True)
    cancel_asked = DomainField(read_only=True)
    created_at = DomainField(read_only=True)
    started_at = DomainField(read_only=True, schema=_MOMENT)
    finished_at = DomainField(read_only=True, schema=_MOMENT)

    class Meta:
        model = Job


KINDS = {"recalculation": start_recalculation}
"""What can be asked for: kind → service."""


class JobRequestSerializer(RequestSerializer):
    kind = WordField(list(KINDS))
