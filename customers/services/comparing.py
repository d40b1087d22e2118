"""
Keeping the pairs of customers who may be one (`DuplicatePair`) as the customers are.

Whatever changes a customer notes it (`note_for_comparison`) in its own transaction. Afterwards
`compare_pending` takes those who were noted, some at a time: brings their keys up to date, looks
for others with the same keys, scores these and no others, and writes what differs. One transaction
each, with the notes deleted in it, so that a killed worker's successor begins where that one began;
one of them at a time, so that none overlooks what another has just found.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q

from core.calling import Call
from core.inserting import insert
from core.retrying import retry_on_deadlock
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.updating import update
from customers.choices import DuplicateStatus
from customers.figures import batches
from customers.likeness import (
    KEPT_FROM,
    MOST_OF_A_KEY,
    Finding,
    Profile,
    compare,
    match_keys,
)
from customers.models import Customer, DuplicatePair, MatchKey, PendingComparison
from customers.selectors.duplicates import AT_ONCE, Place, key_sizes, profiles_of

BATCH = 200
"""Customers that one transaction looks at; in SQLite others wait as long to write."""

FINDER = Call("customers.tasks.find_duplicates", key="duplicates-called", seconds=10)

Pair = tuple[UUID, UUID]


def note_for_comparison(*, actor: Actor, customer_ids: Iterable[UUID]) -> None:
    """Has the look-alikes of these customers sought once the transaction commits."""
    if _note(actor, customer_ids):
        transaction.on_commit(FINDER.send, robust=True)


def note_everyone(*, actor: Actor) -> int:
    """
    Has everyone's look-alikes sought, of the deleted too (who have none), by whoever compares next.
    Returns how many.
    """
    known = Customer.objects.for_actor(actor).order_by("pk").values_list("pk", flat=True)
    return sum(_note(actor, some) for some in batches(list(known.iterator()), AT_ONCE))


def _note(actor: Actor, customer_ids: Iterable[UUID]) -> int:
    rows = [PendingComparison.objects.new(actor, customer_id=key) for key in customer_ids]
    insert(rows)
    return len(rows)


def drop_pairs_of(customer_ids: Collection[UUID]) -> None:
    """For customers who are deleted: nobody is to be asked about them any more."""
    if not customer_ids:
        return
    of_them = Q(customer__in=customer_ids) | Q(other__in=customer_ids)
    DuplicatePair.objects.unscoped().filter(of_them, status=DuplicateStatus.OPEN).delete()


def forget_comparisons(customer: Customer) -> None:
    """
    For erasure: the customer is noted nowhere; whoever a key finds again, now that one fewer has
    it, is.
    """
    keys, pending = MatchKey.objects.unscoped(), PendingComparison.objects.unscoped()
    pending.filter(customer_id=customer.pk).delete()
    held = list(keys.filter(customer=customer).values_list("value", flat=True))
    of_tenant = keys.filter(
        organization=customer.organization_id, environment=customer.environment, value__in=held
    )
    sizes = of_tenant.values("value").annotate(size=Count("*"))
    freed = sizes.filter(size=MOST_OF_A_KEY + 1).values_list("value", flat=True)
    others = of_tenant.filter(value__in=list(freed)).exclude(customer=customer)
    place = {"organization_id": customer.organization_id, "environment": customer.environment}
    pending.bulk_create(
        [
            PendingComparison(customer_id=key, **place)
            for key in sorted(set(others.values_list("customer_id", flat=True)))
        ]
    )


def compare_pending(*, seconds: float = float("inf")) -> int:
    """
    Looks at everyone who was noted, everywhere, whoever waits longest first; after so many
    `seconds` the rest is left to another call, which is made. Returns how many were looked at: none
    while another process is at it.
    """
    FINDER.answer()
    ends, done = time.monotonic() + seconds, 0
    while some := retry_on_deadlock(_compare_some):
        done += some
        if time.monotonic() > ends:
            FINDER.send()
            break
    return done


def _compare_some() -> int:
    for _ in range(ATTEMPTS - 1):
        try:
            return _compare_next()
        except IntegrityError:  # somebody was erased meanwhile
            continue
    return _compare_next()


ATTEMPTS = 3


@transaction.atomic
def _compare_next() -> int:
    if not _alone():
        return 0
    pending = PendingComparison.objects.unscoped().order_by("pk")
    oldest = pending.first()
    if oldest is None:
        return 0
    place = Place(oldest.organization_id, oldest.environment)
    rows = list(pending.filter(**place.scope)[:BATCH])
    compare_customers(place, {row.customer_id for row in rows})
    PendingComparison.objects.unscoped().filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _alone() -> bool:
    """Whether no other transaction compares until this one ends; SQLite has one writer anyway."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext(%s))", [PendingComparison._meta.db_table]
        )
        return bool(cursor.fetchone()[0])


def compare_customers(place: Place, customer_ids: Collection[UUID]) -> None:
    """Makes keys and pairs of these customers what they are to be, in a transaction."""
    ids = set(customer_ids)
    profiles = profiles_of(place, ids)
    ids |= _keep_keys(place, ids, profiles)
    candidates = _candidates(place, ids)
    near = {key for pair in candidates for key in pair} | ids
    profiles |= profiles_of(place, near - profiles.keys())
    found: dict[Pair, Finding] = {}
    for pair in candidates:
        finding = compare(profiles[pair[0]], profiles[pair[1]])
        if finding.score >= KEPT_FROM:
            found[pair] = finding
    _keep_pairs(place, ids, found)


def _keep_keys(place: Place, ids: Collection[UUID], profiles: Mapping[UUID, Profile]) -> set[UUID]:
    """
    The keys of these customers as they are to be. Returns who else has to be looked at: those with
    a key that has become too common to find anybody, or no longer is.
    """
    wanted = {(key, value) for key in profiles for value in match_keys(profiles[key])}
    stored: dict[tuple[UUID, str], UUID] = {}
    for some in batches(sorted(ids), AT_ONCE):
        rows = place.keys.filter(customer__in=some).values_list("customer_id", "value", "pk")
        stored |= {(key, value): pk for key, value, pk in rows}
    gone, new = stored.keys() - wanted, wanted - stored.keys()
    changes: dict[str, int] = defaultdict(int)
    for changed, step in ((gone, -1), (new, 1)):
        for _key, value in changed:
            changes[value] += step
    before = key_sizes(place, changes)
    for some_rows in batches(sorted(stored[each] for each in gone), AT_ONCE):
        place.keys.filter(pk__in=some_rows).delete()
    insert([MatchKey(customer_id=key, value=value, **place.scope) for key, value in sorted(new)])
    crossed = [
        value
        for value, step in changes.items()
        if (before[value] > MOST_OF_A_KEY) != (before[value] + step > MOST_OF_A_KEY)
    ]
    found: set[UUID] = set()
    for named in batches(crossed, AT_ONCE):
        found.update(place.keys.filter(value__in=named).values_list("customer_id", flat=True))
    return found


def _candidates(place: Place, ids: Collection[UUID]) -> set[Pair]:
    """All pairs of these customers with anybody who shares a key that isn't too common."""
    values: set[str] = set()
    for some in batches(sorted(ids), AT_ONCE):
        values.update(place.keys.filter(customer__in=some).values_list("value", flat=True))
    telling = [
        value for value, size in key_sizes(place, values).items() if 1 < size <= MOST_OF_A_KEY
    ]
    holders: dict[str, list[UUID]] = defaultdict(list)
    for named in batches(telling, AT_ONCE):
        for value, key in place.keys.filter(value__in=named).values_list("value", "customer_id"):
            holders[value].append(key)
    return {
        pair
        for keys in holders.values()
        for pair in combinations(sorted(keys), 2)
        if pair[0] in ids or pair[1] in ids
    }


def _keep_pairs(place: Place, ids: Collection[UUID], found: Mapping[Pair, Finding]) -> None:
    """The pairs of these customers as they were found; a refused one stays refused."""
    stored: dict[Pair, DuplicatePair] = {}
    for some in batches(sorted(ids), AT_ONCE):
        for row in place.pairs.filter(Q(customer__in=some) | Q(other__in=some)):
            stored[row.customer_id, row.other_id] = row
    gone = [
        row.pk
        for pair, row in stored.items()
        if pair not in found and row.status == DuplicateStatus.OPEN
    ]
    for some in batches(gone, AT_ONCE):
        place.pairs.filter(pk__in=some).delete()
    changed = []
    for pair in stored.keys() & found.keys():
        row, finding = stored[pair], found[pair]
        if (row.score, row.evidence) != (finding.score, finding.evidence):
            row.score, row.evidence = finding.score, finding.evidence
            changed.append(row)
    update(changed, ["score", "evidence"])
    insert(
        [
            DuplicatePair(
                customer_id=pair[0],
                other_id=pair[1],
                score=found[pair].score,
                evidence=found[pair].evidence,
                **place.scope,
            )
            for pair in sorted(found.keys() - stored.keys())
        ]
    )


# proof


@dataclass(frozen=True, slots=True)
class Difference:
    """Where keys or pairs aren't what the customers' own rows say."""

    place: Place
    missing_keys: int
    wrong_keys: int
    missing_pairs: int
    wrong_pairs: int

    @property
    def is_none(self) -> bool:
        return not (self.missing_keys + self.wrong_keys + self.missing_pairs + self.wrong_pairs)


def places() -> Iterator[Place]:
    """Everywhere where there are customers."""
    rows = Customer.objects.unscoped().order_by("organization_id", "environment")
    for organization, environment in rows.values_list("organization_id", "environment").distinct():
        yield Place(organization, environment)


def check_pairs(place: Place) -> Difference:
    """
    What everybody's own rows say, key by key and each with each, beside what is kept. Reads alone;
    who waits to be compared counts as a difference.
    """
    living = Customer.objects.unscoped().filter(deleted_at=None, **place.scope)
    ids = list(living.order_by("pk").values_list("pk", flat=True))
    profiles = profiles_of(place, ids)
    wanted = {(key, value) for key, profile in profiles.items() for value in match_keys(profile)}
    stored = set(place.keys.values_list("customer_id", "value"))
    holders: dict[str, list[UUID]] = defaultdict(list)
    for key, value in wanted:
        holders[value].append(key)
    findings: dict[Pair, Finding] = {}
    for keys in holders.values():
        if len(keys) <= MOST_OF_A_KEY:
            for pair in combinations(sorted(keys), 2):
                if pair not in findings:
                    findings[pair] = compare(profiles[pair[0]], profiles[pair[1]])
    right = {
        (pair, finding.score): finding.evidence
        for pair, finding in findings.items()
        if finding.score >= KEPT_FROM
    }
    kept: dict[tuple[Pair, int], Any] = {}
    for row in place.pairs.iterator():
        pair = row.customer_id, row.other_id
        if row.status == DuplicateStatus.OPEN or (pair, row.score) in right:
            kept[pair, row.score] = row.evidence
    return Difference(
        place,
        missing_keys=len(wanted - stored),
        wrong_keys=len(stored - wanted),
        missing_pairs=len(right.keys() - kept.keys()),
        wrong_pairs=sum(right.get(each) != evidence for each, evidence in kept.items()),
    )


def actors() -> Sequence[Actor]:
    """The system itself, everywhere where there are customers."""
    organizations = Organization.objects.in_bulk()
    return [
        Actor.system(
            organization=organizations[place.organization_id],
            label="duplicates",
            environment=place.environment,
        )
        for place in places()
    ]
