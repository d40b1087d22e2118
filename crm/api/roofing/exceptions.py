"""
How the native API words what went wrong: `{"error": text}`, with `details` where there are some.
"""

from typing import Any

from core import errors
from core.errors import DomainError
from crm.api.kernel.exceptions import HOLDER, STATUSES, Dialect, KeyOf, holder, listed_class
from customers.choices import DuplicateEvidence
from customers.errors import LikelyDuplicates

EVIDENCE_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["code", "points"],
        "properties": {
            "code": {"type": "string", "enum": DuplicateEvidence.values},
            "points": {"type": "integer"},
        },
    },
}


def describe(error: DomainError, key_of: KeyOf, request_id: str) -> tuple[int, Any]:
    body: dict[str, Any] = {"error": error.message}
    if isinstance(error, errors.Invalid):
        body = {
            "error": "Validation failed",
            "details": {
                key_of(name): [fault.message for fault in faults]
                for name, faults in error.faults.items()
            },
        }
    elif isinstance(error, errors.CodeRequired | errors.CodeRefused):
        body["details"] = {"otp": ["Send a code of the authenticator app, or one on paper."]}
    elif isinstance(error, LikelyDuplicates):
        body["duplicates"] = error.found
    elif isinstance(error, errors.Unexpected):
        body["details"] = {"request_id": request_id}
    return STATUSES[listed_class(error)], body | holder(error, "customer_id")


SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string"},
        "details": {
            "type": "object",
            "description": (
                "On 400 the messages by field, on 500 the request's id; on 401 of a sign-in `otp` "
                "where the password is right and a code of the second factor is missing or wrong"
            ),
        },
        "customer_id": HOLDER,
        "duplicates": {
            "type": "array",
            "description": "On 409 to `Prefer: duplicates=refuse`, the likeliest first",
            "items": {
                "type": "object",
                "required": ["customer_id", "score", "evidence"],
                "properties": {
                    "customer_id": {"type": "string", "format": "uuid"},
                    "score": {"type": "integer", "minimum": 0, "maximum": 100},
                    "evidence": EVIDENCE_SCHEMA,
                },
            },
        },
    },
}

EXAMPLES: dict[int, Any] = {
    400: {"error": "Invalid customer ID format"},
    401: {"error": "Authentication required"},
    403: {"error": "You do not have permission to update customers"},
    404: {"error": "Customer not found"},
    409: {"error": "Customer with this email already exists"},
    411: {"error": "Send the body with a Content-Length"},
    412: {"error": "The record has been changed by someone else; read it again"},
    413: {"error": "The request body is too large"},
    415: {"error": "Unsupported media type; send application/json"},
    429: {"error": "Rate limit exceeded"},
    500: {
        "error": "Internal server error",
        "details": {"request_id": "0190a5c3b8f07d6e9f1b2c3d4e5f6071"},
    },
}
_READING = (400, 401, 403, 404, 429, 500)


def error_examples(method: str) -> dict[int, Any]:
    """Status → example, for what an operation of this method may answer."""
    return {
        status: example
        for status, example in EXAMPLES.items()
        if method != "GET" or status in _READING
    }


ROOFING = Dialect("roofing", describe, SCHEMA, error_examples, is_strict=True)
