"""Reading projects, transactions and tags, for one actor."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.conditions import ProjectConditions, TagConditions, TransactionConditions
from customers.models import Customer, CustomerTag, Project, Tag, Transaction

_SHOWN = Q(customer=None) | Q(customer__deleted_at=None)
"""Rows of living customers, and the anonymous ones of erased customers."""


def projects(*, actor: Actor, conditions: ProjectConditions | None = None) -> "QuerySet[Project]":
    """Projects (those of erased customers stay, anonymous) that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or ProjectConditions()).apply(Project.objects.for_actor(actor).filter(_SHOWN))


def transactions(*, actor: Actor, conditions: TransactionConditions | None = None) -> "QuerySet[Transaction]":
    """Transactions (those of erased customers stay, anonymous) that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or TransactionConditions()).apply(Transaction.objects.for_actor(actor).filter(_SHOWN))


def tags(*, actor: Actor, conditions: TagConditions | None = None) -> "QuerySet[Tag]":
    """The organization's tags that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or TagConditions()).apply(Tag.objects.for_actor(actor))


def tag_counts(*, actor: Actor) -> dict[UUID, int]:
    """Tag → how many living customers of the actor's environment carry it."""
    living = Customer.objects.for_actor(actor).filter(deleted_at=None).values("pk")
    links = CustomerTag.objects.for_actor(actor).filter(customer_id__in=living)
    return dict(links.values_list("tag_id").annotate(Count("pk")))
