"""
Words: the table between a dialect's keys and the domain's fields.

A `Words` class is a DRF serializer whose declaration serves reading, answering, error keys, CSV
columns and OpenAPI. It holds no rule: raw values pass to the domain, whose model fields decide, so
that five dialects can't disagree. It is compiled once a class, for a list of fifty customers asks
it three thousand times.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from rest_framework import serializers

from core.errors import Fault
from crm.api.kernel.serializers import InvalidInput as Unreadable

Row = Mapping[str, Any]


class Word(serializers.Field):  # type: ignore[type-arg]
    """
    One key. `name` is the domain's field (the key itself unless given); `schema` replaces the JSON
    schema of the model's field.
    """

    def __init__(
        self, name: str = "", *, schema: dict[str, Any] | None = None, **options: Any
    ) -> None:
        options.setdefault("required", False)
        super().__init__(**options)
        self.name = name
        self.schema = schema
        self.column = name

    def settle(self, key: str, model: type[models.Model] | None) -> None:
        """Told its key and model once, when its class is compiled."""
        self.name = self.name or key
        self.column = self.name
        if model is not None:
            with suppress(FieldDoesNotExist):
                self.column = model._meta.get_field(self.name).attname  # type: ignore[union-attr]

    @property
    def columns(self) -> tuple[str, ...]:
        """The row's entries that `show` needs."""
        return (self.column,)

    @property
    def answers_for(self) -> tuple[str, ...]:
        """The domain's fields whose faults are told under this key."""
        return (self.name,)

    def read(self, raw: Any) -> Mapping[str, Any]:
        """
        The domain's fields and values that the wire's value means. Raises Unreadable, its faults
        under the empty name.
        """
        return {self.name: raw}

    def show(self, row: Row) -> Any:
        """The wire's value; unknown text is null."""
        value = row[self.column]
        return None if value == "" else value


class Computed(Word):
    """A key that clients only read, made from the row by a function."""

    def __init__(
        self, function: Any, *columns: str, schema: dict[str, Any], **options: Any
    ) -> None:
        super().__init__(read_only=True, schema=schema, **options)
        self.function = function
        self.needs = columns

    def settle(self, key: str, model: type[models.Model] | None) -> None:
        self.name = key

    @property
    def columns(self) -> tuple[str, ...]:
        return self.needs

    def show(self, row: Row) -> Any:
        return self.function(row)


class Words(serializers.Serializer):  # type: ignore[type-arg]
    """
    A documented object. `Meta.model` is where its fields' rules stand; `required` names keys that
    creating needs.
    """

    class Meta:
        model: type[models.Model] | None = None
        required: tuple[str, ...] = ()

    @classmethod
    @cache
    def plan(cls) -> dict[str, Any]:
        """Key → word, compiled."""
        plan = {}
        for key, field in cls._declared_fields.items():
            if isinstance(field, Word):
                field.settle(key, getattr(cls.Meta, "model", None))
            plan[key] = field
        return plan

    @classmethod
    @cache
    def columns(cls) -> tuple[str, ...]:
        """Entries a row must have to be shown."""
        names: dict[str, None] = {}
        for field in cls.plan().values():
            names |= dict.fromkeys(field.columns() if isinstance(field, Words) else field.columns)
        return tuple(names)

    @classmethod
    def read(cls, data: Mapping[str, Any], *, refuse_read_only: bool = False) -> dict[str, Any]:
        """
        The domain's fields from a JSON object. Read-only keys are ignored, so that what was read
        can be sent back.

        Raises Unreadable naming every unknown key.
        """
        values: dict[str, Any] = {}
        faults: dict[str, list[Fault]] = {}
        plan = cls.plan()
        for key, raw in data.items():
            word = plan.get(key)
            if word is None:
                faults[key] = [Fault("unknown", "Unknown field.")]
            elif word.read_only:
                if refuse_read_only:
                    faults[key] = [Fault("read_only", "This field can't be written.")]
            else:
                try:
                    values |= word.read_nested(raw) if isinstance(word, Words) else word.read(raw)
                except Unreadable as error:
                    faults |= {
                        f"{key}.{name}" if name else key: items
                        for name, items in error.faults.items()
                    }
        if faults:
            raise Unreadable(faults)
        return values

    @classmethod
    def read_nested(cls, raw: Any) -> dict[str, Any]:
        """As `read`; null clears every key."""
        if raw is None:
            return cls.read({key: None for key, word in cls.plan().items() if not word.read_only})
        if not isinstance(raw, dict):
            raise Unreadable({"": [Fault("invalid_object", "Must be an object.")]})
        return cls.read(raw)

    @classmethod
    def show(cls, row: Row) -> dict[str, Any]:
        """The documented object of a row (a mapping of columns)."""
        return {key: word.show(row) for key, word in cls.plan().items()}

    @classmethod
    def show_all(cls, rows: Iterable[Row]) -> list[dict[str, Any]]:
        return [cls.show(row) for row in rows]

    @classmethod
    @cache
    def _keys(cls) -> dict[str, list[str]]:
        keys: dict[str, list[str]] = {}
        for key, word in cls.plan().items():
            if isinstance(word, Words):
                for name, inner in word._keys().items():
                    keys.setdefault(name, []).extend(f"{key}.{one}" for one in inner)
            elif not word.read_only:
                for name in word.answers_for:
                    keys.setdefault(name, []).append(key)
        return keys

    @classmethod
    def key_of(cls, name: str, sent: Collection[str] = ()) -> str:
        """
        The wire's key for a field of the domain; dotted where nested. Where it has several, one of
        those that the client sent.
        """
        keys = cls._keys().get(name, [name])
        return next((key for key in keys if key.partition(".")[0] in sent), keys[-1])
