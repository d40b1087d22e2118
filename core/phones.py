"""
Phone numbers as people, spreadsheets and other programs write them, and as they are kept: E.164
(ITU-T), the extension beside it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

from core.characters import drop_invisible

MAX_EXTENSION = 10
_LONGEST_TEXT = 120
_IN_ONE = re.compile(r"(\+\d+)x(\d+)", re.ASCII)

_NOT_DIGITS = re.compile(r"\D")
_WRITTEN = re.compile(r"^[\s\d+().\-/]+$")
_LETTERS = r"[^\W\d_]"

_SCHEME = re.compile(r"^(?:tel|sms|callto|whatsapp|wa)\s*:\s*(?://)?", re.IGNORECASE)
_EXTENSION = re.compile(
    r"(?<=[\d)\s,;.])\s*[,;(\[]*\s*(?:"
    r";?\s*(?:ext|extn|extension|extensi[oó]n|int|interno|anexo|anx|poste|durchwahl|dw|wew|ramal"
    r"|доб|доб\.)\s*[.:=#]*|x|#)\s*[.:=#-]?\s*(\d+)\s*[)\]]?\s*[.]?$",
    re.IGNORECASE,
)
_CORE = re.compile(r"[+(]*\s*\d.*\d", re.DOTALL)
_AROUND = re.compile(rf"(?:{_LETTERS}|[\s.:()\-,'’\"\[\]<>/*|;=_])*")
_NORTH_AMERICAN = re.compile(r"(\+1)?[2-9][0-9]{9}")
_BETWEEN_DIGITS = str.maketrans("", "", " ()-")
_NUMBER = re.compile(r"\+?[\s\d().\-/]+", re.ASCII)
_PLUS = re.compile(r"[\s(]*\+[\s(]*(?=\d)")
_PARTS = re.compile(
    rf"[/,;|&\n]|\s-\s|(?<![^\W_])(?:or|and|o|y|e|u|ou|et|und|oder|{_LETTERS}{{2,}})(?![^\W_])",
    re.IGNORECASE,
)
_SLASH = re.compile(r"[^/]*")

_WHOLE = re.compile(r"(\+?\d{7,15})\.0{1,2}", re.ASCII)
_EXPONENT = re.compile(r"(\+?\d)(?:\.(\d+))?[eE]\+?(\d+)", re.ASCII)
_TRUNK_IN_BRACKETS = re.compile(r"\(\s*0\s*\)")
_VANITY = re.compile(r"\+?[\s().\-]*[\dA-Z](?:[\s().\-]*[\dA-Z])+", re.IGNORECASE)
_VANITY_LETTERS = re.compile(r"[A-Z]", re.IGNORECASE)
_MEXICAN_MOBILE = re.compile(r"521(\d{10})", re.ASCII)
_MEXICAN_TRUNK = re.compile(r"(?:01|044|045|1)(\d{10})", re.ASCII)


class Phone(NamedTuple):
    """
    A number in E.164 and its extension (digits; empty when there is none). As one text
    `+12485550100x12`, which holds nothing that separates numbers in a list.
    """

    number: str
    extension: str = ""

    def __str__(self) -> str:
        return f"{self.number}x{self.extension}" if self.extension else self.number


class SeveralNumbers(ValueError):
    """A text that holds two numbers where one is wanted."""


def parse_phone(text: str, region: str) -> str:
    """
    `text` as E.164 (`+` and 7 to 15 digits), read as a national number of `region` (ISO 3166
    alpha-2) unless it begins with `+` or `00`; an extension isn't part of it.

    Lenient about digits: numbers that no numbering plan contains are kept, for documented clients
    send such. Words around the number are dropped, a trunk zero and Mexico's 1 after the country's
    code too (E.164 has neither), and what spreadsheets make of numbers is read where no digit is
    lost. Never are there more digits than were written, but for the country's code. Raises
    SeveralNumbers, and ValueError for anything that isn't one phone number.
    """
    return read_phone(text, region).number


def read_phone(text: str, region: str) -> Phone:
    """The same with the extension."""
    if len(text) > _LONGEST_TEXT:
        raise ValueError("too long for a phone number")
    plain = text.translate(_BETWEEN_DIGITS)
    # of these ten digits there is one reading alone
    if (found := _NORTH_AMERICAN.fullmatch(plain)) and (found[1] or _is_north_american(region)):
        return Phone(plain if found[1] else f"+1{plain}")
    rest, extension = _without_extension(_plain(text))
    number = _vanity(rest, region) or _e164(_core(rest), region)
    if not 7 <= len(number) - 1 <= 15:
        raise ValueError("a phone number has 7 to 15 digits")
    return Phone(number, extension)


@cache
def _is_north_american(region: str) -> bool:
    return bool(phonenumbers.country_code_for_region(region) == 1)


def parse_extension(text: str) -> str:
    """The digits of `12`, `x12`, `ext. 12`. Raises ValueError."""
    found = re.fullmatch(rf"(?:{_LETTERS}|[\s.:#=])*(\d+)(?:\.0+)?", _plain(text), re.ASCII)
    if found is None or len(found[1]) > MAX_EXTENSION:
        raise ValueError(f"an extension has 1 to {MAX_EXTENSION} digits")
    return found[1]


def split_phone(stored: str) -> Phone:
    """The parts of a number as `Phone` writes it in one text."""
    found = _IN_ONE.fullmatch(stored)
    return Phone(found[1], found[2]) if found else Phone(stored)


def digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def looks_like_phone(text: str) -> bool:
    """Whether `text` holds digits and nothing but what people write between them."""
    return bool(_WRITTEN.match(text)) and any(character.isdigit() for character in text)


def national_digits(number: str, region: str) -> str:
    """
    The E.164 `number` (an extension behind it stays) as bare national digits when it is one of
    `region` and they read back as the same number; else unchanged.
    """
    prefix, misread = national_form(region)
    rest = number.removeprefix(prefix)
    return number if rest == number or misread.match(rest) else rest


@lru_cache(10_000)
def readable_phone(number: str, region: str) -> str:
    """
    The E.164 `number` as people write it: nationally when it is one of the region's country, else
    internationally.
    """
    number, extension = split_phone(number)
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    if phonenumbers.is_possible_number(parsed):
        own = phonenumbers.country_code_for_region(region) == parsed.country_code
        form = PhoneNumberFormat.NATIONAL if own else PhoneNumberFormat.INTERNATIONAL
        number = str(phonenumbers.format_number(parsed, form))
    return f"{number} ext. {extension}" if extension else number


@cache
def national_form(region: str) -> tuple[str, re.Pattern[str]]:
    """
    The country's prefix, and the beginnings of national digits that would be taken for a trunk or
    international prefix.
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        return "+none", re.compile("")
    code = str(metadata.country_code)
    beginnings = [
        code,
        "00",
        metadata.national_prefix,
        metadata.national_prefix_for_parsing,
        metadata.international_prefix,
    ]
    return f"+{code}", re.compile("|".join(f"(?:{begin})" for begin in beginnings if begin))


def _plain(text: str) -> str:
    """Full-width and other digits as ASCII, all dashes as one, nothing invisible."""
    text = drop_invisible(text)
    if not text.isascii():
        text = "".join(
            "-" if unicodedata.category(character) == "Pd" or character == "−" else character
            for character in unicodedata.normalize("NFKC", text)
        )
        text = "".join(
            str(unicodedata.decimal(character)) if character.isdecimal() else character
            for character in text
        )
    return _SCHEME.sub("", text.strip())


def _without_extension(text: str) -> tuple[str, str]:
    """Raises ValueError for an extension of too many digits."""
    found = _EXTENSION.search(text)
    if found is None or len(digits(text[: found.start()])) < 7:
        return text, ""
    if len(found[1]) > MAX_EXTENSION:
        raise ValueError(f"an extension has at most {MAX_EXTENSION} digits")
    return text[: found.start()], found[1]


def _core(text: str) -> str:
    """
    The number itself: `+` if it has one, digits and what stands between them. Raises ValueError.
    """
    if exponent := _EXPONENT.fullmatch(text):
        decimals = exponent[2] or ""
        if len(decimals) != int(exponent[3]):
            raise ValueError("a spreadsheet has rounded this number")
        return f"{exponent[1]}{decimals}"
    if whole := _WHOLE.fullmatch(text):
        return whole[1]
    found = _CORE.search(text)
    if found is None:
        raise ValueError("not a phone number: no digits")
    core, around = found[0], (text[: found.start()], text[found.end() :])
    parts = [part for part in _PARTS.split(core) if part and digits(part)]
    if len([part for part in parts if len(digits(part)) >= 7]) > 1:
        raise SeveralNumbers("these are several phone numbers")
    if whole := _WHOLE.fullmatch(core):
        core = whole[1]
    core = _PLUS.sub("+", core, count=1)
    if not _NUMBER.fullmatch(core) or not all(map(_AROUND.fullmatch, around)):
        raise ValueError("not a phone number")
    _refuse_alternative_endings(core)
    return core


def _refuse_alternative_endings(core: str) -> None:
    """
    A slash stands after an area code (`030/123456`); further behind (`555-0100/0101`) it begins
    another ending. Raises SeveralNumbers.
    """
    before, slash, _rest = core.partition("/")
    longest = 8 if before.startswith(("+", "00")) else 6
    if slash and (len(digits(before)) > longest or "/" in _rest):
        raise SeveralNumbers("these are several phone numbers")


def _vanity(text: str, region: str) -> str:
    """A number whose letters stand for digits (`1-800-FLOWERS`), else empty."""
    letters = len(_VANITY_LETTERS.findall(text))
    if letters < 3 or len(digits(text)) >= 7 or not _VANITY.fullmatch(text):
        return ""
    if not phonenumbers.is_alpha_number(text):
        return ""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    written = len(digits(text)) + letters + len(str(parsed.country_code))
    number = _format(parsed)
    valid = phonenumbers.is_valid_number(parsed) and len(number) - 1 <= written
    return number if valid else ""


def _e164(core: str, region: str) -> str:
    """The first reading that a numbering plan contains, else the plainest. Raises ValueError."""
    core = _without_mexican_trunk(core, region)
    for text in _readings(core, region):
        parsed = _parsed(text, region)
        if parsed is not None and phonenumbers.is_valid_number(parsed):
            return _format(parsed)
    plainest = _with_plus(core)
    parsed = _parsed(plainest, region)
    if parsed is None:
        raise ValueError("not a phone number")
    if plainest.startswith("+"):  # of no known plan, so nothing in it is a trunk prefix
        return f"+{digits(plainest)}"
    _refuse_overlong(core, parsed)
    return _format(parsed)


def _parsed(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _with_plus(core: str) -> str:
    """00 is +, and a zero in brackets is for those who leave the + away."""
    core = _TRUNK_IN_BRACKETS.sub("", core)
    return f"+{core[2:].lstrip()}" if core.startswith("00") else core


def _without_mexican_trunk(core: str, region: str) -> str:
    """Mexico had a 1 behind the country's code, and 01, 044 and 045 at home, until 2020."""
    plus = _with_plus(core)
    number = digits(plus)
    if plus.startswith("+") or region == "MX":
        found = _MEXICAN_MOBILE.fullmatch(number)
        if found is None and region == "MX" and not plus.startswith("+"):
            found = _MEXICAN_TRUNK.fullmatch(number)
        if found is not None:
            return f"+52{found[1]}"
    return core


def _readings(core: str, region: str) -> Iterator[str]:
    """What the number may mean, the likeliest first."""
    plus = _with_plus(core)
    if not plus.startswith("+"):
        yield plus
        if plus.startswith("0"):
            yield digits(plus).lstrip("0")
        return
    if core.startswith("00"):
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
        if metadata is not None and metadata.international_prefix != "00":
            yield core  # Australia's 0011
    yield plus
    if core.startswith("+"):
        yield core  # Italy's zero belongs to the number
    yield from _without_trunk_zero(f"+{digits(plus)}")


def _without_trunk_zero(number: str) -> Iterator[str]:
    """`+10248…` as `+1248…`: a zero behind the country's code that no plan there has."""
    for end in (2, 3, 4):
        code = number[1:end]
        if number[end : end + 1] == "0" and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            yield f"+{code}{number[end + 1 :]}"


def _refuse_overlong(core: str, parsed: PhoneNumber) -> None:
    """
    A national number longer than any of its country, with something between its digits, is a number
    and something else. Raises ValueError.
    """
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible == phonenumbers.ValidationResult.TOO_LONG and not core.isdigit():
        raise ValueError("too many digits for a phone number")


def _format(parsed: PhoneNumber) -> str:
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
