"""What is written reads back, by every resource of the native API."""

from typing import Any

import pytest

from core.audit.models import AuditEntry, OutboxEvent
from core.tenancy.actor import Actor
from customers.models import Consent, Customer, CustomerTag
from tests.api.roofing.calls import ids, made, path, project, shown
from tests.cast import Cast, customer_values
from tests.client import ApiClient

FULL = {
    "first_name": "Zoë",
    "last_name": "Quinn",
    "company_name": "Quinn & Co",
    "is_business": True,
    "email": "Zoe@Example.com",
    "phone": "(248) 555-0199",
    "whatsapp_number": "+52 999 123 4567",
    "alternative_phones": ["248-555-0198", "+49 30 901820"],
    "avatar_url": "https://example.com/a.png",
    "gender": "f",
    "date_of_birth": "1990-02-28",
    "street_address": "1 Main St",
    "city": "Troy",
    "state": "MI",
    "zip_code": "48084",
    "country": "USA",
    "latitude": 42.605589,
    "longitude": -83.14993,
    "property_value": 650000.5,
    "property_type": "single_family",
    "roof_age": 12,
    "roof_type": "slate",
    "original_source": "referral",
    "converted_from_lead_id": "lead-1",
    "external_id": "ext-1",
    "campaign": "spring",
    "is_referral_partner": True,
    "tags": "a,b",
    "notes": "line one\nline two",
    "custom_fields": {"a": [1, {"b": None}], "ü": "é"},
    "is_blocked": True,
    "block_reason": "asked",
    "nps_score": 10,
    "satisfaction_rating": 4.8,
    "preferred_contact_method": "phone",
    "best_call_time": "mornings",
    "email_opt_in": False,
    "sms_opt_in": True,
    "marketing_opt_in": True,
    "language": "es",
    "customer_since": "2024-06-15T00:00:00Z",
}


def test_every_writable_field_reads_back_as_written(api: ApiClient) -> None:
    data = api.post("/api/customers", FULL).json()["data"]
    shown_phones = {
        "phone": "2485550199",
        "whatsapp_number": "+529991234567",
        "alternative_phones": ["2485550198", "+4930901820"],
    }
    assert {key: data[key] for key in FULL} == {**FULL, **shown_phones}


def test_what_was_read_can_be_sent_back_and_changes_nothing(api: ApiClient, actor: Actor) -> None:
    made_body = api.post("/api/customers", FULL).json()["data"]
    plain = api.post(
        "/api/customers", {"first_name": "A", "last_name": "B", "phone": "2485550100"}
    ).json()["data"]
    for data in (made_body, plain):
        before = (
            AuditEntry.objects.unscoped().count(),
            OutboxEvent.objects.unscoped().count(),
            Consent.objects.unscoped().count(),
        )
        response = api.put(f"/api/customers/{data['id']}", data)
        assert (response.status_code, response.headers["ETag"]) == (200, '"1"'), response.content
        assert response.json()["data"] == data
        after = (
            AuditEntry.objects.unscoped().count(),
            OutboxEvent.objects.unscoped().count(),
            Consent.objects.unscoped().count(),
        )
        assert after == before


@pytest.mark.parametrize(
    ("path_of_list", "body"),
    [
        (
            "/api/projects",
            {"total_amount": 5.5, "status": "completed", "start_date": "2026-01-01T00:00:00Z"},
        ),
        ("/api/interactions", {"type": "email", "notes": "x"}),
        ("/api/conversations", {"channel": "sms", "subject": "x"}),
        ("/api/transactions", {"gross_amount": 5.5, "description": "x"}),
        (
            "/api/appointments",
            {"appointment_date": "2026-01-05", "start_time": "23:30", "total_price": 5},
        ),
        (
            "/api/appointments",
            {
                "appointment_date": "2026-11-01",
                "start_time": "01:30",
                "notes": "an hour shown twice",
            },
        ),
    ],
)
def test_what_was_read_of_any_resource_can_be_sent_back(
    path_of_list: str, body: Any, api: ApiClient, jane: Customer
) -> None:
    row = api.post(path_of_list, {"customer_id": str(jane.pk), **body})
    assert row.status_code == 201, row.content
    before = AuditEntry.objects.unscoped().count()
    back = api.put(
        f"{path_of_list}/{row.json()['data'].get('id') or row.json()['data']['transaction_id']}",
        row.json()["data"],
    )
    assert (back.status_code, back.json()) == (200, row.json())
    assert AuditEntry.objects.unscoped().count() == before


@pytest.mark.parametrize(
    "sent",
    [
        "2485556789",
        "(248) 555-6789",
        "+1 248 555 6789",
        "1-248-555-6789",
        "+12485556789",
        2485556789,
    ],
)
def test_a_phone_is_taken_as_people_type_it_and_is_one_number(
    sent: Any, api: ApiClient, jane: Customer
) -> None:
    assert api.patch(path(jane), {"phone": sent}).json()["data"]["phone"] == "2485556789"
    other = {"first_name": "A", "last_name": "B", "phone": "248.555.6789"}
    refused = api.post("/api/customers", other)
    assert (refused.status_code, refused.json()) == (
        409,
        {"error": "Customer with this phone already exists", "customer_id": str(jane.pk)},
    )


@pytest.mark.parametrize(
    ("sent", "read"),
    [("b, a ,b,", "b,a"), (["b", "a"], "b,a"), ("", None), (None, None), ([], None), (["É"], "É")],
)
def test_tags_are_a_text_or_a_list_and_replace_the_whole(
    sent: Any, read: str | None, api: ApiClient, jane: Customer
) -> None:
    api.patch(path(jane), {"tags": "old,a"})
    assert api.patch(path(jane), {"tags": sent}).json()["data"]["tags"] == read


def test_both_names_of_a_projects_completion_are_taken(api: ApiClient, jane: Customer) -> None:
    for name in ("completion_date", "completed_at"):
        body = {"customer_id": str(jane.pk), "status": "completed", name: "2026-01-05T00:00:00Z"}
        data = api.post("/api/projects", body).json()["data"]
        assert data["completion_date"] == data["completed_at"] == "2026-01-05T00:00:00Z"


def test_a_project_stays_with_its_customer(api: ApiClient, actor: Actor, jane: Customer) -> None:
    other, row = made(actor, 2), project(actor, jane, 5)
    for customer in (str(other.pk), None):
        refused = api.patch(f"/api/projects/{row.pk}", {"customer_id": customer})
        assert (refused.status_code, refused.json()["details"]) == (
            400,
            {"customer_id": ["The customer can't be changed."]},
        )


def test_a_new_email_is_not_verified_but_another_spelling_is_the_same(
    api: ApiClient, jane: Customer
) -> None:
    Customer.objects.unscoped().filter(pk=jane.pk).update(email_verified=True)
    api.patch(path(jane), {"email": "JANE1@example.com"})
    assert Customer.objects.unscoped().get(pk=jane.pk).email_verified is True
    api.patch(path(jane), {"email": "new@example.com"})
    assert Customer.objects.unscoped().get(pk=jane.pk).email_verified is False


def test_every_change_of_a_channel_adds_a_row_to_the_ledger(
    api: ApiClient, jane: Customer, cast: Cast
) -> None:
    for change in (
        {"sms_opt_in": True},
        {"sms_opt_in": True},
        {"sms_opt_in": False, "marketing_opt_in": True},
        {"email_opt_in": False},
    ):
        assert api.patch(path(jane), change).status_code == 200
    rows = (
        Consent.objects.unscoped()
        .filter(customer=jane)
        .order_by("id")
        .values_list("channel", "purpose", "granted", "method", "recorded_by")
    )
    assert set(rows) == {
        ("sms", "notifications", True, "roofing", cast.alice.email),
        ("sms", "notifications", False, "roofing", cast.alice.email),
        ("all", "marketing", True, "roofing", cast.alice.email),
        ("email", "notifications", False, "roofing", cast.alice.email),
    }
    assert len(rows) == 4


def test_an_email_and_a_phone_of_a_deleted_customer_are_free_and_restoring_then_conflicts(
    api: ApiClient, jane: Customer
) -> None:
    api.delete(path(jane))
    taken = api.post("/api/customers", customer_values(1, phone="2485559999"))
    assert taken.status_code == 201
    refused = api.post(path(jane, "/restore"))
    assert (refused.status_code, refused.json()) == (
        409,
        {
            "error": "Customer with this email already exists",
            "customer_id": taken.json()["data"]["id"],
        },
    )
    assert ids(api.get("/api/customers", deleted="true")) == [str(jane.pk)]
    api.delete(f"/api/customers/{taken.json()['data']['id']}")
    restored = api.post(path(jane, "/restore"))
    assert (restored.status_code, restored.json()["data"]["email"]) == (200, "jane1@example.com")
    assert api.post(path(jane, "/restore")).status_code == 404


def test_what_belongs_to_a_deleted_customer_is_gone_with_it_and_comes_back(
    api: ApiClient, actor: Actor, jane: Customer
) -> None:
    row = project(actor, jane, 5)
    logged = api.post(path(jane, "/interactions"), {"type": "note"}).json()["data"]["id"]
    api.delete(path(jane))
    for gone in (
        f"/api/projects/{row.pk}",
        f"/api/interactions/{logged}",
        path(jane),
        path(jane, "/projects"),
    ):
        assert api.get(gone).status_code == 404, gone
    assert api.get("/api/projects").json()["pagination"]["total"] == 0
    assert (
        api.post("/api/projects", {"customer_id": str(jane.pk), "total_amount": 1}).status_code
        == 400
    )
    api.post(path(jane, "/restore"))
    assert api.get(f"/api/projects/{row.pk}").status_code == 200


@pytest.mark.parametrize("form", ["", "/"])
def test_every_path_works_with_and_without_a_trailing_slash(
    form: str, api: ApiClient, jane: Customer
) -> None:
    for known in (
        "/api/customers",
        path(jane),
        path(jane, "/projects"),
        "/api/customers/stats",
        "/api/projects",
        "/api/auth/me",
    ):
        assert api.get(f"{known}{form}").status_code == 200, known
    assert api.post(f"/api/customers{form}", customer_values(9)).status_code == 201
    assert api.get("/api/customers//").status_code == 404


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('"1"', 200),
        ("*", 200),
        (' "1" ', 200),
        ('"7", "1"', 200),
        ('W/"1", "1"', 200),
        ('"2"', 412),
        ('W/"1"', 412),
        ("1", 412),
        ('"one"', 412),
        ('""', 412),
        ('"01x"', 412),
        ("", 412),
        ('"' + "9" * 5000 + '"', 412),
        ('"²"', 412),
    ],
)
def test_if_match(header: str, status: int, api: ApiClient, jane: Customer) -> None:
    response = api.send("PATCH", path(jane), {"city": "New"}, **{"If-Match": header})
    assert response.status_code == status
    assert shown(api, jane)["city"] == ("New" if status == 200 else None)
    assert api.get(path(jane)).headers["ETag"] == ('"2"' if status == 200 else '"1"')


def test_a_stale_delete_is_412_and_deletes_nothing(api: ApiClient, jane: Customer) -> None:
    api.patch(path(jane), {"city": "New"})
    assert api.send("DELETE", path(jane), **{"If-Match": '"1"'}).status_code == 412
    assert api.get(path(jane)).status_code == 200
    assert api.send("DELETE", path(jane), **{"If-Match": '"2"'}).status_code == 200


def test_bulk_update_is_all_or_nothing_and_refuses_what_is_read_only(
    api: ApiClient, actor: Actor
) -> None:
    rows = [made(actor, number) for number in range(3)]
    keys = [str(row.pk) for row in rows]
    for updates in (
        {"campaign": "x", "nps_score": 11},
        {"campaign": "x", "lifetime_value": 5},
        {"campaign": "x", "email": "a@b.test"},
    ):
        assert (
            api.post(
                "/api/customers/bulk-update", {"customer_ids": keys, "updates": updates}
            ).status_code
            == 400
        )
    assert {row.campaign for row in Customer.objects.unscoped()} == {""}
    assert set(Customer.objects.unscoped().values_list("version", flat=True)) == {1}
    body = {
        "customer_ids": [*keys, keys[0]],
        "updates": {"campaign": "x", "status": "vip", "tags": "t"},
    }
    assert api.post("/api/customers/bulk-update", body).json() == {
        "message": "Updated 3 customers",
        "updated": 3,
        "requested": 4,
        "failed": [],
    }
    assert set(
        Customer.objects.unscoped().values_list("campaign", "status", "status_pinned", "version")
    ) == {("x", "vip", True, 2)}
    assert OutboxEvent.objects.unscoped().filter(type="customer.updated").count() == 3


def test_bulk_update_of_a_thousand_replaces_their_tags(
    api: ApiClient, cast: Cast, actor: Actor
) -> None:
    rows = [Customer.objects.new(actor, first_name=f"n{number}") for number in range(1000)]
    Customer.objects.unscoped().bulk_create(rows)
    keys = [str(row.pk) for row in rows]
    for tags in ("one,two", "two,three"):
        response = api.post(
            "/api/customers/bulk-update",
            {"customer_ids": keys, "updates": {"tags": tags, "assigned_to": str(cast.bob.pk)}},
        )
        assert (response.status_code, response.json()["updated"]) == (207, 1000)
    assert set(CustomerTag.objects.unscoped().values_list("tag__name", flat=True)) == {
        "two",
        "three",
    }
    assert CustomerTag.objects.unscoped().count() == 2000
