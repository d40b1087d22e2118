"""
Background work as clients see it, against real processes over HTTP: the same in both lanes,
embedded and with Celery.
"""

import csv
import io
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.live.stack import Client, Stack, own_database

pytest.importorskip("gunicorn", reason="gunicorn doesn't run here")

RESOURCES: dict[str, str] = {
    "customers": "id",
    "projects": "id",
    "interactions": "id",
    "appointments": "id",
    "transactions": "transaction_id",
}
"""Resource → the key of its rows' ids."""

COLUMNS = {
    "customers": [
        "id",
        "first_name",
        "last_name",
        "email",
        "phone",
        "status",
        "tags",
        "lifetime_value",
        "customer_since",
    ],
    "transactions": ["transaction_id", "customer_id", "gross_amount", "created_at"],
}
"""Where the usual ones don't call the id so."""

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OCCUPY = """
from core.jobs.models import Job, JobState
from core.jobs.running import LEASE
from core.clock import now
from core.tenancy.models import Organization
organization = Organization.objects.get(slug="demo")
job = Job(organization=organization, environment="live", kind="export", permission="export", state=JobState.RUNNING, attempts=1)
job.lease_until = now() + LEASE * 100
job.save(force_insert=True)
print(job.pk)
"""  # noqa: E501
SPOIL = """
from customers.models import Customer
print(Customer.objects.unscoped().filter(organization__slug="demo", environment="live").update(lifetime_value=77, interaction_count=5000))
"""  # noqa: E501

PINNED = """
from customers.models import Customer
print(*Customer.objects.unscoped().filter(organization__slug="demo", environment="live", status="vip", status_pinned=True, deleted_at=None).values_list("pk", flat=True))
"""  # noqa: E501


@pytest.fixture(scope="module")
def crm(tmp_path_factory: Any) -> Iterator[Stack]:
    """A small demo, served: in full where both addresses are set, else embedded."""
    database, redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    with ExitStack() as ending:
        if database and redis:
            stack = Stack(
                tmp_path_factory.mktemp("full"),
                database=ending.enter_context(own_database(database)),
                redis=redis,
            )
        else:
            stack = Stack(tmp_path_factory.mktemp("embedded"))
        ending.callback(stack.end)
        stack.manage("migrate", "--verbosity", "0")
        stack.manage("seed_demo", "--customers", "300")
        stack.start()
        yield stack


@pytest.fixture(scope="module")
def admin(crm: Stack) -> Client:
    return crm.client()


def start_export(client: Client, resource: str, **asked: Any) -> str:
    return client.started(
        "/api/exports",
        resource=resource,
        **{"columns": COLUMNS[resource]} if resource in COLUMNS else {},
        **asked,
    )


def finished(client: Client, resource: str, **asked: Any) -> dict[str, Any]:
    """An export from its start to its end."""
    return client.followed(
        f"/api/exports/{client.started('/api/exports', resource=resource, **asked)}"
    )


def ids_in(content: bytes, form: str, key: str) -> list[str]:
    """The ids of an exported file's rows, which all have every column of the first."""
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
    elif form == "jsonl":
        rows = [json.loads(line) for line in content.splitlines()]
    else:
        header, *values = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active.values
        rows = [dict(zip(header, row, strict=True)) for row in values]
    assert {frozenset(row) for row in rows} == {frozenset(rows[0])}
    return [str(row[key]) for row in rows]


def test_each_resource_in_each_format_holds_what_its_list_shows(crm: Stack, admin: Client) -> None:
    wanted = {
        resource: admin.listed(f"/api/{resource}", key) for resource, key in RESOURCES.items()
    }
    assert min(map(len, wanted.values())) > 10
    started = {
        (resource, form): start_export(admin, resource, format=form)
        for resource in RESOURCES
        for form in FORMATS
    }
    for (resource, form), key in started.items():
        export = admin.followed(f"/api/exports/{key}")
        assert (export["state"], export["error"], export["rows"]) == (
            "succeeded",
            None,
            len(wanted[resource]),
        )
        answer = admin.get(export["download_url"])
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, FORMATS[form])
        assert len(answer.content) == export["bytes"] == int(answer.headers["Content-Length"])
        found = ids_in(answer.content, form, RESOURCES[resource])
        assert (len(found), set(found)) == (len(wanted[resource]), wanted[resource])
    assert len(crm.files()) == len(started), "one file each, and nothing left in the workplace"


def test_an_export_takes_the_lists_filters(admin: Client) -> None:
    export = finished(
        admin, "customers", format="jsonl", columns=["id", "status"], filters={"status": "vip"}
    )
    rows = [json.loads(line) for line in admin.get(export["download_url"]).content.splitlines()]
    assert {row["id"] for row in rows} == admin.listed("/api/customers", status="vip")
    assert {tuple(row) for row in rows} == {("id", "status")}


def test_a_recalculation_brings_everyone_up_to_date(crm: Stack, admin: Client) -> None:
    everyone = int(crm.run(SPOIL))
    job = admin.followed(f"/api/jobs/{admin.started('/api/jobs', kind='recalculation')}")
    assert (job["state"], job["done"], job["total"]) == ("succeeded", everyone, everyone)
    assert job["result"]["changed"] >= everyone >= 300
    assert "All computed values equal their source rows." in crm.manage("figures")


def test_a_changed_threshold_is_applied_to_everyone_by_a_job(crm: Stack, admin: Client) -> None:
    before = admin.listed("/api/customers", status="vip")
    pinned = set(crm.run(PINNED).split())
    assert pinned < before, "some are VIPs because a person said so, others for their value"
    key = crm.run(
        "from core.tenancy.models import Organization; "
        "print(Organization.objects.get(slug='demo').pk)"
    )
    crm.browser().send(f"/admin/tenancy/organization/{key}/change/", vip_lifetime_value="100000000")
    newest = admin.get("/api/jobs", kind="recalculation", per_page=1).json()["data"][0]
    job = admin.followed(f"/api/jobs/{newest['id']}")
    assert (job["state"], job["asked_by"]) == ("succeeded", "admin@demo.test")
    assert job["result"]["changed"] >= len(before - pinned)
    assert admin.listed("/api/customers", status="vip") == pinned


def test_a_waiting_export_is_called_off_and_never_runs(crm: Stack, admin: Client) -> None:
    running = crm.run(OCCUPY)
    waiting = admin.started("/api/exports", resource="customers")
    assert admin.get(f"/api/exports/{waiting}").json()["data"]["state"] == "queued"
    assert admin.get(f"/api/exports/{waiting}/download").status_code == 409
    assert admin.post(f"/api/jobs/{waiting}/cancel").json()["data"]["state"] == "cancelled"
    assert admin.get(f"/api/exports/{waiting}/download").status_code == 410
    assert admin.post(f"/api/jobs/{running}/cancel").json()["data"]["cancel_asked"] is True
    crm.run(
        f"from core.jobs.models import Job; print(Job.objects.unscoped().filter(pk='{running}"
        "').update(state='cancelled'))"
    )
    assert finished(admin, "projects")["state"] == "succeeded"
    assert admin.get(f"/api/exports/{waiting}").json()["data"]["state"] == "cancelled"


def test_a_deleted_exports_file_is_gone(crm: Stack, admin: Client) -> None:
    export = finished(admin, "projects")
    assert admin.get(export["download_url"]).status_code == 200
    before = len(crm.files())
    assert admin.delete(f"/api/exports/{export['id']}").status_code == 200
    assert admin.get(export["download_url"]).status_code == 410
    assert len(crm.files()) == before - 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"columns": ["id", "nonsense"]}, "columns"),
        ({"filters": {"nonsense": 1}}, "filters"),
        ({"filters": {"status": "nonsense"}}, "filters"),
        ({"format": "pdf"}, "format"),
        ({"resource": "passwords"}, "resource"),
    ],
)
def test_what_is_not_understood_starts_nothing(
    admin: Client, wrong: dict[str, Any], field: str
) -> None:
    before = admin.get("/api/jobs").json()["pagination"]["total"]
    answer = admin.post("/api/exports", {"resource": "customers", "format": "csv", **wrong})
    assert answer.status_code == 400
    assert field in answer.text
    assert admin.get("/api/jobs").json()["pagination"]["total"] == before


def test_an_expired_file_is_cleaned_away(crm: Stack, admin: Client) -> None:
    export = finished(admin, "transactions")
    assert crm.files()
    crm.manage("run_periodic", "core.exports.tasks.clean_exports", EXPORT_EXPIRY_HOURS="0")
    assert crm.files() == []
    assert admin.get(export["download_url"]).status_code == 410
    assert admin.get(f"/api/exports/{export['id']}").json()["data"]["download_url"] is None


def test_every_process_ends_when_it_is_told_to(crm: Stack) -> None:
    processes = {name: process.pid for name, process in crm.processes.items()}
    assert crm.end(seconds=15) == dict.fromkeys(processes, 0)
    for pid in processes.values():
        with pytest.raises(ProcessLookupError):
            os.killpg(pid, 0)
    assert not list(Path(crm.folder, "exporting").glob("*"))
