"""The list of customers, and what is done with those that are picked in it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Fault, Invalid
from core.identity.layouts import ListLayout, arrange_list, layout_of
from core.ids import parse_id
from core.requests.allowances import spend
from core.tenancy.policy import Permission
from core.ui.fields import TagsField
from core.ui.gate import is_fragment
from core.ui.lists import SIZES, Column, ListState
from core.ui.toasts import progress_toast, toast
from core.ui.views import Page
from core.ui.wording import message_for
from customers.choices import Segment, Status
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.pages.columns import (
    COLUMNS,
    LIST,
    ORDERS,
    SORTS,
    PlacedColumn,
    columns_to_show,
    order_by,
    read_layout,
)
from customers.pages.filters import CustomerFilters
from customers.pages.rows import COMPUTED, READ, CustomerRows
from customers.selectors.customers import customers
from customers.selectors.owners import owners
from customers.services.customers import bulk_update_customers, delete_customers, restore_customers
from customers.services.jobs import start_bulk_update

MOST_PICKED = max(SIZES)


class CustomerList(Page):
    """
    Which customers, by filters that stand in the address; what is typed into the search box fetches
    the list alone.
    """

    template = "customers/list.html"
    fragment = "customers/list_fragment.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(request, sorts=SORTS)
        filters = CustomerFilters(request.GET, actor=self.actor)
        deleted = filters.conditions.deleted
        layout = layout_of(request.user, LIST)
        columns = columns_to_show(request.GET, layout, deleted=deleted)
        order, unknown_last = order_by(state.sort)
        rows = customers(actor=self.actor, conditions=filters.conditions)
        page = state.page_of(
            rows,
            order=order,
            columns=READ,
            unknown_last=unknown_last,
            computed=COMPUTED,
        )
        shown = CustomerRows(filters, columns)
        opened = parse_id(request.GET.get("open"))
        context = {
            "state": state,
            "filters": filters,
            "page": page,
            "rows": shown.all(page.rows),
            "heads": [
                *(column.head for column in columns),
                Column(_("Deleted")) if deleted else Column("", kind="tools"),
            ],
            "opened": shown.panel_of(opened) if opened and not deleted else "",
            "cells": shown.cell,
            "choosable": self._choosable(columns, layout),
            "arranged": bool(layout.columns),
            "held": any(column.width for column in columns),
            "sorts": self._sorts(state),
            "sizes": [(size, state.url(size=size)) for size in SIZES],
            "whole": not filters.given,
            **shown.context(),
            **self._offered(filters),
        }
        response = self.show(context)
        if is_fragment(request):
            response["HX-Push-Url"] = filters.here
        return response

    def _sorts(self, state: ListState) -> list[tuple[str, str, bool]]:
        """
        For narrow windows, which have no head to click: label, address and whether it is the
        present one.
        """
        labels = {column.head.sort: str(column.head.label) for column in COLUMNS}
        return [
            (label, state.sort_url(key), state.sort.lstrip("-") == key)
            for key, label in labels.items()
            if key in ORDERS
        ]

    def _choosable(
        self, shown: Sequence[PlacedColumn], layout: ListLayout
    ) -> list[tuple[PlacedColumn, bool]]:
        """All columns but the name, first those that are shown, in their order."""
        names = {column.name for column in shown}
        others = [
            PlacedColumn(column, layout.widths.get(column.name))
            for column in COLUMNS
            if column.name not in names
        ]
        return [(column, column.name in names) for column in [*shown[1:], *others]]

    def _offered(self, filters: CustomerFilters) -> dict[str, Any]:
        """What this person may do here; in the list of the deleted that is restoring alone."""
        actor = self.actor
        may_export = actor.may(Permission.EXPORT)
        may_import = actor.may(Permission.IMPORT)
        return {
            "may_export": may_export,
            "may_create": actor.may(Permission.CREATE_CUSTOMERS),
            "may_see_deleted": actor.may(Permission.VIEW_DELETED),
            "export_url": export_address(filters) if may_export else "",
            "import_url": reverse("imports:new") if may_import else "",
            "statuses": Status.choices,
            "segments": Segment.choices,
        }


class CustomerColumns(Page):
    """Keeps how the acting person has arranged the columns; `reset` makes them the usual again."""

    def post(self, request: HttpRequest) -> HttpResponse:
        layout = ListLayout() if "reset" in request.POST else read_layout(request.POST)
        arrange_list(actor=self.actor, name=LIST, layout=layout)
        filters = CustomerFilters(QueryDict(request.POST.get("list", "")), actor=self.actor)
        return self.go(filters.without("columns"))


PREVIEWED = 10
"""Customers that a change of all that match shows beforehand."""

_NAMED = ("first_name", "last_name", "company_name", "is_business", "email", "phone", "city")
_SET = ("add_tags", "assigned_to", "status", "segment")


class CustomerSelection(Page):
    """
    Does what a button of the bar says with the customers picked on the page, or (`all`) with all
    that the list's conditions mean.

    Those of one page change at once; all of them in a job, which takes the conditions themselves,
    when whoever wants it has seen how many they are and who stands first.
    """

    template = "customers/list_delete.html"
    fragment = "customers/list_delete_dialog.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        action = {
            "tag": self._tag,
            "assign": self._assign,
            "status": self._status,
            "segment": self._segment,
        }.get(self._said("action"))
        if not self.everything and not self.ids:
            return self._back(_("Select customers first."), level="warning")
        if action is not None and self.filters.conditions.deleted:
            return self._back(
                _("Restore deleted customers before you change them."), level="warning"
            )
        try:
            if action is not None:
                values, tags = action()
                return self._change(values, tags)
            return {"export": self._export, "delete": self._delete, "restore": self._restore}.get(
                self._said("action"), self._back
            )()
        except Invalid as error:
            return self._back(
                " ".join(
                    message_for(fault) for faults in error.faults.values() for fault in faults
                ),
                level="error",
            )

    @cached_property
    def sent(self) -> QueryDict:
        """The bar's form; or what a toast's Undo has in its address."""
        return self.request.POST if "action" in self.request.POST else self.request.GET

    @cached_property
    def everything(self) -> bool:
        return bool(self._said("all"))

    @cached_property
    def ids(self) -> list[UUID]:
        found = [parse_id(part) for text in self.sent.getlist("ids") for part in text.split(",")]
        return [key for key in found if key is not None][:MOST_PICKED]

    @cached_property
    def filters(self) -> CustomerFilters:
        """Those of the list that the bar belongs to."""
        return CustomerFilters(QueryDict(self._said("list")), actor=self.actor)

    @property
    def conditions(self) -> CustomerConditions:
        return (
            self.filters.conditions
            if self.everything
            else CustomerConditions(ids=self.ids, deleted=self.filters.conditions.deleted)
        )

    # What the buttons set

    def _tag(self) -> tuple[dict[str, Any], list[str]]:
        names = TagsField().to_python(self._said("add_tags"))
        if not names:
            raise Invalid({"tags": [Fault("required", "Name a tag.")]})
        return {}, names

    def _assign(self) -> tuple[dict[str, Any], list[str]]:
        return {"assigned_to": self._said("assigned_to") or None}, []

    def _status(self) -> tuple[dict[str, Any], list[str]]:
        return {"status": self._said("status") or None}, []

    def _segment(self) -> tuple[dict[str, Any], list[str]]:
        return {"segment": self._said("segment") or None}, []

    # What is done

    def _change(self, values: Mapping[str, Any], tags: Sequence[str]) -> HttpResponse:
        if self.everything and not self._said("sure"):
            return self._preview(values, tags)
        spend(self.actor, "bulk")
        if self.everything:
            job = start_bulk_update(
                actor=self.actor, conditions=self.conditions, values=values, add_tags=tags
            )
            said = ngettext(
                "Changing %(n)s customer in the background.",
                "Changing %(n)s customers in the background.",
                job.total or 0,
            )
            progress_toast(
                self.request,
                said % {"n": f"{job.total or 0:,}"},
                job=reverse("jobs:job", args=[job.pk]),
            )
            return self._back()
        found = bulk_update_customers(
            actor=self.actor, customer_ids=self.ids, values=values, add_tags=tags
        )
        said = ngettext(
            "%(n)s customer changed (%(what)s).", "%(n)s customers changed (%(what)s).", len(found)
        )
        return self._back(said % {"n": len(found), "what": self._what(values, tags)})

    def _preview(self, values: Mapping[str, Any], tags: Sequence[str]) -> HttpResponse:
        """How many are going to change, to what, and the first ten of them."""
        found = customers(actor=self.actor, conditions=self.conditions)
        number = found.count()
        return render(
            self.request,
            "customers/list_change.html",
            {
                "view": self,
                "count": number,
                "first": found.order_by("-pk").only(*_NAMED)[:PREVIEWED],
                "more": max(0, number - PREVIEWED),
                "what": self._what(values, tags),
                "sent": [
                    (name, self._said(name))
                    for name in ("action", "list", *_SET)
                    if self._said(name)
                ],
                "back": self.filters.here,
            },
        )

    def _what(self, values: Mapping[str, Any], tags: Sequence[str]) -> str:
        """`Tags: roof, vip`, or `Status: VIP`."""
        if tags:
            return "{}: {}".format(_("Tags"), ", ".join(tags))
        ((name, value),) = values.items()
        label = Customer._meta.get_field(name).verbose_name  # type: ignore[union-attr]
        if name == "assigned_to":
            key = parse_id(value)
            person = owners(actor=self.actor).filter(pk=key).first() if key else None
            shown = person.name if person else _("Nobody")
        else:
            words = dict(Status.choices if name == "status" else Segment.choices)
            shown = str(words.get(value, _("Automatic")))
        return f"{label}: {shown}"

    def _export(self) -> HttpResponse:
        self.actor.require(Permission.EXPORT)
        return self._back(
            to=export_address(self.filters)
            if self.everything
            else export_address(self.filters, ids=self.ids)
        )

    def _delete(self) -> HttpResponse:
        self.actor.require(Permission.DELETE_CUSTOMERS)
        if self.everything:
            return self._back(
                _("Only customers picked on a page can be deleted, a hundred at most."),
                level="warning",
            )
        if not self._said("sure"):
            found = customers(actor=self.actor, conditions=self.conditions).count()
            return self.show(
                {
                    "count": found,
                    "ids": self.ids,
                    "list": self.filters.list_query,
                    "back": self.filters.here,
                }
            )
        spend(self.actor, "bulk")
        gone = [row.pk.hex for row in delete_customers(actor=self.actor, customer_ids=self.ids)]
        again = {"action": "restore", "ids": ",".join(gone), "list": self.filters.list_query}
        undo = reverse("customers:selection", query=again)
        return self._back(
            ngettext("%(n)s customer deleted.", "%(n)s customers deleted.", len(gone))
            % {"n": len(gone)},
            undo=undo,
        )

    def _restore(self) -> HttpResponse:
        self.actor.require(Permission.DELETE_CUSTOMERS)
        found = restore_customers(actor=self.actor, customer_ids=self.ids)
        return self._back(
            ngettext("%(n)s customer is back.", "%(n)s customers are back.", len(found))
            % {"n": len(found)}
        )

    def _back(
        self, said: str = "", *, level: str = "success", to: str = "", undo: str = ""
    ) -> HttpResponse:
        if said:
            undo = undo or (self.undo_address() if level == "success" else "")
            toast(self.request, said, level=level, undo=undo)
        return self.go(to or self.filters.here)

    def _said(self, name: str) -> str:
        return str(self.sent.get(name, ""))


def export_address(filters: CustomerFilters, *, ids: Sequence[UUID] = ()) -> str:
    """The page that exports the list's customers, or those of them that were picked."""
    deleted = "&deleted=true" if filters.conditions.deleted else ""
    query = f"ids={','.join(key.hex for key in ids)}{deleted}" if ids else filters.address_query
    return f"{reverse('jobs:export-new')}?resource=customers{'&' if query else ''}{query}"
