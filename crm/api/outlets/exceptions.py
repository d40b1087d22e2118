"""
How the salon chain's API words what went wrong, as FastAPI does: `{"detail": text}`, and 422 with a
list of `loc`, `msg` and `type` for values that break a rule. Types are pydantic's.
"""

from collections.abc import Iterable
from typing import Any

from core import errors
from core.errors import DomainError, Fault
from crm.api.kernel import exceptions
from crm.api.kernel.exceptions import HOLDER, Dialect, KeyOf, holder, listed_class
from crm.api.kernel.serializers import InvalidParameters

STATUSES = {
    **exceptions.STATUSES,
    errors.MalformedId: 404,
    errors.Invalid: 422,
    errors.IdempotencyMismatch: 422,
}

TYPES = {
    "required": "missing",
    "unidentified": "missing",
    "unknown": "extra_forbidden",
    "malformed_json": "json_invalid",
    "max_length": "string_too_long",
    "min_value": "greater_than_equal",
    "max_value": "less_than_equal",
    "invalid_choice": "enum",
    "invalid_id": "uuid_parsing",
    "invalid_boolean": "bool_parsing",
    "invalid_integer": "int_parsing",
    "invalid": "int_parsing",
    "invalid_number": "decimal_parsing",
    "invalid_date": "date_from_datetime_parsing",
    "invalid_time": "time_parsing",
    "invalid_list": "list_type",
    "invalid_object": "dict_type",
    "invalid_url": "url_parsing",
    "too_long": "too_long",
    "surrogates": "string_unicode",
}
"""A fault's code → pydantic's type; a rule without a type of its own is a value_error."""

MESSAGES = {
    "required": "Field required",
    "unknown": "Extra inputs are not permitted",
    "malformed_json": "JSON decode error",
    "max_length": "String should have at most {limit} characters",
}
"""A fault's code → pydantic's sentence, where clients know one; others are the domain's own."""

KINDS = {"boolean": "bool_type", "number": "decimal_type"}


def describe(error: DomainError, key_of: KeyOf, request_id: str) -> tuple[int, Any]:
    body: dict[str, Any] = {"detail": error.message}
    if isinstance(error, errors.Invalid):
        where = "query" if isinstance(error, InvalidParameters) else "body"
        body["detail"] = [
            item
            for name, faults in error.faults.items()
            for item in _items(where, key_of(name), faults)
        ]
    elif isinstance(error, errors.MalformedId):
        body["detail"] = f"{error.noun} not found"
    elif isinstance(error, errors.Unexpected):
        body["request_id"] = request_id
    return STATUSES[listed_class(error)], body | holder(error, "customer_id")


def _items(where: str, key: str, faults: Iterable[Fault]) -> list[dict[str, Any]]:
    return [
        {
            "loc": [where, *(part for part in key.split(".") if part)],
            "msg": _message(fault),
            "type": _type(fault),
        }
        for fault in faults
    ]


def _message(fault: Fault) -> str:
    form = MESSAGES.get(fault.code)
    if form is None or ("{limit}" in form and "limit" not in fault.params):
        return fault.message
    return form.format(**fault.params)


def _type(fault: Fault) -> str:
    if fault.code == "invalid_type":
        return KINDS.get(str(fault.params.get("type")), "string_type")
    return TYPES.get(fault.code, "value_error")


SCHEMA = {
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {
            "oneOf": [
                {"type": "string"},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["loc", "msg", "type"],
                        "properties": {
                            "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                            "msg": {"type": "string"},
                            "type": {"type": "string"},
                        },
                    },
                },
            ]
        },
        "customer_id": HOLDER,
        "request_id": {
            "type": "string",
            "description": "On 500 alone: the request's id in the log",
        },
    },
}

EXAMPLES: dict[int, Any] = {
    400: {"detail": "The request could not be read"},
    401: {"detail": "Authentication required"},
    403: {"detail": "You do not have permission to delete, deactivate and restore customers"},
    404: {"detail": "Customer not found"},
    405: {"detail": "Method not allowed"},
    409: {"detail": "Customer with this email already exists"},
    411: {"detail": "Send the body with a Content-Length"},
    412: {"detail": "The record has been changed by someone else; read it again"},
    413: {"detail": "The request body is too large"},
    415: {"detail": "Unsupported media type; send application/json"},
    422: {
        "detail": [
            {
                "loc": ["body", "email"],
                "msg": "Enter a valid e-mail address.",
                "type": "value_error",
            }
        ]
    },
    429: {"detail": "Rate limit exceeded"},
    500: {"detail": "Internal server error", "request_id": "0190a5c3b8f07d6e9f1b2c3d4e5f6071"},
}
_READING = (400, 401, 403, 404, 405, 422, 429, 500)


def error_examples(method: str) -> dict[int, Any]:
    """Status → example, for what an operation of this method may answer."""
    return {
        status: example
        for status, example in EXAMPLES.items()
        if method != "GET" or status in _READING
    }


OUTLETS = Dialect("outlets", describe, SCHEMA, error_examples, operation_prefix="outlets_")
