"""Who stands before and after a customer in a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Model, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy

from core.tenancy.actor import Actor
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.selectors.customers import customers


@dataclass(frozen=True, slots=True)
class Term:
    """
    One column of an order; `unknown` are the rows without a value (None: all have one), at the end
    of the order or its beginning.
    """

    column: str
    descending: bool
    unknown: Q | None = None
    nullable: bool = False
    at_end: bool = True

    def order(self, *, forward: bool) -> OrderBy:
        """As the column's index is read, in the order's direction or the other one."""
        nulls = (
            {"nulls_last" if forward == self.at_end else "nulls_first": True}
            if self.nullable
            else {}
        )
        column = F(self.column)
        return column.desc(**nulls) if self.descending == forward else column.asc(**nulls)

    def same(self, row: Model) -> Q:
        """Rows with the row's own value."""
        return (
            self.unknown
            if self.unknown is not None and self._lacks(row)
            else Q(**{self.column: getattr(row, self.column)})
        )

    def beyond(self, row: Model, *, forward: bool) -> list[Q]:
        """
        Rows after (or before) the row by this column alone, the nearer ones first; each part is a
        range of the column's index.
        """
        if self.unknown is None:
            return [self._further(row, forward)]
        unknown_ahead = forward == self.at_end
        if self._lacks(row):
            return [] if unknown_ahead else [~self.unknown]
        further = self._further(row, forward) & ~self.unknown
        return [further, self.unknown] if unknown_ahead else [further]

    def _lacks(self, row: Model) -> bool:
        return getattr(row, self.column) in (None, "")

    def _further(self, row: Model, forward: bool) -> Q:
        return Q(
            **{
                f"{self.column}__{'lt' if self.descending == forward else 'gt'}": getattr(
                    row, self.column
                )
            }
        )


def neighbours(
    *,
    actor: Actor,
    customer: Customer,
    conditions: CustomerConditions,
    order: Sequence[Any],
    unknown_last: str = "",
) -> tuple[UUID | None, UUID | None]:
    """
    The customers right before and after this one among those that meet `conditions`, in `order`
    (columns, the last one unique).

    `unknown_last` names a text column whose empty values come last, as `core.paging.page_of` has
    it. One statement, each part of which is the first row of a range of an index, however far down
    the list the customer stands. Raises Forbidden.
    """
    rows = customers(actor=actor, conditions=conditions)
    terms = [_term(part, unknown_last) for part in order]
    sides = [_nearest(rows, terms, customer, forward=forward) for forward in (False, True)]
    asked = [Subquery(part) for side in sides for part in side]
    found = Customer.objects.for_actor(actor).filter(pk=customer.pk).values_list(*asked).get()
    before, after = found[: len(sides[0])], found[len(sides[0]) :]
    return next(filter(None, before), None), next(filter(None, after), None)


def _nearest(
    rows: "QuerySet[Customer]", terms: Sequence[Term], customer: Customer, *, forward: bool
) -> list[Any]:
    """
    Where the neighbour may be, the nearest places first: those that share most columns with the
    customer.
    """
    ordered = rows.order_by(*(term.order(forward=forward) for term in terms))
    places: list[Any] = []
    same = Q()
    for term in terms:
        places[:0] = [
            ordered.filter(same & part).values("pk")[:1]
            for part in term.beyond(customer, forward=forward)
        ]
        same &= term.same(customer)
    return places


def _term(part: Any, unknown_last: str) -> Term:
    """
    A part of an order: a column's name, with a sign when it descends, or an `OrderBy` of a column.
    """
    first = False
    if isinstance(part, OrderBy):
        assert isinstance(part.expression, F), "an order of columns"
        column, descending, first = (
            str(part.expression.name),  # type: ignore[attr-defined]
            part.descending,
            bool(part.nulls_first),
        )
    else:
        column, descending = part.removeprefix("-"), part.startswith("-")
    if column == unknown_last:
        return Term(column, descending, Q(**{column: ""}))
    if column != "pk" and Customer._meta.get_field(column).null:
        return Term(
            column, descending, Q(**{f"{column}__isnull": True}), nullable=True, at_end=not first
        )
    return Term(column, descending)
