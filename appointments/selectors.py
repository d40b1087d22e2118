"""Reading appointments and services, for one actor."""

from uuid import UUID

from django.db.models import Q, QuerySet

from appointments.models import Appointment, Service
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission


def appointments(*, actor: Actor, customer_id: UUID | None = None) -> "QuerySet[Appointment]":
    """Appointments (those of erased customers stay, anonymous), or those of one customer. Raises Forbidden."""
    actor.require(Permission.VIEW)
    rows = Appointment.objects.for_actor(actor).filter(Q(customer=None) | Q(customer__deleted_at=None))
    return rows if customer_id is None else rows.filter(customer_id=customer_id)


def services(*, actor: Actor) -> "QuerySet[Service]":
    """The services that the organization offers. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return Service.objects.for_actor(actor)
