"""
Verifying the audit trail: every entry against its seal, every seal against the one before.

It reads a seal's entries at a time, so memory doesn't grow with the trail.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import QuerySet

from core.audit.marks import commitment_to, digest_of
from core.audit.models import AuditChain, AuditEntry, AuditSeal, SealedEntry
from core.audit.sealing import (
    CONCEALED,
    earliest_unsealed,
    is_concealed,
    is_written_by_us,
    lock_chain,
    seal_digest,
    unsealed,
)
from core.clock import now
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization

log = logging.getLogger(__name__)

MOST_TOLD = 50
"""More faults than these are only counted."""


@dataclass(slots=True)
class Verification:
    """
    What verifying found: how many entries are under how many seals, how many wait for one, and a
    sentence about each fault.
    """

    seals: int = 0
    entries: int = 0
    waiting: int = 0
    faults: int = 0
    told: list[str] = field(default_factory=list)
    head: str = ""
    concealed: int = 0
    certified: int = 0

    @property
    def is_sound(self) -> bool:
        return self.faults == 0

    def tell(self, faults: Iterable[str]) -> None:
        for sentence in faults:
            self.faults += 1
            if len(self.told) < MOST_TOLD:
                self.told.append(sentence)


def verify_everything(
    organizations: "QuerySet[Organization] | None" = None,
) -> Iterator[tuple[Actor, Verification]]:
    """Each organization and environment that has entries or seals, and what was found."""
    chosen = Organization.objects.order_by("pk") if organizations is None else organizations
    for organization in chosen.iterator():
        actor = Actor.system(organization=organization, label="verify_audit")
        for environment in Environment.values:
            there = replace(actor, environment=environment)
            models = (AuditEntry, AuditSeal)
            if any(model.objects.for_actor(there).exists() for model in models):
                yield there, verify(actor=there)


def verify(*, actor: Actor) -> Verification:
    """
    Verifies the trail of the actor's organization and environment, and keeps the outcome for those
    who read it.
    """
    report = Verification()
    seals = AuditSeal.objects.for_actor(actor).order_by("number")
    last = None
    for seal in seals.iterator(chunk_size=500):
        report.tell(_breaks(last, seal))
        _verify_seal(actor, seal, report)
        last = seal
    chain = AuditChain.objects.for_actor(actor).first()
    if chain is not None and (last.number if last else 0) < chain.number:
        report.tell([f"The last seal is missing: there were {chain.number}."])
    report.head = last.digest if last else ""
    _verify_unsealed(actor, chain, report)
    if report.concealed > report.certified:
        more = report.concealed - report.certified
        report.tell([f"Values of {more} sealed entries are gone without an erasure."])
    _keep(actor, report, last.sealed_at if last else None)
    log.log(
        logging.INFO if report.is_sound else logging.ERROR,
        "audit verified: %s %s, %d faults",
        actor.organization.pk,
        actor.environment,
        report.faults,
    )
    return report


def _breaks(before: AuditSeal | None, seal: AuditSeal) -> Iterator[str]:
    """What is wrong between two seals that follow one another."""
    number, digest = (before.number, before.digest) if before else (0, "")
    if seal.number != number + 1:
        yield f"Seals are missing between {number} and {seal.number}."
    elif seal.previous != digest:
        yield f"Seal {seal.number} doesn't hold the seal before it."


def _verify_seal(actor: Actor, seal: AuditSeal, report: Verification) -> None:
    """What seems wrong is looked at again under the lock: an erasure may have come in between."""
    found = _read_seal(actor, seal)
    if found.told:
        with transaction.atomic():
            lock_chain(actor)
            found = _read_seal(actor, seal)
    report.seals += 1
    report.entries += found.entries
    report.concealed += found.concealed
    report.certified += found.certified
    report.tell(found.told)
    report.faults += found.faults - len(found.told)


def _read_seal(actor: Actor, seal: AuditSeal) -> Verification:
    found = Verification()
    held = list(SealedEntry.objects.for_actor(actor).filter(number=seal.number).order_by("pk"))
    entries = AuditEntry.objects.for_actor(actor).in_bulk([each.pk for each in held])
    for each in held:
        entry = entries.get(each.pk)
        found.tell(_faults_of(each, entry, seal))
        found.entries += entry is not None
        found.concealed += not each.salt
        found.certified += certified_by(entry) if entry else 0
    if seal_digest(seal, [each.digest for each in held]) != seal.digest:
        found.tell([f"Seal {seal.number} is broken: it holds {seal.count} entries otherwise."])
    return found


def _faults_of(held: SealedEntry, entry: AuditEntry | None, seal: AuditSeal) -> Iterator[str]:
    if entry is None:
        yield f"Entry {held.pk} is gone; it was under seal {seal.number}."
        return
    concealed = not held.salt
    as_it_was = (
        is_concealed(entry) if concealed else commitment_to(entry, held.salt) == held.commitment
    )
    if not as_it_was or digest_of(entry, held.commitment) != held.digest:
        yield f"Entry {entry.pk} was altered; it is under seal {seal.number}."


def _verify_unsealed(actor: Actor, chain: AuditChain | None, report: Verification) -> None:
    earliest = earliest_unsealed(chain)
    for entry in unsealed(actor).iterator(chunk_size=500):
        late = earliest is not None and entry.pk < earliest
        if late or not is_written_by_us(entry, chain):
            report.tell([f"Entry {entry.pk} was put in; the product didn't write it."])
            continue
        report.waiting += 1
        report.certified += certified_by(entry)


def certified_by(entry: AuditEntry) -> int:
    """How many sealed entries an erasure says that it took the values of."""
    said = entry.changes.get(CONCEALED) if entry.action == "customer.erased" else None
    return int(said[1]) if isinstance(said, list) else 0


def _keep(actor: Actor, report: Verification, until: object) -> None:
    AuditChain.objects.for_actor(actor).update(
        verified_at=now(),
        verified_until=until,
        fault="\n".join(report.told),
    )
