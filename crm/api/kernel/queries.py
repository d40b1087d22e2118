"""Query parameters that several dialects take."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.clock import day_bounds, tellable
from core.ids import parse_id


class Query(serializers.Serializer):  # type: ignore[type-arg]
    """The parameters of one operation."""


class CommaField(serializers.CharField):
    """Values separated by commas; with `choices`, only those."""

    def __init__(self, *, choices: Iterable[str] = (), **options: Any) -> None:
        super().__init__(required=False, **options)
        self.choices = list(choices)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if "\x00" in text:
            raise serializers.ValidationError(
                "Null characters are not allowed.", code="null_characters"
            )
        values = [part.strip() for part in text.split(",") if part.strip()]
        for value in values:
            if self.choices and value not in self.choices:
                raise serializers.ValidationError(
                    f"“{value}” is not one of: {', '.join(self.choices)}.", code="invalid_choice"
                )
        return values


class IdField(serializers.CharField):
    """A UUID."""

    def to_internal_value(self, data: Any) -> Any:
        key = parse_id(super().to_internal_value(data))
        if key is None:
            raise serializers.ValidationError("Must be a valid UUID.", code="invalid_id")
        return key


class SinceField(serializers.CharField):
    """A moment (ISO 8601; UTC unless it says otherwise), or a day alone."""

    def to_internal_value(self, data: Any) -> dt.date:
        text = super().to_internal_value(data)
        try:
            value = (
                dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text)
            )
        except ValueError as error:
            raise serializers.ValidationError(
                "Must be a date or a date and time in ISO 8601.", code="invalid_date"
            ) from error
        if not tellable(value):
            raise serializers.ValidationError(
                "Must be a date or a date and time in ISO 8601.", code="invalid_date"
            )
        return (
            value.replace(tzinfo=value.tzinfo or dt.UTC)
            if isinstance(value, dt.datetime)
            else value
        )


@extend_schema_field({"type": "string", "format": "date"})
class DayField(serializers.CharField):
    """A day (ISO 8601)."""

    def to_internal_value(self, data: Any) -> dt.date:
        try:
            value = dt.date.fromisoformat(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(
                "Must be a date in ISO 8601 (YYYY-MM-DD).", code="invalid_date"
            ) from error
        if not tellable(value):
            raise serializers.ValidationError(
                "Must be a date in ISO 8601 (YYYY-MM-DD).", code="invalid_date"
            )
        return value


def since(value: dt.date | None, zone: str) -> dt.datetime | None:
    """
    The first moment that `value` means: a day alone begins at midnight in the IANA time zone
    `zone`.
    """
    return value if value is None or isinstance(value, dt.datetime) else day_bounds(value, zone)[0]


def until(value: dt.date | None, zone: str) -> dt.datetime | None:
    """
    The first moment after all that `value` means: a day alone ends at midnight in the IANA time
    zone `zone`.
    """
    if value is None:
        return None
    return (
        value + dt.timedelta(microseconds=1)
        if isinstance(value, dt.datetime)
        else day_bounds(value, zone)[1]
    )


class StrictBooleanField(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> Any:
        if str(data).lower() not in ("true", "false", "1", "0"):
            raise serializers.ValidationError("Must be true or false.", code="invalid_boolean")
        return str(data).lower() in ("true", "1")
