"""
What the address of the customers' list says of which customers: read into the same conditions that
the APIs, exports and bulk work take, and shown as chips that can be edited in place.

What isn't understood counts as not said, for people edit addresses.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.clock import day_bounds, tellable
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.ui.fields import DayField, MoneyField
from customers.choices import Engagement, Segment, Status
from customers.filters import CustomerConditions
from customers.selectors.owners import owners
from customers.selectors.work import tags

ME = "me"
PRESENTATION = ("sort", "size", "columns")
"""What the address says of how, not which, customers are shown."""

TAGS_OFFERED = 500


class SeveralField(forms.MultipleChoiceField):
    """Those of the values that are among the choices."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> list[str]:
        choices: Any = self.choices
        known = {str(key) for key, _label in choices}
        return [item for item in value or [] if item in known]


class TagNamesField(forms.MultipleChoiceField):
    """Any names: one that no customer carries finds nobody."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> list[str]:
        return [item for item in value or [] if item and "\x00" not in item]


class YesNoField(forms.TypedChoiceField):
    def __init__(self, *, yes: Any, no: Any, **options: Any) -> None:
        choices = [("true", yes), ("false", no)]
        super().__init__(
            choices=choices,
            coerce=lambda text: text == "true",
            empty_value=None,
            required=False,
            widget=forms.RadioSelect,
        )


class IdsField(forms.CharField):
    """Ids between commas."""

    def to_python(self, value: Any) -> Any:
        return [key for part in (value or "").split(",") if (key := parse_id(part)) is not None]


class TellableDayField(DayField):
    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not tellable(day):
            raise forms.ValidationError("too far away")
        return day


class FilterForm(forms.Form):
    """A field for every parameter; only its cleaned values count."""

    search = forms.CharField(required=False, max_length=200)
    status = SeveralField(required=False, choices=Status.choices)
    segment = SeveralField(required=False, choices=Segment.choices)
    engagement = SeveralField(required=False, choices=Engagement.choices)
    tags = TagNamesField(required=False)
    assigned_to = forms.CharField(required=False, widget=forms.Select)
    city = forms.CharField(required=False, max_length=150)
    min_lifetime_value = MoneyField(required=False, min_value=0)
    created_from = TellableDayField(required=False, label=gettext_lazy("From"))
    created_to = TellableDayField(required=False, label=gettext_lazy("To"))
    is_at_risk = YesNoField(yes=gettext_lazy("At risk"), no=gettext_lazy("Not at risk"))
    is_blocked = YesNoField(yes=gettext_lazy("Yes"), no=gettext_lazy("No"))
    is_business = YesNoField(yes=gettext_lazy("Businesses"), no=gettext_lazy("Individuals"))
    is_referral_partner = YesNoField(yes=gettext_lazy("Yes"), no=gettext_lazy("No"))
    deleted = YesNoField(yes=gettext_lazy("Yes"), no=gettext_lazy("No"))
    ids = IdsField(required=False, max_length=40_000)


@dataclass(frozen=True, slots=True)
class Filter:
    """What can be asked under one name, by one or two parameters."""

    label: Any
    fields: tuple[str, ...]
    offered: bool = True


FILTERS: Sequence[Filter] = (
    Filter(gettext_lazy("Status"), ("status",)),
    Filter(gettext_lazy("Segment"), ("segment",)),
    Filter(gettext_lazy("Engagement"), ("engagement",)),
    Filter(gettext_lazy("Risk"), ("is_at_risk",)),
    Filter(gettext_lazy("Tags"), ("tags",)),
    Filter(gettext_lazy("Owner"), ("assigned_to",)),
    Filter(gettext_lazy("City"), ("city",)),
    Filter(gettext_lazy("Lifetime value at least"), ("min_lifetime_value",)),
    Filter(pgettext_lazy("filter by day of creation", "Added"), ("created_from", "created_to")),
    Filter(gettext_lazy("Blocked"), ("is_blocked",)),
    Filter(gettext_lazy("Kind"), ("is_business",)),
    Filter(gettext_lazy("Referral partner"), ("is_referral_partner",)),
    Filter(gettext_lazy("Deleted"), ("deleted",), offered=False),
    Filter(gettext_lazy("Picked"), ("ids",), offered=False),
)

PARAMETERS = ("search", *(name for each in FILTERS for name in each.fields))


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


class CustomerFilters:
    """The filters that `query` holds, for one actor."""

    def __init__(self, query: QueryDict, *, actor: Actor) -> None:
        self.actor = actor
        self.query = _cleaned(query)
        self.form = FilterForm(self.query, auto_id="filter_%s")
        self.form.is_valid()
        read = self.form.cleaned_data
        understood = {
            name: read[name] for name in PARAMETERS if name in self.query and name in read
        }
        self.given: Mapping[str, Any] = {
            name: value for name, value in understood.items() if _says(name, value)
        }

    @cached_property
    def conditions(self) -> CustomerConditions:
        """What the list, its export and bulk work apply."""
        values = dict(self.given)
        zone = self.actor.organization.time_zone
        if "created_from" in values:
            values["created_from"] = day_bounds(values["created_from"], zone)[0]
        if "created_to" in values:
            values["created_before"] = day_bounds(values.pop("created_to"), zone)[1]
        if "assigned_to" in values:
            values["assigned_to"] = self._owner(values["assigned_to"])
        return CustomerConditions(**values)

    @property
    def search(self) -> str:
        return str(self.given.get("search", ""))

    @cached_property
    def people(self) -> dict[UUID, str]:
        """Everyone whom customers can be assigned to, by id."""
        return {user.pk: user.name for user in self._users}

    @cached_property
    def active_people(self) -> list[tuple[str, str]]:
        return [(str(user.pk), user.name) for user in self._users if user.is_active]

    @cached_property
    def tag_names(self) -> list[str]:
        return list(
            tags(actor=self.actor).order_by("name").values_list("name", flat=True)[:TAGS_OFFERED]
        )

    @cached_property
    def items(self) -> list[FilterItem]:
        """Every filter, those that are set with their value."""
        self._fill_choices()
        return [self._item(each) for each in FILTERS]

    @property
    def set(self) -> list[FilterItem]:
        return [item for item in self.items if item.value]

    @property
    def offered(self) -> list[FilterItem]:
        return [item for item in self.items if item.offered and not item.value]

    @property
    def named(self) -> list[Any]:
        """The conditions in words, the search too, for the sentence that nothing fits them."""
        searched = [FilterItem(_("Search"), self.search, "", [], [], False)] if self.search else []
        return [*searched, *self.set]

    @property
    def address_query(self) -> str:
        """The filters as a query, for an export or a job of the same customers."""
        return self._without(*PRESENTATION).urlencode()

    @property
    def list_query(self) -> str:
        """The filters and how they are shown, for links back to this list."""
        return self.query.urlencode()

    @property
    def search_rest(self) -> list[tuple[str, str]]:
        return self.rest("search")

    @property
    def columns_rest(self) -> list[tuple[str, str]]:
        return self.rest("columns")

    @property
    def narrowed(self) -> bool:
        """Whether more is asked than for the living or the deleted."""
        return bool(set(self.given) - {"deleted"})

    @property
    def here(self) -> str:
        """The address of the list, its first page."""
        return self.without()

    def rest(self, *names: str) -> list[tuple[str, str]]:
        """What a form that sets `names` sends besides."""
        return [(name, value) for name, values in self._without(*names).lists() for value in values]

    def without(self, *names: str) -> str:
        """The address of the list without these parameters."""
        query = self._without(*names).urlencode()
        return f"{reverse('customers:list')}?{query}" if query else reverse("customers:list")

    @property
    def cleared(self) -> str:
        """The address without filters; the list of the deleted stays that."""
        return self.without(*(name for name in PARAMETERS if name != "deleted"))

    def _without(self, *names: str) -> QueryDict:
        query = self.query.copy()
        for name in names:
            query.pop(name, None)
        return query

    def _item(self, each: Filter) -> FilterItem:
        value = ", ".join(self._words(name) for name in each.fields if name in self.given)
        fields = [self.form[name] for name in each.fields]
        return FilterItem(
            str(each.label),
            value,
            self.without(*each.fields),
            fields,
            self.rest(*each.fields),
            each.offered,
        )

    def _words(self, name: str) -> str:
        value, field = self.given[name], self.form.fields[name]
        if name == "ids":
            return number_format(len(value))
        if name == "assigned_to":
            key = self._owner(value)
            return _("Me") if value == ME else self.people.get(key, _("unknown"))
        if name == "min_lifetime_value":
            return (
                f"{number_format(value.normalize() if value else 0, force_grouping=True)} "
                f"{self.actor.organization.currency}"
            )
        if name in ("created_from", "created_to"):
            text = _("from %(day)s") if name == "created_from" else _("to %(day)s")
            return text % {"day": date_format(value)}
        if isinstance(field, YesNoField):
            return str(dict(field.choices)["true" if value else "false"])  # type: ignore[arg-type]
        if isinstance(field, SeveralField):
            return ", ".join(str(dict(field.choices)[item]) for item in value)  # type: ignore[arg-type, index]
        return ", ".join(value) if isinstance(value, list) else str(value)

    def _owner(self, value: str) -> UUID:
        """Nobody's id, for what is no one's."""
        key = self.actor.id if value == ME else parse_id(value)
        return key or UUID(int=0)

    def _fill_choices(self) -> None:
        fields: Any = self.form.fields
        known = list(dict.fromkeys([*self.given.get("tags", []), *self.tag_names]))
        fields["tags"].choices = [(name, name) for name in known]
        people: Iterator[tuple[str, str]] = ((str(key), name) for key, name in self.people.items())
        fields["assigned_to"].widget.choices = [("", _("Anyone")), (ME, _("Me")), *people]
        fields["min_lifetime_value"].unit = self.actor.organization.currency
        for each in FILTERS:
            for name in each.fields:
                fields[name].label = fields[name].label or each.label

    @cached_property
    def _users(self) -> list[Any]:
        return list(owners(actor=self.actor))


def _says(name: str, value: Any) -> bool:
    """Ids of which none is one mean nobody, unlike all else that isn't understood."""
    return name == "ids" or (
        value is not False if name == "deleted" else value not in (None, "", [])
    )


def _cleaned(query: QueryDict) -> QueryDict:
    """What the list knows of the query, without what is empty and without the page."""
    kept = QueryDict(mutable=True)
    for name in (*PARAMETERS, *PRESENTATION):
        values = [value for value in query.getlist(name) if value.strip()]
        if values:
            kept.setlist(name, list(dict.fromkeys(values)))
    return kept
