"""
Form fields of the pages: inputs that keep what was typed, with the keyboards that phones should
show.
"""

import datetime as dt
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from core.amounts import number_marks, parse_amount
from core.hours import DAYS, ordered_hours


class PhoneFormField(forms.CharField):
    """A phone number as people write it; the domain reads it."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 120)
        super().__init__(**options)
        self.widget.input_type = "tel"  # type: ignore[attr-defined]
        self.widget.attrs.setdefault("autocomplete", "off")


class EmailFormField(forms.EmailField):
    """An e-mail address; what is none is told with an example."""

    default_error_messages = {"invalid": _("Enter an e-mail address such as name@example.com.")}


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

    def prepare_value(self, value: Any) -> Any:
        """With the region's decimal mark, so that it is read back as what it was."""
        if not isinstance(value, Decimal):
            return super().prepare_value(value)
        exact = f"{value.normalize():f}".partition(".")[2]
        return f"{value:.{max(2, len(exact))}f}".replace(".", number_marks(self.region)[0])


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


class WeeklyHoursInput(forms.Widget):
    """
    Two times for each span of each day, several spans a day; components/weekly_hours.html shows it.
    A text (`mon 08:00-12:00, …`) stands for all of them where a form compares or gives back values.
    """

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if name in data:
            return data[name]
        return [
            {"day": day, "opens": opens, "closes": closes}
            for day in DAYS
            for opens, closes in zip_longest(
                data.getlist(f"{name}-{day}-opens"),
                data.getlist(f"{name}-{day}-closes"),
                fillvalue="",
            )
            if opens or closes
        ]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and not any(f"{name}-{day}-opens" in data for day in DAYS)

    def format_value(self, value: Any) -> Any:
        return value


class WeeklyHoursFormField(forms.Field):
    """Hours of a week, as `core.hours` keeps them; none at all is None: the usual ones."""

    widget = WeeklyHoursInput
    default_error_messages = {
        "invalid_hours": _("Each span of hours must close after it opens."),
        "overlapping_hours": _("Two spans of a day overlap."),
    }

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = [_span_of(part) for part in value.split(",") if part.strip()]
        # midnight as a browser's field writes it
        spans = [
            {**span, "closes": "24:00" if span["closes"] == "00:00" else span["closes"]}
            for span in value or []
        ]
        try:
            return ordered_hours(spans) or None
        except ValidationError as error:
            raise ValidationError(self.error_messages[str(error.code)], code=error.code) from error

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        return ", ".join(f"{span['day']} {span['opens']}-{span['closes']}" for span in value or [])

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((self.to_python(initial) or None) != self.to_python(data))
        except ValidationError:
            return True

    def week(self, value: Any) -> list[dict[str, Any]]:
        """For each day its name and pairs of times: those of `value`, and room for one break."""
        if isinstance(value, str):
            value = [_span_of(part) for part in value.split(",") if part.strip()]
        found = []
        for number, day in enumerate(DAYS):
            spans = [(span["opens"], span["closes"]) for span in value or [] if span["day"] == day]
            pairs = [(opens, "00:00" if closes == "24:00" else closes) for opens, closes in spans]
            room = [("", "")] * max(0, 2 - len(pairs))
            found.append({"day": day, "name": WEEKDAYS[number], "pairs": [*pairs, *room]})
        return found


def _span_of(text: str) -> dict[str, str]:
    day, _space, times = text.strip().partition(" ")
    opens, _dash, closes = times.partition("-")
    return {"day": day, "opens": opens, "closes": closes}
