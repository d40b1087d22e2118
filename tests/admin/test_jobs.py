"""Background work in the admin, and the sidebar that leads there."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.test import Client

from core.exports.services import start_export
from core.identity.models import User
from core.identity.services import actor_of
from core.jobs.models import Job, JobState
from core.tenancy.actor import Actor
from crm.admin_site import MENU_GROUPS
from customers.filters import CustomerConditions
from customers.services.customers import create_customer
from tests.background import run
from tests.cast import Cast, customer_values

JOBS = "/admin/jobs/job/"


def export_of(actor: Actor) -> Job:
    return start_export(
        actor=actor,
        resource="customers",
        form="csv",
        columns={"City": "city"},
        conditions=CustomerConditions(),
    )


def test_a_finished_export_is_downloaded_from_the_list(actor: Actor, alice: Client) -> None:
    create_customer(actor=actor, values=customer_values(1, city="Troy"))
    job = export_of(actor)
    link = f"/app/exports/{job.pk}/download/"
    assert link not in alice.get(JOBS).content.decode()
    run(job.pk)
    for page in (JOBS, f"{JOBS}{job.pk}/change/"):
        text = alice.get(page).content.decode()
        assert link in text
        assert "1 of 1" in text
    assert b"Troy" in b"".join(alice.get(link).streaming_content)  # type: ignore[arg-type]


def test_what_waits_is_cancelled_and_what_has_ended_stays(actor: Actor, alice: Client) -> None:
    done, waiting = export_of(actor), export_of(actor)
    run(done.pk)
    answer = alice.post(
        JOBS,
        {"action": "call_off", "_selected_action": [str(done.pk), str(waiting.pk)]},
        follow=True,
    )
    assert "1 cancelled" in answer.content.decode()
    states = dict(Job.objects.unscoped().values_list("pk", "state"))
    assert states == {done.pk: JobState.SUCCEEDED, waiting.pk: JobState.CANCELLED}


def test_another_organizations_job_is_out_of_reach(cast: Cast, alice: Client) -> None:
    theirs = export_of(actor_of(cast.charlie))
    alice.post(JOBS, {"action": "call_off", "_selected_action": [str(theirs.pk)]})
    theirs.refresh_from_db()
    assert theirs.state == JobState.QUEUED


def test_a_super_admin_cancels_where_the_job_belongs(cast: Cast, sue: Client) -> None:
    theirs = export_of(actor_of(cast.charlie))
    sue.post(JOBS, {"action": "call_off", "_selected_action": [str(theirs.pk)]})
    theirs.refresh_from_db()
    assert theirs.state == JobState.CANCELLED


def test_the_sidebar_has_every_model_and_shows_what_one_may_see(
    cast: Cast, browser: Callable[[User], Client]
) -> None:
    for model, model_admin in admin.site._registry.items():
        assert model_admin.menu_group in MENU_GROUPS, model  # type: ignore[attr-defined]
        assert model_admin.menu_icon, model  # type: ignore[attr-defined]

    def titles(user: User) -> set[str]:
        groups: Any = browser(user).get("/admin/").context["sidebar_navigation"]
        return {item["title"] for group in groups for item in group["items"]}

    assert titles(cast.sue) - titles(cast.alice) == {"Periodic runs", "Idempotency records"}
    assert "Back to the CRM" in titles(cast.alice)
