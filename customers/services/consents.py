"""The ledger of consents behind the preferences that are shown."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.cleaning import clean
from core.clock import months_after, now
from core.errors import Invalid
from core.tenancy.actor import Actor
from customers.choices import CONSENT_FIELDS, ConsentChannel, ConsentPurpose
from customers.models import Consent, Customer, WordingVersion

PORTAL = "portal"
"""The method of what customers say of themselves in the portal."""


@dataclass(frozen=True, slots=True)
class Proof:
    """
    How people said yes or no (the door through which they did, unless a person says), to which
    words, of which saved version, what shows it, and until when a yes counts.
    """

    method: str = ""
    wording: str = ""
    shown: WordingVersion | None = None
    proof: str = ""
    expires_at: dt.datetime | None = None


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
                shown=proof.shown,
                proof=proof.proof,
                expires_at=proof.expires_at if getattr(customer, field) else None,
                recorded_by=actor.label,
            )
        )
    return rows


_PROOF = ("method", "wording", "shown", "proof", "expires_at")


def clean_proof(
    values: Mapping[str, Any], *, actor: Actor, pairs: Iterable[tuple[str, str]]
) -> Proof:
    """
    How a person consents to `pairs` of channel and purpose, from raw values; a `method` is needed.
    A saved wording that was `shown` brings its text, and says until when a yes counts.

    Raises Invalid.
    """
    given = {name: values[name] for name in _PROOF if name in values}
    cleaned = clean(Consent, given, actor=actor, required=["method"])
    expires_at, shown = cleaned.get("expires_at"), cleaned.get("shown")
    if expires_at is not None and expires_at <= now():
        raise Invalid.one("expires_at", "past", "Must be in the future.")
    if shown is not None:
        if cleaned.get("wording") and cleaned["wording"] != shown.text:
            raise Invalid.one("wording", "other", "Give the wording, or which saved one, not both.")
        _refuse_other_purpose(shown, pairs)
        cleaned["wording"] = shown.text
        if expires_at is None and shown.months:
            cleaned["expires_at"] = months_after(now(), shown.months)
    return Proof(**cleaned)


def _refuse_other_purpose(shown: WordingVersion, pairs: Iterable[tuple[str, str]]) -> None:
    """A wording for all channels asks for any of them."""
    wording = shown.wording
    for channel, purpose in pairs:
        if wording.purpose != purpose or wording.channel not in (ConsentChannel.ALL, channel):
            said = f"This wording asks for {ConsentPurpose(wording.purpose).value}"
            raise Invalid.one("shown", "other_purpose", f"{said} on {wording.channel}.")
