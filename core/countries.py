"""Countries by whatever name people give them, in several languages."""

from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global
from phonenumbers import SUPPORTED_REGIONS

from core.text import fold

_LANGUAGES = (
    *("en", "es", "fr", "de", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "hu", "ro"),
    *("tr", "el", "ru", "uk", "ar", "he", "hi", "ja", "ko", "zh", "id", "vi", "th"),
)
_OTHER_NAMES = {
    **dict.fromkeys(("america", "united states of america", "u.s.", "u.s.a.", "the us"), "US"),
    **dict.fromkeys(("ee.uu.", "ee. uu.", "eeuu", "etats unis", "vereinigte staaten"), "US"),
    **dict.fromkeys(("uk", "u.k.", "great britain", "britain", "england", "scotland"), "GB"),
    **dict.fromkeys(("wales", "northern ireland", "inglaterra", "gran bretana"), "GB"),
    **dict.fromkeys(("holland", "holanda", "the netherlands"), "NL"),
    **dict.fromkeys(("mejico", "estados unidos mexicanos"), "MX"),
    **dict.fromkeys(("czech republic", "republica checa"), "CZ"),
    **dict.fromkeys(("south korea", "korea", "corea", "corea del sur"), "KR"),
    **dict.fromkeys(("turkey", "turquia"), "TR"),
    "russia": "RU",
    "uae": "AE",
    "brd": "DE",
}


@lru_cache(1000)
def region_of(country: str) -> str:
    """
    The ISO 3166 alpha-2 code of a country given by its code (two or three letters) or by its name
    in one of 28 languages (CLDR); empty when it isn't known.
    """
    key = fold(country).strip()
    if key.upper() in SUPPORTED_REGIONS:  # most are codes, and spare the table of names
        return key.upper()
    return _regions().get(key) or _regions().get(key.strip(".")) or "" if key else ""


@cache
def _regions() -> dict[str, str]:
    """Folded name or code → region."""
    found: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "QO", "ZZ"):
                found.setdefault(fold(name), code)
                found[code.lower()] = code
    for code, alias in get_global("territory_aliases").items():
        if len(code) == 3 and code.isalpha() and len(alias) == 1:
            found.setdefault(code.lower(), alias[0])
    return {**found, **_OTHER_NAMES}
