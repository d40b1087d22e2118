"""Query parameters that several dialects take."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from core.ids import parse_id


class Query(serializers.Serializer):  # type: ignore[type-arg]
    """The parameters of one operation."""


class CommaField(serializers.CharField):
    """Values separated by commas; with `choices`, only those."""

    def __init__(self, *, choices: Iterable[str] = (), **options: Any) -> None:
        super().__init__(required=False, **options)
        self.choices = list(choices)

    def to_internal_value(self, data: Any) -> Any:
        values = [part.strip() for part in super().to_internal_value(data).split(",") if part.strip()]
        for value in values:
            if self.choices and value not in self.choices:
                raise serializers.ValidationError(f"“{value}” is not one of: {', '.join(self.choices)}.", code="invalid_choice")
        return values


class IdField(serializers.CharField):
    """A UUID."""

    def to_internal_value(self, data: Any) -> Any:
        key = parse_id(super().to_internal_value(data))
        if key is None:
            raise serializers.ValidationError("Must be a valid UUID.", code="invalid_id")
        return key


class StrictBooleanField(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> Any:
        if str(data).lower() not in ("true", "false", "1", "0"):
            raise serializers.ValidationError("Must be true or false.", code="invalid_boolean")
        return str(data).lower() in ("true", "1")
