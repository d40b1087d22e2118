"""What staff should know and do about a customer: a table of rules from conditions to sentences."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from analytics.health import health_score, is_at_risk, nps_category
from core.clock import months_before, now
from core.tenancy.actor import Actor
from customers.choices import ProjectStatus
from customers.filters import ProjectConditions
from customers.models import Consent, Customer
from customers.selectors.work import projects


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules ask: the customer's row, the present, and two facts from other tables."""

    row: Mapping[str, Any]
    moment: dt.datetime
    at_risk: bool
    last_completed: dt.datetime | None
    has_consents: bool

    @property
    def nps(self) -> str | None:
        return nps_category(self.row["nps_score"])

    @property
    def days_to_birthday(self) -> int | None:
        """Whole days to the next birthday (29 February falls on 1 March in other years)."""
        born: dt.date | None = self.row["date_of_birth"]
        if born is None:
            return None
        today = self.moment.date()
        return min(
            (_anniversary(born, year) - today).days
            for year in (today.year, today.year + 1)
            if _anniversary(born, year) >= today
        )


def _anniversary(born: dt.date, year: int) -> dt.date:
    try:
        return born.replace(year=year)
    except ValueError:
        return dt.date(year, 3, 1)


Rule = tuple[str, Callable[[Situation], bool]]

OPPORTUNITIES: Sequence[Rule] = (
    ("Candidate for referral program", lambda s: s.nps == "promoter"),
    ("High engagement - potential upsell opportunity", lambda s: s.row["interaction_count"] >= 20),
    (
        "Referral partner without referrals yet",
        lambda s: s.row["is_referral_partner"] and s.row["referral_count"] == 0,
    ),
    (
        "Birthday within two weeks",
        lambda s: s.days_to_birthday is not None and s.days_to_birthday <= 14,
    ),
)

RECOMMENDATIONS: Sequence[Rule] = (
    ("Schedule quarterly check-in", lambda s: s.last_completed is not None),
    (
        "Good time for roof inspection outreach",
        lambda s: (
            s.row["roof_age"] is None
            or s.row["roof_age"] >= 10
            or (s.last_completed is not None and s.last_completed <= months_before(s.moment, 6))
        ),
    ),
    ("At risk of leaving - reach out personally", lambda s: s.at_risk),
    ("Detractor - ask what went wrong", lambda s: s.nps == "detractor"),
    ("Complete the contact data", lambda s: not s.row["email"] or not s.row["phone"]),
    ("Ask for consent to be contacted", lambda s: not s.has_consents),
)


@dataclass(frozen=True, slots=True)
class Insights:
    health_score: int
    nps_category: str | None
    is_at_risk: bool
    opportunities: list[str]
    recommendations: list[str]


def insights(*, actor: Actor, customer: Customer) -> Insights:
    """Score, risk and advice for a customer that the actor may see."""
    moment = now()
    row = vars(customer)
    completed = projects(
        actor=actor,
        conditions=ProjectConditions(customer_id=customer.pk, status=ProjectStatus.COMPLETED),
    )
    at_risk = is_at_risk(row, moment, actor.organization.at_risk_days)
    situation = Situation(
        row,
        moment,
        at_risk,
        completed.aggregate(last=Max("completed_at"))["last"],
        Consent.objects.for_actor(actor).filter(customer=customer).exists(),
    )
    return Insights(
        health_score=health_score(row, moment),
        nps_category=situation.nps,
        is_at_risk=at_risk,
        opportunities=[text for text, holds in OPPORTUNITIES if holds(situation)],
        recommendations=[text for text, holds in RECOMMENDATIONS if holds(situation)],
    )
