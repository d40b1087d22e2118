"""The rows behind a figure of the dashboard that no other list can show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from analytics import dashboard as reads
from analytics.pages import words
from analytics.pages.address import Address
from core.tenancy.policy import Permission
from core.ui.formatting import money
from core.ui.lists import Column, ListState
from core.ui.views import Page
from customers.choices import ProjectType
from customers.selectors.work import project_types


@dataclass(frozen=True, slots=True)
class Kind:
    """
    Rows of one model: the order they are shown in, what is read along, the table's columns, its
    template, and what they add up to.
    """

    order: Sequence[str]
    related: Sequence[str]
    columns: Sequence[Column]
    template: str
    total: Any = None


_CUSTOMER = Column(gettext_lazy("Customer"))

APPOINTMENTS = Kind(
    ("-start_at", "-id"),
    ("customer", "service", "staff", "outlet"),
    [
        _CUSTOMER,
        Column(gettext_lazy("When")),
        Column(gettext_lazy("Service")),
        Column(gettext_lazy("With")),
        Column(gettext_lazy("Outlet")),
        Column(gettext_lazy("Price"), kind="num"),
    ],
    "analytics/rows/appointments.html",
    Sum("price"),
)
PROJECTS = Kind(
    ("-created_at", "-id"),
    ("customer",),
    [
        _CUSTOMER,
        Column(gettext_lazy("Project")),
        Column(gettext_lazy("Type")),
        Column(gettext_lazy("Status")),
        Column(gettext_lazy("Created")),
        Column(gettext_lazy("Value"), kind="num"),
    ],
    "analytics/rows/projects.html",
    Sum("total_amount"),
)
PAYMENTS = Kind(
    ("-created_at", "-id"),
    ("customer",),
    [
        _CUSTOMER,
        Column(gettext_lazy("Description")),
        Column(gettext_lazy("Paid")),
        Column(gettext_lazy("Amount"), kind="num"),
    ],
    "analytics/rows/payments.html",
    Sum("gross_amount"),
)
ANSWERS = Kind(
    ("-response_seconds", "-id"),
    ("customer", "conversation"),
    [
        _CUSTOMER,
        Column(gettext_lazy("Conversation")),
        Column(gettext_lazy("Asked")),
        Column(gettext_lazy("Answered after"), kind="num"),
    ],
    "analytics/rows/answers.html",
    Avg("response_seconds"),
)


class Behind(Page):
    """
    `figure` is one of `FIGURES`; period and outlet stand in the address as on the dashboard, and so
    does which part of the figure it is.

    A part that isn't there is a 404.
    """

    permission = Permission.VIEW_ANALYTICS
    template = "analytics/behind.html"

    def get(self, request: HttpRequest, figure: str) -> HttpResponse:
        if figure not in FIGURES:
            raise Http404
        kind, title, read = FIGURES[figure]
        self.address = Address(request.GET, self.actor)
        rows, part = read(self)
        state = ListState(request)
        page = state.page_of(rows, order=kind.order, columns=["pk"])
        shown = (
            rows.model._base_manager.filter(pk__in=[row["pk"] for row in page.rows])
            .select_related(*kind.related)
            .order_by(*kind.order)
        )
        total = rows.aggregate(total=kind.total)["total"] if kind.total else None
        return self.show(
            {
                "address": self.address,
                "title": title,
                "part": part,
                "days": words.days(self.address.span.days),
                "kind": kind,
                "page": page,
                "rows": shown,
                "state": state,
                "total": words.duration(total)
                if kind is ANSWERS
                else money(total or 0, self.currency)
                if kind.total
                else "",
            }
        )

    @property
    def currency(self) -> str:
        return self.actor.organization.currency


Found = tuple["QuerySet[Any]", str]
"""The rows, and which part of the figure they are."""


def _whole(read: Callable[..., "QuerySet[Any]"]) -> Callable[[Behind], Found]:
    return lambda page: (read(actor=page.actor, scope=page.address.scope), "")


def _won(page: Behind) -> Found:
    wanted = page.request.GET.get("type", "")
    if wanted and wanted not in dict(project_types(actor=page.actor)):
        raise Http404
    rows = reads.won_projects(actor=page.actor, scope=page.address.scope, project_type=wanted)
    return rows, str(ProjectType(wanted).label) if wanted else ""


FIGURES: dict[str, tuple[Kind, Any, Callable[[Behind], Found]]] = {
    "completed": (
        APPOINTMENTS,
        gettext_lazy("Completed appointments"),
        _whole(reads.completed_appointments),
    ),
    "missed": (
        APPOINTMENTS,
        gettext_lazy("Missed appointments"),
        _whole(reads.missed_appointments),
    ),
    "won": (PROJECTS, gettext_lazy("Projects added"), _won),
    "payments": (PAYMENTS, gettext_lazy("Payments"), _whole(reads.payments)),
    "answers": (ANSWERS, gettext_lazy("Response time"), _whole(reads.answered_messages)),
}
