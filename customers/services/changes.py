"""
The one way in which customers change, one or thousands at a time: columns and those derived from
them, tags, consents, version, audit entries, events and figures, in a fixed number of statements.

What a door may change, and who may, the services say that call it; creation is its sister
(`creation.py`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F

from core.audit.ledger import Changes, announce_events, announcement, entry, write_entries
from core.clock import now
from core.errors import Fault, Invalid
from core.ids import parse_id
from core.inserting import insert
from core.rows import Versions, refuse_stale
from core.tenancy.actor import Actor
from core.updating import update
from customers.choices import CONSENT_FIELDS
from customers.likeness import COMPARED
from customers.models import Customer, Identity
from customers.selectors.customers import locked_customer
from customers.selectors.lookup import ids_by_external_id, parse_customer_id
from customers.services.comparing import drop_pairs_of, note_for_comparison
from customers.services.conflicts import naming_holders
from customers.services.consents import Proof, consent_rows
from customers.services.figures import refresh_figures, refresh_referrers
from customers.services.identities import (
    CONTACT,
    FURTHER,
    addresses_in,
    follow_columns,
    identities_of,
    learned,
    learned_rows,
    mark_living,
)
from customers.services.portal_access import end_portal_access
from customers.services.tags import replace_tags
from customers.services.undo_details import remember_sensitive
from customers.services.values import (
    DERIVED,
    DERIVED_FROM,
    PINNED,
    assign,
    clean_customer,
    derive,
    drop_unchanged_pins,
    refuse_unidentified,
)

LABELLING = frozenset({"is_referral_partner", "nps_score", *PINNED, *PINNED.values()})
"""Columns that a person writes and labels follow, whatever the figures."""

INFLUENTIAL = LABELLING | {"customer_since", "deleted_at"}
"""Columns that a person writes and computed ones follow."""

KEPT_IN = {"sensitive_values": "custom_fields"}
"""A column that no client knows → the field that it is a part of."""


@dataclass(frozen=True, slots=True)
class CustomerChange:
    """
    What a customer (its row locked) is to be: `columns` as `clean_customer` gives them, `tags`
    instead of those that it has (None: these stay). `linked` are changes that the caller made to
    rows of other tables, told with this one; `learned` are unsaved addresses to be known besides,
    none of them another's alone, `forgotten` those among the learned that are no longer to be.
    """

    customer: Customer
    columns: Mapping[str, Any]
    tags: Sequence[str] | None = None
    linked: Changes = field(default_factory=dict)
    learned: Sequence[Identity] = ()
    forgotten: Sequence[str] = ()


def apply_changes(
    *,
    actor: Actor,
    changes: Sequence[CustomerChange],
    event: str = "customer.updated",
    action: str = "",
    proof: Proof | None = None,
    conceal: Collection[str] = (),
    keeps_ledger: bool = True,
) -> Mapping[UUID, Changes]:
    """
    Changes customers, each of them once. Returns customer → field → (before, after), without those
    for whom there is nothing new: of these nothing is written.

    The audit calls it `action` (else as the `event` that is emitted), and doesn't hold the values
    of columns to `conceal`; `proof` stands in the ledger beside consents that change (nothing does
    without `keeps_ledger`: what the ledger says already). Call it inside a transaction. Raises
    Invalid and Conflict.
    """
    hidden_before = {each.customer.pk: each.customer.sensitive_values for each in changes}
    made, known = _assign(actor, changes)
    rows = [change.customer for change in changes if change.customer.pk in made]
    if not rows:
        return {}
    with naming_holders(actor, rows):
        _save(rows, _columns(changes, made))
        _keep_identities(actor, rows, made, known)
    end_portal_access(made)
    _keep_look_alikes(actor, rows, made)
    if "sensitive_values" not in conceal:
        sealed = [row for row in rows if "sensitive_values" in made[row.pk]]
        remember_sensitive(
            actor=actor,
            changed=[
                (row, made[row.pk]["sensitive_values"][1], hidden_before[row.pk]) for row in sealed
            ],
        )
    hidden = dict.fromkeys(conceal, (None, None))
    record_customers(
        actor=actor,
        action=action or event,
        changed=[
            (row, {name: hidden.get(name, pair) for name, pair in made[row.pk].items()})
            for row in rows
        ],
        events=lambda row: [event],
        proof=proof,
        keeps_ledger=keeps_ledger,
    )
    _refresh(actor, [(row, made[row.pk]) for row in rows])
    return made


def change_customer(
    *,
    actor: Actor,
    customer_id: UUID,
    values: Mapping[str, Any],
    if_version: Versions = None,
    pin_unchanged: bool = True,
    required: Collection[str] = (),
    proof: Proof | None = None,
) -> Customer:
    """
    One customer's change from raw values, for services that say who may. Raises NotFound, Invalid
    (also for clearing one of the columns that the door's clients are `required` to give), Stale
    (the row isn't at `if_version`) and Conflict.

    Without `pin_unchanged`, a status, segment or engagement equal to the present one says nothing:
    a client that reads, edits and sends the whole back pins nothing by it.
    """
    customer = lock_for_change(actor=actor, customer_id=customer_id, values=values)
    return change_locked(
        actor=actor,
        customer=customer,
        values=values,
        if_version=if_version,
        pin_unchanged=pin_unchanged,
        required=required,
        proof=proof,
    )


def lock_for_change(*, actor: Actor, customer_id: UUID, values: Mapping[str, Any]) -> Customer:
    """The living customer, locked with those whose figures can follow. Raises NotFound."""
    referrer = _referrer(actor, values.get("referred_by"))
    return locked_customer(
        actor=actor, customer_id=customer_id, also=[referrer] if referrer else []
    )


def _referrer(actor: Actor, raw: Any) -> UUID | None:
    """Whom a raw reference means, by our id or another system's; whether they are there or not."""
    key = parse_customer_id(raw)
    if key is None and isinstance(raw, str):
        key = ids_by_external_id(actor=actor, texts=[raw]).get(raw)
    return key


def change_locked(
    *,
    actor: Actor,
    customer: Customer,
    values: Mapping[str, Any],
    if_version: Versions = None,
    pin_unchanged: bool = True,
    required: Collection[str] = (),
    linked: Changes | None = None,
    proof: Proof | None = None,
) -> Customer:
    """`change_customer` for services whose values depend on the row that they have locked."""
    columns, tags = clean_customer(values, actor=actor, present=customer)
    lost = [name for name in required if getattr(customer, name) and columns.get(name) == ""]
    if lost:
        raise Invalid({name: [Fault("required", "This field is required.")] for name in lost})
    refuse_stale(customer, if_version)
    if not pin_unchanged:
        drop_unchanged_pins(customer, columns)
    change = CustomerChange(customer, columns, tags, linked or {})
    apply_changes(actor=actor, changes=[change], proof=proof)
    return customer


def record_customers(
    *,
    actor: Actor,
    action: str,
    changed: Sequence[tuple[Customer, Changes]],
    events: Callable[[Customer], Iterable[str]],
    proof: Proof | None = None,
    keeps_ledger: bool = True,
) -> None:
    """What is kept of a change of each customer: audit entry, outbox events, consents."""
    write_entries(
        actor,
        [
            entry(actor, action, subject=row, customer_id=row.pk, changes=changes)
            for row, changes in changed
        ],
    )
    announce_events(
        [
            announcement(
                actor, event, subject_id=row.pk, customer_id=row.pk, changed=_told(changes)
            )
            for row, changes in changed
            for event in events(row)
        ]
    )
    insert(
        [
            consent
            for row, changes in changed
            for consent in consent_rows(
                actor=actor,
                customer=row,
                fields=[name for name in changes if name in CONSENT_FIELDS and keeps_ledger],
                proof=proof,
            )
        ]
    )


def _told(changes: Changes) -> list[str]:
    """The names of what changed, as clients know them."""
    return sorted({KEPT_IN.get(name, name) for name in changes})


def _assign(
    actor: Actor, changes: Sequence[CustomerChange]
) -> tuple[dict[UUID, dict[str, Any]], dict[UUID, list[Identity]]]:
    """
    Sets what differs on the instances, what is derived from it, and their tags. Returns the
    changes, and the addresses of those whose names or contact changed. Raises Invalid.
    """
    made: dict[UUID, dict[str, Any]] = {}
    for change in changes:
        made[change.customer.pk] = assign(
            change.customer, change.columns, sensitive=actor.organization.sensitive_fields
        )
    known = identities_of(
        change.customer.pk
        for change in changes
        if change.learned or change.forgotten or DERIVED_FROM & made[change.customer.pk].keys()
    )
    for change in changes:
        if change.customer.pk in known:
            made[change.customer.pk] |= _forget(change, known[change.customer.pk])
            made[change.customer.pk] |= _learn(change, known[change.customer.pk])
            derive(change.customer, learned(known[change.customer.pk]))
        made[change.customer.pk] |= change.linked
        _refuse_impossible(change.customer)
    tags = {change.customer.pk: change.tags for change in changes if change.tags is not None}
    if tags:
        for key, tagged in replace_tags(actor=actor, tags=tags).items():
            made[key] |= tagged
    for change in changes:
        if change.tags is not None:
            change.customer.tags = list(dict.fromkeys(change.tags))
    return {key: each for key, each in made.items() if each}, known


def _learn(change: CustomerChange, known: list[Identity]) -> Changes:
    """Adds what is new to the addresses that are `known`, and tells of it."""
    present = {(row.kind, row.value) for row in known} | set(addresses_in(change.customer))
    new = [row for row in change.learned if (row.kind, row.value) not in present]
    for row in new:
        row.customer = change.customer
    known += new
    return {FURTHER: ([], [row.value for row in new])} if new else {}


def _forget(change: CustomerChange, known: list[Identity]) -> Changes:
    """Takes learned addresses from those that are `known`, and tells of it."""
    gone = [row for row in known if row.value in change.forgotten and row in learned_rows(known)]
    if not gone:
        return {}
    Identity.objects.unscoped().filter(pk__in=[row.pk for row in gone]).delete()
    known[:] = [row for row in known if row not in gone]
    return {FURTHER: ([row.value for row in gone], [])}


def _keep_identities(
    actor: Actor,
    rows: Sequence[Customer],
    made: Mapping[UUID, Mapping[str, Any]],
    known: Mapping[UUID, Sequence[Identity]],
) -> None:
    insert([row for key in known for row in known[key] if row._state.adding])
    reached = [row for row in rows if CONTACT & made[row.pk].keys()]
    if reached:
        follow_columns(actor=actor, customers=reached, known=known)
    turned = [row for row in rows if "deleted_at" in made[row.pk]]
    for living in (False, True):
        mark_living([row.pk for row in turned if (row.deleted_at is None) == living], living=living)


def _keep_look_alikes(
    actor: Actor, rows: Sequence[Customer], made: Mapping[UUID, Mapping[str, Any]]
) -> None:
    drop_pairs_of([row.pk for row in rows if row.deleted_at and "deleted_at" in made[row.pk]])
    compared = [row.pk for row in rows if {*COMPARED, "deleted_at"} & made[row.pk].keys()]
    note_for_comparison(actor=actor, customer_ids=compared)


def _refuse_impossible(customer: Customer) -> None:
    if customer.referred_by_id == customer.pk:
        raise Invalid.one("referred_by", "self", "A customer can't refer themselves.")
    refuse_unidentified(customer)


def _columns(changes: Sequence[CustomerChange], made: Mapping[UUID, Mapping[str, Any]]) -> set[str]:
    """The columns that changed on any of the customers, and those that follow from them."""
    names: set[str] = set()
    for change in changes:
        names |= made.get(change.customer.pk, {}).keys() - change.linked.keys() - {"tags"}
    derived = set(DERIVED) if names & {*DERIVED_FROM, FURTHER} else set()
    if "city" in names:
        derived.add("city_key")
    return (names | derived) - {FURTHER}


def _save(rows: Sequence[Customer], names: Collection[str]) -> None:
    """One statement, which is told each value once when all get the same, as in bulk."""
    moment = now()
    for row in rows:
        row.version += 1
        row.updated_at = moment
    attributes = [Customer._meta.get_field(name).attname for name in sorted(names)]  # type: ignore[union-attr]
    values = [{name: getattr(row, name) for name in attributes} for row in rows]
    saved = Customer.objects.unscoped()
    if all(each == values[0] for each in values):
        saved.filter(pk__in=[row.pk for row in rows]).update(
            version=F("version") + 1, updated_at=moment, **values[0]
        )
    else:
        update(rows, {*names, "version", "updated_at"})


def _refresh(actor: Actor, changed: Sequence[tuple[Customer, Mapping[str, Any]]]) -> None:
    """Figures of the customers, and of those who referred them before and after."""
    followed = [
        (row, INFLUENTIAL & changes.keys()) for row, changes in changed if not row.deleted_at
    ]
    stale = [row for row, names in followed if names]
    if stale:
        refresh_figures(
            actor=actor,
            customers=stale,
            announce=False,
            labels_only=all(names <= LABELLING for _, names in followed),
        )
    referrers: set[UUID | None] = set()
    for row, changes in changed:
        if "referred_by" in changes:
            referrers |= {row.referred_by_id, parse_id(changes["referred_by"][0])}
        elif "deleted_at" in changes:
            referrers.add(row.referred_by_id)
    refresh_referrers(actor=actor, referrers=referrers)
