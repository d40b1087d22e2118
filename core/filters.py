"""
Which rows: one object for a list, its export and bulk work, so that the same conditions always mean
the same rows; and the FilterSets that read parameters into it.
"""

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID

import django_filters
from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from django.db.models import Model, QuerySet
from django.utils.choices import flatten_choices
from django.utils.text import capfirst
from django_filters.fields import ChoiceField as BaseChoiceField

from core.characters import drop_invisible, normalize_line
from core.choices import SLUG, OpenChoices
from core.clock import as_bound, day_alone, since, until
from core.errors import Fault, Invalid
from core.ids import parse_id
from core.text import not_one_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """
    All that are set must hold; None sets nothing. A subclass declares what its list can be asked:
    each field is a column of the rows unless its `apply` says otherwise. `ids` means any of them.
    """

    ids: Sequence[UUID] | None = None

    @property
    def permission(self) -> str | None:
        """What asking for such rows needs besides the list's own permission."""
        return None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Those of `rows` (an actor's) that meet every condition."""
        equal = self.as_dict()
        if (ids := equal.pop("ids", None)) is not None:
            equal["pk__in"] = ids
        return rows.filter(**equal)

    def left_out(self) -> Self | None:
        """
        Those whom a rule keeps out of what is asked for, to be counted; None where there is no such
        rule.
        """
        return None

    def as_dict(self) -> dict[str, Any]:
        """The conditions that are set."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def dump(self) -> dict[str, Any]:
        """The conditions as JSON, for work that is done later."""
        data: dict[str, Any] = json.loads(json.dumps(self.as_dict(), cls=DjangoJSONEncoder))
        return data

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        """
        What `dump` gave; ids, amounts and moments stay texts, which the database's columns take as
        well.
        """
        return cls(**data)


C = TypeVar("C", bound=Conditions)


class ConditionsFilterSet(django_filters.FilterSet, Generic[C]):  # type: ignore[misc]
    """
    A FilterSet whose cleaned data becomes the conditions that `Meta.conditions` names: each filter
    sets the condition called as its `field_name`.

    It is strict: an unknown parameter and one that can't be read make it invalid; a blank one says
    nothing. Addresses that people edit take `valid_conditions`. Days are those of the IANA zone
    `time_zone`; `other_parameters` are read by somebody else.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        queryset: "QuerySet[Any] | None" = None,
        *,
        time_zone: str = "UTC",
        other_parameters: Collection[str] = (),
        **options: Any,
    ) -> None:
        rows = self._meta.model._base_manager.none() if queryset is None else queryset
        super().__init__(data, rows, **options)  # type: ignore[call-arg]
        self.time_zone = time_zone
        self.other_parameters = other_parameters

    @classmethod
    @cache
    def get_form_class(cls) -> type[forms.Form]:
        """Made once: nothing of it depends on the request."""
        declared = {name: kind.field for name, kind in cls.base_filters.items()}
        return type(f"{cls.__name__}Form", (forms.Form,), declared)

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        """
        Those that are declared (a column of the model is never a parameter by itself), called as
        the model's field is.
        """
        for kind in cls.declared_filters.values():
            kind.label = kind.label or _label(cls._meta.model, kind.field_name)
        return dict(cls.declared_filters)

    @cached_property
    def faults(self) -> dict[str, list[Fault]]:
        """What is wrong, by parameter; empty when every one is understood."""
        unread = self.form.errors.as_data()
        return {name: [_UNKNOWN] for name in self.data if not self._knows(name)} | {
            name: _faults(errors) for name, errors in unread.items()
        }

    def is_valid(self) -> bool:
        return self.is_bound and not self.faults

    @cached_property
    def conditions(self) -> C:
        """What the parameters mean. Raises Invalid naming each that is wrong."""
        if self.faults:
            raise Invalid(self.faults)
        return self.valid_conditions

    @cached_property
    def values(self) -> dict[str, Any]:
        """Parameter → value, of those that are set and valid."""
        self.form.is_valid()
        cleaned = self.form.cleaned_data if self.is_bound else {}
        return {name: value for name, value in cleaned.items() if value not in (None, "")}

    @cached_property
    def valid_conditions(self) -> C:
        """What the valid parameters mean; the others count as not said."""
        return self.build_conditions(
            {
                self.filters[name].field_name: self.filters[name].condition(value, self.time_zone)
                for name, value in self.values.items()
            }
        )

    def build_conditions(self, values: dict[str, Any]) -> C:
        """
        The conditions of these values, by the filters' `field_name`: for a set whose parameters
        mean several.
        """
        wanted: C = self.Meta.conditions(**values)
        return wanted

    def filter_queryset(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Raises Invalid naming each parameter that is wrong."""
        return self.conditions.apply(queryset)

    def _knows(self, name: str) -> bool:
        return name in self.filters or name in self.other_parameters


def _label(model: type[Model], name: str) -> Any:
    """The field's name in whatever language is active, which django-filter's own isn't."""
    try:
        return capfirst(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return None


_UNKNOWN = Fault("unknown", "Unknown parameter.")


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _faults(errors: Sequence[ValidationError]) -> list[Fault]:
    return [
        Fault(error.code or "invalid", message) for error in errors for message in error.messages
    ]


def _text(value: Any) -> str:
    """
    What a parameter says, as a query or a plain value of a JSON body. Raises ValidationError.
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float | UUID):
        raise ValidationError("Must be a string.", code="invalid_type")
    return str(value).strip()


def _refuse_surrogates(text: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValidationError("Surrogate characters are not allowed.", code="surrogates")


class TextField(forms.CharField):
    """One line, in the characters that texts are stored in."""

    default_validators = [_refuse_surrogates]
    default_error_messages = {
        "max_length": "Ensure this field has no more than %(limit_value)d characters."
    }

    def to_python(self, value: Any) -> Any:
        return super().to_python(normalize_line(_text(value)))


class ChoiceField(BaseChoiceField):  # type: ignore[misc]
    """One of the choices; what isn't is told which there are."""

    def to_python(self, value: Any) -> str:
        return _text(value)

    def validate(self, value: str) -> None:
        if value:
            _refuse_others([value], permitted(self.choices))


class BooleanField(forms.NullBooleanField):
    """true or false; None when nothing is said."""

    words: ClassVar[Mapping[str, bool]] = {"true": True, "1": True, "false": False, "0": False}
    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        if isinstance(value, bool):
            return value
        if _is_blank(value):
            return None
        try:
            return self.words[_text(value).lower()]
        except KeyError as error:
            raise ValidationError("Must be true or false.", code="invalid_boolean") from error


class UUIDField(forms.UUIDField):
    def __init__(self, *, prefix: str = "", **options: Any) -> None:
        self.prefix = prefix
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        text = _text(value)
        key = parse_id(text, self.prefix)
        if text and key is None:
            raise ValidationError("Must be a valid UUID.", code="invalid_id")
        return key


class AmountParameterField(forms.DecimalField):
    default_error_messages = {"invalid": "A valid number is required."}

    def to_python(self, value: Any) -> Any:
        text = _text(value)
        if "_" in text:  # which Decimal would pass over
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)


class MomentParameterField(forms.Field):
    """A moment (ISO 8601; UTC unless it says otherwise), or a day alone."""

    widget = forms.TextInput
    message = "Must be a date or a date and time in ISO 8601."

    def to_python(self, value: Any) -> dt.date | None:
        text = _text(value)
        if not text:
            return None
        try:
            return as_bound(self.parse(text))
        except ValueError as error:
            raise ValidationError(self.message, code="invalid_date") from error

    def parse(self, text: str) -> dt.date:
        """Raises ValueError."""
        if day := day_alone(text):
            return day
        moment = dt.datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


class DayParameterField(MomentParameterField):
    """A day (ISO 8601)."""

    message = "Must be a date in ISO 8601 (YYYY-MM-DD)."

    def parse(self, text: str) -> dt.date:
        return dt.date.fromisoformat(text)


class CommaSeparatedWidget(forms.TextInput):
    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All that were sent: a parameter that is repeated adds up."""
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name)

    def format_value(self, value: Any) -> str | None:
        return ",".join(value) if isinstance(value, list | tuple) else value


class CommaSeparatedField(forms.Field):
    """
    Values separated by commas, in the characters that labels are stored in; with `choices`, only
    those. None when nothing is said.
    """

    widget = CommaSeparatedWidget

    def __init__(self, *, choices: Any = (), **options: Any) -> None:
        super().__init__(**options)
        self.choices = getattr(choices, "choices", choices)

    def to_python(self, value: Any) -> list[str] | None:
        texts = [_text(each) for each in (value if isinstance(value, list | tuple) else [value])]
        if not any(texts):
            return None
        parts = (normalize_line(drop_invisible(part)) for text in texts for part in text.split(","))
        values = [part for part in parts if part]
        for each in values:
            ProhibitNullCharactersValidator(code="null_characters")(each)
            _refuse_surrogates(each)
        if self.choices:
            _refuse_others(values, permitted(self.choices))
        return values


def permitted(choices: Any) -> list[str]:
    """The values of a field's choices."""
    flat: list[tuple[Any, Any]] = list(flatten_choices(choices))
    return [str(value) for value, _label in flat if value != ""]


def _refuse_others(values: Sequence[str], known: Sequence[str]) -> None:
    for value in values:
        if value not in known:
            raise ValidationError(not_one_of(value, known), code="invalid_choice")


class ConditionFilter(django_filters.Filter):  # type: ignore[misc]
    """
    One parameter: its field reads it, and `condition` makes of it what the conditions hold.
    `takes_several` says that a repeated one adds up.
    """

    takes_several: ClassVar[bool] = False

    def condition(self, value: Any, zone: str) -> Any:
        """`zone` is the IANA zone of days."""
        return value

    def __deepcopy__(self, memo: Any) -> Self:
        """Every set copies its filters; deeply that would be most of its work, and none changes."""
        return copy(self)


class CharFilter(ConditionFilter, django_filters.CharFilter):  # type: ignore[misc]
    field_class = TextField


class ChoiceFilter(ConditionFilter, django_filters.ChoiceFilter):  # type: ignore[misc]
    field_class = ChoiceField


class SlugField(TextField):
    """A value of an open list, used already or not."""

    default_validators = [
        _refuse_surrogates,
        RegexValidator(
            rf"^{SLUG.pattern}\Z",
            "Must consist of lower-case letters, digits and underscores.",
            code="invalid_slug",
        ),
    ]


class OpenChoiceFilter(ConditionFilter, django_filters.CharFilter):  # type: ignore[misc]
    """A value of an open list; `choices` are offered."""

    field_class = SlugField

    def __init__(self, *args: Any, choices: type[OpenChoices], **options: Any) -> None:
        super().__init__(*args, **options)
        self.choices = choices


class BooleanFilter(ConditionFilter, django_filters.BooleanFilter):  # type: ignore[misc]
    field_class = BooleanField


class UUIDFilter(ConditionFilter, django_filters.UUIDFilter):  # type: ignore[misc]
    field_class = UUIDField


class AmountFilter(ConditionFilter, django_filters.NumberFilter):  # type: ignore[misc]
    """An amount of money, as the columns hold it."""

    field_class: type[forms.Field] = AmountParameterField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_digits": 14, "decimal_places": 2} | options)


class CommaSeparatedFilter(ConditionFilter):
    """Any of several values."""

    field_class = CommaSeparatedField
    takes_several = True


class SinceFilter(ConditionFilter):
    """The first moment that counts; a day counts from its beginning."""

    field_class: type[forms.Field] = MomentParameterField

    def condition(self, value: dt.date, zone: str) -> dt.datetime:
        return since(value, zone)


class UntilFilter(ConditionFilter):
    """The first moment that no longer counts; a day counts to its end."""

    field_class: type[forms.Field] = MomentParameterField

    def condition(self, value: dt.date, zone: str) -> dt.datetime:
        return until(value, zone)


class DayFilter(ConditionFilter):
    """A day, of whatever calendar the column is."""

    field_class: type[forms.Field] = DayParameterField
