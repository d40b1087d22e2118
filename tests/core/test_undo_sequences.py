"""
Work in random order taken back in random order, beside a model of what ought to become of it: a row
gets back what it was, unless another change of it stands above the one that is taken back.

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
from customers.models import Customer, Project, Transaction
from customers.selectors.customers import tags_of
from customers.services.customers import (
    bulk_update_customers,
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
)
from customers.services.management import block_customer, change_consents, change_tags
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
    Transaction: ("gross_amount", "status", "description", "customer_id"),
    Appointment: ("start_at", "end_at", "status", "notes", "customer_id"),
}


def states(actor: Actor) -> dict[UUID, State]:
    """Every row's columns that clients write; None: a customer who is deleted."""
    found: dict[UUID, State] = {}
    rows = list(Customer.objects.for_actor(actor))
    tags = tags_of([row.pk for row in rows])
    for row in rows:
        columns = {
            name: row.serializable_value(name)
            for name in WRITABLE
            if name not in PINNED or getattr(row, PINNED[name])
        }
        found[row.pk] = None if row.deleted_at else columns | {"tags": tags[row.pk]}
    for model, names in OWNED.items():
        for row in model.objects.for_actor(actor):
            found[row.pk] = {name: row.serializable_value(name) for name in names}
    return found


@dataclass(eq=False)
class Step:
    """One change set: what each row that it changed was before, and what it takes back."""

    key: UUID
    before: dict[UUID, State]
    created: set[UUID]
    undoes: "Step | None" = None
    is_final: bool = False
    owners: set[UUID] = field(default_factory=set)


class Sequence:
    """Does work, remembers it, takes it back, and compares."""

    def __init__(self, actor: Actor, draw: random.Random) -> None:
        self.actor, self.draw = actor, draw
        self.steps: list[Step] = []
        self.owner: dict[UUID, UUID] = {}
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
        after = states(self.actor)
        for pk, now in after.items():
            if now and "customer_id" in now:
                self.owner[pk] = now["customer_id"]
        changed = {pk for pk in before.keys() | after.keys() if before.get(pk) != after.get(pk)}
        created = {pk for pk in changed if pk not in before}
        step = Step(key, {pk: before.get(pk) for pk in changed}, created, undoes)
        self.steps.append(step)
        return step

    def touched(self, step: Step, row: UUID) -> bool:
        """Whether a change of the row, or of what belongs to a new customer, stands above."""
        above = self.steps[self.steps.index(step) + 1 :]
        rows = {row}
        if row in step.created:
            rows |= {pk for pk, owner in self.owner.items() if owner == row}
            if any(row in each.owners for each in above):
                return True
        for one in rows:
            window = [each for each in above if one in each.before]
            roots = [each for each in window if each.undoes not in (step, *window)]
            if any(self._stands(each, window) for each in roots):
                return True
        return False

    def _stands(self, step: Step, window: list[Step]) -> bool:
        return not any(self._stands(each, window) for each in window if each.undoes is step)

    def is_undone(self, step: Step, row: UUID) -> bool:
        mine = [each for each in self.steps if each.undoes is step and row in each.before]
        return any(not self.is_undone(each, row) for each in mine)

    def undo(self, step: Step) -> bool:
        """Takes a step back and compares every row with what it ought to be; whether it's gone."""
        before = states(self.actor)
        asking = replace(self.actor, change_set=new_id())
        wanted = dict(before)
        back: set[UUID] = set()
        for row, was in step.before.items():
            owner = self.owner.get(row)
            if self.is_undone(step, row) or self.touched(step, row):
                continue
            if owner and not before.get(owner):
                continue
            back.add(row)
            if row in step.created and owner is not None:
                del wanted[row]
            else:
                wanted[row] = was
        result = undo_change_set(actor=asking, set_id=step.key)
        assert isinstance(result, Undone)
        after = states(self.actor)
        assert after == wanted, (step, result.kept)
        listed = {UUID(kept["id"]) for kept in result.kept}
        assert not listed & back
        assert (step.before.keys() - back) <= listed, "what stays is named"
        if back:
            self._remember(asking.change_set, before, step)
        return all(self.is_undone(step, row) for row in step.before)

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
        self.steps.append(Step(actor.change_set, {}, set(), is_final=True, owners={customer.pk}))

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
        if row is None or self.draw.random() < 0.5:
            values = {"customer": customer.pk, "gross_amount": self.number, "status": "completed"}
            return self.do(lambda actor: create_transaction(actor=actor, values=values))
        values = {"description": f"d{self.number}"}
        return self.do(
            lambda actor: update_transaction(actor=actor, transaction_id=row.pk, values=values)
        )

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
    Sequence.appointment,
    Sequence.import_file,
]


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
    assert {pk: left[pk] for pk in first} == first
