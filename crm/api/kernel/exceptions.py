"""
What goes wrong, in a dialect's words: one table of statuses, and the exception handler that every
view of a dialect puts into DRF's slot.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from core import errors
from core.audit.refusals import note_refusal
from core.errors import DomainError
from core.tenancy.actor import Actor
from crm.api.kernel.serializers import InvalidInput, faults_of

log = logging.getLogger(__name__)

KeyOf = Callable[[str], str]
"""The client's key for a field in the domain's words."""

STATUSES: dict[type[DomainError], int] = {
    errors.Unauthenticated: 401,
    errors.CodeRequired: 401,
    errors.CodeRefused: 401,
    errors.Forbidden: 403,
    errors.SecondFactorMissing: 403,
    errors.NotFound: 404,
    errors.Malformed: 400,
    errors.MalformedId: 400,
    errors.Invalid: 400,
    errors.Conflict: 409,
    errors.InUse: 409,
    errors.StateConflict: 409,
    errors.NotReady: 409,
    errors.Gone: 410,
    errors.Stale: 412,
    errors.IdempotencyMismatch: 409,
    errors.RateLimited: 429,
    errors.MethodNotAllowed: 405,
    errors.UnsupportedMediaType: 415,
    errors.LengthRequired: 411,
    errors.TooLarge: 413,
    errors.Unavailable: 503,
    errors.Unexpected: 500,
}
"""What HTTP calls each error, unless a dialect documents another status."""


def listed_class(error: DomainError) -> type[DomainError]:
    """The class under which the tables list `error`: its own, or the nearest above it."""
    return next(base for base in type(error).__mro__ if base in STATUSES)


def holder(error: DomainError, key: str) -> dict[str, Any]:
    """The customer who has the value that a conflict is about, under the dialect's key."""
    found = error.customer_id if isinstance(error, errors.Conflict) else None
    return {} if found is None else {key: found}


HOLDER = {
    "type": "string",
    "format": "uuid",
    "description": "On 409 the customer who has the value, for those who may see customers",
}


def no_examples(method: str) -> Mapping[int, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    One API's way of saying what went wrong.

    `describe` turns a domain error into status and body; a request's id is for failures that only
    the log explains. `error_schema` and `error_examples` (HTTP method → status → example) document
    it. Operation ids begin with `operation_prefix`. One that `is_strict` refuses keys and
    parameters that nobody knows.
    """

    name: str
    describe: Callable[[DomainError, KeyOf, str], tuple[int, Any]]
    error_schema: Mapping[str, Any] | None = None
    error_examples: Callable[[str], Mapping[int, Any]] = no_examples
    operation_prefix: str = ""
    is_strict: bool = False

    def exception_handler(self, exc: Exception, context: Mapping[str, Any]) -> Response:
        """DRF's EXCEPTION_HANDLER for the dialect's views."""
        view, request = context["view"], context["request"]
        error = domain_error_of(exc)
        if error is None:
            got_request_exception.send(sender=type(view), request=request._request)
            log.error("unexpected error", exc_info=exc)
            error = (
                errors.Unavailable() if isinstance(exc, OperationalError) else errors.Unexpected()
            )
        note_forbidden(error, request)
        # the faults of what the client sent bear the client's names already
        key_of = str if isinstance(error, InvalidInput) else view.key_of
        status, body = self.describe(error, key_of, request._request.request_id)
        return Response(body, status=status, headers=headers_of(error, status, view, request))


def note_forbidden(error: DomainError, request: Any) -> None:
    """Who was refused what, for the audit."""
    actor = getattr(request, "_auth", None)
    if isinstance(error, errors.Forbidden) and isinstance(actor, Actor):
        note_refusal(
            actor,
            "permission.refused",
            refused=error.message,
            route=f"{request.method} {request._request.resolver_match.route}",
        )


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """The same for views of no dialect; None for a defect."""
    error = domain_error_of(exc)
    if error is None:
        return None
    status, view, request = STATUSES[listed_class(error)], context["view"], context["request"]
    headers = headers_of(error, status, view, request)
    return Response({"detail": error.message}, status=status, headers=headers)


def headers_of(error: DomainError, status: int, view: Any, request: Any) -> dict[str, str]:
    """WWW-Authenticate and Retry-After (RFC 9110), where they belong."""
    headers = {}
    if status == 401:
        challenge = view.get_authenticate_header(request)
        headers["WWW-Authenticate"] = challenge or 'Bearer realm="crm"'
    if isinstance(error, errors.RateLimited):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unavailable):
        headers["Retry-After"] = "10"
    return headers


_FRAMEWORK: dict[type[Exception], type[DomainError]] = {
    exceptions.NotAuthenticated: errors.Unauthenticated,
    exceptions.AuthenticationFailed: errors.Unauthenticated,
    exceptions.PermissionDenied: errors.Forbidden,
    exceptions.MethodNotAllowed: errors.MethodNotAllowed,
    exceptions.UnsupportedMediaType: errors.UnsupportedMediaType,
    RequestDataTooBig: errors.TooLarge,
}


def domain_error_of(exc: Exception) -> DomainError | None:
    """The domain error that `exc` amounts to; None for a defect."""
    if isinstance(exc, DomainError):
        return exc
    if isinstance(exc, Http404 | exceptions.NotFound):
        return errors.NotFound("Resource")
    if isinstance(exc, exceptions.ParseError):
        return errors.Malformed(str(exc.detail))
    if isinstance(exc, exceptions.ValidationError):
        return InvalidInput(faults_of(exc.detail))
    if isinstance(exc, exceptions.Throttled):
        return errors.RateLimited(int(exc.wait or 1))
    for kind, ours in _FRAMEWORK.items():
        if isinstance(exc, kind):
            return ours()
    if isinstance(exc, SuspiciousOperation | UnicodeError):
        return errors.Malformed()
    return None
