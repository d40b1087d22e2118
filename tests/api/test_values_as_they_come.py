"""
Values as people, spreadsheets and other programs send them: read at every door in one way, and read
back equal.
"""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.audit.models import AuditEntry
from core.characters import normalize_characters, normalize_line, normalize_text
from core.imports.uploads import read_upload
from core.tenancy.actor import Actor
from customers.imports.customers import import_customers
from customers.models import Customer
from customers.services.customers import create_customer, update_customer
from interactions.models import Interaction
from tests.api.dialects import UPDATING, Ways
from tests.cast import Cast, customer_values
from tests.client import ApiClient

INVISIBLE = ["\u200b", "\u200c", "\u2060", "\ufeff", "\u200e", "\u202c", "\xad"]

SPELLINGS = [
    "dup@ｅxample.com",
    "DUP@example.com",
    *(f"dup@example.com{each}" for each in INVISIBLE),
    *(f"dup@exa{each}mple.com" for each in INVISIBLE),
]

# texts

TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_characters="\0"),
        st.sampled_from(["\u0301", "\u200b", "\u200d", "\r", "\n", "\x07", "e", "👩", " "]),
    ),
    max_size=40,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TEXTS, TEXTS)
def test_a_text_reads_back_equal_through_every_door(
    cast: Cast, api: ApiClient, line: str, text: str
) -> None:
    body = {
        "first_name": f"A{line}",
        "last_name": "Z",
        "notes": text,
        "email": "text@example.com",
        "custom_fields": {"k": text},
    }
    answer = api.post("/api/customers", body)
    assert answer.status_code == 201, answer.content
    shown = answer.json()["data"]
    try:
        assert shown["first_name"] == normalize_line(f"A{line}")
        assert shown["notes"] == (normalize_text(text) or None)
        assert shown["custom_fields"] == {"k": normalize_characters(text)}
        other = api.get(f"/api/v2/customers/{shown['id']}").json()["customer"]
        assert (other["firstName"], other["notes"]) == (shown["first_name"], shown["notes"])
        before = api.get(f"/api/customers/{shown['id']}")
        again = api.put(f"/api/customers/{shown['id']}", before.json()["data"])
        assert again.status_code == 200, again.content
        assert again.headers["ETag"] == before.headers["ETag"]
    finally:
        Customer.objects.unscoped().filter(pk=shown["id"]).update(email="", email_key="")


def test_a_name_that_cannot_be_seen_is_missing(api: ApiClient) -> None:
    body = customer_values(1, first_name="\u200b\u2060")
    answer = api.post("/api/customers", body)
    assert answer.status_code == 400
    assert "first_name" in answer.json()["details"]


@pytest.fixture
def old(actor: Actor) -> Customer:
    """A customer whose texts were stored before their characters were."""
    row = create_customer(actor=actor, values=customer_values(1, tags=["loyal"]))
    Customer.objects.for_actor(actor).filter(pk=row.pk).update(
        notes="a\r\nb\x07",
        city="Zu\u0308rich\u200b",
        custom_fields={"k": "a\r\nb", "e\u0301": 1},
    )
    row.refresh_from_db()
    return row


def sent_by_a_browser(client: Client, address: str) -> dict[str, Any]:
    """The form there as it was shown, line breaks as browsers send them."""
    sent: dict[str, Any] = {}
    for bound in client.get(address).context["form"]:
        value = bound.field.widget.format_value(bound.value())
        if bound.field.widget.__class__.__name__ == "CheckboxInput":
            sent |= {bound.html_name: "on"} if bound.value() else {}
        elif value is not None:
            items = value if isinstance(value, list) else [value]
            sent[bound.html_name] = [
                str(item).replace("\r\n", "\n").replace("\n", "\r\n") for item in items
            ]
    return sent


@pytest.mark.parametrize("stored_before", [False, True])
def test_saving_an_unchanged_form_changes_nothing(
    cast: Cast, client: Client, actor: Actor, api: ApiClient, old: Customer, stored_before: bool
) -> None:
    if not stored_before:
        update_customer(
            actor=actor,
            customer_id=old.pk,
            values={"notes": "c\nd", "city": "Bern", "custom_fields": {"k": "c\nd"}},
        )
    client.force_login(cast.alice)
    before = (
        api.get(f"/api/customers/{old.pk}").headers["ETag"],
        AuditEntry.objects.unscoped().count(),
    )
    address = f"/app/customers/{old.pk}/edit/"
    assert client.post(address, sent_by_a_browser(client, address)).status_code == 302
    after = (
        api.get(f"/api/customers/{old.pk}").headers["ETag"],
        AuditEntry.objects.unscoped().count(),
    )
    assert after == before


def test_a_browser_counts_a_line_break_once(cast: Cast, client: Client, old: Customer) -> None:
    client.force_login(cast.alice)
    address = f"/app/customers/{old.pk}/edit/"
    notes = "\n".join(["x" * 49] * 200)
    assert len(notes) == 9_999
    sent = sent_by_a_browser(client, address) | {"notes": f"{notes}x".replace("\n", "\r\n")}
    assert client.post(address, sent).status_code == 302
    old.refresh_from_db()
    assert old.notes == f"{notes}x"


def test_what_is_logged_counts_a_line_break_once_too(
    cast: Cast, client: Client, old: Customer
) -> None:
    client.force_login(cast.alice)
    address = f"/app/customers/{old.pk}/log/"
    notes = "\n".join(["x" * 49] * 200) + "x"
    typed = {"type": "note", "notes": notes.replace("\n", "\r\n")}
    assert client.post(address, sent_by_a_browser(client, address) | typed).status_code == 302
    assert Interaction.objects.unscoped().get().notes == notes


# e-mails


@pytest.mark.parametrize("email", SPELLINGS)
def test_one_mailbox_is_one_customer_at_every_door(
    cast: Cast, api: ApiClient, actor: Actor, email: str
) -> None:
    create_customer(actor=actor, values=customer_values(1, email="dup@example.com"))
    key = ApiClient(key=cast.live_key)
    body = {"first_name": "D", "last_name": "P", "email": email}
    assert api.post("/api/customers", body).status_code == 409
    assert key.post("/customers", {"name": "D P", "email": email}).status_code == 409
    found = api.post("/api/customers/retrieve", {"email": email})
    assert found.status_code == 200, found.content


def test_both_spellings_of_an_international_domain_are_one(api: ApiClient) -> None:
    first = {"first_name": "M", "last_name": "U", "email": "m@münchen.de"}
    answer = api.post("/api/customers", first)
    assert answer.status_code == 201
    assert answer.json()["data"]["email"] == "m@münchen.de"
    assert api.post("/api/customers", {**first, "email": "M@xn--mnchen-3ya.de"}).status_code == 409


@pytest.mark.parametrize("email", ["a@☕.us", f"a@{'ü' * 64}.de"])
def test_an_address_that_dns_cannot_hold_is_refused(api: ApiClient, email: str) -> None:
    answer = api.post("/api/customers", {"first_name": "M", "last_name": "U", "email": email})
    assert answer.status_code == 400
    assert list(answer.json()["details"]) == ["email"]


# phones


def phone_of(row: Any) -> tuple[str, str]:
    row = Customer.objects.unscoped().get(pk=getattr(row, "pk", row))
    return row.phone, row.phone_extension


@pytest.mark.parametrize(
    ("country", "written", "number"),
    [
        ("", "(248) 746-9711", "+12487469711"),
        ("Mexico", "999 123 9901", "+529991239901"),
        ("Alemania", "030 12345678", "+493012345678"),
        ("GB", "07911 123456", "+447911123456"),
        ("Mexico", "+1 248 746 9711", "+12487469711"),
        ("Elsewhere", "248 746 9711", "+12487469711"),
    ],
)
def test_a_number_is_read_in_the_customers_own_country(
    actor: Actor, country: str, written: str, number: str
) -> None:
    values = customer_values(1, country=country, phone=written)
    assert phone_of(create_customer(actor=actor, values=values))[0] == number
    other = create_customer(actor=actor, values=customer_values(2, country=country))
    changed = {"whatsapp_number": written, "alternative_phones": [written]}
    row = update_customer(actor=actor, customer_id=other.pk, values=changed)
    assert (row.whatsapp_number, row.alternative_phones) == (number, [number])


def test_digits_that_were_shown_in_the_organizations_form_come_back_as_they_were(
    actor: Actor, api: ApiClient
) -> None:
    values = customer_values(1, country="Mexico", phone="+12487469711")
    key = create_customer(actor=actor, values=values).pk
    shown = api.get(f"/api/customers/{key}")
    assert api.put(f"/api/customers/{key}", shown.json()["data"]).status_code == 200
    assert phone_of(key)[0] == "+12487469711"
    assert api.get(f"/api/customers/{key}").headers["ETag"] == shown.headers["ETag"]


def test_an_extension_stands_beside_its_number_and_goes_with_it(
    actor: Actor, api: ApiClient
) -> None:
    body = customer_values(1, phone="(248) 746-9711 ext. 12")
    key = api.post("/api/customers", body).json()["data"]["id"]
    assert phone_of(key) == ("+12487469711", "12")
    shown = api.get(f"/api/customers/{key}").json()["data"]
    assert (shown["phone"], shown["phone_extension"]) == ("2487469711", "12")
    merchant = api.get(f"/api/v2/customers/{key}").json()["customer"]
    assert merchant["phoneNumber"] == "12487469711"
    # the same number again keeps it, another has none
    api.put(f"/api/customers/{key}", {"phone": "248.746.9711"})
    assert phone_of(key) == ("+12487469711", "12")
    api.put(f"/api/customers/{key}", {"phone": "248 746 9711 x7"})
    assert phone_of(key) == ("+12487469711", "7")
    api.put(f"/api/customers/{key}", {"phone_extension": "ext. 8"})
    assert phone_of(key) == ("+12487469711", "8")
    api.put(f"/api/customers/{key}", {"phone": "2487469712"})
    assert phone_of(key) == ("+12487469712", "")
    api.put(f"/api/customers/{key}", {"phone_extension": "9"})
    api.put(f"/api/customers/{key}", {"phone": ""})
    assert phone_of(key) == ("", "")


def test_an_extension_of_other_numbers_stays_with_them(api: ApiClient) -> None:
    body = customer_values(1, alternative_phones=["248-746-9711 x12", "+52 1 999 123 9901"])
    answer = api.post("/api/customers", body)
    shown = answer.json()["data"]
    assert shown["alternative_phones"] == ["2487469711x12", "+529991239901"]
    key = shown["id"]
    other = api.get(f"/api/v2/customers/{key}").json()["customer"]["alternativePhones"]
    assert other == ["12487469711x12", "529991239901"]
    etag = api.get(f"/api/customers/{key}").headers["ETag"]
    api.put(f"/api/customers/{key}", {"alternative_phones": shown["alternative_phones"]})
    api.put(f"/api/v2/customers/{key}", {"alternativePhones": other})
    assert api.get(f"/api/customers/{key}").headers["ETag"] == etag


def test_whatsapp_dials_no_extension(api: ApiClient) -> None:
    answer = api.post("/api/customers", customer_values(1, whatsapp_number="248-746-9711 x12"))
    assert answer.status_code == 400
    assert list(answer.json()["details"]) == ["whatsapp_number"]


def test_two_numbers_in_one_text_are_refused_with_a_sentence(api: ApiClient) -> None:
    answer = api.post("/api/customers", customer_values(1, phone="248-746-9711 / 248-746-9712"))
    assert answer.status_code == 400
    assert answer.json()["details"]["phone"] == ["Enter one phone number; these are several."]


def test_a_mexican_number_is_one_at_every_door(cast: Cast, api: ApiClient) -> None:
    body = {"phoneNumber": "529991239901", "firstName": "Mia"}
    assert api.post("/api/v2/customers", body).status_code == 201
    assert (
        api.post("/api/v2/customers", {**body, "phoneNumber": "5219991239901"}).status_code == 409
    )
    key = ApiClient(key=cast.live_key)
    answer = key.post("/customers", {"name": "Mia", "phone_number": "+52 1 999 123 9901"})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("529991239901.0", "+529991239901"),
        ("52 999 123 9901 (cell)", "+529991239901"),
        ("00529991239901", "+529991239901"),
        ("12487469711 x12", "+12487469711"),
    ],
)
def test_bare_digits_of_the_support_desk_carry_the_countrys_code(
    api: ApiClient, written: str, number: str
) -> None:
    answer = api.post("/api/v2/customers", {"phoneNumber": written, "firstName": "Mia"})
    assert answer.status_code == 201, answer.content
    assert answer.json()["customer"]["phoneNumber"] == number[1:]


SPREADSHEET = """First Name,Last Name,Email,Phone
A,Phones,phones1@example.com,2485550625.0
B,Phones,phones2@example.com,12485550626.00
C,Phones,phones3@example.com,248-555-0640 (cell)
D,Phones,phones4@example.com,(248) 555-0641 - work
E,Phones,phones5@example.com,248 555 0642 home
F,Phones,phones6@example.com,248-555-0643 casa
G,Phones,phones7@example.com,1.248555E+10
"""


def test_a_file_from_a_spreadsheet_brings_the_numbers_that_it_shows(actor: Actor) -> None:
    report = import_customers(actor=actor, upload=read_upload(SPREADSHEET.encode()))
    rows = Customer.objects.for_actor(actor).order_by("first_name")
    assert [row.phone[-4:] for row in rows] == ["0625", "0626", "0640", "0641", "0642", "0643"]
    assert {row.phone[:8] for row in rows} == {"+1248555"}
    assert [(row.line, list(row.faults)) for row in report.refused] == [(8, ["phone"])]


# numbers and JSON

OVERFLOWING = ["1E+1000000", "1e400", "9" * 400, "-1E+1000000", "1E-1000000", "1e3", "NaN", "sNaN"]


@pytest.mark.parametrize(
    "field", ["property_value", "latitude", "longitude", "satisfaction_rating"]
)
@pytest.mark.parametrize("number", OVERFLOWING)
def test_a_decimal_that_no_column_holds_is_refused(
    api: ApiClient, actor: Actor, field: str, number: str
) -> None:
    answer = api.post("/api/customers", customer_values(1, **{field: number}))
    assert answer.status_code == 400
    assert list(answer.json()["details"]) == [field]
    if number == "NaN":  # a spreadsheet's nothing
        return
    table = f"first_name,email,{field}\nAnn,ann@x.com,{number}\nBea,bea@x.com,1\n"
    report = import_customers(actor=actor, upload=read_upload(table.encode()))
    assert [row.line for row in report.refused] == [2]
    assert [row.first_name for row in Customer.objects.for_actor(actor)] == ["Bea"]


@pytest.mark.parametrize("number", OVERFLOWING)
def test_a_page_refuses_such_a_decimal_too(
    cast: Cast, client: Client, old: Customer, number: str
) -> None:
    client.force_login(cast.alice)
    address = f"/app/customers/{old.pk}/edit/"
    for name in ("latitude", "property_value", "satisfaction_rating"):
        if (name, number) == ("latitude", "1E-1000000"):  # nought, to six decimals
            continue
        answer = client.post(address, sent_by_a_browser(client, address) | {name: number})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [name]


@pytest.mark.parametrize("number", [32768, 2**31, 2**63, 1e30, -1, str(2**31), "9" * 5000])
def test_an_integer_that_a_column_does_not_hold_is_refused_on_every_database(
    api: ApiClient, number: Any
) -> None:
    answer = api.post("/api/customers", customer_values(1, roof_age=number))
    assert answer.status_code == 400
    assert list(answer.json()["details"]) == ["roof_age"]


def test_coordinates_of_maps_and_phones_are_rounded_to_what_is_measured(api: ApiClient) -> None:
    long = {"latitude": 21.161907700000001, "longitude": "-86.84746699999999"}
    made = api.post("/api/v2/customers", {"phoneNumber": "529991234567"})
    address = f"/api/v2/customers/{made.json()['customer']['_id']}"
    for _ in range(2):
        sent = api.put(address, {"address": {"coordinates": long}})
        shown = sent.json()["customer"]["address"]["coordinates"]
        assert shown == {"latitude": 21.161908, "longitude": -86.847467}
        assert sent.headers["ETag"] == '"2"'
    for wrong in (90.0000051, 180.1, "1e5", "1" * 30):
        assert (
            api.put(address, {"address": {"coordinates": {"latitude": wrong}}}).status_code == 400
        )


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        (
            "/api/customers",
            {"first_name": "P", "last_name": "H", "email": "p@x.com"},
            "custom_fields",
        ),
        ("/api/v2/customers", {"phoneNumber": "12487469711"}, "customFields"),
        ("/customers", {"name": "Php"}, "metadata"),
    ],
)
def test_custom_fields_are_an_object_at_every_door(
    cast: Cast, path: str, body: dict[str, Any], key: str
) -> None:
    client = ApiClient(key=cast.live_key)
    assert client.post(path, {**body, key: ["x"]}).status_code == 400
    assert not Customer.objects.unscoped().exists()
    answer = client.post(path, {**body, key: []})
    assert answer.status_code == 201, answer.content
    assert Customer.objects.unscoped().get().custom_fields == {}


def test_custom_fields_that_were_stored_as_a_list_are_shown_as_an_object(
    cast: Cast, api: ApiClient, client: Client, old: Customer
) -> None:
    Customer.objects.unscoped().filter(pk=old.pk).update(custom_fields=[])
    client.force_login(cast.alice)
    assert client.get(f"/app/customers/{old.pk}/").status_code == 200
    assert client.get(f"/app/customers/{old.pk}/edit/").status_code == 200
    assert api.get(f"/api/customers/{old.pk}").json()["data"]["custom_fields"] == {}
    assert api.get(f"/api/v2/customers/{old.pk}").json()["customer"]["customFields"] == {}


def test_keys_that_become_the_same_are_refused(api: ApiClient) -> None:
    answer = api.post("/api/customers", customer_values(1, custom_fields={"k": 1, "k\u200b": 2}))
    assert answer.status_code == 400
    assert list(answer.json()["details"]) == ["custom_fields"]


# what was read and sent back

FIRST = [
    "Ana",
    "J\u0301ose",
    "李",
    "O’Neil",
    "Anna  Maria",
    "Ẑ",
    "نامه\u200cای",
    "👩\u200d🔧",
    "=1+1",
    "İ",
]
PHONES_OF_THE_WORLD = [
    *("(248) 746-9711 x12", "+52 1 999 123 9901", "+44 (0)7911 123456", "0049 171 1234567"),
    *("+39 06 698 12345", "+54 9 11 2345 6789", "+1234567890", "555-0199", "+225 01 23 45 67 89"),
    "+91 98765 43210",
]
COUNTRIES = ["", "US", "Mexico", "Deutschland", "Côte d’Ivoire"]


@pytest.fixture
def odd(actor: Actor) -> list[UUID]:
    """As many customers as names and numbers allow, no two of one kind."""
    return [
        create_customer(
            actor=actor,
            values={
                "first_name": first,
                "last_name": f"D'Arc-{place} ",
                "email": f"Odd{place}@{'münchen.de' if place % 2 else 'Example.com'}",
                "phone": PHONES_OF_THE_WORLD[place],
                "whatsapp_number": PHONES_OF_THE_WORLD[place - 3].partition(" x")[0],
                "alternative_phones": ["248-746-9712 x7", PHONES_OF_THE_WORLD[place]],
                "country": COUNTRIES[place % len(COUNTRIES)],
                "notes": f"a\r\nb\t{place}\u200b c",
                "custom_fields": {"ключ": [place, 0.1, None, "x\r\ny"], "": ""},
                "tags": ["Ünïcode", "a b"],
                "property_value": "0.10",
                "latitude": "-0.000001",
                "best_call_time": "9–5 & weekends",
            },
        ).pk
        for place, first in enumerate(FIRST)
    ]


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        (
            "/api/customers",
            {"first_name": "P", "last_name": "H", "email": "p@x.com"},
            "custom_fields",
        ),
        ("/api/v2/customers", {"phoneNumber": "12487469711"}, "customFields"),
        ("/customers", {"name": "Php"}, "metadata"),
    ],
)
@pytest.mark.parametrize("names", [[], ["vip"]], ids=["open", "sensitive"])
def test_true_is_another_value_than_one(
    cast: Cast, api: ApiClient, path: str, body: Any, key: str, names: list[str]
) -> None:
    cast.acme.sensitive_fields = names
    cast.acme.save()
    client = ApiClient(key=cast.live_key) if path == "/customers" else api
    before = {"vip": True, "in": [{"a": 0, "b": 2}]}
    made = client.post(path, body | {key: before}).json()
    made = made.get("data") or made.get("customer") or made
    address = f"{path}/{made.get('id') or made.get('_id') or made['customer_id']}"
    row = Customer.objects.unscoped()
    for after in (
        {"vip": 1, "in": [{"a": 0, "b": 2}]},
        {"vip": 1, "in": [{"a": False, "b": 2}]},
        {"vip": 1, "in": [{"b": 2.0, "a": False}]},
    ):
        assert client.patch(address, {key: after}).status_code == 200
        stored = row.get().custom_fields | row.get().sensitive_values
        assert json.dumps(stored, sort_keys=True).replace("2.0", "2") == json.dumps(
            after, sort_keys=True
        ).replace("2.0", "2")
    assert row.get().version == 3  # 2 and 2.0 are one number


@pytest.mark.parametrize("ways", UPDATING, ids=lambda ways: ways.name)
def test_what_a_dialect_showed_can_be_sent_back_without_a_change(
    ways: Ways, cast: Cast, api: ApiClient, odd: list[UUID]
) -> None:
    assert ways.update is not None
    client = ways.client(cast)
    for key in odd:
        before = api.get(f"/api/customers/{key}")
        shown = ways.read(key).by(client).json()
        call = replace(ways.update(key), body=shown.get("data", shown.get("customer", shown)))
        answer = call.by(client)
        assert answer.status_code == 200, answer.content
        after = api.get(f"/api/customers/{key}")
        assert after.json()["data"] == before.json()["data"]
        assert after.headers["ETag"] == before.headers["ETag"]
