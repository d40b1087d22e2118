"""What staff should know and do about a customer: a table of rules from conditions to codes."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Subquery

from analytics.health import health_score, nps_category
from core.clock import months_before, now
from core.tenancy.actor import Actor
from customers.choices import ProjectStatus
from customers.models import Consent, Customer, Project
from customers.selectors.customers import customer_columns


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules ask: the customer's row, the present, and two facts from other tables."""

    row: Mapping[str, Any]
    moment: dt.datetime
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


class Insight(StrEnum):
    """What may be said of a customer; every door has its own words for it."""

    REFERRAL_CANDIDATE = "referral_candidate"
    UPSELL = "upsell"
    PARTNER_WITHOUT_REFERRALS = "partner_without_referrals"
    BIRTHDAY = "birthday"
    CHECK_IN = "check_in"
    ROOF_INSPECTION = "roof_inspection"
    WIN_BACK = "win_back"
    DETRACTOR = "detractor"
    CONTACT_DATA = "contact_data"
    CONSENT = "consent"


Rule = tuple[Insight, Callable[[Situation], bool]]

OPPORTUNITIES: Sequence[Rule] = (
    (Insight.REFERRAL_CANDIDATE, lambda s: s.nps == "promoter"),
    (Insight.UPSELL, lambda s: s.row["interaction_count"] >= 20),
    (
        Insight.PARTNER_WITHOUT_REFERRALS,
        lambda s: s.row["is_referral_partner"] and s.row["referral_count"] == 0,
    ),
    (
        Insight.BIRTHDAY,
        lambda s: s.days_to_birthday is not None and s.days_to_birthday <= 14,
    ),
)

RECOMMENDATIONS: Sequence[Rule] = (
    (Insight.CHECK_IN, lambda s: s.last_completed is not None),
    (
        Insight.ROOF_INSPECTION,
        lambda s: (
            s.row["roof_age"] is None
            or s.row["roof_age"] >= 10
            or (s.last_completed is not None and s.last_completed <= months_before(s.moment, 6))
        ),
    ),
    (Insight.WIN_BACK, lambda s: s.row["is_at_risk"]),
    (Insight.DETRACTOR, lambda s: s.nps == "detractor"),
    (Insight.CONTACT_DATA, lambda s: not s.row["email"] or not s.row["phone"]),
    (Insight.CONSENT, lambda s: not s.has_consents),
)


@dataclass(frozen=True, slots=True)
class Insights:
    health_score: int
    nps_category: str | None
    is_at_risk: bool
    opportunities: list[Insight]
    recommendations: list[Insight]


_MINE = {"customer": OuterRef("pk")}
_COMPLETED = Project.objects.unscoped().filter(**_MINE, status=ProjectStatus.COMPLETED)
_LATEST = _COMPLETED.order_by().values("customer").annotate(last=Max("completed_at"))
FACTS: Mapping[str, Any] = {
    "last_completed": Subquery(_LATEST.values("last")),
    "has_consents": Exists(Consent.objects.unscoped().filter(**_MINE)),
}
"""What the rules ask of other tables, of a customer whom the actor may see."""

_COLUMNS = [field.attname for field in Customer._meta.concrete_fields]


def advised_customer(*, actor: Actor, customer_id: UUID, **also: Any) -> dict[str, Any]:
    """
    The living customer's columns with what the rules ask of other tables (and the expressions
    `also`, the same in every call), in one query. Raises Forbidden and NotFound.
    """
    return customer_columns(actor=actor, customer_id=customer_id, columns=_COLUMNS, **FACTS, **also)


def insights(*, customer: Mapping[str, Any]) -> Insights:
    """Score, risk and advice for an advised customer."""
    moment, row = now(), customer
    situation = Situation(row, moment, row["last_completed"], row["has_consents"])
    return Insights(
        health_score=health_score(row, moment),
        nps_category=situation.nps,
        is_at_risk=row["is_at_risk"],
        opportunities=[insight for insight, holds in OPPORTUNITIES if holds(situation)],
        recommendations=[insight for insight, holds in RECOMMENDATIONS if holds(situation)],
    )
