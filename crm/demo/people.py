"""Who the demo's customers are: names, contact, address, and which course their custom takes."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from core.text import fold
from crm.demo import names
from crm.demo.chance import Draw
from crm.demo.logins import PORTAL_CUSTOMER
from customers.services.values import derive

FICTIONAL = len(names.AREA_CODES) * 100
"""How many numbers of the 555-01xx kind there are."""


@dataclass(frozen=True, slots=True)
class Course:
    """
    How long ago a customer came and was last heard of (days), how much work was done (projects,
    dollars each), how much was said.

    The bounds keep clear of the thresholds in days and value, so that each course leads to one
    status, and two days clear of now, so that no conversation of the last day reaches into the
    future.
    """

    since: tuple[int, int]
    quiet: tuple[int, int]
    projects: tuple[int, int]
    dollars: tuple[int, int]
    contacts: tuple[int, int]
    upcoming: float = 0.0


NEW = Course((2, 28), (2, 6), (0, 1), (400, 9_000), (1, 3), 0.3)
STEADY = Course((40, 2200), (2, 100), (0, 3), (300, 16_000), (1, 6), 0.14)
PREMIUM = Course((300, 2600), (2, 100), (2, 3), (26_000, 33_000), (3, 9), 0.2)
VIP = Course((400, 3000), (2, 90), (4, 6), (28_000, 60_000), (6, 24), 0.25)
FADING = Course((200, 1800), (123, 172), (0, 2), (300, 14_000), (1, 5))
INACTIVE = Course((250, 2000), (185, 530), (0, 2), (300, 14_000), (1, 5))
LOST = Course((700, 3600), (560, 1500), (0, 2), (300, 18_000), (1, 4))

PORTAL = replace(STEADY, upcoming=1.0)
"""Whoever tries the portal finds something there."""

COURSES = (
    *[NEW] * 8,
    *[STEADY] * 44,
    *[PREMIUM] * 7,
    *[VIP] * 5,
    *[FADING] * 8,
    *[INACTIVE] * 15,
    *[LOST] * 13,
)


@dataclass(slots=True)
class Person:
    """One customer's names, contact and address; the derived columns are the domain's to set."""

    first_name: str
    last_name: str
    gender: str
    city: tuple[str, float, float, tuple[str, ...]]
    street: str
    postal_code: str
    company_name: str = ""
    is_business: bool = False
    email: str = ""
    phone: str = ""
    whatsapp_number: str = ""
    alternative_phones: list[str] = field(default_factory=list)
    first_key: str = ""
    last_key: str = ""
    company_key: str = ""
    email_key: str = ""
    search_text: str = ""


def phone(number: int, size: int) -> str:
    """
    The `number`-th phone, unique: 555-01xx while a set of `size` customers finds room there, else
    any exchange but 555.
    """
    area = names.AREA_CODES[number % len(names.AREA_CODES)]
    turn = number // len(names.AREA_CODES)
    if size <= FICTIONAL:
        return f"+1{area}55501{turn * 37 % 100:02}"
    exchange, line = divmod(turn * 7919 % 7_980_000, 10_000)
    return f"+1{area}{200 + exchange + (exchange >= 355)}{line:04}"


class DemoPeople:
    """The people of one organization and environment, one after the other."""

    def __init__(self, draw: Draw, *, size: int, portal: bool) -> None:
        self._draw = draw
        self._size = size
        self._portal = portal
        self._seen: Counter[str] = Counter()
        self._recent: list[Person] = []

    def next(self, number: int) -> Person:
        if number == 0 and self._portal:
            person = self._portal_customer()
        elif self._recent and self._draw.chance(0.02):
            person = self._again(self._draw.pick(self._recent))
        else:
            person = self._newcomer(number)
        derive(person)  # type: ignore[arg-type]
        if len(self._recent) > 60:
            del self._recent[:40]
        self._recent.append(person)
        return person

    def _newcomer(self, number: int) -> Person:
        draw = self._draw
        person = self._somebody()
        if draw.chance(0.06):
            self._found_company(person)
        reached = draw.random()
        if reached < 0.95:
            person.email = self._address(
                person.company_name or f"{person.first_name}.{person.last_name}"
            )
        if reached > 0.04:
            person.phone = phone(number, self._size)
            if draw.chance(0.35):
                person.whatsapp_number = person.phone
            if draw.chance(0.03):
                person.alternative_phones.append(phone(self._size + number, self._size))
        return person

    def _somebody(self) -> Person:
        draw = self._draw
        female = draw.chance(0.5)
        city = draw.pick(names.CITIES)
        return Person(
            first_name=draw.pick(names.FEMALE if female else names.MALE),
            last_name=draw.pick(names.LAST),
            gender="" if draw.chance(0.2) else "female" if female else "male",
            city=city,
            street=f"{draw.between(100, 39_999)} {draw.pick(names.STREETS)}",
            postal_code=draw.pick(city[3]),
        )

    def _found_company(self, person: Person) -> None:
        person.is_business = True
        person.gender = ""
        person.company_name = (
            f"{person.last_name} {self._draw.pick(names.BUSINESS_KINDS)} "
            f"{self._draw.pick(names.COMPANY_FORMS)}"
        )

    def _again(self, other: Person) -> Person:
        """
        The same person entered a second time: a nickname or another spelling, another e-mail, no
        phone or a slip in the street.
        """
        first = names.NICKNAMES.get(other.first_name) or fold(other.first_name).title()
        return Person(
            first_name=first,
            last_name=other.last_name if self._draw.chance(0.7) else fold(other.last_name).title(),
            gender=other.gender,
            city=other.city,
            street=other.street.replace("Street", "St")
            .replace("Avenue", "Ave")
            .replace("Road", "Rd")
            .replace("Drive", "Dr"),
            postal_code=other.postal_code,
            company_name=other.company_name,
            is_business=other.is_business,
            email=self._address(f"{first}{other.last_name}"),
        )

    def _portal_customer(self) -> Person:
        city = names.CITIES[7]
        number = phone(0, self._size)
        return Person(
            "Casey",
            "Morgan",
            "",
            city,
            "412 Maple Street",
            "48067",
            email=PORTAL_CUSTOMER,
            phone=number,
            whatsapp_number=number,
        )

    def _address(self, name: str) -> str:
        local = ".".join(
            "".join(
                letter if letter.isascii() and letter.isalnum() else " " for letter in fold(name)
            ).split()
        )
        self._seen[local] += 1
        count = self._seen[local]
        return f"{local}{count if count > 1 else ''}@{self._draw.pick(names.MAIL_DOMAINS)}"


def row_of(person: Person, draw: Draw) -> dict[str, Any]:
    """The columns that say who and where the customer is."""
    name, latitude, longitude, _ = person.city
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "company_name": person.company_name,
        "is_business": person.is_business,
        "email": person.email,
        "phone": person.phone,
        "whatsapp_number": person.whatsapp_number,
        "alternative_phones": "["
        + ", ".join(f'"{number}"' for number in person.alternative_phones)
        + "]",
        "gender": person.gender,
        "street": person.street,
        "city": name,
        "state": "MI",
        "postal_code": person.postal_code,
        "country": "US",
        "latitude": f"{latitude + draw.random() * 0.06 - 0.03:.6f}",
        "longitude": f"{longitude + draw.random() * 0.06 - 0.03:.6f}",
        "first_key": person.first_key,
        "last_key": person.last_key,
        "company_key": person.company_key,
        "city_key": fold(name),
        "email_key": person.email_key,
        "search_text": person.search_text,
    }
