"""
The one way in which customers come to be, one or thousands at a time: the row with what is derived
from it, tags, consents, audit entries, events and figures, in a fixed number of statements.

Changing them is its sister (`changes.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.cleaning import clean
from core.inserting import insert
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import IdentityKind
from customers.figures import label_newborn
from customers.models import Customer, Identity
from customers.selectors.lookup import KEYS
from customers.services.changes import record_customers
from customers.services.comparing import note_for_comparison
from customers.services.conflicts import naming_holders
from customers.services.figures import refresh_referrers
from customers.services.identities import FURTHER, addresses_in, new_identities
from customers.services.tags import give_tags
from customers.services.values import assign, clean_customer, derive, refuse_unidentified


@dataclass(frozen=True, slots=True)
class Draft:
    """
    A customer to be: the unsaved row, the names of the fields that were given, its tags, and
    addresses beside those of its columns.
    """

    customer: Customer
    given: Sequence[str]
    tags: Sequence[str]
    learned: Sequence[Identity] = ()

    @property
    def keys(self) -> dict[str, str]:
        found = {name: getattr(self.customer, column) for name, column in KEYS.items()}
        return {name: key for name, key in found.items() if key}

    @property
    def addresses(self) -> set[str]:
        """All that the customer is reached under."""
        return {value for _kind, value in addresses_in(self.customer)}

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Field → (nothing, its value), for the fields that were given."""
        changes: dict[str, tuple[Any, Any]] = {
            name: (None, getattr(self.customer, name)) for name in self.given
        }
        if self.learned:
            changes[FURTHER] = ([], [row.value for row in self.learned])
        return changes | ({"tags": ([], list(self.tags))} if self.tags else {})


def add_customer(
    *,
    actor: Actor,
    values: Mapping[str, Any],
    password: str = "",
    learned: Sequence[Identity] = (),
    check: Callable[[Draft], None] | None = None,
) -> Customer:
    """
    One customer from raw values, for services that say who may; `password` is a hash, `learned` are
    unsaved addresses beside those that the values hold, and `check` may refuse who is to be
    written. Raises Invalid and Conflict. Emits `customer.created`, and `customer.converted` when it
    comes from a lead.
    """
    draft = draft_customer(actor=actor, values=values, password=password, learned=learned)
    if check:
        check(draft)
    insert_customers(actor=actor, drafts=[draft])
    return draft.customer


def draft_customer(
    *,
    actor: Actor,
    values: Mapping[str, Any],
    password: str = "",
    learned: Sequence[Identity] = (),
) -> Draft:
    """
    The customer that raw values describe; both since when they are one (`customer_since`) and since
    when they are known (`created_at`) are the moment of creation unless someone says so who may
    change customers, or import them. Raises Forbidden and Invalid.
    """
    given = dict(values)
    created_at = given.pop("created_at", None)
    columns, tags = clean_customer(given, actor=actor)
    if columns.get("customer_since") is not None:
        actor.require(Permission.UPDATE_CUSTOMERS)
    if created_at is not None:
        actor.require(Permission.IMPORT)
        columns |= clean(Customer, {"created_at": created_at}, actor=actor)
    return draft_cleaned(
        actor=actor, columns=columns, tags=tags or [], password=password, learned=learned
    )


def draft_cleaned(
    *,
    actor: Actor,
    columns: Mapping[str, Any],
    tags: Sequence[str],
    password: str = "",
    learned: Sequence[Identity] = (),
) -> Draft:
    """The same from what `clean_customer` has cleaned. Raises Invalid."""
    customer = Customer.objects.new(actor, language=actor.organization.language, password=password)
    assign(customer, columns, sensitive=actor.organization.sensitive_fields)
    derive(customer, [row.value for row in learned])
    refuse_unidentified(customer)
    if "created_at" not in columns:
        customer.updated_at = customer.created_at
    if columns.get("customer_since") is None:
        customer.customer_since = customer.created_at
    customer.tags = list(dict.fromkeys(tags))
    return Draft(customer, list(columns), customer.tags, learned)


def insert_customers(*, actor: Actor, drafts: Sequence[Draft]) -> None:
    """
    Saves the drafts and all that belongs to them. To go on after a refusal, call it in a savepoint.

    Raises Conflict when one of them is there already, and Invalid; then none is written.
    Emits `customer.created` (and `customer.converted`) for each.
    """
    if not drafts:
        return
    # one order for all: fewer deadlocks
    rows = [draft.customer for draft in sorted(drafts, key=lambda draft: draft.customer.phone)]
    whatsapp_ids = [
        row.value
        for draft in drafts
        for row in draft.learned
        if row.kind == IdentityKind.WHATSAPP_ID
    ]
    label_newborn(organization=actor.organization, customers=rows)
    with naming_holders(actor, rows, whatsapp_ids=whatsapp_ids):
        insert(rows)
        insert(
            [
                row
                for draft in drafts
                for row in new_identities(actor, draft.customer, also=draft.learned)
            ]
        )
    tags = {draft.customer.pk: draft.tags for draft in drafts if draft.tags}
    if tags:
        give_tags(actor=actor, names=tags)
    record_customers(
        actor=actor,
        action="customer.created",
        changed=[(draft.customer, draft.changes) for draft in drafts],
        events=_events,
    )
    refresh_referrers(actor=actor, referrers=[row.referred_by_id for row in rows])
    note_for_comparison(actor=actor, customer_ids=[row.pk for row in rows])


def _events(customer: Customer) -> list[str]:
    converted = ["customer.converted"] if customer.converted_from_lead_id else []
    return ["customer.created", *converted]
