"""
What the address of the customers' list says of which customers: read into the same conditions that
the APIs, exports and bulk work take, and shown as chips that can be edited in place.

What isn't understood counts as not said, for people edit addresses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from core.filters import CharFilter, ConditionsFilterSet, UUIDFilter
from core.ids import parse_id
from core.imports.models import FileImport
from core.tenancy.actor import Actor
from core.ui.filters import (
    CheckboxesField,
    CheckboxesFilter,
    FirstDayFilter,
    IdsFilter,
    LastDayFilter,
    MoneyFilter,
    NamesFilter,
    YesFilter,
    YesNoField,
    YesNoFilter,
)
from core.ui.wording import number
from customers.choices import Engagement, Segment, Status
from customers.filters import SEARCHED, CustomerConditions
from customers.models import Customer
from customers.selectors.owners import owners
from customers.selectors.work import tags

ME = "me"
PRESENTATION = ("sort", "size", "columns")
"""What the address says of how, not which, customers are shown."""

TAGS_OFFERED = 500


class CustomerListFilterSet(ConditionsFilterSet[CustomerConditions]):
    search = CharFilter(max_length=SEARCHED)
    status = CheckboxesFilter(label=gettext_lazy("Status"), choices=Status)
    segment = CheckboxesFilter(label=gettext_lazy("Segment"), choices=Segment)
    engagement = CheckboxesFilter(label=gettext_lazy("Engagement"), choices=Engagement)
    is_at_risk = YesNoFilter(
        label=gettext_lazy("Risk"), yes=gettext_lazy("At risk"), no=gettext_lazy("Not at risk")
    )
    tags = NamesFilter(label=gettext_lazy("Tags"))
    assigned_to = CharFilter(label=gettext_lazy("Owner"), widget=forms.Select)
    city = CharFilter(label=gettext_lazy("City"), max_length=150)
    min_lifetime_value = MoneyFilter(label=gettext_lazy("Booked value at least"), min_value=0)
    created_from = FirstDayFilter(label=gettext_lazy("From"))
    created_to = LastDayFilter("created_before", label=gettext_lazy("To"))
    is_blocked = YesNoFilter(
        label=gettext_lazy("Blocked"), yes=gettext_lazy("Yes"), no=gettext_lazy("No")
    )
    marketing = YesNoFilter(
        label=gettext_lazy("Marketing"),
        yes=gettext_lazy("Has agreed"),
        no=gettext_lazy("Hasn’t agreed"),
    )
    is_business = YesNoFilter(
        label=gettext_lazy("Kind"), yes=gettext_lazy("Businesses"), no=gettext_lazy("Individuals")
    )
    is_referral_partner = YesNoFilter(
        label=gettext_lazy("Referral partner"), yes=gettext_lazy("Yes"), no=gettext_lazy("No")
    )
    deleted = YesFilter(
        label=gettext_lazy("Deleted"), yes=gettext_lazy("Yes"), no=gettext_lazy("No")
    )
    import_id = UUIDFilter(label=gettext_lazy("From a file"))
    ids = IdsFilter(label=gettext_lazy("Picked"), max_length=40_000)

    class Meta:
        model = Customer
        conditions = CustomerConditions

    def __init__(self, query: QueryDict, *, actor: Actor) -> None:
        super().__init__(query, time_zone=actor.organization.time_zone)
        self.actor = actor

    def build_conditions(self, values: dict[str, Any]) -> CustomerConditions:
        if "assigned_to" in values:
            values["assigned_to"] = self.owner(values["assigned_to"])
        return super().build_conditions(values)

    def owner(self, text: str) -> UUID:
        """Nobody's id, for what is no one's."""
        key = self.actor.id if text == ME else parse_id(text)
        return key or UUID(int=0)


ADDED = ("created_from", "created_to")
"""The two parameters that are one filter."""

NOT_OFFERED = ("deleted", "import_id", "ids")
"""Filters that only other pages set."""

PARAMETERS = tuple(CustomerListFilterSet.base_filters)

FILTERS = [
    ADDED if name == ADDED[0] else (name,)
    for name in PARAMETERS
    if name not in ("search", ADDED[1])
]
"""The parameters of each filter, as they are offered; the search stands by itself."""


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
        self.filterset = CustomerListFilterSet(self.query, actor=actor)
        self.form = self.filterset.form
        self.form.auto_id = "filter_%s"
        self.given: Mapping[str, Any] = self.filterset.values

    @property
    def conditions(self) -> CustomerConditions:
        """What the list, its export and bulk work apply."""
        return self.filterset.valid_conditions

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
        return [self._item(*names) for names in FILTERS]

    @property
    def set(self) -> list[FilterItem]:
        return [item for item in self.items if item.value]

    @property
    def offered(self) -> list[FilterItem]:
        return [item for item in self.items if item.offered and not item.value]

    @property
    def named(self) -> list[Any]:
        """
        The conditions in words, the search too, for the list's title and the sentence that nothing
        fits them; that it is the list of the deleted it says itself.
        """
        searched = [FilterItem(_("Search"), self.search, "", [], [], False)] if self.search else []
        return [*searched, *(item for item in self.set if item.fields[0].name != "deleted")]

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

    def _item(self, *names: str) -> FilterItem:
        label = pgettext("filter by day of creation", "Added") if names == ADDED else ""
        fields = [self.form[name] for name in names]
        return FilterItem(
            label or str(fields[0].label),
            ", ".join(self._words(name) for name in names if name in self.given),
            self.without(*names),
            fields,
            self.rest(*names),
            not set(names) & set(NOT_OFFERED),
        )

    def _words(self, name: str) -> str:
        value, field = self.given[name], self.form.fields[name]
        if name == "ids":
            return number(len(value))
        if name == "import_id":
            row = FileImport.objects.for_actor(self.actor).filter(pk=value).first()
            return str(row or _("unknown"))
        if name == "assigned_to":
            key = self.filterset.owner(value)
            return _("Me") if value == ME else self.people.get(key, _("unknown"))
        if name == "min_lifetime_value":
            return f"{number(value.normalize() if value else 0)} {self.actor.organization.currency}"
        if name in ("created_from", "created_to"):
            text = _("from %(day)s") if name == "created_from" else _("to %(day)s")
            return text % {"day": date_format(value)}
        if isinstance(field, YesNoField):
            return str(dict(field.choices)["true" if value else "false"])  # type: ignore[arg-type]
        if isinstance(field, CheckboxesField):
            return ", ".join(str(dict(field.choices)[item]) for item in value)  # type: ignore[arg-type, index]
        return ", ".join(value) if isinstance(value, list) else str(value)

    def _fill_choices(self) -> None:
        fields: Any = self.form.fields
        known = list(dict.fromkeys([*self.given.get("tags", []), *self.tag_names]))
        fields["tags"].choices = [(name, name) for name in known]
        people: Iterator[tuple[str, str]] = ((str(key), name) for key, name in self.people.items())
        fields["assigned_to"].widget.choices = [("", _("Anyone")), (ME, _("Me")), *people]
        fields["min_lifetime_value"].unit = self.actor.organization.currency
        fields["min_lifetime_value"].place(self.actor.organization.default_region)

    @cached_property
    def _users(self) -> list[Any]:
        return list(owners(actor=self.actor))


def _cleaned(query: QueryDict) -> QueryDict:
    """What the list knows of the query, without what is empty and without the page."""
    kept = QueryDict(mutable=True)
    for name in (*PARAMETERS, *PRESENTATION):
        values = [value for value in query.getlist(name) if value.strip()]
        if values:
            kept.setlist(name, list(dict.fromkeys(values)))
    return kept
