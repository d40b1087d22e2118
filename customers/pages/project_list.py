"""All projects: as a list with tabs by status, and as a board; both under the same filters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.filters import ConditionFilter, UUIDFilter
from core.ids import parse_id
from core.tenancy.policy import Permission
from core.ui.filters import FirstDayFilter, LastDayFilter, ListFilters, MoneyFilter, SearchFilter
from core.ui.formatting import money
from core.ui.gate import is_fragment
from core.ui.lists import Column, ListState
from core.ui.views import Page
from customers.choices import ProjectStatus, ProjectType
from customers.filters import ProjectConditions, ProjectFilterSet
from customers.models import Customer
from customers.selectors.customers import customers
from customers.selectors.owners import owners
from customers.selectors.value import paid_for
from customers.selectors.work import (
    Worth,
    newest_by_status,
    project_types,
    projects,
    with_customer_names,
    worth_by_status,
)

BOARD = "board"
ON_BOARD = 20
"""How many cards a column shows; the list has them all."""


class KindFilter(ConditionFilter):
    field_class = forms.ChoiceField


class ProjectListFilterSet(ProjectFilterSet):
    project_type = KindFilter(label=gettext_lazy("Kind of work"), widget=forms.RadioSelect)
    search = SearchFilter(label=gettext_lazy("Customer"))
    owner = UUIDFilter(label=gettext_lazy("Owner"), widget=forms.Select)
    min_amount = MoneyFilter(label=gettext_lazy("At least"), min_value=0)
    max_amount = MoneyFilter(label=gettext_lazy("At most"), min_value=0)
    starts_from = FirstDayFilter(label=gettext_lazy("From"))
    starts_to = LastDayFilter("starts_before", label=gettext_lazy("To"))


class ProjectFilters(ListFilters[ProjectConditions]):
    """The filters of the projects' list and board."""

    filterset_class = ProjectListFilterSet
    page = "customers:projects"
    presentation = ("sort", "size", "view")
    together = {
        ("min_amount", "max_amount"): gettext_lazy("Amount"),
        ("starts_from", "starts_to"): gettext_lazy("Starts"),
    }
    not_offered = ("customer_id",)
    shown_elsewhere = ("status",)

    def make_filterset(self) -> ProjectListFilterSet:
        made = ProjectListFilterSet(self.query, time_zone=self.actor.organization.time_zone)
        made.form.fields["project_type"].choices = self.kinds
        return made

    @cached_property
    def kinds(self) -> Sequence[tuple[str, Any]]:
        return project_types(actor=self.actor)

    @cached_property
    def people(self) -> dict[UUID, str]:
        return {user.pk: user.name for user in owners(actor=self.actor)}

    @property
    def search_label(self) -> str:
        return _("Customer")

    def fill_choices(self, fields: Any) -> None:
        others = [(key, name) for key, name in self.people.items() if key != self.actor.user_id]
        fields["owner"].widget.choices = [("", _("Anyone")), (self.actor.user_id, _("Me")), *others]
        for name in ("min_amount", "max_amount"):
            fields[name].unit = self.actor.organization.currency
            fields[name].place(self.actor.organization.default_region)

    def words(self, name: str, value: Any) -> str:
        if name == "owner":
            mine = value == self.actor.user_id
            return _("Me") if mine else self.people.get(value, _("unknown"))
        if name == "customer_id":
            row: Customer | None = customers(actor=self.actor).filter(pk=value).first()
            return row.display_name if row else _("unknown")
        if name in ("min_amount", "max_amount"):
            text = _("from %(amount)s") if name == "min_amount" else _("to %(amount)s")
            return text % {"amount": money(value, self.actor.organization.currency)}
        if name in ("starts_from", "starts_to"):
            text = _("from %(day)s") if name == "starts_from" else _("to %(day)s")
            return text % {"day": date_format(value)}
        return super().words(name, value)


class Projects(Page):
    """
    All projects: by status in tabs with what each is worth, filtered by kind and customer, sorted,
    and taken out as a file.
    """

    template = "customers/around/projects.html"
    fragment = "customers/around/projects_fragment.html"
    columns = (
        Column(gettext_lazy("Project"), "name"),
        Column(gettext_lazy("Customer")),
        Column(gettext_lazy("Status")),
        Column(gettext_lazy("Amount"), "total_amount", "num"),
        Column(gettext_lazy("Starts"), "start_date"),
        Column(gettext_lazy("Completed on"), "completed_at"),
        Column(gettext_lazy("Added"), "created_at"),
        Column("", kind="tools"),
    )
    sorts = ("-created_at", "total_amount", "start_date", "completed_at", "name")
    shown = (
        "id",
        "customer_id",
        "name",
        "project_type",
        "status",
        "total_amount",
        "start_date",
        "completed_at",
        "created_at",
    )

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(request, sorts=self.sorts)
        filters = ProjectFilters(request.GET, actor=self.actor)
        asked = filters.conditions
        among, status = replace(asked, status=None), asked.status
        worth = worth_by_status(actor=self.actor, conditions=among)
        if request.GET.get("view") == BOARD:
            return self._show_board(state, filters, among, worth)
        page = state.page_of(
            projects(actor=self.actor, conditions=asked),
            order=self._order(state.sort),
            columns=self.shown,
        )
        for row in self._complete(page.rows):
            row["status"] = ProjectStatus(row["status"])
        return self._answer(
            filters,
            {
                "page": page,
                "state": state,
                "columns": self.columns,
                "tabs": self._tabs(state, status, worth),
                "value": sum(each.amount for name, each in worth.items() if status in (None, name)),
                "total": page.total,
                "views": self._views(state),
            },
        )

    def _complete(self, rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """The rows with whose they are, the kind of work in words, and what was paid."""
        paid = paid_for(actor=self.actor, project_ids=[row["id"] for row in rows])
        for row in with_customer_names(rows):
            row["kind"] = ProjectType(row["project_type"]).label
            row["paid"] = paid.get(row["id"])
        return rows

    def _answer(self, filters: ProjectFilters, context: Mapping[str, Any]) -> HttpResponse:
        opened = parse_id(self.request.GET.get("open"))
        response = self.show(
            {
                **context,
                "opened": reverse("customers:project-panel", args=[opened]) if opened else "",
                "filters": filters,
                "currency": self.actor.organization.currency,
                "export": self._export(filters),
                "may_add": self.actor.may(Permission.MANAGE_PROJECTS),
            }
        )
        if is_fragment(self.request):
            response["HX-Push-Url"] = filters.here
        return response

    def _show_board(
        self,
        state: ListState,
        filters: ProjectFilters,
        among: ProjectConditions,
        worth: Mapping[str, Worth],
    ) -> HttpResponse:
        """A column for each status, with its number, its sum and its newest projects."""
        found = self._complete(
            newest_by_status(actor=self.actor, conditions=among, columns=self.shown, most=ON_BOARD)
        )
        columns = []
        for status in ProjectStatus:
            rows = [row for row in found if row["status"] == status]
            each = worth.get(status, Worth(0, Decimal(0)))
            columns.append(
                {
                    "status": status,
                    "rows": rows,
                    "count": each.count,
                    "amount": each.amount,
                    "left": each.count - len(rows),
                    "url": state.url(view=None, status=status.value),
                }
            )
        return self._answer(
            filters,
            {
                "board": columns,
                "statuses": ProjectStatus.choices,
                "may_move": self.actor.may(Permission.MANAGE_PROJECTS),
                "state": state,
                "value": sum(each.amount for each in worth.values()),
                "total": sum(each.count for each in worth.values()),
                "views": self._views(state),
            },
        )

    def _views(self, state: ListState) -> list[dict[str, Any]]:
        shown = self.request.GET.get("view") == BOARD
        return [
            {"label": _("List"), "url": state.url(view=None), "current": not shown},
            {"label": _("Board"), "url": state.url(view=BOARD, status=None), "current": shown},
        ]

    def _order(self, sort: str) -> tuple[Any, ...]:
        key = F(sort.removeprefix("-"))
        return (
            key.desc(nulls_last=True) if sort.startswith("-") else key.asc(nulls_last=True),
            "-id",
        )

    def _tabs(
        self, state: ListState, status: str | None, worth: Mapping[str, Worth]
    ) -> list[dict[str, Any]]:
        counts = {name: each.count for name, each in worth.items()}
        every = {
            "label": _("All"),
            "url": state.url(status=None),
            "current": status is None,
            "count": sum(counts.values()),
        }
        return [every] + [
            {
                "label": label,
                "url": state.url(status=name),
                "current": name == status,
                "count": counts.get(name, 0),
            }
            for name, label in ProjectStatus.choices
        ]

    def _export(self, filters: ProjectFilters) -> str:
        """
        The address that takes out the very rows that are listed; nothing for those who may not.
        """
        if not self.actor.may(Permission.EXPORT):
            return ""
        query = filters.address_query
        address = reverse("jobs:export-new", query={"resource": "projects"})
        return f"{address}&{query}" if query else address
