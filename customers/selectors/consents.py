"""Reading the ledger of consents, for one actor."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import CONSENT_FIELDS, ConsentAnswer, ConsentChannel, ConsentPurpose
from customers.models import Consent, Customer


def consents(*, actor: Actor, customer_id: UUID) -> "QuerySet[Consent]":
    """Every grant and withdrawal of a living customer. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return Consent.objects.for_actor(actor).filter(
        customer_id=customer_id, customer__deleted_at=None
    )


@dataclass(frozen=True, slots=True)
class ConsentState:
    """How a customer stands to one channel, and since when; no moment where nothing was said."""

    channel: ConsentChannel
    purpose: ConsentPurpose
    answer: ConsentAnswer
    at: dt.datetime | None

    @property
    def label(self) -> str:
        whole = self.channel == ConsentChannel.ALL
        return str(self.purpose.label if whole else self.channel.label)


def consent_states(*, actor: Actor, customer: Customer) -> dict[str, ConsentState]:
    """
    The state of each field of `CONSENT_FIELDS`, with the moment of the latest word in the ledger.
    What is on by default without a word counts as granted. Raises Forbidden.
    """
    rows = consents(actor=actor, customer_id=customer.pk).order_by("at", "id")
    said: dict[tuple[str, str], dt.datetime] = {
        (channel, purpose): at
        for channel, purpose, at in rows.values_list("channel", "purpose", "at")
    }
    found = {}
    for name, (channel, purpose) in CONSENT_FIELDS.items():
        at = said.get((channel, purpose))
        answer = ConsentAnswer.WITHDRAWN if at else ConsentAnswer.NOT_ASKED
        if getattr(customer, name):
            answer = ConsentAnswer.GRANTED
        found[name] = ConsentState(channel, purpose, answer, at)
    return found
