"""
Erasure (GDPR, article 17): everything personal goes; what remains is a ledger without names, and a
certificate.

Which rows belong to a customer, and whether they are deleted or kept anonymous, the apps declare in
their `CustomerPart`.
"""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import Q

from core.audit.ledger import announce_events, announcement, record
from core.audit.sealing import CONCEALED, conceal
from core.changes.services import forget_change_sets_of
from core.errors import NotFound
from core.exports.services import withdraw_exports
from core.ids import new_id
from core.imports.services import withdraw_imports
from core.requests.models import IdempotencyRecord
from core.rows import Versions, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.webhooks.services import forget_customer
from core.writing import writes
from customers.counts import fold
from customers.figures import batches
from customers.models import Customer, Identity, Suppression
from customers.parts import customer_parts
from customers.selectors.merges import merged_into
from customers.services.changes import CustomerChange, apply_changes
from customers.services.comparing import forget_comparisons
from customers.services.figures import refresh_referrers

_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


@writes(Permission.ERASE)
def erase_customer(
    *, actor: Actor, customer_id: UUID, ground: str, if_version: Versions = None
) -> UUID:
    """
    Deletes a customer, living or soft-deleted, whoever was merged into them, and everything
    personal about them. Returns the certificate's id.

    Raises Forbidden, NotFound, Stale and UpcomingAppointments. Emits `customer.deleted`.
    """
    customer, merged, referred = lock_for_erasure(actor, customer_id)
    refuse_stale(customer, if_version)
    parts = customer_parts()
    for part in parts:
        part.refuse_erasure(customer)
    person = [*merged, customer]
    ids = {row.pk for row in person}.union(*(part.row_ids(row) for part in parts for row in person))
    addresses = _addresses(person)
    counts: Counter[str] = Counter()
    for row in person:
        forget_comparisons(row)
        for part in parts:
            counts.update(part.erase(row))
    _suppress(actor, addresses)
    concealed = sum(conceal(actor=actor, customer_id=row.pk) for row in person)
    _forget(person, ids, addresses)
    withdraw_exports(actor=actor)
    withdraw_imports(actor=actor, customer_id=customer.pk)
    # they stay, without saying who brought them
    apply_changes(
        actor=actor,
        changes=[CustomerChange(row, {"referred_by": None}) for row in referred],
        conceal=["referred_by"],
    )
    Customer.objects.for_actor(actor).filter(pk__in=[row.pk for row in person]).delete()
    refresh_referrers(actor=actor, referrers=[customer.referred_by_id])
    for row in person:
        forget_customer(actor=actor, customer_id=row.pk)
        forget_change_sets_of(actor=actor, customer_id=row.pk)
    fold(actor=actor)  # the person's city may have been theirs alone
    return _certify(
        actor, customer_id, {"ground": ground, "rows": dict(counts), CONCEALED: concealed}
    )


def _certify(actor: Actor, customer_id: UUID, facts: Mapping[str, Any]) -> UUID:
    """Records an erasure, without naming whose it was, and tells integrations."""
    certificate = new_id()
    record(
        actor,
        "customer.erased",
        changes={"certificate": (None, certificate)}
        | {name: (None, value) for name, value in facts.items()},
    )
    event = announcement(
        actor, "customer.deleted", subject_id=customer_id, customer_id=customer_id, changed=[]
    )
    announce_events([event])
    return certificate


def suppressed(*, actor: Actor, addresses: Iterable[str]) -> set[str]:
    """
    Those of the addresses, in the form in which identities are compared, that an erased person was
    reached under. For imports: they don't bring anyone back.
    """
    key = _key(actor.organization.pk)
    digests = {_digest(key, value): value for value in addresses if value}
    found = (
        Suppression.objects.for_actor(actor)
        .filter(digest__among=digests)
        .values_list("digest", flat=True)
    )
    return {digests[key] for key in found}


def digest(actor: Actor, value: str) -> str:
    """
    A keyed hash (HMAC-SHA-256), other for every organization, so that lists can't be compared.
    """
    return _digest(_key(actor.organization.pk), value)


def _digest(key: bytes, value: str) -> str:
    return hmac.digest(key, value.encode(), "sha256").hex()


def _key(organization_id: UUID) -> bytes:
    return hashlib.sha256(
        f"suppression:{settings.SUPPRESSION_KEY}:{organization_id}".encode()
    ).digest()


def lock_for_erasure(
    actor: Actor, customer_id: UUID
) -> tuple[Customer, list[Customer], list[Customer]]:
    """
    The customer, those who were merged into them (the last ones first), and those they referred;
    with their referrer locked in the order of their ids, as every writer locks. Raises NotFound.
    """
    rows = Customer.objects.for_actor(actor)
    person = [customer_id, *merged_into([customer_id])]
    referrer = rows.filter(pk=customer_id).values("referred_by_id")
    near = Q(pk__in=person) | Q(referred_by__in=person) | Q(pk__in=referrer)
    locked = {row.pk: row for row in rows.filter(near).select_for_update().order_by("pk")}
    if customer_id not in locked or locked[customer_id].merged_into_id is not None:
        raise NotFound("Customer", customer_id)
    merged = merged_into([customer_id])
    if set(merged) - locked.keys():  # somebody was merged while others were waited for
        return lock_for_erasure(actor, customer_id)
    referred = [
        row for row in locked.values() if row.referred_by_id in person and row.pk not in person
    ]
    return locked[customer_id], [locked[key] for key in reversed(merged)], referred


def _addresses(person: Sequence[Customer]) -> set[str]:
    """Everything that the person was reached under."""
    rows = Identity.objects.unscoped().filter(customer__in=person)
    return set(rows.values_list("value", flat=True))


def _suppress(actor: Actor, addresses: set[str]) -> None:
    """What a living customer has too (a household's number) stays that customer's."""
    rows = Identity.objects.for_actor(actor).filter(value__in=addresses, is_living=True)
    shared = set(rows.values_list("value", flat=True))
    Suppression.objects.unscoped().bulk_create(
        [
            Suppression.objects.new(actor, digest=digest(actor, value))
            for value in sorted(addresses - shared)
        ],
        ignore_conflicts=True,
    )


def _forget(person: Sequence[Customer], ids: set[UUID], addresses: set[str]) -> None:
    """Remembered answers and the admin's log about any of the rows (`ids`) go altogether."""
    for some in batches(sorted(ids)):
        LogEntry.objects.filter(object_id__in=[str(key) for key in some]).delete()
    _forget_answers(person, ids, addresses)


def _forget_answers(person: Sequence[Customer], ids: set[UUID], addresses: set[str]) -> None:
    """
    An answer names the rows it showed by their ids; one that only quotes an address (a refused
    import's) goes too.
    """
    contacts = {address.removeprefix("+").lower() for address in addresses}
    contacts |= {row.email.lower() for row in person} - {""}
    answers = IdempotencyRecord.objects.unscoped()
    kept = answers.filter(organization=person[0].organization_id).values_list("pk", "body")
    stale = [
        key
        for key, body in kept.iterator()
        if any(UUID(found) in ids for found in _ID.findall(body))
        or any(text in body.lower() for text in contacts)
    ]
    for some in batches(stale):
        answers.filter(pk__in=some).delete()
