"""Import and export in the admin, over HTTP."""

import csv
import datetime as dt
import io
import json
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from appointments.models import Appointment
from core.audit.models import AuditEntry
from core.clock import now
from core.identity.services import actor_of
from core.imports.reports import ImportOutcome, sentences
from core.imports.uploads import MAX_BYTES, read_upload
from core.tenancy.actor import Actor
from customers.models import Customer, Project
from customers.services.customers import create_customer
from interactions.models import Interaction
from tests.admin.conftest import CANARY
from tests.cast import Cast, customer_values

pytestmark = pytest.mark.heavy

LIST = "/admin/customers/customer/"
LEFT_ALONE = {
    "id",
    "version",
    "created_at",
    "updated_at",
    "customer_since",
    "organization_id",
    "environment",
    "last_activity_at",
}


def spanish_file(good: int, faulty: int, duplicates: int) -> tuple[bytes, list[int]]:
    """
    A file as Spanish Excel saves it, `;` and BOM; the lines of its faulty rows, which are spread
    over it.
    """
    rows = [
        (
            f"José {n};Muñoz Ñandú;cliente{n}@ejemplo.es;+34 600 "
            f"{n:06};48{n % 1000:03};Málaga;{n % 11};vip, niño"
        )
        for n in range(good)
    ]
    rows += [f"Otra vez;Muñoz;CLIENTE{n}@ejemplo.es;;48001;Cádiz;;" for n in range(duplicates)]
    step = len(rows) // max(1, faulty)
    for n in range(faulty):
        rows.insert(
            n * (step + 1),
            f"Mal {n};Fila;{'sin-arroba' if n % 2 else f'mal{n}@ejemplo.es'};"
            f"{'' if n % 2 else '12'};;;{11 + n};",
        )
    text = (
        "Nombre;Apellidos;Correo electrónico;Teléfono;Código postal;Ciudad;NPS;Etiquetas\r\n"
        + "\r\n".join(rows)
        + "\r\n"
    )
    lines = [number for number, row in enumerate(rows, 2) if row.startswith("Mal ")]
    return text.encode("utf-8-sig"), lines


def upload(client: Client, data: bytes, address: str = LIST, mode: str = "update") -> Any:
    """The page after a file was chosen: the check's report, or what is wrong with the file."""
    file = SimpleUploadedFile("file.csv", data)
    return client.post(f"{address}import/", {"import_file": file, "on_match": mode}, follow=True)


def confirm(client: Client, check: Any, address: str = LIST) -> Any:
    return client.post(f"{address}process_import/", {"check": str(check)}, follow=True)


def imported(client: Client, data: bytes, address: str = LIST, mode: str = "update") -> Any:
    checked = upload(client, data, address, mode)
    return confirm(client, checked.context["row"].pk, address)


def counts(page: Any) -> dict[str, int]:
    return {label.lower(): count for label, count in page.context["counts"]}


def tally(**counts: int) -> dict[str, int]:
    return {outcome.value: counts.get(outcome.value, 0) for outcome in ImportOutcome}


def lines(page: Any) -> list[int]:
    return [row.line for row, _ in page.context["problems"]]


def exported(client: Client, address: str = LIST, query: str = "", **more: Any) -> bytes:
    page = client.get(f"{address}export/{query}")
    form = page.context["form"]
    fields = {
        name: "on" for name in form.fields if name not in ("format", "resource", "export_items")
    }
    response = client.post(
        f"{address}export/{query}", {"format": "0", "resource": "0", **fields, **more}
    )
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(response.streaming_content)


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def rows_of(actor: Actor) -> list[dict[str, Any]]:
    rows = (
        Customer.objects.for_actor(actor)
        .filter(deleted_at=None)
        .order_by("email_key", "pk")
        .values()
    )
    return [{name: value for name, value in row.items() if name not in LEFT_ALONE} for row in rows]


def test_a_spanish_file_with_faults_and_duplicates(cast: Cast, actor: Actor, alice: Client) -> None:
    data, faulty = spanish_file(good=430, faulty=20, duplicates=50)
    checked = upload(alice, data)
    assert checked.status_code == 200
    assert Customer.objects.unscoped().count() == 0
    assert counts(checked) == tally(created=430, updated=50, skipped=0, failed=20)
    assert lines(checked) == faulty
    page = checked.content.decode()
    assert "Import 480 rows" in page
    assert "20 left out" in page
    assert "Enter an e-mail address such as name@example.com." in page
    done = confirm(alice, checked.context["row"].pk)
    assert done.status_code == 200
    assert lines(done) == faulty
    assert Customer.objects.for_actor(actor).count() == 430
    first = Customer.objects.for_actor(actor).get(email_key="cliente0@ejemplo.es")
    assert (first.first_name, first.city, first.phone, first.nps_score) == (
        "Otra vez",
        "Cádiz",
        "+34600000000",
        0,
    )
    later = Customer.objects.for_actor(actor).get(email_key="cliente60@ejemplo.es")
    assert (later.first_name, later.last_name, later.city) == ("José 60", "Muñoz Ñandú", "Málaga")
    actions = AuditEntry.objects.for_actor(actor).filter(via="job")
    assert actions.filter(action="customers.imported").get().changes["failed"] == [None, 20]
    assert (
        actions.filter(action="customer.created").count(),
        actions.filter(action="customer.updated").count(),
    ) == (430, 50)


def test_an_export_read_into_an_empty_organization_is_the_same(
    cast: Cast, actor: Actor, alice: Client, browser: Any
) -> None:
    referrer = create_customer(actor=actor, values=customer_values(0, email="a@example.com"))
    create_customer(
        actor=actor,
        values={
            **customer_values(1),
            "notes": "=cmd|' /C calc'!A0\nsecond line; with, marks \"quoted\"",
            "company_name": "@SUM(A1)",
            "city": "'=x",
            "alternative_phones": ["+12485550999", "+34600111222"],
            "tags": ["b", "a c"],
            "custom_fields": {"ñ": [1, {"x": None}]},
            "preferred_categories": ["roof", "a;b"],
            "date_of_birth": "1980-02-29",
            "latitude": "-42.123456",
            "longitude": "-83.5",
            "property_value": "125000.50",
            "satisfaction_rating": "4.5",
            "nps_score": 0,
            "status": "vip",
            "is_blocked": True,
            "block_reason": "-1",
            "notify_email": False,
            "marketing_consent": True,
            "contact_hours_start": "08:30",
            "customer_since": "2020-05-06T07:08:09Z",
        },
    )
    data = exported(alice)
    assert not [
        cell
        for row in table(data)
        for cell in row.values()
        if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not _number(cell)
    ]
    before = rows_of(actor)
    assert imported(alice, data).status_code == 200
    again = AuditEntry.objects.for_actor(actor).filter(action="customers.imported").get()
    assert (again.changes["skipped"], again.changes["updated"]) == ([None, 2], [None, 0])
    charlie = browser(cast.charlie)
    assert counts(upload(charlie, data)) == tally(created=2, updated=0, skipped=0, failed=0)
    imported(charlie, data)
    stranger = actor_of(cast.charlie)
    assert rows_of(stranger) == before
    assert not Customer.objects.for_actor(stranger).filter(pk=referrer.pk).exists()
    first, second = (
        sorted(({**row, "id": ""} for row in table(file)), key=str)
        for file in (data, exported(charlie))
    )
    assert first == second


def _number(cell: str) -> bool:
    return cell.lstrip("+-").replace(".", "", 1).isdigit()


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("customers/project", Project),
        ("interactions/interaction", Interaction),
        ("appointments/appointment", Appointment),
    ],
)
def test_work_is_exported_changed_and_read_again(
    actor: Actor, world: dict[str, Customer], alice: Client, path: str, model: Any
) -> None:
    address = f"/admin/{path}/"
    data = exported(alice, address)
    assert CANARY not in data.decode()
    row = model.objects.for_actor(actor).get()
    assert counts(upload(alice, data, address)) == tally(created=0, updated=0, skipped=1, failed=0)
    assert alice.post(f"{address}process_import/", {"check": "nonsense"}).status_code == 302
    changed = data.replace(b"mine notes", b"other notes")
    imported(alice, changed, address)
    row.refresh_from_db()
    assert row.notes == "other notes"
    new = table(changed)[0] | {"id": "", "staff": ""}
    nobodys = new | {
        "customer_id": "",
        "customer_external_id": "",
        "customer_email": "nobody@example.com",
    }
    text = ",".join(new) + "".join(
        "\n" + ",".join(f'"{cell}"' for cell in one.values()) for one in (new, nobodys)
    )
    checked = upload(alice, text.encode(), address)
    assert counts(checked) == tally(created=1, updated=0, skipped=0, failed=1)
    assert [(row.line, sentences(row.faults)) for row, _ in checked.context["problems"]] == [
        (3, {"customer": ["No customer “nobody@example.com”."]})
    ]


def test_rows_of_another_organization_are_neither_reached_nor_shown(
    cast: Cast, world: dict[str, Customer], alice: Client
) -> None:
    theirs = world["theirs"]
    project = Project.objects.unscoped().get(customer=theirs)
    before = list(Project.objects.unscoped().order_by("pk").values())
    text = (
        f"id,customer_id,customer_email,name\n{project.pk},{theirs.pk},,hacked\n"
        f",,{theirs.email},hacked\n,{theirs.pk},,hacked\n"
    )
    checked = upload(alice, text.encode(), "/admin/customers/project/")
    assert counts(checked) == tally(created=0, updated=0, skipped=0, failed=3)
    assert CANARY not in checked.content.decode().replace(theirs.email, "")
    imported(alice, text.encode(), "/admin/customers/project/")
    assert list(Project.objects.unscoped().order_by("pk").values()) == before
    version = theirs.version
    imported(alice, f"id,first_name,email\n{theirs.pk},hacked,new@example.com\n".encode())
    theirs.refresh_from_db()
    assert (theirs.first_name, theirs.version) == (CANARY, version)
    assert CANARY not in exported(alice).decode()
    assert CANARY not in exported(alice, export_items=[str(theirs.pk)]).decode()
    refused = alice.post(
        f"{LIST}export/?organization={cast.other.pk}",
        {"format": "0", "resource": "0", "customerresource_email": "on"},
    )
    assert (refused.status_code, CANARY in refused.content.decode()) == (400, False)


def test_a_super_admins_export_is_audited_where_the_rows_are(
    cast: Cast, world: dict[str, Customer], sue: Client
) -> None:
    assert len(table(exported(sue))) == 2
    entries = (
        AuditEntry.objects.unscoped()
        .filter(action="customers.exported")
        .order_by("organization__slug")
    )
    assert [(entry.organization, entry.changes["rows"]) for entry in entries] == [
        (cast.acme, [None, 1]),
        (cast.other, [None, 1]),
    ]


def test_the_lists_filters_and_the_selection_decide_what_is_exported(
    actor: Actor, alice: Client
) -> None:
    rows = [
        create_customer(actor=actor, values=customer_values(number, is_blocked=number == 2))
        for number in range(4)
    ]
    assert [row["email"] for row in table(exported(alice, query="?is_blocked__exact=1"))] == [
        "jane2@example.com"
    ]
    assert [row["email"] for row in table(exported(alice, query="?q=jane3"))] == [
        "jane3@example.com"
    ]
    page = alice.post(LIST, {"action": "export_selected", "_selected_action": [str(rows[0].pk)]})
    assert page.status_code == 200
    assert str(rows[0].pk) in page.content.decode()
    assert [row["id"] for row in table(exported(alice, export_items=[str(rows[0].pk)]))] == [
        str(rows[0].pk)
    ]
    few = alice.post(
        f"{LIST}export/",
        {
            "format": "0",
            "resource": "0",
            "customerresource_email": "on",
            "customerresource_tags": "on",
        },
    )
    assert b"".join(few.streaming_content).decode("utf-8-sig").splitlines()[0] == "email,tags"
    entry = AuditEntry.objects.for_actor(actor).filter(action="customers.exported").latest("id")
    assert entry.changes == {"columns": [None, ["email", "tags"]], "rows": [None, 4]}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04" + b"\x00" * 1700, "Save it as XLSX or CSV."),
        (b"x" * (MAX_BYTES + 1), "The file is larger than 9 MB."),
        (b"a\n" + b"1\n" * 100_001, "The file has more than 100,000 rows."),
        (b"[" * 100_000, "can&#x27;t be read"),
        (b" ", "The file is empty."),
        (b"first_name,email\n", "The file has no rows: its first line is taken for the header."),
        (b"x" * 200_000, "could not be read as a table"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "a quotation mark that opens in line 3 is never closed"),
        (b"\xff\xfe\x00", "can&#x27;t be read as UTF-16"),
        (b"\x1f\x8b" + b"\x00" * 200_000, "could not be read as a table"),
    ],
)
def test_hostile_files_are_refused_in_words(alice: Client, data: bytes, reason: str) -> None:
    response = upload(alice, data)
    assert response.status_code == 200
    assert reason in response.content.decode()
    assert Customer.objects.unscoped().count() == 0


@pytest.mark.parametrize(
    "cell", ["a\x00b", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "x" * 151]
)
def test_a_hostile_cell_fails_its_row_alone(alice: Client, cell: str) -> None:
    checked = upload(alice, f"first_name,last_name\n{cell},x\nGood,y\n".encode())
    assert counts(checked)["created"] >= 1
    assert set(lines(checked)) <= {2}


def test_a_hostile_header_is_shown_and_left_out(alice: Client) -> None:
    checked = upload(alice, b"first_name,a\x00b\nGood,y\n")
    assert counts(checked)["created"] == 1
    assert "a\ufffdb" in checked.content.decode()


def test_a_check_is_confirmed_where_it_was_made(cast: Cast, alice: Client, browser: Any) -> None:
    check = upload(alice, b"first_name\nAnn\n").context["row"].pk
    other = browser(cast.charlie).post(f"{LIST}process_import/", {"check": str(check)})
    assert other.status_code == 302
    alice.post("/admin/place/", {"environment": "test"})
    confirm(alice, check)
    alice.post("/admin/place/", {"environment": "live"})
    with time_machine.travel(now() + dt.timedelta(hours=25)):
        assert "has expired" in confirm(browser(cast.alice), check).content.decode()
    assert Customer.objects.unscoped().count() == 0
    first = confirm(alice, check).context["row"]
    assert Customer.objects.unscoped().count() == 1
    assert confirm(alice, check).context["row"] == first
    assert Customer.objects.unscoped().count() == 1, "confirmed twice, imported once"
    assert read_upload(b"first_name\nAnn\n").lines[0].number == 2


def test_the_admin_exports_workbooks_and_json_lines_too(actor: Actor, alice: Client) -> None:
    create_customer(actor=actor, values=customer_values(1) | {"notes": "=1+1", "tags": ["a", "b"]})
    chosen = {
        "resource": "0",
        "customerresource_email": "on",
        "customerresource_notes": "on",
        "customerresource_tags": "on",
    }
    workbook = alice.post(f"{LIST}export/", {"format": "1", **chosen})
    assert workbook["Content-Disposition"].endswith('.xlsx"')
    rows = openpyxl.load_workbook(
        io.BytesIO(b"".join(workbook.streaming_content))
    ).active.iter_rows(values_only=True)
    assert list(rows) == [("email", "notes", "tags"), ("jane1@example.com", "'=1+1", "a,b")]
    lines = alice.post(f"{LIST}export/", {"format": "2", **chosen})
    assert json.loads(b"".join(lines.streaming_content)) == {
        "email": "jane1@example.com",
        "notes": "=1+1",
        "tags": ["a", "b"],
    }


def test_a_workbook_too_large_for_a_browsers_patience_is_refused(
    actor: Actor, alice: Client, monkeypatch: Any
) -> None:
    create_customer(actor=actor, values=customer_values(1))
    monkeypatch.setattr("core.ui.admin.transfer.MAX_ROWS_INLINE", 0)
    page = alice.post(
        f"{LIST}export/", {"format": "1", "resource": "0", "customerresource_email": "on"}
    )
    assert "Choose CSV, or filter the list first" in page.content.decode()
