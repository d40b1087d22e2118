"""What the forms of settings let one choose from."""

from functools import cache
from zoneinfo import available_timezones

import phonenumbers
from babel.numbers import get_currency_name, get_territory_currencies
from django.conf.locale import LANG_INFO

Choices = list[tuple[str, str]]


@cache
def zones() -> Choices:
    """Those of places; the others are there for old systems."""
    return [
        ("UTC", "UTC"),
        *(
            (name, name.replace("_", " "))
            for name in sorted(available_timezones())
            if _is_place(name)
        ),
    ]


@cache
def regions() -> Choices:
    return [
        (code, f"{code}  +{phonenumbers.country_code_for_region(code)}")
        for code in sorted(phonenumbers.SUPPORTED_REGIONS)
    ]


@cache
def currencies(language: str) -> Choices:
    """Those that a country pays in today, by their names in the language."""
    codes = {code for region in regions() for code in get_territory_currencies(region[0])}
    return [(code, f"{code}  {get_currency_name(code, locale=language)}") for code in sorted(codes)]


@cache
def languages() -> Choices:
    """Each by its own name."""
    found = [
        (code, str(info["name_local"])) for code, info in LANG_INFO.items() if "name_local" in info
    ]
    return sorted(
        ((code, name[:1].upper() + name[1:]) for code, name in found), key=lambda choice: choice[1]
    )


def including(choices: Choices, value: str) -> Choices:
    """The choices, with one for a value that none of them is."""
    return choices if not value or value in dict(choices) else [(value, value), *choices]


def _is_place(name: str) -> bool:
    return "/" in name and not name.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/"))
