"""How the booking API words what went wrong: `{"error": code, "message": text}`."""

from typing import Any

from appointments.errors import StaffBusy, UpcomingAppointments
from core import errors
from core.errors import DomainError
from crm.api.kernel.exceptions import Dialect, KeyOf

CODES: dict[type[DomainError], tuple[int, str]] = {
    errors.Unauthenticated: (401, "unauthorized"),
    errors.CodeRequired: (401, "unauthorized"),
    errors.CodeRefused: (401, "unauthorized"),
    errors.Forbidden: (403, "forbidden"),
    errors.SecondFactorMissing: (403, "forbidden"),
    errors.NotFound: (404, "not_found"),
    errors.Malformed: (400, "invalid_request"),
    errors.MalformedId: (404, "not_found"),
    errors.Invalid: (400, "invalid_request"),
    errors.Conflict: (409, "conflict"),
    errors.InUse: (409, "in_use"),
    errors.StateConflict: (409, "conflict"),
    StaffBusy: (409, "staff_busy"),
    UpcomingAppointments: (409, "customer_has_future_appointments"),
    errors.NotReady: (409, "not_ready"),
    errors.Gone: (410, "gone"),
    errors.Stale: (412, "precondition_failed"),
    errors.IdempotencyMismatch: (409, "idempotency_key_reused"),
    errors.RateLimited: (429, "rate_limit_exceeded"),
    errors.MethodNotAllowed: (405, "method_not_allowed"),
    errors.UnsupportedMediaType: (415, "unsupported_media_type"),
    errors.LengthRequired: (411, "length_required"),
    errors.TooLarge: (413, "request_too_large"),
    errors.Unavailable: (503, "unavailable"),
    errors.Unexpected: (500, "internal_error"),
}
STATUSES: dict[type[DomainError], int] = {kind: status for kind, (status, _) in CODES.items()}


def describe(error: DomainError, key_of: KeyOf, request_id: str) -> tuple[int, Any]:
    status, code = next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)
    message = error.message
    if isinstance(error, errors.NotFound | errors.MalformedId) and error.noun == "Customer":
        code, message = "customer_not_found", "No customer found with the provided identifier"
    elif isinstance(error, errors.Invalid):
        message = " ".join(
            sentence(key_of(name), fault.message)
            for name, faults in error.faults.items()
            for fault in faults
        )
    elif isinstance(error, errors.Unexpected):
        message = f"{error.message} (request {request_id})"
    return status, {"error": code, "message": message}


def sentence(key: str, message: str) -> str:
    return f"{key}: {message}" if key else message


SCHEMA = {
    "type": "object",
    "required": ["error", "message"],
    "properties": {
        "error": {"type": "string", "description": "A code for programs"},
        "message": {"type": "string", "description": "A sentence for people"},
    },
}

EXAMPLES: dict[int, Any] = {
    400: {"error": "invalid_request", "message": "Must provide customer_id, email, or phone"},
    401: {"error": "unauthorized", "message": "Authentication required"},
    403: {"error": "forbidden", "message": "You do not have permission to erase customers"},
    404: {
        "error": "customer_not_found",
        "message": "No customer found with the provided identifier",
    },
    409: {
        "error": "customer_has_future_appointments",
        "message": "Cannot delete customer with upcoming appointments",
    },
    411: {"error": "length_required", "message": "Send the body with a Content-Length"},
    412: {
        "error": "precondition_failed",
        "message": "The record has been changed by someone else; read it again",
    },
    413: {"error": "request_too_large", "message": "The request body is too large"},
    415: {
        "error": "unsupported_media_type",
        "message": "Unsupported media type; send application/json",
    },
    429: {"error": "rate_limit_exceeded", "message": "Rate limit exceeded"},
    500: {
        "error": "internal_error",
        "message": "Internal server error (request 0190a5c3b8f07d6e9f1b2c3d4e5f6071)",
    },
}


BOOKING = Dialect("booking", describe, SCHEMA, lambda method: EXAMPLES)
