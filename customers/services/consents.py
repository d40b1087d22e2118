"""The ledger of consents behind the preferences that are shown."""

from collections.abc import Sequence

from core.tenancy.actor import Actor
from customers.choices import ConsentChannel, ConsentPurpose
from customers.models import Consent, Customer

CONSENT_FIELDS: dict[str, tuple[ConsentChannel, ConsentPurpose]] = {
    "notify_email": (ConsentChannel.EMAIL, ConsentPurpose.NOTIFICATIONS),
    "notify_sms": (ConsentChannel.SMS, ConsentPurpose.NOTIFICATIONS),
    "notify_push": (ConsentChannel.PUSH, ConsentPurpose.NOTIFICATIONS),
    "notify_whatsapp": (ConsentChannel.WHATSAPP, ConsentPurpose.NOTIFICATIONS),
    "marketing_consent": (ConsentChannel.ALL, ConsentPurpose.MARKETING),
}


def record_consents(*, actor: Actor, customer: Customer, fields: Sequence[str], wording: str = "") -> None:
    """One ledger row for each of the preference `fields`, with the value that the customer now has."""
    rows = consent_rows(actor=actor, customer=customer, fields=fields, wording=wording)
    if rows:
        Consent.objects.unscoped().bulk_create(rows)


def consent_rows(*, actor: Actor, customer: Customer, fields: Sequence[str], wording: str = "") -> list[Consent]:
    """The same rows unsaved, for callers that write many at once."""
    rows = []
    for field in fields:
        channel, purpose = CONSENT_FIELDS[field]
        rows.append(
            Consent.objects.new(
                actor,
                customer=customer,
                channel=channel,
                purpose=purpose,
                granted=getattr(customer, field),
                method=actor.via or actor.kind,
                wording=wording,
                recorded_by=actor.label,
            )
        )
    return rows
