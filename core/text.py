"""Words as people write them, and the forms they are compared in."""

import re
import unicodedata
from collections.abc import Iterable

import idna
from django.utils.text import Truncator

from core.characters import drop_invisible, normalize_line

MAX_EMAIL = 254
"""RFC 5321 leaves an address no more than that."""

_NOT_ACCENTS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_APOSTROPHES = dict.fromkeys(
    map(ord, "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u05f3\u2018\u2019\u201b\u2032\ua78c\uff07")
)
_WORD = re.compile(r"[0-9a-z]+")
_ONE_SPACE = re.compile(r"(?<=\S) (?=\S)")


def not_one_of(value: object, permitted: Iterable[str]) -> str:
    """The sentence that refuses a value of a closed list; of a long one it repeats the start."""
    return f"“{quoted(value)}” is not one of: {', '.join(permitted)}."


def quoted(value: object) -> str:
    """`value` as a sentence repeats it: a hundred characters at most."""
    return Truncator(str(value)).chars(100)


def fold(text: str) -> str:
    """
    `text` without case and accents (and letters that only a stroke or ligature sets apart), as
    names are searched and ordered.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_NOT_ACCENTS))
    return "".join(
        character for character in decomposed if not unicodedata.combining(character)
    ).casefold()


def without_apostrophes(text: str) -> str:
    """`text` as if nobody wrote apostrophes: O'Brien, O’Brien and OBrien are one name."""
    if text.isascii() and text.isalnum():  # most words, and a translation takes ten times as long
        return text
    return text.translate(_APOSTROPHES)


def words_of(text: str) -> list[str]:
    """
    The words of `text`, folded: what stands between spaces and punctuation. An apostrophe parts no
    word.
    """
    folded = fold(without_apostrophes(text))
    if folded.isascii():
        return _WORD.findall(folded)
    return "".join(letter if _is_of_a_word(letter) else " " for letter in folded).split()


def _is_of_a_word(letter: str) -> bool:
    """Letters, figures, the marks that scripts write beside them, and pictures (emoji)."""
    category = unicodedata.category(letter)
    return category[0] in "LNM" or category == "So"


def email_key(email: str) -> str:
    """
    The form in which two spellings of one e-mail address are equal: without case, compatibility
    forms (full-width letters, ligatures) and what can't be seen, the domain as DNS knows it (IDNA,
    UTS 46). What is no address, or would grow beyond the 254 characters of one, is merely lowered.
    """
    text = drop_invisible(email).strip()
    if text.isascii():
        return text.lower()
    return _international_key(text) or text.replace("İ", "i").lower()


def is_encodable_email(email: str) -> bool:
    """Whether DNS can hold the domain of this e-mail address, and the address has room in mail."""
    return email.isascii() or bool(_international_key(email))


def _international_key(email: str) -> str:
    """The key of an address that isn't all ASCII; empty where it has none."""
    local, _at, domain = unicodedata.normalize("NFKC", email).rpartition("@")
    try:
        encoded = idna.encode(domain, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        return ""
    # İ would become two characters
    local = local.replace("İ", "i").casefold()
    key = f"{local}@{encoded}"
    return key if local and len(key) <= MAX_EMAIL else ""


def split_name(name: str) -> tuple[str, str]:
    """
    First word and the rest, so that joining them with a space gives `name` (as it is
    stored) back.
    """
    first, *rest = _ONE_SPACE.split(normalize_line(name), maxsplit=1)
    return first, "".join(rest)
