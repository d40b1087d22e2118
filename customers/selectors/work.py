"""Reading projects, transactions and tags, for one actor."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.models import Customer, CustomerTag, Project, Tag, Transaction

_SHOWN = Q(customer=None) | Q(customer__deleted_at=None)
"""Rows of living customers, and the anonymous ones of erased customers."""


def projects(*, actor: Actor, customer_id: UUID | None = None) -> "QuerySet[Project]":
    """Projects, or those of one customer. Raises Forbidden."""
    actor.require(Permission.VIEW)
    rows = Project.objects.for_actor(actor).filter(_SHOWN)
    return rows if customer_id is None else rows.filter(customer_id=customer_id)


def transactions(*, actor: Actor, customer_id: UUID | None = None) -> "QuerySet[Transaction]":
    """Transactions, or those of one customer. Raises Forbidden."""
    actor.require(Permission.VIEW)
    rows = Transaction.objects.for_actor(actor).filter(_SHOWN)
    return rows if customer_id is None else rows.filter(customer_id=customer_id)


def tags(*, actor: Actor) -> "QuerySet[Tag]":
    """The organization's tags. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return Tag.objects.for_actor(actor)


def tag_counts(*, actor: Actor) -> dict[UUID, int]:
    """Tag → how many living customers of the actor's environment carry it."""
    living = Customer.objects.for_actor(actor).filter(deleted_at=None).values("pk")
    links = CustomerTag.objects.for_actor(actor).filter(customer_id__in=living)
    return dict(links.values_list("tag_id").annotate(Count("pk")))
