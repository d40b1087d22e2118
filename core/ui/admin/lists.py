"""Lists that stay quick at a million rows: a count with a ceiling, and filters along indexes."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from unfold.decorators import display
from unfold.views import ChangeList

from core.choices import TonedChoices
from core.clock import now
from core.ids import first_id_at
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from core.ui.formatting import money

CEILING = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than 10,000 rows; who needs one beyond them searches or filters."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if isinstance(rows, QuerySet):
            return int(rows.order_by()[:CEILING].count())
        return len(rows)


class CappedChangeList(ChangeList):  # type: ignore[misc]
    """A list that nothing narrows is told as the whole: there is no more of it to be shown."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


class OpenChoiceListFilter(admin.ChoicesFieldListFilter):
    """Of a column with an open list, those of its values that have words of ours."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        everything = changelist.get_query_string(remove=[self.lookup_kwarg])
        yield {"selected": not self.lookup_val, "query_string": everything, "display": _("All")}
        for value, label in self.field.words.choices:  # type: ignore[attr-defined]
            yield {
                "selected": value in (self.lookup_val or ()),
                "query_string": changelist.get_query_string({self.lookup_kwarg: value}),
                "display": label,
            }


class OrganizationFilter(admin.SimpleListFilter):
    """For super admins, whose lists show every organization's rows."""

    title = "organization"
    parameter_name = "organization"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (str(pk), name) for pk, name in Organization.objects.values_list("pk", "name")[:200]
        ]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        known = {value for value, _ in self.lookup_choices}
        value = self.value()
        return queryset.filter(organization_id=value) if value in known else queryset


class EnvironmentFilter(admin.SimpleListFilter):
    title = "environment"
    parameter_name = "environment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Environment.choices]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        value = self.value()
        return queryset.filter(environment=value) if value in Environment.values else queryset


TONES = {
    "accent": "info",
    "info": "info",
    "good": "success",
    "bad": "danger",
    "warn": "warning",
    "": "default",
}
"""Our tones in the words of the admin's theme."""


def toned_column(name: str, choices: type[TonedChoices], title: Any) -> Callable[[Any], Any]:
    """A column for `list_display`: the field's label, in its tone."""

    @display(description=title, ordering=name, label={each: TONES[each.tone] for each in choices})  # type: ignore[untyped-decorator]
    def read_value(row: Any) -> tuple[str, Any]:
        value = getattr(row, name)
        return value, choices(value).label

    read_value.__name__ = f"read_{name}"
    return read_value  # type: ignore[no-any-return]


def word_column(name: str, choices: type[TonedChoices], title: Any) -> Callable[[Any], str]:
    """A column for `list_display`: the label of a value, also of an open list's."""

    @admin.display(description=title, ordering=name)
    def read_value(row: Any) -> str:
        value = getattr(row, name)
        return str(choices(value).label) if value else ""

    read_value.__name__ = f"read_{name}"
    return read_value


def money_column(name: str, title: Any) -> Callable[[Any], str]:
    """A column for `list_display`: an amount in the currency of the row's organization."""

    @admin.display(description=title, ordering=name)
    def read_value(row: Any) -> str:
        return money(getattr(row, name), row.organization.currency)

    read_value.__name__ = f"read_{name}"
    return read_value


class RecentFilter(admin.SimpleListFilter):
    """
    How long ago a row was made, read from its id (UUIDv7 begins with the time), so that the primary
    key answers.
    """

    title = "when"
    parameter_name = "when"
    SPANS = {
        "hour": dt.timedelta(hours=1),
        "day": dt.timedelta(days=1),
        "week": dt.timedelta(days=7),
        "month": dt.timedelta(days=30),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("hour", "past hour"),
            ("day", "past 24 hours"),
            ("week", "past 7 days"),
            ("month", "past 30 days"),
        ]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        span = self.SPANS.get(self.value() or "")
        return queryset.filter(pk__gte=first_id_at(now() - span)) if span else queryset
