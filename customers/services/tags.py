"""Tags: an organization's own list, and which customers carry them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any
from uuid import UUID

from core.audit.ledger import record
from core.cleaning import clean
from core.rows import Versions, get_row, refuse_stale, save_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.figures import batches
from customers.models import CustomerTag, Tag
from customers.services.undo_details import remember_carriers


def ensure_tags(*, actor: Actor, names: Iterable[str]) -> dict[str, Tag]:
    """
    Name → tag, creating those that the organization lacks; safe when another request creates the
    same.
    """
    wanted = set(names)
    found = {tag.name: tag for tag in Tag.objects.for_actor(actor).filter(name__in=wanted)}
    missing = sorted(wanted - set(found))
    if missing:
        Tag.objects.unscoped().bulk_create(
            [Tag.objects.new(actor, name=name) for name in missing], ignore_conflicts=True
        )
        found |= {tag.name: tag for tag in Tag.objects.for_actor(actor).filter(name__in=missing)}
    return found


def give_tags(*, actor: Actor, names: Mapping[UUID, Iterable[str]]) -> None:
    """Links (locked or new) customers with tags that they don't carry yet."""
    known = ensure_tags(actor=actor, names={name for each in names.values() for name in each})
    CustomerTag.objects.unscoped().bulk_create(
        [
            CustomerTag.objects.new(actor, customer_id=key, tag=known[name])
            for key, each in names.items()
            for name in each
        ],
        ignore_conflicts=True,
    )


def replace_tags(
    *, actor: Actor, tags: Mapping[UUID, Sequence[str]]
) -> dict[UUID, dict[str, tuple[Any, Any]]]:
    """
    Gives each (locked) customer exactly its tags, in the order given and in a handful of statements
    however many they are: those from the first that differs on are given anew.

    Returns, for customers whose tags changed, the change as `record` takes it.
    """
    links: dict[UUID, dict[str, UUID]] = {key: {} for key in tags}
    rows = CustomerTag.objects.for_actor(actor).filter(customer_id__in=list(links))
    for pk, key, name in rows.order_by("pk").values_list("pk", "customer_id", "tag__name"):
        links[key][name] = pk
    after = {key: list(dict.fromkeys(names)) for key, names in tags.items()}
    changed = [key for key in tags if list(links[key]) != after[key]]
    stay = {key: _same_beginning(list(links[key]), after[key]) for key in changed}
    lost = [pk for key in changed for pk in list(links[key].values())[stay[key] :]]
    for gone in batches(lost):
        CustomerTag.objects.for_actor(actor).filter(pk__in=gone).delete()
    if new := {key: names for key in changed if (names := after[key][stay[key] :])}:
        give_tags(actor=actor, names=new)
    return {key: {"tags": (list(links[key]), after[key])} for key in changed}


def _same_beginning(before: Sequence[str], after: Sequence[str]) -> int:
    """How many tags at the beginning are the same."""
    pairs = zip(before, after, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


@writes(Permission.MANAGE_TAGS)
def create_tag(*, actor: Actor, values: Mapping[str, Any]) -> Tag:
    """Raises Forbidden, Invalid and Conflict."""
    cleaned = clean(Tag, values, actor=actor, required=["name"])
    tag = Tag.objects.add(actor, **cleaned)
    record(actor, "tag.created", subject=tag, changes={"name": (None, tag.name)})
    return tag


@writes(Permission.MANAGE_TAGS)
def update_tag(
    *, actor: Actor, tag_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Tag:
    """
    Renames a tag for everyone who carries it. Raises Forbidden, NotFound, Invalid, Stale and
    Conflict.
    """
    tag = get_row(Tag, actor=actor, key=tag_id, lock=True)
    changes = save_changes(tag, clean(Tag, values, actor=actor), if_version=if_version)
    if changes:
        record(actor, "tag.updated", subject=tag, changes=changes)
    return tag


@writes(Permission.MANAGE_TAGS)
def delete_tag(*, actor: Actor, tag_id: UUID, if_version: Versions = None) -> None:
    """
    Takes a tag from everyone, who get it back when that is undone. Raises Forbidden, NotFound and
    Stale.
    """
    tag = get_row(Tag, actor=actor, key=tag_id, lock=True)
    refuse_stale(tag, if_version)
    remember_carriers(actor=actor, tag=tag)
    record(actor, "tag.deleted", subject=tag, changes={"name": (tag.name, None)})
    tag.delete()
