"""Reading projects, transactions and tags, for one actor."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from core.errors import NotFound
from core.fields import of_ones_own
from core.reading import blank, read_prepared
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.tenancy.scoping import ANY_TENANT, Tenant
from customers.choices import ProjectType, TransactionStatus
from customers.filters import ProjectConditions, TagConditions, TransactionConditions
from customers.models import Customer, CustomerTag, Project, Tag, Transaction

_SHOWN = Q(customer=None) | Q(customer__deleted_at=None)
"""Rows of living customers, and the anonymous ones of erased customers."""


def projects(*, actor: Actor, conditions: ProjectConditions | None = None) -> "QuerySet[Project]":
    """
    Projects (those of erased customers stay, anonymous) that meet the conditions. Raises Forbidden.
    """
    actor.require(Permission.VIEW)
    return (conditions or ProjectConditions()).apply(_shown_projects(actor))


def _shown_projects(tenant: Tenant) -> "QuerySet[Project]":
    return Project.objects.for_actor(tenant).filter(_SHOWN)


def projects_of(
    *, actor: Actor, customer_id: UUID, columns: Collection[str]
) -> list[dict[str, Any]]:
    """`columns` of all projects of the living customer, the newest first. Raises Forbidden."""
    actor.require(Permission.VIEW)
    values = Project.objects.scope(actor) | {"customer_id": customer_id}
    return read_prepared(_projects_of, columns, values)


def _projects_of() -> "QuerySet[Project]":
    mine = _shown_projects(ANY_TENANT).filter(customer_id=blank("customer_id"))
    return mine.order_by("-created_at", "-id")


def transactions(
    *, actor: Actor, conditions: TransactionConditions | None = None
) -> "QuerySet[Transaction]":
    """
    Transactions (those of erased customers stay, anonymous) that meet the conditions. Raises
    Forbidden.
    """
    actor.require(Permission.VIEW)
    return (conditions or TransactionConditions()).apply(
        Transaction.objects.for_actor(actor).filter(_SHOWN)
    )


def payments_between(
    *, actor: Actor, first: dt.datetime, last: dt.datetime
) -> list[tuple[str, Decimal]]:
    """What was paid (not refunded) between two moments, by currency. Raises Forbidden."""
    paid = TransactionConditions(status=TransactionStatus.COMPLETED)
    rows = transactions(actor=actor, conditions=paid)
    within = rows.filter(created_at__gte=first, created_at__lt=last).order_by()
    sums = within.values_list("currency_code").annotate(Sum("gross_amount"))
    return list(sums.order_by("currency_code"))


def project(*, actor: Actor, project_id: UUID) -> Project:
    """The project, its customer at hand. Raises Forbidden and NotFound."""
    row = projects(actor=actor).select_related("customer").filter(pk=project_id).first()
    if row is None:
        raise NotFound("Project", project_id)
    return row


def transaction(*, actor: Actor, transaction_id: UUID) -> Transaction:
    """The payment or refund, its customer and project at hand. Raises Forbidden and NotFound."""
    rows = transactions(actor=actor).select_related("customer", "project")
    row = rows.filter(pk=transaction_id).first()
    if row is None:
        raise NotFound("Transaction", transaction_id)
    return row


def project_types(*, actor: Actor) -> list[tuple[str, Any]]:
    """Value and label of the kinds of work that can be chosen. Raises Forbidden."""
    own = projects(actor=actor).filter(of_ones_own("project_type", ProjectType)).order_by()
    return ProjectType.offered(own.values_list("project_type", flat=True).distinct())


@dataclass(frozen=True, slots=True)
class Worth:
    """How many projects, and what they amount to."""

    count: int
    amount: Decimal


def worth_by_status(*, actor: Actor, conditions: ProjectConditions) -> dict[str, Worth]:
    """
    Status → what the projects of that status that meet the conditions are worth. Raises Forbidden.
    """
    rows = projects(actor=actor, conditions=conditions).order_by().values_list("status")
    return {
        status: Worth(count, amount)
        for status, count, amount in rows.annotate(Count("pk"), Sum("total_amount"))
    }


def newest_by_status(
    *, actor: Actor, conditions: ProjectConditions, columns: Sequence[str], most: int
) -> list[dict[str, Any]]:
    """
    `columns` of the `most` newest projects of each status that meet the conditions, in one query.
    Raises Forbidden.
    """
    place = Window(RowNumber(), partition_by="status", order_by=("-created_at", "-pk"))
    rows = projects(actor=actor, conditions=conditions).annotate(place=place)
    return list(rows.filter(place__lte=most).order_by("status", "place").values(*columns))


def with_customer_names(rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """
    The same rows (dicts with `customer_id`, which the caller may see), each with the `customer`'s
    name; nothing for an erased one's.
    """
    people = Customer.objects.unscoped().only(
        *("is_business", "company_name", "first_name", "last_name"),
        *("email", "phone", "whatsapp_number"),
    )
    names = {
        row.pk: row.display_name
        for row in people.filter(pk__in={row["customer_id"] for row in rows})
    }
    for row in rows:
        row["customer"] = names.get(row["customer_id"], "")
    return rows


def tags(*, actor: Actor, conditions: TagConditions | None = None) -> "QuerySet[Tag]":
    """The organization's tags that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or TagConditions()).apply(Tag.objects.for_actor(actor))


def tag_counts(*, actor: Actor) -> dict[UUID, int]:
    """Tag → how many living customers of the actor's environment carry it."""
    living = Customer.objects.for_actor(actor).filter(deleted_at=None).values("pk")
    links = CustomerTag.objects.for_actor(actor).filter(customer_id__in=living)
    return dict(links.values_list("tag_id").annotate(Count("pk")))
