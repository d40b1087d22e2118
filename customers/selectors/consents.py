"""Reading the ledger of consents, for one actor."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery

from core.clock import now
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import CONSENT_FIELDS, ConsentAnswer, ConsentChannel, ConsentPurpose
from customers.filters import WordingConditions
from customers.models import Consent, ConsentWording, Customer, WordingVersion


def consents(*, actor: Actor, customer_id: UUID) -> "QuerySet[Consent]":
    """Every grant and withdrawal of a living customer. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return Consent.objects.for_actor(actor).filter(
        customer_id=customer_id, customer__deleted_at=None
    )


def consents_at(*, actor: Actor, customer_id: UUID, moment: dt.datetime) -> "QuerySet[Consent]":
    """
    How a living customer stood then: of each channel and purpose the latest word said up to
    `moment`, without grants that had ended by then. Raises Forbidden.
    """
    rows = consents(actor=actor, customer_id=customer_id).filter(at__lte=moment)
    alike = rows.filter(channel=OuterRef("channel"), purpose=OuterRef("purpose"))
    latest = alike.order_by("-at", "-id").values("pk")[:1]
    return rows.filter(pk=Subquery(latest)).exclude(granted=True, expires_at__lte=moment)


def every_consent(*, actor: Actor) -> "QuerySet[Consent]":
    """The ledger of all living customers. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return Consent.objects.for_actor(actor).filter(customer__deleted_at=None)


def latest_consent(*, actor: Actor, customer_id: UUID, channel: str, purpose: str) -> Consent:
    """The row in force of one that has been recorded, for those who have just recorded it."""
    rows = Consent.objects.for_actor(actor).filter(
        customer_id=customer_id, channel=channel, purpose=purpose
    )
    return rows.order_by("-at", "-id")[0]


def wordings(
    *, actor: Actor, conditions: WordingConditions | None = None
) -> "QuerySet[ConsentWording]":
    """The saved wordings that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or WordingConditions()).apply(ConsentWording.objects.for_actor(actor))


def wording_versions(*, actor: Actor, wording_id: UUID) -> "QuerySet[WordingVersion]":
    """A wording as it stood over time. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return WordingVersion.objects.for_actor(actor).filter(wording=wording_id)


def current_versions(*, actor: Actor) -> "QuerySet[WordingVersion]":
    """The version of each wording that people are shown now. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return WordingVersion.objects.for_actor(actor).filter(number=F("wording__version"))


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
    rows = rows.defer("wording", "proof")
    said: dict[tuple[str, str], Consent] = {(row.channel, row.purpose): row for row in rows}
    found = {}
    for name, pair in CONSENT_FIELDS.items():
        row = said.get(pair)
        answer = _answer(row, is_on=getattr(customer, name))
        found[name] = ConsentState(*pair, answer, row.at if row else None)
    return found


def _answer(latest: Consent | None, *, is_on: bool) -> ConsentAnswer:
    if latest and latest.granted and latest.expires_at and latest.expires_at <= now():
        return ConsentAnswer.EXPIRED
    if is_on:
        return ConsentAnswer.GRANTED
    return ConsentAnswer.WITHDRAWN if latest else ConsentAnswer.NOT_ASKED
