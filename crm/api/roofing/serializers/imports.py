"""Imports of files, and what became of their rows."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings
from rest_framework import serializers
from rest_framework.fields import empty

from core.distinct import RepeatedKey, refuse_repeated_keys
from core.imports.encodings import ENCODINGS
from core.imports.models import STATE, FileImport, FileImportRow, ImportState
from core.imports.options import (
    USUAL_MATCH,
    Conflicts,
    DateOrder,
    DecimalMark,
    OnMatch,
    Options,
    RowKey,
)
from core.imports.reports import ImportOutcome, listed, sentences
from crm.api.kernel.queries import ChoiceField
from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    RequestSerializer,
    Row,
)
from crm.api.roofing.serializers.jobs import WordField

SEPARATORS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
"""What clients call separators → what they are."""

_NAMES = {mark: name for name, mark in SEPARATORS.items()}
_TEXT = {"type": "string"}
_FIELD = {"type": ["string", "null"], "description": "The field; null where it is left out."}
_SENTENCES = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": _TEXT},
    "description": "Field → sentences",
}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}


def _of_job(name: str) -> Any:
    """Of the run's job, once there is one, else of the check's."""
    return lambda row: row[f"run_job__{name}" if row["run_job_id"] else f"check_job__{name}"]


def _job_columns(name: str) -> list[str]:
    return ["run_job_id", f"run_job__{name}", f"check_job__{name}"]


def _options(row: Row) -> dict[str, Any]:
    kept = row["options"]
    return {
        "encoding": kept["encoding"] or None,
        "separator": _NAMES.get(kept["delimiter"], kept["delimiter"]) or None,
        **{name: kept[name] for name in ("header", "decimal", "date_order", "conflicts")},
    }


_OPTIONS = {
    "type": "object",
    "properties": {
        "encoding": {"type": ["string", "null"], "description": "null: find out"},
        "separator": {"type": ["string", "null"], "description": "null: find out"},
        "header": {"type": "boolean"},
        "decimal": {**_TEXT, "enum": DecimalMark.values},
        "date_order": {**_TEXT, "enum": DateOrder.values},
        "conflicts": {**_TEXT, "enum": Conflicts.values},
    },
}


def _count() -> DomainField:
    return DomainField(read_only=True)


class FileImportSerializer(DomainSerializer):
    """
    `created` + `updated` + `skipped` + `suppressed` + `conflicting` + `failed` = `rows`: those that
    are told of so far, in the end `total`. Until the import is run they say what would become of
    the rows.
    """

    computed = {"state": STATE}

    id = DomainField(read_only=True)
    resource = DomainField(read_only=True)
    filename = DomainField(read_only=True)
    state = ComputedField(lambda row: row["state"], schema={**_TEXT, "enum": ImportState.values})
    done = ComputedField(_of_job("done"), *_job_columns("done"), schema={"type": "integer"})
    total = _count()
    rows = _count()
    created = _count()
    updated = _count()
    skipped = _count()
    suppressed = _count()
    conflicting = _count()
    failed = _count()
    match = ComputedField(
        lambda row: row["options"]["match"],
        "options",
        schema={"type": "array", "items": {**_TEXT, "enum": RowKey.values}},
    )
    on_match = ComputedField(
        lambda row: row["options"]["on_match"],
        "options",
        schema={**_TEXT, "enum": OnMatch.values},
    )
    options = ComputedField(_options, "options", schema=_OPTIONS)
    encoding = DomainField(read_only=True, help_text="In which the file was read.")
    separator = ComputedField(
        lambda row: _NAMES.get(row["delimiter"], row["delimiter"]) or None,
        "delimiter",
        schema={"type": ["string", "null"], "description": "By which cells were told apart."},
    )
    columns = DomainField(  # type: ignore[assignment]
        read_only=True,
        schema={
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "header": _TEXT,
                    "field": _FIELD,
                    "proposed": _FIELD,
                    "samples": {"type": "array", "items": _TEXT, "maxItems": 3},
                },
                "required": ["header", "field", "proposed", "samples"],
            },
        },
    )
    notes = ComputedField(
        lambda row: listed(row["notes"]), "notes", schema={"type": "array", "items": _TEXT}
    )
    error = ComputedField(
        lambda row: _of_job("error")(row) or None,
        *_job_columns("error"),
        schema={"type": ["string", "null"]},
    )
    asked_by = DomainField(read_only=True)
    created_at = DomainField(read_only=True)
    finished_at = ComputedField(
        _of_job("finished_at"), *_job_columns("finished_at"), schema=_MOMENT
    )

    class Meta:
        model = FileImport


class FileImportRowSerializer(DomainSerializer):
    line = DomainField(read_only=True, help_text="Of the file; of a JSON list the place, from 1.")
    outcome = DomainField(read_only=True, schema={**_TEXT, "enum": ImportOutcome.values})
    row_id = DomainField(read_only=True, schema={"type": ["string", "null"], "format": "uuid"})
    matched_by = DomainField(
        read_only=True,
        schema={"type": ["string", "null"], "description": "The key that found the record."},
    )
    reason = DomainField(read_only=True, schema={"type": ["string", "null"]})
    faults = ComputedField(lambda row: sentences(row["faults"]), "faults", schema=_SENTENCES)
    remarks = ComputedField(lambda row: sentences(row["remarks"]), "remarks", schema=_SENTENCES)
    cells = DomainField(
        read_only=True,
        schema={
            "type": "object",
            "additionalProperties": _TEXT,
            "description": "Header → text, of a row that was refused.",
        },
    )

    class Meta:
        model = FileImportRow


class _Written:
    """Of a form, where a field is a text: the JSON that is written in it."""

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, str):
            try:
                written = orjson.loads(data)
                refuse_repeated_keys(data)
            except RepeatedKey as error:
                raise serializers.ValidationError(error.msg, code="repeated") from error
            except (orjson.JSONDecodeError, RecursionError) as error:
                self.fail_written(error)
            data = written
        return super().run_validation(data)  # type: ignore[misc]

    def fail_written(self, error: Exception) -> None:
        raise serializers.ValidationError("Must be JSON.", code="invalid") from error


class MappingField(_Written, serializers.DictField):
    """Header → field, null to leave the column out."""

    child = serializers.CharField(allow_null=True)
    default_error_messages = {"not_a_dict": "Must be an object: header → field, or null."}


class MatchField(serializers.ListField):
    """Keys in the order in which they decide; a text with commas is a list, too."""

    child = ChoiceField(choices=RowKey.values)

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, str):
            data = [part.strip() for part in data.split(",")]
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> list[RowKey]:
        if not isinstance(data, list) or not data:
            message = f"Must be a list of at least one of: {', '.join(RowKey.values)}."
            raise serializers.ValidationError(message, code="invalid_list")
        return list(dict.fromkeys(map(RowKey, super().to_internal_value(data))))


class OptionsSerializer(_Written, RequestSerializer):
    encoding = ChoiceField(choices=list(ENCODINGS), allow_null=True, required=False)
    separator = ChoiceField(
        choices=list(SEPARATORS), allow_null=True, required=False, help_text="Null: find out."
    )
    header = serializers.BooleanField(required=False)
    decimal = ChoiceField(choices=DecimalMark.values, required=False)
    date_order = ChoiceField(choices=DateOrder.values, required=False)
    conflicts = ChoiceField(choices=Conflicts.values, required=False)


class CorrectionSerializer(RequestSerializer):
    line = serializers.IntegerField(min_value=1)
    cells = serializers.DictField(child=serializers.CharField(allow_blank=True))


class ImportChangeSerializer(RequestSerializer):
    mapping = MappingField(required=False)
    match = MatchField(required=False, help_text=f"Usually {', '.join(USUAL_MATCH)}.")
    on_match = ChoiceField(choices=OnMatch.values, required=False)
    options = OptionsSerializer(required=False)
    rows = CorrectionSerializer(
        many=True, required=False, help_text="Texts in the place of cells of the file."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """As the service takes it."""
        values: dict[str, Any] = {}
        if "mapping" in attrs:
            values["mapping"] = attrs["mapping"]
        if attrs.keys() & {"match", "on_match", "options"}:
            values["options"] = options_of(attrs, self.instance or {})
        if "rows" in attrs:
            values["corrections"] = {row["line"]: row["cells"] for row in attrs["rows"]}
        return values


class ImportRequestSerializer(RequestSerializer):
    """The file itself (of a form), or what it holds: `rows`, `text` or `base64`."""

    resource = WordField(list(settings.IMPORTS))
    file = serializers.FileField(required=False, allow_empty_file=True, max_length=255)
    rows = serializers.ListField(child=serializers.DictField(), required=False)
    text = serializers.CharField(required=False, trim_whitespace=False, allow_blank=True)
    base64 = serializers.CharField(required=False, allow_blank=True)
    filename = serializers.CharField(required=False, allow_blank=True, max_length=255)
    mapping = MappingField(
        required=False,
        help_text="Header → field, null to leave it out; other columns stay as proposed.",
    )
    match = MatchField(required=False, help_text=f"Usually {', '.join(USUAL_MATCH)}.")
    on_match = ChoiceField(choices=OnMatch.values, required=False, help_text="Usually update.")
    options = OptionsSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """As the service takes it: the file's bytes. Raises ValidationError."""
        sent = [name for name in ("file", "rows", "text", "base64") if name in attrs]
        if len(sent) != 1:
            message = "Send one of file, rows, text and base64."
            raise serializers.ValidationError({"file": [message]}, code="required")
        file = attrs.get("file")
        return {
            "resource": attrs["resource"],
            "data": _bytes(sent[0], attrs[sent[0]]),
            "filename": attrs.get("filename") or (file.name if file else ""),
            "mapping": attrs.get("mapping"),
            "options": options_of(attrs, {}),
        }


def _bytes(kind: str, value: Any) -> bytes:
    if kind == "file":
        return bytes(value.read())
    if kind == "rows":
        return orjson.dumps(value)
    if kind == "text":
        return str(value).encode()
    try:
        return b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise serializers.ValidationError({"base64": ["Must be Base64."]}) from error


def options_of(attrs: Mapping[str, Any], present: Mapping[str, Any]) -> Options:
    """The options of a body over those that an import has."""
    chosen = dict(attrs.get("options", {}))
    if "separator" in chosen:
        chosen["delimiter"] = SEPARATORS.get(chosen.pop("separator"), "")
    if "encoding" in chosen:
        chosen["encoding"] = chosen["encoding"] or ""
    chosen |= {name: attrs[name] for name in ("match", "on_match") if name in attrs}
    return Options.load({**present, **chosen})
