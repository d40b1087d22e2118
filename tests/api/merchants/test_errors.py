"""What the merchants' API says when something is wrong."""

from typing import Any

import pytest

from appointments.errors import StaffBusy, UpcomingAppointments
from core import errors
from core.errors import DomainError
from crm.api.merchants.exceptions import describe
from tests.cast import Cast
from tests.client import ApiClient


@pytest.fixture
def merchant(cast: Cast) -> ApiClient:
    return ApiClient(key=cast.live_key)


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (errors.Unauthenticated("whatever"), 401, "Invalid API key"),
        (
            errors.Forbidden("You do not have permission to view"),
            403,
            "You do not have permission to view",
        ),
        (errors.NotFound("Customer", "7"), 404, "Customer with ID 7 not found or access denied"),
        (errors.NotFound("Resource"), 404, "Resource not found"),
        (errors.Malformed("No"), 400, ["No"]),
        (errors.MalformedId("Customer", "x"), 404, "Customer with ID x not found or access denied"),
        (errors.Invalid.one("email", "invalid_email", "x"), 400, ["email must be an email"]),
        (
            errors.Conflict("Customer", "external_id"),
            409,
            "Customer with this external id already exists",
        ),
        (errors.InUse(), 409, "Still in use"),
        (StaffBusy(), 409, "The staff member already has an appointment at that time"),
        (UpcomingAppointments(), 409, "Cannot delete customer with upcoming appointments"),
        (errors.Stale(), 412, "The record has been changed by someone else; read it again"),
        (
            errors.IdempotencyMismatch(),
            409,
            "This Idempotency-Key was used with a different request",
        ),
        (errors.RateLimited(5), 429, "Rate limit exceeded"),
        (errors.MethodNotAllowed(), 405, "Method not allowed"),
        (errors.UnsupportedMediaType(), 415, "Unsupported media type; send application/json"),
        (errors.TooLarge(), 413, "The request body is too large"),
        (errors.Unexpected(), 500, "Internal server error (request abc)"),
    ],
)
def test_wording(error: DomainError, status: int, message: Any) -> None:
    assert describe(error, str, "abc") == (status, {"statusCode": status, "message": message})


@pytest.mark.parametrize(
    ("body", "sentences"),
    [
        ({}, ["name should not be empty"]),
        ({"name": "A", "email": "not-an-email"}, ["email must be an email"]),
        ({"email": "not-an-email"}, ["name should not be empty", "email must be an email"]),
        ({"name": 5}, ["name must be a string"]),
        ({"name": ["A"]}, ["name must be a string"]),
        (
            {"name": "A", "foo": 1, "bar": 2},
            ["property foo should not exist", "property bar should not exist"],
        ),
        ({"name": "A", "phone_number": "abc"}, ["phone_number must be a valid phone number"]),
        ({"name": "A", "whatsapp_number": "12"}, ["whatsapp_number must be a valid phone number"]),
        ({"name": "A", "is_business": "maybe"}, ["is_business must be a boolean value"]),
        ({"name": "A", "is_business": None}, ["is_business should not be null or undefined"]),
        ({"name": "A", "metadata": "x"}, ["metadata must be an object"]),
        ({"name": "A", "metadata": [1]}, ["metadata must be an object"]),
        (
            {"name": "A", "metadata": {str(n): n for n in range(51)}},
            ["metadata must contain no more than 50 keys"],
        ),
        (
            {"name": "A", "metadata": {"a": "x" * 11000}},
            ["metadata must not be larger than 10240 bytes"],
        ),
        (
            {"name": "A", "city": "x" * 151},
            ["city must be shorter than or equal to 150 characters"],
        ),
        (
            {"name": "A", "address": "x" * 151},
            ["address must be shorter than or equal to 150 characters"],
        ),
        (
            {"name": "A", "postal_code": "x" * 21},
            ["postal_code must be shorter than or equal to 20 characters"],
        ),
        ({"name": "A", "city": {"a": 1}}, ["city must be a string"]),
        ({"name": "A", "city": "a\x00b"}, ["city must not contain null characters"]),
        ({"name": "a\x00b"}, ["name must not contain null characters"]),
    ],
)
def test_bad_values_are_told_in_sentences(
    merchant: ApiClient, body: Any, sentences: list[str]
) -> None:
    response = merchant.post("/customers", body, Prefer="handling=strict")
    assert (response.status_code, response.json()) == (
        400,
        {"statusCode": 400, "message": sentences},
    )
    assert merchant.get("/customers").json()["pagination"]["totalCount"] == 0


@pytest.mark.parametrize(
    ("query", "sentences"),
    [
        ({"page": "0"}, ["page must not be less than 1"]),
        ({"page": "-1"}, ["page must not be less than 1"]),
        (
            {"page": "x", "pageSize": "1.5"},
            ["page must be an integer number", "pageSize must be an integer number"],
        ),
        ({"pageSize": "0"}, ["pageSize must not be less than 1"]),
        (
            {"type": "robot"},
            ["type must be one of the following values: business, individual, all"],
        ),
        (
            {"status": "asleep"},
            ["status must be one of the following values: active, inactive, all"],
        ),
        ({"limit": "5"}, ["property limit should not exist"]),
        ({"search": "x" * 201}, ["search must be shorter than or equal to 200 characters"]),
        ({"search": "a\x00"}, ["search must not contain null characters"]),
    ],
)
def test_bad_parameters_are_told_in_sentences(
    merchant: ApiClient, query: dict[str, str], sentences: list[str]
) -> None:
    response = merchant.get("/customers", {"Prefer": "handling=strict"}, **query)
    assert (response.status_code, response.json()) == (
        400,
        {"statusCode": 400, "message": sentences},
    )


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_another_systems_id_that_is_nobodys_is_not_found(merchant: ApiClient, method: str) -> None:
    response = merchant.send(method, "/customers/nonsense", {} if method[0] == "P" else None)
    assert (response.status_code, response.json()) == (
        404,
        {
            "statusCode": 404,
            "message": "Customer with ID nonsense not found or access denied",
        },
    )


def test_parameters_that_begin_with_an_underscore_are_ignored(merchant: ApiClient) -> None:
    assert merchant.get("/customers", _="123").status_code == 200
