"""
Computed values of everyone: time passing over them, and repair. Set-based, in short transactions,
writing only what differs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from uuid import UUID

from django.db import transaction

from core.audit.ledger import announce_events, announcement, record
from core.retrying import retry_on_deadlock
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.webhooks.choices import EventType
from core.webhooks.selectors import has_listener
from core.writing import writes
from customers.figures import IdSpan, batches, differing, recalculate
from customers.models import Customer
from customers.selectors.customers import locked_customer
from customers.services.figures import refresh_figures

SPAN = 70_000
"""Customers compared in one statement, which reads their rows in the order of covering indexes."""

BATCH = 2000
"""Customers repaired in one transaction, and so locked together."""

DENSE = 10
"""
From every tenth customer of a span on, the rows of all are read in one stretch rather than those of
each that is wrong.
"""

FIRST_ID, LAST_ID = UUID(int=0), UUID(int=2**128 - 1)

Progress = Callable[[int, int], None]


@writes(Permission.UPDATE_CUSTOMERS)
def recalculate_lifetime_value(*, actor: Actor, customer_id: UUID) -> Customer:
    """
    The customer, its computed columns equal to their source rows. Finding nothing to repair is the
    rule, for every write keeps them so.

    Raises Forbidden and NotFound.
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    refresh_figures(actor=actor, customers=[customer])
    return customer


def recalculate_organization(
    *, actor: Actor, progress: Progress | None = None, labels_only: bool = False
) -> int:
    """
    Every customer of the actor's organization and environment; with `labels_only` what follows from
    their figures as they stand, which is all that time and thresholds change. Returns how many
    changes were written.

    One audit entry tells of the run, when it changed anything. Where a webhook listens, a changed
    status or segment emits `customer.updated`. Referral values follow the referred
    customers' values: those who referred a customer whose value was wrong are looked at again in
    the end.
    """
    done = changed = 0
    referrers: set[UUID] = set()
    total = _count(actor)
    tell = progress or (lambda done, total: None)
    is_heard = total > 0 and has_listener(actor=actor, kind=EventType.CUSTOMER_UPDATED)
    for span in _spans(actor, total):
        wrong = differing(
            organization=actor.organization,
            environment=actor.environment,
            customers=span,
            labels_only=labels_only,
        )
        dense = len(wrong) * DENSE > min(SPAN, total)
        for keys in batches(sorted(wrong), BATCH):
            rows_of = IdSpan(keys[0], keys[-1]) if dense else None
            changed += _repair(
                actor, keys, is_heard=is_heard, rows_of=rows_of, labels_only=labels_only
            )
            referrers |= _referrers(actor, [key for key in keys if "lifetime_value" in wrong[key]])
            tell(done, total)
        done = min(done + SPAN, total)
        tell(done, total)
    for keys in batches(sorted(referrers), BATCH):
        changed += _repair(actor, keys, is_heard=is_heard)
        tell(done, total)
    if changed:
        record(actor, "customers.recalculated", changes={"customers": (None, changed)})
    return changed


def disagreements(*, actor: Actor) -> Iterator[tuple[UUID, list[str]]]:
    """Customers whose computed values aren't what their source rows say, and which values."""
    for span in _spans(actor, _count(actor)):
        found = differing(
            organization=actor.organization, environment=actor.environment, customers=span
        )
        yield from found.items()


def _repair(
    actor: Actor,
    keys: Sequence[UUID],
    *,
    is_heard: bool,
    rows_of: IdSpan | None = None,
    labels_only: bool = False,
) -> int:
    """
    Locks the customers first, so that the statement sees what any writer before it has committed.
    """
    rows = Customer.objects.for_actor(actor).filter(pk__in=keys).order_by("pk")

    def work() -> int:
        with transaction.atomic():
            locked = rows.select_for_update(no_key=True)
            before = {row.pk: row for row in locked.only(*_LABELS)}
            written = recalculate(
                organization=actor.organization,
                environment=actor.environment,
                customers=keys,
                rows_of=rows_of,
                labels_only=labels_only,
            )
            if is_heard and written:
                living = rows.filter(deleted_at=None).only(*_LABELS)
                _announce_moved(actor, [(before[row.pk], row) for row in living])
            return written

    return retry_on_deadlock(work)


_LABELS = ("status", "segment")


def _announce_moved(actor: Actor, pairs: Iterable[tuple[Customer, Customer]]) -> None:
    """Emits `customer.updated` for those whose labels differ, before and after."""
    moved = [
        (new.pk, [name for name in _LABELS if getattr(old, name) != getattr(new, name)])
        for old, new in pairs
    ]
    announce_events(
        [
            announcement(
                actor,
                EventType.CUSTOMER_UPDATED,
                subject_id=key,
                customer_id=key,
                changed=sorted(changed),
            )
            for key, changed in moved
            if changed
        ]
    )


def _referrers(actor: Actor, keys: Sequence[UUID]) -> set[UUID]:
    referred = Customer.objects.for_actor(actor).filter(pk__in=keys, referred_by__isnull=False)
    return {key for key in referred.values_list("referred_by_id", flat=True) if key}


def _count(actor: Actor) -> int:
    return Customer.objects.for_actor(actor).count()


def _spans(actor: Actor, total: int) -> Iterator[IdSpan]:
    """
    All customers in spans of their ids, some `total` of them; the last span takes in whoever comes
    meanwhile.
    """
    ids = Customer.objects.for_actor(actor).order_by("pk").values_list("pk", flat=True)
    first = FIRST_ID
    for _ in range(SPAN, total, SPAN):
        edge = list(ids.filter(pk__gte=first)[SPAN - 1 : SPAN + 1])
        if len(edge) < 2:
            break
        yield IdSpan(first, edge[0])
        first = edge[1]
    if total:
        yield IdSpan(first, LAST_ID)
