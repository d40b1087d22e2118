"""Background work takes effect once, whatever dies."""

import datetime as dt
import time
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from core.clock import now
from core.jobs import running, schedule, services
from core.jobs.models import Job, JobState, PeriodicRun
from core.jobs.running import Cancelled, Run
from core.jobs.schedule import DatabaseScheduler
from core.jobs.tasks import JobTask, clean_jobs, job_task
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from crm import celery_app
from customers.figures import differing
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.jobs import start_recalculation
from customers.tasks import start_segmentations
from tests.background import run
from tests.cast import Cast, customer_values


@job_task
def explode(run: Run) -> dict[str, Any]:
    raise ZeroDivisionError


@job_task
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


@job_task
def call_off(run: Run) -> dict[str, Any]:
    services.cancel(actor=run.actor, job_id=run.job.pk)
    run.renew()
    run.progress(1, 2)
    return {"never": "reached"}


SEAL = "core.audit.tasks.seal_audit"
SWEEP = "core.jobs.tasks.sweep_jobs"
REMIND = "appointments.tasks.remind_of_appointments"
SEND_SCHEDULED = "interactions.tasks.send_scheduled_messages"
END_CONSENTS = "customers.tasks.end_consents"
FIND_DUPLICATES = "customers.tasks.find_duplicates"
FOLD_COUNTS = "customers.tasks.fold_counts"
DISPATCH = "core.webhooks.tasks.dispatch_events"
CLEAN_EXPORTS = "core.exports.tasks.clean_exports"
CLEAN_IMPORTS = "core.imports.tasks.clean_imports"
CLEAN_RECORDS = "core.requests.tasks.clean_idempotency_records"
CLEAN_SESSIONS = "core.identity.tasks.clean_sessions"
SEGMENTS = "customers.tasks.start_segmentations"


def scheduled() -> set[str]:
    return {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def start(actor: Actor, task: Any) -> Job:
    """A job of a kind of its own."""
    return services.start(
        actor=actor, kind="proof", task=task.name, permission=Permission.EXPORT, parameters={}
    )


def test_a_job_is_sent_after_the_commit_and_runs_to_its_result(
    actor: Actor, sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    Customer.objects.for_actor(actor).update(lifetime_value=77, interaction_count=5)
    with django_capture_on_commit_callbacks(execute=True):
        job = start_recalculation(actor=actor)
        assert not sent
    assert sent == [(job.task, [str(job.pk)])]
    run(job.pk)
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


def test_the_job_that_waited_longest_is_sent_when_one_ends(actor: Actor, sent: list[Any]) -> None:
    jobs = [start(actor, explode) for _ in range(3)]
    with pytest.raises(ZeroDivisionError):
        run(jobs[0].pk)
    assert sent == [(explode.name, [str(jobs[1].pk)])]


def test_a_second_worker_leaves_a_living_job_alone_and_takes_a_dead_ones_over(
    actor: Actor, sent: list[Any]
) -> None:
    job = start_recalculation(actor=actor)
    with time_machine.travel(now(), tick=False) as clock:
        first = running._claim(job.pk)
        assert first is not None
        assert running._claim(job.pk) is None
        clock.shift(running.LEASE + dt.timedelta(seconds=1))
        assert running.sweep() == 1
        assert sent == [(job.task, [str(job.pk)])]
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
    job = start(actor, explode)
    with pytest.raises(ZeroDivisionError):
        run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "ZeroDivision" not in job.error


def test_a_cancelled_job_stops_at_its_next_step(actor: Actor) -> None:
    job = start(actor, call_off)
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.CANCELLED, {})
    assert job.cancel_asked


@pytest.mark.django_db(transaction=True)
def test_a_thread_renews_the_lease_while_the_work_is_busy(actor: Actor, monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "BEAT", 0.02)
    job = start(actor, busy)
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (JobState.SUCCEEDED, 3, 7)
    assert job.result["renewed"]


def test_a_queued_job_is_cancelled_at_once(actor: Actor) -> None:
    job = start_recalculation(actor=actor)
    assert services.cancel(actor=actor, job_id=job.pk).state == JobState.CANCELLED
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.CANCELLED, 0)


def test_each_entry_of_the_schedule_is_sent_when_it_is_due_and_once(
    db: None, sent: list[Any]
) -> None:
    first, second = (DatabaseScheduler(app=celery_app) for _ in range(2))
    minutely = [SWEEP, DISPATCH, REMIND, FIND_DUPLICATES, FOLD_COUNTS, SEND_SCHEDULED]
    often = [*minutely, SEAL, CLEAN_EXPORTS, CLEAN_IMPORTS, END_CONSENTS]
    with time_machine.travel("2026-11-28T23:00:00Z", tick=False) as clock:
        first.tick()
        assert sorted(sent) == sorted((task, []) for task in scheduled()), "none ever ran"
        sent.clear()
        for minutes, due in (
            (0, []),
            (1, minutely),
            (59, [*often, CLEAN_RECORDS]),
            (10, [*often, SEGMENTS]),
            (60, [*often, CLEAN_RECORDS, CLEAN_SESSIONS]),
        ):
            clock.shift(dt.timedelta(minutes=minutes))
            for scheduler in (first, second, DatabaseScheduler(app=celery_app)):
                scheduler.tick()
            assert sorted(sent) == sorted((task, []) for task in due)
            sent.clear()


def test_of_two_schedulers_that_look_at_once_one_sends(db: None) -> None:
    assert schedule.take("sweep jobs", None)
    assert not schedule.take("sweep jobs", None)
    seen = PeriodicRun.objects.get(name="sweep jobs")
    assert schedule.take("sweep jobs", seen)
    assert not schedule.take("sweep jobs", seen)


def test_what_could_not_be_sent_is_due_at_the_next_look(
    db: None, sent: list[Any], monkeypatch: Any
) -> None:
    def unreachable(*args: Any, **options: Any) -> None:
        raise OSError("the broker is away")

    with monkeypatch.context() as broken:
        broken.setattr(celery_app, "send_task", unreachable)
        DatabaseScheduler(app=celery_app).tick()
    assert not PeriodicRun.objects.exists()
    DatabaseScheduler(app=celery_app).tick()
    assert len(sent) == len(scheduled())


def test_jobs_have_workers_of_their_own_and_what_is_scheduled_is_short() -> None:
    def queue(task: str) -> str:
        return str(celery_app.amqp.router.route({}, task)["queue"].name)

    jobs = {
        name
        for name, task in celery_app.tasks.items()
        if isinstance(task, JobTask) and not name.startswith("tests.")
    }
    assert "core.exports.tasks.write_export" in jobs
    assert {queue(task) for task in jobs} == {"long"}
    # comparing many customers takes its time, and may wait
    assert {task for task in scheduled() if queue(task) != "short"} == {FIND_DUPLICATES}
    assert scheduled() <= set(celery_app.tasks)


def test_time_passing_changes_status_and_segments_and_writes_nothing_twice(
    actor: Actor, cast: Cast
) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    version = customer.version
    with time_machine.travel(now() + dt.timedelta(days=200)):
        for changed in (1, 0):
            assert start_segmentations() == 1
            job = Job.objects.for_actor(actor).latest("pk")
            run(job.pk)
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
        start(actor, busy),
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
