"""
Tables taken out: the same words whoever writes them, harmless in a spreadsheet, a file that
expires.
"""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from core.exports.services import export
from core.exports.streaming import Format, Selection, _Counted
from core.exports.tables import table
from core.spreadsheet import inert, revive
from core.tenancy.actor import Actor
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.services.customers import create_customer
from tests.cast import customer_values
from tests.client import ApiClient
from tests.conftest import on_postgresql

MOMENT = datetime(2024, 2, 29, 23, 59, 58, 765_000, tzinfo=UTC)
NASTY = [
    "=1+1",
    "==1",
    "+1",
    "-1",
    "@a",
    "\ta",
    "\ra",
    "'=1",
    "''+",
    "'tis",
    "a,b",
    'a"b',
    "a\nb",
    "\\N",
    "\\.",
    "ñ 𝄞",
    "\x01\x02",
    " ",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
    "\ufeff=1",
    "\u200b=1",
    "'\u2060+1+1",
    "+12485550100",
    "'+12485550100",
    "+1248 555",
    "1=1",
    "é=1",
    "日本",
]


def everything(actor: Actor, rows: Any) -> Selection:
    columns = table("customers").columns
    return Selection(rows.order_by("pk"), columns, actor=actor)


def text(selection: Selection, form: Format = Format.CSV) -> str:
    return b"".join(selection.text(form)).decode()


def written(selection: Selection, form: Format) -> str:
    """The same by the loop that databases other than PostgreSQL use."""
    return (b"".join(selection._written(form, _Counted(None)))).decode()


def cells(content: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content, newline=""), strict=True))


@pytest.fixture
def jane(actor: Actor) -> Customer:
    values = {
        "first_name": "=cmd|'/C calc'!A0",
        "last_name": 'O"Neill, née\nÑandú',
        "email": "jane@example.com",
        "phone": "+12485550100",
        "alternative_phones": ["+12485550101", "+528112345678"],
        "tags": ["vip", "loyal"],
        "custom_fields": {"b": 1.5, "a": ["x", {"y": None}]},
        "nps_score": 9,
        "property_value": "250000.00",
        "date_of_birth": "1980-05-17",
        "customer_since": MOMENT.isoformat(),
        "is_referral_partner": True,
    }
    customer = create_customer(actor=actor, values=values)
    Customer.objects.for_actor(actor).update(
        last_name='O"Neill, née\nÑandú',
        lifetime_value="100.50",
        project_count=3,
        first_contact_at=MOMENT,
    )
    return customer


def test_csv_is_what_people_and_programs_expect(actor: Actor, jane: Customer) -> None:
    names = [
        "id",
        "first_name",
        "last_name",
        "phone",
        "national_phone",
        "alternative_phones",
        "tags",
        "custom_fields",
        "nps_score",
    ]
    names += [
        "property_value",
        "lifetime_value",
        "average_project_value",
        "date_of_birth",
        "customer_since",
        "is_referral_partner",
    ]
    names += ["company_name", "last_message_at", "contact_hours_start", "assigned_to_email"]
    selection = export(
        actor=actor,
        resource="customers",
        columns=dict(zip(names, names, strict=True)),
        conditions=CustomerConditions(),
    )
    content = text(selection)
    assert content.startswith(",".join(names) + "\n")
    assert content.endswith("\n")
    _, row = csv.reader(io.StringIO(content))
    custom = row.pop(7)
    assert json.loads(custom) == {"b": 1.5, "a": ["x", {"y": None}]}
    assert row == [
        str(jane.pk), "'=cmd|'/C calc'!A0", 'O"Neill, née\nÑandú', "+12485550100", "2485550100",
        "'+12485550101,+528112345678",
        "vip,loyal", "9", "250000", "100.5", "34", "1980-05-17", "2024-02-29T23:59:58Z", "true", "",
        "", "", "",
    ]  # fmt: skip


def test_json_lines_hold_the_values_as_they_are(actor: Actor, jane: Customer) -> None:
    names = [
        "id",
        "first_name",
        "national_phone",
        "alternative_phones",
        "tags",
        "custom_fields",
        "nps_score",
        "property_value",
    ]
    names += [
        "lifetime_value",
        "date_of_birth",
        "customer_since",
        "is_referral_partner",
        "company_name",
        "last_message_at",
    ]
    chosen = dict(zip(names, names, strict=True))
    selection = export(
        actor=actor, resource="customers", columns=chosen, conditions=CustomerConditions()
    )
    (line,) = text(selection, Format.JSON_LINES).splitlines()
    assert json.loads(line) == {
        "id": str(jane.pk),
        "first_name": "=cmd|'/C calc'!A0",
        "national_phone": "2485550100",
        "alternative_phones": ["+12485550101", "+528112345678"],
        "tags": ["vip", "loyal"],
        "custom_fields": {"b": 1.5, "a": ["x", {"y": None}]},
        "nps_score": 9,
        "property_value": 250000,
        "lifetime_value": 100.5,
        "date_of_birth": "1980-05-17",
        "customer_since": "2024-02-29T23:59:58Z",
        "is_referral_partner": True,
        "company_name": None,
        "last_message_at": None,
    }


def test_a_workbook_holds_the_same_without_a_live_formula(
    actor: Actor, jane: Customer, tmp_path: Any
) -> None:
    names = [
        "first_name",
        "phone",
        "tags",
        "nps_score",
        "lifetime_value",
        "is_referral_partner",
        "company_name",
    ]
    chosen = dict(zip(names, names, strict=True))
    path = tmp_path / "export.xlsx"
    assert (
        export(
            actor=actor, resource="customers", columns=chosen, conditions=CustomerConditions()
        ).workbook(path)
        == 1
    )
    assert [item.name for item in tmp_path.iterdir()] == ["export.xlsx"]
    header, row = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    assert header == tuple(names)
    assert row == ("'=cmd|'/C calc'!A0", "+12485550100", "vip,loyal", 9, 100.5, True, None)


@on_postgresql
def test_postgresql_writes_what_the_loop_writes(actor: Actor, jane: Customer) -> None:
    for place, nasty in enumerate(NASTY):
        row = create_customer(
            actor=actor,
            values=customer_values(email=f"n{place}@example.com", phone=f"+1313555{1000 + place}"),
        )
        Customer.objects.for_actor(actor).filter(pk=row.pk).update(
            first_name=nasty, notes=nasty, custom_fields={nasty: nasty}
        )
    for number in ("+1", "+11", "+101", "+528112345678", "+11248555", "+1011555", "+12485550100"):
        Customer.objects.for_actor(actor).filter(email="n0@example.com").update(
            whatsapp_number=number
        )
        selection = everything(actor, Customer.objects.for_actor(actor))
        assert cells(text(selection)) == cells(written(selection, Format.CSV))
    selection = everything(actor, Customer.objects.for_actor(actor))
    copied, looped = text(selection, Format.JSON_LINES), written(selection, Format.JSON_LINES)
    assert [json.loads(line) for line in copied.splitlines()] == [
        json.loads(line) for line in looped.splitlines()
    ]
    assert copied.count("\n") == len(NASTY) + 1


def test_a_table_of_nothing_has_its_header(actor: Actor, api: ApiClient) -> None:
    """Conditions that no row can fulfil make no query at all."""
    nothing = everything(actor, Customer.objects.for_actor(actor).filter(pk__in=[]))
    assert text(nothing) == text(everything(actor, Customer.objects.for_actor(actor)))
    assert text(nothing, Format.JSON_LINES) == ""
    for asked in ("tags", "status", "segment"):
        answer = api.get("/api/customers/export", **{asked: ","})
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content).startswith(b"first_name,")


def test_a_phone_number_is_no_formula() -> None:
    assert inert("+12485550100") == "+12485550100"
    assert revive("'+12485550100") == "'+12485550100"
    assert inert("+1+1") == "'+1+1"


@pytest.mark.parametrize("text", NASTY)
def test_what_was_made_inert_reads_back_as_it_was(text: str) -> None:
    assert revive(inert(text)) == text
