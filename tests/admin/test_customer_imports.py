"""Customers taken in from files of other systems."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audit.models import AuditEntry, OutboxEvent
from core.errors import Forbidden, Malformed, TooLarge
from core.identity.services import actor_of
from core.imports.options import OnMatch, Options
from core.imports.reports import ImportOutcome, Report
from core.imports.uploads import MAX_BYTES, OVERLONG, read_upload
from core.tenancy.actor import Actor
from customers.imports.customers import import_customers
from customers.imports.headers import customer_columns
from customers.models import Consent, Customer, CustomerTag
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.imports import said

SPANISH = "Nombre;Apellidos;Correo electrónico;Teléfono;Código postal;Ciudad;Etiquetas\r\n"


def imported(
    actor: Actor,
    text: str,
    on_match: OnMatch = OnMatch.UPDATE,
    *,
    dry_run: bool = False,
    encoding: str = "utf-8",
) -> Report:
    return import_customers(
        actor=actor,
        upload=read_upload(text.encode(encoding)),
        options=Options(on_match=on_match),
        dry_run=dry_run,
    )


def tally(**counts: int) -> dict[str, int]:
    return {outcome.value: counts.get(outcome.value, 0) for outcome in ImportOutcome}


def columns_of(headers: list[str], *rows: str) -> dict[str, str | None]:
    return customer_columns(read_upload("\n".join([";".join(headers), *(rows or ["x"])]).encode()))


def living(actor: Actor) -> Any:
    return Customer.objects.for_actor(actor).filter(deleted_at=None)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Nombre", "name"),
        ("Apellidos", "last_name"),
        ("Correo electrónico", "email"),
        ("TELÉFONO", "phone"),
        ("código_postal", "postal_code"),
        ("Ciudad", "city"),
        ("Vorname", "first_name"),
        ("Nachname", "last_name"),
        ("PLZ", "postal_code"),
        ("Straße", "street"),
        ("Prénom", "first_name"),
        ("Date de naissance", "date_of_birth"),
        ("E-Mail", "email"),
        ("Zip Code", "postal_code"),
        ("Shoe size", None),
    ],
)
def test_headers_are_known_in_four_languages(header: str, field: str | None) -> None:
    assert columns_of([header]) == {header: field}


def test_half_a_name_is_told_from_a_whole_one_by_its_neighbours() -> None:
    assert columns_of(["Nombre", "Apellidos"]) == {
        "Nombre": "first_name",
        "Apellidos": "last_name",
    }
    assert columns_of(["Name", "Vorname"]) == {"Name": "last_name", "Vorname": "first_name"}
    assert columns_of(["Nom", "Prénom"]) == {"Nom": "last_name", "Prénom": "first_name"}
    assert columns_of(["Name", "Email"]) == {"Name": "name", "Email": "email"}


def test_a_second_telephone_is_another_telephone(actor: Actor) -> None:
    assert columns_of(["Teléfono", "Móvil"]) == {"Teléfono": "phone", "Móvil": "phone"}
    imported(
        actor,
        "Nombre;Teléfono;Móvil\nA;2485550101;2485550102\nB;;2485550103\nC;2485550104;2485550104\n",
    )
    assert list(
        living(actor).order_by("first_name").values_list("phone", "alternative_phones")
    ) == [
        ("+12485550101", ["+12485550102"]),
        ("+12485550103", []),
        ("+12485550104", []),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_usual_encoding_reads_the_same(encoding: str) -> None:
    table = read_upload("Nombre;Ciudad\nJosé;Málaga\n".encode(encoding))
    assert [line.cells for line in table.lines] == [{"Nombre": "José", "Ciudad": "Málaga"}]
    assert table.delimiter == ";"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found(delimiter: str) -> None:
    table = read_upload(f"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n".encode())
    assert (table.delimiter, table.lines[0].cells) == (delimiter, {"a": "1", "b": "2", "c": "3"})


def test_lines_are_those_of_the_file() -> None:
    table = read_upload(b'sep=;\nfirst_name;notes\nA;"one\ntwo"\n\nB;x\nC;y;z\n')
    assert [(line.number, line.cells["first_name"], line.fault) for line in table.lines] == [
        (3, "A", None),
        (6, "B", None),
        (7, "C", OVERLONG),
    ]


def test_json_is_read_too() -> None:
    table = read_upload(b'[{"first_name": "Ann", "roof_age": 7}, {"email": null}]')
    assert [(line.number, line.cells) for line in table.lines] == [
        (1, {"first_name": "Ann", "roof_age": "7"}),
        (2, {"email": ""}),
    ]


@pytest.mark.parametrize(
    "data",
    [b"", b"  \n ", b"PK\x03\x04rest", b"[1, 2]", b"[" * 100_000, b'a,b\n"' + b"x" * 200_000],
)
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_upload(data)


def test_too_much_is_refused() -> None:
    with pytest.raises(TooLarge):
        read_upload(b"x" * (MAX_BYTES + 1))
    with pytest.raises(TooLarge):
        read_upload(b"a\n" + b"1\n" * 100_001)
    with pytest.raises(TooLarge):
        read_upload(b"a," * 201 + b"b\n1\n")


def test_a_good_file_becomes_customers_with_audit_events_tags_and_figures(actor: Actor) -> None:
    report = imported(
        actor,
        SPANISH + "José;Muñoz;jose@example.com;248 555 0101;48201;Detroit;techo, vip\r\n",
        encoding="utf-8-sig",
    )
    assert report.counts == tally(created=1, updated=0, skipped=0, failed=0)
    customer = living(actor).get()
    assert (customer.first_name, customer.last_name, customer.phone, customer.postal_code) == (
        "José",
        "Muñoz",
        "+12485550101",
        "48201",
    )
    assert (customer.search_text, customer.engagement, customer.version, customer.language) == (
        " jose munoz|jose@example.com|12485550101",
        "new",
        1,
        "en",
    )
    assert sorted(CustomerTag.objects.for_actor(actor).values_list("tag__name", flat=True)) == [
        "techo",
        "vip",
    ]
    actions = sorted(
        AuditEntry.objects.for_actor(actor).values_list("action", "customer_id"), key=str
    )
    assert actions == [("customer.created", customer.pk), ("customers.imported", None)]
    run = AuditEntry.objects.for_actor(actor).get(action="customers.imported")
    assert run.changes == {
        "rows": [None, 1],
        "created": [None, 1],
        "updated": [None, 0],
        "skipped": [None, 0],
        "suppressed": [None, 0],
        "conflicting": [None, 0],
        "failed": [None, 0],
    }
    assert list(OutboxEvent.objects.for_actor(actor).values_list("type", "customer_id")) == [
        ("customer.created", customer.pk)
    ]


def test_bad_rows_are_named_by_line_and_block_no_good_one(actor: Actor) -> None:
    text = (
        "Vorname,Nachname,E-Mail,NPS\nAnn,One,ann@example.com,9\nBen,Two,not-an-address,11\n,,,\n"
        "Cem,Three,cem@example.com,\n,,,5\n"
    )
    report = imported(actor, text)
    assert report.counts == tally(created=2, updated=0, skipped=0, failed=2)
    assert [(row.line, said(row.faults)) for row in report.refused] == [
        (
            3,
            {
                "email": ["Enter a valid e-mail address."],
                "nps_score": ["Ensure this value is less than or equal to 10."],
            },
        ),
        (6, {"first_name": ["A customer needs a name, an e-mail or a phone number."]}),
    ]
    assert sorted(living(actor).values_list("first_name", flat=True)) == ["Ann", "Cem"]


def test_a_dry_run_promises_the_same_and_writes_nothing(actor: Actor) -> None:
    create_customer(actor=actor, values=customer_values(1))
    text = (
        "first_name,email,city\nNew,new@example.com,Troy\nJane,JANE1@example.com,Troy\n"
        "Bad,nope,Troy\nAgain,new@example.com,Flint\n"
    )
    before = (
        AuditEntry.objects.unscoped().count(),
        OutboxEvent.objects.unscoped().count(),
        list(living(actor).values()),
    )
    dry = imported(actor, text, dry_run=True)
    assert (
        AuditEntry.objects.unscoped().count(),
        OutboxEvent.objects.unscoped().count(),
        list(living(actor).values()),
    ) == before
    real = imported(actor, text)
    assert [(row.line, row.outcome) for row in dry.results] == [
        (row.line, row.outcome) for row in real.results
    ]
    assert real.counts == tally(created=1, updated=2, skipped=0, failed=1)
    assert living(actor).get(email_key="new@example.com").city == "Flint"


def test_customers_are_found_by_external_id_then_email_then_phone(actor: Actor) -> None:
    by_external = create_customer(actor=actor, values={"first_name": "E", "external_id": "X1"})
    by_email = create_customer(actor=actor, values={"first_name": "M", "email": "m@example.com"})
    by_phone = create_customer(actor=actor, values={"first_name": "P", "phone": "2485550150"})
    text = "external_id,email,phone,city\nX1,,,One\n,M@Example.com,,Two\n,,(248) 555-0150,Three\n"
    assert imported(actor, text).counts == tally(created=0, updated=3, skipped=0, failed=0)
    cities = dict(living(actor).values_list("pk", "city"))
    assert cities == {by_external.pk: "One", by_email.pk: "Two", by_phone.pk: "Three"}
    assert set(living(actor).values_list("version", flat=True)) == {2}


def test_skipping_leaves_those_that_are_there_alone(actor: Actor) -> None:
    create_customer(actor=actor, values=customer_values(1))
    text = (
        "first_name,email\nChanged,jane1@example.com\nNew,new@example.com\nTwice,new@example.com\n"
    )
    report = imported(actor, text, OnMatch.SKIP)
    assert [(row.line, row.outcome) for row in report.results] == [
        (2, ImportOutcome.SKIPPED),
        (3, ImportOutcome.CREATED),
        (4, ImportOutcome.SKIPPED),
    ]
    assert sorted(living(actor).values_list("first_name", flat=True)) == ["Jane", "New"]


def test_a_row_that_would_take_anothers_phone_conflicts_alone(actor: Actor) -> None:
    create_customer(actor=actor, values=customer_values(1))
    create_customer(actor=actor, values=customer_values(2))
    text = (
        "email,phone,city\njane1@example.com,2485550002,Troy\njane2@example.com,,Flint\n"
        "new@example.com,2485550777,Novi\n"
    )
    report = imported(actor, text)
    assert report.counts == tally(created=1, updated=1, conflicting=1)
    both = (
        "belongs to Jane Smith2 (jane2@example.com), but the e-mail to Jane Smith1 "
        "(jane1@example.com)."
    )
    assert [(row.line, said(row.faults)) for row in report.refused] == [
        (
            2,
            {"phone": [both]},
        )
    ]
    assert living(actor).get(email_key="jane1@example.com").phone == "+12485550001"


def test_a_foreign_id_is_never_taken(cast: Cast, actor: Actor) -> None:
    stranger = actor_of(cast.charlie)
    theirs = create_customer(actor=stranger, values=customer_values(1, city="CANARY"))
    report = imported(actor, f"id,first_name,email\n{theirs.pk},Mine,mine@example.com\n")
    assert report.counts == tally(created=1, updated=0, skipped=0, failed=0)
    assert living(actor).get().pk != theirs.pk
    theirs.refresh_from_db()
    assert (theirs.first_name, theirs.version, theirs.city) == ("Jane", 1, "CANARY")


def test_people_outlets_and_referrers_are_the_organizations_own(cast: Cast, actor: Actor) -> None:
    referrer = create_customer(actor=actor, values=customer_values(1))
    text = (
        "first_name,assigned_to,preferred_outlet,referred_by\n"
        f"A,BOB@acme.test,downtown,{referrer.pk}\nB,charlie@other.test,,\nC,{cast.charlie.pk},Uptown,\n"
    )
    report = imported(actor, text)
    assert {row.line: sorted(row.faults) for row in report.refused} == {
        3: ["assigned_to"],
        4: ["assigned_to", "preferred_outlet"],
    }
    new = living(actor).get(first_name="A")
    assert (new.assigned_to_id, new.preferred_outlet_id, new.referred_by_id) == (
        cast.bob.pk,
        cast.outlet.pk,
        referrer.pk,
    )
    referrer.refresh_from_db()
    assert referrer.referral_count == 1


def test_words_dates_and_amounts_are_read_as_people_write_them(actor: Actor) -> None:
    text = (
        "Nombre;Fecha de nacimiento;Valor de la propiedad;Newsletter;Estado del cliente;Es "
        "empresa\n"
        "Ana;3/4/1990;$ 85.000,50;sí;VIP;no\nBea;31.12.1985;1,234,567.5;nein;;ja\n"
    )
    assert imported(actor, text).counts["created"] == 2
    ana, bea = living(actor).order_by("first_name")
    assert (
        str(ana.date_of_birth),
        str(ana.property_value),
        ana.marketing_consent,
        ana.status,
        ana.status_pinned,
        ana.is_business,
    ) == (
        "1990-03-04",
        "85000.50",
        True,
        "vip",
        True,
        False,
    )
    assert (
        str(bea.date_of_birth),
        str(bea.property_value),
        bea.status_pinned,
        bea.is_business,
    ) == (
        "1985-12-31",
        "1234567.50",
        False,
        True,
    )
    assert sorted(
        Consent.objects.for_actor(actor).values_list("customer__first_name", "granted")
    ) == [("Ana", True), ("Bea", False)]


def test_a_status_that_the_file_calls_unpinned_is_calculated(actor: Actor) -> None:
    imported(actor, "first_name,status,status_pinned\nA,churned,false\nB,churned,true\n")
    assert list(living(actor).order_by("first_name").values_list("status", "status_pinned")) == [
        ("active", False),
        ("churned", True),
    ]


def test_what_the_spreadsheet_guard_added_is_taken_off(actor: Actor) -> None:
    imported(actor, "first_name,notes,phone\nA,'=1+1,'+12485550101\nB,''=x,\nC,'plain,\n")
    assert list(living(actor).order_by("first_name").values_list("notes", "phone")) == [
        ("=1+1", "+12485550101"),
        ("'=x", ""),
        ("'plain", ""),
    ]


def test_staff_may_not_import(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        imported(actor_of(cast.bob), "first_name\nA\n")
    assert Customer.objects.unscoped().count() == 0


def test_the_same_file_twice_changes_nothing_the_second_time(actor: Actor) -> None:
    text = SPANISH + "".join(
        f"N{n};Ñ{n};n{n}@example.com;2485551{n:03};4820{n % 10};Troy;a,b\n" for n in range(30)
    )
    assert imported(actor, text).counts["created"] == 30
    before = list(living(actor).order_by("pk").values())
    assert imported(actor, text).counts == tally(created=0, updated=0, skipped=30, failed=0)
    assert list(living(actor).order_by("pk").values()) == before


def test_statements_do_not_grow_with_the_rows(actor: Actor) -> None:
    def text(first: int, count: int) -> str:
        return "first_name,email,tags\n" + "".join(
            f"A,a{n}@example.com,x\n" for n in range(first, first + count)
        )

    imported(actor, text(0, 1))
    with CaptureQueriesContext(connection) as three:
        imported(actor, text(1, 3))
    with CaptureQueriesContext(connection) as thirty:
        imported(actor, text(10, 30))

    def reading(queries: Any) -> int:
        return sum(not query["sql"].startswith("INSERT") for query in queries)

    assert reading(three) == reading(thirty)
    assert len(thirty) - len(three) <= 2, "SQLite takes 999 parameters a statement"
