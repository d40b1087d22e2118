"""
What a customer has of its own beside columns and rows (addresses, lists, consents), when two are
made one and when they are parted again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from core.clock import now
from core.inserting import insert
from core.tenancy.actor import Actor
from core.text import email_key
from customers.choices import CONSENT_FIELDS, IdentityKind, IdentitySource
from customers.models import Consent, Customer, Identity
from customers.parts import CustomerList
from customers.services.identities import addresses_in, identities_of


def loosen_addresses(
    survivor: Customer, columns: Mapping[str, Any], known: Sequence[Identity]
) -> list[str]:
    """The survivor's own addresses that leave its columns stay known. Returns their keys."""
    held = set(addresses_in(_with_columns(survivor, columns)))
    keys = [
        row.pk
        for row in known
        if row.source == IdentitySource.RECORD and (IdentityKind(row.kind), row.value) not in held
    ]
    rows = Identity.objects.unscoped().filter(pk__in=keys)
    rows.update(source=IdentitySource.MERGE, is_primary=False)
    return [str(key) for key in keys]


def part_addresses(
    survivor: Customer, columns: Mapping[str, Any], values: Mapping[str, Any]
) -> list[str]:
    """
    What stands in the survivor's columns, as they are to be, is the columns' again. Returns the
    values of those addresses that were the loser's alone.
    """
    held = set(addresses_in(_with_columns(survivor, columns)))
    own: list[UUID] = []
    forgotten: set[str] = set()
    for row in identities_of([survivor.pk])[survivor.pk]:
        if row.source != IdentitySource.MERGE:
            continue
        was_theirs = row.value in values["addresses"]
        if (IdentityKind(row.kind), row.value) in held:
            if was_theirs or str(row.pk) in values["loosened"]:
                own.append(row.pk)
        elif was_theirs:
            forgotten.add(row.value)
    Identity.objects.unscoped().filter(pk__in=own).update(source=IdentitySource.RECORD)
    return sorted(forgotten - {value for _kind, value in held})


def _with_columns(survivor: Customer, columns: Mapping[str, Any]) -> Customer:
    """The customer as it is to be, to look at."""
    row = copy(survivor)
    for name, value in columns.items():
        setattr(row, name, value)
    if "email" in columns:
        row.email_key = email_key(row.email)
    return row


def copy_addresses(actor: Actor, rows: Iterable[Identity]) -> list[Identity]:
    """Unsaved addresses of the survivor's, as the loser is reached by."""
    return [
        Identity.objects.new(
            actor,
            kind=row.kind,
            value=row.value,
            source=IdentitySource.MERGE,
            verified_at=row.verified_at,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
        )
        for row in rows
    ]


def unite_lists(
    actor: Actor, survivor: Customer, loser: Customer
) -> tuple[dict[str, tuple[Any, Any]], dict[str, list[str]]]:
    """What became of the survivor's lists: name → (before, after); and what was added to which."""
    made: dict[str, tuple[Any, Any]] = {}
    added: dict[str, list[str]] = {}
    for name, path in settings.CUSTOMER_LISTS.items():
        both: CustomerList = import_string(path)
        mine = both.keys_of(survivor)
        new = [key for key in both.keys_of(loser) if key not in mine]
        if new and (pair := both.set_keys(actor=actor, customer=survivor, keys=[*mine, *new])):
            made[name], added[name] = pair, [str(key) for key in new]
    return made, added


def part_lists(
    actor: Actor, survivor: Customer, added: Mapping[str, Collection[str]]
) -> dict[str, tuple[Any, Any]]:
    """Takes out of the survivor's lists what was added; name → (before, after)."""
    made: dict[str, tuple[Any, Any]] = {}
    for name, keys in added.items():
        both: CustomerList = import_string(settings.CUSTOMER_LISTS[name])
        rest = [key for key in both.keys_of(survivor) if str(key) not in keys]
        if pair := both.set_keys(actor=actor, customer=survivor, keys=rest):
            made[name] = pair
    return made


def renew_consents(actor: Actor, customer: Customer, *, method: str) -> None:
    """
    Where the latest word of the ledger isn't what the customer's preferences say, says it again: a
    grant as it was given, with what proves it.
    """
    rows = Consent.objects.for_actor(actor).filter(customer=customer).order_by("at", "id")
    said: dict[tuple[str, str], Consent] = {}
    granted: dict[tuple[str, str], Consent] = {}
    moment = now()
    for each in rows:
        pair = (each.channel, each.purpose)
        said[pair] = each
        if each.granted and (each.expires_at is None or each.expires_at > moment):
            granted[pair] = each
    new = []
    for name, pair in CONSENT_FIELDS.items():
        latest, wanted = said.get(pair), getattr(customer, name)
        if latest is None or (latest is granted.get(pair)) == wanted:
            continue
        given = granted.get(pair) if wanted else None
        new.append(
            Consent.objects.new(
                actor,
                customer=customer,
                channel=pair[0],
                purpose=pair[1],
                granted=wanted,
                method=method,
                wording=given.wording if given else "",
                shown_id=given.shown_id if given else None,
                proof=given.proof if given else "",
                expires_at=given.expires_at if given else None,
                recorded_by=actor.label,
            )
        )
    insert(new)
