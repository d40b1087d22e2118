"""
Who may be in the portal, and what ends it: changes of customers call `end_portal_access`, so that
every door does.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from core.clock import now
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from customers.models import Customer, PortalLink, PortalSession

ENDS_SESSIONS = frozenset({"password", "is_blocked", "deleted_at"})
ENDS_LINKS = ENDS_SESSIONS | {"email"}
"""Columns whose change takes away what was opened, or sent, before it."""


def end_portal_access(made: Mapping[UUID, Collection[str]]) -> None:
    """After changes of customers: customer → the columns that changed."""
    for model, columns in ((PortalSession, ENDS_SESSIONS), (PortalLink, ENDS_LINKS)):
        ended = [key for key, names in made.items() if not columns.isdisjoint(names)]
        if ended:
            model.objects.unscoped().filter(customer__in=ended).delete()


def is_open(organization: Organization) -> bool:
    """Whether the organization lets customers in at all."""
    return organization.is_active and organization.portal_enabled


def may_enter(customer: Customer) -> bool:
    """Whether a customer of an open portal may be there, or get there by a link."""
    return bool(customer.email) and customer.deleted_at is None and not customer.is_blocked


def portal_actor(organization: Organization) -> Actor:
    """The portal itself, before it knows who is there."""
    return Actor.system(organization=organization, label="portal").at(
        address="", request_id="", via="portal"
    )


def actor_of_customer(customer: Customer, organization: Organization) -> Actor:
    """The customer, acting in the portal."""
    return Actor.of_customer(
        customer_id=customer.pk, name=customer.display_name, organization=organization
    ).at(address="", request_id="", via="portal")


def customer_of_email(*, organization: Organization, key: str) -> Customer | None:
    """The living customer with this e-mail (in the form that is compared), who may enter."""
    if not key:
        return None
    rows = Customer.objects.for_actor(portal_actor(organization))
    row = rows.filter(email_key=key, deleted_at=None).first()
    return row if row is not None and may_enter(row) else None


def clean_portal() -> int:
    """Deletes sessions and links that have ended. Returns how many."""
    models = (PortalSession, PortalLink)
    ended = [model.objects.unscoped().filter(expires_at__lt=now()) for model in models]
    return sum(rows.delete()[0] for rows in ended)
