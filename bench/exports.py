"""
Exporting an organization's customers, all columns, as CSV: the product's streamed answer, bare
COPY, and a loop in Python.
"""

import csv
import os
from collections.abc import Iterator

from django.db.models import F

from bench import client
from bench.measuring import Line, clock, peak, rates, raw
from bench.reading import Raw
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from customers.models import Customer


def product() -> None:
    client.call("GET", "/api/customers/export?fields=" + ",".join(columns()), kept=False)


def columns() -> list[str]:
    return list(client.get("/api/customers?per_page=1")["data"][0])


def copied() -> None:
    """The same columns by COPY, thrown away."""
    source = Raw()
    tenant = (
        f"organization_id = '{source.organization}' AND environment = 'live' AND deleted_at IS NULL"
    )
    statement = f"SELECT {source.columns} FROM customers_customer c WHERE {tenant}"
    with (
        raw().cursor() as cursor,
        cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER)") as copy,
    ):
        for _ in copy:
            pass


def looped() -> None:
    """values_list() through the csv module, without tags."""
    organization = Organization.objects.get(slug="demo")
    rows = Customer.objects.unscoped().filter(
        organization=organization, environment=Environment.LIVE, deleted_at=None
    )
    names = [field.attname for field in Customer._meta.concrete_fields]
    with open(os.devnull, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(
            rows.annotate(owner=F("organization__name"))
            .values_list(*names, "owner")
            .iterator(chunk_size=2000)
        )


def measured() -> Iterator[Line]:
    total = client.get("/api/customers?per_page=1")["pagination"]["total"]
    with peak() as grown:
        ours = clock(product)
    bare, again, bare_again = clock(copied), clock(product), clock(copied)
    ours, bare = min(ours, again), min(bare, bare_again)
    yield rates(
        f"export of {total:,}, against bare COPY",
        total / ours,
        total / bare,
        bar=0.85,
        note="the same columns, tags included",
    )
    yield Line("… its memory", grown[0], 30, "MB", grown[0] / 30, 1, note="read piece by piece")
    yield rates("… against values_list().iterator()", total / ours, total / clock(looped), bar=None)
