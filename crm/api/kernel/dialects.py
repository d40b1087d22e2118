"""A dialect: one API's way of saying what went wrong, and the paths it answers for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions

from core import errors
from core.errors import DomainError

Worded = tuple[int, Any]
KeyOf = Callable[[str], str]


STATUSES: dict[type[DomainError], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
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
    errors.TooLarge: 413,
    errors.Unexpected: 500,
}
"""What HTTP calls each error, unless a dialect documents another status."""


def kind_of(error: DomainError) -> type[DomainError]:
    """The class under which the tables hold `error`: its own, or the nearest above it."""
    return next(kind for kind in type(error).__mro__ if kind in STATUSES)


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    `word` turns a domain error into status and body. `key_of` gives the wire's key for a field in
    the domain's words; `request_id` is for failures that only the log explains.
    """

    name: str
    word: Callable[[DomainError, KeyOf, str], Worded]


_FRAMEWORK: dict[type[Exception], type[DomainError]] = {
    exceptions.NotAuthenticated: errors.Unauthenticated,
    exceptions.AuthenticationFailed: errors.Unauthenticated,
    exceptions.PermissionDenied: errors.Forbidden,
    exceptions.MethodNotAllowed: errors.MethodNotAllowed,
    exceptions.UnsupportedMediaType: errors.UnsupportedMediaType,
    RequestDataTooBig: errors.TooLarge,
}


def as_domain_error(error: Exception) -> DomainError | None:
    """The domain error that `error` amounts to; None for a defect."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, Http404 | exceptions.NotFound):
        return errors.NotFound("Resource")
    if isinstance(error, exceptions.ParseError):
        return errors.Malformed(str(error.detail))
    for kind, ours in _FRAMEWORK.items():
        if isinstance(error, kind):
            return ours()
    if isinstance(error, SuspiciousOperation | UnicodeError):
        return errors.Malformed()
    return None
