"""
Creating many customers, validated, deduplicated and audited, against bare COPY into a staging
table.
"""

from collections.abc import Iterator
from typing import Any

from bench.measuring import Line, clock, peak, raw
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from customers.services.bulk_creation import create_customers

ROWS = 20_000
COLUMNS = ("first_name", "last_name", "email", "phone", "city", "state", "postal_code", "source")


def rows(start: int) -> list[dict[str, Any]]:
    cities = ("Detroit", "Troy", "Novi", "Canton")
    return [
        {
            "first_name": "Bench",
            "last_name": f"Import{number}",
            "email": f"import{number}@bench.example",
            "phone": f"+1947{number:07}",
            "city": cities[number % 4],
            "state": "MI",
            "postal_code": "48124",
            "source": "referral",
        }
        for number in range(start, start + ROWS)
    ]


def copied(data: list[dict[str, Any]]) -> None:
    with raw() as connection, connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE staging ({', '.join(f'{name} text' for name in COLUMNS)})"
        )
        with cursor.copy(f"COPY staging ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in data:
                copy.write_row([row[name] for name in COLUMNS])


def measured() -> Iterator[Line]:
    organization = Organization.objects.get(slug="demo")
    actor = Actor.system(organization=organization, label="benchmark", environment=Environment.LIVE)
    data = rows(1)
    bare = clock(lambda: copied(data))
    with peak() as grown:
        ours = clock(lambda: create_customers(actor=actor, rows=data))
    bare = (bare + clock(lambda: copied(data))) / 2
    note = (
        f"{ROWS / ours:,.0f} rows/s, memory + {grown[0]:.0f} MB; a sample: {ROWS:,} rows, not "
        "100,000"
    )
    yield Line(f"import of {ROWS:,}", ours * 1000, bare * 1000, "ms", ours / bare, 20, note=note)
