"""Every domain error in the booking API's shape."""

import pytest

from appointments.errors import StaffBusy, UpcomingAppointments
from core import errors
from core.errors import DomainError
from crm.api.booking.exceptions import describe


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (errors.Unauthenticated(), 401, "unauthorized", "Authentication required"),
        (
            errors.Forbidden("You do not have permission to view"),
            403,
            "forbidden",
            "You do not have permission to view",
        ),
        (
            errors.NotFound("Customer", 1),
            404,
            "customer_not_found",
            "No customer found with the provided identifier",
        ),
        (errors.NotFound("Organization", "x"), 404, "not_found", "Organization not found"),
        (errors.Malformed("No"), 400, "invalid_request", "No"),
        (
            errors.MalformedId("Customer", "x"),
            404,
            "customer_not_found",
            "No customer found with the provided identifier",
        ),
        (
            errors.Invalid.one("name", "required", "Is required."),
            400,
            "invalid_request",
            "NAME: Is required.",
        ),
        (
            errors.Conflict("Customer", "email"),
            409,
            "conflict",
            "Customer with this email already exists",
        ),
        (errors.InUse(), 409, "in_use", "Still in use"),
        (
            StaffBusy(),
            409,
            "staff_busy",
            "The staff member already has an appointment at that time",
        ),
        (
            UpcomingAppointments(),
            409,
            "customer_has_future_appointments",
            "Cannot delete customer with upcoming appointments",
        ),
        (
            errors.Stale(),
            412,
            "precondition_failed",
            "The record has been changed by someone else; read it again",
        ),
        (
            errors.IdempotencyMismatch(),
            409,
            "idempotency_key_reused",
            "This Idempotency-Key was used with a different request",
        ),
        (errors.RateLimited(5), 429, "rate_limit_exceeded", "Rate limit exceeded"),
        (errors.MethodNotAllowed(), 405, "method_not_allowed", "Method not allowed"),
        (
            errors.UnsupportedMediaType(),
            415,
            "unsupported_media_type",
            "Unsupported media type; send application/json",
        ),
        (errors.TooLarge(), 413, "request_too_large", "The request body is too large"),
        (errors.Unexpected(), 500, "internal_error", "Internal server error (request abc)"),
    ],
)
def test_wording(error: DomainError, status: int, code: str, message: str) -> None:
    assert describe(error, str.upper, "abc") == (status, {"error": code, "message": message})
