"""Which characters the bytes of a file mean."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterator
from unicodedata import category

from charset_normalizer import from_bytes
from django.utils.translation import gettext_noop

from core.errors import Malformed

_MARKS = {  # the longer first: UTF-32's mark begins with UTF-16's
    BOM_UTF32_LE: "utf-32",
    BOM_UTF32_BE: "utf-32",
    BOM_UTF8: "utf-8-sig",
    BOM_UTF16_LE: "utf-16",
    BOM_UTF16_BE: "utf-16",
}

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "cp1252": "windows-1252",
    "mac_roman": "macintosh",
    "cp1250": "windows-1250",
    "cp1251": "windows-1251",
    "gb18030": "GB18030",
    "shift_jis": "Shift_JIS",
    "big5": "Big5",
    "euc_kr": "EUC-KR",
    "cp1253": "windows-1253",
    "cp1254": "windows-1254",
    "cp1255": "windows-1255",
    "cp1256": "windows-1256",
    "cp1257": "windows-1257",
    "cp850": "IBM850",
    "cp437": "IBM437",
    "koi8_r": "KOI8-R",
}
"""
Python's names of the encodings that files come in → those of the IANA registry, the commoner first.
"""

_NAMES = ENCODINGS | {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32"}
_GUESSED = [name for name in ENCODINGS if not name.startswith("utf")]
_SAMPLE = 20_000
_NEAR = 0.15
"""Guesses whose chaos is this near to the least are as good."""


def decode(data: bytes, encoding: str = "") -> tuple[str, str]:
    """
    The text and the name of its encoding: the one that is asked for; else by the byte order mark,
    else UTF-8, else the likeliest of `ENCODINGS`. Raises Malformed where that can't read all of it.
    """
    marked = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "")
    chosen = marked or encoding or _unmarked_utf16(data)
    for name in [chosen] if chosen else ["utf-8", *_guesses(data)]:
        try:
            return data.decode(name), _NAMES[name]
        except UnicodeDecodeError:
            continue
    if chosen:
        raise Malformed(
            gettext_noop("The file can't be read as %(encoding)s: save it as UTF-8."),
            encoding=_NAMES[chosen],
        )
    raise Malformed(gettext_noop("The encoding of the file can't be made out: save it as UTF-8."))


def _unmarked_utf16(data: bytes) -> str:
    """
    UTF-16 has a null in every other byte of what stands in ASCII: separators, line ends, addresses.
    """
    even, odd = data[::2].count(0), data[1::2].count(0)
    if len(data) % 2 or 10 * (even + odd) < len(data):
        return ""
    return "utf-16-le" if even * 20 < odd else "utf-16-be" if odd * 20 < even else ""


def _guesses(data: bytes) -> Iterator[str]:
    """
    The encodings that the lines beyond ASCII may be in, the likeliest first: of those that make no
    chaos of them the one by which fewest words look broken, then which reads most like a language,
    then the commonest. A few accents are too little for a language to show.
    """
    sample = _first((line for line in data.splitlines(True) if not line.isascii()), _SAMPLE)
    matches = list(from_bytes(sample, cp_isolation=_GUESSED))
    least = min((match.chaos for match in matches), default=0) + _NEAR
    near = {
        name: (_broken(sample.decode(name)), -round(2 * match.coherence), _GUESSED.index(name))
        for match in matches
        if match.chaos <= least
        for name in match.could_be_from_charset
        if name in _GUESSED
    }
    yield from sorted(near, key=near.__getitem__)
    yield "cp1252"


def _broken(text: str) -> int:
    """
    How many characters stand where no writing has them: a capital within a word, a symbol beside a
    letter, an opening quotation mark behind one.
    """
    around = zip(f" {text}", text, f"{text[1:]} ", strict=False)
    return sum(_odd(before, one, behind) for before, one, behind in around if not one.isascii())


def _odd(before: str, one: str, behind: str) -> bool:
    kind = category(one)
    if kind[0] == "L":
        return kind == "Lu" and before.islower()
    if kind[0] in "SC":
        return before.isalpha() or behind.isalpha()
    return before.isalpha() and (kind in ("Pi", "Ps") or (behind.isalpha() and one != "’"))


def _first(lines: Iterator[bytes], size: int) -> bytes:
    """As many of the lines as `size` bytes hold, and one at least."""
    taken = bytearray(next(lines, b""))
    for line in lines:
        if len(taken) + len(line) > size:
            break
        taken += line
    return bytes(taken)
