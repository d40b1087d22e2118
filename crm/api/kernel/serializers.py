"""
Serializers of the documented objects: the table between a dialect's keys and the domain's fields.

They read, show, name faults, give exports their columns and become OpenAPI, as any DRF serializer
does. They hold no rule: values pass to the domain as they came, and its model fields decide, so
that five dialects can't disagree. The table is compiled once a class, for a list of fifty customers
asks it three thousand times.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty

from core.characters import normalize_text
from core.errors import Fault, Invalid
from core.reading import read_rows

Row = Mapping[str, Any]

MOST_FAULTS = 50
"""More than these aren't told of one body, however much is wrong with it."""
LONGEST_KEY = 100


class InvalidInput(Invalid, ValidationError):
    """
    What is wrong with what a client sent, named as the client names it: unknown keys, bad
    parameters. DRF takes it for its own ValidationError.
    """

    def __init__(self, faults: Mapping[str, Sequence[Fault]]) -> None:
        super().__init__(faults)
        self.detail = {
            key: [ErrorDetail(fault.message, fault.code) for fault in items]
            for key, items in self.faults.items()
        }


class InvalidParameters(InvalidInput):
    """What is wrong with query parameters, not with a body."""


def faults_of(detail: Any, key: str = "") -> dict[str, list[Fault]]:
    """A ValidationError's detail as faults, their names dotted where it is nested."""
    if isinstance(detail, Mapping):
        faults: dict[str, list[Fault]] = {}
        for name, inner in detail.items():
            faults |= faults_of(inner, ".".join(filter(None, (key, str(name)))))
        return faults
    items = detail if isinstance(detail, list) else [detail]
    name = "" if key == "non_field_errors" else key
    return {name: [Fault(getattr(item, "code", "invalid"), str(item)) for item in items]}


class DomainField(serializers.Field):  # type: ignore[type-arg]
    """
    One key. `source` is the domain's field (the key itself unless given); `schema` replaces the
    JSON schema of the model's field.

    A key of several fields has `source="*"`, as in DRF: `to_representation` takes the whole row,
    `to_internal_value` gives field → value. It says which `columns` it needs and which `sources` it
    stands for.
    """

    def __init__(self, *, schema: dict[str, Any] | None = None, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(**options)
        self.schema = schema

    def bind(self, field_name: str, parent: Any) -> None:
        super().bind(field_name, parent)
        self.column = self.source
        model = getattr(getattr(parent, "Meta", None), "model", None)
        if model is not None:
            with suppress(FieldDoesNotExist):
                self.column = model._meta.get_field(self.source).attname

    @property
    def columns(self) -> tuple[str, ...]:
        """The row's entries that showing needs."""
        return (self.column,)

    @property
    def sources(self) -> tuple[str, ...]:
        """The domain's fields whose faults are named by this key."""
        return (self.source,)

    def get_attribute(self, row: Row) -> Any:
        return row if self.source == "*" else row[self.column]

    def to_representation(self, value: Any) -> Any:
        """Unknown text is null."""
        return None if value == "" else value

    def to_internal_value(self, data: Any) -> Any:
        return data


class ComputedField(DomainField):
    """A key that clients only read: a function of the row's `columns`."""

    def __init__(
        self,
        function: Callable[[Row], Any],
        *columns: str,
        schema: dict[str, Any],
        **options: Any,
    ) -> None:
        super().__init__(source="*", read_only=True, schema=schema, **options)
        self.function = function
        self._columns = columns

    @property
    def columns(self) -> tuple[str, ...]:
        return self._columns

    def to_representation(self, row: Row) -> Any:
        return self.function(row)


class Plan:
    """A serializer's fields, compiled: how a row is shown, and what stands where."""

    def __init__(self, fields: Mapping[str, serializers.Field[Any, Any, Any, Any]]) -> None:
        self.fields = dict(fields)
        shown = {key: field for key, field in self.fields.items() if not field.write_only}
        self.columns = tuple(dict.fromkeys(name for f in shown.values() for name in _columns(f)))
        self.keys = _keys(self.fields)
        self.required = tuple(key for key, field in self.fields.items() if field.required)
        self._steps = [(key, *_step(field)) for key, field in shown.items()]

    def show(self, row: Row) -> dict[str, Any]:
        shown = {}
        for key, column, represent in self._steps:
            if represent is None:
                value = row[column]
                # only what is false is compared: an id or an amount takes its time to be no text
                shown[key] = value if value or value != "" else None
            else:
                shown[key] = represent(row[column] if column else row)
        return shown


def _columns(field: Any) -> Iterable[str]:
    return field.plan().columns if isinstance(field, DomainSerializer) else field.columns


def _step(field: Any) -> tuple[str, Callable[[Any], Any] | None]:
    """
    The column that is shown (empty for the whole row), and the function that shows it (None for the
    value as it is).
    """
    if isinstance(field, DomainSerializer):
        show = field.plan().show
        return "", show if field.source == "*" else lambda row: show(row[field.source])
    if type(field).get_attribute is not DomainField.get_attribute:
        return "", lambda row: field.to_representation(field.get_attribute(row))
    if field.source == "*":
        return "", field.to_representation
    shows_itself = type(field).to_representation is DomainField.to_representation
    return field.column, None if shows_itself else field.to_representation


def _keys(fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Domain field → the keys that clients write it by, dotted where nested."""
    keys: dict[str, list[str]] = {}
    for key, field in fields.items():
        if isinstance(field, DomainSerializer):
            for name, inner in field.plan().keys.items():
                keys.setdefault(name, []).extend(f"{key}.{one}" for one in inner)
        elif not field.read_only:
            for name in field.sources:
                keys.setdefault(name, []).append(key)
    return keys


def is_missing(value: Any) -> bool:
    """Whether nothing was given, or a text in which nothing can be seen."""
    return not (normalize_text(value) if isinstance(value, str) else value)


def as_row(instance: Any) -> Row:
    """The columns of a model's instance, or of a row that is a mapping already."""
    if isinstance(instance, Mapping):
        return instance
    return {name: value for name, value in vars(instance).items() if not name.startswith("_")}


class DomainSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """
    A documented object. `Meta.model` is where its fields' rules stand.

    It shows a model's instance or a mapping of columns (`columns()` says which), and reads an
    object into the domain's fields. An object nested in another has `source="*"` when its fields
    are columns of the same row. `refuses_read_only` has keys refused that can't be written;
    otherwise they are ignored, so that what was read can be sent back.
    """

    refuses_read_only = False
    computed: ClassVar[Mapping[str, Any]] = {}
    """
    What a row must have beside its columns, as expressions (`core.reading`): what `prepare` looks
    for where a row comes without.
    """

    class Meta:
        model: type[models.Model] | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("required", False)
        super().__init__(*args, **options)

    @classmethod
    @cache
    def plan(cls) -> Plan:
        """The fields, compiled once."""
        return Plan(cls().fields)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The entries that a row must have to be shown."""
        return cls.plan().columns

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> "DomainListSerializer":
        known = {
            name: kwargs[name] for name in serializers.LIST_SERIALIZER_KWARGS if name in kwargs
        }
        child = cls(context=kwargs.get("context", {}), partial=kwargs.get("partial", False))
        return DomainListSerializer(*args, child=child, **known)

    # showing

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        """
        The rows with what stands in other tables or depends on who asks, for all of them at once.
        """
        return rows

    def to_representation(self, instance: Any) -> dict[str, Any]:
        (row,) = self.prepare([as_row(instance)])
        return self.plan().show(row)

    # reading

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        """As any serializer's; what it raises keeps the figures of its faults (InvalidInput)."""
        if not hasattr(self, "_validated_data"):
            try:
                self._validated_data, self._errors = self.run_validation(self.initial_data), {}
            except InvalidInput as invalid:
                self._validated_data, self._errors = {}, invalid.detail
                self._invalid = invalid
        if self._errors and raise_exception:
            raise self._invalid
        return not self._errors

    def run_validation(self, data: Any = empty) -> dict[str, Any]:
        """
        Raises InvalidInput. Null in a nested object's place is `null_data`; an empty list, which is
        what PHP writes for an empty object, says nothing.
        """
        given = data
        if self.field_name and (data is None or data == []):
            given = self.null_data() if data is None else {}
        try:
            values: dict[str, Any] = self.validate(self.to_internal_value(given))
        except InvalidInput:
            raise
        except ValidationError as error:
            raise InvalidInput(faults_of(error.detail)) from error
        return values

    def null_data(self) -> dict[str, Any]:
        """What null says in the object's place: every key is null."""
        fields = self.plan().fields
        return {key: None for key, field in fields.items() if not field.read_only}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The domain's fields. Raises InvalidInput naming every key that can't be taken."""
        if not isinstance(data, Mapping):
            raise InvalidInput({"": [Fault("invalid_object", "Must be an object.")]})
        values: dict[str, Any] = {}
        faults: dict[str, list[Fault]] = {}
        for key, raw in data.items():
            try:
                values |= self._read(key, raw)
            except Invalid as invalid:
                faults |= {
                    f"{key[:LONGEST_KEY]}.{name}" if name else key[:LONGEST_KEY]: items
                    for name, items in invalid.faults.items()
                }
                if len(faults) >= MOST_FAULTS:
                    break
        if faults:
            raise InvalidInput(faults)
        self.check_required(data)
        return values

    def _read(self, key: str, raw: Any) -> Mapping[str, Any]:
        field = self.plan().fields.get(key)
        if field is None:
            raise InvalidInput({"": [Fault("unknown", "Unknown field.")]})
        if field.read_only:
            if self.refuses_read_only:
                raise InvalidInput({"": [Fault("read_only", "This field can't be written.")]})
            return {}
        if isinstance(field, DomainSerializer):
            value = field.run_validation(raw)
        else:
            value = field.to_internal_value(raw)
        return value if field.source == "*" else {str(field.source): value}

    def check_required(self, data: Mapping[str, Any]) -> None:
        """Raises InvalidInput naming the missing keys of fields declared `required`."""
        missing = [key for key in self.plan().required if key not in data]
        if missing and not self.partial:
            fault = Fault("required", "This field is required.")
            raise InvalidInput({key: [fault] for key in missing})

    # naming

    def key_of(self, name: str) -> str:
        """
        The client's key for a field of the domain; dotted where nested. Where it has several, one
        of those that were sent.
        """
        sent: Collection[str] = getattr(self, "initial_data", ())
        keys = self.plan().keys.get(name, [name])
        return next((key for key in keys if key.partition(".")[0] in sent), keys[-1])


class DomainListSerializer(serializers.ListSerializer):  # type: ignore[type-arg]
    """Many rows. Of a QuerySet it fetches the columns that are shown and no others."""

    child: DomainSerializer

    def to_representation(self, data: Any) -> list[dict[str, Any]]:
        rows = data
        if isinstance(data, QuerySet):
            rows = read_rows(data, self.child.columns(), **self.child.computed)
        show = self.child.plan().show
        return [show(row) for row in self.child.prepare([as_row(row) for row in rows])]


class RequestSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """
    A body that isn't a row, of any of DRF's fields; keys that it doesn't know are refused. What the
    service it is for can't take is told under the names of its fields.
    """

    def to_internal_value(self, data: Any) -> Any:
        others = [key for key in data if key not in self.fields]
        unknown = {
            key[:LONGEST_KEY]: [Fault("unknown", "Unknown field.")] for key in others[:MOST_FAULTS]
        }
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            raise InvalidInput(unknown | faults_of(error.detail)) from error
        if unknown:
            raise InvalidInput(unknown)
        return values

    def key_of(self, name: str) -> str:
        """The client's key for a field of the domain."""
        return name


InputSerializer = DomainSerializer | RequestSerializer
