"""Lists that stay quick at a million rows: a count with a ceiling, and filters along indexes."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.clock import now
from core.ids import first_id_at
from core.tenancy.choices import Environment
from core.tenancy.models import Organization

CEILING = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than 10,000 rows; who needs one beyond them searches or filters."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if isinstance(rows, QuerySet):
            return int(rows.order_by()[:CEILING].count())
        return len(rows)


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


TONES = {"info": "info", "good": "success", "bad": "danger", "warn": "warning", "": "info"}
"""Our tones in the words of the admin's theme."""


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
