"""
Writes `written_phones.csv`: libphonenumber's example numbers of 20 countries, each as people,
spreadsheets and other programs write it; without a number where it must be refused.

Run it from the root of the repository: `python -m tests.core.written_phones`.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberFormat as Format
from phonenumbers import PhoneNumberType as Kind

TABLE = Path(__file__).with_suffix(".csv")
COUNTRIES = [
    "US",
    "CA",
    "MX",
    "GB",
    "IE",
    "DE",
    "AT",
    "CH",
    "FR",
    "ES",
    "IT",
    "NL",
    "SE",
    "PL",
    "BR",
    "AR",
    "IN",
    "AU",
    "JP",
    "ZA",
]
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")

Row = tuple[str, str, str, str]
"""Region, as written, E.164 (empty: refused), extension."""


def forms(region: str) -> Iterator[Row]:
    """The fifteen forms of the region's mobile number; one has its landline beside it."""
    number = phonenumbers.example_number_for_type(region, Kind.MOBILE)
    other = phonenumbers.example_number_for_type(region, Kind.FIXED_LINE)
    e164, international, national = (
        phonenumbers.format_number(number, form)
        for form in (Format.E164, Format.INTERNATIONAL, Format.NATIONAL)
    )
    also = phonenumbers.format_number(other, Format.NATIONAL)
    code = f"+{number.country_code}"
    rest = e164.removeprefix(code)
    dotted = "".join(each if each.isdigit() else "." for each in national).strip(".")
    right = [
        e164,
        international,
        national,
        f"00{e164[1:]}",
        f"{code} (0) {rest}",
        dotted.replace("..", "."),
        f"{national} (cell)",
        f"móvil: {national}",
        f"{international} - work",
        f"tel:{international.replace(' ', '-')}",
        national.translate(WIDE),
        f"{e164}.0",
    ]
    yield from ((region, text, e164, "") for text in right)
    yield region, f"{national} ext. 345", e164, "345"
    yield region, f"{national} / {also}", "", ""
    yield region, f"{int(e164[1:]):.5E}", "", ""


def main() -> None:
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["region", "written", "number", "extension"])
        for region in COUNTRIES:
            writer.writerows(forms(region))


if __name__ == "__main__":
    main()
