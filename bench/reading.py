"""Lists, search, details and statistics, against raw statements that give the same JSON."""

import itertools
import re
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import quote

import orjson
from django.db import connection
from django.db.models import QuerySet

from bench import client, ordinary
from bench.measuring import Line, at_most, in_turns, raw, sql
from bench.naive import ordinary as naive
from core.tenancy.models import Organization
from core.tenancy.scoping import CountedQuerySet
from core.text import email_key, fold

RENAMED = {
    "street_address": "street",
    "zip_code": "postal_code",
    "original_source": "source",
    "referred_by": "referred_by_id",
    "assigned_to": "assigned_to_id",
    "email_opt_in": "notify_email",
    "sms_opt_in": "notify_sms",
    "marketing_opt_in": "marketing_consent",
    "total_value": "lifetime_value",
    "last_interaction": "last_interaction_at",
    "avg_project_value": "round(lifetime_value / nullif(project_count, 0))",
    "tags": "(SELECT string_agg(t.name, ',' ORDER BY t.name) FROM customers_customertag l "
    "JOIN customers_tag t ON t.id = l.tag_id "
    "WHERE l.customer_id = c.id)",
}
"""Keys of an answer that aren't the names of their columns."""

LIVING = "c.organization_id = %s AND c.environment = 'live' AND c.deleted_at IS NULL"
ORDER = "ORDER BY c.created_at DESC, c.id DESC"
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


def dump(value: Any) -> bytes:
    return orjson.dumps(value, default=float, option=OPTIONS)


class Raw:
    """What psycopg and orjson need at least for the same JSON."""

    def __init__(self) -> None:
        self.connection = raw()
        self.organization = Organization.objects.get(slug="demo").pk
        keys = client.get("/api/customers?per_page=1")["data"][0]
        self.columns = ", ".join(f"{RENAMED.get(key, f'c.{key}')} AS {key}" for key in keys)

    def rows(self, statement: str, parameters: Any) -> list[dict[str, Any]]:
        return self.connection.execute(statement, parameters).fetchall()

    def page(
        self, where: str = "true", parameters: Any = (), *, total: bool = True, offset: int = 0
    ) -> bytes:
        """A page of fifty; a deep one fetches the ids first."""
        ids = (
            f"SELECT c.id FROM customers_customer c WHERE {LIVING} AND {where} {ORDER} "
            f"LIMIT 50 OFFSET {offset}"
        )
        chosen = f"c.id IN ({ids})" if offset else f"{LIVING} AND {where}"
        sought = [self.organization, *parameters]
        rows = self.rows(
            f"SELECT {self.columns} FROM customers_customer c WHERE {chosen} {ORDER} LIMIT 50",
            sought,
        )
        count = (
            self.rows(
                f"SELECT count(*) AS n FROM customers_customer c WHERE {LIVING} AND {where}", sought
            )[0]["n"]
            if total
            else None
        )
        return dump({"data": rows, "total": count})

    def detail(self, key: str) -> bytes:
        customer = self.rows(
            f"SELECT {self.columns} FROM customers_customer c WHERE {LIVING} AND c.id = %s",
            [self.organization, key],
        )
        history = self.rows(
            "SELECT i.id, i.customer_id, i.type, i.occurred_at, i.notes, i.outcome, "
            "i.created_by_id, u.email, i.created_at, i.updated_at "
            "FROM interactions_interaction i LEFT JOIN identity_user u ON u.id = i.created_by_id "
            "WHERE i.customer_id = %s "
            "ORDER BY i.occurred_at DESC, i.id DESC LIMIT 50",
            [key],
        )
        projects = self.rows(
            "SELECT * FROM customers_project WHERE customer_id = %s "
            "ORDER BY created_at DESC, id DESC",
            [key],
        )
        return dump({"data": customer, "interaction_history": history, "projects": projects})


@contextmanager
def uncounted() -> Iterator[None]:
    """Totals cost nothing: so much of a list is not its total."""
    with (
        mock.patch.object(QuerySet, "count", return_value=1_000_000),
        mock.patch.object(CountedQuerySet, "count", return_value=1_000_000),
    ):
        yield


def floor() -> bytes:
    """A signed-in, counted request that reads nothing beside."""
    return client.call("GET", "/api/auth/me")


def totals(path: str) -> Iterator[Line]:
    """What the exact total adds to a list without a filter and with each usual one."""
    owner = sql(
        "SELECT assigned_to_id FROM customers_customer WHERE assigned_to_id IS NOT NULL "
        "AND organization_id = %s GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
        [Organization.objects.get(slug="demo").pk],
    )[0][0]
    tag = client.get("/api/tags?per_page=1")["data"][0]["name"]
    for name, query in {
        "no filter": "",
        "status": "&status=churned",
        "segment": "&segment=premium",
        "tag": f"&tags={quote(tag)}",
        "owner": f"&assigned_to={owner}",
    }.items():
        url = path + query

        def counted(url: str = url) -> None:
            client.call("GET", url)

        def plain(url: str = url) -> None:
            with uncounted():
                client.call("GET", url)

        with_total, without = in_turns(counted, plain, repeat=25)
        added = statistics.median(
            one - other for one, other in zip(with_total, without, strict=True)
        )
        yield Line(
            f"the total of a list: {name}",
            statistics.median(with_total) * 1000,
            statistics.median(without) * 1000,
            "ms",
            max(added * 1000, 0.0),
            3,
            note="ratio: the milliseconds that it adds",
        )


def scans(work: Callable[[], Any]) -> int:
    """How many of the statements that `work` makes read all customers one after the other."""
    found = 0

    def watch(execute: Any, statement: str, parameters: Any, many: bool, context: Any) -> Any:
        nonlocal found
        if statement.startswith("SELECT") and "customers_customer" in statement:
            with connection.connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + statement, parameters)
                plan = "\n".join(row[0] for row in cursor.fetchall())
            found += len(re.findall(r"Seq Scan on customers_customer\b", plan))
        return execute(statement, parameters, many, context)

    with connection.execute_wrapper(watch):
        work()
    return found


def terms(organization: Any) -> dict[str, str]:
    """A term of each kind."""
    where = (
        "FROM customers_customer WHERE organization_id = %s AND environment = 'live' "
        "AND deleted_at IS NULL"
    )
    frequent = sql(
        f"SELECT last_key {where} AND last_key <> '' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
        [organization],
    )[0][0]
    first, last, email, phone = sql(
        f"SELECT first_name, last_name, email, phone {where} AND email <> '' AND phone <> '' "
        "AND first_name <> '' AND last_name <> '' "
        "ORDER BY id DESC OFFSET 777 LIMIT 1",
        [organization],
    )[0]
    return {
        "a frequent name": frequent,
        "two words": f"{first} {last}",
        "an e-mail": email,
        "a phone number": phone,
        "seven digits": phone[-7:],
        "a domain": "@" + email.rpartition("@")[2],
        "two letters": frequent[:2],
        "nothing": "zzqxj",
    }


def condition(kind: str, term: str) -> tuple[str, list[str]]:
    """What answers fastest: an exact address is looked up."""
    if kind == "an e-mail":
        return "c.email_key = %s AND c.email_key <> ''", [email_key(term)]
    if kind == "a phone number":
        return "c.phone = %s AND c.phone <> ''", [term]
    words = [fold(word) for word in term.split()]
    if len(words) == 1 and len(words[0]) < 3:
        return "(c.first_key LIKE %s OR c.last_key LIKE %s OR c.company_key LIKE %s)", [
            words[0] + "%"
        ] * 3
    return " AND ".join(["c.search_text LIKE %s"] * len(words)), [f"%{word}%" for word in words]


def measured() -> Iterator[Line]:
    yield from ordinary.measured()
    raw = Raw()
    path = "/api/customers?per_page=50"
    filtered = "c.status = 'active' AND c.lifetime_value >= 10000"
    filters = path + "&status=active&min_lifetime_value=10000"
    with uncounted():
        yield at_most(
            "list of 50, filtered, without its total",
            lambda: client.call("GET", filters),
            lambda: raw.page(filtered, total=False),
            bar=1.5,
            note="both read one index; sign-in, limits and compiling the filters are the rest",
        )
    yield at_most(
        "the same with its exact total",
        lambda: client.call("GET", filters),
        lambda: raw.page(filtered),
        bar=1.3,
        ordinary=naive("get", "?status=active&min_lifetime_value=10000"),
    )
    with uncounted():
        yield at_most(
            "list of 50 of a rare status, without its total",
            lambda: client.call("GET", path + "&status=churned"),
            lambda: raw.page("c.status = 'churned'", total=False),
            bar=1.5,
            note="sign-in, limits and filters are in ours, and longer than the statement",
        )
    yield from totals(path)
    total = client.get("/api/customers?per_page=1")["pagination"]["total"]
    deep = min(2000, total // 100)
    yield at_most(
        f"page {deep}",
        lambda: client.call("GET", f"{path}&page={deep}"),
        lambda: raw.page(offset=(deep - 1) * 50),
        bar=1.5,
        ordinary=naive("get", f"?page={deep}"),
        note="both with total",
    )
    for kind, term in terms(raw.organization).items():
        where, parameters = condition(kind, term)
        url = f"{path}&search={quote(term)}"
        bad = scans(lambda url=url: client.call("GET", url))
        note = "SEQUENTIAL SCAN" if bad else "no sequential scan"
        if kind == "nothing":
            note += "; one statement beside sign-in: reading filters and compiling it are the rest"
        yield at_most(
            f"search: {kind}",
            lambda url=url: client.call("GET", url),
            lambda where=where, parameters=parameters: raw.page(where, parameters),
            floor=floor,
            bar=0 if bad else 3,
            ordinary=naive("get", f"?search={quote(term)}"),
            repeat=9,
            note=note,
        )
    keys = [
        str(row[0])
        for row in sql(
            "SELECT id FROM customers_customer c WHERE "
            + LIVING
            + " ORDER BY md5(id::text) LIMIT 200",
            [raw.organization],
        )
    ]
    mine, theirs = itertools.cycle(keys), itertools.cycle(keys)
    detail = "/api/customers/{}?include_history=true&include_projects=true"
    yield at_most(
        "detail with history, projects, insights",
        lambda: client.call("GET", detail.format(next(mine))),
        lambda: raw.detail(next(theirs)),
        floor=floor,
        bar=4,
        ordinary=naive("get", act="retrieve", pk=keys[0]),
        repeat=100,
        note="three statements beside sign-in, each compiled once",
    )
    one_pass = (
        "SELECT c.status, c.segment, count(*), sum(c.lifetime_value) FROM customers_customer c "
        f"WHERE {LIVING} GROUP BY 1, 2"
    )
    for name, address in {
        "statistics": "/api/customers/stats",
        "statistics of the messaging API": "/api/v2/customers/stats/summary",
    }.items():
        yield at_most(
            name,
            lambda address=address: client.call("GET", address),
            lambda: raw.rows(one_pass, [raw.organization]),
            floor=floor,
            bar=0.05,
            ordinary=naive("get", act="stats"),
            repeat=9,
            note="limit: one pass over everyone",
        )
