"""What people ask for under data protection law: recorded, and answered in time."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.audit.ledger import record
from core.cleaning import clean
from core.clock import now
from core.errors import Invalid, NotFound
from core.rows import Versions, get_row, refuse_stale, save_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.choices import PrivacyRequestKind, PrivacyRequestStatus
from customers.errors import NoErasureAsked, RequestAnswered
from customers.models import PrivacyRequest
from customers.services.erasure import erase_customer
from customers.services.owned_rows import add_row, clean_new

TIME_TO_ANSWER = dt.timedelta(days=30)
"""A month (GDPR, article 12), counted from the receipt."""

_ASKED = ("customer", "kind", "received_at", "note")
_ANSWERED = ("status", "reason", "note")


@writes(Permission.REQUEST_PRIVACY)
def open_privacy_request(*, actor: Actor, values: Mapping[str, Any]) -> PrivacyRequest:
    """
    Records what a `customer` asks for (`kind`), when (`received_at`, now unless said) and in
    which words (`note`). A customer who acts asks for themselves.

    Raises Forbidden, NotFound, Invalid, and Conflict while one of this kind is open.
    """
    asked = {name: values[name] for name in _ASKED if name in values}
    cleaned, customer = clean_new(PrivacyRequest, asked, actor=actor, required=["kind"])
    if actor.customer_id not in (None, customer.pk):
        raise NotFound("Customer", customer.pk)
    row = PrivacyRequest.objects.new(actor, **cleaned, opened_by=actor.label)
    row.due_at = row.received_at + TIME_TO_ANSWER
    add_row(row, cleaned, actor=actor, customer=customer)
    return row


@writes(Permission.MANAGE_PRIVACY)
def close_privacy_request(
    *, actor: Actor, request_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> PrivacyRequest:
    """
    Answers an open request, a deleted customer's too: its `status` becomes done, or refused for a
    `reason`. What the answer brings about (an archive, an erasure) is done beside it.

    Raises Forbidden, NotFound, Invalid, Stale and RequestAnswered.
    """
    row = get_row(PrivacyRequest, actor=actor, key=request_id, lock=True)
    said = {name: values[name] for name in _ANSWERED if name in values}
    cleaned = clean(PrivacyRequest, said, actor=actor, required=["status"])
    if cleaned["status"] == PrivacyRequestStatus.OPEN:
        raise Invalid.one("status", "invalid_choice", "Must be done or refused.")
    if cleaned["status"] == PrivacyRequestStatus.REFUSED and not cleaned.get("reason"):
        raise Invalid.one("reason", "required", "Say why it is refused.")
    if row.status != PrivacyRequestStatus.OPEN:
        raise RequestAnswered
    closed = {"closed_by": actor.label, "closed_at": now()}
    changes = save_changes(row, cleaned | closed, if_version=if_version)
    record(
        actor, "privacyrequest.closed", subject=row, customer_id=row.customer_id, changes=changes
    )
    return row


@writes(Permission.ERASE)
def erase_as_requested(*, actor: Actor, request_id: UUID, if_version: Versions = None) -> UUID:
    """
    Erases the customer whose open request asks for it, the request with them. Returns the id of
    the certificate, which says when they asked.

    Raises Forbidden, NotFound, Stale, NoErasureAsked, RequestAnswered, and what forbids erasure
    (UpcomingAppointments).
    """
    row = get_row(PrivacyRequest, actor=actor, key=request_id)
    refuse_stale(row, if_version)
    if row.kind != PrivacyRequestKind.ERASURE:
        raise NoErasureAsked
    if row.status != PrivacyRequestStatus.OPEN:
        raise RequestAnswered
    return erase_customer(
        actor=actor,
        customer_id=row.customer_id,
        ground=f"asked for on {row.received_at:%Y-%m-%d}",
    )
