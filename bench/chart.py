"""
`python -m bench.chart`: draws bench/results.json into docs/speed.svg and writes the table beside
it, docs/speed.md. Ratios alone: milliseconds say more of a machine than of the product.
"""

import json
from collections.abc import Iterator
from html import escape
from math import log10
from typing import Any

from bench.__main__ import RESULTS, ROOT

DOCS = ROOT / "docs"
WIDTH, ROW, LABEL, RIGHT = 980, 22, 330, 60
LEAST, MOST = 0.02, 50.0
"""The ends of the scale: how much of what its bar allows a line uses."""

MET, MISSED = "#2f7d5b", "#b4452f"

Row = dict[str, Any]

HEAD = """# How fast it is

Written by `make speed` from what `make bench` measured last, not by hand: {customers:,} customers,
a fifth of them in the organization that was asked, {processors} processors. Times are of that
machine; ratios count. The *limit* is the least that gives the same answer (bare statements and a
fast JSON writer, COPY, a raw request), taken in turns with ours in the same run; *ordinary* is the
usual Django way of doing the same. The spread is how far the quartiles of the rounds are apart.

![Each line's ratio to its bar](speed.svg)
"""


def used(row: Row) -> float:
    """How much of what its bar allows a line uses: up to 1 is met."""
    allowed = row["bar"] / row["ratio"] if row["at_least"] else row["ratio"] / row["bar"]
    return max(float(allowed), LEAST)


def place(value: float) -> float:
    """Where a value stands on the scale, in pixels."""
    whole = WIDTH - LABEL - RIGHT
    share = log10(min(max(value, LEAST), MOST) / LEAST) / log10(MOST / LEAST)
    return LABEL + whole * share


def drawn(rows: list[Row]) -> str:
    """An SVG of a bar for each line, against the line that is to be kept."""
    height = ROW * (len(rows) + 2)

    def text(x: float, y: float, words: str, anchor: str = "start") -> str:
        return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'

    def bar(y: float, width: float, fill: str) -> str:
        return f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="14" fill="{fill}"/>'

    view = f'viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif" font-size="12"'
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {view} role="img">',
        "<title>How much of what its bar allows each line uses</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for number, row in enumerate(rows, 1):
        value, top = used(row), ROW * number + 4
        width = max(place(value) - LABEL, 2.0)
        pieces += [
            text(LABEL - 8, top + 11, row["name"], "end"),
            bar(top, width, MET if value <= 1 else MISSED),
            text(LABEL + width + 6, top + 11, f"{value:.2g}"),
        ]
    limit = place(1)
    line = f'x1="{limit:.1f}" x2="{limit:.1f}" y1="{ROW * 0.8}" y2="{height - ROW / 2}"'
    pieces += [
        f'<line {line} stroke="#222" stroke-dasharray="4 3"/>',
        text(limit, ROW * 0.6, "the bar", "middle"),
        "</svg>",
    ]
    return "\n".join(pieces) + "\n"


def table(name: str, rows: list[Row]) -> Iterator[str]:
    yield f"\n## {name.capitalize()}\n"
    yield "| what | ours | limit | ordinary | ratio | bar | spread | |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for row in rows:
        ordinary = "" if row["ordinary"] is None else f"{row['ordinary']:,.1f}"
        bar = "" if row["bar"] is None else f"{'≥' if row['at_least'] else '≤'} {row['bar']:g}"
        spread = "" if row["spread"] is None else f"{row['spread']:.0%}"
        missed = "**missed** " if row["met"] is False else ""
        yield (
            f"| {row['name']} | {row['ours']:,.1f} {row['unit']} | {row['limit']:,.1f} "
            f"| {ordinary} | {row['ratio']:.2f} | {bar} | {spread} | {missed}{row['note']} |"
        )


def main() -> None:
    found = json.loads(RESULTS.read_text())
    subjects: dict[str, list[Row]] = found["subjects"]
    bars = [row for rows in subjects.values() for row in rows if row["bar"]]
    head = HEAD.format(customers=found["customers"], processors=found["machine"]["processors"])
    lines = [head, *(line for name, rows in subjects.items() for line in table(name, rows))]
    (DOCS / "speed.md").write_text("\n".join(lines) + "\n")
    (DOCS / "speed.svg").write_text(drawn(bars))


if __name__ == "__main__":
    main()
