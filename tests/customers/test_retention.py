"""Who has been away too long is listed, and erased when a person or the policy says so."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from appointments.services import book_appointment, change_appointment
from core.audit.models import AuditEntry
from core.clock import months_before, now
from core.errors import Forbidden, Invalid, Stale
from core.identity.services import actor_of
from core.jobs.models import Job
from core.jobs.running import Run
from core.tenancy.actor import Actor
from customers import tasks
from customers.errors import ReviewChanged
from customers.models import Customer, RetentionPolicy
from customers.selectors.retention import due_for_erasure, retention_policy
from customers.services import retention
from customers.services.customers import create_customer, delete_customer
from customers.services.privacy_requests import open_privacy_request
from customers.services.retention import erase_if_inactive, set_retention, start_retention
from interactions.services import log_interaction
from tests.background import run
from tests.cast import Cast, customer_values
from tests.client import ApiClient


def away(actor: Actor, number: int, months: int) -> Customer:
    """A customer who was last active so many months (and two days) ago."""
    since = months_before(now(), months) - dt.timedelta(days=2)
    return create_customer(
        actor=actor, values=customer_values(number, customer_since=since.isoformat())
    )


def keep_for(actor: Actor, months: int, **more: Any) -> RetentionPolicy:
    return set_retention(actor=actor, values={"months": months, **more})


def due(actor: Actor, **options: Any) -> set[UUID]:
    return set(due_for_erasure(actor=actor, **options).values_list("pk", flat=True))


def people() -> set[UUID]:
    return set(Customer.objects.unscoped().values_list("pk", flat=True))


def certificates(actor: Actor) -> list[Any]:
    rows = AuditEntry.objects.for_actor(actor).filter(action="customer.erased")
    return [row.changes["ground"][1] for row in rows]


def test_nobody_is_due_until_a_policy_is_set(actor: Actor) -> None:
    row = away(actor, 1, 600)
    assert retention_policy(actor=actor).months == 0
    assert due(actor) == set()
    assert due(actor, months=24) == {row.pk}
    keep_for(actor, 24)
    assert due(actor) == {row.pk}
    keep_for(actor, 0)
    assert due(actor) == set()


def test_those_are_due_who_were_not_active_for_so_many_months(actor: Actor) -> None:
    old, _recent = away(actor, 1, 24), away(actor, 2, 23)
    busy = away(actor, 3, 24)
    log_interaction(actor=actor, values={"customer": busy.pk, "type": "note"})
    gone = away(actor, 4, 30)
    delete_customer(actor=actor, customer_id=gone.pk)
    keep_for(actor, 24)
    assert due(actor) == {old.pk, gone.pk}
    assert due(actor, months=23) >= {old.pk, gone.pk}


def test_an_upcoming_appointment_and_an_open_request_keep_a_customer(actor: Actor) -> None:
    booked, asking = away(actor, 1, 30), away(actor, 2, 30)
    visit = book_appointment(
        actor=actor, values={"customer": booked.pk, "start_at": "2099-01-01T10:00:00Z"}
    )
    open_privacy_request(actor=actor, values={"customer": asking.pk, "kind": "access"})
    keep_for(actor, 24)
    assert due(actor) == set()
    change_appointment(actor=actor, appointment_id=visit.pk, values={"status": "cancelled"})
    assert due(actor) == {booked.pk}


def test_the_job_erases_those_who_are_due_each_with_a_certificate(actor: Actor) -> None:
    old = [away(actor, number, 30) for number in range(3)]
    kept = away(actor, 9, 3)
    keep_for(actor, 24)
    job = start_retention(actor=actor, expected=3)
    assert (people(), job.total) == ({*(row.pk for row in old), kept.pk}, 3)
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result, job.done) == ("succeeded", {"erased": 3}, 3)
    assert people() == {kept.pk}
    assert certificates(actor) == ["no activity for 24 months"] * 3


def test_who_came_back_after_the_review_stays(actor: Actor) -> None:
    old, back, booked = away(actor, 1, 30), away(actor, 2, 30), away(actor, 3, 30)
    keep_for(actor, 24)
    job = start_retention(actor=actor, expected=3)
    limit = dt.datetime.fromisoformat(job.parameters["limit"])
    log_interaction(actor=actor, values={"customer": back.pk, "type": "note"})
    book_appointment(
        actor=actor, values={"customer": booked.pk, "start_at": "2099-01-01T10:00:00Z"}
    )
    for row in (back, booked):
        assert erase_if_inactive(actor=actor, customer_id=row.pk, limit=limit, months=24) is None
    run(job.pk)
    assert people() == {back.pk, booked.pk}
    assert old.pk not in people()


def test_a_killed_job_goes_on_with_the_rest(actor: Actor, monkeypatch: Any) -> None:
    for number in range(4):
        away(actor, number, 30)
    keep_for(actor, 24)
    job = start_retention(actor=actor)
    erase, calls = tasks.erase_if_inactive, []

    def killed_at_the_third(**values: Any) -> Any:
        calls.append(values)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return erase(**values)

    monkeypatch.setattr(tasks, "erase_if_inactive", killed_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        run(job.pk)
    assert len(people()) == 2
    monkeypatch.setattr(tasks, "erase_if_inactive", erase)
    Job.objects.unscoped().update(lease_until=now() - dt.timedelta(seconds=1))
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result, people()) == ("succeeded", {"erased": 4}, set())
    assert len(certificates(actor)) == 4


def test_a_review_that_is_out_of_date_starts_nothing(actor: Actor) -> None:
    away(actor, 1, 30)
    keep_for(actor, 24)
    with pytest.raises(ReviewChanged):
        start_retention(actor=actor, expected=2)
    assert Job.objects.unscoped().count() == 0


def test_the_night_erases_only_where_the_policy_says_so(actor: Actor, cast: Cast) -> None:
    charlie = actor_of(cast.charlie)
    away(actor, 1, 30)
    away(charlie, 1, 30)
    keep_for(actor, 24)
    keep_for(charlie, 24, is_automatic=True)
    tasks.start_retentions()
    (job,) = Job.objects.unscoped().all()
    assert (job.organization_id, job.asked_by) == (cast.other.pk, "schedule")
    run(job.pk)
    assert {row.organization_id for row in Customer.objects.unscoped()} == {cast.acme.pk}


def test_a_policy_is_bounded_and_not_set_over_a_change(actor: Actor) -> None:
    for months in (-1, 1201, "soon", None):
        with pytest.raises(Invalid):
            keep_for(actor, months)  # type: ignore[arg-type]
    assert RetentionPolicy.objects.unscoped().filter(months__gt=0).count() == 0
    row = keep_for(actor, 24)
    with pytest.raises(Stale):
        set_retention(actor=actor, values={"months": 3}, if_version=row.version - 1)
    assert retention_policy(actor=actor).months == 24
    entry = AuditEntry.objects.for_actor(actor).get(action="retentionpolicy.updated")
    assert entry.changes == {"months": [0, 24]}


def test_it_is_the_administrators_alone(actor: Actor, cast: Cast) -> None:
    mona = actor_of(cast.mona)
    for call in (
        lambda: keep_for(mona, 1),
        lambda: due(mona),
        lambda: start_retention(actor=mona),
        lambda: retention.start_automatic_retention(actor=mona),
    ):
        with pytest.raises(Forbidden):
            call()
    assert RetentionPolicy.objects.unscoped().count() == 0


def test_the_endpoint_shows_what_a_policy_would_mean_and_erases_what_was_seen(
    actor: Actor, api: ApiClient
) -> None:
    row = away(actor, 1, 30)
    first = api.get("/api/retention/policy")
    assert (first.json()["data"]["months"], first.headers["ETag"]) == (0, '"1"')
    assert api.get("/api/retention/customers").json()["data"] == []
    (shown,) = api.get("/api/retention/customers", months=24).json()["data"]
    assert (shown["id"], shown["deleted_at"]) == (str(row.pk), None)
    changed = api.put("/api/retention/policy", {"months": 24}, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert api.put("/api/retention/policy", {"months": 1}, **{"If-Match": '"1"'}).status_code == 412
    assert api.post("/api/retention/purge", {"expected": 2}).status_code == 409
    assert api.post("/api/retention/purge", {}).status_code == 400
    started = api.post("/api/retention/purge", {"expected": 1})
    assert (started.status_code, started.json()["data"]["kind"]) == (202, "retention")
    run(UUID(started.json()["data"]["id"]))
    assert people() == set()


def test_the_run_of_the_job_has_the_rights_that_started_it(actor: Actor) -> None:
    keep_for(actor, 24)
    job = start_retention(actor=actor)
    assert (job.permission, Run(job).actor.label) == ("erase customers", "alice@acme.test")
