"""
Reading Excel workbooks (XLSX), of which a few kilobytes can unpack to gigabytes: what the archive
says of itself is looked at first, then another process reads it, within limits.
"""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

from core.errors import Malformed, TooLarge

MAX_ENTRIES = 1_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
"""Times that an archive may grow; sheets of addresses grow tenfold."""

PATIENCE = 60
"""Seconds until the reading process is given up, whatever it waits for."""

_READER = Path(__file__).with_name("read_workbook.py")
_LARGE = gettext_noop("The workbook is too large. Save the sheet as CSV and choose that file.")


def is_workbook(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def read_workbook(data: bytes, *, most: int) -> list[list[Any]]:
    """
    The cells of the first sheet that holds anything: a list for each of its first `most` lines,
    blank ones too. They are texts (days and times in ISO 8601), floats and booleans.

    Raises Malformed for what is no XLSX, and TooLarge for one that outgrows memory or time.
    """
    _check_archive(data)
    try:
        done = subprocess.run(  # noqa: S603 (ours; what is foreign comes as its input)
            [sys.executable, "-I", str(_READER), str(most)],
            input=data,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TooLarge(_LARGE) from error
    if done.returncode == 1 and done.stderr:
        raise Malformed(
            gettext_noop("The workbook can't be read. Save the sheet as CSV and choose that file.")
        )
    if done.returncode:  # the system has ended it
        raise TooLarge(_LARGE)
    rows: list[list[Any]] = json.loads(done.stdout)
    return rows


def _check_archive(data: bytes) -> None:
    """What the archive's directory tells, before anything is unpacked."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Malformed(
            gettext_noop(
                "This is no workbook of Excel's present format (XLSX). Save it as XLSX or CSV."
            )
        ) from error
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        raise Malformed(gettext_noop("This archive is no Excel workbook."))
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > MAX_ENTRIES
        or unpacked > MAX_UNPACKED
        or unpacked > max(MAX_RATIO * len(data), 1024 * 1024)
    ):
        raise TooLarge(_LARGE)
