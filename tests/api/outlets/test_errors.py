"""
What goes wrong is told as FastAPI tells it: a text, or a list of places with messages and
pydantic's types.
"""

import inspect
from typing import Any

import pytest

from analytics import company
from core import errors
from core.errors import DomainError, Fault, Invalid
from core.tenancy.actor import Actor
from crm.api.kernel.serializers import InvalidParameters
from crm.api.outlets import viewsets
from crm.api.outlets.exceptions import STATUSES, describe
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.client import ApiClient

LIST = "/api/v1/customers"
STRICT = {"Prefer": "handling=strict"}
NOWHERE = "550e8400-e29b-41d4-a716-446655440000"


@pytest.fixture
def path(actor: Actor) -> str:
    return f"{LIST}/{create_customer(actor=actor, values=customer_values()).pk}"


def faults(response: Any) -> list[tuple[Any, str, str]]:
    assert response.status_code == 422, response.content
    assert response.json().keys() == {"detail"}
    assert all(item.keys() == {"loc", "msg", "type"} for item in response.json()["detail"])
    return [(tuple(item["loc"]), item["type"], item["msg"]) for item in response.json()["detail"]]


MAKERS: dict[type[DomainError], Any] = {
    errors.NotFound: lambda: errors.NotFound("Customer", 1),
    errors.MalformedId: lambda: errors.MalformedId("Customer", 1),
    errors.Invalid: lambda: Invalid.one("email", "invalid_email", "Enter a valid e-mail address."),
    errors.Conflict: lambda: errors.Conflict("Customer", "email"),
    errors.RateLimited: lambda: errors.RateLimited(5),
    errors.CodeRequired: lambda: errors.CodeRequired("ticket"),
}


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, DomainError)
    ],
)
def test_every_domain_error_has_a_status_and_a_detail(kind: type[DomainError]) -> None:
    if kind is DomainError:
        return
    assert kind in STATUSES
    status, body = describe(MAKERS.get(kind, kind)(), str, "r1")
    assert status == STATUSES[kind]
    assert body["detail"]
    assert isinstance(body["detail"], list if kind is errors.Invalid else str)
    assert body.get("request_id") == ("r1" if kind is errors.Unexpected else None)


def test_faults_of_parameters_are_placed_in_the_query() -> None:
    fault = {"page": [Fault("min_value", "Too small.")]}
    assert describe(InvalidParameters(fault), str, "") == (
        422,
        {"detail": [{"loc": ["query", "page"], "msg": "Too small.", "type": "greater_than_equal"}]},
    )


def test_each_bad_value_of_a_body_is_named(api: ApiClient) -> None:
    body = {
        "email": "nonsense",
        "phone": "12",
        "first_name": "x" * 151,
        "last_name": ["x"],
        "date_of_birth": "1990-02-31",
        "gender": {"a": 1},
        "tags": "vip",
        "tenant": 1,
        "address": {"planet": "Mars"},
        "preferences": {"langage": "en"},
    }
    unknown = "Extra inputs are not permitted"
    assert faults(api.post(LIST, body, **STRICT)) == [
        (("body", "tenant"), "extra_forbidden", unknown),
        (("body", "address", "planet"), "extra_forbidden", unknown),
        (("body", "preferences", "langage"), "extra_forbidden", unknown),
    ]
    for key in ("tenant", "address", "preferences"):
        del body[key]
    body["preferences"] = {
        "marketing_consent": "maybe",
        "preferred_outlet_id": "x",
        "communication_preferences": {"sms": 3},
    }
    found = {loc[1:]: kind for loc, kind, _ in faults(api.post(LIST, body))}
    assert found == {
        ("email",): "value_error",
        ("phone",): "value_error",
        ("first_name",): "string_too_long",
        ("last_name",): "string_type",
        ("date_of_birth",): "date_from_datetime_parsing",
        ("gender",): "string_type",
        ("tags",): "list_type",
        ("preferences", "marketing_consent"): "bool_parsing",
        ("preferences", "preferred_outlet_id"): "uuid_parsing",
        ("preferences", "communication_preferences", "sms"): "bool_parsing",
    }
    assert api.get(LIST).json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, (("body", "first_name"), "missing")),
        ({"gender": "f"}, (("body", "first_name"), "missing")),
        ({"first_name": "A", "password": "SecurePass123!"}, (("body", "email"), "missing")),
        ({"email": "a@example.com", "password": "short"}, (("body", "password"), "value_error")),
        (
            {"email": "a@example.com", "password": "password123"},
            (("body", "password"), "value_error"),
        ),
        ({"email": "a@example.com", "password": 1234567890}, (("body", "password"), "string_type")),
        ({"email": "a@example.com", "password": "x" * 129}, (("body", "password"), "string_type")),
        ({"first_name": "A", "tenant_id": "acme"}, (("body", "tenant_id"), "uuid_parsing")),
        ({"first_name": "A", "address": "Troy"}, (("body", "address"), "dict_type")),
        ({"first_name": "A", "tags": ["a,b"]}, (("body", "tags"), "value_error")),
        ({"first_name": "A\x00"}, (("body", "first_name"), "value_error")),
        (
            {"first_name": "A", "preferences": {"preferred_services": [NOWHERE]}},
            (("body", "preferences", "preferred_services"), "value_error"),
        ),
        ([], (("body",), "dict_type")),
        (b"{", (("body",), "json_invalid")),
        (b'{"first_name": NaN}', (("body",), "json_invalid")),
        (b'{"first_name": "A", "first_name": "B"}', (("body",), "value_error")),
    ],
)
def test_a_bad_creation_is_refused_and_nothing_is_created(
    api: ApiClient, body: Any, fault: Any
) -> None:
    assert [found[:2] for found in faults(api.post(LIST, body))] == [fault]
    assert api.get(LIST).json()["total"] == 0


def test_the_sentences_that_clients_know(api: ApiClient) -> None:
    assert faults(api.post(LIST, b"nonsense")) == [(("body",), "json_invalid", "JSON decode error")]
    assert faults(api.post(LIST, {"first_name": "x" * 151})) == [
        (("body", "first_name"), "string_too_long", "String should have at most 150 characters")
    ]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ({"page": "0"}, {"page": "greater_than_equal"}),
        ({"page": "-1", "size": "0"}, {"page": "greater_than_equal", "size": "greater_than_equal"}),
        ({"page": "x", "size": "1.5"}, {"page": "int_parsing", "size": "int_parsing"}),
        ({"has_password": "maybe"}, {"has_password": "bool_parsing"}),
        ({"created_from": "2025-02-30"}, {"created_from": "date_from_datetime_parsing"}),
        ({"created_to": "10000-01-01"}, {"created_to": "date_from_datetime_parsing"}),
        ({"created_from": "yesterday"}, {"created_from": "date_from_datetime_parsing"}),
        ({"limit": "5", "vip": ""}, {"limit": "extra_forbidden", "vip": "extra_forbidden"}),
        ({"search": "a\x00b"}, {"search": "value_error"}),
    ],
)
def test_bad_parameters_of_the_list_are_named(
    api: ApiClient, query: dict[str, str], kinds: dict[str, str]
) -> None:
    assert {found[0]: found[1] for found in faults(api.get(LIST, STRICT, **query))} == {
        ("query", key): kind for key, kind in kinds.items()
    }


def test_an_unknown_status_names_the_permitted_ones(api: ApiClient, path: str) -> None:
    (fault,) = api.get(f"{path}/appointments", status="done").json()["detail"]
    permitted = "pending, confirmed, completed, cancelled, no_show"
    assert fault["msg"] == f"“done” is not one of: {permitted}."


def test_bad_parameters_elsewhere(api: ApiClient, path: str) -> None:
    for response, key, kind in [
        (api.get(f"{path}/appointments", status="done"), "status", "enum"),
        (api.get(f"{path}/appointments", from_date="x"), "from_date", "date_from_datetime_parsing"),
        (api.get(f"{path}/appointments", size="0"), "size", "greater_than_equal"),
        (api.get(path, STRICT, expand="all"), "expand", "extra_forbidden"),
        (api.get(f"{path}/preferences", STRICT, a="b"), "a", "extra_forbidden"),
        (api.delete(f"{path}?permanent=perhaps"), "permanent", "bool_parsing"),
        (api.delete(f"{path}?force=true", **STRICT), "force", "extra_forbidden"),
        (api.put(f"{path}?force=true", {}, **STRICT), "force", "extra_forbidden"),
        (api.post(f"{LIST}?dry_run=true", {}, **STRICT), "dry_run", "extra_forbidden"),
        (
            api.get(f"{LIST}/statistics/summary", to_date="tomorrow"),
            "to_date",
            "date_from_datetime_parsing",
        ),
        (
            api.get(f"{LIST}/statistics/summary", from_date="2025-02-02", to_date="2025-02-01"),
            "from_date",
            "value_error",
        ),
    ]:
        assert [found[:2] for found in faults(response)] == [(("query", key), kind)]
    assert api.get(path).status_code == 200


def test_another_systems_id_that_is_nobodys_is_not_found(api: ApiClient) -> None:
    for response in (
        api.get(f"{LIST}/122"),
        api.put(f"{LIST}/122", {}),
        api.delete(f"{LIST}/122"),
        api.post(f"{LIST}/122/restore"),
        api.get(f"{LIST}/122/appointments"),
        api.get(f"{LIST}/122/preferences"),
        api.put(f"{LIST}/122/preferences", {}),
        api.get(f"{LIST}/507f1f77bcf86cd799439011"),
    ):
        assert (response.status_code, response.json()) == (404, {"detail": "Customer not found"})


def test_an_unknown_id_is_not_found(api: ApiClient) -> None:
    for response in (
        api.get(f"{LIST}/{NOWHERE}"),
        api.put(f"{LIST}/{NOWHERE}", {}),
        api.get(f"{LIST}/{NOWHERE}/appointments"),
    ):
        assert (response.status_code, response.json()) == (404, {"detail": "Customer not found"})


def test_credentials_methods_media_and_paths(
    api: ApiClient, anonymous: ApiClient, cast: Cast, path: str
) -> None:
    missing = anonymous.get(LIST)
    assert (missing.status_code, missing.json()) == (401, {"detail": "Authentication required"})
    assert missing.headers["WWW-Authenticate"].startswith("Bearer")
    assert ApiClient(Authorization="Bearer nonsense").get(LIST).status_code == 401
    assert ApiClient(key=cast.read_key).get(LIST).json()["total"] == 1
    forbidden = ApiClient(key=cast.read_key).post(LIST, customer_values(2))
    assert (forbidden.status_code, forbidden.json()) == (
        403,
        {"detail": "You do not have permission to create customers"},
    )
    for response, status, detail in [
        (api.post(path, {}), 405, "Method not allowed"),
        (api.delete(LIST), 405, "Method not allowed"),
        (
            api.post(LIST, b"a=b", Content_Type="application/x-www-form-urlencoded"),
            415,
            "Unsupported media type; send application/json",
        ),
        (api.post(LIST, b'"' + b"x" * 20_000_000 + b'"'), 413, "The request body is too large"),
        (api.get(f"{path}/nonsense"), 404, "Resource not found"),
        (anonymous.get("/api/v1/nonsense"), 404, "Resource not found"),
        (
            api.get(LIST, {"X-Organization": "other"}),
            403,
            "You may not work in another organization",
        ),
    ]:
        assert (response.status_code, response.json()) == (status, {"detail": detail})


def test_a_refused_role_is_told_before_the_body_is_read(cast: Cast, path: str) -> None:
    bob = ApiClient(user=cast.bob)
    for response in (
        bob.put(path, b"{"),
        bob.delete(f"{LIST}/122"),
        bob.get(f"{LIST}/statistics/summary", from_date="x"),
    ):
        assert response.status_code == 403


def test_the_allowance_and_its_end(api: ApiClient, settings: Any) -> None:
    settings.RATE_LIMIT_USER = "1/hour"
    first, second = api.get(LIST), api.get(LIST)
    assert (first.status_code, second.status_code, second.json()) == (
        200,
        429,
        {"detail": "Rate limit exceeded"},
    )
    assert int(second.headers["Retry-After"]) > 0
    assert "RateLimit" in first.headers


def test_a_defect_is_told_without_its_cause(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> Any:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(viewsets, "company_statistics", broken)
    assert viewsets.company_statistics is not company.company_statistics
    api.client.raise_request_exception = False
    response = api.get(f"{LIST}/statistics/summary")
    assert response.status_code == 500
    assert response.json() == {
        "detail": "Internal server error",
        "request_id": response.headers["X-Request-ID"],
    }
