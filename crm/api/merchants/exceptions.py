"""
How the merchants' API words what went wrong: `{"statusCode", "message"}`, the message a list of
sentences on 400 and one sentence otherwise. The sentences about values are those that clients know
from validators of their own framework.
"""

from collections.abc import Mapping
from typing import Any

from core import errors
from core.errors import DomainError, Fault
from crm.api.kernel import exceptions
from crm.api.kernel.exceptions import HOLDER, Dialect, KeyOf, holder, listed_class

STATUSES = {**exceptions.STATUSES, errors.MalformedId: 404}

SENTENCES: Mapping[str, str] = {
    "unknown": "property {key} should not exist",
    "required": "{key} should not be empty",
    "unidentified": "{key} should not be empty",
    "blank": "{key} should not be empty",
    "null": "{key} should not be null or undefined",
    "invalid_email": "{key} must be an email",
    "invalid_phone": "{key} must be a valid phone number",
    "invalid_type": "{key} must be a {type}",
    "invalid_boolean": "{key} must be a boolean value",
    "invalid_integer": "{key} must be an integer number",
    "invalid_object": "{key} must be an object",
    "max_length": "{key} must be shorter than or equal to {limit} characters",
    "too_many_keys": "{key} must contain no more than {limit} keys",
    "too_deep": "{key} must not be nested more than {limit} deep",
    "too_large": "{key} must not be larger than {limit} bytes",
    "null_characters": "{key} must not contain null characters",
    "null_characters_not_allowed": "{key} must not contain null characters",
    "surrogates": "{key} must be valid Unicode text",
}


def sentence(key: str, fault: Fault) -> str:
    """
    What is wrong with the value under `key`; a rule without a sentence of its own is told in the
    domain's words.
    """
    form = SENTENCES.get(fault.code)
    if form is None or ("{limit}" in form and "limit" not in fault.params):
        return f"{key} {fault.message[:1].lower()}{fault.message[1:].rstrip('.')}"
    return form.format_map({"key": key, "type": "string", **fault.params})


def describe(error: DomainError, key_of: KeyOf, request_id: str) -> tuple[int, Any]:
    status = STATUSES[listed_class(error)]
    message: Any = error.message
    if isinstance(error, errors.Unauthenticated):
        message = "Invalid API key"
    elif isinstance(error, errors.NotFound | errors.MalformedId) and error.key:
        message = f"{error.noun} with ID {error.key} not found or access denied"
    elif isinstance(error, errors.Conflict):
        message = f"{error.noun} with this {key_of(error.field).replace('_', ' ')} already exists"
    elif isinstance(error, errors.Unexpected):
        message = f"{error.message} (request {request_id})"
    elif isinstance(error, errors.Invalid):
        found = [
            sentence(key_of(name), fault)
            for name, faults in error.faults.items()
            for fault in faults
        ]
        message = list(dict.fromkeys(found))
    elif status == 400:
        message = [error.message]
    return status, {"statusCode": status, "message": message} | holder(error, "customer_id")


SCHEMA = {
    "type": "object",
    "required": ["statusCode", "message"],
    "properties": {
        "statusCode": {"type": "integer"},
        "message": {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "description": "A list of sentences on 400, one sentence otherwise",
        },
        "customer_id": HOLDER,
    },
}


def _example(status: int, message: Any) -> dict[str, Any]:
    return {"statusCode": status, "message": message}


EXAMPLES: dict[int, Any] = {
    400: _example(400, ["email must be an email"]),
    401: _example(401, "Invalid API key"),
    403: _example(403, "You do not have permission to update customers"),
    404: _example(
        404, "Customer with ID 123e4567-e89b-12d3-a456-426614174000 not found or access denied"
    ),
    409: _example(409, "Customer with this email already exists"),
    411: _example(411, "Send the body with a Content-Length"),
    412: _example(412, "The record has been changed by someone else; read it again"),
    413: _example(413, "The request body is too large"),
    415: _example(415, "Unsupported media type; send application/json"),
    429: _example(429, "Rate limit exceeded"),
    500: _example(500, "Internal server error (request 0190a5c3b8f07d6e9f1b2c3d4e5f6071)"),
}
_READING = (400, 401, 403, 404, 429, 500)


def error_examples(method: str) -> dict[int, Any]:
    """Status → example, for what an operation of this method may answer."""
    return {
        status: example
        for status, example in EXAMPLES.items()
        if method != "GET" or status in _READING
    }


MERCHANTS = Dialect("merchants", describe, SCHEMA, error_examples, operation_prefix="merchants_")
