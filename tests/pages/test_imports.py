"""The pages of an import, step by step, without scripts."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Page, expect

from core.identity.services import actor_of
from core.imports.models import FileImport
from core.imports.services import check_import, run_import
from core.jobs import running
from customers.models import Customer, Tag
from customers.services.customers import create_customer
from tests.background import run
from tests.cast import Cast
from tests.pages.browsing import check_accessible, sign_in

CSV = "Given,E-mail,Town\nAnn,ann@x.com,Troy\nBen,nonsense,Novi\n"


@pytest.fixture
def alice(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.alice)
    return client


def upload(client: Client, text: str = CSV, **more: Any) -> Any:
    file = SimpleUploadedFile("people.csv", text.encode())
    sent = {"resource": "customers", "file": file, "header": "on", **more}
    return client.post("/app/imports/new/", sent, follow=True)


def address(name: str = "") -> str:
    row = FileImport.objects.unscoped().get()
    return f"/app/imports/{row.pk}/{name}"


def test_a_file_goes_from_upload_to_report_and_back(alice: Client) -> None:
    page = upload(alice)
    assert page.redirect_chain == [(address("map/"), 302)]
    assert "Ann · Ben" in page.content.decode()
    sent = {"column-0": "first_name", "column-1": "email", "column-2": "city", "header": "on"}
    page = alice.post(address("map/"), sent, follow=True)
    assert page.redirect_chain == [(address("check/"), 302)]
    text = page.content.decode()
    assert "Import 1 row" in text
    assert "E-mail: Enter an e-mail address such as name@example.com." in text
    assert Customer.objects.unscoped().count() == 0
    corrected = {
        "was-3-1": "nonsense",
        "cell-3-1": "ben@x.com",
        "was-3-0": "Ben",
        "cell-3-0": "Ben",
    }
    page = alice.post(address("check/"), corrected, follow=True)
    assert "Import 2 rows" in page.content.decode()
    assert FileImport.objects.unscoped().get().corrections == {"3": {"E-mail": "ben@x.com"}}
    page = alice.post(address("run/"), follow=True)
    assert page.redirect_chain == [(address("report/"), 302)]
    people = Customer.objects.unscoped().order_by("first_name")
    assert list(people.values_list("first_name", "email", "city")) == [
        ("Ann", "ann@x.com", "Troy"),
        ("Ben", "ben@x.com", "Novi"),
    ]
    text = page.content.decode()
    assert "Show these customers" in text
    shown = alice.get(page.context["shown"]).content.decode()
    assert "ann@x.com" in shown
    assert "ben@x.com" in shown
    page = alice.post(address("undo/"), follow=True)
    assert "Taken back" in page.content.decode()
    assert not Customer.objects.unscoped().filter(deleted_at=None).exists()
    listed = alice.get("/app/imports/").content.decode()
    assert "people.csv" in listed


def test_what_is_wrong_with_a_file_stands_beside_it(alice: Client) -> None:
    page = upload(alice, " ")
    assert page.status_code == 422
    assert "The file is empty." in page.content.decode()
    assert not FileImport.objects.unscoped().exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" ", "El archivo está vacío."),
        ('a,b\n1,"2\n', "una comilla que se abre en la línea 2 nunca se cierra."),
        ('{"a": 1}\n{', "la línea 2 no se puede leer como tal."),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_the_readers_language(
    alice: Client, text: str, said: str
) -> None:
    file = SimpleUploadedFile("people.csv", text.encode())
    sent = {"resource": "customers", "file": file, "header": "on"}
    page = alice.post("/app/imports/new/", sent, headers={"Accept-Language": "es"})
    assert said in page.content.decode()
    sent = {"import_file": SimpleUploadedFile("people.csv", text.encode()), "on_match": "update"}
    address = "/admin/customers/customer/import/"
    assert said in alice.post(address, sent, headers={"Accept-Language": "es"}).content.decode()


def test_what_is_wrong_with_rows_is_said_in_the_readers_language(cast: Cast, alice: Client) -> None:
    data = (
        "first_name,email,phone,birthday,Shoe,Correo\n"
        "Ann,ann@x.com,2485550191,5/6,41\nBen,nonsense,,\nCal,,2485550191,\nAnn,ann@x.com,,\n"
        "Dee,dee@x.com,,3/4/1990\nEve,,,,,,,more\n"
    )
    row = check_import(
        actor=actor_of(cast.alice), resource="customers", data=data.encode(), filename="a.csv"
    )
    headers = {"Accept-Language": "es"}
    page = alice.get(f"/app/imports/{row.pk}/check/", headers=headers).content.decode()
    for said in (
        "«5/6» no tiene año: se omite.",
        "Escribir un correo, por ejemplo",
        "Pertenece a Ann (ann@x.com), que tiene otro nombre.",
        "Nada que cambiar.",
        "«birthday»: la columna no permite saber el orden de día y mes (línea 6: 3/4/1990)",
        "“email”, “Correo” son todas «Correo electrónico»: en cada fila",
        "“Shoe”: no se conoce aquí, así que se omite.",
        "La fila tiene más celdas que el encabezado.",
    ):
        assert said in page, said
    failed = alice.get(f"/app/imports/{row.pk}/failed/", headers=headers)
    assert "Pertenece a Ann" in b"".join(failed.streaming_content).decode()  # type: ignore[attr-defined]


def test_whom_a_file_brought_is_a_list_like_others(cast: Cast, alice: Client) -> None:
    """However many they are; who was there, or was refused, isn't among them."""
    actor = actor_of(cast.alice)
    create_customer(actor=actor, values={"first_name": "Zoe", "email": "zoe@x.com"})
    rows = "".join(f"N{n},n{n}@x.com\n" for n in range(120))
    data = f"first_name,email\n{rows}Zoe,zoe@x.com\nBad,nonsense\n".encode()
    row = check_import(actor=actor, resource="customers", data=data, filename="spring.csv")
    row = run_import(actor=actor, import_id=row.pk)
    page = alice.get(f"/app/imports/{row.pk}/report/")
    listed = alice.get(page.context["shown"])
    assert listed.context["page"].total == 120
    text = listed.content.decode()
    assert "spring.csv" in text
    assert "zoe@x.com" not in text
    charlie = Client()
    charlie.force_login(cast.charlie)
    theirs = charlie.get(page.context["shown"])
    assert theirs.context["page"].total == 0
    assert "spring.csv" not in theirs.content.decode()


def test_what_columns_meant_last_time_is_offered(cast: Cast, alice: Client) -> None:
    first = check_import(
        actor=actor_of(cast.alice),
        resource="customers",
        data=CSV.encode(),
        mapping={"Given": "first_name"},
    )
    run_import(actor=actor_of(cast.alice), import_id=first.pk)
    page = upload(alice)
    assert "Use those fields" in page.content.decode()
    address_of_map = page.redirect_chain[0][0]
    alice.post(address_of_map, {"saved": "1", "header": "on"})
    again = FileImport.objects.unscoped().latest("id")
    assert [each["field"] for each in again.columns] == ["first_name", "email", "city"]


def test_failed_rows_are_a_file(alice: Client) -> None:
    upload(alice)
    file = alice.get(address("failed/"))
    assert file["Content-Disposition"].startswith("attachment")
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == "Given,E-mail,Town,line,problem"


def test_a_large_file_shows_how_far_it_is_and_can_be_called_off(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BEAT", 3600)
    page = upload(alice, "first_name\n" + "".join(f"N{number}\n" for number in range(501)))
    text = alice.get(address("check/")).content.decode()
    assert "The file is being checked" in text
    assert "every 2s" in text
    row = FileImport.objects.unscoped().get()
    assert row.check_job is not None
    run(row.check_job.pk)
    assert "Import 501 rows" in alice.get(address("check/")).content.decode()
    page = alice.post(address("run/"), follow=True)
    assert "The file is being imported" in page.content.decode()
    page = alice.post(address("cancel/"), follow=True)
    assert "It was cancelled." in page.content.decode()


def test_others_see_no_import(cast: Cast, alice: Client) -> None:
    upload(alice)
    for user, status in ((cast.charlie, 404), (cast.bob, 403)):
        client = Client()
        client.force_login(user)
        for name in ("map/", "check/", "report/", "failed/"):
            assert client.get(address(name)).status_code == status


CONTACTS = (
    "First Name,Middle Name,Last Name,Organization Name,Birthday,Notes,Labels,E-mail 1 - Label,"
    "E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Street,Address 1 - City,"
    "Address 1 - Postal Code,Address 1 - Country\n"
    "Gina,,Glass,Acme Roofing,1990-05-15,,* myContacts,* Work,gina@x.com,Mobile,"
    "+1 248-555-0671,1 Main St,Troy,48084,US\n"
    "Gus,,Glass,,--05-15,Rings back,* myContacts,* Work,gus at x.com,Mobile,"
    "+1 248-555-0672 ::: +1 248-555-0673,,,,\n"
) + "".join(
    f"N{n},,Nash,,,,* myContacts ::: Roof,* Home,n{n}@x.com,Mobile,+1 248-555-{700 + n:04},"
    f"{n} Elm St,Novi,48374,US\n"
    for n in range(18)
)
"""An address book as Google writes it."""


def test_an_address_book_is_walked_through_in_a_browser(
    cast: Cast, page: Page, tmp_path: Path
) -> None:
    """Its columns are known; who was there gets what is new; all is as before when it is undone."""
    actor = actor_of(cast.alice)
    gina = {"first_name": "Gina", "last_name": "Glass", "email": "gina@x.com", "city": "Novi"}
    create_customer(actor=actor, values=gina)
    file = tmp_path / "contacts.csv"
    file.write_text(CONTACTS)
    sign_in(page, cast.alice)
    page.goto("/app/imports/new/")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Next: match columns").click()
    expect(page.get_by_label("Field of Phone 1 - Value")).to_have_value("phone")
    page.get_by_label("Field of Labels").select_option("Don’t import")
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_label("E-mail 1 - Value").fill("gus@x.com")
    page.get_by_role("button", name="Save and check again").click()
    expect(page.get_by_text("“--05-15” has no year: left out.")).to_be_attached()
    page.get_by_role("button", name="Import 20 rows").click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    check_accessible(page, widths=(360, 1280))
    living = Customer.objects.unscoped().filter(deleted_at=None).order_by("first_name")
    kept = living.values_list("email", "city", "phone", "company_name")
    assert (len(kept), *kept[:2]) == (
        20,
        ("gina@x.com", "Troy", "+12485550671", "Acme Roofing"),
        ("gus@x.com", "", "+12485550672", ""),
    )
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("#import")).to_contain_text("Taken back")
    assert list(kept.all()) == [("gina@x.com", "Novi", "", "")]
    assert not Tag.objects.unscoped().exists()
