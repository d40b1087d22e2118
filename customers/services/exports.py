"""Taking customers out: permitted, audited, streamed."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from core.audit.ledger import record
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.conditions import Conditions
from customers.selectors.customers import customers, with_tags

CHUNK = 2000


@writes(Permission.EXPORT)
def export_customers(*, actor: Actor, conditions: Conditions, columns: Sequence[str], order: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """
    The customers that meet `conditions`, in constant memory: dicts of `columns`, with `tags`.

    The audit keeps that they were taken, by whom, and which columns. Raises Forbidden.
    """
    rows = customers(actor=actor, conditions=conditions)
    record(actor, "customers.exported", changes={"columns": (None, sorted(columns)), "rows": (None, rows.count())})
    return _chunks(rows.order_by(*order).values("id", *columns).iterator(chunk_size=CHUNK))


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    while chunk := list(islice(rows, CHUNK)):
        yield from with_tags(chunk)
