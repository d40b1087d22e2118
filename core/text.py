"""Words as people write them, and the forms they are compared in."""

import re
import unicodedata

import phonenumbers

_NOT_DIGITS = re.compile(r"\D")
_PHONE_CHARACTERS = re.compile(r"^[\s\d+().\-/]+$")


def fold(text: str) -> str:
    """`text` without case and accents, the form in which names are searched and ordered."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


def email_key(email: str) -> str:
    """The form in which two spellings of one e-mail address are equal."""
    return email.strip().lower()


def digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def looks_like_phone(text: str) -> bool:
    """Whether `text` holds digits and nothing but what people write between them."""
    return bool(_PHONE_CHARACTERS.match(text)) and any(character.isdigit() for character in text)


def parse_phone(text: str, region: str) -> str:
    """
    `text` as E.164 (`+` and 7 to 15 digits), read as a national number of `region` (ISO 3166 alpha-2) unless it begins with `+`.

    Lenient on purpose: numbers that no numbering plan contains are kept, for documented clients send such.
    Raises ValueError for anything that isn't a phone number at all.
    """
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"not a phone number: {error}") from error
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not 7 <= len(number) - 1 <= 15:
        raise ValueError("a phone number has 7 to 15 digits")
    return number


def national_digits(number: str, region: str) -> str:
    """The E.164 `number` as bare national digits when it is one of `region`, else unchanged."""
    prefix = f"+{phonenumbers.country_code_for_region(region)}"
    return number.removeprefix(prefix)


def split_name(name: str) -> tuple[str, str]:
    """First word and the rest, so that joining them with a space gives `name` back."""
    first, _, rest = name.strip().partition(" ")
    return first, rest
