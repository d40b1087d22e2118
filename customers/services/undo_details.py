"""Remembering, for a month, what taking a change back needs and the audit doesn't hold."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.changes.selectors import kept_since
from core.inserting import insert
from core.tenancy.actor import Actor
from customers.figures import batches
from customers.models import Customer, CustomerTag, Merge, Tag, UndoDetail

AT_ONCE = 10_000
"""Links of a tag that one statement names."""


def remember_sensitive(
    *, actor: Actor, changed: Iterable[tuple[Customer, Collection[str], Mapping[str, Any]]]
) -> None:
    """Of customers, names of sensitive custom fields, and the values that these had."""
    insert(
        [
            UndoDetail.objects.new(
                actor,
                customer=row,
                change_set_id=actor.change_set,
                values={name: before.get(name) for name in names},
            )
            for row, names, before in changed
        ]
    )


def sensitive_before(
    *, actor: Actor, set_id: UUID, customer_ids: Collection[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Customer → name → the value that a sensitive custom field had before a change set."""
    rows = UndoDetail.objects.for_actor(actor).filter(
        change_set_id=set_id, customer__in=customer_ids, tag_id=None
    )
    found: dict[UUID, dict[str, Any]] = {}
    for row in rows.order_by("id"):
        found[row.customer_id] = row.values | found.get(row.customer_id, {})
    return found


def remember_carriers(*, actor: Actor, tag: Tag) -> None:
    """Who carries a tag that is to be deleted, or was given back, in both environments."""
    _remember(actor, tag, CustomerTag.objects.unscoped().filter(tag=tag))


def _remember(actor: Actor, tag: Tag, links: "QuerySet[CustomerTag]") -> None:
    for some in batches(list(links.values_list("customer", "environment")), AT_ONCE):
        insert(
            [
                UndoDetail.objects.new(
                    actor,
                    customer_id=key,
                    environment=environment,
                    change_set_id=actor.change_set,
                    tag_id=tag.pk,
                )
                for key, environment in some
            ]
        )


def give_back(*, actor: Actor, set_id: UUID, tag_id: UUID, tag: Tag) -> None:
    """
    Gives `tag` to all who carried the tag `tag_id` when the change set deleted it, and to whomever
    they have been merged into since.
    """
    details = UndoDetail.objects.unscoped().filter(change_set_id=set_id, tag_id=tag_id)
    for some in batches(list(details.values_list("customer", "environment")), AT_ONCE):
        CustomerTag.objects.unscoped().bulk_create(
            [_link(actor, key, environment, tag) for key, environment in some],
            ignore_conflicts=True,
        )
    details.delete()
    carrying = CustomerTag.objects.unscoped().filter(tag=tag).values("customer")
    merges = Merge.objects.unscoped().filter(undone_at=None, loser__in=carrying)
    while row := merges.exclude(customer__in=carrying).first():
        _link(actor, row.customer_id, row.environment, tag).save(force_insert=True)
        row.values = {**row.values, "tags": sorted({*row.values["tags"], tag.name})}
        row.save(update_fields=["values"])
    if tag.pk == tag_id:
        remember_carriers(actor=actor, tag=tag)


def take_again(*, actor: Actor, set_id: UUID, tag: Tag) -> None:
    """Takes the tag from all whom the change set gave it back; others keep it."""
    details = UndoDetail.objects.unscoped().filter(change_set_id=set_id, tag_id=tag.pk)
    links = CustomerTag.objects.unscoped().filter(tag=tag, customer__in=details.values("customer"))
    _remember(actor, tag, links)
    links.delete()
    details.delete()


def _link(actor: Actor, customer_id: UUID, environment: str, tag: Tag) -> CustomerTag:
    return CustomerTag.objects.new(actor, customer_id=customer_id, environment=environment, tag=tag)


def drop_old_details() -> int:
    """Deletes what can't be taken back any more. Returns how many."""
    return UndoDetail.objects.unscoped().filter(at__lt=kept_since()).delete()[0]
