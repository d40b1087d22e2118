"""
How much two records look like one person: the one place of this rule. What of a customer is
compared, the keys by which candidates are found, and the points that each likeness gives.

Names are compared in Latin letters without accents, as they may be typed (`Müller`, `Mueller`,
`Иван`, `Ivan`), shortened (`Bob`, `Robert`) or swapped. A first name that is another speaks against
everything: a household shares its phone, its address and often its mailbox.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from anyascii import anyascii
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from core.text import words_of
from customers.choices import DuplicateEvidence as Evidence
from customers.nicknames import is_nickname

KEPT_FROM = 60
"""A pair is kept, and shown to people, from this score on."""

LIKELY_FROM = 80
"""From here on it is more probable than not: a creation that asks for it is refused."""

POINTS: Mapping[Evidence, int] = {
    Evidence.SAME_EMAIL: 50,
    Evidence.SAME_PHONE: 45,
    Evidence.SAME_NAME: 50,
    Evidence.SWAPPED_NAME: 46,
    Evidence.NICKNAME: 46,
    Evidence.SIMILAR_NAME: 42,
    Evidence.INITIAL: 30,
    Evidence.PART_OF_NAME: 15,
    Evidence.NO_NAME: 15,
    Evidence.OTHER_LAST_NAME: 10,
    Evidence.OTHER_FIRST_NAME: -35,
    Evidence.OTHER_NAME: -45,
    Evidence.SAME_BIRTHDAY: 30,
    Evidence.OTHER_BIRTHDAY: -35,
    Evidence.SAME_ADDRESS: 40,
    Evidence.SAME_POSTAL_CODE: 10,
    Evidence.SAME_COMPANY: 25,
    Evidence.OTHER_COMPANY: -40,
}
"""The score is their sum, from 0 to 100."""

SAME_BUSINESS = 50
"""Points of `SAME_COMPANY` between two businesses, whose name it is."""

CEILINGS: Mapping[Evidence, int] = {
    Evidence.OTHER_FIRST_NAME: 50,
    Evidence.OTHER_NAME: 50,
    Evidence.OTHER_BIRTHDAY: 70,
}
"""However much else is shared, the score stays at or below it."""

MOST_OF_A_KEY = 50
"""What more customers share than these says nothing about who is who, and finds no candidates."""


class Finding(NamedTuple):
    """What was found of one pair: 0 to 100, and the points that each likeness gave."""

    score: int
    evidence: list[dict[str, Any]]


NOTHING = Finding(0, [])


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a customer is compared, in the forms in which it is compared."""

    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    company: tuple[str, ...] = ()
    is_business: bool = False
    mailboxes: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    born: dt.date | None = None
    street: tuple[str, ...] = ()
    house: frozenset[str] = frozenset()
    postal_code: str = ""
    city: str = ""

    @property
    def has_name(self) -> bool:
        return bool(self.first or self.last)


COLUMNS = (
    *("first_name", "last_name", "company_name", "is_business", "date_of_birth"),
    *("street", "city", "postal_code"),
)
"""Of a customer, beside the addresses under which they are reached."""

COMPARED = frozenset(
    {*COLUMNS, "email", "phone", "whatsapp_number", "alternative_phones", "identities"}
)
"""What a change has to touch for a customer's look-alikes to be others."""


def profile_of(columns: Mapping[str, Any], addresses: Iterable[str]) -> Profile:
    """
    `columns` are those of COLUMNS that there are; `addresses` e-mails and numbers in the form in
    which identities are kept.
    """
    first, last = (
        tuple(word for word in _latin_words(columns.get(name, "")) if word not in _TITLES)
        for name in ("first_name", "last_name")
    )
    if first and not last:  # the whole name in one field
        first, last = first[:1], first[1:]
    elif last and not first:
        first, last = last[:-1], last[-1:]
    known = [address for address in addresses if address]
    street = _without(_latin_words(columns.get("street", "")), _KINDS_OF_STREET)
    return Profile(
        first=first,
        last=last,
        company=_without(_latin_words(columns.get("company_name", "")), _LEGAL_FORMS),
        is_business=bool(columns.get("is_business")),
        mailboxes=frozenset(mailbox(each) for each in known if "@" in each),
        numbers=frozenset(each for each in known if each.startswith("+")),
        born=columns.get("date_of_birth"),
        street=tuple(word for word in street if not word[0].isdigit()),
        house=frozenset(word for word in street if word[0].isdigit()),
        postal_code=_postal_code(columns.get("postal_code", "")),
        city=" ".join(_latin_words(columns.get("city", ""))),
    )


def match_keys(profile: Profile) -> set[str]:
    """
    Whoever shares one of these is compared. Each holds two things that rarely meet by chance, or
    one that is a person's own; names as they sound, so that a slip in one word doesn't hide the
    pair, whose other word finds it.
    """
    names = sorted({sound(word) for word in (*profile.first, *profile.last) if len(word) > 1})
    company = "".join(sound(word) for word in profile.company)
    keys = {f"mail {address}" for address in profile.mailboxes}
    keys |= {f"phone {number}" for number in profile.numbers}
    for name in names[:MOST_WORDS]:
        if profile.postal_code:
            keys.add(f"name {name} {profile.postal_code}")
        if profile.born:
            keys.add(f"born {name} {profile.born.isoformat()}")
        if company:
            keys.add(f"at {name} {company}")
    if len(names) > 1 and profile.city:
        keys.add(f"city {' '.join(names[:MOST_WORDS])} {profile.city}")
    if company and profile.postal_code:
        begin = " ".join(sound(word) for word in profile.company[:2])
        keys |= {f"firm {company} {profile.postal_code}", f"firm {begin} {profile.postal_code}"}
    if company and profile.city:
        keys.add(f"firm {company} {profile.city}")
    return {key[:LONGEST_KEY] for key in keys}


MOST_WORDS = 4
LONGEST_KEY = 300


def compare(one: Profile, other: Profile) -> Finding:
    """How much the two look like one person; the same whichever comes first."""
    points = dict(POINTS)
    found: list[Evidence] = []
    if not one.mailboxes.isdisjoint(other.mailboxes):
        found.append(Evidence.SAME_EMAIL)
    if not one.numbers.isdisjoint(other.numbers):
        found.append(Evidence.SAME_PHONE)
    if not found and one.has_name and other.has_name and not _may_be_named_alike(one, other):
        return NOTHING
    name = _compare_names(one, other)
    company = _compare_companies(one, other)
    firms = one.is_business and other.is_business
    if company == Evidence.SAME_COMPANY and (firms or not (one.has_name and other.has_name)):
        points[Evidence.SAME_COMPANY] = SAME_BUSINESS
        if name in _AGAINST or name == Evidence.NO_NAME:
            name = None  # two people of one company
    if company == Evidence.OTHER_COMPANY and not firms:
        company = None  # people change theirs
    found += [each for each in (name, company, _birthdays(one, other)) if each]
    found += [each for each in (_places(one, other),) if each]
    score = min(100, max(0, sum(points[each] for each in found)))
    score = min([score, *(CEILINGS[each] for each in found if each in CEILINGS)])
    return Finding(score, [{"code": each.value, "points": points[each]} for each in found])


_AGAINST = {Evidence.OTHER_NAME, Evidence.OTHER_FIRST_NAME, Evidence.OTHER_LAST_NAME}


def _may_be_named_alike(one: Profile, other: Profile) -> bool:
    """A cheap look before the long one: without an address in common the names must agree."""
    if one.company and other.company:
        return True
    words = {sound(word)[:1] for word in (*one.first, *one.last)}
    return not words.isdisjoint(sound(word)[:1] for word in (*other.first, *other.last))


# names

SURE = 0.8
"""Likeness of two words from which on they are taken for one name."""


def _compare_names(one: Profile, other: Profile) -> Evidence | None:
    if not one.has_name and not other.has_name:
        return None
    if not one.has_name or not other.has_name:
        return Evidence.NO_NAME
    straight = _parts(one.first, other.first, True), _parts(one.last, other.last, False)
    best = _named(*straight)
    if best in (Evidence.SAME_NAME, Evidence.NICKNAME):
        return best
    if one.first and one.last and other.first and other.last:
        crossed = _parts(one.first, other.last, True), _parts(one.last, other.first, True)
        if min(crossed) >= _TYPO:
            return Evidence.SWAPPED_NAME
    return best


def _named(first: float | None, last: float | None) -> Evidence:
    """What the likeness of the parts says; None for a part that one of them doesn't have."""
    if first is None or last is None:
        known = first if last is None else last
        return Evidence.PART_OF_NAME if known is None or known >= SURE else Evidence.OTHER_NAME
    if first >= SURE and last >= SURE:
        if first == last == 1:
            return Evidence.SAME_NAME
        if _INITIAL in (first, last):
            return Evidence.INITIAL
        return Evidence.NICKNAME if first == _NICKNAME and last == 1 else Evidence.SIMILAR_NAME
    if first >= SURE:
        return Evidence.OTHER_LAST_NAME
    return Evidence.OTHER_FIRST_NAME if last >= SURE else Evidence.OTHER_NAME


_NICKNAME, _TYPO, _SOUND, _MORE_WORDS, _INITIAL = 0.95, 0.9, 0.85, 0.97, 0.8


def _parts(one: tuple[str, ...], other: tuple[str, ...], given: bool) -> Any:
    """Of two (first, or last) names of several words, 0 to 1; None where one is missing."""
    if not one or not other:
        return None
    if one == other:
        return 1.0
    joined = _words_alike("".join(one), "".join(other), given)
    if len(one) == len(other) == 1:
        return joined
    short, long = sorted((one, other), key=len)
    each = min(max(_words_alike(word, there, given) for there in long) for word in short)
    return max(joined, each if len(short) == len(long) else min(each, _MORE_WORDS))


@lru_cache(maxsize=50_000)
def _words_alike(one: str, other: str, given: bool) -> float:
    if one == other or _plain(one) == _plain(other):
        return 1.0
    if len(one) == 1 or len(other) == 1:
        return _INITIAL if one[0] == other[0] else 0.0
    if given and is_nickname(one, other):
        return _NICKNAME
    if given and one.rstrip("aeoi") == other.rstrip("aeoi") and len(one) > 2:
        return 0.0  # Mario and Maria, Erik and Erika
    length = min(len(one), len(other))
    slips = OSA.distance(one, other, score_cutoff=2)
    if slips <= (0 if length < 4 else 1 if length < 8 else 2):
        return _TYPO
    alike = sound(one) == sound(other) and JaroWinkler.similarity(one, other) >= SURE
    return _SOUND if alike and length > 3 else 0.0


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """How a word begins and its consonants, roughly as they sound in any of our languages."""
    word = _plain(word)
    for written, said in _SOUNDS:
        word = word.replace(written, said)
    word = word.translate(_LETTERS)
    if not word:
        return ""
    first = "a" if word[0] in _VOWELS else word[0]
    rest = [letter for before, letter in pairwise(word) if letter != before]
    return (first + "".join(letter for letter in rest if letter not in _VOWELS))[:12]


_VOWELS = "aeiouyh"
_SOUNDS = (
    *(("sch", "s"), ("tsch", "s"), ("ph", "f"), ("gh", "g"), ("ck", "k"), ("th", "t")),
    *(("sh", "s"), ("ch", "k"), ("kn", "n"), ("wr", "r"), ("dt", "t"), ("tz", "s")),
)
_LETTERS = str.maketrans({"c": "k", "q": "k", "z": "s", "v": "f", "w": "f", "j": "g", "x": "k"})


# everything else


def _compare_companies(one: Profile, other: Profile) -> Evidence | None:
    if not one.company or not other.company:
        return None
    if one.company == other.company:
        return Evidence.SAME_COMPANY
    likeness = fuzz.token_sort_ratio(" ".join(one.company), " ".join(other.company))
    return Evidence.SAME_COMPANY if likeness >= ALIKE else Evidence.OTHER_COMPANY


ALIKE = 90
"""Per cent, of the names of companies and streets."""


def _birthdays(one: Profile, other: Profile) -> Evidence | None:
    if not one.born or not other.born:
        return None
    return Evidence.SAME_BIRTHDAY if one.born == other.born else Evidence.OTHER_BIRTHDAY


def _places(one: Profile, other: Profile) -> Evidence | None:
    codes = one.postal_code, other.postal_code
    near = codes[0] == codes[1] if all(codes) else bool(one.city) and one.city == other.city
    if not near:
        return None
    if _same_street(one, other):
        return Evidence.SAME_ADDRESS
    return Evidence.SAME_POSTAL_CODE if all(codes) else None


def _same_street(one: Profile, other: Profile) -> bool:
    """A flat that only one of them names makes no difference."""
    if not (one.street and other.street and one.house and other.house):
        return False
    if not (one.house <= other.house or other.house <= one.house):
        return False
    if one.street == other.street:
        return True
    return fuzz.token_sort_ratio(" ".join(one.street), " ".join(other.street)) >= ALIKE


# the forms in which things are compared


def mailbox(email: str) -> str:
    """
    Where mail to the address arrives: without what stands behind a plus, at Google without dots
    too (and its two domains are one), at Yahoo without what stands behind a hyphen.
    """
    local, _, domain = email.partition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        return f"{local.replace('.', '') or local}@gmail.com"
    if domain.startswith("yahoo."):
        local = local.partition("-")[0] or local
    return f"{local}@{domain}"


@lru_cache(maxsize=50_000)
def _latin_words(text: str) -> tuple[str, ...]:
    """Folded words in Latin letters."""
    return tuple(words_of(text if text.isascii() else anyascii(text)))


def _plain(word: str) -> str:
    """`ae`, `oe` and `ue` as the umlauts that they may stand for."""
    return _UMLAUT.sub(r"\1", word)


_UMLAUT = re.compile(r"([aou])e(?=[^aeiou]|$)")


def _without(words: tuple[str, ...], left_out: frozenset[str]) -> tuple[str, ...]:
    """The words but those; all of them where nothing else is left."""
    return tuple(word for word in words if word not in left_out) or words


def _postal_code(text: str) -> str:
    code = "".join(words_of(text)).upper()
    return code[:5] if re.fullmatch(r"\d{9}", code) else code


_TITLE_WORDS = "mr mrs ms miss mx dr prof sir herr frau sr sra srta jr ii iii"
_TITLES = frozenset(_TITLE_WORDS.split())
_LEGAL_WORDS = (
    "ltd limited llc llp lp inc incorporated corp corporation co company plc gmbh mbh ag kg ohg ug "
    "sa sl srl spa bv nv ab as oy sas cv de rl and und y the"
)
_LEGAL_FORMS = frozenset(_LEGAL_WORDS.split())
_STREET_WORDS = (
    "street st avenue av ave road rd lane ln drive dr boulevard blvd court ct place pl circle cir "
    "way terrace ter highway hwy parkway pkwy calle c avenida avda apartment apt suite ste unit "
    "floor fl no number north n south s east e west w str strasse strase"
)
_KINDS_OF_STREET = frozenset(_STREET_WORDS.split())
