"""
Filters of the lists that staff see, whose addresses people edit: fields that offer what can be
asked, and leave out what can't.
"""

from typing import Any

from django import forms

from core.clock import tellable
from core.filters import AmountFilter, ConditionFilter, SinceFilter, UntilFilter
from core.ids import parse_id
from core.ui.fields import DayField, MoneyField

SEARCHED = 200
"""The longest search, in characters; the rest of a longer one is left out."""


class SearchField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return str(value or "").replace("\x00", "").strip()[:SEARCHED]


class SearchFilter(ConditionFilter):
    field_class = SearchField


class CheckboxesField(forms.MultipleChoiceField):
    """Those of the values that are among the choices; None when there are none."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> Any:
        choices: Any = self.choices
        known = {str(key) for key, _label in choices}
        return [item for item in value or [] if item in known] or None


class CheckboxesFilter(ConditionFilter):
    field_class = CheckboxesField


class NamesField(forms.MultipleChoiceField):
    """Any names, offered or not; None when there are none."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> Any:
        return [item for item in value or [] if item and "\x00" not in item] or None


class NamesFilter(ConditionFilter):
    field_class = NamesField


class YesNoField(forms.TypedChoiceField):
    widget = forms.RadioSelect

    def __init__(self, *, yes: Any, no: Any, **options: Any) -> None:
        options |= {"choices": [("true", yes), ("false", no)], "empty_value": None}
        super().__init__(coerce=lambda text: text == "true", **options)


class YesNoFilter(ConditionFilter):
    field_class = YesNoField


class YesField(YesNoField):
    """For what is so unless one asks: no says nothing."""

    def clean(self, value: Any) -> Any:
        return super().clean(value) or None


class YesFilter(ConditionFilter):
    field_class = YesField


class IdsField(forms.CharField):
    """Ids between commas. Where none of them is one, nobody is meant."""

    def to_python(self, value: Any) -> Any:
        if not value:
            return None
        return [key for part in value.split(",") if (key := parse_id(part)) is not None]


class IdsFilter(ConditionFilter):
    field_class = IdsField


class TellableDayField(DayField):
    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not tellable(day):
            raise forms.ValidationError("too far away")
        return day


class FirstDayFilter(SinceFilter):
    field_class = TellableDayField


class LastDayFilter(UntilFilter):
    field_class = TellableDayField


class MoneyFilter(AmountFilter):
    field_class = MoneyField
