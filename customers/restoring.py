"""Taking changes of customers, projects and payments back."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from core.audit.ledger import record
from core.changes.restoring import (
    ACTS,
    CREATED,
    DELETED,
    UPDATED,
    Kept,
    References,
    Restorer,
    RowChange,
    brought_back,
    put_back,
    refuse_unrecorded,
    refuse_used,
    values_of,
)
from core.clock import now
from core.errors import NotFound
from core.ids import moment_of
from core.rows import get_row, initial_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.tenancy.scoping import TenantModel
from customers.choices import PREFERENCE_FIELDS, DuplicateStatus
from customers.models import Customer, DuplicatePair, LoyaltyEntry, Project, Tag, Transaction
from customers.parts import CustomerList
from customers.selectors.customers import lock_customer_rows, lock_customers
from customers.selectors.merges import known_as, known_in_merges
from customers.services.changes import CustomerChange, apply_changes
from customers.services.duplicates import refuse_duplicate, reopen_duplicate
from customers.services.identities import FURTHER
from customers.services.loyalty import reverse_points
from customers.services.owned_rows import delete_rows, locked_rows, restore_rows, save_rows
from customers.services.undo_details import give_back, sensitive_before, take_again
from customers.services.unmerging import MergeRestorer, owner_after_merges
from customers.services.work import refuse_project_of_another

_BY_FIELD: Mapping[str, Permission] = {
    "tags": Permission.MANAGE_TAGS,
    "is_blocked": Permission.BLOCK,
    "block_reason": Permission.BLOCK,
    "deleted_at": Permission.DELETE_CUSTOMERS,
    "is_deactivated": Permission.DELETE_CUSTOMERS,
    **dict.fromkeys((*PREFERENCE_FIELDS, *settings.CUSTOMER_LISTS), Permission.EDIT_PREFERENCES),
}


SENSITIVE = "sensitive_values"


class OfCustomers(Restorer):
    """Of rows that may be another's since two customers were made one, or two again."""

    def customers_of(self, actor: Actor, changes: Sequence[RowChange]) -> set[UUID]:
        return known_as(super().customers_of(actor, changes))


class CustomerRestorer(OfCustomers):
    """Many at once, in the way in which customers change. Who was created is deleted (softly)."""

    model = Customer

    def lock(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        lock_owners(actor, changes)

    def needed(self, change: RowChange) -> Collection[Permission]:
        if change.act == CREATED:
            return {Permission.CREATE_CUSTOMERS}
        names = change.before.keys() | set(change.unrecorded)
        return {_BY_FIELD.get(name, Permission.UPDATE_CUSTOMERS) for name in names}

    def restore(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        for change in changes:
            if change.act != CREATED:
                refuse_unrecorded(change)
        ids = [change.id for change in changes]
        found = lock_customers(actor=actor, customer_ids=ids, with_referrers=True)
        rows = {row.pk: row for row in found}
        if len(rows) < len(ids):
            raise NotFound("Customer")
        hidden = self._sensitive(actor, changes)
        moment = now()
        references = References(Customer, [change.before for change in changes])
        deleted, restored, updated = [], [], []
        for change in changes:
            row = rows[change.id]
            if change.act == CREATED:
                if row.deleted_at is None:
                    deleted.append(CustomerChange(row, {"deleted_at": moment}))
                continue
            made = self._set_back(actor, row, change, hidden.get(row.pk), references)
            if "deleted_at" not in made.columns:
                updated.append(made)
            elif made.columns["deleted_at"] is None:
                restored.append(made)
            else:
                deleted.append(made)
        apply_changes(actor=actor, changes=deleted, event="customer.deleted")
        apply_changes(actor=actor, changes=restored, action="customer.restored")
        apply_changes(actor=actor, changes=updated)

    def _sensitive(self, actor: Actor, changes: Sequence[RowChange]) -> dict[UUID, dict[str, Any]]:
        """What sensitive custom fields of theirs were, which the audit doesn't hold."""
        asked = [each for each in changes if SENSITIVE in each.before and each.act != CREATED]
        if not asked:
            return {}
        (set_id,) = {each.change_set for each in asked}
        assert set_id
        ids = [each.id for each in asked]
        return sensitive_before(actor=actor, set_id=set_id, customer_ids=ids)

    def _set_back(
        self,
        actor: Actor,
        row: Customer,
        change: RowChange,
        hidden: Mapping[str, Any] | None,
        references: References,
    ) -> CustomerChange:
        before = dict(change.before)
        if SENSITIVE in before:
            del before[SENSITIVE]
            if hidden is None:
                raise Kept("not_recorded", "What sensitive custom fields were isn't recorded.")
            shown = before.get("custom_fields", row.custom_fields)
            before["custom_fields"] = {
                name: hidden.get(name, value)
                for name, value in shown.items()
                if hidden.get(name, value) is not None
            }
        tags = before.pop("tags", None)
        forgotten: list[str] = []
        if FURTHER in before:
            if before.pop(FURTHER):
                raise Kept("not_recorded", "What kind of address it was isn't recorded.")
            forgotten = change.after[FURTHER]
        linked: dict[str, tuple[Any, Any]] = {}
        for name in before.keys() & settings.CUSTOMER_LISTS.keys():
            values: CustomerList = import_string(settings.CUSTOMER_LISTS[name])
            pair = values.set_keys(actor=actor, customer=row, keys=before.pop(name))
            linked |= {name: pair} if pair else {}
        columns = values_of(Customer, before, references)
        for name, value in columns.items():
            field: Any = Customer._meta.get_field(name)
            if field.is_relation and value is not None:
                columns[name] = references.find(name, value)
        return CustomerChange(row, columns, tags, linked, forgotten=forgotten)


class OwnedRowRestorer(OfCustomers):
    """Rows that belong to a customer, who is locked first; figures follow."""

    model: Any

    def __init__(self, model: type[TenantModel], permissions: Mapping[str, Permission]) -> None:
        self.model, self.permissions = model, permissions

    def lock(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        lock_owners(actor, changes)

    def restore(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        """All at once, for a file does that to thousands."""
        for change in changes:
            refuse_unrecorded(change)
        if created := [change for change in changes if change.act == CREATED]:
            rows = self._locked(actor, created)
            refuse_used(*(row for row, _ in rows.values()))
            self.delete(actor, list(rows.values()))
        if updated := [change for change in changes if change.act == UPDATED]:
            self.put_back(actor, updated)
        if deleted := [change for change in changes if change.act == DELETED]:
            self.bring_back(actor, self._brought_back(actor, deleted))

    def _locked(
        self, actor: Actor, changes: Sequence[RowChange]
    ) -> dict[UUID, tuple[Any, Customer | None]]:
        """Raises NotFound."""
        rows = locked_rows(self.model, actor=actor, keys=[change.id for change in changes])
        if len(rows) < len(changes):
            raise NotFound(str(self.model._meta.verbose_name).capitalize())
        return rows

    def delete(self, actor: Actor, rows: Sequence[tuple[Any, Customer | None]]) -> None:
        """Deletes locked rows with what follows from it."""
        delete_rows(rows, actor=actor)

    def put_back(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        """Gives rows what they held."""
        told = []
        rows = self._locked(actor, changes)
        references = References(self.model, [change.before for change in changes])
        for change in changes:
            row, customer = rows[change.id]
            if made := put_back(row, change.before, references):
                told.append((row, customer, made, ()))
        save_rows(told, actor=actor)

    def bring_back(self, actor: Actor, rows: Sequence[tuple[Any, Customer]]) -> None:
        """Saves rows that were deleted, with what follows from it."""
        restore_rows(rows, actor=actor)

    def _brought_back(
        self, actor: Actor, changes: Sequence[RowChange]
    ) -> list[tuple[Any, Customer]]:
        """
        The rows again, unsaved, and whose they are, locked: each goes with merges that it has
        missed. Raises NotFound and Kept.
        """
        owners = self._owners(actor, changes)
        locked = lock_customers(actor=actor, customer_ids=set(owners.values()), with_referrers=True)
        living = {row.pk: row for row in locked if row.deleted_at is None}
        references = References(self.model, [change.before for change in changes])
        rows = []
        for change in changes:
            customer = living.get(owners[change.id])
            if customer is None:
                raise NotFound("Customer")
            row = brought_back(self.model, actor, change, references)
            row.customer = customer
            rows.append((row, customer))
        return rows

    def _owners(self, actor: Actor, changes: Sequence[RowChange]) -> dict[UUID, UUID]:
        """Row → whose it would be if it had been there. Raises NotFound."""
        owners: dict[UUID, UUID] = {}
        for change in changes:
            if change.customer_id is None:
                raise NotFound("Customer")
            owners[change.id] = change.customer_id
        merged = known_in_merges(actor=actor, customer_ids=set(owners.values()))
        for change in changes:
            if owners[change.id] in merged:
                owners[change.id] = owner_after_merges(
                    actor=actor,
                    owner=owners[change.id],
                    model=self.model,
                    row_id=change.id,
                    since=moment_of(change.last),
                )
        return owners


class TransactionRestorer(OwnedRowRestorer):
    """The project that it was for may be another's by now: of two who were one, or one again."""

    def restore(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        super().restore(actor, changes)
        rows = Transaction.objects.for_actor(actor).filter(pk__in=[change.id for change in changes])
        for row in rows.filter(project__isnull=False).select_related("project"):
            refuse_project_of_another(row.project, row.customer_id)


def lock_owners(actor: Actor, changes: Sequence[RowChange]) -> None:
    """Locks the customers whose rows these are: whoever writes any of them locks the customer."""
    owners = {change.customer_id for change in changes if change.customer_id}
    lock_customer_rows(actor=actor, customer_ids=owners)


class TagRestorer(Restorer):
    """A tag that was deleted comes back to all who carried it, and goes again from them alone."""

    model = Tag
    permissions = dict.fromkeys(ACTS, Permission.MANAGE_TAGS)

    def undo_created(self, actor: Actor, change: RowChange) -> None:
        tag = get_row(Tag, actor=actor, key=change.id, lock=True)
        assert change.change_set
        take_again(actor=actor, set_id=change.change_set, tag=tag)
        super().undo_created(actor, change)

    def undo_deleted(self, actor: Actor, change: RowChange) -> None:
        """Where somebody has made one of that name since, it is that one."""
        names = {"name": change.before["name"]}
        tag = Tag.objects.for_actor(actor).select_for_update(no_key=True).filter(**names).first()
        if tag is None:
            tag = brought_back(Tag, actor, change)
            tag.save(force_insert=True)
        assert change.change_set
        give_back(actor=actor, set_id=change.change_set, tag_id=change.id, tag=tag)
        record(actor, "tag.created", subject=Tag(pk=change.id), changes=initial_changes(names))


class LoyaltyRestorer(OfCustomers):
    """Points are only ever added: those that were given are taken, or the other way round."""

    model = LoyaltyEntry
    permissions = {UPDATED: Permission.ADJUST_LOYALTY}

    def lock(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        rows = LoyaltyEntry.objects.for_actor(actor).filter(pk__in=[each.id for each in changes])
        owners = set(rows.values_list("customer_id", flat=True))
        lock_customer_rows(actor=actor, customer_ids=owners)

    def undo_updated(self, actor: Actor, change: RowChange) -> None:
        reverse_points(actor=actor, entry_id=change.id, points=change.after["points"])


class DuplicateRestorer(Restorer):
    """What a person decided about two customers who may be one."""

    model = DuplicatePair
    permissions = {UPDATED: Permission.MERGE}

    def undo_updated(self, actor: Actor, change: RowChange) -> None:
        was_open = change.before["status"] == DuplicateStatus.OPEN
        (reopen_duplicate if was_open else refuse_duplicate)(actor=actor, pair_id=change.id)


RESTORERS = [
    DuplicateRestorer(),
    CustomerRestorer(),
    OwnedRowRestorer(Project, dict.fromkeys(ACTS, Permission.MANAGE_PROJECTS)),
    TransactionRestorer(Transaction, dict.fromkeys(ACTS, Permission.MANAGE_TRANSACTIONS)),
    TagRestorer(),
    LoyaltyRestorer(),
    MergeRestorer(),
]
