"""Consents that end by themselves: the preference follows, and others are told."""

from collections.abc import Collection
from uuid import UUID

from core.audit.ledger import announcement
from core.inserting import insert
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.choices import CONSENT_FIELDS
from customers.expired import expired_consents
from customers.models import Consent, Customer
from customers.selectors.customers import lock_customers
from customers.services.changes import CustomerChange, apply_changes

FIELD_OF = {pair: name for name, pair in CONSENT_FIELDS.items()}


@writes(Permission.EDIT_PREFERENCES)
def expire_consents(*, actor: Actor, customer_ids: Collection[UUID]) -> int:
    """
    What these customers had agreed to until a moment that has come isn't so any more. Nobody took
    it back, so the ledger gets no row. Returns how many consents; a repeat finds none.

    Raises Forbidden. Emits `consent.expired` for each, and `customer.updated`.
    """
    locked = {row.pk: row for row in lock_customers(actor=actor, customer_ids=customer_ids)}
    ended = expired_consents().filter(customer__in=locked)
    found = [consent for consent in ended if _is_shown(consent, locked[consent.customer_id])]
    columns: dict[UUID, dict[str, bool]] = {}
    for consent in found:
        columns.setdefault(consent.customer_id, {})[_field(consent)] = False
    apply_changes(
        actor=actor,
        changes=[CustomerChange(locked[key], values) for key, values in columns.items()],
        action="consent.expired",
        keeps_ledger=False,
    )
    insert(
        [
            announcement(
                actor,
                "consent.expired",
                subject_id=consent.pk,
                customer_id=consent.customer_id,
                changed=[_field(consent)],
            )
            for consent in found
        ]
    )
    return len(found)


def _field(consent: Consent) -> str:
    return FIELD_OF[consent.channel, consent.purpose]  # type: ignore[index]


def _is_shown(consent: Consent, customer: Customer) -> bool:
    """Whether the preference still says what has ended."""
    return customer.deleted_at is None and bool(getattr(customer, _field(consent)))
