"""
The health score and its bands, as the roofing API documents them: data from which both the SQL over
everyone (`customers.figures`) and the explanation of one customer (`analytics.health`) are made.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Bound = Decimal | int | dt.timedelta

PROMOTER, PASSIVE = 9, 7
"""The lowest net promoter scores so called; lower ones are detractors'."""


@dataclass(frozen=True, slots=True)
class Scale:
    """
    The points that a column earns: those of the first band whose bound it reaches; none below them
    all, or when it is unknown.

    A bound that is a timedelta stands for the moment that long ago.
    """

    name: str
    column: str
    bands: Sequence[tuple[Bound, int]]

    def points(self, figure: Any, moment: dt.datetime) -> int:
        return next(
            (
                points
                for bound, points in self.reached(moment)
                if figure is not None and figure >= bound
            ),
            0,
        )

    def reached(self, moment: dt.datetime) -> list[tuple[Any, int]]:
        """The bands, with bounds as the column's values are at `moment`."""
        return [
            (moment - bound if isinstance(bound, dt.timedelta) else bound, points)
            for bound, points in self.bands
        ]

    @property
    def most(self) -> int:
        return self.bands[0][1]


def _days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


SCALES: Sequence[Scale] = (
    Scale(
        "lifetime_value",
        "lifetime_value",
        (
            (Decimal(100_000), 30),
            (Decimal(50_000), 25),
            (Decimal(25_000), 20),
            (Decimal(10_000), 15),
            (Decimal("0.01"), 10),
        ),
    ),
    Scale("project_frequency", "project_count", ((5, 20), (3, 15), (2, 10), (1, 5))),
    Scale("nps_score", "nps_score", ((9, 20), (7, 15), (5, 10))),
    Scale("referral_activity", "referral_count", ((5, 15), (3, 12), (1, 8))),
    Scale(
        "recent_interaction",
        "last_interaction_at",
        ((_days(30), 15), (_days(90), 10), (_days(180), 5)),
    ),
)
"""The factors; their points add up to the score, 0 to 100."""
