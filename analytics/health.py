"""The health score of a customer, factor by factor, as the roofing API documents it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Factor:
    """Points earned of those to be had, and the figure they were given for."""

    name: str
    points: int
    most: int
    figure: Any


_VALUE: Sequence[tuple[int, int]] = ((100_000, 30), (50_000, 25), (25_000, 20), (10_000, 15))
_PROJECTS = ((5, 20), (3, 15), (2, 10), (1, 5))
_NPS = ((9, 20), (7, 15), (5, 10))
_REFERRALS = ((5, 15), (3, 12), (1, 8))
_RECENT_DAYS = ((30, 15), (90, 10), (180, 5))


def _band(figure: Any, bands: Sequence[tuple[int, int]]) -> int:
    """The points of the first band whose lower bound the figure reaches; 0 below them all."""
    return next((points for bound, points in bands if figure >= bound), 0)


def health(row: Mapping[str, Any], moment: dt.datetime) -> list[Factor]:
    """The five factors for a customer's row; their points add up to the score (0 to 100)."""
    value: Decimal = row["lifetime_value"]
    nps: int | None = row["nps_score"]
    recent: dt.datetime | None = row["last_interaction_at"]
    days = (moment - recent).total_seconds() / 86400 if recent else None
    return [
        Factor("lifetime_value", _band(value, _VALUE) or (10 if value > 0 else 0), 30, value),
        Factor("project_frequency", _band(row["project_count"], _PROJECTS), 20, row["project_count"]),
        Factor("nps_score", 0 if nps is None else _band(nps, _NPS), 20, nps),
        Factor("referral_activity", _band(row["referral_count"], _REFERRALS), 15, row["referral_count"]),
        Factor("recent_interaction", 0 if days is None else next((p for most, p in _RECENT_DAYS if days <= most), 0), 15, recent),
    ]


def health_score(row: Mapping[str, Any], moment: dt.datetime) -> int:
    """The customer's health, 0 to 100."""
    return sum(factor.points for factor in health(row, moment))


def nps_category(score: int | None) -> str | None:
    """promoter 9–10, passive 7–8, detractor 0–6; None without a score."""
    if score is None:
        return None
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


def is_at_risk(row: Mapping[str, Any], moment: dt.datetime, at_risk_days: int) -> bool:
    """Churned or inactive, a detractor, or without activity for `at_risk_days`."""
    quiet = row["last_activity_at"] is not None and row["last_activity_at"] <= moment - dt.timedelta(days=at_risk_days)
    return row["status"] in ("churned", "inactive") or nps_category(row["nps_score"]) == "detractor" or quiet
