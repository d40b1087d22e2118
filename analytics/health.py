"""
The health score of a customer, factor by factor, at the moment of asking; lists have it as a column
(`customers.figures`).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customers.health import PASSIVE, PROMOTER, SCALES


@dataclass(frozen=True, slots=True)
class Factor:
    """Points earned of those to be had, and the figure they were given for."""

    name: str
    points: int
    most: int
    figure: Any


def health(row: Mapping[str, Any], moment: dt.datetime) -> list[Factor]:
    """The five factors for a customer's row; their points add up to the score (0 to 100)."""
    return [
        Factor(scale.name, scale.points(row[scale.column], moment), scale.most, row[scale.column])
        for scale in SCALES
    ]


def health_score(row: Mapping[str, Any], moment: dt.datetime) -> int:
    """The customer's health, 0 to 100."""
    return sum(factor.points for factor in health(row, moment))


def nps_category(score: int | None) -> str | None:
    """promoter 9–10, passive 7–8, detractor 0–6; None without a score."""
    if score is None:
        return None
    return "promoter" if score >= PROMOTER else "passive" if score >= PASSIVE else "detractor"
