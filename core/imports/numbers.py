"""Which of comma and point is the decimal mark is a matter of a whole column of amounts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from core.amounts import number_marks, own_decimal_mark, parse_amount
from core.errors import Fault
from core.imports.options import DecimalMark
from core.imports.reports import remark


@dataclass(frozen=True, slots=True)
class ColumnMark:
    """
    The decimal mark of amounts that don't show it (12.500, 1,234), empty where the column's other
    amounts contradict one another; and what is to be said of how it was found.
    """

    mark: str = "."
    notes: list[Fault] = field(default_factory=list)


def find_mark(
    header: str, cells: Iterable[tuple[int, str]], *, region: str, chosen: DecimalMark
) -> ColumnMark:
    """
    The decimal mark of a column of (line, text): that which is `chosen`, else that which its other
    amounts show, else that of `region` (ISO 3166 alpha-2).
    """
    if chosen != DecimalMark.COLUMN:
        return ColumnMark("," if chosen == DecimalMark.COMMA else ".")
    doubtful: tuple[int, str] | None = None
    shown: dict[str, tuple[int, str]] = {}
    for line, cell in cells:
        mark = _shown(cell)
        if mark:
            shown.setdefault(mark, (line, cell))
        elif mark is None and doubtful is None:
            doubtful = (line, cell)
    if doubtful is None:
        return ColumnMark()
    if len(shown) == 1:
        return ColumnMark(next(iter(shown)))
    where = {"header": header, "line": doubtful[0], "text": doubtful[1]}
    if shown:
        (comma_line, comma), (point_line, point) = shown[","], shown["."]
        said = (
            "“%(header)s”: line %(comma_line)s (%(comma)s) has a decimal comma, line "
            "%(point_line)s (%(point)s) a decimal point, so line %(line)s (%(text)s) can't be read."
        )
        seen = {"comma_line": comma_line, "comma": comma, "point_line": point_line, "point": point}
        return ColumnMark("", [remark("contradicting_marks", said, **where, **seen)])
    usual = number_marks(region)[0]
    word = "comma" if usual == "," else "point"
    said = f"“%(header)s”: line %(line)s (%(text)s) is read with a decimal {word}, as usual here."
    return ColumnMark(usual, [remark(f"usual_{word}", said, **where)])


def plain_number(text: str, mark: str) -> str:
    """
    Digits with a decimal point; `mark` is the decimal mark of amounts that don't show it. What
    can't be read comes back as it is.
    """
    if not mark and _shown(text) is None:
        return text
    try:
        amount = parse_amount(text, "", decimal=mark or ".")
    except ValueError:
        return text
    return f"{amount.normalize():f}"


def number_text(value: float) -> str:
    """
    A number that isn't written but known, as text that is read as that number in any column: it
    never shows three decimals, which might be thousands.
    """
    text = f"{Decimal(repr(value)).normalize():f}"
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def _shown(text: str) -> str | None:
    try:
        return own_decimal_mark(text)
    except ValueError:
        return ""
