"""Finding a customer through the booking API, as documented."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from appointments.services import book_appointment
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer
from tests.cast import Cast
from tests.client import ApiClient

PATH = "/api/customers/retrieve"
NOT_FOUND = {
    "error": "customer_not_found",
    "message": "No customer found with the provided identifier",
}
SARAH = {
    "first_name": "Sarah",
    "last_name": "Johnson",
    "email": "Sarah.Johnson@example.com",
    "phone": "+1234567890",
    "date_of_birth": "1990-05-15",
    "street": "123 Main St",
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94102",
    "country": "US",
    "notify_email": True,
    "notify_sms": True,
    "notes": "Prefers morning appointments",
    "custom_fields": {"seat": "window"},
}


def make(actor: Actor, **more: Any) -> Customer:
    return create_customer(actor=actor, values={**SARAH, **more})


def key(customer: Customer) -> str:
    return f"cust_{customer.pk.hex}"


def retrieve(client: ApiClient, **given: Any) -> tuple[int, Any]:
    response = client.post(PATH, given)
    return response.status_code, response.json()


def test_the_documented_customer(api: ApiClient, actor: Actor) -> None:
    sarah = make(actor)
    for day, status in [
        ("2025-10-20", "completed"),
        ("2025-10-01", "completed"),
        ("2025-11-01", "cancelled"),
        ("2099-01-01", "pending"),
    ]:
        book_appointment(
            actor=actor,
            values={"customer": sarah.pk, "start_at": f"{day}T14:30:00Z", "status": status},
        )
    response = api.post(PATH, {"customer_id": key(sarah)})
    assert response.status_code == 200, response.content
    body = response.json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body.pop("created_at"))
    assert body == {
        "customer_id": key(sarah),
        "first_name": "Sarah",
        "last_name": "Johnson",
        "email": "Sarah.Johnson@example.com",
        "phone": "+1234567890",
        "date_of_birth": "1990-05-15",
        "address": {
            "street": "123 Main St",
            "city": "San Francisco",
            "state": "CA",
            "postal_code": "94102",
            "country": "US",
        },
        "last_visit": "2025-10-20T14:30:00Z",
        "total_appointments": 4,
        "preferences": {
            "email_notifications": True,
            "sms_notifications": True,
            "marketing_emails": False,
        },
        "notes": "Prefers morning appointments",
        "custom_fields": {"seat": "window"},
        "status": "active",
    }
    assert response.headers["ETag"] == '"1"'


def test_unknown_values_are_null_and_every_key_is_there(api: ApiClient, actor: Actor) -> None:
    nobody = create_customer(actor=actor, values={"phone": "2485550001"})
    status, body = retrieve(api, customer_id=key(nobody))
    del body["created_at"]
    assert (status, body) == (
        200,
        {
            "customer_id": key(nobody),
            "first_name": None,
            "last_name": None,
            "email": None,
            "phone": "+12485550001",
            "date_of_birth": None,
            "address": {
                "street": None,
                "city": None,
                "state": None,
                "postal_code": None,
                "country": None,
            },
            "last_visit": None,
            "total_appointments": 0,
            "preferences": {
                "email_notifications": True,
                "sms_notifications": False,
                "marketing_emails": False,
            },
            "notes": None,
            "custom_fields": {},
            "status": "active",
        },
    )


@pytest.mark.parametrize(
    "email",
    ["sarah.johnson@example.com", "SARAH.JOHNSON@EXAMPLE.COM", "  Sarah.Johnson@example.com "],
)
def test_an_email_is_found_in_any_case(api: ApiClient, actor: Actor, email: str) -> None:
    assert retrieve(api, email=email)[1] == NOT_FOUND
    sarah = make(actor)
    status, body = retrieve(api, email=email)
    assert (status, body["customer_id"]) == (200, key(sarah))


@pytest.mark.parametrize(
    "phone",
    [
        "2485550123",
        "+12485550123",
        "(248) 555-0123",
        "248.555.0123",
        "+1 248 555 0123",
        "1-248-555-0123",
        2485550123,
    ],
)
def test_a_phone_is_found_in_any_spelling(api: ApiClient, actor: Actor, phone: Any) -> None:
    assert retrieve(api, phone=phone)[1] == NOT_FOUND
    sarah = make(actor, phone="248-555-0123")
    status, body = retrieve(api, phone=phone)
    assert (status, body["customer_id"], body["phone"]) == (200, key(sarah), "+12485550123")


def test_the_first_identifier_decides_alone(api: ApiClient, actor: Actor) -> None:
    sarah, other = (
        make(actor),
        create_customer(actor=actor, values={"email": "other@example.com", "phone": "2485550002"}),
    )
    assert retrieve(api, customer_id=key(other), email=sarah.email, phone=sarah.phone)[1][
        "customer_id"
    ] == key(other)
    assert retrieve(api, email=sarah.email, phone=other.phone)[1]["customer_id"] == key(sarah)
    assert retrieve(api, customer_id=f"cust_{'0' * 32}", email=sarah.email) == (404, NOT_FOUND)
    assert retrieve(api, email="nobody@example.com", phone=sarah.phone) == (404, NOT_FOUND)
    for nothing in ("", " "):
        shown = retrieve(api, customer_id=nothing, email=None, phone=sarah.phone)[1]
        assert shown["customer_id"] == key(sarah)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"customer_id": ""},
        {"customer_id": None, "email": "", "phone": None},
        {"customer_id": " ", "email": "\u200b", "phone": "\t"},
    ],
)
def test_without_an_identifier_the_documented_400(api: ApiClient, given: Any) -> None:
    assert retrieve(api, **given) == (
        400,
        {"error": "invalid_request", "message": "Must provide customer_id, email, or phone"},
    )


@pytest.mark.parametrize(
    "bad",
    [
        "cust_67890",
        "nonsense",
        f"CUST_{'0' * 32}",
        "0" * 32,
        "cust_" + "g" * 32,
        "cust_\x00" + "0" * 31,
    ],
)
def test_an_id_that_is_not_ours_in_form_is_not_found(api: ApiClient, bad: str) -> None:
    assert retrieve(api, customer_id=bad) == (404, NOT_FOUND)


def test_an_id_of_the_other_apis_is_known_too(api: ApiClient, actor: Actor) -> None:
    sarah = make(actor)
    for known in (str(sarah.pk), sarah.pk.hex):
        assert retrieve(api, customer_id=known)[1]["customer_id"] == key(sarah)
    assert retrieve(api, customer_id=f"cust_{sarah.pk}") == (404, NOT_FOUND)
    assert retrieve(api, customer_id=f"cust_{sarah.pk.hex.upper()}")[0] == 200


@pytest.mark.parametrize("bad", ["", "abc", "\x00", "a\x00@example.com", "x" * 1000, "@", "🎉"])
def test_hostile_emails_and_phones_find_nobody(api: ApiClient, actor: Actor, bad: str) -> None:
    make(actor, phone=None)
    expected = 404 if bad else 400
    assert retrieve(api, email=bad)[0] == expected
    assert retrieve(api, phone=bad)[0] == expected


@pytest.mark.parametrize("name", ["customer_id", "email", "phone"])
@pytest.mark.parametrize("bad", [True, ["a"], {"a": 1}, 1.5])
def test_identifiers_that_are_no_text_are_refused(api: ApiClient, name: str, bad: Any) -> None:
    assert retrieve(api, **{name: bad}) == (
        400,
        {"error": "invalid_request", "message": f"{name}: Must be a string."},
    )


def test_unknown_keys_and_parameters_are_named(api: ApiClient) -> None:
    strict = {"Prefer": "handling=strict"}
    response = api.post(PATH, {"customer": "x", "mail": "y"}, **strict)
    assert (response.status_code, response.json()) == (
        400,
        {"error": "invalid_request", "message": "customer: Unknown field. mail: Unknown field."},
    )
    response = api.send("POST", PATH, {"email": "a@b.test"}, query={"verbose": "1"}, **strict)
    assert (response.status_code, response.json()) == (
        400,
        {"error": "invalid_request", "message": "verbose: Unknown parameter."},
    )


@pytest.mark.parametrize(
    ("stored", "blocked", "shown"),
    [
        ("active", False, "active"),
        ("vip", False, "active"),
        ("inactive", False, "inactive"),
        ("churned", False, "inactive"),
        ("vip", True, "blocked"),
    ],
)
def test_how_status_is_shown(
    api: ApiClient, actor: Actor, stored: str, blocked: bool, shown: str
) -> None:
    sarah = make(actor, status=stored, is_blocked=blocked)
    assert retrieve(api, customer_id=key(sarah))[1]["status"] == shown


def test_strangers_and_the_deleted_are_not_found(api: ApiClient, cast: Cast, actor: Actor) -> None:
    strange = make(actor_of(cast.charlie))
    gone = make(actor, email="gone@example.com", phone="2485550009")
    delete_customer(actor=actor, customer_id=gone.pk)
    for given in (
        {"customer_id": key(strange)},
        {"email": strange.email},
        {"phone": strange.phone},
        {"customer_id": key(gone)},
    ):
        assert retrieve(api, **given) == (404, NOT_FOUND)
    assert retrieve(api, email="gone@example.com") == (404, NOT_FOUND)
    assert retrieve(api, phone="2485550009") == (404, NOT_FOUND)


def test_every_role_and_a_reading_key_may_look_up(
    cast: Cast, actor: Actor, client_of: Callable[..., ApiClient]
) -> None:
    sarah = make(actor)
    clients = [
        *(client_of(user) for user in cast.roles.values()),
        ApiClient(key=cast.live_key),
        ApiClient(key=cast.read_key),
    ]
    assert [retrieve(client, customer_id=key(sarah))[0] for client in clients] == [200] * 6
    assert retrieve(ApiClient(key=cast.test_key), customer_id=key(sarah)) == (404, NOT_FOUND)
    assert retrieve(ApiClient(), customer_id=key(sarah)) == (
        401,
        {"error": "unauthorized", "message": "Authentication required"},
    )


def test_looking_up_takes_six_queries_at_most(
    api: ApiClient, actor: Actor, django_assert_max_num_queries: Any
) -> None:
    sarah = make(actor)
    with django_assert_max_num_queries(6):
        assert retrieve(api, email=sarah.email)[0] == 200


def test_the_documented_flow_of_a_booking_widget(api: ApiClient) -> None:
    status, body = retrieve(api, email="new@example.com")
    assert (status, body["error"]) == (404, "customer_not_found")
    created = api.post(
        "/api/customers", {"first_name": "New", "last_name": "Guest", "email": "new@example.com"}
    )
    status, body = retrieve(api, email="NEW@example.com")
    assert (status, body["first_name"], body["customer_id"]) == (
        200,
        "New",
        f"cust_{created.json()['data']['id'].replace('-', '')}",
    )
