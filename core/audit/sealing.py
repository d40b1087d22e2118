"""
Sealing the audit trail, behind the writers: batches of entries, each under a keyed hash that holds
the one before.

A batch is made of the entries that aren't under a seal yet, whatever their ids: a transaction that
commits late has its entries in a later batch, and nobody has to wait for it. What is sealed is
noted in rows of its own, so that entries themselves are only ever written once.
"""

import datetime as dt
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.audit.marks import commitment_to, digest_of, keyed, mark_of
from core.audit.models import AuditChain, AuditEntry, AuditSeal, SealedEntry
from core.clock import now
from core.database_roles import is_append_only
from core.ids import first_id_at, moment_of
from core.inserting import insert
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization

log = logging.getLogger(__name__)

BATCH = 2000
LATE = dt.timedelta(hours=7)
"""How long a transaction may last: longer than any task may take."""
PATIENCE = 40
"""Seconds after which a run begins no further batch; the next run goes on."""

CONCEALED = "concealed"
"""Under this name an erasure's entry certifies of how many sealed entries it took the values."""


def seal_everything() -> int:
    """Seals what waits in every organization and environment. Returns how many entries."""
    deadline = time.monotonic() + PATIENCE
    sealed = 0
    for organization in Organization.objects.order_by("pk").iterator():
        actor = Actor.system(organization=organization, label="seal_audit")
        for environment in Environment.values:
            sealed += seal(actor=replace(actor, environment=environment), deadline=deadline)
    return sealed


def seal(*, actor: Actor, deadline: float | None = None) -> int:
    """
    Seals what waits in the actor's organization and environment, each batch in a transaction of its
    own. Returns how many entries.
    """
    chain = AuditChain.objects.for_actor(actor).first()
    sealed, after = 0, _earliest(chain)
    while _waiting(actor, after).exists():
        if deadline is not None and time.monotonic() > deadline:
            return sealed
        number, after = _seal_batch(actor, after)
        sealed += number
    if chain is None or chain.takes_unmarked:
        AuditChain.objects.for_actor(actor).update(takes_unmarked=False)
    return sealed


def lock_chain(actor: Actor) -> AuditChain:
    """The chain of the actor's organization and environment, until the transaction ends."""
    rows = AuditChain.objects.for_actor(actor).select_for_update(no_key=True)
    row = rows.first()
    if row is None:
        AuditChain.objects.unscoped().bulk_create(
            [AuditChain.objects.new(actor)], ignore_conflicts=True
        )
        row = rows.get()
    return row


def is_written_by_us(entry: AuditEntry, chain: AuditChain | None) -> bool:
    """Whether the entry bears its mark; none is asked of what is older than marks are."""
    if not entry.mark:
        return chain is None or chain.takes_unmarked
    return secrets.compare_digest(entry.mark, mark_of(entry))


def seal_digest(seal: AuditSeal, digests: Sequence[str]) -> str:
    """What holds a seal together."""
    parts = (
        seal.organization_id,
        seal.environment,
        seal.number,
        seal.count,
        seal.first_id,
        seal.last_id,
        seal.previous,
        seal.sealed_at.isoformat(),
        *digests,
    )
    return keyed("\n".join(map(str, parts)))


def unsealed(actor: Actor) -> "QuerySet[AuditEntry]":
    """The entries that are under no seal, the oldest first."""
    held = SealedEntry.objects.unscoped().filter(pk=OuterRef("pk"))
    return AuditEntry.objects.for_actor(actor).filter(~Exists(held)).order_by("pk")


def earliest_unsealed(chain: AuditChain | None) -> UUID | None:
    """The lowest id that an entry may have that isn't sealed yet; None: any."""
    return first_id_at(moment_of(chain.last_id) - LATE) if chain and chain.last_id else None


def conceal(*, actor: Actor, customer_id: UUID) -> int:
    """
    For erasure: entries about a customer, or of what they did, keep that it was done and when; the
    values go, and what the customer did loses who and where. Returns how many sealed entries lost
    what they said.

    Call it inside the erasure's transaction.
    """
    lock_chain(actor)
    if is_append_only(AuditEntry):
        with connection.cursor() as cursor:
            there = (actor.organization.pk, actor.environment)
            cursor.execute("SELECT conceal_entries(%s, %s, %s)", [*there, customer_id])
            return int(cursor.fetchone()[0])
    entries = AuditEntry.objects.for_actor(actor)
    theirs = Q(actor_id=customer_id)
    about = entries.filter(theirs | Q(customer_id=customer_id) & ~Q(changes={}))
    emptied = list(about)
    for entry in emptied:
        entry.changes = dict.fromkeys(entry.changes)
    entries.bulk_update(emptied, ["changes"], batch_size=500)
    entries.filter(theirs).update(actor_label="erased customer", address="")
    held = SealedEntry.objects.for_actor(actor).exclude(salt="")
    return held.filter(pk__in=about.values("pk")).update(salt="")


def is_concealed(entry: AuditEntry) -> bool:
    """Whether the entry says no more than erasure leaves."""
    return not any(entry.changes.values())


def _earliest(chain: AuditChain | None) -> UUID:
    return earliest_unsealed(chain) or UUID(int=0)


def _waiting(actor: Actor, after: UUID) -> "QuerySet[AuditEntry]":
    return unsealed(actor).filter(pk__gt=after)


def _seal_batch(actor: Actor, after: UUID) -> tuple[int, UUID]:
    """How many entries were sealed, and the id that the next batch begins after."""
    with transaction.atomic():
        chain = lock_chain(actor)
        rows = list(_waiting(actor, after)[:BATCH])
        entries = [row for row in rows if is_written_by_us(row, chain)]
        if entries:
            _write_seal(actor, chain, entries)
    return len(entries), rows[-1].pk if rows else after


def _write_seal(actor: Actor, chain: AuditChain, entries: Sequence[AuditEntry]) -> None:
    chain.number += 1
    held = [_held(actor, chain.number, entry) for entry in entries]
    row = AuditSeal.objects.new(
        actor,
        number=chain.number,
        count=len(held),
        first_id=held[0].pk,
        last_id=held[-1].pk,
        previous=chain.digest,
        sealed_at=now(),
    )
    row.digest = chain.digest = seal_digest(row, [each.digest for each in held])
    chain.last_id = max(chain.last_id or row.last_id, row.last_id)
    insert(held)
    row.save(force_insert=True)
    chain.save(update_fields=["number", "digest", "last_id"])
    # beside the database, so that a trail cut short shows
    log.info("audit sealed: %s %s %s", chain.pk, chain.number, chain.digest)


def _held(actor: Actor, number: int, entry: AuditEntry) -> SealedEntry:
    salt = secrets.token_hex(16)
    commitment = commitment_to(entry, salt)
    return SealedEntry.objects.new(
        actor,
        id=entry.pk,
        number=number,
        salt=salt,
        commitment=commitment,
        digest=digest_of(entry, commitment),
    )
