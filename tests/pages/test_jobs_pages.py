"""Exports and jobs: choosing, following, taking home, and what is refused."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, expect

from core.clock import now
from core.exports.files import storage
from core.exports.services import start_export, withdraw_exports
from core.identity.services import actor_of
from core.jobs.models import Job, JobState
from core.tenancy.actor import Actor
from customers.filters import CustomerConditions, ProjectConditions
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.jobs import start_bulk_update, start_recalculation
from customers.services.work import create_project
from tests.background import run
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

JOBS, NEW = "/app/jobs/", "/app/exports/new/"


@pytest.fixture(autouse=True)
def _files_apart(settings: Any, tmp_path: Path) -> None:
    storages = {**django_settings.STORAGES}
    storages["exports"] = {
        **storages["exports"],
        "OPTIONS": {**storages["exports"]["OPTIONS"], "location": str(tmp_path / "exports")},
    }
    settings.STORAGES = storages
    settings.EXPORT_WORKPLACE = tmp_path / "exporting"


@pytest.fixture
def people(actor: Actor) -> list[Customer]:
    """Three, two of them in Novi."""
    return [
        create_customer(
            actor=actor, values=customer_values(number, city="Novi" if number else "Troy")
        )
        for number in range(3)
    ]


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


def export_of(actor: Actor, **more: Any) -> Job:
    asked = {
        "resource": "customers",
        "form": "csv",
        "columns": {"First name": "first_name"},
        "conditions": CustomerConditions(),
        **more,
    }
    return start_export(actor=actor, **asked)


def latest(actor: Actor) -> Job:
    found = Job.objects.for_actor(actor).order_by("-id").first()
    assert found is not None
    return found


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_number_of_rows_is_known_before_and_is_the_files(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    shown = alice.get(f"{NEW}?resource=customers&city=Novi")
    assert shown.context["rows"] == 2
    assert "City" in text_of(shown)
    assert "Export all" in text_of(shown)
    assert shown.context["selection"].summary == [("City", "Novi")]
    assert shown.context["selection"].back == "/app/customers/?city=Novi"
    sent = {"format": "csv", "columns": ["first_name", "last_name", "city"]}
    answer = alice.post(f"{NEW}?resource=customers&city=Novi", sent)
    job = latest(actor)
    assert answer["Location"] == f"{JOBS}{job.pk}/"
    run(job.pk)
    told = alice.get(answer["Location"]).context["summary"]
    assert told.result.startswith("2 rows · ")
    answer = alice.get(f"/app/exports/{job.pk}/download/")
    assert answer["Content-Disposition"] == f'attachment; filename="customers-{now():%Y-%m-%d}.csv"'
    rows = list(csv.reader(io.StringIO(body(answer).decode())))
    assert rows[0] == ["First name", "Last name", "City"]
    assert sorted(rows[1:]) == [["Jane", "Smith1", "Novi"], ["Jane", "Smith2", "Novi"]]


def test_people_get_a_workbook_unless_they_say_otherwise(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    form = alice.get(NEW).context["form"]
    assert [choice["value"] for choice in form.formats if choice["checked"]] == ["xlsx"]
    chosen = [box["value"] for box in form.boxes if box["checked"]]
    assert chosen[:5] == ["first_name", "last_name", "company_name", "email", "phone"]
    alice.post(NEW, {"format": "xlsx", "columns": chosen})
    job = latest(actor)
    run(job.pk)
    answer = alice.get(f"/app/exports/{job.pk}/download/")
    assert body(answer)[:2] == b"PK"
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")


def test_all_columns_are_one_box_and_developers_get_the_domains_names(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    """But for what is sensitive, which has to be asked for by name."""
    alice.post(NEW, {"format": "jsonl", "every": "on"})
    columns = latest(actor).parameters["columns"]
    boxes = [box["value"] for box in alice.get(NEW).context["form"].boxes]
    assert sorted(column for _, column in columns) == sorted({*boxes} - {"sensitive_custom_fields"})
    assert all(header == column for header, column in columns)


def test_no_columns_are_refused_beside_them(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    answer = alice.post(NEW, {"format": "csv"})
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {"columns": ["Choose at least one column."]},
    )
    assert Job.objects.for_actor(actor).count() == 0


def test_a_form_sent_twice_starts_one_export(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    sent = {
        "format": "csv",
        "columns": ["email"],
        "submission": alice.get(NEW).context["form"]["submission"].value(),
    }
    first, second = alice.post(NEW, sent), alice.post(NEW, sent)
    assert first["Location"] == second["Location"]
    assert Job.objects.for_actor(actor).count() == 1


def test_picked_customers_are_the_rows(alice: Client, people: list[Customer]) -> None:
    assert alice.get(f"{NEW}?ids={people[0].pk.hex},{people[2].pk.hex}").context["rows"] == 2
    assert alice.get(f"{NEW}?ids=nonsense").context["rows"] == 0


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("resource=projects", 2),
        ("resource=projects&status=completed", 1),
        ("resource=projects&status=x", 0),
        ("resource=transactions", 0),
    ],
)
def test_other_lists_export_under_their_own_filters(
    alice: Client, actor: Actor, people: list[Customer], query: str, rows: int
) -> None:
    for status in ("completed", "planned"):
        create_project(
            actor=actor, values={"customer": people[0], "status": status, "total_amount": 5}
        )
    assert alice.get(f"{NEW}?{query}").context["rows"] == rows


def test_the_filters_of_another_list_are_told_in_its_own_words(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    shown = alice.get(f"{NEW}?resource=projects&status=on_hold&search=jane&sort=name")
    assert shown.context["selection"].summary == [("Customer", "jane"), ("Status", "On hold")]
    assert "On hold" in text_of(shown)


def test_what_can_not_be_exported_is_not_found(alice: Client) -> None:
    assert alice.get(f"{NEW}?resource=users").status_code == 404


def test_a_customers_projects_alone_and_nobodys_for_a_broken_id(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    create_project(actor=actor, values={"customer": people[0], "total_amount": 5})
    addresses = [
        f"{NEW}?resource=projects&customer_id={key}" for key in (people[0].pk, people[1].pk, "x")
    ]
    assert [alice.get(address).context["rows"] for address in addresses] == [1, 0, 0]


def test_the_list_tells_what_ran_and_what_came_of_it(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    run(export_of(actor).pk)
    run(
        start_bulk_update(
            actor=actor, conditions=CustomerConditions(city="Novi"), values={"campaign": "Spring"}
        ).pk
    )
    Customer.objects.unscoped().filter(pk=people[0].pk).update(lifetime_value=5)
    run(start_recalculation(actor=actor).pk)
    told = alice.get(JOBS).context["jobs"]
    assert [(each.title, each.result.split(" · ")[0], str(each.state.label)) for each in told] == [
        ("Recalculation", "1 value corrected", "Done"),
        ("Change of many customers", "2 customers updated", "Done"),
        ("Customers as CSV", "3 rows", "Done"),
    ]
    assert [each.detail for each in told] == ["", "Campaign", "First name"]


def test_the_list_asks_again_only_while_something_goes_on(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    job = export_of(actor)
    assert 'hx-trigger="every 2s"' in text_of(alice.get(JOBS))
    part = text_of(alice.get(f"{JOBS}{job.pk}/", headers={"HX-Request": "true"}))
    assert 'hx-trigger="every 2s"' in part
    assert "<html" not in part
    run(job.pk)
    assert 'hx-trigger="every 2s"' not in text_of(alice.get(JOBS))
    assert 'hx-trigger="every 2s"' not in text_of(alice.get(f"{JOBS}{job.pk}/"))


def test_progress_is_of_the_rows_that_were_counted(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    job = export_of(actor)
    Job.objects.unscoped().filter(pk=job.pk).update(state=JobState.RUNNING, done=1)
    told = alice.get(f"{JOBS}{job.pk}/").context["summary"]
    assert told.progress == {"value": 1, "of": 3, "text": "1 of 3"}


def test_a_waiting_export_is_cancelled_and_begun_again_with_the_same_choices(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    job = export_of(actor, conditions=CustomerConditions(city="Novi"))
    assert alice.post(f"{JOBS}{job.pk}/cancel/")["Location"] == f"{JOBS}{job.pk}/"
    told = alice.get(f"{JOBS}{job.pk}/").context["summary"]
    assert (str(told.state.label), told.why_not, told.may_start_again) == (
        "Cancelled",
        "It was cancelled before the file was written.",
        True,
    )
    alice.post(f"/app/exports/{job.pk}/again/")
    again = latest(actor)
    assert again.pk != job.pk
    assert again.parameters == Job.objects.unscoped().get(pk=job.pk).parameters
    assert again.total == 2


def test_a_deleted_or_expired_file_says_why_and_can_be_made_again(
    alice: Client, actor: Actor, people: list[Customer], settings: Any
) -> None:
    job = export_of(actor)
    run(job.pk)
    name = Job.objects.unscoped().get(pk=job.pk).result["file"]
    settings.EXPORT_EXPIRY = now() - now()
    answer = alice.get(f"/app/exports/{job.pk}/download/", follow=True)
    assert answer.context["summary"].why_not == "The file has expired."
    assert "Start again" in text_of(answer)
    alice.post(f"/app/exports/{job.pk}/delete/")
    assert alice.get(f"{JOBS}{job.pk}/").context["summary"].why_not == "The file was deleted."
    # it goes when the transaction commits
    assert not storage().exists(name) or connection.in_atomic_block


def test_of_all_rows_a_cancelled_export_begins_again_too(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    job = export_of(
        actor, resource="projects", columns={"Name": "name"}, conditions=ProjectConditions()
    )
    alice.post(f"{JOBS}{job.pk}/cancel/")
    assert alice.get(f"{JOBS}{job.pk}/").context["summary"].may_start_again is True


def test_a_file_that_is_not_ready_is_not_there_yet(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    answer = alice.get(f"/app/exports/{export_of(actor).pk}/download/", follow=True)
    assert "The file isn&#x27;t ready yet." in text_of(answer)


def test_what_was_withdrawn_for_an_erasure_never_begins_again(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    job = export_of(actor, conditions=CustomerConditions(city="Novi"))
    run(job.pk)
    withdraw_exports(actor=actor)
    told = alice.get(f"{JOBS}{job.pk}/").context["summary"]
    assert told.why_not.startswith("A customer was erased")
    assert told.may_start_again is False
    assert alice.post(f"/app/exports/{job.pk}/again/").status_code == 409
    assert Job.objects.for_actor(actor).count() == 1


def test_recalculation_is_explained_and_started(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    assert "Recalculate now?" in text_of(alice.get(JOBS))
    answer = alice.post(f"{JOBS}recalculate/")
    assert answer["Location"] == f"{JOBS}{latest(actor).pk}/"
    assert latest(actor).kind == "recalculation"


def test_staff_may_neither_look_nor_start(
    cast: Cast, client: Client, people: list[Customer], actor: Actor
) -> None:
    job = export_of(actor)
    client.force_login(cast.bob)
    for address in (JOBS, NEW, f"{JOBS}{job.pk}/", f"/app/exports/{job.pk}/download/"):
        assert client.get(address).status_code == 403
    for address in (
        NEW,
        f"{JOBS}{job.pk}/cancel/",
        f"/app/exports/{job.pk}/delete/",
        f"/app/exports/{job.pk}/again/",
        f"{JOBS}recalculate/",
    ):
        assert client.post(address).status_code == 403
    assert (Job.objects.for_actor(actor).count(), latest(actor).state) == (1, JobState.QUEUED)


def test_the_deleted_are_exported_by_those_who_may_see_them(
    cast: Cast, client: Client, people: list[Customer]
) -> None:
    client.force_login(cast.mona)
    assert client.get(f"{NEW}?deleted=true").status_code == 403
    client.force_login(cast.alice)
    assert client.get(f"{NEW}?deleted=true").context["rows"] == 0


def test_another_organizations_jobs_are_none(alice: Client, cast: Cast) -> None:
    stranger = actor_of(cast.charlie)
    job = export_of(stranger)
    assert alice.get(JOBS).context["page"].total == 0
    assert alice.get(f"{JOBS}{job.pk}/").status_code == 404
    assert alice.get(f"/app/exports/{job.pk}/download/").status_code == 404
    for address in (
        f"{JOBS}{job.pk}/cancel/",
        f"/app/exports/{job.pk}/delete/",
        f"/app/exports/{job.pk}/again/",
    ):
        assert alice.post(address).status_code == 404
    assert latest(stranger).state == JobState.QUEUED


def test_the_queries_stay_the_same_however_many_jobs_there_are(
    alice: Client, actor: Actor, people: list[Customer]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            alice.get(JOBS)
        return len(found)

    for _number in range(3):
        export_of(actor)
    few = queries()
    for _number in range(20):
        export_of(actor)
    assert queries() == few == 5


def test_an_export_is_chosen_followed_and_taken_home(
    cast: Cast, actor: Actor, people: list[Customer], page: Page
) -> None:
    sign_in(page, cast.alice)
    page.goto(f"{NEW}?city=Novi")
    page.get_by_label("All columns").check()
    page.get_by_text("CSV", exact=True).click()
    page.get_by_role("button", name="Start the export").click()
    expect(page.locator("#job")).to_contain_text("Waiting")
    check_accessible(page, widths=(360, 1280))
    run(latest(actor).pk)
    expect(page.locator("#job")).to_contain_text("2 rows")
    with page.expect_download() as got:
        page.get_by_role("link", name="Download").click()
    assert got.value.suggested_filename.startswith("customers-")
    page.goto(JOBS)
    check_accessible(page, widths=(360,))


def test_exporting_works_without_javascript(
    cast: Cast, actor: Actor, people: list[Customer], without_javascript: Page
) -> None:
    page = without_javascript
    sign_in(page, cast.alice)
    page.goto(NEW)
    page.get_by_role("button", name="Start the export").click()
    expect(page.locator("#job")).to_contain_text("Waiting")
    run(latest(actor).pk)
    page.get_by_role("link", name="Refresh").click()
    expect(page.locator("#job")).to_contain_text("3 rows")
