"""
Charts as SVG, drawn on the server: geometry here, colours in the style sheet, a table of the same
figures beneath each.

Every chart has a title and a sentence for those who don't see it, and is rendered by
`{% chart … %}`. Lengths are in the units of the drawing, which scales to the width it is given.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.text import slugify

from core.ui.wording import in_percent

WIDTH = 480
SERIES = 6
TURNS = (0, 45, 135, 0, 90, 20)
"""How the lines of a hatched series lie, in degrees."""
HEAT_STEPS = 5
LETTER = 9
"""How wide one is under a chart in a narrow window."""


@dataclass(frozen=True, slots=True)
class Point:
    """
    One figure: what it is of, how much, how it is written (`text`), and the list behind it (`url`).
    One of a step that isn't over is `running`.
    """

    label: str
    value: float
    text: str = ""
    url: str = ""
    running: bool = False

    @property
    def value_text(self) -> str:
        return self.text or plain_number(self.value)


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    point: Point
    series: int = 1

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)

    @property
    def end(self) -> float:
        return round(self.x + self.width, 1)


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


def _every(points: Sequence[Point], width: float) -> int:
    """Which of their labels are shown, so that they fit: all (1), every second …"""
    longest = max((len(point.label) for point in points), default=0)
    fit = max(1, int(width // (LETTER * (longest + 1))))
    return max(1, math.ceil(len(points) / fit))


@dataclass(frozen=True)
class Chart:
    """What all share: `title` names the chart, `description` says in a sentence what it shows."""

    title: str
    points: Sequence[Point]
    description: str = ""
    unit: str = ""
    sign: str = ""
    """What stands before the figures of its axis: the currency's."""
    height: int = 200

    kind: ClassVar[str] = ""
    width: ClassVar[int] = WIDTH

    @property
    def template(self) -> str:
        return f"components/charts/{self.kind}.html"

    @property
    def summary(self) -> str:
        return self.description or "; ".join(
            f"{point.label}: {point.value_text}" for point in self.points[:12]
        )

    @property
    def empty(self) -> bool:
        return not any(point.value for point in self.points)

    @property
    def linked(self) -> bool:
        """Whether its figures open the lists behind them."""
        return any(point.url for _, points in self.rows for point in points)

    @property
    def headers(self) -> list[str]:
        return [self.unit]

    @property
    def rows(self) -> list[tuple[str, list[Point]]]:
        """The table beneath."""
        return [(point.label, [point]) for point in self.points]


@dataclass(frozen=True)
class BarChart(Chart):
    """Upright bars, for a few steps of time or a few kinds."""

    kind: ClassVar[str] = "bars"
    left: ClassVar[int] = 44
    foot: ClassVar[int] = 24

    @property
    def top(self) -> float:
        return nice_ceiling(max((point.value for point in self.points), default=0))

    @property
    def floor(self) -> int:
        return self.height - self.foot

    @property
    def ticks(self) -> list[Tick]:
        return ticks_of(self.top, self.floor, 10, self.sign)

    @property
    def bars(self) -> list[Bar]:
        step = (WIDTH - self.left) / max(1, len(self.points))
        width = min(step * 0.64, 56)
        found = []
        for place, point in enumerate(self.points):
            height = (self.floor - 10) * point.value / self.top
            x = self.left + step * place + (step - width) / 2
            found.append(
                Bar(
                    round(x, 1),
                    round(self.floor - height, 1),
                    round(width, 1),
                    round(height, 1),
                    point,
                )
            )
        return found

    @property
    def labels(self) -> list[Tick]:
        return [
            Tick(bar.middle, bar.point.label)
            for bar in self.bars[:: _every(self.points, WIDTH - self.left)]
        ]


@dataclass(frozen=True)
class RowChart(Chart):
    """Lying bars with their names before them, for kinds in an order."""

    kind: ClassVar[str] = "rows"
    left: ClassVar[int] = 150
    line: ClassVar[int] = 34

    @property
    def drawn_height(self) -> int:
        return self.line * len(self.points)

    @property
    def track(self) -> int:
        """What the longest figure leaves."""
        longest = max((len(point.value_text) for point in self.points), default=0)
        return WIDTH - self.left - max(64, 10 * longest)

    @property
    def bars(self) -> list[Bar]:
        most = max((point.value for point in self.points), default=0) or 1
        return [
            Bar(
                self.left,
                self.line * place + 8,
                round(self.track * point.value / most, 1),
                18,
                point,
            )
            for place, point in enumerate(self.points)
        ]


@dataclass(frozen=True)
class LineChart(Chart):
    """
    One or more lines over time; `more` adds series of the same labels: (name, values, or points
    where they are written otherwise).
    """

    kind: ClassVar[str] = "lines"
    left: ClassVar[int] = 44
    foot: ClassVar[int] = 24
    name: str = ""
    more: Sequence[tuple[str, Sequence[float | Point]]] = ()

    @property
    def series(self) -> list[tuple[str, list[float]]]:
        others = [
            (name, [value.value if isinstance(value, Point) else value for value in values])
            for name, values in self.more
        ]
        return [(self.name or self.title, [point.value for point in self.points]), *others]

    @property
    def empty(self) -> bool:
        return not any(value for _, values in self.series for value in values)

    @property
    def top(self) -> float:
        return nice_ceiling(
            max((value for _, values in self.series for value in values), default=0)
        )

    @property
    def floor(self) -> int:
        return self.height - self.foot

    @property
    def ticks(self) -> list[Tick]:
        return ticks_of(self.top, self.floor, 10, self.sign)

    def _x(self, place: int) -> float:
        return round(
            self.left + 8 + (WIDTH - self.left - 20) * place / max(1, len(self.points) - 1), 1
        )

    def _y(self, value: float) -> float:
        return round(self.floor - (self.floor - 10) * value / self.top, 1)

    @property
    def lines(self) -> list[dict[str, Any]]:
        found = []
        for number, (name, values) in enumerate(self.series, 1):
            dots = [(self._x(place), self._y(value)) for place, value in enumerate(values)]
            path = " ".join(f"{'L' if place else 'M'}{x} {y}" for place, (x, y) in enumerate(dots))
            area = (
                f"{path} L{dots[-1][0]} {self.floor} L{dots[0][0]} {self.floor} Z"
                if dots and number == 1
                else ""
            )
            found.append(
                {
                    "name": name,
                    "path": path,
                    "area": area,
                    "series": number,
                    "last": dots[-1] if dots else None,
                }
            )
        return found

    @property
    def spots(self) -> list[tuple[float, float, Point]]:
        return [
            (self._x(place), self._y(point.value), point) for place, point in enumerate(self.points)
        ]

    @property
    def labels(self) -> list[Tick]:
        step = _every(self.points, WIDTH - self.left)
        return [
            Tick(self._x(place), point.label)
            for place, point in enumerate(self.points)
            if place % step == 0
        ]

    @property
    def headers(self) -> list[str]:
        return [name for name, _ in self.series]

    @property
    def rows(self) -> list[tuple[str, list[Point]]]:
        others = [
            [value if isinstance(value, Point) else Point(name, value) for value in values]
            for name, values in self.more
        ]
        return [
            (point.label, [point, *(values[place] for values in others)])
            for place, point in enumerate(self.points)
        ]


@dataclass(frozen=True)
class DonutChart(Chart):
    """
    Shares of a whole, six at most; `total` stands in the middle. All but the first are hatched,
    each otherwise, for those who can't tell their colours.
    """

    kind: ClassVar[str] = "donut"
    total: str = ""

    @property
    def slices(self) -> list[dict[str, Any]]:
        whole = sum(point.value for point in self.points) or 1
        angle, found = 0.0, []
        for number, point in enumerate(self.points):
            share = point.value / whole
            found.append(
                {
                    "path": ring_slice(angle, angle + share, 74, 72, 48),
                    "point": point,
                    "series": number % SERIES + 1,
                    "hatch": f"hatch-{slugify(self.title)}-{number}" if number else "",
                    "turn": TURNS[number % SERIES],
                    "share": in_percent(share * 100),
                }
            )
            angle += share
        return found

    @property
    def middle(self) -> str:
        return self.total or plain_number(sum(point.value for point in self.points))


@dataclass(frozen=True)
class SparkLine(Chart):
    """A line of the size of a word."""

    kind: ClassVar[str] = "spark"

    @property
    def path(self) -> str:
        values = [point.value for point in self.points]
        low, high = min(values, default=0), max(values, default=0)
        reach = (high - low) or 1
        step = 92 / max(1, len(values) - 1)
        return " ".join(
            (
                f"{'L' if place else 'M'}{round(2 + place * step, 1)} "
                f"{round(21 - 18 * (value - low) / reach, 1)}"
            )
            for place, value in enumerate(values)
        )


@dataclass(frozen=True)
class HeatGrid(Chart):
    """
    Cells of rows and columns (retention, RFM), the darker the more. `cells` maps (row, column) to a
    Point; `points` isn't used.

    Values are shown in the cells, so that the colour only helps.
    """

    kind: ClassVar[str] = "heat"
    row_names: Sequence[str] = ()
    column_names: Sequence[str] = ()
    cells: dict[tuple[str, str], Point] = field(default_factory=dict)
    line: int = 34
    left: ClassVar[int] = 100
    head: ClassVar[int] = 24

    @property
    def empty(self) -> bool:
        return not self.cells

    @property
    def summary(self) -> str:
        return self.description or self.title

    @property
    def drawn_height(self) -> int:
        return self.head + self.line * len(self.row_names)

    @property
    def cell_width(self) -> float:
        return (WIDTH - self.left) / max(1, len(self.column_names))

    @property
    def columns(self) -> list[Tick]:
        return [
            Tick(round(self.left + self.cell_width * (place + 0.5), 1), name)
            for place, name in enumerate(self.column_names)
        ]

    @property
    def lines(self) -> list[Tick]:
        return [
            Tick(self.head + self.line * (place + 0.5), name)
            for place, name in enumerate(self.row_names)
        ]

    @property
    def squares(self) -> list[dict[str, Any]]:
        most = max((point.value for point in self.cells.values()), default=0) or 1
        found = []
        for down, row in enumerate(self.row_names):
            for across, column in enumerate(self.column_names):
                point = self.cells.get((row, column))
                if point is not None:
                    bar = Bar(
                        round(self.left + self.cell_width * across + 1, 1),
                        self.head + self.line * down + 1,
                        round(self.cell_width - 2, 1),
                        self.line - 2,
                        point,
                    )
                    found.append(
                        {
                            "bar": bar,
                            "middle": bar.y + self.line / 2 + 3,
                            "step": math.ceil(HEAT_STEPS * point.value / most),
                            "row": row,
                            "column": column,
                        }
                    )
        return found

    @property
    def headers(self) -> list[str]:
        return list(self.column_names)

    @property
    def rows(self) -> list[tuple[str, list[Point]]]:
        blank = Point("", 0, "–")
        return [
            (row, [self.cells.get((row, column), blank) for column in self.column_names])
            for row in self.row_names
        ]


def nice_ceiling(value: float) -> float:
    """Four times a round step, which is whole, so that all four ticks are."""
    least = max(1, value / 4)
    power: float = 10 ** math.floor(math.log10(least))
    steps = (part * power for part in (1, 1.5, 2, 2.5, 3, 4, 5, 10))
    return 4 * next(step for step in steps if step >= least and float(step).is_integer())


def ticks_of(top: float, floor: float, ceiling: float, sign: str = "") -> list[Tick]:
    """
    Five lines from nothing to `top`, between the heights `floor` and `ceiling` of the drawing.
    """
    return [
        Tick(round(floor - (floor - ceiling) * part / 4, 1), sign + short_number(top * part / 4))
        for part in range(5)
    ]


def ring_slice(start: float, end: float, centre: float, outer: float, inner: float) -> str:
    """
    The path of a ring's part from `start` to `end` (shares of the whole, clockwise from the top),
    with a hair's gap.
    """
    if end - start >= 0.9999:
        end = start + 0.9999
    gap = 0.004 if end - start > 0.012 else 0
    first, last = (math.tau * part - math.pi / 2 for part in (start + gap / 2, end - gap / 2))
    large = int(end - start > 0.5)
    corners = [
        (radius * math.cos(angle) + centre, radius * math.sin(angle) + centre)
        for radius in (outer, inner)
        for angle in (first, last)
    ]
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    return (
        f"M{ax:.2f} {ay:.2f} A{outer} {outer} 0 {large} 1 {bx:.2f} {by:.2f} "
        f"L{dx:.2f} {dy:.2f} A{inner} {inner} 0 {large} 0 {cx:.2f} {cy:.2f} Z"
    )


def plain_number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def short_number(value: float) -> str:
    """As an axis has room for: 1.2k, 3.5M."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return plain_number(value)
