"""
What each index of the customers costs a write, and which requests read it: bytes of the write-ahead
log by relation, of customers created and recalculated, and the scans that PostgreSQL counts.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from bench import client
from bench.measuring import Line, sql
from bench.reading import terms
from bench.recalculation import aggregates
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from crm.api.roofing.filters import SORTS
from customers.services.recalculation import recalculate_organization

TABLE = "customers_customer"
ROWS = 100
SPOIL = (
    "UPDATE customers_customer SET health_score = (health_score + 1) %% 100 WHERE id IN (SELECT id "
    f"FROM {TABLE} WHERE organization_id = %s ORDER BY md5(id::text) LIMIT {ROWS})"
)
"""Scores that are wrong by one, which time does too."""

_RELATION = re.compile(r"rel \d+/\d+/(\d+)")


def log_of(work: Callable[[], Any]) -> Counter[str]:
    """Relation → bytes of the log that `work` writes of it, whole pages left out."""
    files = dict(
        sql(
            "SELECT relfilenode, relname FROM pg_class WHERE oid = %s::regclass OR oid IN "
            "(SELECT indexrelid FROM pg_index WHERE indrelid = %s::regclass)",
            [TABLE, TABLE],
        )
    )
    (start,) = sql("SELECT pg_current_wal_insert_lsn()")[0]
    work()
    found: Counter[str] = Counter()
    for length, pages, blocks in sql(
        "SELECT record_length, fpi_length, block_ref "
        "FROM pg_get_wal_records_info(%s, pg_current_wal_flush_lsn()) WHERE block_ref <> ''",
        [start],
    ):
        file = _RELATION.search(blocks)
        if file and int(file[1]) in files:
            found[files[int(file[1])]] += length - pages
    return found


def scans() -> dict[str, int]:
    """Index → how often it has been read so far."""
    sql("SELECT pg_stat_force_next_flush()")
    rows = sql(
        "SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE relname = %s", [TABLE]
    )
    return dict(rows)


def requests(organization: Organization) -> dict[str, Callable[[], Any]]:
    """What is usually asked, by name."""
    (row,) = client.get("/api/customers?per_page=1&page=30")["data"]
    owner = sql(
        f"SELECT assigned_to_id FROM {TABLE} WHERE organization_id = %s AND assigned_to_id IS NOT "
        "NULL LIMIT 1",
        [organization.pk],
    )[0][0]
    paths = {
        "list": "",
        "status": "&status=churned",
        "segment": "&segment=premium",
        "owner": f"&assigned_to={owner}",
        "city": f"&city={quote(row['city'] or 'Troy')}",
        "value": "&status=active&min_lifetime_value=10000",
        **{f"sorted by {name}": f"&sort={name}:desc" for name in SORTS},
        **{
            f"search: {kind}": f"&search={quote(term)}"
            for kind, term in terms(organization.pk).items()
        },
    }
    actor = Actor.system(organization=organization, label="benchmark", environment=Environment.LIVE)
    return {
        name: lambda query=query: client.call("GET", f"/api/customers?per_page=50{query}")
        for name, query in paths.items()
    } | {
        "detail": lambda: client.call("GET", f"/api/customers/{row['id']}"),
        "statistics": lambda: client.call("GET", "/api/customers/stats"),
        "recalculation": lambda: recalculate_organization(actor=actor),
        "referrals": lambda: aggregates(organization),
    }


def measured() -> Iterator[Line]:
    organization = Organization.objects.get(slug="demo")
    sql("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
    readers: dict[str, list[str]] = defaultdict(list)
    for name, ask in requests(organization).items():
        before = scans()
        ask()
        for index, times in scans().items():
            if times > before.get(index, 0):
                readers[index].append(name)

    def create() -> None:
        for number in range(ROWS):
            values = {"first_name": "Bench", "last_name": f"Index{number}", "city": "Troy"}
            values |= {"email": f"index{number}@bench.example", "phone": f"947555{number:04}"}
            client.call("POST", "/api/customers", values)

    created = log_of(create)
    moved = log_of(lambda: sql(SPOIL, [organization.pk]))
    sizes = dict(
        sql(
            "SELECT indexrelname, pg_relation_size(indexrelid) / 1e6 FROM pg_stat_user_indexes "
            "WHERE relname = %s",
            [TABLE],
        )
    )
    for index in sorted(sizes, key=lambda name: -created[name]):
        bytes_of_new, bytes_of_moved = created[index] / ROWS, moved[index] / ROWS
        row = created[TABLE] / ROWS
        note = (
            f"bytes of the log a new customer (limit: of the row itself), {bytes_of_moved:.0f} a "
            f"changed score, {sizes[index]:,.1f} MB; read by "
            f"{', '.join(readers[index]) or 'nothing here'}"
        )
        yield Line(f"index {index}", bytes_of_new, row, "B", bytes_of_new / row, None, note=note)
