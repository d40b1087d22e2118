"""What the pages and programs export, the import reads back as it was."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.utils import translation

from appointments.models import Appointment, Service
from appointments.services import book_appointment
from core.exports.services import selection_of, start_export
from core.exports.streaming import Format
from core.exports.tables import table
from core.imports.reports import Report
from core.imports.services import check_import, run_import
from core.tenancy.actor import Actor
from crm.pages.exports import columns_by_header
from customers.models import Consent, Customer, CustomerTag, Project
from customers.services.customers import create_customer
from customers.services.work import create_project
from interactions.models import Interaction
from interactions.services import log_interaction
from tests.cast import Cast, customer_values
from tests.database_role import as_owner
from tests.imports import report_of

pytestmark = pytest.mark.heavy

MODELS: dict[str, Any] = {
    "customers": Customer,
    "projects": Project,
    "interactions": Interaction,
    "appointments": Appointment,
}
FORMS = [
    *(("en", Format.CSV), ("es", Format.CSV), ("", Format.CSV)),
    *(("es", Format.XLSX), ("", Format.XLSX), ("", Format.JSON_LINES)),
]
"""The language of the headers (none: as programs call the columns) and the format."""

OF_THE_ROW = {"id", "version", "created_at", "updated_at", "last_activity_at", "created_by_id"}


@pytest.fixture
def ann(cast: Cast, actor: Actor) -> Customer:
    """A customer with something in every field."""
    referrer = create_customer(actor=actor, values=customer_values(7))
    return create_customer(
        actor=actor,
        values={
            "first_name": "María José",
            "last_name": "O’Brien García",
            "company_name": "@SUM(A1)",
            "is_business": True,
            "email": "ann@example.com",
            "phone": "+12485550101",
            "phone_extension": "012",
            "whatsapp_number": "+34600111222",
            "alternative_phones": ["+12485550999", "+34600111223"],
            "preferred_contact_method": "phone",
            "best_call_time": "3/4, 9:00",
            "avatar_url": "https://example.com/a.png",
            "gender": "x",
            "date_of_birth": "1980-02-29",
            "street": "1 Main St; Apt 2",
            "city": "'t Veld",
            "state": "MI",
            "postal_code": "02135",
            "country": "US",
            "latitude": "-42.123456",
            "longitude": "-83.5",
            "property_value": "125000.5",
            "property_type": "house",
            "roof_age": 0,
            "roof_type": "slate",
            "source": "web",
            "converted_from_lead_id": "lead-1",
            "external_id": "000124",
            "campaign": "=1+1",
            "referred_by": referrer,
            "is_referral_partner": True,
            "status": "vip",
            "segment": "premium",
            "engagement": "regular",
            "assigned_to": cast.bob,
            "tags": ["b", "a c", "Ñ"],
            "notes": "=cmd|' /C calc'!A0\nsecond, with; marks \"quoted\"",
            "custom_fields": {"ñ": [1, {"x": None}], "12": "1,5"},
            "is_blocked": True,
            "block_reason": "-1",
            "nps_score": 0,
            "satisfaction_rating": "4.5",
            "customer_since": "2020-05-06T07:08:09Z",
            "notify_email": False,
            "notify_sms": True,
            "notify_push": True,
            "notify_whatsapp": True,
            "marketing_consent": True,
            "language": "es",
            "contact_hours_start": "08:30",
            "contact_hours_end": "17:00",
            "accessibility_needs": "ramp",
            "preferred_agent": cast.bob,
            "preferred_outlet": cast.outlet,
            "preferred_categories": ["roof", "a;b", "c,d"],
            "preference_note": "+ quiet",
        },
    )


@pytest.fixture
def furnished(ann: Customer, cast: Cast, actor: Actor) -> Customer:
    create_project(
        actor=actor,
        values={
            "customer": ann,
            "name": "Roof",
            "project_type": "repair",
            "status": "completed",
            "total_amount": "1234.5",
            "start_date": "2024-01-02T03:04:05Z",
            "completed_at": "2024-02-03T04:05:06Z",
            "notes": "n",
        },
    )
    log_interaction(
        actor=actor,
        values={
            "customer": ann,
            "type": "phone_call",
            "occurred_at": "2024-03-04T05:06:07Z",
            "outcome": "positive",
            "notes": "said\nmuch",
        },
    )
    book_appointment(
        actor=actor,
        values={
            "customer": ann,
            "outlet": cast.outlet,
            "service": Service.objects.add(actor, name="Look", duration_minutes=60),
            "staff": cast.bob,
            "start_at": "2031-03-09T06:30:00Z",
            "end_at": "2031-03-09T07:30:00Z",
            "status": "confirmed",
            "price": "99.99",
            "notes": "n",
        },
    )
    return ann


def exported(actor: Actor, resource: str, language: str, form: Format) -> bytes:
    """The whole table as the page's or a program's export of all columns writes it."""
    of = table(resource)
    with translation.override(language or "en"):
        names = list(of.columns)
        headers = columns_by_header(of, names) if language else {name: name for name in names}
    job = start_export(
        actor=actor,
        resource=resource,
        form=form,
        columns=headers,
        conditions=of.get_conditions({}, time_zone="UTC"),
    )
    selection = selection_of(actor=actor, parameters=job.parameters)
    if form != Format.XLSX:
        return b"".join(bytes(piece) for piece in selection.text(form))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        selection.workbook(path)
        return path.read_bytes()


def imported(actor: Actor, resource: str, data: bytes) -> Report:
    check = check_import(actor=actor, resource=resource, data=data)
    return report_of(run_import(actor=actor, import_id=check.pk))


def rows_of(model: Any) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name not in OF_THE_ROW}
        for row in model.objects.unscoped().order_by("pk").values()
    ]


@pytest.mark.parametrize("resource", MODELS)
@pytest.mark.parametrize(("language", "form"), FORMS)
def test_an_export_read_again_changes_nothing(
    actor: Actor, furnished: Customer, resource: str, language: str, form: Format
) -> None:
    model = MODELS[resource]
    before = list(model.objects.unscoped().order_by("pk").values())
    data = exported(actor, resource, language, form)
    report = imported(actor, resource, data)
    assert {name: count for name, count in report.counts.items() if count} == {
        "skipped": len(before)
    }, report.refused
    assert list(model.objects.unscoped().order_by("pk").values()) == before


@pytest.mark.parametrize(("language", "form"), FORMS)
def test_an_export_brings_lost_customers_back_as_they_were(
    actor: Actor, ann: Customer, language: str, form: Format
) -> None:
    data = exported(actor, "customers", language, form)
    only = Customer.objects.unscoped().filter(pk=ann.pk)
    before = only.values().get()
    with as_owner():
        Consent.objects.unscoped().filter(customer=ann).delete()
    only.delete()
    report = imported(actor, "customers", data)
    assert (report.counts["created"], report.refused, report.remarked) == (1, [], [])
    after = Customer.objects.unscoped().values().get(email="ann@example.com")
    for row in (before, after):
        for name in OF_THE_ROW:
            row.pop(name, None)
    assert after == before
    tags = CustomerTag.objects.unscoped().filter(customer__email="ann@example.com")
    assert sorted(tags.values_list("tag__name", flat=True)) == ["a c", "b", "Ñ"]


@pytest.mark.parametrize("resource", ["projects", "interactions", "appointments"])
@pytest.mark.parametrize(("language", "form"), FORMS)
def test_an_export_brings_lost_work_back_as_it_was(
    actor: Actor, furnished: Customer, resource: str, language: str, form: Format
) -> None:
    model = MODELS[resource]
    data, before = exported(actor, resource, language, form), rows_of(model)
    model.objects.unscoped().all().delete()
    report = imported(actor, resource, data)
    assert (report.counts["created"], report.refused) == (len(before), [])
    assert rows_of(model) == before
