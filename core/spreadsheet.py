"""
Delimited text that is safe to open in a spreadsheet (OWASP: CSV injection) and reads back as it
was.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.characters import INVISIBLE

_BEFORE = f"'{INVISIBLE}"
_FORMULA = re.compile(f"[{_BEFORE}]*(?!\\+[0-9]+\\Z)[=+\\-@\t\r＝＋－＠]")
"""
How a text begins that a spreadsheet takes for a formula, after apostrophes and what has no width;
full-width signs count there as well. A plus and digits alone is a phone number.
"""

_SQL_BEFORE = _BEFORE.replace("'", "''")
SQL_INERT = (
    "(CASE WHEN {0} = '' THEN NULL"
    # letters and digits, which nearly all texts begin with
    " WHEN ascii({0}) BETWEEN 65 AND 172 OR ascii({0}) BETWEEN 48 AND 57 THEN {0}"
    f" WHEN {{0}} ~ '^[{_SQL_BEFORE}]*[=+\\-@\t\r＝＋－＠]'"
    f" AND {{0}} !~ '^[{_SQL_BEFORE}]*\\+[0-9]+$'"
    " THEN '''' || {0} ELSE {0} END)"
)
"""What `inert` does, for PostgreSQL, with `{0}` for the text; an empty one becomes null."""


def inert(cell: Any) -> Any:
    """
    `cell`, with `'` before a text that a spreadsheet would take for a formula, or that looks as if
    this had been done already.
    """
    return f"'{cell}" if isinstance(cell, str) and _is_live(cell) else cell


def revive(cell: str) -> str:
    """Exactly what `inert` added, taken off again."""
    return cell[1:] if cell.startswith("'") and _is_live(cell[1:]) else cell


def _is_live(cell: str) -> bool:
    return bool(_FORMULA.match(cell))


class _Line:
    """
    Ends lines in a line feed. (Told to do so, Python's writer would leave a lone carriage return in
    a cell unquoted.)
    """

    def write(self, text: str) -> str:
        return text.removesuffix("\r\n") + "\n"


def csv_lines(
    header: Sequence[str], rows: Iterable[Sequence[Any]], *, quote_all: bool = False
) -> Iterator[str]:
    """
    The CSV of `rows`, in pieces of some hundred lines that end in a line feed; of the header only
    what holds a comma is quoted.
    """
    writer: Any = csv.writer(_Line(), quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    bare: Any = csv.writer(_Line(), quoting=csv.QUOTE_MINIMAL)
    piece = [bare.writerow(header)]
    for row in rows:
        piece.append(writer.writerow([_cell(cell) for cell in row]))
        if len(piece) >= 500:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


def _cell(cell: Any) -> Any:
    return ("true" if cell else "false") if isinstance(cell, bool) else inert(cell)
