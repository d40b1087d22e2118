"""
Of planted pairs of ten kinds among many who are nobody's look-alikes, how many are found, and how
many of the surest ones that are found were planted. A fiftieth of the customers is planted twice.
"""

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from core.identity.services import actor_of
from core.text import fold
from crm.demo import names
from customers.models import DuplicatePair
from customers.services.bulk_creation import create_customers
from customers.services.comparing import check_pairs, compare_pending, places
from customers.services.customers import create_customer
from tests.cast import Cast
from tests.prove.conftest import MEASURED, record_proof, size_of

CUSTOMERS = size_of("LOOKALIKES", quick=10_000, full=100_000)
PLANTED = CUSTOMERS // 50

Values = dict[str, Any]
AREAS = ("248", "313", "586", "734", "810", "947")


def somebody(chance: random.Random, number: int) -> Values:
    """As demo data are: most with a mailbox, a third with a birthday, some without a street."""
    first = chance.choice(names.FEMALE + names.MALE)
    last = chance.choice(names.LAST)
    city = chance.choice(names.CITIES)
    born = dt.date(1940, 1, 1) + dt.timedelta(days=chance.randrange(24_000))
    values: Values = {
        "first_name": first,
        "last_name": last,
        "street": f"{chance.randrange(100, 9999)} {chance.choice(names.STREETS)}",
        "city": city[0],
        "postal_code": chance.choice(city[3]),
        "phone": f"+1{AREAS[number % 6]}{2_000_000 + number}",
        "email": f"{fold(first)}.{fold(last).replace(chr(8217), '')}{number}@gmail.com",
        "date_of_birth": born.isoformat(),
    }
    if chance.random() < 0.06:
        values |= {"is_business": True, "company_name": f"{last} {chance.choice(FIRMS)} Ltd"}
    for name, share in (("email", 0.17), ("date_of_birth", 0.67), ("street", 0.1)):
        if chance.random() < share:
            del values[name]
    return values


FIRMS = names.BUSINESS_KINDS


def slip(chance: random.Random, word: str) -> str:
    """A letter left out, doubled, changed or swapped with the next."""
    place = chance.randrange(1, len(word) - 1)
    return chance.choice(
        [
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + chance.choice("aeinrst") + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        ]
    )


def _home(row: Values) -> Values:
    row.setdefault("street", "77 Oak Street")
    return {name: row[name] for name in ("street", "city", "postal_code")}


def _named(row: Values) -> Values:
    return {"first_name": row["first_name"], "last_name": row["last_name"]}


def typo(chance: random.Random, row: Values) -> Values:
    return _named(row) | _home(row) | {"last_name": slip(chance, row["last_name"])}


def swapped(chance: random.Random, row: Values) -> Values:
    return _home(row) | {"first_name": row["last_name"], "last_name": row["first_name"]}


def nickname(chance: random.Random, row: Values) -> Values:
    row["first_name"] = chance.choice(list(names.NICKNAMES))
    return _named(row) | _home(row) | {"first_name": names.NICKNAMES[row["first_name"]]}


def plus(chance: random.Random, row: Values) -> Values:
    local, domain = row.setdefault("email", f"p{row['phone'][1:]}@example.com").split("@")
    return _named(row) | {"email": f"{local}+{chance.choice(['shop', 'new', '2'])}@{domain}"}


def dots(chance: random.Random, row: Values) -> Values:
    row["email"] = f"d{row['phone'][1:]}@gmail.com"
    place = chance.randrange(2, 6)
    return _named(row) | {"email": f"{row['email'][:place]}.{row['email'][place:]}"}


def spelled(chance: random.Random, row: Values) -> Values:
    digits = row["phone"][2:]
    forms = [
        f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
        f"001 {digits}",
        f"{digits[:3]}.{digits[3:]}",
    ]
    return _named(row) | {"alternative_phones": [chance.choice(forms)]}


def variant(chance: random.Random, row: Values) -> Values:
    named = chance.choice(
        [
            {"first_name": row["first_name"][:1], "last_name": row["last_name"]},
            {
                "first_name": f"{row['first_name']} {chance.choice(names.FEMALE)}",
                "last_name": row["last_name"],
            },
            {"first_name": f"{row['first_name']} {row['last_name']}"},
            {"first_name": slip(chance, row["first_name"]), "last_name": row["last_name"]},
        ]
    )
    return {**named, "alternative_phones": [row["phone"]]}


def suffix(chance: random.Random, row: Values) -> Values:
    firm = f"{row['last_name']} {chance.choice(FIRMS)}"
    row |= {"is_business": True, "company_name": f"{firm} Ltd"}
    ending = chance.choice([" Limited", ", Inc.", " LLC", ""])
    return _home(row) | {"is_business": True, "company_name": f"{firm}{ending}"}


def married(chance: random.Random, row: Values) -> Values:
    row.setdefault("date_of_birth", "1980-05-17")
    born = {"date_of_birth": row["date_of_birth"]}
    return plus(chance, row) | born | {"last_name": chance.choice(names.LAST)}


def accents(chance: random.Random, row: Values) -> Values:
    first, last, plain, typed = chance.choice(WRITTEN)
    row |= {"first_name": first, "last_name": last}
    return _home(row) | {"first_name": plain, "last_name": typed}


WRITTEN = [
    ("José", "Núñez", "Jose", "Nunez"),
    ("Jürgen", "Müller", "Juergen", "Mueller"),
    ("Łukasz", "Wójcik", "Lukasz", "Wojcik"),
    ("Иван", "Петров", "Ivan", "Petrov"),
    ("Zoë", "Sørensen", "Zoe", "Sorensen"),
]

KINDS: list[Callable[[random.Random, Values], Values]] = [
    *(typo, swapped, nickname, plus, dots, spelled, variant, suffix, married, accents)
]


@pytest.mark.django_db
def test_planted_pairs_are_found_and_few_others(cast: Cast) -> None:
    actor, chance = actor_of(cast.alice), random.Random(1)
    rows = [somebody(chance, number) for number in range(CUSTOMERS)]
    kinds = [KINDS[number % len(KINDS)] for number in range(PLANTED)]
    for number, kind in enumerate(kinds):
        copy = kind(chance, rows[number])
        rows.append(copy)
    made = create_customers(actor=actor, rows=rows)
    assert not [each.error for each in made if each.error]
    ids: list[Any] = [each.customer_id for each in made]
    planted: dict[tuple[UUID, UUID], str] = {}
    for number, kind in enumerate(kinds):
        one, other = sorted((ids[number], ids[CUSTOMERS + number]))
        planted[one, other] = kind.__name__
    began = time.perf_counter()
    compared = compare_pending()
    seconds = time.perf_counter() - began
    ordered = DuplicatePair.objects.unscoped().order_by("-score", "id")
    found = list(ordered.values_list("customer", "other"))
    surest = set(found[:PLANTED])
    missed = Counter(kind for pair, kind in planted.items() if pair not in set(found))
    recall = 1 - missed.total() / PLANTED
    precision = len(surest & planted.keys()) / PLANTED
    began = time.perf_counter()
    create_customer(actor=actor, values=somebody(chance, CUSTOMERS))
    inserted = time.perf_counter() - began
    began = time.perf_counter()
    compare_pending()
    one = time.perf_counter() - began
    MEASURED.extend(
        [
            ("duplicates: customers, of them planted", f"{compared}, {PLANTED}"),
            ("duplicates: recall among all kept", f"{recall:.1%} of {len(found)} ({dict(missed)})"),
            ("duplicates: precision of the surest", f"{precision:.1%} of {PLANTED}"),
            ("duplicates: compared a second", f"{compared / seconds:.0f}"),
            (
                "duplicates: one creation, one comparison",
                f"{inserted * 1e3:.0f}, {one * 1e3:.0f} ms",
            ),
        ]
    )
    assert recall >= 0.95, missed
    assert precision >= 0.9
    for place in places():
        assert check_pairs(place).is_none
    record_proof(
        27,
        f"{recall:.1%} of {PLANTED:,} pairs of {len(KINDS)} kinds among {CUSTOMERS:,} customers, "
        f"{precision:.1%} of the surest {PLANTED:,} were planted; {compared / seconds:,.0f} "
        f"compared a second, one creation {inserted * 1e3:.0f} ms, one comparison "
        f"{one * 1e3:.0f} ms",
    )
