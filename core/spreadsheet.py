"""Delimited text that is safe to open in a spreadsheet (OWASP: CSV injection) and reads back as it was."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_LIVE = ("=", "+", "-", "@", "\t", "\r")


def inert(cell: Any) -> Any:
    """`cell`, with `'` before a text that a spreadsheet would take for a formula, or that looks as if this had been done already."""
    return f"'{cell}" if isinstance(cell, str) and _is_live(cell) else cell


def revive(cell: str) -> str:
    """Exactly what `inert` added, taken off again."""
    return cell[1:] if cell.startswith("'") and _is_live(cell[1:]) else cell


def _is_live(cell: str) -> bool:
    return cell.lstrip("'").startswith(_LIVE)


class _Line:
    def write(self, text: str) -> str:
        return text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]], *, quote_all: bool = False) -> Iterator[str]:
    """The CSV (RFC 4180) of `rows`, in pieces of some hundred lines; the header is never quoted."""
    writer: Any = csv.writer(_Line(), quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    piece = [",".join(header) + "\r\n"]
    for row in rows:
        piece.append(writer.writerow([inert(cell) for cell in row]))
        if len(piece) >= 500:
            yield "".join(piece)
            piece = []
    yield "".join(piece)
