"""
Which characters a stored text holds, whichever door it came through: composed (NFC), with line
feeds, without what can't be seen.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

_INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
)
"""
Of no width and no meaning in running text (Unicode: Default_Ignorable_Code_Point, and interlinear
annotation), but for joiners, variants and tags below.
"""
_JOINERS = "\u200c\u200d"
_VARIANTS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Which look the character before them has: a heart drawn in colour, a kanji's older form."""
_TAGS = "\U000e0020-\U000e007f"
"""Spell a region after a black flag (Scotland's is six of them); elsewhere they hide text."""

INVISIBLE = f"{_INVISIBLE}{_JOINERS}{_VARIANTS}{_TAGS}"
"""All of them, for a class of a regular expression."""

_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_CONTROLS = re.compile("[\x01-\x08\x0b-\x1f\x7f-\x9f]")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_RUNS = re.compile(f"[{INVISIBLE}]+")
_ALL_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_BETWEEN = re.compile(f"[{_JOINERS}]")
_VARIANT = re.compile(f"[{_VARIANTS}]")
_FLAG_OF_REGION = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
_FLAG = "\U0001f3f4"
_CONNECTED = ("L", "M", "S")
"""Letters, their marks, and symbols (which emoji are)."""


def normalize_text(text: str) -> str:
    r"""
    `text` as it is stored: in NFC; lines ended by `\n`; no other control characters but tabs; of
    what has no width only joiners between letters or emoji, and the variants and flags of emoji;
    without space around it. NUL and lone surrogates are left, to be refused.

    Normalizing twice changes nothing.
    """
    return normalize_characters(text).strip()


def normalize_line(text: str) -> str:
    """The same of one line: a line break is a space."""
    return normalize_text(text).replace("\n", " ")


def normalize_characters(text: str) -> str:
    """The same with the space around it, which may mean something inside of JSON."""
    if text.isascii() and text.isprintable():
        return text
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _RUNS.sub(_what_shows, text))


def replace_unstorable(text: str) -> str:
    """
    `text` with U+FFFD for NUL and lone surrogates, which PostgreSQL stores nowhere: to show what
    somebody sent, where it was refused.
    """
    return _UNSTORABLE.sub("\ufffd", text)


def drop_invisible(text: str) -> str:
    """`text` without anything of no width: for addresses, numbers and labels that are compared."""
    return text if text.isascii() else _ALL_INVISIBLE.sub("", text)


def normalize_json(value: Any, each: Callable[[str], str] = normalize_characters) -> Any:
    """
    A JSON value whose texts and keys are normalized. Raises ValueError when two keys of one object
    become the same.
    """
    if isinstance(value, str):
        return each(value)
    if isinstance(value, list):
        return [normalize_json(item, each) for item in value]
    if isinstance(value, dict):
        found = {each(key): normalize_json(item, each) for key, item in value.items()}
        if len(found) < len(value):
            raise ValueError("two keys are the same")
        return found
    return value


def _what_shows(run: "re.Match[str]") -> str:
    """What stays of characters of no width in a row."""
    text, start, end = run.string, run.start(), run.end()
    before = text[start - 1] if start else ""
    if not before or before.isspace():
        return ""
    after = text[end] if end < len(text) else ""
    marks = run[0]
    kept = ""
    if variant := _VARIANT.search(marks):
        kept = variant[0]
    elif before == _FLAG and (region := _FLAG_OF_REGION.match(marks)):
        kept = region[0]
    joiner = _BETWEEN.search(marks)
    if joiner and _is_connected(before) and after and _is_connected(after):
        kept += joiner[0]
    return kept


def _is_connected(character: str) -> bool:
    return unicodedata.category(character).startswith(_CONNECTED)
