"""Computed values of everyone: time passing over them, and repair. Set-based, in short transactions, writing only what differs."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from django.db import transaction

from core.audit.ledger import record
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from customers.figures import Span, batches, differing, recalculate
from customers.models import Customer

SPAN = 200_000
"""Customers compared in one statement: aggregating a whole organization at once reads its rows in order, ids a few at a time don't."""

BATCH = 2000
"""Customers repaired in one transaction, and so locked together."""

Progress = Callable[[int, int], None]


def recalculate_everyone() -> int:
    """All organizations, both environments. Returns how many customers changed. Safe to run twice, or to be killed anywhere."""
    changed = 0
    for organization in Organization.objects.filter(is_active=True):
        for environment in Environment.values:
            actor = Actor.system(organization=organization, label="recalculation", environment=environment)
            changed += recalculate_organization(actor=actor)
    return changed


def recalculate_organization(*, actor: Actor, progress: Progress | None = None) -> int:
    """
    Every customer of the actor's organization and environment. Returns how many changed.

    One audit entry tells of the run, when it changed anything. Referral values follow the referred customers' values, hence the second
    look at those who have referred.
    """
    changed = sum(_pass(actor, progress))
    if changed:
        changed += sum(_pass(actor, None))
        record(actor, "customers.recalculated", changes={"customers": (None, changed)})
    return changed


def disagreements(*, actor: Actor) -> Iterator[tuple[UUID, list[str]]]:
    """Customers whose computed values aren't what their source rows say, and which values."""
    for span, _ in _spans(actor):
        found = differing(organization=actor.organization, environment=actor.environment, customers=span)
        yield from found.items()


def _pass(actor: Actor, progress: Progress | None) -> Iterator[int]:
    total = Customer.objects.for_actor(actor).count() if progress else 0
    done = 0
    for span, size in _spans(actor):
        wrong = sorted(differing(organization=actor.organization, environment=actor.environment, customers=span))
        for keys in batches(wrong, BATCH):
            yield _repair(actor, keys)
            if progress:
                progress(done, total)
        done += size
        if progress:
            progress(done, total)


@transaction.atomic
def _repair(actor: Actor, keys: Sequence[UUID]) -> int:
    """Locks the customers first, so that the statement sees what any writer before it has committed."""
    list(Customer.objects.for_actor(actor).filter(pk__in=keys).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return recalculate(organization=actor.organization, environment=actor.environment, customers=keys)


def _spans(actor: Actor) -> Iterator[tuple[Span, int]]:
    """The customers in order of their ids."""
    rows = Customer.objects.for_actor(actor).order_by("pk").values_list("pk", flat=True)
    keys = list(rows[:SPAN])
    while keys:
        yield Span(keys[0], keys[-1]), len(keys)
        keys = list(rows.filter(pk__gt=keys[-1])[:SPAN])
