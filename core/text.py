"""Words as people write them, and the forms they are compared in."""

import re
import unicodedata
from functools import cache, lru_cache

import phonenumbers

_NOT_DIGITS = re.compile(r"\D")
_NOT_ACCENTS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_ONE_SPACE = re.compile(r"(?<=\S) (?=\S)")
_PHONE_CHARACTERS = re.compile(r"^[\s\d+().\-/]+$")


def fold(text: str) -> str:
    """
    `text` without case and accents (and letters that only a stroke or ligature sets apart), as
    names are searched and ordered.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_NOT_ACCENTS))
    return "".join(
        character for character in decomposed if not unicodedata.combining(character)
    ).casefold()


def email_key(email: str) -> str:
    """
    The form in which two spellings of one e-mail address are equal; never longer than `email` (İ
    would become two characters).
    """
    return email.strip().replace("İ", "i").lower()


def digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def looks_like_phone(text: str) -> bool:
    """Whether `text` holds digits and nothing but what people write between them."""
    return bool(_PHONE_CHARACTERS.match(text)) and any(character.isdigit() for character in text)


def parse_phone(text: str, region: str) -> str:
    """
    `text` as E.164 (`+` and 7 to 15 digits), read as a national number of `region` (ISO 3166
    alpha-2) unless it begins with `+`.

    Lenient on purpose: numbers that no numbering plan contains are kept, for documented clients
    send such. Raises ValueError for anything that isn't a phone number at all.
    """
    number = _e164(text, region)
    # what is stored must read as itself, though a trunk prefix may stand behind another
    number = _e164(number, region)
    if not 7 <= len(number) - 1 <= 15:
        raise ValueError("a phone number has 7 to 15 digits")
    return number


def _e164(text: str, region: str) -> str:
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"not a phone number: {error}") from error
    if text.startswith("+") and looks_like_phone(text) and not phonenumbers.is_valid_number(parsed):
        return f"+{digits(text)}"  # of no known plan, so nothing in it is a trunk prefix
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def national_digits(number: str, region: str) -> str:
    """
    The E.164 `number` as bare national digits when it is one of `region` and they read back as the
    same number; else unchanged.
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
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    own = phonenumbers.country_code_for_region(region) == parsed.country_code
    form = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if own
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return str(phonenumbers.format_number(parsed, form))


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
        metadata.national_prefix,
        metadata.national_prefix_for_parsing,
        metadata.international_prefix,
    ]
    return f"+{code}", re.compile("|".join(f"(?:{begin})" for begin in beginnings if begin))


def split_name(name: str) -> tuple[str, str]:
    """
    First word and the rest, so that joining them with a space gives `name` (without space around
    it) back.
    """
    first, *rest = _ONE_SPACE.split(name.strip(), maxsplit=1)
    return first, "".join(rest)
