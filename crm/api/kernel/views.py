"""
The base of every API view: credential, limits, strict reading, one error table, and what RFC 9110
asks of answers.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.core.signals import got_request_exception
from django.http import HttpRequest
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from core.errors import Fault, Malformed, MalformedId, TooLarge, Unauthenticated, Unexpected
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from crm.api.kernel import allowances, credentials, replay
from crm.api.kernel.dialects import Dialect, as_domain_error
from crm.api.kernel.words import Unreadable, Words

log = logging.getLogger(__name__)

Credential = Callable[[HttpRequest], Actor | None]

_ETAG = re.compile(r'\s*"([0-9]{1,10})"\s*', re.ASCII)


class DialectView(APIView):
    """
    One path of one dialect.

    A subclass sets `dialect` and writes `get`, `post`, …; each makes one call into the domain with
    `self.actor`. `words` is set by reading a body, so that a fault in the domain's words is told in
    the client's.
    """

    authentication_classes = permission_classes = throttle_classes = ()
    dialect: ClassVar[Dialect]
    credentials: ClassVar[Sequence[Credential]] = (credentials.bearer, credentials.api_key)
    allowances: ClassVar[Mapping[str, Sequence[str]]] = {}
    """HTTP method → names of allowances beside the credential's own."""
    versioned: ClassVar[Sequence[str]] = ()
    """HTTP methods that heed If-Match."""
    replays: ClassVar[bool] = False
    """Whether its POST heeds Idempotency-Key."""

    actor: Actor
    words: type[Words] | None = None
    sent: frozenset[str] = frozenset()

    def perform_authentication(self, request: Any) -> None:
        for credential in self.credentials:
            actor = credential(request._request)
            if actor is not None:
                self.actor = credentials.in_named_organization(actor, request._request).at(
                    address=request._request.client_address,
                    request_id=request._request.request_id,
                    via=self.dialect.name,
                )
                return
        if self.credentials:
            raise Unauthenticated

    def check_throttles(self, request: Any) -> None:
        if self.credentials:
            allowances.take(request._request, self.actor, *self.allowances.get(request.method, ()))

    def get_authenticate_header(self, request: Any) -> str:
        return credentials.challenge(request)

    def allow(self, service: Callable[..., Any]) -> None:
        """Raises Forbidden unless the actor may call `service`: before the body is read."""
        self.actor.require(service.permission)  # type: ignore[attr-defined]

    @property
    def reader(self) -> Actor:
        """
        The actor for showing what it has just written: a key that only feeds data in still gets its
        answer.
        """
        return replace(self.actor, permissions=self.actor.permissions | {Permission.VIEW})

    def body(self, words: type[Words], *, refuse_read_only: bool = False) -> dict[str, Any]:
        """
        The body in the domain's words. Raises Malformed unless it is an object, Unreadable naming
        every unknown key.
        """
        self.words = words
        data = self.request.data
        if not isinstance(data, dict):
            raise Malformed("The body must be a JSON object")
        self.sent = frozenset(data)
        return self.words.read(data, refuse_read_only=refuse_read_only)

    def query(self, serializer: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The query parameters, checked. Raises Unreadable naming every bad or unknown one."""
        return read_query(self.request.query_params, serializer)

    def id(self, text: str, noun: str = "Customer") -> Any:
        """The UUID in a path. Raises MalformedId."""
        key = parse_id(text)
        if key is None:
            raise MalformedId(noun, text)
        return key

    def if_version(self) -> frozenset[int] | None:
        """
        The row versions one of which If-Match demands (RFC 9110, 13.1.1); None when it demands
        none.

        A weak tag, or a text that can't be one of ours, never matches.
        """
        header = self.request.headers.get("If-Match")
        if header is None or header.strip() == "*":
            return None
        return frozenset(int(tag[1]) for tag in map(_ETAG.fullmatch, header.split(",")) if tag)

    def once(self, work: Callable[[], Response]) -> Response:
        """
        `work`, or its first answer again when the request's Idempotency-Key has been used (with the
        same request).
        """
        return replay.once(self.request, self.actor, work)

    def handle_exception(self, exc: Exception) -> Response:
        error = as_domain_error(exc)
        if error is None:
            got_request_exception.send(sender=type(self), request=self.request._request)
            log.error("unexpected error", exc_info=exc)
            error = Unexpected()
        key_of = (
            partial(self.words.key_of, sent=self.sent)
            if self.words and not isinstance(error, Unreadable)
            else str
        )
        status, body = self.dialect.describe(error, key_of, self.request._request.request_id)
        response = Response(body, status=status)
        if status == 401:
            response.headers["WWW-Authenticate"] = self.get_authenticate_header(self.request)
        if retry := getattr(error, "retry_after", None):
            response.headers["Retry-After"] = str(retry)
        return response

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which methods the path has, in Allow."""
        return Response(status=204)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        allowances.describe(request._request, response)
        response.headers["Vary"] = "Accept, Authorization, X-Api-Key, X-Organization, Origin"
        return response


def read_query(params: Any, serializer: type[BaseSerializer[Any]]) -> dict[str, Any]:
    """
    Checked query parameters. Unknown ones are refused by name, but for those that begin with `_`.
    """
    reader = serializer(data={key: params[key] for key in params if not key.startswith("_")})
    faults = {
        key: [Fault("unknown", "Unknown parameter.")]
        for key in params
        if not key.startswith("_") and key not in reader.fields
    }  # type: ignore[attr-defined]
    if not reader.is_valid():
        faults |= {
            key: [Fault(item.code, str(item)) for item in items]
            for key, items in reader.errors.items()
        }
    if faults:
        raise Unreadable(faults)
    return dict(reader.validated_data)


def with_version(response: Response, version: int) -> Response:
    """The answer with the row's version as a strong ETag."""
    response.headers["ETag"] = f'"{version}"'
    return response
