"""Background work takes effect once, whatever dies."""

import datetime as dt
import time
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError

from core.clock import now
from core.jobs import running, schedule, services
from core.jobs.cleaning import clean_jobs
from core.jobs.models import Job, JobState, PeriodicRun
from core.jobs.running import Cancelled, Run
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
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


def busy(run: Run) -> dict[str, Any]:
    """Ends when the thread has been seen to renew the lease and to tell the progress."""
    run.progress(3, 7)
    lease = run.job.lease_until
    for _ in range(500):
        row = Job.objects.unscoped().get(pk=run.job.pk)
        if row.lease_until != lease and (row.done, row.total) == (3, 7):
            return {"renewed": True}
        time.sleep(0.02)
    return {"renewed": False}


def call_off(run: Run) -> dict[str, Any]:
    services.cancel(actor=run.actor, job_id=run.job.pk)
    run.renew()
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
        "busy": "tests.core.test_jobs.busy",
    }


def test_a_job_is_sent_after_the_commit_and_runs_to_its_result(
    actor: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    Customer.objects.for_actor(actor).update(lifetime_value=77, interaction_count=5)
    with django_capture_on_commit_callbacks(execute=True):
        job = start_recalculation(actor=actor)
        assert not SENT
    assert [job.pk] == SENT
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result, job.done, job.total) == (
        JobState.SUCCEEDED,
        {"changed": 1},
        1,
        1,
    )
    customer.refresh_from_db()
    assert (customer.lifetime_value, customer.interaction_count) == (0, 0)


def test_an_organization_runs_one_job_of_a_kind_at_a_time(actor: Actor) -> None:
    first = start_recalculation(actor=actor)
    assert start_recalculation(actor=actor) == first
    assert Job.objects.for_actor(actor).count() == 1
    claimed = running._claim(first.pk)
    assert claimed is not None
    second = start_recalculation(actor=actor)
    assert running._claim(second.pk) is None
    running._finish(Run(claimed), JobState.SUCCEEDED)
    assert running._claim(second.pk) is not None


def test_the_job_that_waited_longest_is_sent_when_one_ends(actor: Actor) -> None:
    jobs = [
        services.start(actor=actor, kind="explode", permission=Permission.EXPORT, parameters={})
        for _ in range(3)
    ]
    with pytest.raises(ZeroDivisionError):
        running.run(jobs[0].pk)
    assert [jobs[1].pk] == SENT


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
        for job, still in ((first, False), (second, True)):
            run = Run(job)
            run.renew()
            if still:
                run.progress(1)
            else:
                with pytest.raises(Cancelled):
                    run.progress(1)


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
    job = services.start(actor=actor, kind="explode", permission=Permission.EXPORT, parameters={})
    with pytest.raises(ZeroDivisionError):
        running.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "ZeroDivision" not in job.error


def test_a_cancelled_job_stops_at_its_next_step(actor: Actor) -> None:
    job = services.start(actor=actor, kind="call_off", permission=Permission.EXPORT, parameters={})
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.CANCELLED, {})
    assert job.cancel_asked


@pytest.mark.django_db(transaction=True)
def test_a_thread_renews_the_lease_while_the_work_is_busy(actor: Actor, monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "BEAT", 0.02)
    job = services.start(actor=actor, kind="busy", permission=Permission.EXPORT, parameters={})
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (JobState.SUCCEEDED, 3, 7)
    assert job.result["renewed"]


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


def test_time_passing_changes_status_and_segments_and_writes_nothing_twice(
    actor: Actor, cast: Cast
) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    version = customer.version
    with time_machine.travel(now() + dt.timedelta(days=200)):
        for changed in (1, 0):
            assert schedule.run_periodic("recalculate customers", whenever=True) == 1
            job = Job.objects.for_actor(actor).latest("pk")
            running.run(job.pk)
            job.refresh_from_db()
            assert job.result == {"changed": changed}
    customer.refresh_from_db()
    assert (customer.status, customer.engagement, customer.version) == (
        "inactive",
        "inactive",
        version,
    )


def test_jobs_that_ended_long_ago_are_forgotten(actor: Actor) -> None:
    old, waiting = (
        start_recalculation(actor=actor),
        services.start(actor=actor, kind="busy", permission=Permission.EXPORT, parameters={}),
    )
    services.cancel(actor=actor, job_id=old.pk)
    assert clean_jobs() == 0
    with time_machine.travel(now() + dt.timedelta(days=91)):
        assert clean_jobs() == 1
    assert list(Job.objects.unscoped()) == [waiting]


def test_the_command_names_what_differs_and_repairs_it(actor: Actor, capsys: Any) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    Customer.objects.for_actor(actor).update(total_spent=3)
    assert differing(organization=actor.organization, environment="live") == {
        customer.pk: ["total_spent"]
    }
    with pytest.raises(CommandError, match="1 customers differ"):
        call_command("figures")
    assert f"{customer.pk}: total_spent" in capsys.readouterr().out
    call_command("figures", "--repair", "--organization", "acme")
    call_command("figures")
    assert "All computed values equal their source rows." in capsys.readouterr().out
