"""
Erasure (GDPR, article 17): everything personal goes; what remains is a ledger without names, and a certificate.

Which rows belong to a customer, and whether they are deleted or kept anonymous, the apps declare in their `HELD`.
"""

import hashlib
import hmac
from collections.abc import Iterable
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from core.audit.ledger import announcement, record
from core.audit.models import AuditEntry
from core.errors import NotFound
from core.ids import new_id
from core.requests.models import IdempotencyRecord
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import Customer, Suppression
from customers.services.customers import recalculate_referrers


@writes(Permission.ERASE)
def erase_customer(*, actor: Actor, customer_id: UUID, ground: str) -> UUID:
    """
    Deletes a customer, living or soft-deleted, and everything personal about them. Returns the certificate's id.

    Raises Forbidden, NotFound and UpcomingAppointments. Emits `customer.deleted`.
    """
    return _erase(actor, customer_id, ground)


@writes(Permission.ERASE_AT_ONCE)
def erase_customer_at_once(*, actor: Actor, customer_id: UUID, ground: str) -> UUID:
    """The same for the door that keeps it to super admins."""
    return _erase(actor, customer_id, ground)


def suppressed(*, actor: Actor, emails: Iterable[str], phones: Iterable[str]) -> set[str]:
    """Those of the (normalised) e-mails and phones that belonged to an erased person. For imports: they don't bring anyone back."""
    digests = {digest(actor, value): value for value in [*emails, *phones] if value}
    found = Suppression.objects.for_actor(actor).filter(digest__in=list(digests)).values_list("digest", flat=True)
    return {digests[key] for key in found}


def digest(actor: Actor, value: str) -> str:
    """A keyed hash (HMAC-SHA-256), other for every organization, so that lists can't be compared."""
    key = hashlib.sha256(f"suppression:{settings.SUPPRESSION_KEY}:{actor.organization.pk}".encode()).digest()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def _erase(actor: Actor, customer_id: UUID, ground: str) -> UUID:
    customer = Customer.objects.for_actor(actor).select_for_update().filter(pk=customer_id).first()
    if customer is None:
        raise NotFound("Customer", customer_id)
    parts = [import_module(path) for path in settings.CUSTOMER_PARTS]
    for part in parts:
        part.refuse_erasure(customer)
    counts = _clear_rows(parts, customer)
    _suppress(actor, customer)
    _redact(customer)
    referrer = customer.referred_by_id
    Customer.objects.for_actor(actor).filter(referred_by=customer).update(referred_by=None)
    Customer.objects.for_actor(actor).filter(pk=customer_id).delete()
    recalculate_referrers(actor=actor, referrers=[referrer])
    certificate = new_id()
    record(actor, "customer.erased", changes={"certificate": (None, certificate), "ground": (None, ground), "rows": (None, counts)})
    announcement(actor, "customer.deleted", subject_id=customer_id, customer_id=customer_id, changed=[]).save(force_insert=True)
    return certificate


def _clear_rows(parts: Iterable[Any], customer: Customer) -> dict[str, int]:
    """Rows deleted or made anonymous, by kind."""
    counts: dict[str, int] = {}
    for held in (held for part in parts for held in part.HELD):
        rows = held.model.objects.unscoped().filter(customer=customer)
        if held.blank is None:
            counts[held.model._meta.model_name] = rows.delete()[1].get(held.model._meta.label, 0)
        else:
            counts[held.model._meta.model_name] = rows.update(customer=None, **held.blank)
    return counts


def _suppress(actor: Actor, customer: Customer) -> None:
    Suppression.objects.unscoped().bulk_create(
        [Suppression.objects.new(actor, digest=digest(actor, value)) for value in (customer.email_key, customer.phone) if value],
        ignore_conflicts=True,
    )


def _redact(customer: Customer) -> None:
    """Earlier audit entries keep who did what and when; the values go. Remembered answers go altogether."""
    entries = []
    for entry in AuditEntry.objects.unscoped().filter(customer_id=customer.pk).exclude(changes={}):
        entry.changes = dict.fromkeys(entry.changes)
        entries.append(entry)
    AuditEntry.objects.unscoped().bulk_update(entries, ["changes"], batch_size=500)
    IdempotencyRecord.objects.filter(Q(body__contains=str(customer.pk)) | Q(body__contains=customer.pk.hex)).delete()
