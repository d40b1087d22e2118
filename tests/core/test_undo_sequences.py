"""
Work in random order taken back in random order, beside a model of what ought to become of it: a row
gets back what it was, unless another change of it stands above the one that is taken back. Two who
were made one and two again have what they had, but for what was written on the one since.

UNDO_RUNS in the environment draws more sequences, UNDO_OPERATIONS longer ones.
"""

import datetime as dt
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest

from appointments.models import Appointment
from appointments.services import book_appointment, change_appointment
from core.changes.services import Undone, undo_change_set
from core.errors import DomainError
from core.ids import new_id
from core.imports.services import check_import, run_import
from core.tenancy.actor import Actor
from customers.models import Customer, Identity, Project, Transaction
from customers.selectors.customers import tags_of
from customers.services.customers import (
    bulk_update_customers,
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
)
from customers.services.management import block_customer, change_consents, change_tags
from customers.services.merging import merge_customers
from customers.services.values import PINNED, WRITABLE
from customers.services.work import (
    create_project,
    create_transaction,
    delete_project,
    move_project,
    update_project,
    update_transaction,
)
from interactions.services import add_message, open_conversation
from tests.cast import customer_values

RUNS = int(os.environ.get("UNDO_RUNS", "3"))
OPERATIONS = int(os.environ.get("UNDO_OPERATIONS", "50"))

State = dict[str, Any] | None
OWNED: dict[Any, tuple[str, ...]] = {
    Project: ("name", "status", "total_amount", "customer_id"),
    Transaction: ("gross_amount", "status", "description", "project_id", "customer_id"),
    Appointment: ("start_at", "end_at", "status", "notes", "customer_id"),
}


def states(actor: Actor) -> dict[UUID, State]:
    """
    Every row's columns that clients write, a customer's tags and addresses too; None: a customer
    who is deleted.
    """
    found: dict[UUID, State] = {}
    rows = list(Customer.objects.for_actor(actor))
    tags = tags_of([row.pk for row in rows])
    addresses: dict[UUID, set[str]] = {row.pk: set() for row in rows}
    for owner, value in Identity.objects.for_actor(actor).values_list("customer", "value"):
        addresses[owner].add(value)
    for row in rows:
        columns = {
            name: row.serializable_value(name)
            for name in WRITABLE
            if name not in PINNED or getattr(row, PINNED[name])
        }
        columns |= {"tags": tags[row.pk], "addresses": addresses[row.pk]}
        found[row.pk] = None if row.deleted_at else columns
    for model, names in OWNED.items():
        for row in model.objects.for_actor(actor):
            found[row.pk] = {name: row.serializable_value(name) for name in names}
    return found


@dataclass(eq=False)
class Step:
    """
    One change set: what each row that it changed was before, whose that row was, and what it takes
    back.
    """

    key: UUID
    before: dict[UUID, State]
    created: set[UUID]
    undoes: "Step | None" = None
    is_final: bool = False
    owners: dict[UUID, UUID] = field(default_factory=dict)
    merge: "Merging | None" = None


@dataclass(eq=False)
class Merging:
    """Who was made one, or two again; everything before and after."""

    row: UUID
    survivor: UUID
    loser: UUID
    before: dict[UUID, State]
    after: dict[UUID, State]
    moved: set[UUID]
    """The rows that went over, those too that are deleted."""


class Sequence:
    """Does work, remembers it, takes it back, and compares."""

    def __init__(self, actor: Actor, draw: random.Random) -> None:
        self.actor, self.draw = actor, draw
        self.steps: list[Step] = []
        self.owner: dict[UUID, UUID] = {}
        """Whose each row is, or was when it was deleted."""
        self.left: set[tuple[UUID, str]] = set()
        """Columns that kept what was written since when two were made of one."""
        self.merged: dict[UUID, State] = {}
        """What those who are a part of somebody were when they became it last."""
        self.number = 0

    def do(self, work: Callable[[Actor], Any]) -> None:
        asking = replace(self.actor, change_set=new_id())
        before = states(self.actor)
        try:
            result = work(asking)
        except DomainError:
            assert states(self.actor) == before
            return
        key = getattr(result, "pk", None) if type(result).__name__ == "Job" else asking.change_set
        self._remember(key, before)

    def _remember(self, key: UUID, before: dict[UUID, State], undoes: Step | None = None) -> Step:
        after = self._look()
        changed = {pk for pk in before.keys() | after.keys() if before.get(pk) != after.get(pk)}
        created = {pk for pk in changed if pk not in before}
        owners = {pk: self.owner[pk] for pk in changed if pk in self.owner}
        step = Step(key, {pk: before.get(pk) for pk in changed}, created, undoes, owners=owners)
        self.steps.append(step)
        return step

    def _look(self) -> dict[UUID, State]:
        """Everything as it is; whose each row is, is noted."""
        found = states(self.actor)
        for pk, columns in found.items():
            if columns and "customer_id" in columns:
                self.owner[pk] = columns["customer_id"]
                tied = columns.get("project_id")
                assert not tied or found[tied]["customer_id"] == columns["customer_id"]  # type: ignore[index]
        return found

    def touched(self, step: Step, row: UUID) -> bool:
        """Whether a change of the row, or of what belongs to a new customer, stands above."""
        above = self.steps[self.steps.index(step) + 1 :]
        rows = {row}
        if row in step.created:
            rows |= {pk for each in above for pk, owner in each.owners.items() if owner == row}
            if any(each.is_final and row in each.owners.values() for each in above):
                return True
        for one in rows:
            window = [
                each
                for each in above
                if one in each.before and (one == row or each.owners.get(one) == row)
            ]
            roots = [each for each in window if each.undoes not in (step, *window)]
            if any(self._stands(each, window) for each in roots):
                return True
        return False

    def _stands(self, step: Step, window: list[Step]) -> bool:
        return not any(self._stands(each, window) for each in window if each.undoes is step)

    def is_undone(self, step: Step, row: UUID) -> bool:
        mine = [each for each in self.steps if each.undoes is step and row in each.before]
        return any(not self.is_undone(each, row) for each in mine)

    def undo(self, step: Step) -> None:
        """Takes a step back and compares every row with what it ought to be."""
        if step.merge:
            return self._undo_merge(step, step.merge)
        before = states(self.actor)
        asking = replace(self.actor, change_set=new_id())
        wanted = dict(before)
        back: set[UUID] = set()
        # what comes back, what changes, what goes: as a project and its payments need it
        for row in sorted(step.before, key=lambda pk: (pk in step.created) - (pk not in before)):
            if self.is_undone(step, row) or self.touched(step, row):
                continue
            if self._take_back(step, row, wanted):
                back.add(row)
        result = undo_change_set(actor=asking, set_id=step.key)
        assert isinstance(result, Undone)
        after = states(self.actor)
        assert after == wanted, (step, result.kept)
        listed = {UUID(kept["id"]) for kept in result.kept}
        assert not listed & back
        assert (step.before.keys() - back) <= listed, "what stays is named"
        if back:
            self._remember(asking.change_set, before, step)
        return None

    def _take_back(self, step: Step, row: UUID, wanted: dict[UUID, State]) -> bool:
        """Makes of one row what it ought to be; False: it can't be."""
        was, owner = step.before[row], self.owner.get(row)
        if owner is None:
            wanted[row] = was
            return True
        if not wanted.get(owner):
            return False
        if row in step.created:
            if any(each and each.get("project_id") == row for each in wanted.values()):
                return False
            del wanted[row]
            return True
        assert was is not None
        if tied := was.get("project_id"):
            project = wanted.get(tied)
            if not project or project["customer_id"] != owner:
                return False
        wanted[row] = was | {"customer_id": owner}
        return True

    def _undo_merge(self, step: Step, merging: Merging) -> None:
        """Makes two of one again, or one of two."""
        before = states(self.actor)
        is_bare = before == merging.after and not self.is_undone(step, merging.row)
        asking = replace(self.actor, change_set=new_id())
        result = undo_change_set(actor=asking, set_id=step.key)
        assert isinstance(result, Undone)
        if not result.restored:
            assert not is_bare, result.kept
            assert states(self.actor) == before
            assert str(merging.row) in {kept["id"] for kept in result.kept}, "what stays is named"
            return
        for kept in result.kept:
            if kept["code"] == "changed":
                self.left.add((merging.survivor, kept["message"].partition(":")[0]))
        self._remember_merge(asking.change_set, before, merging, step)
        after = self._look()
        if is_bare:
            assert after == merging.before, result.kept
        self._check_others(before, after, merging)
        if after[merging.loser]:
            assert after[merging.loser] == self.merged[merging.loser]

    def _check_others(
        self, before: dict[UUID, State], after: dict[UUID, State], merging: Merging
    ) -> None:
        """No row is lost, and of all but the two nothing but whose of the two it is changes."""
        both = {merging.survivor, merging.loser}
        assert before.keys() == after.keys()
        for pk in before.keys() - both:
            one, other = before[pk], after[pk]
            if one and other and one.get("customer_id") in both:
                assert other["customer_id"] in both
                one, other = one | {"customer_id": None}, other | {"customer_id": None}
            assert one == other

    def _remember_merge(
        self,
        key: UUID,
        before: dict[UUID, State],
        who: Merging | tuple[UUID, UUID, UUID],
        undoes: Step | None = None,
    ) -> None:
        """Rows that went over aren't told of one by one; those that are deleted went, too."""
        row, survivor, loser = (
            (who.row, who.survivor, who.loser) if isinstance(who, Merging) else who
        )
        after = states(self.actor)
        if after[loser] is None:
            moved = {pk for pk, owner in self.owner.items() if owner == loser}
            self.owner |= dict.fromkeys(moved, survivor)
            self.merged[loser] = before[loser]
        else:
            assert isinstance(who, Merging)
            moved = {pk for pk in who.moved if self.owner[pk] == survivor}
            self.owner |= dict.fromkeys(moved, loser)
        self._look()
        changed = {pk for pk in (survivor, loser) if before[pk] != after[pk]} | {row}
        step = Step(key, {pk: before.get(pk) for pk in changed}, set(), undoes)
        step.owners = {row: survivor}
        step.merge = Merging(row, survivor, loser, before, after, moved)
        self.steps.append(step)

    # what people do

    def customer(self, *, living: bool = True) -> Any:
        rows = [
            row
            for row in Customer.objects.for_actor(self.actor).order_by("pk")
            if (row.deleted_at is None) == living
        ]
        return self.draw.choice(rows) if rows else None

    def row(self, model: Any) -> Any:
        rows = list(model.objects.for_actor(self.actor).order_by("pk"))
        return self.draw.choice(rows) if rows else None

    def work(self) -> None:
        """One thing that people do, drawn."""
        self.number += 1
        if customer := self.customer():
            self.draw.choice(ACTS)(self, customer)
        else:
            self.create(customer)

    def create(self, _: Any) -> None:
        values = customer_values(100 + self.number)
        self.do(lambda actor: create_customer(actor=actor, values=values))

    def edit(self, customer: Customer) -> None:
        number, draw = self.number, self.draw
        values = draw.choice(
            [
                {"last_name": f"n{number}"},
                {"notes": f"note {number}", "city": "Novi"},
                {"property_value": f"{number}.50", "custom_fields": {"n": number}},
                {"status": draw.choice(["vip", "active", None])},
                {"segment": draw.choice(["premium", "standard", None])},
                {"email": f"e{number}@example.com"},
            ]
        )
        self.do(lambda actor: update_customer(actor=actor, customer_id=customer.pk, values=values))

    def tag(self, customer: Customer) -> None:
        tags = [f"t{self.number % 3}"]
        self.do(lambda actor: change_tags(actor=actor, customer_id=customer.pk, tags=tags))

    def consent(self, customer: Customer) -> None:
        values = {"notify_sms": not customer.notify_sms, "method": "phone"}
        self.do(lambda actor: change_consents(actor=actor, customer_id=customer.pk, values=values))

    def block(self, customer: Customer) -> None:
        values = {"is_blocked": not customer.is_blocked, "block_reason": "rude"}
        self.do(lambda actor: block_customer(actor=actor, customer_id=customer.pk, values=values))

    def bulk(self, _: Customer) -> None:
        some = sorted({self.customer().pk for _ in range(3)})
        segment = self.draw.choice(["premium", "standard"])
        values = {"notes": f"bulk {self.number}", "segment": segment}
        self.do(lambda actor: bulk_update_customers(actor=actor, customer_ids=some, values=values))

    def delete_or_restore(self, customer: Customer) -> None:
        if gone := self.customer(living=False):
            self.do(lambda actor: restore_customer(actor=actor, customer_id=gone.pk))
        else:
            self.do(lambda actor: delete_customer(actor=actor, customer_id=customer.pk))

    def write(self, customer: Customer) -> None:
        """A message: it has left, and belongs to the customer for ever."""
        actor = replace(self.actor, change_set=new_id())
        thread = open_conversation(
            actor=actor, values={"customer": customer.pk, "channel": "whatsapp"}
        )
        add_message(
            actor=actor, conversation_id=thread.pk, values={"direction": "inbound", "body": "Hello"}
        )
        owners = {thread.pk: customer.pk}
        self.steps.append(Step(actor.change_set, {}, set(), is_final=True, owners=owners))

    def project(self, customer: Customer) -> None:
        row, number = self.row(Project), self.number
        if row is None or self.draw.random() < 0.4:
            values = {"customer": customer.pk, "name": f"p{number}", "total_amount": number}
            return self.do(lambda actor: create_project(actor=actor, values=values))
        acts: list[Callable[[Actor], Any]] = [
            lambda actor: update_project(
                actor=actor, project_id=row.pk, values={"name": f"q{number}"}
            ),
            lambda actor: move_project(actor=actor, project_id=row.pk, status="completed"),
            lambda actor: delete_project(actor=actor, project_id=row.pk),
        ]
        return self.do(self.draw.choice(acts))

    def payment(self, customer: Customer) -> None:
        row = self.row(Transaction)
        values: dict[str, Any]
        if row is None or self.draw.random() < 0.5:
            values = {"customer": customer.pk, "gross_amount": self.number, "status": "completed"}
            values |= {"project": self.project_of(customer.pk)}
            return self.do(lambda actor: create_transaction(actor=actor, values=values))
        values = {"description": f"d{self.number}"}
        if self.draw.random() < 0.5:
            values = {"project": self.project_of(row.customer_id)}
        return self.do(
            lambda actor: update_transaction(actor=actor, transaction_id=row.pk, values=values)
        )

    def project_of(self, customer: UUID) -> Project | None:
        """One of the customer's, or none."""
        rows = Project.objects.for_actor(self.actor).filter(customer=customer).order_by("pk")
        return self.draw.choice([None, *rows])

    def merge(self, customer: Customer) -> None:
        other = self.customer()
        if other.pk == customer.pk:
            return
        asking = replace(self.actor, change_set=new_id())
        before = self._look()
        sides = {
            name: self.draw.choice(["survivor", "loser"]) for name in ("email", "last_name", "city")
        }
        made = merge_customers(
            actor=asking, customer_id=customer.pk, loser=str(other.pk), fields=sides
        )
        self._remember_merge(asking.change_set, before, (made.merge.pk, customer.pk, other.pk))

    def appointment(self, customer: Customer) -> None:
        row = self.row(Appointment)
        if row is None or self.draw.random() < 0.5:
            slot = {"customer": customer.pk, "start_at": dt.datetime(2030, 5, 1, 8, tzinfo=dt.UTC)}
            return self.do(lambda actor: book_appointment(actor=actor, values=slot))
        values = {"start_at": row.start_at + dt.timedelta(hours=1), "notes": f"m{self.number}"}
        return self.do(
            lambda actor: change_appointment(actor=actor, appointment_id=row.pk, values=values)
        )

    def import_file(self, customer: Customer) -> None:
        number = self.number
        data = (
            f"first_name,last_name,email,notes\n"
            f"{customer.first_name},i{number},{customer.email},from a file\n"
            f"New{number},Person,new{number}@example.com,\n"
        ).encode()

        def work(actor: Actor) -> Any:
            check = check_import(
                actor=replace(actor, change_set=new_id()), resource="customers", data=data
            )
            return run_import(actor=actor, import_id=check.pk).run_job

        self.do(work)


ACTS = [
    Sequence.create,
    Sequence.edit,
    Sequence.edit,
    Sequence.tag,
    Sequence.consent,
    Sequence.block,
    Sequence.bulk,
    Sequence.delete_or_restore,
    Sequence.write,
    Sequence.project,
    Sequence.payment,
    Sequence.payment,
    Sequence.merge,
    Sequence.appointment,
    Sequence.import_file,
]


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(RUNS))
def test_whatever_is_taken_back_becomes_what_it_was(actor: Actor, seed: int) -> None:
    """And every row that isn't is named, with a reason."""
    draw = random.Random(seed)
    for number in range(4):
        create_customer(actor=replace(actor, change_set=new_id()), values=customer_values(number))
    sequence = Sequence(actor, draw)
    first = states(actor)
    for number in range(OPERATIONS):
        if number % 5 == 4 and (undoable := [s for s in sequence.steps if s.before]):
            sequence.undo(draw.choice(undoable))
        else:
            sequence.work()
    assert len(sequence.steps) > OPERATIONS / 2
    # from the end, all but what has left and what came to belong to it
    for step in [each for each in reversed(sequence.steps) if each.before and not each.undoes]:
        sequence.undo(step)
    left = states(actor)
    for pk, columns in first.items():
        done = [each for each in sequence.steps if pk in each.before and not each.undoes]
        assert left[pk]
        if all(sequence.is_undone(each, each.merge.row if each.merge else pk) for each in done):
            for name in columns or ():
                assert (pk, name) in sequence.left or left[pk][name] == columns[name]  # type: ignore[index]
