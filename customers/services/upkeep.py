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

SPAN = 5000
WHOLE = 0.25
"""From this share of a span's customers on, the span is written as a whole: naming each would cost more."""

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
        wrong = list(differing(organization=actor.organization, environment=actor.environment, customers=span))
        if len(wrong) > size * WHOLE:
            yield _repair(actor, span)
        else:
            yield sum(_repair(actor, keys) for keys in batches(sorted(wrong)))
        done += size
        if progress:
            progress(done, total)


@transaction.atomic
def _repair(actor: Actor, customers: Span | Sequence[UUID]) -> int:
    """Locks the customers first, so that the statement sees what any writer before it has committed."""
    meant = {"pk__gte": customers.first, "pk__lte": customers.last} if isinstance(customers, Span) else {"pk__in": customers}
    rows = Customer.objects.for_actor(actor).filter(**meant)
    list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return recalculate(organization=actor.organization, environment=actor.environment, customers=customers)


def _spans(actor: Actor) -> Iterator[tuple[Span, int]]:
    """The customers in order of their ids, some thousand at a time."""
    rows = Customer.objects.for_actor(actor).order_by("pk").values_list("pk", flat=True)
    keys = list(rows[:SPAN])
    while keys:
        yield Span(keys[0], keys[-1]), len(keys)
        keys = list(rows.filter(pk__gt=keys[-1])[:SPAN])
