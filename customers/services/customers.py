"""
Creating, changing, deleting and restoring customers: the one place for each rule, whatever the
door.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F

from core.audit.ledger import Changes, announcement, entry, plain, record
from core.audit.models import AuditEntry, OutboxEvent
from core.clock import now
from core.errors import Fault, Invalid, Stale
from core.ids import parse_id
from core.rows import is_same
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import email_key
from core.writing import writes
from customers.figures import COMPUTED, DERIVED, recalculate
from customers.models import Customer
from customers.selectors.customers import locked_customer, tags_of
from customers.services import values as customer_values
from customers.services.consents import CONSENT_FIELDS, Proof, record_consents
from customers.services.tags import replace_tags

INFLUENTIAL = frozenset(
    {
        "is_referral_partner",
        "customer_since",
        "nps_score",
        "status",
        "segment",
        "engagement",
        "referred_by",
    }
)
"""Columns that a person writes and computed ones follow."""

Versions = int | Collection[int] | None
"""The version, or versions, that a row must be at; None demands nothing."""


@writes(Permission.CREATE_CUSTOMERS)
def create_customer(*, actor: Actor, values: Mapping[str, Any]) -> Customer:
    """
    A new customer from raw values (the domain's field → value).

    Raises Forbidden, Invalid and Conflict (the e-mail, phone or external id is a living
    customer's). Emits `customer.created`, and `customer.converted` when it comes from a lead.
    """
    return apply_create(actor=actor, values=values)


def apply_create(*, actor: Actor, values: Mapping[str, Any], password: str = "") -> Customer:
    """`create_customer` for services with rules of their own; `password` is a hash."""
    cleaned, tags = customer_values.clean_customer(values, actor=actor)
    customer = Customer.objects.new(actor, language=actor.organization.language, password=password)
    assign(customer, cleaned)
    refuse_unidentified(customer)
    customer.updated_at = customer.created_at
    if cleaned.get("customer_since") is None:
        customer.customer_since = customer.created_at
    customer.save(force_insert=True)
    replace_tags(actor=actor, tags={customer.pk: tags or []})
    record_consents(
        actor=actor, customer=customer, fields=[name for name in cleaned if name in CONSENT_FIELDS]
    )
    events = [
        "customer.created",
        *(["customer.converted"] if customer.converted_from_lead_id else []),
    ]
    changes: Changes = {name: (None, getattr(customer, name)) for name in cleaned} | (
        {"tags": ([], sorted(tags))} if tags else {}
    )
    record(
        actor,
        "customer.created",
        subject=customer,
        customer_id=customer.pk,
        changes=changes,
        events=events,
    )
    refresh(actor=actor, customer=customer, announce=False)
    recalculate_referrers(actor=actor, referrers=[customer.referred_by_id])
    return customer


@writes(Permission.UPDATE_CUSTOMERS)
def update_customer(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    Changes the given values and no others; without a real change nothing is written.

    Raises Forbidden, NotFound, Stale (the row isn't at `if_version`), Invalid and Conflict. Emits
    `customer.updated`.
    """
    return apply_update(
        actor=actor,
        customer_id=customer_id,
        values=values,
        if_version=if_version,
        pin_unchanged=False,
    )


def apply_update(
    *,
    actor: Actor,
    customer_id: UUID,
    values: Mapping[str, Any],
    if_version: Versions = None,
    pin_unchanged: bool = True,
    linked: Changes | None = None,
    proof: Proof | None = None,
) -> Customer:
    """
    `update_customer` for services with a permission of their own (preferences, tags, blocking).

    Without `pin_unchanged`, a status, segment or engagement equal to the present one says nothing:
    a client that reads, edits and sends the whole back pins nothing by it. `linked` are changes
    that the caller made to rows of other tables, to be told with this one; `proof` stands in the
    ledger beside consents that change.
    """
    referrer = parse_id(values.get("referred_by"))
    customer = locked_customer(
        actor=actor, customer_id=customer_id, also=[referrer] if referrer else []
    )
    refuse_stale(customer, if_version)
    cleaned, tags = customer_values.clean_customer(values, actor=actor)
    if not pin_unchanged:
        drop_unchanged_pins(customer, cleaned)
    changes = assign(customer, cleaned)
    if customer.referred_by_id == customer_id:
        raise Invalid.one("referred_by", "self", "A customer can't refer themselves.")
    refuse_unidentified(customer)
    if tags is not None:
        changes |= replace_tags(actor=actor, tags={customer_id: tags}).get(customer_id, {})
    changes |= linked or {}
    if not changes:
        return customer
    referrers = [parse_id(changes["referred_by"][0])] if "referred_by" in changes else []
    save_changes(customer, changes, columns=set(changes) - {"tags", *(linked or {})})
    record_consents(
        actor=actor,
        customer=customer,
        fields=[name for name in changes if name in CONSENT_FIELDS],
        proof=proof,
    )
    record(
        actor,
        "customer.updated",
        subject=customer,
        customer_id=customer_id,
        changes=changes,
        events=["customer.updated"],
    )
    if INFLUENTIAL & set(changes) or any(pin in changes for pin in customer_values.PINNED.values()):
        refresh(actor=actor, customer=customer, announce=False)
    if referrers:
        recalculate_referrers(actor=actor, referrers=[*referrers, customer.referred_by_id])
    return customer


@writes(Permission.DELETE_CUSTOMERS)
def delete_customer(*, actor: Actor, customer_id: UUID, if_version: Versions = None) -> Customer:
    """
    Soft deletion: the row stays, out of every normal query, and can be restored. Its e-mail and
    phone become free.

    Raises Forbidden, NotFound and Stale. Emits `customer.deleted`.
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    refuse_stale(customer, if_version)
    customer.deleted_at = now()
    save_changes(customer, {"deleted_at": (None, customer.deleted_at)})
    record(
        actor,
        "customer.deleted",
        subject=customer,
        customer_id=customer_id,
        events=["customer.deleted"],
    )
    recalculate_referrers(actor=actor, referrers=[customer.referred_by_id])
    return customer


@writes(Permission.DELETE_CUSTOMERS)
def restore_customer(*, actor: Actor, customer_id: UUID) -> Customer:
    """
    Brings a deleted customer back.

    Raises Forbidden, NotFound (no such deleted customer) and Conflict (the e-mail, phone or
    external id is a living one's by now).
    """
    customer = locked_customer(actor=actor, customer_id=customer_id, deleted=True)
    before, customer.deleted_at = customer.deleted_at, None
    save_changes(customer, {"deleted_at": (before, None)})
    record(
        actor,
        "customer.restored",
        subject=customer,
        customer_id=customer_id,
        changes={"deleted_at": (before, None)},
        events=["customer.updated"],
    )
    refresh(actor=actor, customer=customer, announce=False)
    recalculate_referrers(actor=actor, referrers=[customer.referred_by_id])
    return customer


def clean_bulk(
    *, actor: Actor, values: Mapping[str, Any], add_tags: Sequence[str] = ()
) -> tuple[dict[str, Any], list[str] | None, list[str]]:
    """
    The columns, the tags instead of those that are there (None: they stay) and the tags beside
    them. Raises Invalid.
    """
    cleaned, tags = customer_values.clean_customer(values, actor=actor)
    _, added = customer_values.clean_customer({"tags": list(add_tags)}, actor=actor)
    return cleaned, tags, added or []


@writes(Permission.BULK_UPDATE)
def bulk_update_customers(
    *,
    actor: Actor,
    customer_ids: Sequence[UUID],
    values: Mapping[str, Any],
    add_tags: Sequence[str] = (),
) -> list[UUID]:
    """
    Sets the same values on up to 1000 customers (and gives them `add_tags` beside their own), all
    or (on any fault) none.

    Returns the ids found. Raises Forbidden and Invalid. Emits `customer.updated` for every customer
    that changed.
    """
    cleaned, tags, added = clean_bulk(actor=actor, values=values, add_tags=add_tags)
    rows = list(
        Customer.objects.for_actor(actor)
        .filter(pk__in=customer_ids, deleted_at=None)
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    changed = {row.pk: assign(row, cleaned) for row in rows}
    if tags is not None or added:
        kept = tags_of(changed) if tags is None else dict.fromkeys(changed, tags)
        for key, change in replace_tags(
            actor=actor, tags={key: [*names, *added] for key, names in kept.items()}
        ).items():
            changed[key] |= change
    touched = [row for row in rows if changed[row.pk]]
    keys = [row.pk for row in touched]
    columns = {
        name: value
        for name, value in cleaned.items()
        if name in {name for key in keys for name in changed[key]}
    }
    Customer.objects.for_actor(actor).filter(pk__in=keys).update(
        version=F("version") + 1, updated_at=now(), **columns
    )
    AuditEntry.objects.unscoped().bulk_create(
        [
            entry(
                actor, "customer.updated", subject=row, customer_id=row.pk, changes=changed[row.pk]
            )
            for row in touched
        ]
    )
    OutboxEvent.objects.unscoped().bulk_create(
        [
            announcement(
                actor,
                "customer.updated",
                subject_id=key,
                customer_id=key,
                changed=sorted(changed[key]),
            )
            for key in keys
        ]
    )
    if keys:
        recalculate(organization=actor.organization, environment=actor.environment, customers=keys)
    return [row.pk for row in rows]


def refresh(*, actor: Actor, customer: Customer, announce: bool = True) -> None:
    """
    Computed columns of a locked customer follow its rows, in the transaction of the write that
    changed them.

    A changed status or segment emits `customer.updated` (unless the caller emits it), a changed
    lifetime value reaches the referrer.
    """
    before = (customer.status, customer.segment)
    value = customer.lifetime_value
    if not recalculate(
        organization=actor.organization, environment=actor.environment, customers=[customer.pk]
    ):
        return
    customer.refresh_from_db(fields=[*COMPUTED, *DERIVED])
    if announce and (customer.status, customer.segment) != before:
        announcement(
            actor,
            "customer.updated",
            subject_id=customer.pk,
            customer_id=customer.pk,
            changed=["segment", "status"],
        ).save(force_insert=True)
    if customer.lifetime_value != value:
        recalculate_referrers(actor=actor, referrers=[customer.referred_by_id])


def recalculate_referrers(*, actor: Actor, referrers: Sequence[UUID | None]) -> None:
    """Computed columns of those who referred a customer that came, went or changed its value."""
    keys = sorted({key for key in referrers if key is not None})
    if keys:
        rows = Customer.objects.for_actor(actor).filter(pk__in=keys)
        list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        recalculate(organization=actor.organization, environment=actor.environment, customers=keys)
        # SQLite tells only a reader that a sum has outgrown its column
        list(rows.values_list("referral_value"))


def refuse_stale(customer: Customer, versions: Versions) -> None:
    """Raises Stale unless the row is at one of `versions`."""
    if versions is not None and customer.version not in (
        [versions] if isinstance(versions, int) else versions
    ):
        raise Stale


def save_changes(
    customer: Customer, changes: Changes, columns: Iterable[str] | None = None
) -> None:
    """
    Writes the changed columns of a locked customer (all changes but tags, unless `columns` says
    which are columns), and those that follow; moves version and `updated_at`.
    """
    names = set(changes) - {"tags"} if columns is None else set(columns)
    if names & customer_values.DERIVED_FROM:
        customer_values.derive(customer)
        names |= set(customer_values.DERIVED)
    customer.version += 1
    customer.updated_at = now()
    customer.save(update_fields=[*names, "version", "updated_at"])


def drop_unchanged_pins(customer: Customer, cleaned: dict[str, Any]) -> None:
    for name, pin in customer_values.PINNED.items():
        if name in cleaned and cleaned[name] == getattr(customer, name):
            del cleaned[name], cleaned[pin]


def assign(customer: Customer, cleaned: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """
    Sets what differs on the instance and returns field → (before, after).

    A new e-mail is not verified; who is no longer blocked has no reason for it.
    """
    changes: dict[str, tuple[Any, Any]] = {}
    for name, value in cleaned.items():
        field = Customer._meta.get_field(name)
        before = getattr(customer, field.attname)  # type: ignore[union-attr]
        after = value.pk if field.is_relation and value is not None else value
        if not is_same(before, after):
            changes[name] = (plain(before), plain(after))
            setattr(customer, name, value)
    if (
        "email" in changes
        and email_key(changes["email"][0]) != email_key(customer.email)
        and customer.email_verified
    ):
        customer.email_verified = False
        changes["email_verified"] = (True, False)
    if "is_blocked" in changes and not customer.is_blocked and customer.block_reason:
        changes["block_reason"] = (customer.block_reason, "")
        customer.block_reason = ""
    if customer._state.adding:
        customer_values.derive(customer)
    return changes


def refuse_unidentified(customer: Customer) -> None:
    if not any(
        (
            customer.first_name,
            customer.last_name,
            customer.company_name,
            customer.email,
            customer.phone,
        )
    ):
        message = "A customer needs a name, an e-mail or a phone number."
        raise Invalid({"first_name": [Fault("unidentified", message)]})
