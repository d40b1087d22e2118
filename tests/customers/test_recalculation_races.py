"""
Everyone's values are repaired while forty write: after each repair, and at rest, figures are what
their source rows say, to the cent.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from appointments.models import Appointment
from appointments.services import book_appointment, change_appointment, delete_appointment
from core.clock import now
from core.errors import Invalid, NotFound
from core.identity.services import actor_of
from core.jobs.models import Job, JobState
from core.retrying import retry_on_deadlock
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from customers.choices import ProjectStatus
from customers.figures import differing
from customers.models import Customer, LoyaltyEntry, Project, Transaction
from customers.services.customers import (
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
)
from customers.services.jobs import start_recalculation
from customers.services.loyalty import adjust_loyalty
from customers.services.work import (
    create_project,
    create_transaction,
    delete_project,
    update_project,
    update_transaction,
)
from interactions.models import Interaction
from interactions.services import delete_interaction, log_interaction
from tests import background
from tests.cast import Cast, customer_values

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

WRITERS, TURNS = 40, 2


class Writer:
    """Does one thing after another to customers that all the others write to as well."""

    def __init__(self, actor: Actor, ids: list[UUID], seed: int) -> None:
        self.actor, self.ids, self.chance = actor, ids, random.Random(seed)
        self.done: Counter[str] = Counter()
        self.wrong: list[Exception] = []

    def __call__(self) -> None:
        works = [
            self.projects,
            self.interactions,
            self.appointments,
            self.transactions,
            self.loyalty,
            self.referrer,
            self.deletion,
        ]
        try:
            for _ in range(TURNS):
                work = self.chance.choice(works)
                self.turn(work)
        finally:
            connections.close_all()

    def turn(self, work: Callable[[], object]) -> None:
        name = getattr(work, "__name__", "")
        try:
            work()
            self.done[name] += 1
        except (NotFound, Invalid):  # another has deleted the customer, or used the points
            self.done["refused"] += 1
        except Exception as error:  # told in the main thread
            self.wrong.append(error)

    @property
    def customer(self) -> UUID:
        return self.chance.choice(self.ids)

    @property
    def amount(self) -> str:
        return f"{self.chance.randrange(1, 2_000_000) / 100:.2f}"

    def projects(self) -> None:
        kept, changed, dropped = (
            create_project(
                actor=self.actor, values={"customer": self.customer, "total_amount": self.amount}
            )
            for _ in range(3)
        )
        status = self.chance.choice([ProjectStatus.CANCELLED, ProjectStatus.COMPLETED])
        update_project(
            actor=self.actor,
            project_id=changed.pk,
            values={"total_amount": self.amount, "status": status},
        )
        delete_project(actor=self.actor, project_id=dropped.pk)
        update_project(actor=self.actor, project_id=kept.pk, values={"total_amount": "0.01"})

    def interactions(self) -> None:
        log_interaction(actor=self.actor, values={"customer": self.customer, "type": "note"})
        row = log_interaction(actor=self.actor, values={"customer": self.customer, "type": "email"})
        delete_interaction(actor=self.actor, interaction_id=row.pk)

    def appointments(self) -> None:
        values = {"start_at": "2025-01-06T15:00:00Z", "price": self.amount, "status": "completed"}
        kept, dropped = (
            book_appointment(actor=self.actor, values={"customer": self.customer, **values})
            for _ in range(2)
        )
        change_appointment(actor=self.actor, appointment_id=kept.pk, values={"price": self.amount})
        delete_appointment(actor=self.actor, appointment_id=dropped.pk)

    def transactions(self) -> None:
        values = {"customer": self.customer, "gross_amount": self.amount, "status": "completed"}
        row = create_transaction(actor=self.actor, values=values)
        update_transaction(
            actor=self.actor,
            transaction_id=row.pk,
            values={"status": self.chance.choice(["refunded", "failed"])},
        )

    def loyalty(self) -> None:
        adjust_loyalty(
            actor=self.actor,
            customer_id=self.customer,
            values={"points": self.chance.choice([7, -3]), "reason": "x"},
        )

    def referrer(self) -> None:
        one, other = self.chance.sample(self.ids, 2)
        update_customer(actor=self.actor, customer_id=one, values={"referred_by": other})

    def deletion(self) -> None:
        """Of the last one only, so that most of what others write finds its customer."""
        delete_customer(actor=self.actor, customer_id=self.ids[-1])
        restore_customer(actor=self.actor, customer_id=self.ids[-1])


def test_forty_writers_and_recalculations_at_once_leave_exact_figures(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.acme.pk).update(loyalty_points_per_unit="0.5")
    cast.alice.organization.refresh_from_db()
    actor = actor_of(cast.alice)
    ids = [create_customer(actor=actor, values=customer_values(number)).pk for number in range(5)]
    writers = [Writer(actor, ids, seed) for seed in range(WRITERS)]
    threads = [threading.Thread(target=writer) for writer in writers]
    for thread in threads:
        thread.start()
    found: list[dict[UUID, list[str]]] = []
    while any(thread.is_alive() for thread in threads) or len(found) < 2:
        for key in ids:  # something to repair, whose repair must not undo what is written meanwhile
            spoilt = Customer.objects.for_actor(actor).filter(pk=key)
            retry_on_deadlock(
                partial(spoilt.update, lifetime_value=77, interaction_count=5000, total_spent=1)
            )
        recalculate_as_workers_do(actor)
        found.append(differing(organization=actor.organization, environment=actor.environment))
    for thread in threads:
        thread.join()

    assert [wrong for wrong in found if wrong] == [], f"after {len(found)} recalculations"
    assert [error for writer in writers for error in writer.wrong] == []
    done = sum((writer.done for writer in writers), Counter())
    assert sum(done.values()) == WRITERS * TURNS
    assert set(done) >= {
        "projects",
        "interactions",
        "appointments",
        "transactions",
        "loyalty",
        "referrer",
        "deletion",
    }
    assert set(Job.objects.for_actor(actor).values_list("state", flat=True)) == {JobState.SUCCEEDED}
    assert differing(organization=actor.organization, environment=actor.environment) == {}
    for key in ids:
        assert figures(key) == source_rows(key)


def recalculate_as_workers_do(actor: Actor) -> None:
    """One that a deadlock broke off again and again begins anew when its lease is over."""
    job = start_recalculation(actor=actor)
    background.run(job.pk)
    job.refresh_from_db()
    if job.state == JobState.RUNNING:
        Job.objects.for_actor(actor).filter(pk=job.pk).update(lease_until=now())
        background.run(job.pk)


def figures(key: UUID) -> dict[str, Any]:
    row = Customer.objects.unscoped().get(pk=key)
    names = (
        "lifetime_value",
        "project_count",
        "interaction_count",
        "total_appointments",
        "total_spent",
        "transaction_count",
    )
    return {
        name: getattr(row, name)
        for name in (*names, "loyalty_points", "referral_count", "referral_value")
    }


def source_rows(key: UUID) -> dict[str, Any]:
    """The same, added up here from the rows."""
    projects = list(
        Project.objects.unscoped().filter(customer=key).exclude(status=ProjectStatus.CANCELLED)
    )
    completed = (
        Appointment.objects.unscoped()
        .filter(customer=key, status="completed")
        .values_list("price", flat=True)
    )
    referred = list(Customer.objects.unscoped().filter(referred_by=key, deleted_at=None))
    entries = LoyaltyEntry.objects.unscoped().filter(customer=key).values_list("points", flat=True)
    return {
        "lifetime_value": sum((project.total_amount for project in projects), Decimal(0)),
        "project_count": len(projects),
        "interaction_count": Interaction.objects.unscoped().filter(customer=key).count(),
        "total_appointments": Appointment.objects.unscoped().filter(customer=key).count(),
        "total_spent": sum(completed, Decimal(0)),
        "transaction_count": Transaction.objects.unscoped()
        .filter(customer=key, status__in=["completed", "refunded"])
        .count(),
        "loyalty_points": sum(entries),
        "referral_count": len(referred),
        "referral_value": sum((row.lifetime_value for row in referred), Decimal(0)),
    }
