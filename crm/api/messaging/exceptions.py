"""
How the support desk's API words what went wrong: `{"success": false, "error": text}`, with
`details` where there are some.
"""

from typing import Any

from core import errors
from core.errors import DomainError
from crm.api.kernel import exceptions
from crm.api.kernel.exceptions import HOLDER, Dialect, KeyOf, holder, listed_class

STATUSES = {**exceptions.STATUSES, errors.MalformedId: 404}

_NOUNS = {"phone": "phone number"}


def describe(error: DomainError, key_of: KeyOf, request_id: str) -> tuple[int, Any]:
    body: dict[str, Any] = {"success": False, "error": sentence(error)}
    if isinstance(error, errors.Invalid):
        body["details"] = {
            key_of(name): [fault.message for fault in faults]
            for name, faults in error.faults.items()
        }
    elif isinstance(error, errors.Conflict):
        body["details"] = {key_of(error.field): [body["error"]]}
    elif isinstance(error, errors.Unexpected):
        body["details"] = {"requestId": request_id}
    return STATUSES[listed_class(error)], body | holder(error, "customerId")


def sentence(error: DomainError) -> str:
    """What the error says to a person."""
    if isinstance(error, errors.Invalid):
        return "Validation failed"
    if isinstance(error, errors.MalformedId):
        return f"{error.noun} not found"
    if isinstance(error, errors.Conflict):
        return (
            f"{error.noun} with this {_NOUNS.get(error.field, error.field.replace('_', ' '))} "
            "already exists"
        )
    return error.message


SCHEMA = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"type": "boolean", "enum": [False]},
        "error": {"type": "string"},
        "details": {
            "type": "object",
            "description": "On 400 and 409 the messages by field, on 500 the request's id",
        },
        "customerId": HOLDER,
    },
}


def _example(error: str, **details: Any) -> dict[str, Any]:
    return {"success": False, "error": error, **({"details": details} if details else {})}


EXAMPLES: dict[int, Any] = {
    400: _example("Validation failed", phoneNumber=["This field is required."]),
    401: _example("Authentication required"),
    403: _example("You do not have permission to update customers"),
    404: _example("Customer not found"),
    409: _example(
        "Customer with this phone number already exists",
        phoneNumber=["Customer with this phone number already exists"],
    ),
    411: _example("Send the body with a Content-Length"),
    412: _example("The record has been changed by someone else; read it again"),
    413: _example("The request body is too large"),
    415: _example("Unsupported media type; send application/json"),
    429: _example("Rate limit exceeded"),
    500: _example("Internal server error", requestId="0190a5c3b8f07d6e9f1b2c3d4e5f6071"),
}
_READING = (400, 401, 403, 404, 429, 500)


def error_examples(method: str) -> dict[int, Any]:
    """Status → example, for what an operation of this method may answer."""
    return {
        status: example
        for status, example in EXAMPLES.items()
        if method != "GET" or status in _READING
    }


MESSAGING = Dialect("messaging", describe, SCHEMA, error_examples, operation_prefix="messaging_")
