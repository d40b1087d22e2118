"""Reading customers, for one actor."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, JSONField, OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from core.errors import NotFound
from core.reading import blank, read_prepared
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.tenancy.scoping import ANY_TENANT, Tenant
from customers import counts
from customers.filters import CustomerConditions
from customers.models import Customer, CustomerTag, Tag
from customers.selectors.lookup import customers_reached_at, ids_by_external_id


def customers(
    *, actor: Actor, conditions: CustomerConditions | None = None
) -> "QuerySet[Customer]":
    """
    The customers that meet `conditions`; the living ones unless they say otherwise. Raises
    Forbidden.
    """
    conditions = conditions or CustomerConditions()
    actor.require(Permission.VIEW)
    if conditions.permission:
        actor.require(Permission(conditions.permission))
    if not conditions.deleted:
        conditions = _looked_up(actor, conditions)
    rows: Any = conditions.apply(Customer.objects.for_actor(actor))
    counted: QuerySet[Customer] = rows.with_count(_known_number(actor, conditions))
    return counted


def _looked_up(actor: Actor, conditions: CustomerConditions) -> CustomerConditions:
    """
    A search for somebody's whole address means them: the index of addresses knows who it is,
    however many customers there are; any other search stays as it is. Another system's id means
    whoever has it, or was merged with who had it.
    """
    if conditions.search:
        found = customers_reached_at(actor=actor, address=conditions.search)
        if found:
            conditions = _narrowed(replace(conditions, search=None), found)
    if conditions.external_id:
        known = ids_by_external_id(actor=actor, texts=[conditions.external_id])
        conditions = _narrowed(replace(conditions, external_id=None), known.values())
    return conditions


def _narrowed(conditions: CustomerConditions, keys: Iterable[UUID]) -> CustomerConditions:
    """The conditions with those of the keys alone that they leave."""
    wanted = None if conditions.ids is None else {str(key) for key in conditions.ids}
    kept = [key for key in keys if wanted is None or str(key) in wanted]
    return replace(conditions, ids=kept)


def _known_number(actor: Actor, conditions: CustomerConditions) -> Callable[[], int] | None:
    """What says how many meet the conditions, where that is kept: for none, or a usual one."""
    given = conditions.as_dict()
    deleted = given.pop("deleted")
    unblocked = given.keys() == {"status", "is_blocked"} and not given["is_blocked"]
    if unblocked:
        del given["is_blocked"]
    if not counts.are_kept() or len(given) > 1 or (given and deleted):
        return None
    dimension = counts.DELETED if deleted else counts.ALL
    values: Any = [""]
    for name, value in given.items():
        if unblocked:
            dimension, values = "unblocked", value
        elif name in ("status", "segment", "engagement"):
            dimension, values = name, value
        elif name == "assigned_to":
            dimension, values = "owner", [str(value)]
        elif name == "tags" and len(set(value)) == 1:
            tag = Tag.objects.for_actor(actor).filter(name__in=value)
            dimension, values = counts.TAG, tag.values_list(Cast("pk", TextField()))
        else:
            return None
    return partial(counts.number_of, actor=actor, dimension=dimension, values=values)


def is_of_deleted(actor: Tenant) -> Exists:
    """
    Whether the `customer` of a row is deleted. Work over many rows leaves these out: they are few
    and have an index of their own, where a join would read all the living.
    """
    return Exists(
        Customer.objects.for_actor(actor).filter(
            pk=OuterRef("customer_id"), deleted_at__isnull=False
        )
    )


def customer(*, actor: Actor, customer_id: UUID) -> Customer:
    """The living customer. Raises Forbidden and NotFound."""
    row = customers(actor=actor).filter(pk=customer_id).first()
    if row is None:
        raise NotFound("Customer", customer_id)
    return row


def customer_columns(
    *, actor: Actor, customer_id: UUID, columns: Collection[str], **computed: Any
) -> dict[str, Any]:
    """
    The living customer's `columns`, and what is `computed` by expressions that are the same in
    every call. Raises Forbidden and NotFound.
    """
    actor.require(Permission.VIEW)
    values = Customer.objects.scope(actor) | {"customer_id": customer_id}
    found = read_prepared(_one_customer, columns, values, **computed)
    if not found:
        raise NotFound("Customer", customer_id)
    return found[0]


def _one_customer() -> "QuerySet[Customer]":
    living = CustomerConditions().apply(Customer.objects.for_actor(ANY_TENANT))
    return living.filter(pk=blank("customer_id"))


def locked_customer(
    *, actor: Actor, customer_id: UUID, deleted: bool = False, also: Iterable[UUID] = ()
) -> Customer:
    """
    The customer, its row (its referrer's, whose figures follow it, and those named in `also`)
    locked until the transaction ends.

    All are locked in the order of their ids, so that two writers never wait for each other. Raises
    NotFound.
    """
    rows = Customer.objects.for_actor(actor)
    referrer = rows.filter(pk=customer_id).values("referred_by_id")
    # one list: PostgreSQL would look through everyone for an OR with a subquery
    keys: list[Any] = [customer_id, Subquery(referrer), *also]
    locked = list(rows.filter(pk__in=keys).select_for_update(no_key=True).order_by("pk"))
    for row in locked:
        is_meant = row.pk == customer_id and row.merged_into_id is None
        if is_meant and (row.deleted_at is not None) == deleted:
            return row
    raise NotFound("Customer", customer_id)


def lock_customers(
    *, actor: Actor, customer_ids: Iterable[UUID], with_referrers: bool = False
) -> list[Customer]:
    """
    Those of the customers that are there, living or deleted (but not merged into another), locked
    (with those who referred them, if wanted) in the order of their ids.
    """
    keys = set(customer_ids)
    locked = _locking(actor, keys, with_referrers=with_referrers)
    return [row for row in locked if row.pk in keys and row.merged_into_id is None]


def lock_customer_rows(*, actor: Actor, customer_ids: Iterable[UUID]) -> None:
    """Locks those customers and whoever referred them, in the same order, without reading them."""
    locked = _locking(actor, set(customer_ids), with_referrers=True)
    list(locked.values_list("pk"))


def _locking(actor: Actor, keys: set[UUID], *, with_referrers: bool) -> "QuerySet[Customer]":
    rows = Customer.objects.for_actor(actor)
    near: set[UUID | None] = set()
    if with_referrers:
        referred = rows.filter(pk__in=keys, referred_by__isnull=False)
        near = set(referred.values_list("referred_by_id", flat=True))
    return rows.filter(pk__in=keys | near).select_for_update(no_key=True).order_by("pk")


class Names(Subquery):
    """The one column of a subquery as a JSON list, in its order."""

    output_field = JSONField()

    def as_sql(
        self, compiler: Any, connection: Any, template: str | None = None, **extra: Any
    ) -> Any:
        lists = (
            "to_jsonb(ARRAY(%(subquery)s))"
            if connection.vendor == "postgresql"
            else "(SELECT json_group_array(name) FROM (%(subquery)s))"
        )
        return super().as_sql(compiler, connection, template=lists, **extra)


TAGS = Names(
    CustomerTag.objects.unscoped()
    .filter(customer_id=OuterRef("pk"))
    .order_by("id")
    .values(name=F("tag__name"))
)
"""The names of a customer's tags as they were given, for rows that are read a page at a time."""


def tags_of(ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Customer → the names of its tags as they were given; for customers the caller may see."""
    found: dict[UUID, list[str]] = {key: [] for key in ids}
    links = CustomerTag.objects.unscoped().filter(customer_id__in=list(found)).order_by("id")
    for key, name in links.values_list("customer_id", "tag__name"):
        found[key].append(name)
    return found


def with_tags(rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """The same rows (dicts with `id`), each with its `tags`; who has them isn't asked for."""
    without = [row for row in rows if "tags" not in row]
    tags = tags_of(row["id"] for row in without) if without else {}
    for row in without:
        row["tags"] = tags[row["id"]]
    return rows


def as_row(customer: Customer) -> dict[str, Any]:
    """A customer's columns and tags, as lists give them."""
    row = {name: value for name, value in vars(customer).items() if not name.startswith("_")}
    (whole,) = with_tags([row])
    return whole
