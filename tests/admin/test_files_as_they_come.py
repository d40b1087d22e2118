"""Files as people have them, through the admin's page and its jobs."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from appointments.models import Appointment
from core.audit.models import AuditEntry
from core.imports.reports import ImportOutcome, Report
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from customers.filters import CustomerConditions
from customers.models import Customer, CustomerTag, Identity, Project
from customers.selectors.customers import customers
from customers.selectors.lookup import customer_with_email
from customers.services.customers import create_customer
from customers.services.erasure import erase_customer
from tests.imports import report_of, said

pytestmark = pytest.mark.heavy

LIST = "/admin/customers/customer/"


def check(client: Client, text: str | bytes, address: str = LIST, **options: str) -> Any:
    data = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("file.csv", data)
    return client.post(f"{address}import/", {"import_file": file, **options}, follow=True)


def brought(client: Client, text: str | bytes, address: str = LIST, **options: str) -> Report:
    """The report of the import, which is that of its check."""
    checked = check(client, text, address, **options)
    assert checked.status_code == 200
    row = checked.context.get("row")
    assert row is not None, checked.context["form"].errors
    promised = report_of(row)
    done = client.post(f"{address}process_import/", {"check": str(row.pk)}, follow=True)
    report = report_of(done.context["row"])
    assert promised.counts == report.counts
    assert sum(report.counts.values()) == report.rows
    return report


def tally(report: Report) -> dict[str, int]:
    return {name: count for name, count in report.counts.items() if count}


def people(*fields: str) -> list[Any]:
    rows = Customer.objects.unscoped().order_by("email_key", "first_name")
    return list(rows.values_list(*fields, flat=len(fields) == 1))


def faults(report: Report) -> dict[int, dict[str, Any]]:
    return {row.line: said(row.faults) for row in report.refused}


def remarks(report: Report) -> dict[int, dict[str, Any]]:
    return {row.line: said(row.remarks) for row in report.remarked}


# reading


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(alice: Client, end: str) -> None:
    text = end.join(["First Name,Last Name,Email", "Eva,Line,eva@x.com", "Bo,Line,bo@x.com", ""])
    assert tally(brought(alice, text)) == {"created": 2}
    assert people("first_name", "email") == [("Bo", "bo@x.com"), ("Eva", "eva@x.com")]


def test_headers_hold_line_breaks_and_separators(alice: Client) -> None:
    text = '"Given\nname";"Family, or last\r\nname";E-mail\nEva;Break;eva@x.com\n'
    report = brought(alice, text.replace("Family, or last", "Last"))
    assert (tally(report), report.delimiter) == ({"created": 1}, ";")
    assert people("first_name", "last_name") == [("Eva", "Break")]
    page = check(alice, '"Name; first";Email\n"Eva, Break";eva2@x.com\n')
    assert "<code>;</code>" in page.content.decode()


def test_the_first_of_two_like_columns_that_is_not_blank_counts_and_both_are_said(
    alice: Client,
) -> None:
    report = brought(
        alice,
        "Name,Email,Email\nEva Two,,eva@x.com\nBo Two,bo@x.com,other@x.com\nCy Two,cy@x.com,\n",
    )
    assert tally(report) == {"created": 3}
    assert people("email") == ["bo@x.com", "cy@x.com", "eva@x.com"]
    assert report.notes == [
        "“Email”, “Email (2)” are all “email”: in each row the first that isn't blank is taken."
    ]
    assert remarks(report) == {3: {"email": ["“other@x.com” is kept as a further one."]}}


@pytest.mark.parametrize(
    ("encoding", "called"),
    [
        ("utf-16-le", "UTF-16LE"),
        ("utf-16-be", "UTF-16BE"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("utf-8-sig", "UTF-8"),
        ("cp1252", "windows-1252"),
        ("mac_roman", "macintosh"),
    ],
)
def test_encodings_are_found_and_named(alice: Client, encoding: str, called: str) -> None:
    text = "Vorname;Nachname;E-Mail\nJürgen;Groß;jg@x.com\nRenée;Müßig-Öhler;ro@x.com\n"
    page = check(alice, text.encode(encoding))
    assert f"{called} · <code>" in page.content.decode()
    report = brought(alice, text.encode(encoding))
    assert (report.encoding, tally(report)) == (called, {"created": 2})
    assert people("first_name", "last_name") == [("Jürgen", "Groß"), ("Renée", "Müßig-Öhler")]


def test_another_encoding_can_be_chosen_for_the_same_file(alice: Client) -> None:
    text = "Nombre;Apellidos\nJosé;Muñoz\n"
    first = check(alice, text.encode("cp850"), encoding="cp1252")
    assert first.context["row"].encoding == "windows-1252"
    again = alice.post(
        f"{LIST}import/",
        {"check": str(first.context["row"].pk), "encoding": "cp850"},
        follow=True,
    )
    assert again.context["row"].encoding == "IBM850"
    alice.post(f"{LIST}process_import/", {"check": str(again.context["row"].pk)})
    assert people("first_name", "last_name") == [("José", "Muñoz")]
    wrong = check(alice, text.encode("cp850"), encoding="utf-8")
    assert "can&#x27;t be read as UTF-8" in wrong.content.decode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('a,b\n1,2\n"3,4\n5,6\n', "a quotation mark that opens in line 3 is never closed"),
        ('a,b\n"x\n","y\n"z,1\n', "a quotation mark that opens in line 2 is never closed"),
        ('"a,b\n1,2\n', "a quotation mark that opens in line 1 is never closed"),
        ('"a"b,c\n1,2\n', "a quotation mark in its first row isn&#x27;t doubled"),
        ("{\n", "begins like JSON lines but line 1 can&#x27;t be read"),
        ('{"a": 1}\n{"a": \n', "begins like JSON lines but line 2 can&#x27;t be read"),
        ("[{}, 1]", "must hold a list of objects, or one object a line"),
        ("\x01\x02\x03\x04\x05\x06", "it isn&#x27;t text"),
        (",,,\n,,\n", "The file is empty."),
    ],
)
def test_what_is_no_table_is_told_by_its_line(alice: Client, text: str, reason: str) -> None:
    page = check(alice, text)
    assert page.status_code == 200
    assert reason in page.content.decode()
    assert people("pk") == []


def test_a_badly_quoted_row_fails_alone(alice: Client) -> None:
    report = brought(alice, 'First Name,Notes\nEva,"6" pipe"\nBo,"6"" pipe"\nCy,6" pipe\n')
    assert faults(report) == {
        2: {"": ["A quotation mark inside a cell isn't doubled, or one is missing."]}
    }
    assert people("first_name", "notes") == [("Bo", '6" pipe'), ("Cy", '6" pipe')]


def test_json_lines_are_read(alice: Client) -> None:
    text = (
        '{"first_name": "Eva", "tags": ["a", "b"]}\r\n\r\n{"first_name": "Bo", "nps_score": 99}\n'
    )
    report = brought(alice, "\ufeff" + text)
    assert (tally(report), list(faults(report))) == ({"created": 1, "failed": 1}, [3])
    assert report.delimiter == "json"


def test_columns_that_are_not_known_are_named(alice: Client) -> None:
    report = brought(alice, "First Name,Shoe size,Empty,Lifetime value,Fax\nEva,41,,12,1\nBo,,,,\n")
    assert report.notes == [
        "“Lifetime value”: worked out here, so left out.",
        "“Shoe size”, “Fax”: not known here, so left out.",
    ]


# other systems


def test_an_address_book_arrives_with_its_second_numbers_and_labels(alice: Client) -> None:
    report = brought(
        alice,
        "First Name,Middle Name,Last Name,Organization Name,Birthday,Notes,Labels,"
        "E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Street,"
        "Address 1 - City,Address 1 - Postal Code,Address 1 - Country\n"
        "Ida,Maria,Stone,Stone Ltd,1991-04-16,met,* friends ::: roof,* Home,ida@x.com,Mobile,"
        "+1 248-555-0171,2 Elm St,Troy,48083,US\n"
        "Jon,,Stone,,--04-16,,* friends,* Home,jon@x.com ::: jon@y.com,Mobile,"
        "+1 248-555-0172 ::: +1 248-555-0173,,,,\n",
    )
    assert tally(report) == {"created": 2}
    ida, jon = Customer.objects.unscoped().order_by("first_name")
    assert (ida.first_name, ida.company_name, str(ida.date_of_birth), ida.phone) == (
        "Ida Maria",
        "Stone Ltd",
        "1991-04-16",
        "+12485550171",
    )
    assert (ida.street, ida.city, ida.postal_code, ida.country) == (
        "2 Elm St",
        "Troy",
        "48083",
        "US",
    )
    assert (jon.email, jon.phone, jon.alternative_phones, jon.date_of_birth) == (
        "jon@x.com",
        "+12485550172",
        ["+12485550173"],
        None,
    )
    tags = CustomerTag.objects.unscoped().filter(customer=ida).values_list("tag__name", flat=True)
    assert sorted(tags) == ["friends", "roof"]
    assert remarks(report) == {
        3: {
            "email": ["“jon@y.com” is kept as a further one."],
            "date_of_birth": ["“--04-16” has no year: left out."],
        }
    }


def test_a_salons_list_of_clients_arrives(alice: Client) -> None:
    brought(
        alice,
        "First Name,Last Name,Full Name,Mobile Number,Email,Gender,Accepts Marketing,Date of Birth,"
        "Note,Referral Source,Blocked,Block Reason\n"
        "Lea,Cut,Lea Cut,+1 248-555-0178,lea@x.com,Female,Yes,1992-05-15,curls,Web,No,\n",
    )
    lea = Customer.objects.unscoped().get()
    assert (lea.phone, lea.marketing_consent, lea.source, lea.is_blocked, lea.notes) == (
        "+12485550178",
        True,
        "Web",
        False,
        "curls",
    )


def test_a_crms_contacts_arrive_with_their_address(alice: Client) -> None:
    brought(
        alice,
        "First Name,Email,Phone Number,Street Address,City,State/Region,ZIP/Postal Code,"
        "Country/Region,Contact owner\nMax,max@x.com,(248) 555-0181,3 Oak St,Troy,MI,48085,"
        "United States,Somebody Elsewhere\n",
    )
    assert people("street", "state", "postal_code", "country") == [
        ("3 Oak St", "MI", "48085", "United States")
    ]


def test_of_several_addresses_a_row_has_one(alice: Client) -> None:
    brought(
        alice,
        "Name,Home Street,Home City,Home Country,Business Street,Business Street 2,Business City\n"
        "A B,,,US,5 Work St,Floor 2,Flint\nC D,1 Home St,Troy,US,5 Work St,,Flint\n",
    )
    assert people("street", "city", "country") == [
        ("5 Work St, Floor 2", "Flint", ""),
        ("1 Home St", "Troy", "US"),
    ]


def test_another_systems_id_is_the_external_one_and_a_countrys_code_may_stand_apart(
    alice: Client,
) -> None:
    text = "id,Name,CountryCode,Phone\ncus_1a,Ann One,1,2485550160\n'77,Bo Two,ES,600111222\n"
    assert tally(brought(alice, text)) == {"created": 2}
    assert people("external_id", "country") == [("cus_1a", ""), ("77", "ES")]
    assert people("phone")[0] == "+12485550160"
    assert tally(brought(alice, text)) == {"skipped": 2}


# values


BIRTHDAY = "First Name,Email,Birthday\n"


def test_birthdays_are_read_in_many_forms(alice: Client) -> None:
    written = [
        "1991-04-16 00:00:00",
        "4/16/1991 12:00:00 AM",
        "1991/04/16",
        "16-Apr-1991",
        "April 16, 1991",
        "16 de abril de 1991",
        "16. April 1991",
        "mar, 16 abr 1991",
        "16.4.1991",
        "16-abr-91",
        "1991-04-16T00:00:00.000Z",
    ]
    report = brought(
        alice, BIRTHDAY + "".join(f'B,b{n:02}@x.com,"{cell}"\n' for n, cell in enumerate(written))
    )
    assert tally(report) == {"created": len(written)}
    assert set(people("date_of_birth")) == {dt.date(1991, 4, 16)}


@pytest.mark.parametrize(
    "cell", ["0/0/00", "0000-00-00", "00/00/0000", "0000-00-00 00:00:00", "-", "1/0/1900", "NULL"]
)
def test_what_programs_write_for_no_date_is_none(alice: Client, cell: str) -> None:
    report = brought(alice, f"{BIRTHDAY}A,a@x.com,{cell}\n")
    assert (tally(report), people("date_of_birth")) == ({"created": 1}, [None])
    assert remarks(report) == {}


@pytest.mark.parametrize("cell", ["04/16", "--04-16", "16 Apr", "April 16", "1604-04-16"])
def test_a_birthday_without_a_year_does_not_cost_the_row(alice: Client, cell: str) -> None:
    page = check(alice, f"{BIRTHDAY}A,a@x.com,{cell}\n")
    assert f"“{cell}” has no year: left out." in page.content.decode()
    report = brought(alice, f"{BIRTHDAY}A,a@x.com,{cell}\n")
    assert (tally(report), people("date_of_birth")) == ({"created": 1}, [None])


@pytest.mark.parametrize("cell", ["31/31/1990", "1990", "tomorrow", "2090-01-01", "15/05/1990 x"])
def test_what_is_no_birthday_is_refused(alice: Client, cell: str) -> None:
    report = brought(alice, f"{BIRTHDAY}A,a@x.com,{cell}\nB,b@x.com,\n")
    assert list(faults(report)) == [2]
    assert list(faults(report)[2]) == ["date_of_birth"]


def days(client: Client, *cells: str, **options: str) -> tuple[list[str], Report]:
    rows = "".join(f"B,b{n:02}@x.com,{cell}\n" for n, cell in enumerate(cells))
    report = brought(client, BIRTHDAY + rows, **options)
    return [str(day) for day in people("date_of_birth")], report


def test_one_row_shows_the_order_of_day_and_month_for_its_column(alice: Client) -> None:
    found, report = days(alice, "3/4/1990", "13/4/1990")
    assert (found, report.notes) == (["1990-04-03", "1990-04-13"], [])


def test_an_order_that_cannot_be_told_is_the_regions_and_can_be_chosen(alice: Client) -> None:
    page = check(alice, f"{BIRTHDAY}A,a@x.com,3/4/1990\n")
    assert "the order of day and month can&#x27;t be told" in page.content.decode()
    found, report = days(alice, "3/4/1990")
    assert found == ["1990-03-04"]
    assert "(line 2: 3/4/1990); read with the month first, as usual here" in report.notes[0]
    again = alice.post(
        f"{LIST}import/",
        {"check": str(page.context["row"].pk), "date_order": "day_first"},
        follow=True,
    )
    assert again.context["row"].notes == []
    alice.post(f"{LIST}process_import/", {"check": str(again.context["row"].pk)})
    assert str(Customer.objects.unscoped().get(email="a@x.com").date_of_birth) == "1990-04-03"


def test_the_region_decides_elsewhere_for_the_day(actor: Actor, alice: Client) -> None:
    actor.organization.default_region = "ES"
    actor.organization.save()
    assert days(alice, "3/4/1990")[0] == ["1990-04-03"]


def test_orders_that_contradict_one_another_are_named_by_line(alice: Client) -> None:
    found, report = days(alice, "13/4/1990", "4/13/1990")
    (note,) = report.notes
    assert "line 2 (13/4/1990) has the day first, line 3 (4/13/1990) the month" in note
    assert (found, list(faults(report))) == (["1990-04-13"], [2])


def test_further_emails_are_kept_and_find_the_person(alice: Client, actor: Actor) -> None:
    """Also of somebody who is there already, once; what is none is named."""
    text = "Name,E-mail,E-mail 2\nAnn One,ann@x.com,Ann@Home.com\n"
    report = brought(alice, text)
    assert remarks(report) == {2: {"email": ["“Ann@Home.com” is kept as a further one."]}}
    (ann,) = Customer.objects.unscoped()
    text = "Name,E-mail\nAnn One,ann@x.com; ann@home.com; ann@work.com; ann@\n"
    assert tally(brought(alice, text)) == {"updated": 1}
    assert tally(brought(alice, text)) == {"skipped": 1}
    rows = Identity.objects.unscoped().filter(customer=ann).order_by("value")
    assert list(rows.values_list("value", "is_primary", "source")) == [
        ("ann@home.com", False, "file"),
        ("ann@work.com", False, "file"),
        ("ann@x.com", True, "record"),
    ]
    assert customer_with_email(actor=actor, email="ann@work.com") == ann
    conditions = CustomerConditions(search="ann@home.com")
    assert list(customers(actor=actor, conditions=conditions)) == [ann]
    entry = AuditEntry.objects.for_actor(actor).filter(action="customer.updated").get()
    assert entry.changes == {"identities": [[], ["ann@work.com"]]}


@pytest.mark.parametrize("header", ["Phone", "WhatsApp number", "Other phone", "E-mail 2"])
def test_who_had_themselves_erased_is_known_by_every_address(
    alice: Client, actor: Actor, header: str
) -> None:
    numbers = {"phone": "2485550160", "whatsapp_number": "2485550161"}
    gone = {"first_name": "Gone", "email": "gone@x.com", **numbers}
    row = create_customer(actor=actor, values=gone)
    erase_customer(actor=actor, customer_id=row.pk, ground="asked")
    cell = "gone@x.com" if header == "E-mail 2" else "2485550161"
    report = brought(alice, f"Name,E-mail,{header}\nBack Again,new@x.com,{cell}\n")
    assert tally(report) == {"suppressed": 1}
    assert not Customer.objects.unscoped().exists()


def test_codes_keep_their_zeros(alice: Client) -> None:
    brought(alice, "First Name,Email,Zip,Customer Number,City\nZ,z@x.com,'02135,'000124,'t Veld\n")
    assert people("postal_code", "external_id", "city") == [("02135", "000124", "'t Veld")]
    brought(alice, "First Name,Email,Zip,Customer Number\nY,y@x.com,48083.0,125.0\nX,x@x.com,,\n")
    assert people("postal_code", "external_id")[:2] == [("", ""), ("48083", "125")]
    brought(alice, "First Name,Email,Customer Number\nW,w@x.com,1.0\nV,v@x.com,A-7\n")
    assert people("external_id")[:2] == ["A-7", "1.0"]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["0,750"], ["0.75"]),
        (["1,234", "12,50"], None),
        (["12,50", "1.234"], ["12.50", "1234.00"]),
        (["12.50", "1,234"], ["12.50", "1234.00"]),
        (["$1,234.50", "1,234"], ["1234.50", "1234.00"]),
        (["1.234,50 €", "1.234"], ["1234.50", "1234.00"]),
        (["1,234"], ["1234.00"]),
        (["1'234.50"], ["1234.50"]),
        (["USD 12"], ["12.00"]),
    ],
)
def test_the_decimal_mark_is_the_columns(
    alice: Client, actor: Actor, cells: list[str], values: list[str] | None
) -> None:
    create_customer(actor=actor, values={"first_name": "Ann", "email": "ann@x.com"})
    rows = "".join(f'ann@x.com,P{n},"{cell}"\n' for n, cell in enumerate(cells))
    report = brought(
        alice, f"customer_email,name,total_amount\n{rows}", "/admin/customers/project/"
    )
    amounts = Project.objects.unscoped().order_by("name").values_list("total_amount", flat=True)
    if values is None:  # 1,234 with a decimal comma has three decimals
        assert faults(report)[2].keys() == {"total_amount"}
    else:
        assert [str(amount) for amount in amounts] == values


def test_decimal_marks_that_contradict_one_another_leave_the_doubtful_unread(
    alice: Client, actor: Actor
) -> None:
    create_customer(actor=actor, values={"first_name": "Ann", "email": "ann@x.com"})
    text = 'customer_email,name,total_amount\nann@x.com,A,"12,50"\nann@x.com,B,12.50\n'
    report = brought(alice, text + 'ann@x.com,C,"1,234"\n', "/admin/customers/project/")
    assert (tally(report), list(faults(report))) == ({"created": 2, "failed": 1}, [4])
    assert "line 4 (1,234) can't be read" in report.notes[0]


def test_appointments_are_on_the_outlets_clock(alice: Client, actor: Actor) -> None:
    create_customer(actor=actor, values={"first_name": "Ann", "email": "ann@x.com"})
    Outlet.objects.add(actor, name="West", time_zone="America/Los_Angeles")
    report = brought(
        alice,
        "customer_email,outlet,start_at,end_at\n"
        "ann@x.com,West,2031-07-07 09:00,2031-07-07 10:00\n"
        "ann@x.com,,7/8/2031 9:00 AM,7/8/2031 10:00 AM\n"
        "ann@x.com,West,2031-07-09T09:00:00+02:00,2031-07-09T10:00:00+0200\n",
        "/admin/appointments/appointment/",
    )
    assert tally(report) == {"created": 3}
    starts = Appointment.objects.unscoped().order_by("start_at").values_list("start_at", flat=True)
    assert [start.isoformat() for start in starts] == [
        "2031-07-07T16:00:00+00:00",
        "2031-07-08T13:00:00+00:00",
        "2031-07-09T07:00:00+00:00",
    ]


def test_a_day_and_its_time_may_stand_in_two_columns(alice: Client, actor: Actor) -> None:
    create_customer(actor=actor, values={"first_name": "Ann", "email": "ann@x.com"})
    brought(
        alice,
        "Client email,Start date,Start time,End date,End time\n"
        "ann@x.com,2031-07-08,9:00 AM,2031-07-08,10:00 AM\n",
        "/admin/appointments/appointment/",
    )
    assert Appointment.objects.unscoped().get().start_at.isoformat() == "2031-07-08T13:00:00+00:00"


def test_a_day_alone_is_one_of_the_organizations_calendar(alice: Client) -> None:
    brought(alice, "First Name,Customer Since\nAnn,2024-06-15\n")
    (since,) = people("customer_since")
    assert since.isoformat() == "2024-06-15T04:00:00+00:00"


# matching


@pytest.fixture
def wanda(actor: Actor) -> Customer:
    return create_customer(
        actor=actor,
        values={
            "first_name": "Wanda",
            "last_name": "Shared",
            "email": "wanda@x.com",
            "phone": "2485550191",
            "external_id": "W1",
        },
    )


SHARED = "belongs to Wanda Shared (wanda@x.com), whose {} is another than in this row."


@pytest.mark.parametrize(
    ("row", "differing"),
    [
        ("Hugo,Shared,hugo@x.com,2485550191,", "e-mail"),
        ("Wanda,Shared,hugo@x.com,2485550191,", "e-mail"),
        ("Wanda,Shared,,2485550191,H1", "external ID"),
        ("Hugo,Shared,,2485550191,", "name"),
    ],
)
@pytest.mark.parametrize("mode", ["update", "skip"])
def test_a_shared_phone_never_overwrites_who_has_it(
    alice: Client, wanda: Customer, row: str, differing: str, mode: str
) -> None:
    before = Customer.objects.unscoped().values().get()
    text = f"First Name,Last Name,Email,Phone,External ID\n{row}\nNew,One,new@x.com,,\n"
    report = brought(alice, text, on_match=mode)
    assert tally(report) == {"created": 1, "conflicting": 1}
    assert faults(report) == {2: {"phone": [SHARED.format(differing)]}}
    assert Customer.objects.unscoped().values().get(pk=wanda.pk) == before


@pytest.mark.parametrize(
    "row",
    [
        "W.,Shared,,2485550191,",
        "Wanda,Married,,2485550191,",
        ",,,2485550191,",
        "Shared,,,2485550191,W1",
    ],
)
def test_who_may_be_the_same_person_is_updated(alice: Client, wanda: Customer, row: str) -> None:
    text = f"First Name,Last Name,Email,Phone,External ID,City\n{row},Troy\n"
    assert tally(brought(alice, text)) == {"updated": 1}
    assert people("city") == ["Troy"]


def test_within_a_file_a_shared_phone_is_a_conflict_too(alice: Client) -> None:
    text = (
        "First Name,Email,Phone\nWanda,wanda@x.com,2485550191\nHugo,hugo@x.com,2485550191\n"
        "Wanda,wanda@x.com,\nHugo,,2485550191\n"
    )
    report = brought(alice, text)
    assert tally(report) == {"created": 1, "skipped": 1, "conflicting": 2}
    assert list(faults(report)) == [3, 5]


def test_told_otherwise_the_first_match_is_taken_and_anothers_address_left_out(
    alice: Client, actor: Actor, wanda: Customer
) -> None:
    create_customer(actor=actor, values={"first_name": "Hugo", "email": "hugo@x.com"})
    text = "First Name,Email,Phone,City\nHugo,hugo@x.com,2485550191,Troy\n"
    report = brought(alice, text, conflicts="match")
    assert tally(report) == {"updated": 1}
    assert remarks(report) == {2: {"phone": ["belongs to Wanda Shared (wanda@x.com): left out."]}}
    assert people("email", "phone", "city") == [
        ("hugo@x.com", "", "Troy"),
        ("wanda@x.com", "+12485550191", ""),
    ]


def test_every_outcome_has_its_count(alice: Client, wanda: Customer) -> None:
    page = check(alice, "First Name,Phone\nHugo,2485550191\n")
    assert [label.lower() for label, _ in page.context["counts"]] == list(ImportOutcome.values)
    said = "It belongs to Wanda Shared (wanda@x.com), who has another name."
    assert said in page.content.decode()
