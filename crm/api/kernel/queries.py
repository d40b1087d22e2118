"""Query parameters that several dialects take."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NoReturn, Self

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.clock import as_bound
from core.text import not_one_of


class Query(serializers.Serializer):  # type: ignore[type-arg]
    """
    The parameters of one operation. An empty one says nothing; one that is repeated adds up where
    the field says that it `takes_several`.
    """

    @classmethod
    def of(cls, params: QueryDict) -> Self:
        """The parameters of a request, to be validated."""
        given = {name: ",".join(params.getlist(name)) for name in params}
        return cls(data={name: value for name, value in given.items() if value.strip()})


class CommaField(serializers.CharField):
    """Values separated by commas; with `choices`, only those."""

    takes_several = True

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
                    not_one_of(value, self.choices), code="invalid_choice"
                )
        return values


@extend_schema_field({"type": "string", "format": "date"})
class DayField(serializers.CharField):
    """A day (ISO 8601)."""

    def to_internal_value(self, data: Any) -> dt.date:
        try:
            return as_bound(dt.date.fromisoformat(super().to_internal_value(data)))
        except ValueError as error:
            raise serializers.ValidationError(
                "Must be a date in ISO 8601 (YYYY-MM-DD).", code="invalid_date"
            ) from error


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentField(serializers.CharField):
    """A moment (ISO 8601); in UTC unless it says otherwise."""

    def to_internal_value(self, data: Any) -> dt.datetime:
        message = "Must be a date and time in ISO 8601."
        try:
            value = as_bound(dt.datetime.fromisoformat(super().to_internal_value(data)))
        except ValueError as error:
            raise serializers.ValidationError(message, code="invalid_date") from error
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


class ChoiceField(serializers.ChoiceField):
    """One of a few values; what isn't is told which there are."""

    def fail(self, key: str, **params: Any) -> NoReturn:
        if key == "invalid_choice":
            message = not_one_of(params["input"], map(str, self.choices))
            raise serializers.ValidationError(message, code=key)
        super().fail(key, **params)


class WholeNumberField(serializers.IntegerField):
    """Digits, without the underscores that Python takes between them."""

    def to_internal_value(self, data: Any) -> int:
        if "_" in str(data):
            self.fail("invalid")
        number: int = super().to_internal_value(data)
        return number


class StrictBooleanField(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> Any:
        if str(data).lower() not in ("true", "false", "1", "0"):
            raise serializers.ValidationError("Must be true or false.", code="invalid_boolean")
        return str(data).lower() in ("true", "1")
