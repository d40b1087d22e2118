"""
A program of its own: reads a workbook from its standard input and writes the first sheet that holds
anything as JSON, a list of cells for each line of it. What a workbook unpacks to
isn't known before; so the system limits the memory and the time that this process may take.

Ends with 1 and a sentence on its standard error for what is no workbook.
"""

import datetime as dt
import io
import json
import resource
import sys
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

MEMORY = 1024 * 1024 * 1024
SECONDS = 20


def plain(value: Any) -> Any:
    """A cell as JSON can hold it: days and times in ISO 8601."""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return value if isinstance(value, str | float | bool) else str(value)


def rows(data: bytes, most: int) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    shown = [
        place
        for place, sheet in enumerate(book.sheets_metadata)
        if sheet.visible == SheetVisibleEnum.Visible
    ]
    for place in shown:
        sheet = book.get_sheet_by_index(place)
        if sheet.height:
            cells = sheet.to_python(skip_empty_area=False, nrows=most)
            return [[plain(cell) for cell in row] for row in cells]
    return []


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        found = rows(sys.stdin.buffer.read(), int(sys.argv[1]))
    except (CalamineError, MemoryError) as error:
        sys.stderr.write(str(error))
        return 1
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
