"""
What the address of the customers' list says of which customers: read into the same conditions that
the APIs, exports and bulk work take, and shown as chips that can be edited in place.

What isn't understood counts as not said, for people edit addresses.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.filters import CharFilter, ConditionsFilterSet, UUIDFilter
from core.ids import parse_id
from core.imports.models import FileImport
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.ui.filters import (
    CheckboxesFilter,
    FirstDayFilter,
    IdsFilter,
    LastDayFilter,
    ListFilters,
    MoneyFilter,
    NamesFilter,
    WholeFilter,
    YesFilter,
    YesNoFilter,
)
from core.ui.wording import number
from customers.choices import Engagement, Segment, Status
from customers.filters import SEARCHED, CustomerConditions
from customers.models import Customer
from customers.pages.codes import readable
from customers.selectors.owners import owners
from customers.selectors.work import tags

ME = "me"
TAGS_OFFERED = 500
_SPANS = ("created", "since", "visited", "first_visit", "last_visit", "latest_visit")
FIRST_DAYS = tuple(f"{span}_from" for span in _SPANS)
LAST_DAYS = tuple(f"{span}_to" for span in _SPANS)


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
    since_from = FirstDayFilter(label=gettext_lazy("From"))
    since_to = LastDayFilter("since_before", label=gettext_lazy("To"))
    visited_from = FirstDayFilter(label=gettext_lazy("From"))
    visited_to = LastDayFilter("visited_before", label=gettext_lazy("To"))
    first_visit_from = FirstDayFilter(label=gettext_lazy("From"))
    first_visit_to = LastDayFilter("first_visit_before", label=gettext_lazy("To"))
    last_visit_from = FirstDayFilter(label=gettext_lazy("From"))
    last_visit_to = LastDayFilter("last_visit_before", label=gettext_lazy("To"))
    latest_visit_from = FirstDayFilter(label=gettext_lazy("From"))
    latest_visit_to = LastDayFilter("latest_visit_before", label=gettext_lazy("To"))
    min_visits = WholeFilter(label=gettext_lazy("At least"), min_value=1)
    max_visits = WholeFilter(label=gettext_lazy("At most"), min_value=1)
    min_health = WholeFilter(label=gettext_lazy("At least"), min_value=0, max_value=100)
    max_health = WholeFilter(label=gettext_lazy("At most"), min_value=0, max_value=100)
    source = CharFilter(label=gettext_lazy("Source"), max_length=50)
    has_source = YesNoFilter(
        label=gettext_lazy("Where they come from"),
        yes=gettext_lazy("Known"),
        no=gettext_lazy("Unknown"),
    )
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
    visited_outlet = UUIDFilter(label=gettext_lazy("Outlet visited"))
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


class CustomerFilters(ListFilters[CustomerConditions]):
    """The filters of the customers' list."""

    filterset_class = CustomerListFilterSet
    filterset: CustomerListFilterSet
    page = "customers:list"
    presentation = ("sort", "size", "columns")
    together = {
        ("created_from", "created_to"): pgettext_lazy("filter by day of creation", "Added"),
        ("since_from", "since_to"): gettext_lazy("Customer since"),
        ("min_health", "max_health"): gettext_lazy("Health"),
        ("visited_from", "visited_to"): gettext_lazy("Visited"),
        ("first_visit_from", "first_visit_to"): gettext_lazy("First visit"),
        ("last_visit_from", "last_visit_to"): gettext_lazy("Last visit"),
        ("latest_visit_from", "latest_visit_to"): gettext_lazy("Latest of these visits"),
        ("min_visits", "max_visits"): gettext_lazy("Number of visits"),
    }
    not_offered = (
        *("deleted", "visited_outlet", "latest_visit_from", "latest_visit_to", "import_id", "ids"),
    )
    not_told = ("deleted",)

    def make_filterset(self) -> CustomerListFilterSet:
        return CustomerListFilterSet(self.query, actor=self.actor)

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

    def words(self, name: str, value: Any) -> str:
        if name == "ids":
            return number(len(value))
        if name == "import_id":
            row = FileImport.objects.for_actor(self.actor).filter(pk=value).first()
            return str(row or _("unknown"))
        if name == "assigned_to":
            return (
                _("Me")
                if value == ME
                else self.people.get(self.filterset.owner(value), _("unknown"))
            )
        if name == "visited_outlet":
            outlet = Outlet.objects.for_actor(self.actor).filter(pk=value).first()
            return str(outlet.name if outlet else _("unknown"))
        if name in FIRST_DAYS:
            return _("from %(day)s") % {"day": date_format(value)}
        if name in LAST_DAYS:
            return _("to %(day)s") % {"day": date_format(value)}
        if name.startswith(("min_", "max_")):
            text = _("at least %(n)s") if name.startswith("min_") else _("at most %(n)s")
            return text % {"n": value}
        if name == "source":
            return readable(value)
        return super().words(name, value)

    def fill_choices(self, fields: Any) -> None:
        known = list(dict.fromkeys([*self.given.get("tags", []), *self.tag_names]))
        fields["tags"].choices = [(name, name) for name in known]
        people: Iterator[tuple[str, str]] = ((str(key), name) for key, name in self.people.items())
        fields["assigned_to"].widget.choices = [("", _("Anyone")), (ME, _("Me")), *people]
        fields["min_lifetime_value"].unit = self.actor.organization.currency
        fields["min_lifetime_value"].place(self.actor.organization.default_region)

    @cached_property
    def _users(self) -> list[Any]:
        return list(owners(actor=self.actor))
