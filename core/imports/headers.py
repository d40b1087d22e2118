"""Which field each header of an uploaded file means."""

from collections.abc import Mapping, Sequence

from core.text import fold


def header_key(header: str) -> str:
    """
    The form in which two spellings of one header are equal: no case, accents, spaces or
    punctuation.
    """
    return "".join(character for character in fold(header) if character.isalnum())


def match_headers(
    headers: Sequence[str], words: Mapping[str, Sequence[str]]
) -> dict[str, str | None]:
    """
    Header → field, by the `words` (field → its other names) that it is known by; the first header
    of a field has it.
    """
    known = {header_key(name): field for field in words for name in (field, *words[field])}
    matched: dict[str, str | None] = {}
    for header in headers:
        found = known.get(header_key(header))
        matched.setdefault(header, None if found in matched.values() else found)
    return matched
