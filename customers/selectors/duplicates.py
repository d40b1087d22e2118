"""Reading who may be whom: pairs that are kept, and look-alikes of somebody who isn't there yet."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from core.phones import parse_phone
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import email_key, fold, split_name
from customers.choices import DuplicateStatus
from customers.figures import batches
from customers.filters import DuplicateConditions
from customers.likeness import (
    COLUMNS,
    KEPT_FROM,
    MOST_OF_A_KEY,
    Profile,
    compare,
    match_keys,
    profile_of,
)
from customers.models import Customer, DuplicatePair, Identity, MatchKey, PendingComparison

AT_ONCE = 2000
"""Values that one statement names."""

WAITING = 200
"""Customers who aren't compared yet that a look-up looks at besides, the latest."""

SHOWN_FROM = 45
"""Look-alikes are shown while somebody types from this score on: of the same name, say."""


def duplicates(
    *, actor: Actor, conditions: DuplicateConditions | None = None
) -> "QuerySet[DuplicatePair]":
    """The pairs of living customers; those that wait for a person unless said. Raises Forbidden."""
    return (conditions or DuplicateConditions()).apply(every_pair(actor=actor))


def every_pair(*, actor: Actor) -> "QuerySet[DuplicatePair]":
    """Pairs of living customers, whatever was decided about them. Raises Forbidden."""
    actor.require(Permission.VIEW)
    actor.require(Permission.MERGE)
    rows: QuerySet[DuplicatePair] = DuplicatePair.objects.for_actor(actor)
    return rows.filter(customer__deleted_at=None, other__deleted_at=None)


def count_duplicates(*, actor: Actor, most: int) -> int:
    """How many pairs wait for a person, `most` at most. Raises Forbidden."""
    actor.require(Permission.MERGE)
    rows = DuplicatePair.objects.for_actor(actor).filter(status=DuplicateStatus.OPEN)
    return rows.order_by()[:most].count()


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A living customer who may be the one that is asked about."""

    customer: Customer
    score: int
    evidence: list[dict[str, Any]]


def look_alikes(
    *,
    actor: Actor,
    columns: Mapping[str, Any],
    addresses: Iterable[str] = (),
    besides: Collection[UUID] = (),
    least: int = KEPT_FROM,
    most: int = 5,
) -> list[LookAlike]:
    """
    Living customers who look like somebody of these columns (`customers.likeness.COLUMNS`) and
    (normalised) addresses, from the score `least` on, the likeliest first. Raises Forbidden.
    """
    actor.require(Permission.VIEW)
    profile = profile_of(columns, addresses)
    place = Place(actor.organization.pk, actor.environment)
    known = profiles_of(place, _candidates(actor, place, profile, columns) - set(besides))
    findings = {key: compare(profile, other) for key, other in known.items()}
    likely = sorted(
        (key for key, finding in findings.items() if finding.score >= least),
        key=lambda key: (-findings[key].score, key),
    )[:most]
    rows = Customer.objects.for_actor(actor).in_bulk(likely)
    return [LookAlike(rows[key], *findings[key]) for key in likely if key in rows]


def look_alikes_of_typed(*, actor: Actor, name: str, phone: str, email: str) -> list[LookAlike]:
    """The same for what has been typed so far. Raises Forbidden."""
    first, last = split_name(name)
    addresses = [email_key(email)] if "@" in email else []
    with suppress(ValueError):
        addresses.append(parse_phone(phone, actor.organization.default_region))
    columns = {"first_name": first[:150], "last_name": last[:150], "company_name": name[:150]}
    return look_alikes(actor=actor, columns=columns, addresses=addresses, least=SHOWN_FROM)


def _candidates(
    actor: Actor, place: "Place", profile: Profile, columns: Mapping[str, Any]
) -> set[UUID]:
    """By keys, by addresses that are known at once, by the very name, and who waits for keys."""
    keys = match_keys(profile)
    telling = [key for key, size in key_sizes(place, keys).items() if size <= MOST_OF_A_KEY]
    found = set(place.keys.filter(value__in=telling).values_list("customer_id", flat=True))
    held = Identity.objects.for_actor(actor).filter(
        is_living=True, value__in=[*profile.mailboxes, *profile.numbers]
    )
    found.update(held.values_list("customer_id", flat=True)[:MOST_OF_A_KEY])
    living = Customer.objects.for_actor(actor).filter(deleted_at=None)
    first, last = fold(columns.get("first_name", "")), fold(columns.get("last_name", ""))
    if last:
        named = Q(last_key=last, first_key=first) | Q(last_key=first, first_key=last)
        found.update(living.filter(named).values_list("pk", flat=True)[:MOST_OF_A_KEY])
    if company := fold(columns.get("company_name", "")):
        firms = living.filter(company_key=company).values_list("pk", flat=True)
        found.update(firms[:MOST_OF_A_KEY])
    waiting = PendingComparison.objects.for_actor(actor).order_by("-pk")
    found.update(waiting.values_list("customer_id", flat=True)[:WAITING])
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """An organization and environment, whose customers are compared with one another alone."""

    organization_id: UUID
    environment: str

    @property
    def scope(self) -> dict[str, Any]:
        return {"organization_id": self.organization_id, "environment": self.environment}

    @property
    def keys(self) -> "QuerySet[MatchKey]":
        rows: QuerySet[MatchKey] = MatchKey.objects.unscoped().filter(**self.scope)
        return rows

    @property
    def pairs(self) -> "QuerySet[DuplicatePair]":
        rows: QuerySet[DuplicatePair] = DuplicatePair.objects.unscoped().filter(**self.scope)
        return rows


def key_sizes(place: Place, values: Iterable[str]) -> dict[str, int]:
    """Key → how many customers have it."""
    found: dict[str, int] = defaultdict(int)
    for some in batches(sorted(values), AT_ONCE):
        rows = place.keys.filter(value__in=some).values_list("value").annotate(size=Count("*"))
        found.update(rows)
    return found


def profiles_of(place: Place, customer_ids: Collection[UUID]) -> dict[UUID, Profile]:
    """Those of the customers who are living → what of them is compared."""
    found: dict[UUID, Profile] = {}
    for some in batches(sorted(customer_ids), AT_ONCE):
        addresses: dict[UUID, list[str]] = defaultdict(list)
        held = Identity.objects.unscoped().filter(customer__in=some, **place.scope)
        for key, value in held.values_list("customer_id", "value"):
            addresses[key].append(value)
        rows = Customer.objects.unscoped().filter(pk__in=some, deleted_at=None, **place.scope)
        for row in rows.values("id", *COLUMNS):
            found[row["id"]] = profile_of(row, addresses[row["id"]])
    return found
