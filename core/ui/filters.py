"""
Filters of the lists that staff see, whose addresses people edit: fields that offer what can be
asked, and leave out what can't; and the bar in which each filter that is set is a chip that can be
edited in its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.clock import tellable
from core.filters import (
    AmountFilter,
    ConditionFilter,
    Conditions,
    ConditionsFilterSet,
    SinceFilter,
    UntilFilter,
)
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.ui.fields import DayField, MoneyField, WholeField
from core.ui.wording import number

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


class WholeFilter(ConditionFilter):
    field_class = WholeField


@dataclass(frozen=True, slots=True)
class FilterItem:
    """
    A filter as the page shows it: its words and the address without it when it is set, its fields,
    and what else the form sends.
    """

    label: str
    value: str
    remove: str
    fields: list[forms.BoundField]
    rest: list[tuple[str, str]]
    offered: bool


C = TypeVar("C", bound=Conditions)


class ListFilters(Generic[C]):
    """
    What the address of a list says of which rows, for one actor: read into the conditions that
    exports and bulk work take, and shown as a bar of filters (`components/filter_bar.html`). What
    isn't understood counts as not said.
    """

    filterset_class: ClassVar[type[ConditionsFilterSet[Any]]]
    page: ClassVar[str]
    """The list's address, by its name."""

    presentation: ClassVar[Sequence[str]] = ("sort", "size")
    """What the address says of how, not which, rows are shown."""

    together: ClassVar[Mapping[Sequence[str], Any]] = {}
    """Parameters that are one filter, and its name."""

    not_offered: ClassVar[Sequence[str]] = ()
    """Filters that only other pages set."""

    shown_elsewhere: ClassVar[Sequence[str]] = ()
    """Filters that aren't chips, for the list has tabs or a page of its own for them."""

    not_told: ClassVar[Sequence[str]] = ()
    """Filters that the list's title says itself."""

    def __init__(self, query: QueryDict, *, actor: Actor) -> None:
        self.actor = actor
        self.query = self._cleaned(query)
        self.filterset = self.make_filterset()
        self.form = self.filterset.form
        self.form.auto_id = "filter_%s"
        self.given: Mapping[str, Any] = self.filterset.values
        for name in self.form.errors:
            self.query.pop(name, None)

    def make_filterset(self) -> ConditionsFilterSet[C]:
        zone = self.actor.organization.time_zone
        return self.filterset_class(self.query, time_zone=zone)

    def fill_choices(self, fields: Any) -> None:
        """Gives the form's fields what they offer, where that isn't always the same."""

    def words(self, name: str, value: Any) -> str:
        """What a parameter's value is called."""
        field = self.form.fields[name]
        if isinstance(value, list):
            labels = dict(getattr(field, "choices", ()))
            return ", ".join(str(labels.get(item, item)) for item in value)
        if isinstance(field, YesNoField):
            return str(dict(field.choices)["true" if value else "false"])  # type: ignore[arg-type]
        if isinstance(field, MoneyField):
            return f"{number(value.normalize() if value else 0)} {self.actor.organization.currency}"
        if isinstance(field, DayField):
            return str(date_format(value))
        return str(dict(getattr(field, "choices", ())).get(value, value))

    @property
    def path(self) -> str:
        return reverse(self.page)

    @property
    def conditions(self) -> C:
        """What the list, its export and bulk work apply."""
        return self.filterset.valid_conditions

    @property
    def search(self) -> str:
        return str(self.given.get("search", ""))

    @property
    def search_label(self) -> str:
        return _("Search")

    @cached_property
    def items(self) -> list[FilterItem]:
        """Every filter, those that are set with their value; the search stands by itself."""
        self.fill_choices(self.form.fields)
        seconds = {name for names in self.together for name in names[1:]}
        groups = {names[0]: names for names in self.together}
        return [
            self._item(*groups.get(name, (name,)))
            for name in self.filterset.filters
            if name != "search" and name not in seconds
        ]

    @property
    def set(self) -> list[FilterItem]:
        """The chips."""
        return [item for item in self._valued if item.fields[0].name not in self.shown_elsewhere]

    @property
    def offered(self) -> list[FilterItem]:
        return [item for item in self.items if item.offered and not item.value]

    @property
    def named(self) -> list[FilterItem]:
        """
        The conditions in words, the search too, for the list's title and the sentence that nothing
        fits them.
        """
        searched = [FilterItem(self.search_label, self.search, "", [], [], False)]
        told = [item for item in self._valued if item.fields[0].name not in self.not_told]
        return [*(searched if self.search else []), *told]

    @property
    def address_query(self) -> str:
        """The filters as a query, for an export or a job of the same rows."""
        return self._without(*self.presentation).urlencode()

    @property
    def list_query(self) -> str:
        """The filters and how they are shown, for links back to this list."""
        return self.query.urlencode()

    @property
    def search_rest(self) -> list[tuple[str, str]]:
        return self.rest("search")

    @property
    def narrowed(self) -> bool:
        """Whether a chip or the search narrows the list."""
        return bool(set(self.given) - {*self.not_told, *self.shown_elsewhere})

    @property
    def here(self) -> str:
        """The address of the list, its first page."""
        return self.without()

    @property
    def cleared(self) -> str:
        """The address without filters; what the title says itself stays."""
        return self.without(*(name for name in self.filterset.filters if name not in self.not_told))

    def rest(self, *names: str) -> list[tuple[str, str]]:
        """What a form that sets `names` sends besides."""
        return [(name, value) for name, values in self._without(*names).lists() for value in values]

    def without(self, *names: str) -> str:
        """The address of the list without these parameters."""
        query = self._without(*names).urlencode()
        return f"{self.path}?{query}" if query else self.path

    @property
    def _valued(self) -> list[FilterItem]:
        return [item for item in self.items if item.value]

    def _without(self, *names: str) -> QueryDict:
        query = self.query.copy()
        for name in names:
            query.pop(name, None)
        return query

    def _item(self, *names: str) -> FilterItem:
        fields = [self.form[name] for name in names]
        return FilterItem(
            str(self.together.get(names, fields[0].label)),
            ", ".join(self.words(name, self.given[name]) for name in names if name in self.given),
            self.without(*names),
            fields,
            self.rest(*names),
            not {*names} & {*self.not_offered, *self.shown_elsewhere},
        )

    @classmethod
    def _cleaned(cls, query: QueryDict) -> QueryDict:
        """What the list knows of the query, without what is empty and without the page."""
        kept = QueryDict(mutable=True)
        for name in (*cls.filterset_class.base_filters, *cls.presentation):
            values = [value for value in query.getlist(name) if value.strip()]
            if values:
                kept.setlist(name, list(dict.fromkeys(values)))
        return kept
