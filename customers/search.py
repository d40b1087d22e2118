"""
What a customer is searched by, and what a search means: the two sides of one rule.

Case, accents, apostrophes and punctuation make no difference. A word of three characters or more is
found anywhere in names, company and addresses; a shorter one where it begins a word of a name or of
the company; every word must be found. A number is found however it is spaced, from three digits on.
"""

import re
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import groupby
from operator import and_, or_

from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from core.phones import digits, looks_like_phone, parse_phone
from core.text import fold, without_apostrophes, words_of

ANYWHERE = 3
"""From so many characters on a word is found anywhere: an index of trigrams answers."""

WHOLE_NUMBER = 7
"""From so many digits on a number is taken as a whole one."""

_E164 = re.compile(r"\+\d+")


def search_text(names: Iterable[str], addresses: Iterable[str]) -> str:
    """
    What is searched: a space before each word of the names, `|` before each address (of a number
    its digits), as in ` jane doe|jane@example.com|12485550671`.

    So ` d` stands only where a word of a name begins with d. PostgreSQL's trigrams know the
    beginnings of words, so that their index answers that too.
    """
    words = [word for name in names for word in words_of(name)]
    keys = [
        address[1:] if _E164.fullmatch(address) else _as_compared(address) for address in addresses
    ]
    return "".join(
        [f" {word}" for word in dict.fromkeys(words)]
        + [f"|{key}" for key in dict.fromkeys(keys) if key]
    )


def matching(text: str, of: str = "") -> Q:
    """
    Customers whom a search for `text` finds; or the rows that belong to such customers, `of` being
    the path to them (`customer__`). Punctuation alone finds nobody.
    """
    terms = [
        _number(term, of) if looks_like_phone(term) else _word(term, of) for term in _terms(text)
    ]
    return reduce(and_, terms) if terms else Q((f"{of}pk__in", []))


def _terms(text: str) -> Iterator[str]:
    """The words of a search as they were typed; the groups of a number are one."""
    typed = [word for word in text.split() if words_of(word)]
    for is_number, words in groupby(typed, looks_like_phone):
        if is_number:
            yield " ".join(words)
        else:
            yield from words


def _number(term: str, of: str) -> Q:
    """
    Digits that follow one another, however they are spaced. Few of them may be words of a name too
    (`24/7 Plumbing`); a whole number may be typed with zeros that aren't stored, and one line can
    have several international spellings.
    """
    number = digits(term.replace("(0)", ""))
    if len(number) < WHOLE_NUMBER:
        every = _every_word(term, of)
        return every | _holds(number, of) if len(number) >= ANYWHERE else every
    number = number.lstrip("0") or number
    try:
        spellings = {number, digits(parse_phone(f"+{number}", ""))}
    except ValueError:
        spellings = {number}
    return reduce(or_, [_holds(spelling, of) for spelling in sorted(spellings)])


def _word(term: str, of: str) -> Q:
    key = _as_compared(term)
    if "@" in key:
        return _email(key, of)
    every, parts = _every_word(term, of), words_of(term)
    # `j.smith` is two words of a name, the first of them short, or a piece of an address
    in_address = len(parts) > 1 and min(map(len, parts)) < ANYWHERE <= len(key)
    return every | _holds(key, of) if in_address else every


def _email(key: str, of: str) -> Q:
    """
    A piece of an e-mail address. The index is asked for what stands before the @ alone: everybody's
    domain is the same few, whose long lists of trigrams would cost more than all else.
    """
    local, _, domain = key.partition("@")
    if len(local) < ANYWHERE or not domain:
        return _holds(key, of)
    return _holds(f"{local}@", of) & Q(
        GreaterThan(StrIndex(F(f"{of}search_text"), Value(key)), Value(0))
    )


def _every_word(term: str, of: str) -> Q:
    words = words_of(term)
    return reduce(
        and_, [_holds(word if len(word) >= ANYWHERE else f" {word}", of) for word in words]
    )


def _holds(key: str, of: str) -> Q:
    return Q((f"{of}search_text__contains", key))


def _as_compared(text: str) -> str:
    return fold(without_apostrophes(text))
