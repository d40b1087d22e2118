"""Amounts of money as people write them."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from core.characters import drop_invisible

_LONGEST_TEXT = 60
_AMOUNT = re.compile(
    r"([+-]?)\s*(\D*?)\s*([+-]?)\s*([\d.,][\d.,'’‘´`\s]*?)\s*([^\d.,]*)"  # sign, currency, figure
)
_MARKS = re.compile(r"\D+")
_OTHER = {",": ".", ".": ","}
_CURRENCY_WORDS = frozenset(
    [
        *("A", "AU", "C", "CA", "FR", "FT", "HK", "KR", "KČ", "LEI"),
        *("MX", "NZ", "R", "RS", "S", "SFR", "US", "ZŁ"),
    ]
)
"""What stands before or behind amounts besides ISO 4217's codes: `A$`, `R$`, `kr`."""


_DECIMALS = dict.fromkeys(
    (
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"),
        *("VND", "VUV", "XAF", "XOF", "XPF"),
    ),
    0,
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
"""ISO 4217's exponents, but for the usual two; CLDR's are what people round to, which is less."""


def decimals_of(currency: str) -> int:
    """How many decimals amounts have in the currency (ISO 4217)."""
    return _DECIMALS.get(currency, 2)


def whole_average(total: Decimal, number: int) -> int:
    """`total` over `number`, in whole units, half a unit rounded up; 0 over nothing."""
    return int((total / number).quantize(Decimal(1), ROUND_HALF_UP)) if number else 0


def parse_amount(text: str, region: str, *, decimal: str = "") -> Decimal:
    """
    `text` as an exact number: `12,500.50`, `$1,200`, `1.200,50 EUR`, `1 200,50`, `1'200.50`.

    One mark with three digits behind it (`1,200`) means what it means in `region` (ISO 3166
    alpha-2, by CLDR): a decimal mark there stays one, anything else groups; behind a lone zero
    (`0,750`) it is always the decimal mark. Where it is known otherwise, `decimal` is that mark in
    place of the region's. Raises ValueError for anything else: exponents, groups of other sizes,
    words.
    """
    figure = _figure(text)
    sign = "-" if figure.startswith("-") else ""
    whole, decimals = _split(figure.lstrip("+-"), decimal or number_marks(region)[0])
    if not whole and not decimals:
        raise ValueError("not an amount")
    return Decimal(f"{sign}{whole or 0}.{decimals}" if decimals else f"{sign}{whole}")


def own_decimal_mark(text: str) -> str | None:
    """
    The decimal mark that an amount shows by itself (`1.200,50`, `1,200,000`, `12,5`); empty for one
    that needs none, None for one that may be read both ways (`1,200`). Raises ValueError.
    """
    figure = _figure(text).lstrip("+-")
    marks = _MARKS.findall(figure)
    if not marks or marks[-1] not in _OTHER:
        return ""
    last: str = marks[-1]
    whole, _mark, decimals = figure.rpartition(last)
    if not _is_decimal(marks, whole, decimals, _OTHER[last]):
        return None if len(marks) == 1 else _OTHER[last]
    return last


@cache
def number_marks(region: str) -> tuple[str, str]:
    """The decimal mark of the region and the one that groups thousands: `.` and `,` in the US."""
    try:
        symbols = Locale.parse(f"und_{region}").number_symbols["latn"]
    except (UnknownLocaleError, ValueError, KeyError):
        return ".", ","
    return str(symbols["decimal"]), str(symbols["group"])


def _figure(text: str) -> str:
    """The digits and marks, without currency and spaces. Raises ValueError."""
    if len(text) > _LONGEST_TEXT:
        raise ValueError("too long for an amount")
    plain = unicodedata.normalize("NFKC", drop_invisible(text)).replace("−", "-").strip()
    match = _AMOUNT.fullmatch(plain)
    if match is None or (match[1] and match[3]):
        raise ValueError("not an amount")
    sign, before, inner, figure, after = match.groups()
    if (before and after) or not _is_currency(before) or not _is_currency(after):
        raise ValueError("not an amount")
    return f"{sign or inner}{figure}"


def _is_currency(text: str) -> bool:
    """A currency's sign or code, or both (`US$`), or nothing."""
    letters = "".join(each for each in text if unicodedata.category(each) != "Sc").strip(" .")
    signs = len([each for each in text if unicodedata.category(each) == "Sc"])
    word = letters.upper()
    return signs <= 1 and (
        not word or word in _CURRENCY_WORDS or word in get_global("all_currencies")
    )


def _split(figure: str, decimal: str) -> tuple[str, str]:
    """Whole digits and decimals. Raises ValueError."""
    marks = _MARKS.findall(figure)
    if not marks:
        return figure, ""
    if any(len(mark) > 1 for mark in marks):
        raise ValueError("two marks in a row")
    whole, _mark, decimals = figure.rpartition(marks[-1])
    if _is_decimal(marks, whole, decimals, decimal):
        return _ungrouped(whole), decimals
    return _ungrouped(figure), ""


def _is_decimal(marks: list[str], whole: str, decimals: str, decimal: str) -> bool:
    """Whether the last mark stands before decimals; `decimal` is it where that can't be seen."""
    last = marks[-1]
    if last not in (".", ",") or marks.count(last) > 1:
        return False
    if len(marks) > 1 or len(decimals) != 3:
        return True
    if not 1 <= len(whole) <= 3 or whole.startswith("0"):
        return True
    return last == decimal


def _ungrouped(whole: str) -> str:
    """The digits of a whole number that is grouped by one mark, or not at all."""
    kinds = {_kind(mark) for mark in _MARKS.findall(whole)}
    if not kinds:
        return whole
    if len(kinds) > 1:
        raise ValueError("grouped in two ways")
    mark = kinds.pop()
    groups = _MARKS.split(whole)
    by_threes = all(len(group) == 3 for group in groups[1:])
    indian = mark == "," and len(groups[-1]) == 3 and all(len(g) == 2 for g in groups[1:-1])
    first = 1 <= len(groups[0]) <= 3 and not groups[0].startswith("0")
    if not first or not (by_threes or (indian and len(groups[0]) <= 2)):
        raise ValueError("not grouped by threes")
    return "".join(groups)


def _kind(mark: str) -> str:
    if mark.isspace():
        return " "
    return "'" if mark in "'’‘´`" else mark
