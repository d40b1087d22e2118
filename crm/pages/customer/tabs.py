"""
The lists of a customer's page: appointments, conversations, projects, payments, consents and the
audit trail.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Subquery
from django.db.models.functions import Coalesce
from django.template.defaultfilters import date as formatted
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from appointments.choices import AppointmentStatus
from appointments.filters import AppointmentConditions
from appointments.pages.wording import starts
from appointments.selectors import appointments
from core.audit.filters import AuditConditions
from core.audit.selectors import entries
from core.choices import TonedChoices
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.tenancy.scoping import CountedQuerySet
from core.ui.audit_labels import actor_name, door_name, field_name
from core.ui.formatting import money
from core.ui.lists import Column
from crm.pages.acts import act_name
from customers.choices import (
    ConsentChannel,
    ConsentPurpose,
    ProjectStatus,
    ProjectType,
    TransactionStatus,
)
from customers.filters import ProjectConditions, TransactionConditions
from customers.pages.work import method_label
from customers.selectors.consents import consents
from customers.selectors.customers import customers
from customers.selectors.work import projects, transactions
from interactions.choices import Channel, ConversationStatus
from interactions.filters import ConversationConditions, FollowUpConditions
from interactions.pages.follow_ups import due_in_words
from interactions.selectors import conversations, follow_ups


@dataclass(frozen=True, slots=True)
class TabCell:
    """
    What stands in a table: a text (with `href` a link, which with `glance` shows that over the
    page) and a `note` under it (with `note_href` a link), a moment, or a `badge` in its tone with
    its icon.
    """

    text: str = ""
    href: str = ""
    glance: str = ""
    note: str = ""
    note_href: str = ""
    moment: dt.datetime | None = None
    badge: bool = False
    tone: str = ""
    icon: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """
    A list: which rows in which order, the columns that are read, and the cells that are made of
    them.
    """

    name: str
    label: Any
    empty: Any
    heads: Sequence[Column]
    rows: Callable[[Actor, UUID], "CountedQuerySet[Any]"]
    order: Sequence[Any]
    columns: Sequence[str]
    cells: Callable[[dict[str, Any], Actor], list[TabCell]]
    permission: Permission = Permission.VIEW
    new: str = ""
    """The page that adds one, if any."""


def _status(value: TonedChoices, note: str = "") -> TabCell:
    return TabCell(str(value.label), badge=True, tone=value.tone, icon=value.icon, note=note)


def _name(row: dict[str, Any], person: str) -> str:
    return f"{row[f'{person}__first_name'] or ''} {row[f'{person}__last_name'] or ''}".strip()


def _appointment(row: dict[str, Any], actor: Actor) -> list[TabCell]:
    zone = ZoneInfo(row["outlet__time_zone"] or actor.organization.time_zone)
    return [
        TabCell(
            starts(row["start_at"], zone),
            reverse("appointments:appointment", args=[row["id"]]),
            reverse("appointments:glance", args=[row["id"]]),
            note=row["outlet__name"] or "",
        ),
        TabCell(row["service__name"] or "", note=_name(row, "staff")),
        _status(AppointmentStatus(row["status"])),
        TabCell(money(row["price"], actor.organization.currency), kind="num"),
    ]


def _follow_up(row: dict[str, Any], actor: Actor) -> list[TabCell]:
    today = timezone.localdate()
    said = due_in_words(row["due_date"], row["due_time"], today)
    late = row["due_date"] < today
    return [
        TabCell(row["reason"], reverse("interactions:follow-up", args=[row["id"]])),
        TabCell(_name(row, "owner") or _("Everybody")),
        TabCell(_("Done"), badge=True, tone="good", note=_day(row["done_at"]))
        if row["done_at"]
        else TabCell(said, badge=True, tone="bad" if late else ""),
    ]


def _conversation(row: dict[str, Any], actor: Actor) -> list[TabCell]:
    channel = str(Channel(row["channel"]).label)
    return [
        TabCell(
            row["subject"] or channel,
            reverse("interactions:conversation", args=[row["id"]]),
            note=channel if row["subject"] else "",
        ),
        _status(ConversationStatus(row["status"])),
        TabCell(str(row["message_count"]), kind="num"),
        TabCell(moment=row["last_message_at"] or row["opened_at"]),
    ]


def _project(row: dict[str, Any], actor: Actor) -> list[TabCell]:
    since = _("begun %(day)s") % {"day": _day(row["start_date"])} if row["start_date"] else ""
    return [
        TabCell(
            row["name"] or str(ProjectType(row["project_type"]).label),
            reverse("customers:project", args=[row["id"]]),
        ),
        _status(ProjectStatus(row["status"]), _day(row["completed_at"]) or since),
        TabCell(money(row["total_amount"], actor.organization.currency), kind="num"),
    ]


def _transaction(row: dict[str, Any], actor: Actor) -> list[TabCell]:
    project, named = row["project_id"], row["project__name"]
    return [
        TabCell(_day(row["created_at"]), reverse("customers:payment", args=[row["id"]])),
        TabCell(
            row["description"],
            note=named or str(ProjectType(row["project__project_type"]).label),
            note_href=reverse("customers:project", args=[project]),
        )
        if project
        else TabCell(row["description"]),
        _status(TransactionStatus(row["status"])),
        TabCell(money(row["gross_amount"], row["currency_code"]), kind="num"),
    ]


def _consent(row: dict[str, Any], actor: Actor) -> list[TabCell]:
    return [
        TabCell(
            str(ConsentPurpose(row["purpose"]).label),
            note=str(ConsentChannel(row["channel"]).label),
        ),
        TabCell(
            _("Granted") if row["granted"] else _("Not granted"),
            badge=True,
            tone="good" if row["granted"] else "",
        ),
        TabCell(actor_name("", row["recorded_by"]), note=method_label(row["method"])),
        TabCell(moment=row["at"]),
    ]


def _audit(row: dict[str, Any], actor: Actor) -> list[TabCell]:
    return [
        TabCell(
            act_name(row["action"]),
            note=", ".join(field_name(row["subject_type"], name) for name in row["changes"]),
        ),
        TabCell(
            actor_name(row["actor_kind"], row["actor_label"]),
            note=" · ".join(filter(None, [door_name(row["via"]), row["address"]])),
        ),
        TabCell(moment=row["at"]),
    ]


def _day(moment: dt.datetime | None) -> str:
    return str(formatted(timezone.localtime(moment), "DATE_FORMAT")) if moment else ""


TABS: Sequence[Tab] = (
    Tab(
        "appointments",
        gettext_lazy("Appointments"),
        gettext_lazy("No appointments yet"),
        [
            Column(gettext_lazy("When")),
            Column(gettext_lazy("Service")),
            Column(gettext_lazy("Status")),
            Column(gettext_lazy("Price"), kind="num"),
        ],
        lambda actor, key: appointments(
            actor=actor, conditions=AppointmentConditions(customer_id=key)
        ),
        ["-start_at", "-id"],
        [
            "id",
            "start_at",
            "status",
            "price",
            "service__name",
            "outlet__name",
            "outlet__time_zone",
            "staff__first_name",
            "staff__last_name",
        ],
        _appointment,
        new="appointments:book",
    ),
    Tab(
        "follow-ups",
        gettext_lazy("Follow-ups"),
        gettext_lazy("Nothing is planned"),
        [
            Column(gettext_lazy("What to do")),
            Column(gettext_lazy("For")),
            Column(gettext_lazy("Due")),
        ],
        lambda actor, key: follow_ups(actor=actor, conditions=FollowUpConditions(customer_id=key)),
        [F("done_at").desc(nulls_first=True), "due_date", "id"],
        [
            "id",
            "reason",
            "due_date",
            "due_time",
            "done_at",
            "owner__first_name",
            "owner__last_name",
        ],
        _follow_up,
        new="interactions:follow-up-new",
    ),
    Tab(
        "conversations",
        gettext_lazy("Conversations"),
        gettext_lazy("No conversations yet"),
        [
            Column(gettext_lazy("Subject")),
            Column(gettext_lazy("Status")),
            Column(gettext_lazy("Messages"), kind="num"),
            Column(gettext_lazy("Last message")),
        ],
        lambda actor, key: conversations(
            actor=actor, conditions=ConversationConditions(customer_id=key)
        ),
        [Coalesce("last_message_at", "opened_at").desc(), "-id"],
        ["id", "subject", "channel", "status", "message_count", "last_message_at", "opened_at"],
        _conversation,
        new="interactions:conversation-new",
    ),
    Tab(
        "projects",
        gettext_lazy("Projects"),
        gettext_lazy("No projects yet"),
        [
            Column(gettext_lazy("Project")),
            Column(gettext_lazy("Status")),
            Column(gettext_lazy("Amount"), kind="num"),
        ],
        lambda actor, key: projects(actor=actor, conditions=ProjectConditions(customer_id=key)),
        ["-created_at", "-id"],
        ["id", "name", "project_type", "status", "start_date", "completed_at", "total_amount"],
        _project,
        new="customers:project-new",
    ),
    Tab(
        "transactions",
        gettext_lazy("Payments"),
        gettext_lazy("No payments yet"),
        [
            Column(gettext_lazy("Day")),
            Column(gettext_lazy("Description")),
            Column(gettext_lazy("Status")),
            Column(gettext_lazy("Amount"), kind="num"),
        ],
        lambda actor, key: transactions(
            actor=actor, conditions=TransactionConditions(customer_id=key)
        ),
        ["-created_at", "-id"],
        [
            *("id", "description", "status", "gross_amount", "currency_code", "created_at"),
            *("project_id", "project__name", "project__project_type"),
        ],
        _transaction,
        new="customers:payment-new",
    ),
    Tab(
        "consents",
        gettext_lazy("Consents"),
        gettext_lazy("No consent is on record"),
        [
            Column(gettext_lazy("For")),
            Column(pgettext_lazy("a consent", "Answer")),
            Column(gettext_lazy("Recorded by")),
            Column(gettext_lazy("When")),
        ],
        lambda actor, key: consents(actor=actor, customer_id=key),
        ["-at", "-id"],
        ["id", "channel", "purpose", "granted", "method", "recorded_by", "at"],
        _consent,
        new="customers:consents",
    ),
    Tab(
        "audit",
        gettext_lazy("Audit"),
        gettext_lazy("No entries yet"),
        [
            Column(gettext_lazy("What")),
            Column(gettext_lazy("Who")),
            Column(gettext_lazy("When")),
        ],
        lambda actor, key: entries(actor=actor, conditions=AuditConditions(customer_id=key)),
        [F("id").desc()],
        [
            "id",
            "action",
            "subject_type",
            "changes",
            "actor_kind",
            "actor_label",
            "via",
            "address",
            "at",
        ],
        _audit,
        Permission.VIEW_AUDIT,
    ),
)


def tab_counts(actor: Actor, customer_id: UUID) -> dict[str, int]:
    """How many rows each list that the actor may see has, by its name, in one query."""
    numbers = {
        tab.name: Subquery(
            tab.rows(actor, customer_id)
            .order_by()
            .values("customer_id")
            .annotate(n=Count("pk"))
            .values("n")
        )
        for tab in TABS
        if actor.may(tab.permission)
    }
    mine = customers(actor=actor).filter(pk=customer_id)
    counted = mine.values_list(*numbers.values()).first() or [0] * len(numbers)
    return {name: number or 0 for name, number in zip(numbers, counted, strict=True)}
