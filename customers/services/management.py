"""
Single decisions about a customer that have a permission of their own: tags, blocking, consents,
deactivating, registering.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.cleaning import clean
from core.errors import Invalid, every_fault
from core.rows import Versions, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import not_one_of
from core.writing import writes
from customers.choices import CONSENT_FIELDS, Status
from customers.models import Consent, Customer
from customers.selectors.consents import latest_consent
from customers.selectors.customers import locked_customer, tags_of
from customers.services.changes import (
    CustomerChange,
    apply_changes,
    change_customer,
    change_locked,
)
from customers.services.consents import Proof, clean_proof, consent_rows
from customers.services.creation import add_customer
from customers.services.owned_rows import add_row
from customers.services.passwords import hash_password, refuse_without_email
from customers.services.values import clean_customer, clean_tags

WALK_IN_TAG = "staff-created"


@writes(Permission.CREATE_CUSTOMERS)
def create_walk_in(*, actor: Actor, values: Mapping[str, Any]) -> Customer:
    """
    A customer whom the staff enter and who can't sign in to the portal, tagged `staff-created`.
    Raises and emits as `create_customer`.
    """
    tags = values.get("tags") or []
    if isinstance(tags, list):
        tags = [*tags, WALK_IN_TAG]
    return add_customer(actor=actor, values={**values, "tags": tags})


@writes(Permission.CREATE_CUSTOMERS)
def register_customer(*, actor: Actor, values: Mapping[str, Any], password: Any) -> Customer:
    """
    A customer who signs in to the portal by e-mail and password.

    Raises Forbidden, Invalid (also a password too weak, or without an e-mail) and Conflict.
    """
    with every_fault(lambda: clean_customer(values, actor=actor)):
        return add_customer(
            actor=actor,
            values=values,
            password=hash_password(password),
            check=lambda draft: refuse_without_email(draft.customer),
        )


@writes(Permission.MANAGE_TAGS)
def change_tags(
    *, actor: Actor, customer_id: UUID, tags: Any, action: str = "set", if_version: Versions = None
) -> Customer:
    """
    `set` replaces all tags, `add` and `remove` leave the others. Raises Forbidden, NotFound, Stale
    and Invalid.
    """
    given = clean_tags(tags, actor=actor)
    row = locked_customer(actor=actor, customer_id=customer_id)
    present: Sequence[str] = tags_of([customer_id])[customer_id]
    if action == "add":
        wanted = [*present, *(name for name in given if name not in present)]
    elif action == "remove":
        wanted = [name for name in present if name not in given]
    elif action == "set":
        wanted = given
    else:
        raise Invalid.one("action", "invalid_choice", not_one_of(action, ("set", "add", "remove")))
    return change_locked(actor=actor, customer=row, values={"tags": wanted}, if_version=if_version)


@writes(Permission.BLOCK)
def block_customer(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    Blocks or unblocks (`is_blocked`, and a `block_reason` that unblocking clears).

    Raises Forbidden, NotFound, Stale and Invalid.
    """
    if values.get("is_blocked") is None:
        raise Invalid.one("is_blocked", "required", "This field is required.")
    given = {name: values[name] for name in ("is_blocked", "block_reason") if name in values}
    if not clean(Customer, {"is_blocked": given["is_blocked"]}, actor=actor)["is_blocked"]:
        given["block_reason"] = None
    return change_customer(
        actor=actor, customer_id=customer_id, values=given, if_version=if_version
    )


@writes(Permission.EDIT_PREFERENCES)
def change_consents(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    What the customer said to channels and to marketing, with the `method` and `wording` (or saved
    wording that was `shown`). Each answer is a row of the ledger, also one that changes nothing: a
    no of somebody who was never asked.

    Raises Forbidden, NotFound, Stale and Invalid (also without a method). Emits `customer.updated`
    when a preference changes.
    """
    given = {name: value for name, value in values.items() if name in CONSENT_FIELDS}
    customer = locked_customer(actor=actor, customer_id=customer_id)
    columns, _tags = clean_customer(given, actor=actor, present=customer)
    proof = clean_proof(values, actor=actor, pairs=[CONSENT_FIELDS[name] for name in columns])
    refuse_stale(customer, if_version)
    _keep_answers(actor, customer, columns, proof)
    return customer


@writes(Permission.EDIT_PREFERENCES)
def record_consent(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Consent:
    """
    A row of the ledger: consent to a `channel` for a `purpose` is `granted` or taken back, by a
    `method`, with the `wording` (or which saved version was `shown`), a `proof`, and when a yes
    ends (`expires_at`). Saying the same again is a row, too. The preference follows.

    Raises Forbidden, NotFound, Stale and Invalid. Emits `customer.updated` when the preference
    changes.
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    refuse_stale(customer, if_version)
    asked = {name: values[name] for name in _CONSENT if name in values}
    cleaned = clean(Consent, asked, actor=actor, required=_CONSENT)
    pair = (cleaned["channel"], cleaned["purpose"])
    field = next((name for name, known in CONSENT_FIELDS.items() if known == pair), None)
    if field is None:
        known = ", ".join(
            f"{channel} for {purpose}" for channel, purpose in CONSENT_FIELDS.values()
        )
        raise Invalid.one("channel", "invalid_choice", f"What can be consented to is: {known}.")
    proof = clean_proof(values, actor=actor, pairs=[pair])
    if not cleaned["granted"] and values.get("expires_at"):
        raise Invalid.one("expires_at", "no_grant", "Only what is granted ends.")
    _keep_answers(actor, customer, {field: cleaned["granted"]}, proof)
    return latest_consent(actor=actor, customer_id=customer_id, channel=pair[0], purpose=pair[1])


_CONSENT = ("channel", "purpose", "granted")


def _keep_answers(
    actor: Actor, customer: Customer, answers: Mapping[str, Any], proof: Proof
) -> None:
    """A row of the ledger for each of the preferences; those that differ follow."""
    again = [name for name, value in answers.items() if getattr(customer, name) == value]
    change_locked(actor=actor, customer=customer, values=answers, proof=proof)
    for row in consent_rows(actor=actor, customer=customer, fields=again, proof=proof):
        values = {name: getattr(row, name) for name in (*_CONSENT, "method")}
        add_row(row, values, actor=actor, customer=customer)


@writes(Permission.DELETE_CUSTOMERS)
def deactivate_customer(
    *, actor: Actor, customer_id: UUID, if_version: Versions = None
) -> Customer:
    """
    Pins the status at inactive until the customer writes or books again; they stay readable. Raises
    Forbidden, NotFound and Stale.
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    refuse_stale(customer, if_version)
    columns = {"status": Status.INACTIVE.value, "status_pinned": True, "is_deactivated": True}
    apply_changes(actor=actor, changes=[CustomerChange(customer, columns)])
    return customer


def welcome_back(*, actor: Actor, customer: Customer) -> None:
    """
    A deactivation ends, and the status follows the rules again: the (locked) customer has written
    or booked. For the services that hear of it.
    """
    if customer.is_deactivated:
        change_locked(actor=actor, customer=customer, values={"status": None})
