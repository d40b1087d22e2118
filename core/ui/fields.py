"""
Form fields of the pages: inputs that keep what was typed, with the keyboards that phones should
show.
"""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.amounts import number_marks, parse_amount


class PhoneFormField(forms.CharField):
    """A phone number as people write it; the domain reads it."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 120)
        super().__init__(**options)
        self.widget.input_type = "tel"  # type: ignore[attr-defined]
        self.widget.attrs.setdefault("autocomplete", "off")


class WholeField(forms.IntegerField):
    """A whole number. Not type=number, in which a browser hides what isn't one."""

    widget = forms.TextInput(attrs={"inputmode": "numeric"})


class MoneyField(forms.DecimalField):
    """
    An amount as people of the organization's `region` write it; the form's template shows `unit`,
    the organization's currency unless it is given.
    """

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def __init__(self, *, unit: str = "", region: str = "", **options: Any) -> None:
        options.setdefault("max_digits", 14)
        options.setdefault("decimal_places", 2)
        super().__init__(**options)
        self.unit = unit
        self.region = region

    def place(self, region: str) -> None:
        """The region decides what marks mean, and by which `amounts.js` groups."""
        self.region = region
        decimal, group = number_marks(region)
        self.widget.attrs |= {"data-decimal": decimal, "data-group": group}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            try:
                value = parse_amount(value, self.region)
            except ValueError as error:
                raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        return super().to_python(value)


class DayField(forms.DateField):
    """A day, picked from the browser's own calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class MomentField(forms.DateTimeField):
    """A day and time of the organization's zone, to the minute."""

    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})

    def has_changed(self, initial: Any, data: Any) -> bool:
        if isinstance(initial, dt.datetime):
            initial = initial.replace(second=0, microsecond=0)
        return super().has_changed(initial, data)


class HoursField(forms.CharField):
    """Whole hours separated by commas, as a list."""

    default_error_messages = {"invalid": _("Enter whole hours, separated by commas.")}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        try:
            return [int(part) for part in str(super().to_python(value)).split(",") if part.strip()]
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != self.prepare_value(data))


class TagsField(forms.CharField):
    """Words separated by commas, as a list."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(word) for word in value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        text = self.prepare_value(value) or ""
        return list(
            dict.fromkeys(
                word.strip() for word in text.replace(";", ",").split(",") if word.strip()
            )
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))
