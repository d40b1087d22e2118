"""Files taken in over the API: checked, run, reported, taken back."""

from base64 import b64encode
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.imports.models import FileImport
from core.jobs import running
from customers.models import Customer
from tests.background import run
from tests.cast import Cast
from tests.client import ApiClient

CSV = "First name,E-mail,Shoe size\nAnn,ann@x.com,38\nBen,nonsense,44\n"


@pytest.fixture
def alice(cast: Cast) -> ApiClient:
    return ApiClient(user=cast.alice)


def taken(client: ApiClient, status: int = 201, **body: Any) -> Any:
    response = client.post("/api/imports", {"resource": "customers", "text": CSV, **body})
    assert response.status_code == status, response.json()
    return response.json()["data"]


def refused(client: ApiClient, **body: Any) -> Any:
    response = client.post("/api/imports", {"resource": "customers", **body})
    assert response.status_code == 400, response.content
    assert not FileImport.objects.unscoped().exists()
    return response.json()["details"]


def uploaded(client: ApiClient, **fields: Any) -> Any:
    """A form with a file, as `curl -F` sends it."""
    file = SimpleUploadedFile("people.csv", CSV.encode(), "text/csv")
    return client.client.post(
        "/api/imports",
        {"resource": "customers", "file": file, **fields},
        headers=client.headers,
    )


def test_a_file_is_checked_run_and_taken_back(alice: ApiClient) -> None:
    checked = taken(alice, filename="people.csv")
    assert (checked["state"], checked["filename"], checked["separator"]) == (
        "checked",
        "people.csv",
        ",",
    )
    assert {name: checked[name] for name in ("rows", "total", "created", "failed")} == {
        "rows": 2,
        "total": 2,
        "created": 1,
        "failed": 1,
    }
    assert checked["columns"][1] == {
        "header": "E-mail",
        "field": "email",
        "proposed": "email",
        "samples": ["ann@x.com", "nonsense"],
    }
    assert checked["columns"][2]["field"] is None
    assert checked["match"] == ["external_id", "email", "phone"]
    path = f"/api/imports/{checked['id']}"
    done = alice.post(f"{path}/run").json()["data"]
    assert (done["state"], done["created"], done["failed"]) == ("succeeded", 1, 1)
    assert alice.get(path).json()["data"] == done
    rows = alice.get(f"{path}/rows").json()["data"]
    ann = Customer.objects.unscoped().get()
    assert [(row["line"], row["outcome"], row["row_id"]) for row in rows] == [
        (2, "created", str(ann.pk)),
        (3, "failed", None),
    ]
    (failed,) = alice.get(f"{path}/rows", outcome="failed").json()["data"]
    assert failed["faults"] == {"email": ["Enter a valid e-mail address."]}
    assert failed["cells"]["E-mail"] == "nonsense"
    file = alice.get(f"{path}/failed")
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert file.getvalue().decode().splitlines()[1] == (
        "Ben,nonsense,44,3,email: Enter a valid e-mail address."
    )
    undone = alice.post(f"{path}/undo").json()["data"]
    assert (undone["restored"], undone["kept"]) == (1, [])
    assert alice.get(path).json()["data"]["state"] == "undone"
    listed = alice.get("/api/imports", state="undone").json()["data"]
    assert [row["id"] for row in listed] == [checked["id"]]
    assert alice.get("/api/imports", state="running").json()["data"] == []


def test_a_form_carries_the_file_and_what_is_to_be_done_with_it(alice: ApiClient) -> None:
    response = uploaded(
        alice,
        mapping='{"Shoe size": "notes"}',
        match="email, identity",
        on_match="skip",
        options='{"separator": ",", "date_order": "day_first"}',
    )
    row = response.json()["data"]
    assert (response.status_code, row["filename"], row["match"]) == (
        201,
        "people.csv",
        ["email", "identity"],
    )
    assert (row["columns"][2]["field"], row["on_match"]) == ("notes", "skip")
    assert row["options"] == {
        "encoding": None,
        "separator": ",",
        "header": True,
        "decimal": "column",
        "date_order": "day_first",
        "conflicts": "report",
    }
    again = uploaded(alice, mapping="[", shoe="x")
    assert again.status_code == 400
    assert set(again.json()["details"]) == {"mapping", "shoe"}


def test_rows_text_and_base64_are_files_too(alice: ApiClient) -> None:
    for body in (
        {"rows": [{"first_name": "Ann"}], "text": None},
        {"base64": b64encode(b"first_name\nAnn\n").decode(), "text": None},
        {"text": "first_name\nAnn\n"},
    ):
        sent = {name: value for name, value in body.items() if value is not None}
        response = alice.post("/api/imports", {"resource": "customers", **sent})
        assert (response.status_code, response.json()["data"]["created"]) == (201, 1)


def test_what_is_wrong_is_named_before_anything_is_stored(alice: ApiClient) -> None:
    assert refused(alice) == {"file": ["Send one of file, rows, text and base64."]}
    assert refused(alice, text=CSV, shoe=1) == {"shoe": ["Unknown field."]}
    assert refused(alice, base64="%") == {"base64": ["Must be Base64."]}
    wrong = refused(alice, text=CSV, mapping={"Nope": "city", "E-mail": "shoe"})
    assert wrong["mapping"][0] == "The file has no column “Nope”."
    assert wrong["mapping"][1].startswith("“E-mail”: “shoe” is no field; fields are: id,")
    assert set(refused(alice, text=CSV, match=["shoe"], on_match="x")) == {"match.0", "on_match"}
    options = {"header": "perhaps", "encoding": "klingon", "shoe": 1}
    assert set(refused(alice, text=CSV, options=options)) == {
        "options.header",
        "options.encoding",
        "options.shoe",
    }
    for text, reason in [
        (" ", "The file is empty."),
        ("first_name,email\n", "The file has no rows"),
        ('a,b\n1,2\n3,"4\n', "a quotation mark that opens in line 3 is never closed"),
    ]:
        response = alice.post("/api/imports", {"resource": "customers", "text": text})
        assert response.status_code == 400
        assert reason in response.json()["error"]


def test_a_check_is_changed_and_its_cells_corrected(alice: ApiClient) -> None:
    row = taken(alice)
    path = f"/api/imports/{row['id']}"
    changed = alice.patch(
        path,
        {
            "mapping": {"Shoe size": "notes"},
            "on_match": "create",
            "rows": [{"line": 3, "cells": {"E-mail": "ben@x.com"}}],
        },
    )
    assert changed.status_code == 200, changed.json()
    data = changed.json()["data"]
    assert (data["created"], data["failed"], data["on_match"]) == (2, 0, "create")
    assert changed.headers["ETag"] == alice.get(path).headers["ETag"] == '"2"'
    stale = alice.send("PATCH", path, {"on_match": "skip"}, **{"If-Match": '"1"'})
    assert (stale.status_code, alice.get(path).json()["data"]) == (412, data)
    wrong = alice.patch(path, {"rows": [{"line": 9, "cells": {"E-mail": ""}}]})
    assert wrong.json()["details"] == {"rows": ["The file has no row in line 9."]}
    alice.post(f"{path}/run")
    assert Customer.objects.unscoped().get(first_name="Ben").notes == "44"
    assert alice.patch(path, {"on_match": "skip"}).status_code == 409


def test_a_large_file_is_a_jobs_and_is_asked_after(
    alice: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # signs of life come over another connection, which doesn't see the test's rows
    monkeypatch.setattr(running, "BEAT", 3600)
    rows = [{"first_name": f"N{number}"} for number in range(501)]
    response = alice.post("/api/imports", {"resource": "customers", "rows": rows})
    row = response.json()["data"]
    assert (response.status_code, row["state"], row["total"]) == (202, "checking", 501)
    path = f"/api/imports/{row['id']}"
    assert alice.post(f"{path}/run").status_code == 409
    check = FileImport.objects.unscoped().get().check_job
    assert check is not None
    run(check.pk)
    assert alice.get(path).json()["data"]["created"] == 501
    started = alice.post(f"{path}/run")
    assert (started.status_code, started.json()["data"]["state"]) == (202, "running")
    called_off = alice.post(f"{path}/cancel").json()["data"]
    assert called_off["state"] == "cancelled"
    assert alice.post(f"{path}/undo").status_code == 409
    assert not Customer.objects.unscoped().exists()


def test_the_same_key_takes_a_file_once(alice: ApiClient) -> None:
    alice.headers["Idempotency-Key"] = "one"
    first, second = uploaded(alice), uploaded(alice)
    assert first.json() == second.json()
    assert FileImport.objects.unscoped().count() == 1
    other = uploaded(alice, on_match="skip")
    assert other.status_code == 409


def test_imports_of_others_are_nobodys(cast: Cast, alice: ApiClient) -> None:
    row = taken(alice)
    charlie, bob = ApiClient(user=cast.charlie), ApiClient(user=cast.bob)
    for path in ("", "/rows", "/failed"):
        assert charlie.get(f"/api/imports/{row['id']}{path}").status_code == 404
        assert bob.get(f"/api/imports/{row['id']}{path}").status_code == 403
    assert charlie.post(f"/api/imports/{row['id']}/run").status_code == 404
