"""Exports and jobs through the native API: asked for, followed, fetched, gone."""

import csv
import datetime as dt
import io
import json
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.storage import storages
from django.test import Client

from core.audit.models import AuditEntry
from core.clock import now
from core.exports.files import clean_exports
from core.identity.services import actor_of
from core.jobs import running
from core.jobs.models import Job, JobState
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.erasure import erase_customer
from tests import background
from tests.api.world import make_world
from tests.cast import Cast, customer_values
from tests.client import ApiClient

PATH = "/api/exports"
LISTS = {
    name: f"/api/{name}"
    for name in ("customers", "projects", "interactions", "appointments", "transactions")
} | {"follow_ups": "/api/follow-ups"}


@pytest.fixture
def world(cast: Cast) -> dict[str, str]:
    return make_world(actor_of(cast.alice), mark="acme", user=cast.bob, number=1)


@pytest.fixture(autouse=True)
def _storage(settings: Any, tmp_path: Any) -> None:
    settings.EXPORT_WORKPLACE = tmp_path / "writing"
    settings.STORAGES = {
        **settings.STORAGES,
        "exports": {
            **settings.STORAGES["exports"],
            "OPTIONS": {"location": str(tmp_path / "files")},
        },
    }


def files() -> list[str]:
    try:
        return list(storages["exports"].listdir("")[1])
    except FileNotFoundError:
        return []


def finished(api: ApiClient, **asked: Any) -> dict[str, Any]:
    """Asks for an export, lets it run and returns what the API then says of it."""
    answer = api.post(PATH, asked)
    assert answer.status_code == 201, answer.json()
    key = answer.json()["data"]["id"]
    background.run(key)
    data: dict[str, Any] = api.get(f"{PATH}/{key}").json()["data"]
    return data


def content(api: ApiClient, export: dict[str, Any]) -> bytes:
    response = api.get(export["download_url"])
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def ids_of(form: str, data: bytes, key: str) -> list[str]:
    if form == "jsonl":
        return [json.loads(line)[key] for line in data.splitlines()]
    if form == "csv":
        return [row[key] for row in csv.DictReader(io.StringIO(data.decode(), newline=""))]
    header, *rows = openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
    return [str(row[header.index(key)]) for row in rows]


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
@pytest.mark.parametrize("resource", list(LISTS))
def test_an_export_holds_what_the_list_holds(
    api: ApiClient, world: dict[str, str], resource: str, form: str
) -> None:
    key = "transaction_id" if resource == "transactions" else "id"
    listed = api.get(LISTS[resource]).json()
    export = finished(api, resource=resource, format=form, columns=[key])
    count = listed["pagination"]["total"]
    assert count >= 1
    assert (export["state"], export["rows"], export["total"], export["done"]) == (
        "succeeded",
        count,
        count,
        count,
    )
    data = content(api, export)
    assert ids_of(form, data, key) == [row[key] for row in listed["data"]]
    assert export["bytes"] == len(data)


def test_the_lists_filters_are_the_exports(api: ApiClient, actor: Actor) -> None:
    rows = [
        create_customer(
            actor=actor, values=customer_values(n) | {"city": "Troy" if n % 2 else "Flint"}
        )
        for n in range(1, 7)
    ]
    Customer.objects.for_actor(actor).filter(pk=rows[0].pk).update(lifetime_value=900)
    query = {"city": "Troy", "min_lifetime_value": "10"}
    listed = api.get("/api/customers", **query).json()
    export = finished(
        api, resource="customers", format="jsonl", columns=["id", "total_value"], filters=query
    )
    (line,) = content(api, export).splitlines()
    assert json.loads(line) == {"id": listed["data"][0]["id"], "total_value": 900}
    assert export["expires_at"] is not None


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"resource": "secrets"}, "resource"),
        ({}, "resource"),
        ({"resource": "customers", "format": "pdf"}, "format"),
        ({"resource": "customers", "format": 7}, "format"),
        ({"resource": "customers", "columns": ["first_name", "password"]}, "columns"),
        ({"resource": "customers", "columns": []}, "columns"),
        ({"resource": "customers", "columns": "id"}, "columns"),
        ({"resource": "projects", "columns": ["customer__password"]}, "columns"),
        ({"resource": "customers", "filters": {"status": "rich"}}, "filters.status"),
        ({"resource": "customers", "filters": {"color": "red"}}, "filters.color"),
        ({"resource": "projects", "filters": {"customer_id": "x"}}, "filters.customer_id"),
        ({"resource": "projects", "filters": {"status": ["planned"]}}, "filters.status"),
        ({"resource": "projects", "filters": {"organization_id": "x"}}, "filters.organization_id"),
        ({"resource": "projects", "filters": "status=planned"}, "filters"),
        ({"resource": "customers", "filters": {}, "bonus": 1}, "bonus"),
    ],
)
def test_what_is_wrong_is_told_before_anything_starts(
    api: ApiClient, body: dict[str, Any], fault: str
) -> None:
    answer = api.post(PATH, body)
    assert answer.status_code == 400
    assert list(answer.json()["details"]) == [fault]
    assert not Job.objects.unscoped().exists()


def test_deleted_customers_are_exported_by_those_who_may_see_them(
    api: ApiClient, cast: Cast, world: dict[str, str]
) -> None:
    asked = {
        "resource": "customers",
        "format": "jsonl",
        "columns": ["id"],
        "filters": {"deleted": "true"},
    }
    assert ids_of("jsonl", content(api, finished(api, **asked)), "id") == [world["deleted"]]
    assert ApiClient(user=cast.mona).post(PATH, asked).status_code == 403


def test_a_file_of_the_deleted_is_theirs_alone_who_may_see_them(
    api: ApiClient, cast: Cast, world: dict[str, str]
) -> None:
    """To others it isn't there: not listed, shown, downloaded, deleted or made again."""
    asked = {"resource": "customers", "filters": {"deleted": "true"}}
    job = finished(api, **asked)
    export = f"{PATH}/{job['id']}"
    mona, read = ApiClient(user=cast.mona), ApiClient(key=cast.read_key)
    for client in (mona, read):
        assert job["id"] not in client.get(PATH).content.decode()
        assert job["id"] not in client.get("/api/jobs").content.decode()
        for path in (
            f"{PATH}/{job['id']}",
            f"{PATH}/{job['id']}/download",
            f"/api/jobs/{job['id']}",
        ):
            assert client.get(path).status_code == 404
    assert mona.delete(f"{PATH}/{job['id']}").status_code == 404
    page = Client()
    page.force_login(cast.mona)
    assert page.get(f"/app/exports/{job['id']}/download/").status_code == 404
    assert job["id"] not in page.get("/app/jobs/").content.decode()
    assert api.get(f"{export}/download").status_code == 200


def test_another_organizations_export_is_not_found(
    api: ApiClient, cast: Cast, world: dict[str, str]
) -> None:
    stranger = ApiClient(user=cast.charlie)
    for method, path in (("GET", ""), ("GET", "/download"), ("DELETE", "")):
        assert stranger.send(method, f"{PATH}/{world['export']}{path}").status_code == 404
    export = finished(
        stranger, resource="projects", format="jsonl", filters={"customer_id": world["customer"]}
    )
    assert export["rows"] == 0
    assert content(stranger, export) == b""


def test_the_file_is_private_named_and_audited(
    api: ApiClient, actor: Actor, anonymous: ApiClient, world: dict[str, str]
) -> None:
    export = finished(api, resource="customers", filters={"search": "acmeFirst"})
    assert anonymous.get(export["download_url"]).status_code == 401
    response = api.get(export["download_url"])
    assert response.headers["Content-Disposition"].startswith("attachment; filename=customers_20")
    assert int(response.headers["Content-Length"]) == export["bytes"]
    entries = (
        AuditEntry.objects.for_actor(actor).order_by("pk").values_list("action", "actor_label")
    )
    assert list(entries)[-3:] == [
        ("job.export", "alice@acme.test"),
        ("customers.exported", "alice@acme.test"),
        ("export.downloaded", "alice@acme.test"),
    ]


def test_until_it_is_finished_there_is_nothing_to_fetch(
    api: ApiClient, world: dict[str, str]
) -> None:
    key = api.post(PATH, {"resource": "customers"}).json()["data"]["id"]
    assert api.get(f"{PATH}/{key}/download").status_code == 409
    assert api.delete(f"{PATH}/{key}").status_code == 200
    background.run(key)
    shown = api.get(f"{PATH}/{key}").json()["data"]
    assert (shown["state"], shown["download_url"], shown["rows"]) == ("cancelled", None, None)
    assert api.get(f"{PATH}/{key}/download").status_code == 410


@pytest.mark.django_db(transaction=True)
def test_an_expired_file_is_gone_from_the_disk(api: ApiClient, cast: Cast, settings: Any) -> None:
    export = finished(api, resource="customers")
    assert len(files()) == 1
    storages["exports"].save(
        "0190a5c3b8f07d6e9f1b2c3d4e5f6071-1.csv", io.BytesIO(b"left by a worker that died")
    )
    assert clean_exports() == 1
    assert len(files()) == 1
    with time_machine.travel(now() + settings.EXPORT_EXPIRY + dt.timedelta(seconds=1)):
        api = ApiClient(user=cast.alice)
        assert api.get(export["download_url"]).status_code == 410
        assert clean_exports() == 1
        assert files() == []
        shown = api.get(f"{PATH}/{export['id']}").json()["data"]
        assert (shown["state"], shown["rows"], shown["download_url"], shown["expires_at"]) == (
            "succeeded",
            0,
            None,
            None,
        )


@pytest.mark.django_db(transaction=True)
def test_a_deleted_exports_file_is_gone(api: ApiClient) -> None:
    export = finished(api, resource="customers")
    assert api.delete(f"{PATH}/{export['id']}").status_code == 200
    assert files() == []
    assert api.get(export["download_url"]).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_erasing_a_customer_takes_back_every_export(api: ApiClient, actor: Actor) -> None:
    customer = create_customer(actor=actor, values=customer_values(email="canary@example.com"))
    done = finished(
        api, resource="customers", format="jsonl", filters={"search": "canary@example.com"}
    )
    waiting = api.post(
        PATH, {"resource": "customers", "filters": {"search": "canary@example.com"}}
    ).json()["data"]["id"]
    erase_customer(actor=actor, customer_id=customer.pk, ground="request")
    assert files() == []
    assert api.get(done["download_url"]).status_code == 410
    background.run(waiting)
    shown = api.get(f"{PATH}/{waiting}").json()["data"]
    assert (shown["state"], shown["error"]) == (
        "cancelled",
        "Withdrawn: a customer was erased; start it again.",
    )
    assert "canary" not in json.dumps(
        list(Job.objects.unscoped().values("parameters", "result", "error"))
    )


def test_an_export_that_was_withdrawn_while_it_ran_ends_cancelled_and_keeps_no_file(
    api: ApiClient, actor: Actor, world: dict[str, str], monkeypatch: Any
) -> None:
    key = api.post(PATH, {"resource": "customers"}).json()["data"]["id"]
    real = running._finish

    def erased_just_before(work: Any, state: str, **values: Any) -> bool:
        if state == JobState.SUCCEEDED:
            Job.objects.unscoped().filter(pk=key).update(cancel_asked=True)
        return real(work, state, **values)

    monkeypatch.setattr(running, "_finish", erased_just_before)
    background.run(key)
    assert api.get(f"{PATH}/{key}").json()["data"]["state"] == "cancelled"
    before = len(files())
    assert clean_exports() == 1
    assert len(files()) == before - 1


def test_ten_exports_an_hour(cast: Cast, settings: Any, world: dict[str, str]) -> None:
    settings.RATE_LIMIT_EXPORT = "2/hour"
    api = ApiClient(user=cast.mona)
    assert [api.post(PATH, {"resource": "projects"}).status_code for _ in range(3)] == [
        201,
        201,
        429,
    ]


def test_a_failed_export_says_why_and_leaves_nothing(
    api: ApiClient, world: dict[str, str], monkeypatch: Any, settings: Any
) -> None:
    monkeypatch.setattr("core.exports.streaming.MAX_WORKSHEET_ROWS", 0)
    before = len(files())
    export = finished(api, resource="customers", format="xlsx")
    assert export["state"] == "failed"
    assert "choose CSV or add filters" in export["error"]
    assert len(files()) == before
    assert list(settings.EXPORT_WORKPLACE.iterdir()) == []


def test_jobs_are_listed_filtered_and_called_off(api: ApiClient, cast: Cast) -> None:
    job = api.post("/api/jobs", {"kind": "recalculation"}).json()["data"]
    assert (job["kind"], job["state"], job["asked_by"]) == (
        "recalculation",
        "queued",
        "alice@acme.test",
    )
    assert api.get("/api/jobs", state="queued").json()["pagination"]["total"] == 1
    assert api.get("/api/jobs", kind="export").json()["data"] == []
    assert api.get("/api/jobs", kind="magic").status_code == 400
    assert api.post("/api/jobs", {"kind": "magic"}).status_code == 400
    assert ApiClient(key=cast.read_key).post(f"/api/jobs/{job['id']}/cancel").status_code == 403
    assert api.post(f"/api/jobs/{job['id']}/cancel").json()["data"]["state"] == "cancelled"
    assert api.get(f"/api/jobs/{job['id']}").json()["data"]["cancel_asked"] is True
