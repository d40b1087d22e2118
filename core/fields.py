"""Column types that several apps share."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

from babel.core import get_global
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import ExtractDay, ExtractMonth
from django.db.models.lookups import In
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from core.choices import SLUG, OpenChoices
from core.clock import is_future
from core.distinct import DistinctDecoder


class KeyField(models.CharField):  # type: ignore[type-arg]
    """
    Text in the form it is compared in, ordered by code point in every database.

    In PostgreSQL that is collation "C", under which a plain index also answers prefix searches.
    """

    def db_parameters(self, connection: Any) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


@models.CharField.register_lookup
class Among(In):  # type: ignore[type-arg]
    """
    `in` for hundreds of texts. PostgreSQL takes them as one JSON text, for it spends more time on
    parsing a list of constants than on looking for them.
    """

    lookup_name = "among"

    def get_prep_lookup(self) -> Any:
        return list(self.rhs)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, parameters = self.process_lhs(compiler, connection)
        texts = "ARRAY(SELECT jsonb_array_elements_text(%s::jsonb))"
        return f"{lhs} = ANY({texts})", [*parameters, json.dumps(self.rhs)]


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """
    An exact amount in the organization's currency: two decimals at most, fewer where the currency
    has fewer.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_digits": 14, "decimal_places": 2} | options)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """To the schema it is any decimal."""
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.DecimalField", args, options


class CurrencyAmountField(models.DecimalField):  # type: ignore[type-arg]
    """
    An exact amount in the currency that stands beside it, with as many decimals as any currency
    that people pay in (ISO 4217: three). In PostgreSQL the column is bounded by its rules alone,
    for bounds that are moved write the whole table anew.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_digits": 15, "decimal_places": 3} | options)

    def db_type(self, connection: Any) -> str | None:
        if connection.vendor == "postgresql":
            return "numeric"
        return super().db_type(connection)


@deconstructible
class CurrencyValidator(RegexValidator):
    """A code of ISO 4217 that people pay or paid in."""

    regex = r"^[A-Z]{3}$"
    message = "Must be an ISO 4217 code."
    code = "invalid_currency"

    def __call__(self, value: Any) -> None:
        """Raises ValidationError."""
        super().__call__(value)
        if value not in get_global("all_currencies"):
            raise ValidationError(self.message, code=self.code)


def amount(**options: Any) -> MoneyField:
    """Money that isn't negative."""
    return MoneyField(validators=[MinValueValidator(0)], **options)


def number(value: Decimal | None) -> int | float | None:
    """An amount as JSON and spreadsheets hold it: whole when whole."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def row_version(**options: Any) -> "models.PositiveIntegerField[Any, Any]":
    """Moves on with every change of something that a client can write; makes the ETag."""
    return models.PositiveIntegerField(_("Version"), default=1, editable=False, **options)


def refuse_future(value: dt.date) -> None:
    """Raises ValidationError for a moment or day that hasn't come: of what is said to have been."""
    if is_future(value):
        raise ValidationError("Must not be in the future.", code="future")


def score(low: int, high: int, **options: Any) -> "models.PositiveSmallIntegerField[Any, Any]":
    return models.PositiveSmallIntegerField(
        validators=[MinValueValidator(low), MaxValueValidator(high)], **options
    )


class DegreesField(models.DecimalField):  # type: ignore[type-arg]
    """
    A latitude or longitude (WGS 84). Maps and phones give more decimals than anybody measures: they
    are rounded to six, eleven centimetres.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_digits": 9, "decimal_places": 6} | options)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """To the schema it is any decimal."""
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.DecimalField", args, options


class OpenChoiceField(models.CharField):  # type: ignore[type-arg]
    """
    A value of an open list: any slug of at most 50 characters. `words(value).label` is how
    one is called.
    """

    default_validators = [
        RegexValidator(
            rf"^{SLUG.pattern}\Z",
            "Must consist of lower-case letters, digits and underscores.",
            code="invalid_slug",
        )
    ]

    def __init__(self, *args: Any, words: type[OpenChoices] = OpenChoices, **options: Any) -> None:
        self.words = words
        super().__init__(*args, **{"max_length": 50} | options)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """To the schema it is a text like others; words come and go without a migration."""
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options


def of_ones_own(column: str, words: type[OpenChoices]) -> models.Q:
    """Rows whose `column` holds a value of the company's own."""
    return ~models.Q(**{f"{column}__in": ["", *words.values]})


def own_values(column: str, words: type[OpenChoices], *, name: str) -> models.Index:
    """Few rows, so that asking for a company's own values is quick however many there are."""
    fields = ["organization", "environment", column]
    return models.Index(fields=fields, condition=of_ones_own(column, words), name=name)


class PhoneField(models.CharField):  # type: ignore[type-arg]
    """
    A phone number in E.164; on the way in, whatever people type, read in the region of the country
    it is known to be in, else in the organization's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 16)
        super().__init__(*args, **kwargs)


class LabelField(models.CharField):  # type: ignore[type-arg]
    """One line that is compared as it is written, so that it holds nothing that can't be seen."""


class ObjectField(models.JSONField):
    """A JSON object. The empty list that PHP makes of an empty one is read as it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        found = super().from_db_value(value, expression, connection)
        return {} if found == [] and not isinstance(expression, KeyTransform) else found

    def formfield(self, **kwargs: Any) -> Any:
        """Of two values under one key a form would keep the last without a word."""
        return super().formfield(**{"decoder": DistinctDecoder} | kwargs)


class LatestFirst(models.Index):
    """
    An index whose column before the last is read newest first with unknown ones at the end.

    PostgreSQL follows such an order only along an index of the very same kind; SQLite knows no
    other than the plain one.
    """

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **kwargs)
        *front, column, tie = self.fields
        index = models.Index(
            *(models.F(name) for name in front),
            models.F(column).desc(nulls_last=True),
            models.F(tie).desc(),
            name=self.name,
            condition=self.condition,
        )
        return index.create_sql(model, schema_editor, using, **kwargs)


class ByDayOfYear(models.Index):
    """
    An index whose column before the last is a day that is found by month and day, whatever the
    year. SQLite, where a function in an index would be asked of every program that writes, looks
    through the plain one.
    """

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **kwargs)
        *front, column, tie = self.fields
        index = models.Index(
            *(models.F(name) for name in front),
            ExtractMonth(column),
            ExtractDay(column),
            models.F(tie),
            name=self.name,
            condition=self.condition,
        )
        return index.create_sql(model, schema_editor, using, **kwargs)
