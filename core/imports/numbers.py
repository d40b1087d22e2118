"""
Numbers as people write them. Which of comma and point is the decimal mark is a matter of the whole
column, where a number doesn't show it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol

_AROUND = re.compile(r"[\s'’_]|^[A-Z]{1,3}\$?|[A-Z]{3}$|[$€£¥]")
_NEEDLESS = re.compile(r"(\.\d\d\d*?)0+$")
_ONE_GROUP = re.compile(r"^-?[1-9]\d{0,2}[.,]\d{3}$")


@dataclass(frozen=True, slots=True)
class ColumnMark:
    """
    The decimal mark of numbers that don't show it (12.500, 1,234), empty where the column's other
    numbers contradict one another; and what is to be said of how it was found.
    """

    mark: str = "."
    notes: list[str] = field(default_factory=list)


def find_mark(header: str, cells: Iterable[tuple[int, str]], *, region: str) -> ColumnMark:
    """
    The decimal mark of a column of (line, text): that which its other numbers show, else that of
    `region` (ISO 3166 alpha-2).
    """
    doubtful: tuple[int, str] | None = None
    shown: dict[str, tuple[int, str]] = {}
    for line, cell in cells:
        text = _AROUND.sub("", cell.strip())
        if mark := _shown_mark(text):
            shown.setdefault(mark, (line, cell))
        elif doubtful is None and _ONE_GROUP.match(text):
            doubtful = (line, cell)
    if doubtful is None:
        return ColumnMark()
    where = f"line {doubtful[0]} ({doubtful[1]})"
    if len(shown) == 1:
        return ColumnMark(next(iter(shown)))
    if shown:
        (line, comma), (other, point) = shown[","], shown["."]
        note = (
            f"“{header}”: line {line} ({comma}) has a decimal comma, line {other} ({point}) a "
            f"decimal point, so {where} can't be read."
        )
        return ColumnMark("", [note])
    usual = decimal_mark(region)
    words = "comma" if usual == "," else "point"
    return ColumnMark(
        usual, [f"“{header}”: {where} is read with a decimal {words}, as usual here."]
    )


def plain_number(text: str, mark: str) -> str:
    """
    Digits with a decimal point, from `1.234,56`, `1,234.56`, `1 234,56` and amounts with a currency
    sign; `mark` is the decimal mark where the number doesn't show it. What isn't understood comes
    back as it is.
    """
    plain = _AROUND.sub("", text.strip())
    decimal = _shown_mark(plain) or mark
    if not decimal and _ONE_GROUP.match(plain):
        return text
    grouping = "." if decimal == "," else ","
    plain = plain.replace(grouping, "").replace(decimal or ".", ".")
    return _NEEDLESS.sub(r"\1", plain)


@cache
def decimal_mark(region: str) -> str:
    """The mark that is usual there (CLDR)."""
    try:
        found = get_decimal_symbol(Locale.parse(f"und_{region}"))
    except (UnknownLocaleError, ValueError):
        return "."
    return "," if found == "," else "."


def _shown_mark(text: str) -> str:
    """
    The decimal mark that the number itself shows, empty where it has none or may be read both ways.
    """
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        return "," if comma > point else "."
    mark = "," if comma >= 0 else "." if point >= 0 else ""
    if not mark or _ONE_GROUP.match(text):
        return ""
    return {",": ".", ".": ","}[mark] if text.count(mark) > 1 else mark
