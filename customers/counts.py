"""
How many customers there are, by status, city and whatever else lists and statistics ask for,
without counting them.

In PostgreSQL statement-level triggers see to it, whoever writes and however (a service, a file, a
repair in SQL): each statement adds the differences that it makes (`CustomerCount`), in its own
transaction and touching no row that another waits for. Whoever asks sums them; `fold` keeps them
few. SQLite, which serves small companies, counts the customers themselves: its triggers would go
with every migration that makes the table anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Sum

from core.tenancy.actor import Actor
from core.tenancy.scoping import OrganizationModel
from customers.health import PASSIVE, PROMOTER
from customers.models import Customer, CustomerCount, CustomerTag

COUNTS = CustomerCount._meta.db_table
CUSTOMERS = Customer._meta.db_table
LINKS = CustomerTag._meta.db_table

LIVING = "deleted_at IS NULL"

ALL, DELETED, TAG = "all", "deleted", "tag"


@dataclass(frozen=True, slots=True)
class Dimension:
    """
    What customers are counted by: an SQL expression over their columns (NULL: not counted), for
    those of whom `among` holds.
    """

    value: str
    among: str = LIVING


DIMENSIONS: dict[str, Dimension] = {
    ALL: Dimension("''"),
    DELETED: Dimension("''", "deleted_at IS NOT NULL AND merged_into_id IS NULL"),
    "status": Dimension("status"),
    "unblocked": Dimension("status", f"{LIVING} AND NOT is_blocked"),
    "segment": Dimension("segment"),
    "engagement": Dimension("engagement"),
    "source": Dimension("source"),
    "city": Dimension("city"),
    "owner": Dimension("CAST(assigned_to_id AS text)"),
    "nps": Dimension(
        f"CASE WHEN nps_score >= {PROMOTER} THEN 'promoter' WHEN nps_score >= {PASSIVE} "
        "THEN 'passive' WHEN nps_score IS NOT NULL THEN 'detractor' END"
    ),
    "health": Dimension("CAST(health_score AS text)"),
    "at_risk": Dimension("''", f"{LIVING} AND is_at_risk"),
    "verified": Dimension("''", f"{LIVING} AND email_verified"),
    "walk_in": Dimension("''", f"{LIVING} AND password = ''"),
}
"""
Beside these `tag`: a tag's id → the living customers that carry it. Sums of lifetime value and
points are kept of `all`. The triggers say the same: what changes here needs a migration.
"""

_KEY = "organization_id, environment, dimension, value"
_SUMS = "SUM(customers), SUM(lifetime_value), SUM(loyalty_points)"
_SOME = "SUM(customers) <> 0 OR SUM(lifetime_value) <> 0 OR SUM(loyalty_points) <> 0"


class Counted(NamedTuple):
    """The number of customers; of `all` also what they are worth and hold."""

    customers: int
    lifetime_value: Decimal
    loyalty_points: int


NOBODY = Counted(0, Decimal(0), 0)


def are_kept() -> bool:
    """Whether the database keeps the counts, so that asking for them costs next to nothing."""
    return connection.vendor == "postgresql"


def counted(*, actor: Actor, dimensions: Sequence[str]) -> dict[str, dict[str, Counted]]:
    """
    Dimension → value → the living customers (of DELETED the deleted), values without customers left
    out. For callers who say who may.
    """
    found: dict[str, dict[str, Counted]] = {name: {} for name in dimensions}
    for name, value, customers, worth, points in _read(actor, dimensions):
        if customers:
            found[name][value] = Counted(customers, Decimal(f"{worth:.2f}"), points)
    return found


def sizes(groups: Mapping[str, Counted]) -> dict[str, int]:
    """Value → how many customers, the largest first."""
    numbers = [(value, group.customers) for value, group in groups.items()]
    return dict(sorted(numbers, key=lambda pair: (-pair[1], pair[0])))


def number_of(*, actor: Actor, dimension: str, values: Any = ("",)) -> int:
    """
    How many customers have one of the values, where the counts are kept. For callers who say who
    may.
    """
    rows = CustomerCount.objects.for_actor(actor).filter(dimension=dimension, value__in=values)
    return int(rows.aggregate(sum=Sum("customers", default=0))["sum"])


def fold(*, actor: Actor | None = None) -> int:
    """
    Puts changes together with what they change, so that few rows are to be summed and nothing is
    left of values that nobody has any more. Sums stay what they are at every moment. Returns how
    many changes there were.

    Without an actor it is everybody's since it ran last, and left to whoever is at it already; with
    one those of the actor's organization and environment, in the caller's transaction.
    """
    if not are_kept():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        if not _alone(cursor, waiting=actor is not None):
            return 0
        mine = "AND organization_id = %s AND environment = %s" if actor else ""
        cursor.execute(
            f"""
            WITH changes AS (DELETE FROM {COUNTS} WHERE NOT is_folded {mine} RETURNING *),
            sums AS (SELECT {_KEY} FROM changes GROUP BY {_KEY}),
            before AS (
                DELETE FROM {COUNTS} c USING sums s
                WHERE c.is_folded AND (c.organization_id, c.environment, c.dimension, c.value)
                    = (s.organization_id, s.environment, s.dimension, s.value)
                RETURNING c.*
            ),
            after AS (
                INSERT INTO {COUNTS}
                    ({_KEY}, customers, lifetime_value, loyalty_points, is_folded)
                SELECT {_KEY}, {_SUMS}, TRUE
                FROM (SELECT * FROM changes UNION ALL SELECT * FROM before) d
                GROUP BY {_KEY} HAVING {_SOME}
            )
            SELECT COUNT(*) FROM changes
            """,
            [actor.organization.pk, actor.environment] if actor else [],
        )
        return int(cursor.fetchone()[0])


def _alone(cursor: CursorWrapper, *, waiting: bool) -> bool:
    """Whether no other transaction folds or repairs until this one ends."""
    lock = "pg_advisory_xact_lock" if waiting else "pg_try_advisory_xact_lock"
    cursor.execute(f"SELECT {lock}(hashtext(%s))", [COUNTS])
    return waiting or bool(cursor.fetchone()[0])


Difference = tuple[UUID, str, str, str, int, Decimal, int]
"""Organization, environment, dimension, value; by how much the counts fall short."""


def differences() -> list[Difference]:
    """
    Where the counts that are kept aren't what the customers' own rows say: both are of one moment,
    whoever writes meanwhile.
    """
    if not are_kept():
        return []
    with connection.cursor() as cursor:
        cursor.execute(_differences())
        found: list[Difference] = cursor.fetchall()
    return found


def repair() -> int:
    """
    Adds what the counts fall short of. Nobody has to wait: whatever is written meanwhile adds its
    own difference. Returns how many counts were wrong.
    """
    if not are_kept():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        _alone(cursor, waiting=True)  # two repairs at once would both add it
        cursor.execute(
            f"INSERT INTO {COUNTS} ({_KEY}, customers, lifetime_value, loyalty_points, is_folded) "
            f"SELECT d.*, FALSE FROM ({_differences()}) d"
        )
        return int(cursor.rowcount)


def _read(actor: Actor, dimensions: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    if are_kept():
        rows = CustomerCount.objects.for_actor(actor).filter(dimension__in=dimensions)
        return rows.values_list("dimension", "value").annotate(
            Sum("customers"), Sum("lifetime_value"), Sum("loyalty_points")
        )
    key = OrganizationModel._meta.get_field("id").get_db_prep_value(
        actor.organization.pk, connection
    )
    tenant = "organization_id = %s AND environment = %s"
    sql = " UNION ALL ".join(_of(name, tenant) for name in dimensions)
    with connection.cursor() as cursor:
        cursor.execute(sql, [key, actor.environment] * len(dimensions))
        return [row[2:] for row in cursor.fetchall()]


def _of(name: str, where: str = "TRUE") -> str:
    """What the customers' own rows say of a dimension."""
    kind = DIMENSIONS[name]
    sums = "SUM(lifetime_value), SUM(loyalty_points)" if name == ALL else "0, 0"
    return (
        f"SELECT organization_id, environment, '{name}' AS dimension, {kind.value} AS value, "
        f"COUNT(*) AS customers, {sums} FROM {CUSTOMERS} "
        f"WHERE {where} AND {kind.among} AND {kind.value} IS NOT NULL "
        "GROUP BY 1, 2, 4"
    )


def _of_tags() -> str:
    return (
        f"SELECT c.organization_id, c.environment, '{TAG}', CAST(l.tag_id AS text), COUNT(*), 0, 0 "
        f"FROM {LINKS} l JOIN {CUSTOMERS} c ON c.id = l.customer_id WHERE c.{LIVING} "
        "GROUP BY c.organization_id, c.environment, l.tag_id"
    )


def _differences() -> str:
    rows = " UNION ALL ".join([*map(_of, DIMENSIONS), _of_tags()])
    kept = f"SELECT {_KEY}, -customers, -lifetime_value, -loyalty_points FROM {COUNTS}"
    return (
        f"SELECT {_KEY}, {_SUMS} "
        f"FROM (SELECT * FROM ({rows}) r ({_KEY}, customers, lifetime_value, loyalty_points) "
        f"UNION ALL {kept}) d GROUP BY {_KEY} HAVING {_SOME}"
    )
