"""Background work takes effect once, whatever dies."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError

from core.clock import now
from core.errors import Conflict
from core.jobs import running, schedule, services
from core.jobs.models import Job, JobState, PeriodicRun
from core.jobs.running import Cancelled, Run
from core.tenancy.actor import Actor
from customers.figures import differing
from customers.jobs import start_recalculation
from customers.models import Customer
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values

SENT: list[Any] = []


def collect(job_id: Any) -> None:
    SENT.append(job_id)


def explode(run: Run) -> dict[str, Any]:
    raise ZeroDivisionError


def call_off(run: Run) -> dict[str, Any]:
    services.cancel(actor=run.actor, job_id=run.job.pk)
    run.progress(1, 2)
    return {"never": "reached"}


@pytest.fixture(autouse=True)
def _collected(settings: Any) -> None:
    SENT.clear()
    settings.JOB_DISPATCH = "tests.core.test_jobs.collect"
    settings.JOB_KINDS = {
        **django_settings.JOB_KINDS,
        "explode": "tests.core.test_jobs.explode",
        "call_off": "tests.core.test_jobs.call_off",
    }


def test_a_job_is_sent_after_the_commit_and_runs_to_its_result(actor: Actor, django_capture_on_commit_callbacks: Any) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    Customer.objects.for_actor(actor).update(lifetime_value=77, interaction_count=5)
    with django_capture_on_commit_callbacks(execute=True):
        job = start_recalculation(actor=actor)
        assert not SENT
    assert [job.pk] == SENT
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result, job.done, job.total) == (JobState.SUCCEEDED, {"changed": 1}, 1, 1)
    customer.refresh_from_db()
    assert (customer.lifetime_value, customer.interaction_count) == (0, 0)


def test_an_organization_runs_one_job_of_a_kind_at_a_time(actor: Actor) -> None:
    start_recalculation(actor=actor)
    with pytest.raises(Conflict):
        start_recalculation(actor=actor)
    assert Job.objects.for_actor(actor).count() == 1


def test_a_second_worker_leaves_a_living_job_alone_and_takes_a_dead_ones_over(actor: Actor) -> None:
    job = start_recalculation(actor=actor)
    with time_machine.travel(now(), tick=False) as clock:
        first = running._claim(job.pk)
        assert first is not None
        assert running._claim(job.pk) is None
        clock.shift(running.LEASE + dt.timedelta(seconds=1))
        assert running.sweep() == 1
        assert [job.pk] == SENT
        second = running._claim(job.pk)
        assert second is not None
        with pytest.raises(Cancelled):
            Run(first).progress(1)
        Run(second).progress(1)


def test_a_job_that_kills_its_workers_is_given_up(actor: Actor) -> None:
    job = start_recalculation(actor=actor)
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(running.MOST_ATTEMPTS):
            assert running._claim(job.pk) is not None
            clock.shift(running.LEASE + dt.timedelta(seconds=1))
        assert running.sweep() == 0
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "again and again" in job.error


def test_a_failure_says_so_without_its_cause(actor: Actor) -> None:
    job = services.start(actor=actor, kind="explode", parameters={})
    with pytest.raises(ZeroDivisionError):
        running.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "ZeroDivision" not in job.error


def test_a_cancelled_job_stops_at_its_next_step(actor: Actor) -> None:
    job = services.start(actor=actor, kind="call_off", parameters={})
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.CANCELLED, {})
    assert job.cancel_asked


def test_a_queued_job_is_cancelled_at_once(actor: Actor) -> None:
    job = start_recalculation(actor=actor)
    assert services.cancel(actor=actor, job_id=job.pk).state == JobState.CANCELLED
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.CANCELLED, 0)


def test_scheduled_tasks_run_when_due_and_once(db: None) -> None:
    assert "clean sessions" in set(schedule.due())
    assert schedule.run_periodic("clean sessions") == 0
    assert schedule.run_periodic("clean sessions") is None
    assert "clean sessions" not in set(schedule.due())
    PeriodicRun.objects.update(began_at=now() - dt.timedelta(days=1))
    assert schedule.run_periodic("clean sessions") == 0


def test_time_passing_changes_status_and_segments_and_writes_nothing_twice(actor: Actor, cast: Cast) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    version = customer.version
    with time_machine.travel(now() + dt.timedelta(days=200)):
        assert schedule.run_periodic("recalculate customers", whenever=True) == 1
        assert schedule.run_periodic("recalculate customers", whenever=True) == 0
    customer.refresh_from_db()
    assert (customer.status, customer.engagement, customer.version) == ("inactive", "inactive", version)


def test_the_command_names_what_differs_and_repairs_it(actor: Actor, capsys: Any) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    Customer.objects.for_actor(actor).update(total_spent=3)
    assert differing(organization=actor.organization, environment="live") == {customer.pk: ["total_spent"]}
    with pytest.raises(CommandError, match="1 customers differ"):
        call_command("figures")
    assert f"{customer.pk}: total_spent" in capsys.readouterr().out
    call_command("figures", "--repair", "--organization", "acme")
    call_command("figures")
    assert "All computed values equal their source rows." in capsys.readouterr().out
