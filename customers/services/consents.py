"""The ledger of consents behind the preferences that are shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.tenancy.actor import Actor
from customers.choices import CONSENT_FIELDS
from customers.models import Consent, Customer


@dataclass(frozen=True, slots=True)
class Proof:
    """
    How people said yes or no (the door through which they did, unless a person says), and to which
    words.
    """

    method: str = ""
    wording: str = ""


def record_consents(
    *, actor: Actor, customer: Customer, fields: Sequence[str], proof: Proof | None = None
) -> None:
    """
    One ledger row for each of the preference `fields`, with the value that the customer now has.
    """
    rows = consent_rows(actor=actor, customer=customer, fields=fields, proof=proof)
    if rows:
        Consent.objects.unscoped().bulk_create(rows)


def consent_rows(
    *, actor: Actor, customer: Customer, fields: Sequence[str], proof: Proof | None = None
) -> list[Consent]:
    """The same rows unsaved, for callers that write many at once."""
    rows, proof = [], proof or Proof()
    for field in fields:
        channel, purpose = CONSENT_FIELDS[field]
        rows.append(
            Consent.objects.new(
                actor,
                customer=customer,
                channel=channel,
                purpose=purpose,
                granted=getattr(customer, field),
                method=proof.method or actor.via or actor.kind,
                wording=proof.wording,
                recorded_by=actor.label,
            )
        )
    return rows
