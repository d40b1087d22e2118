"""
The computed values of customers: one SQL statement for one customer or for all, so that each rule
stands once.

Every app that holds rows of a customer declares which figures they give (`CustomerPart.facts`). The
statement joins them, derives status, segment and engagement, and writes only rows that differ.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.expressions import RawSQL

from core.clock import months_before, now
from core.tenancy.models import Organization
from customers.health import PASSIVE, SCALES
from customers.models import Customer
from customers.parts import Facts, customer_parts

T = TypeVar("T")

OWNERS = "the owners"

Sql = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class IdSpan:
    """
    All customers with ids from `first` to `last`, both included: what work over everyone goes by,
    piece by piece.
    """

    first: UUID
    last: UUID


Which = Sequence[UUID] | IdSpan | None
"""The customers meant: those named, a span, or (None) all of an organization and environment."""


COMPUTED: dict[str, str] = {
    "lifetime_value": "0",
    "project_count": "0",
    "referral_count": "0",
    "referral_value": "0",
    "interaction_count": "0",
    "first_contact_at": "NULL",
    "last_interaction_at": "NULL",
    "last_message_at": "NULL",
    "conversation_count": "0",
    "open_conversation_count": "0",
    "ticket_count": "0",
    "message_count": "0",
    "average_response_seconds": "NULL",
    "total_appointments": "0",
    "last_visit_at": "NULL",
    "total_spent": "0",
    "transaction_count": "0",
    "loyalty_points": "0",
}
"""Column → its value for a customer without rows."""

DERIVED = ("last_activity_at", "status", "segment", "engagement", "health_score", "is_at_risk")

STATUS = """
    CASE WHEN f.status_pinned THEN f.old_status
         WHEN f.last_activity_at <= %s THEN 'churned'
         WHEN f.lifetime_value > %s THEN 'vip'
         WHEN f.last_activity_at <= %s THEN 'inactive'
         ELSE 'active' END"""

SEGMENT = """
    CASE WHEN s.segment_pinned THEN s.old_segment
         WHEN s.lifetime_value > %s THEN 'premium'
         WHEN s.is_referral_partner OR s.referral_count > 0 THEN 'referral_source'
         WHEN s.project_count >= %s THEN 'repeat'
         ELSE 'standard' END"""

ENGAGEMENT = """
    CASE WHEN s.engagement_pinned THEN s.old_engagement
         WHEN s.status = 'vip' OR s.status = 'active' AND s.lifetime_value > %s THEN 'vip'
         WHEN s.status IN ('inactive', 'churned') THEN 'inactive'
         WHEN s.nps_score < %s OR s.last_activity_at <= %s THEN 'at_risk'
         WHEN s.customer_since > %s THEN 'new'
         ELSE 'regular' END"""

AT_RISK = """
    CASE WHEN s.status IN ('inactive', 'churned') OR s.nps_score < %s OR s.last_activity_at <= %s THEN TRUE
         ELSE FALSE END"""  # noqa: E501


def facts() -> list[Facts]:
    return [fact for part in customer_parts() for fact in part.facts]


def recalculate(
    *,
    organization: Organization,
    environment: str,
    customers: Which = None,
    rows_of: IdSpan | None = None,
    labels_only: bool = False,
) -> int:
    """
    Brings every computed column of the customers up to their source rows and the present moment.

    Returns how many rows differed and were written. Touches neither `updated_at` nor `version`. For
    exact figures under concurrent writes, hold the customers' row locks. `rows_of` has the rows of
    a whole span looked through, which is faster when most of its customers are meant. With
    `labels_only` the figures are taken as they stand: no row is looked at, and only what follows
    from the figures and the moment (`DERIVED`, but for the last activity) is brought up to date.
    """
    owners = rows_of or customers
    sql, parameters = _update(organization, environment, customers, owners, labels_only)
    with _cursor(customers) as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def recalculate_rows(
    *,
    organization: Organization,
    environment: str,
    customers: Sequence[UUID],
    labels_only: bool = False,
) -> dict[UUID, dict[str, Any]]:
    """
    `recalculate` for customers at hand. Returns, of those that were written, column → value for all
    computed columns as they are now: no second query has to read what this one has written.
    """
    sql, parameters = _update(organization, environment, customers, customers, labels_only)
    names = (*COMPUTED, *DERIVED)
    table = Customer._meta.db_table
    columns = [Customer._meta.get_field(name).get_col(table) for name in ("id", *names)]  # type: ignore[union-attr]
    returned = ", ".join(f"{table}.{name}" for name in ("id", *names))
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {returned}", parameters)
        rows = cursor.fetchall()
    # instances of so wide a model would cost more than the statement
    compiler = Customer.objects.unscoped().query.get_compiler(DEFAULT_DB_ALIAS)
    converters = compiler.get_converters(columns)
    if converters:
        rows = list(compiler.apply_converters(rows, converters))
    return {key: dict(zip(names, values, strict=True)) for key, *values in rows}


def label_newborn(*, organization: Organization, customers: Sequence[Customer]) -> None:
    """
    Gives unsaved customers the computed columns of somebody to whom no row belongs yet, by the same
    rules, so that they are written once.
    """
    given = attrgetter(*_GIVEN)
    rows = [[place, *given(customer)] for place, customer in enumerate(customers)]
    source = _newborn(connection.vendor)
    told = json.dumps(rows, default=_moment)
    labelled, parameters = _labelled(organization, now(), source, [told])
    labels = ("status", "segment", "engagement", "health_score")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT place, is_at_risk, {', '.join(labels)} FROM ({labelled}) n", parameters
        )
        for place, is_at_risk, *values in cursor.fetchall():
            customer = customers[int(place)]
            customer.is_at_risk, customer.last_activity_at = (
                bool(is_at_risk),
                customer.customer_since,
            )
            for name, value in zip(labels, values, strict=True):
                setattr(customer, name, value)


@cache
def _newborn(vendor: str) -> str:
    """
    What reads unsaved customers and their empty figures out of JSON, composed once; `vendor` is in
    the key alone.
    """
    columns = [_cast(name, f"value ->> {number}") for number, name in enumerate(_GIVEN, 1)]
    named = ", ".join(
        f"{column} AS {f'old_{name}' if name in DERIVED else name}"
        for name, column in zip(_GIVEN, columns, strict=True)
    )
    nothing = ", ".join(f"{_cast(name, value)} AS {name}" for name, value in COMPUTED.items())
    elements = (
        "jsonb_array_elements(%s::jsonb)" if connection.vendor == "postgresql" else "json_each(%s)"
    )
    return (
        f"SELECT c.*, {nothing}, c.customer_since AS last_activity_at "
        f"FROM (SELECT value ->> 0 AS place, {named} FROM {elements} t) c"
    )


_GIVEN = (
    *("status_pinned", "segment_pinned", "engagement_pinned", "status", "segment", "engagement"),
    *("is_referral_partner", "nps_score", "customer_since"),
)
"""What the labels of a customer without rows depend on."""


def _moment(value: dt.datetime) -> str:
    """A moment as JSON tells the database of it."""
    return str(_prepared(value))


def _cast(name: str, value: str) -> str:
    """An expression of the type that the customer's column has, which SQLite doesn't ask about."""
    if connection.vendor != "postgresql":
        return value
    return f"CAST({value} AS {Customer._meta.get_field(name).db_type(connection)})"  # type: ignore[union-attr]


def _update(
    organization: Organization,
    environment: str,
    customers: Which,
    owners: Which,
    labels_only: bool = False,
) -> Sql:
    """The statement by which computed columns become what the rows of `owners` say."""
    table = Customer._meta.db_table
    wrong, parameters = _wrong(organization, environment, customers, owners, labels_only)
    where, meant = _where(table, organization, environment, "id", customers)
    columns = ", ".join(f"{name} = n.{name}" for name in (*COMPUTED, *DERIVED))
    if _are_named(customers):
        sql = (
            f"WITH n AS MATERIALIZED ({wrong}) UPDATE {table} SET {columns} FROM n "
            f"WHERE {table}.id = n.id AND {where}"
        )
    else:
        sql = f"UPDATE {table} SET {columns} FROM ({wrong}) n WHERE {table}.id = n.id AND {where}"
    return sql, [*parameters, *meant]


def differing(
    *,
    organization: Organization,
    environment: str,
    customers: Which = None,
    labels_only: bool = False,
) -> dict[UUID, list[str]]:
    """
    The customers whose computed columns aren't what their source rows say (with `labels_only`: what
    their figures say), and which columns; nothing is locked or written.
    """
    wrong, parameters = _wrong(organization, environment, customers, customers, labels_only)
    names = (*COMPUTED, *DERIVED)
    sql = f"SELECT n.id, {', '.join(map(_differs, names))} FROM ({wrong}) n"
    with _cursor(customers) as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    return {
        _uuid(key): [name for name, differs in zip(names, flags, strict=True) if differs]
        for key, *flags in rows
    }


@contextmanager
def _cursor(customers: Which) -> Iterator[CursorWrapper]:
    """
    Over many customers PostgreSQL is kept from compiling the statement, which takes longer than
    running it, from spreading it over the processors that requests are served by, and (where a
    table has just been filled) from grouping its rows anew for every customer.
    """
    if connection.vendor != "postgresql" or _are_named(customers):
        with connection.cursor() as cursor:
            yield cursor
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL "
                "enable_nestloop = off"
            )
            yield cursor


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _differs(name: str) -> str:
    return (
        f"n.old_{name} {'IS DISTINCT FROM' if connection.vendor == 'postgresql' else 'IS NOT'} n."
        f"{name}"
    )


def _wrong(
    organization: Organization,
    environment: str,
    customers: Which,
    owners: Which,
    labels_only: bool,
) -> Sql:
    """
    The customers of whom some computed column isn't as the rows of `owners` and the present moment
    make it, with all of these columns as they should be and (old_…) as they are.
    """
    inner, parameters = (
        _standing(organization, environment, customers)
        if labels_only
        else _figures(organization, environment, customers, owners)
    )
    labelled, parameters = _labelled(organization, now(), inner, parameters)
    differ = " OR ".join(map(_differs, (*COMPUTED, *DERIVED)))
    return f"SELECT n.* FROM ({labelled}) n WHERE {differ}", parameters


def labels_under(
    *, organization: Organization, environment: str
) -> list[tuple[str, str, str, str, int]]:
    """
    What the living customers' status and segment are, and what they would be by the organization's
    thresholds as they stand in `organization`, saved or not: (status, then, segment, then, how
    many).
    """
    standing, parameters = _standing(organization, environment, None)
    living = f"{standing} AND c.deleted_at IS NULL"
    labelled, parameters = _labelled(organization, now(), living, parameters)
    labels = "n.old_status, n.status, n.old_segment, n.segment"
    with _cursor(None) as cursor:
        if connection.vendor == "postgresql":
            # or it would read every organization's customers, and sort these for a few groups
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(
            f"SELECT {labels}, COUNT(*) FROM ({labelled}) n GROUP BY {labels}", parameters
        )
        return list(cursor.fetchall())


def _labelled(
    organization: Organization, moment: dt.datetime, inner: str, parameters: list[Any]
) -> Sql:
    """The customers of `inner` and their figures, with what follows from these and the moment."""
    health, bounds = _health(moment)
    # or it would work the figures out wherever they are named
    once = " OFFSET 0" if connection.vendor == "postgresql" else ""
    sql = (
        f"SELECT s.*, {SEGMENT} AS segment, {ENGAGEMENT} AS engagement, {AT_RISK} AS is_at_risk, "
        f"{health} AS health_score "
        f"FROM (SELECT f.*, {STATUS} AS status FROM ({inner}{once}) f) s"
    )
    labels = _cutoffs(
        organization,
        moment,
        *("premium", "repeat"),
        *("premium", "detractor", "at_risk", "new"),
        *("detractor", "at_risk"),
    )
    return sql, [
        *labels,
        *bounds,
        *_cutoffs(organization, moment, "churned", "vip", "inactive"),
        *parameters,
    ]


def _cutoffs(organization: Organization, moment: dt.datetime, *names: str) -> list[Any]:
    thresholds: dict[str, Callable[[], Any]] = {
        "churned": lambda: months_before(moment, organization.churned_months),
        "inactive": lambda: moment - dt.timedelta(days=organization.inactive_days),
        "at_risk": lambda: moment - dt.timedelta(days=organization.at_risk_days),
        "new": lambda: moment - dt.timedelta(days=organization.new_days),
        "vip": lambda: organization.vip_lifetime_value,
        "premium": lambda: organization.premium_lifetime_value,
        "repeat": lambda: organization.repeat_projects,
        "detractor": lambda: PASSIVE,
    }
    return [_prepared(thresholds[name]()) for name in names]


def _health(moment: dt.datetime) -> Sql:
    """The health score from its scales."""
    cases: list[str] = []
    bounds: list[Any] = []
    for scale in SCALES:
        bands = scale.reached(moment)
        cases.append(
            f"CASE {' '.join(f'WHEN s.{scale.column} >= %s THEN {points}' for _, points in bands)} "
            "ELSE 0 END"
        )
        bounds += [_prepared(bound) for bound, _ in bands]
    return " + ".join(cases), bounds


def _prepared(value: Any) -> Any:
    """A moment or an amount as the database compares it."""
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return float(value) if isinstance(value, Decimal) and connection.vendor == "sqlite" else value


def _figures(organization: Organization, environment: str, customers: Which, owners: Which) -> Sql:
    """The customers with what the rows of `owners` say, joined fact by fact."""
    sources: dict[str, list[str]] = {}
    activity: list[str] = []
    grouped: list[tuple[str, str]] = []
    parameters: list[Any] = []
    for fact in facts():
        sql, values = _grouped(fact, organization, environment, owners)
        grouped.append((fact.name, sql))
        parameters += values
        for figure in fact.figures:
            if figure in COMPUTED:
                sources.setdefault(figure, []).append(f"{fact.name}.{figure}")
        activity += [f"{fact.name}.{figure}" for figure in fact.activity]
    columns = [
        f"{_merged(name, sources[name], default)} AS {name}" for name, default in COMPUTED.items()
    ]
    latest = "GREATEST" if connection.vendor == "postgresql" else "MAX"
    alive = ", ".join(f"COALESCE({source}, c.customer_since)" for source in activity)
    where, where_parameters = _where("c", organization, environment, "id", customers)
    named = _are_named(customers)
    once = ", ".join(f"{name} AS MATERIALIZED ({rows})" for name, rows in grouped)
    joins = " ".join(
        f"LEFT JOIN {name if named else f'({rows}) {name}'} ON {name}.owner = c.id"
        for name, rows in grouped
    )
    sql = (
        f"{f'WITH {once} ' if named else ''}"
        f"SELECT {_given()}, {', '.join(columns)}, "
        f"{latest}(c.customer_since, {alive}) AS last_activity_at "
        f"FROM {Customer._meta.db_table} c {joins} WHERE {where}"
    )
    return sql, [*parameters, *where_parameters]


def _standing(organization: Organization, environment: str, customers: Which) -> Sql:
    """The customers with their figures as they stand."""
    where, parameters = _where("c", organization, environment, "id", customers)
    figures = ", ".join(f"c.{name}" for name in (*COMPUTED, "last_activity_at"))
    return (
        f"SELECT {_given()}, {figures} FROM {Customer._meta.db_table} c WHERE {where}",
        parameters,
    )


def _given() -> str:
    """The columns that labels depend on, and the computed ones as they are."""
    return (
        "c.id, c.status_pinned, c.segment_pinned, c.engagement_pinned, c.is_referral_partner, "
        "c.nps_score, c.customer_since, "
        + ", ".join(f"c.{name} AS old_{name}" for name in (*COMPUTED, *DERIVED))
    )


def _are_named(customers: Which) -> bool:
    """
    Whether some hundred customers are named one by one. For these each part of the statement is
    worked out once and kept: tables that have just been filled have no statistics yet, and
    PostgreSQL would work it out again for every customer. (SQLite needs no such help, and its
    driver doesn't count the rows of an UPDATE behind a WITH.)
    """
    return (
        connection.vendor == "postgresql"
        and customers is not None
        and not isinstance(customers, IdSpan)
    )


def _merged(name: str, sources: list[str], default: str) -> str:
    if len(sources) == 2:
        first, second = sources
        choose = ("LEAST", "MIN") if name.startswith("first_") else ("GREATEST", "MAX")
        return (
            f"{choose[connection.vendor == 'sqlite']}(COALESCE({first}, {second}), COALESCE("
            f"{second}, {first}))"
        )
    (source,) = sources
    if name == "average_response_seconds":
        return f"CAST(ROUND({source}) AS integer)"
    if default == "NULL":
        return source
    rounded = (
        f"ROUND({source}, 2)"
        if isinstance(Customer._meta.get_field(name), models.DecimalField)
        else source
    )
    return f"COALESCE({rounded}, {default})"


def _grouped(fact: Facts, organization: Organization, environment: str, customers: Which) -> Sql:
    table = fact.rows().model._meta.db_table
    where, meant = _where(table, organization, environment, fact.customer, customers)
    before, after, parameters = _compiled(fact.name, connection.vendor)
    place = before.count("%s")
    return f"{before}{where}{after}", [*parameters[:place], *meant, *parameters[place:]]


@cache
def _compiled(name: str, vendor: str) -> tuple[str, str, tuple[Any, ...]]:
    """
    The rows of a fact, grouped: the statement before and after its owners, and its parameters.
    Every write asks for all facts, and compiling them anew took it five milliseconds; `vendor` is
    in the key alone.
    """
    fact = next(fact for fact in facts() if fact.name == name)
    owners: Any = RawSQL(OWNERS, [], output_field=models.BooleanField())  # noqa: S611  a constant
    rows = fact.rows().filter(owners, **{f"{fact.customer}__isnull": False})
    grouped = rows.order_by().values(owner=models.F(fact.customer)).annotate(**fact.figures)
    sql, parameters = grouped.query.sql_with_params()
    before, after = sql.split(OWNERS)
    return before, after, tuple(parameters)


def _where(
    alias: str, organization: Organization, environment: str, column: str, customers: Which
) -> Sql:
    key = models.UUIDField()

    def prepared(value: UUID) -> Any:
        return key.get_db_prep_value(value, connection)

    sql, parameters = (
        f"{alias}.organization_id = %s AND {alias}.environment = %s",
        [prepared(organization.pk), environment],
    )
    if isinstance(customers, IdSpan):
        sql += f" AND {alias}.{column} BETWEEN %s AND %s"
        parameters += [prepared(customers.first), prepared(customers.last)]
    elif customers is not None:
        sql += f" AND {alias}.{column} IN ({', '.join(['%s'] * len(customers)) or 'NULL'})"
        parameters += [prepared(customer) for customer in customers]
    return sql, parameters


def batches(ids: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """`ids` (or whatever else) in pieces, for statements that name each."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
