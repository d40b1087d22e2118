"""
What the views of every dialect share. A noun is a viewset that says by which serializer, filters
and pages it is shown, by which selector read and by which services written; the rest stands here,
once: the order in which a request is refused, versions, idempotency, one exception handler.

A request is refused in this order: 401, 403, 429, a body that can't be read (400, 413, 415),
parameters, an id that finds nobody, values (400 or 422), 412, 409.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from core.errors import Fault, LengthRequired, Malformed, MalformedId, NotFound, TooLarge
from core.filters import ConditionsFilterSet
from core.ids import parse_id
from core.reading import read_rows
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from crm.api.kernel import handling, replay, throttling
from crm.api.kernel.exceptions import Dialect
from crm.api.kernel.filters import ConditionsFilterBackend
from crm.api.kernel.permissions import Service
from crm.api.kernel.queries import Query
from crm.api.kernel.serializers import (
    MOST_FAULTS,
    DomainSerializer,
    InputSerializer,
    InvalidParameters,
    faults_of,
)
from customers.selectors.lookup import parse_customer_id, survivors_of

BODY_METHODS = ("POST", "PUT", "PATCH")
_ETAG = re.compile(r'\s*"([0-9]{1,10})"\s*', re.ASCII)


class DialectAPIView(APIView):
    """One path of one dialect: its errors, and what RFC 9110 asks of answers."""

    dialect: ClassVar[Dialect]
    tags: ClassVar[Sequence[str]] = ()
    """The headings under which the documents list it; the dialect's name unless given."""

    input_serializer: InputSerializer | None = None
    """What read the body: a fault in the domain's words is told in the client's."""

    @property
    def actor(self) -> Actor:
        """Who asks, once authenticated."""
        actor: Actor = self.request.auth
        return actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length and "Transfer-Encoding" in request.headers:
            raise LengthRequired
        if length and not (
            length.isdecimal() and int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        ):
            raise TooLarge

    def get_exception_handler(self) -> Callable[..., Response]:
        return self.dialect.exception_handler

    def key_of(self, name: str) -> str:
        """The client's key for a field in the domain's words."""
        return self.input_serializer.key_of(name) if self.input_serializer else name

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Which methods the path has, in Allow."""
        return Response(status=204)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        throttling.set_headers(request._request, response)
        response.headers["Vary"] = (
            "Accept, Authorization, X-Api-Key, X-Organization, Origin, Prefer"
        )
        return response


class DialectViewSet(DialectAPIView, GenericViewSet):
    """
    A noun. `services` says for each action what it calls: a service, or the Permission that
    reading takes; an action that stands in no row is refused to everyone.

    `query_serializers` has the parameters of the actions that take any (those of `list` beside its
    pages and filters), `input_serializers` the bodies that aren't read by `serializer_class`; None
    stands there for an action that reads none.

    Keys and parameters that nobody knows are refused where the dialect is `strict`, and in the
    `strict_actions` of another; elsewhere they are passed by and named (`kernel/handling.py`).
    """

    noun: ClassVar[str] = "Customer"
    selector: ClassVar[Callable[..., "QuerySet[Any]"]]
    services: ClassVar[Mapping[str, Service | Permission]] = {}
    filter_backends = (ConditionsFilterBackend,)
    filterset_class: ClassVar[type[ConditionsFilterSet[Any]] | None] = None
    query_serializers: ClassVar[Mapping[str, type[Query]]] = {}
    input_serializers: ClassVar[Mapping[str, type[InputSerializer] | None]] = {}
    paged_actions: ClassVar[Collection[str]] = ("list",)
    filtered_actions: ClassVar[Collection[str]] = ("list",)
    ordering: ClassVar[Sequence[str]] = ("-created_at", "-id")
    unknown_last: str = ""
    """The text column that `ordering` begins with, of which rows without a text come last."""
    lookup_url_kwarg = "customer_id"
    service_kwarg: ClassVar[str] = "customer_id"
    """The keyword by which the services take the id."""
    versioned: ClassVar[bool] = True
    """Whether rows have a version: details carry it as ETag, changes heed If-Match."""
    reads_back: ClassVar[bool] = False
    """Whether a written row is read again to be shown, for it shows other tables' columns."""
    strict_actions: ClassVar[Collection[str]] = ()
    external_ids: ClassVar[Callable[..., Mapping[str, UUID]] | None] = None
    """Finds customers by the ids that another system gave them; for nouns that are customers."""
    throttle_scope: str | None = None
    documented_headers: ClassVar[Mapping[str, Collection[str]]] = {}
    """If-Match and Idempotency-Key, where the documents speak of them: header → actions."""
    documented_preferences: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """Action → what a `Prefer` header may ask of it beside `handling` → what that means."""
    error_examples: Mapping[int, Any] = {}
    """What the action may answer beside the dialect's failures: status → example."""

    filterset: ConditionsFilterSet[Any] | None = None
    looks_again: bool = False
    """Whether parameters that are our ids in form are looked for as other systems' too."""
    query: Mapping[str, Any] = {}
    """The checked parameters of the action's own."""
    ignored: Sequence[str] = ()
    """Keys and parameters that have said nothing."""

    # before the action: what is refused whatever it does

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.ignored = []
        super().initial(request, *args, **kwargs)
        if request.method == "OPTIONS" or self.action is None:
            return
        if request.method in BODY_METHODS and self.get_input_serializer_class() is not None:
            self.check_body()
        self.check_query()
        if type(self).external_ids is not None:
            method = str(request.method).lower()
            setattr(self, method, self.looked_up(getattr(self, method)))

    @property
    def handling(self) -> str:
        """Whether what is unknown is refused (`strict`) or passed by (`lenient`)."""
        asked = handling.preferred_handling(self.request.headers.get("Prefer", ""))
        strict = self.dialect.is_strict or self.action in self.strict_actions
        return asked or (handling.STRICT if strict else handling.LENIENT)

    def check_body(self) -> None:
        """Raises Malformed, UnsupportedMediaType or TooLarge unless the body is an object."""
        if not isinstance(self.request.data, dict):
            raise Malformed("The body must be a JSON object")

    def check_query(self) -> None:
        """
        Raises InvalidParameters naming each that can't be read, is repeated though it takes one
        value, or (where that is strict) is unknown.
        """
        params = self.request.query_params
        known: set[str] = set()
        faults: dict[str, list[Fault]] = {}
        for fields, wrong in self.read_query():
            known.update(fields)
            faults |= wrong
            faults |= {
                name: [Fault("repeated", "This parameter takes one value.")]
                for name, field in fields.items()
                if len(params.getlist(name)) > 1 and not getattr(field, "takes_several", False)
            }
        unknown = [name for name in params if name not in known and not name.startswith("_")]
        if self.handling == handling.STRICT:
            said = Fault("unknown", "Unknown parameter.")
            faults |= {name: [said] for name in unknown[:MOST_FAULTS]}
        else:
            self.ignored += unknown
        if faults:
            raise InvalidParameters(faults)

    def read_query(self) -> Iterator[tuple[Mapping[str, Any], dict[str, list[Fault]]]]:
        """Each reader of parameters: those that it knows, and what is wrong with them."""
        params = self.request.query_params
        if self.action in self.paged_actions and self.paginator is not None:
            yield self.paginator.get_fields(), self.paginator.read(params)
        if self.action in self.filtered_actions and self.filterset_class is not None:
            backend = ConditionsFilterBackend()
            self.filterset = backend.get_filterset(self.request, None, self)
            yield self.filterset_class.base_filters, self.filterset.faults
        if serializer_class := self.query_serializers.get(str(self.action)):
            serializer = serializer_class.of(params)
            wrong = {} if serializer.is_valid() else faults_of(serializer.errors)
            self.query = serializer.validated_data
            yield serializer.fields, wrong

    def reread_filters(self) -> bool:
        """
        Takes ids among the filters that are ours in form for another system's, which is worth
        asking when they find no row. Whether they mean something else by that.
        """
        if self.filterset is None:
            return False
        before, self.looks_again = self.filterset.conditions, True
        self.filterset = ConditionsFilterBackend().get_filterset(self.request, None, self)
        return bool(self.filterset.conditions != before)

    def get_service(self) -> Service | Permission | None:
        """What the present action calls; MayCall asks for its permission."""
        action = "update" if self.action == "partial_update" else str(self.action)
        return self.services.get(action)

    # the row

    @property
    def reader(self) -> Actor:
        """
        The actor for showing what it has just written: a key that only feeds data in still gets its
        answer.
        """
        return replace(self.actor, permissions=self.actor.permissions | {Permission.VIEW})

    @cached_property
    def lookup_text(self) -> str:
        """The id as the client writes it."""
        text: str = self.kwargs[self.lookup_url_kwarg]
        return text

    @cached_property
    def lookup_key(self) -> UUID:
        """
        The id of the row that the client names, by our id of it or by another system's. Raises
        MalformedId for what is neither.
        """
        text = self.lookup_text
        key = self.parse_key(text) or self.find_external(text)
        if key is None:
            raise MalformedId(self.noun, text)
        return key

    def parse_key(self, text: str) -> UUID | None:
        """One of our ids, as the dialect writes them; None for what isn't one in form."""
        of_customer = self.lookup_url_kwarg == "customer_id"
        return parse_customer_id(text) if of_customer else parse_id(text)

    def find_external(self, text: str) -> UUID | None:
        """The row that another system calls so; of the deleted ones, where those are restored."""
        find = type(self).external_ids
        if find is None:
            return None
        deleted = self.action == "restore"
        return find(actor=self.actor, texts=[text], deleted=deleted).get(text)

    def looked_up(self, act: Callable[..., Response]) -> Callable[..., Response]:
        """
        The action, begun anew with another row when its id is one of ours in form, but nobody's: a
        merged customer's, or another system's. Only then are these looked for.
        """

        def inside(*args: Any, **kwargs: Any) -> Response:
            try:
                return act(*args, **kwargs)
            except NotFound as missing:
                key = vars(self).get("lookup_key")
                if key is None or missing.key != key or self.parse_key(self.lookup_text) != key:
                    raise
                kept = survivors_of(actor=self.actor, keys=[key])
                found = kept.get(key) or self.find_external(self.lookup_text)
                if found is None:
                    raise
            self.lookup_key = found
            return act(*args, **kwargs)

        return inside

    def select(self, actor: Actor, **chosen: Any) -> "QuerySet[Any]":
        """The rows that `actor` may see, by the selector."""
        return type(self).selector(actor=actor, **chosen)

    def get_queryset(self) -> "QuerySet[Any]":
        """The rows that the actor may see; of a list, those that its parameters choose."""
        chosen = {"conditions": self.filterset.conditions} if self.filterset else {}
        return self.select(self.actor, **chosen)

    def get_object(self) -> Mapping[str, Any]:
        """The path's row. Raises MalformedId, Forbidden and NotFound."""
        return self.get_row(self.lookup_key, self.actor)

    def get_row(self, key: UUID, actor: Actor) -> Mapping[str, Any]:
        """The row as a mapping of the columns that are shown. Raises Forbidden and NotFound."""
        shown = self.get_serializer_class()
        columns = dict.fromkeys([*shown.columns(), *(["version"] * self.versioned)])
        mine = self.select(actor).filter(pk=key).order_by()
        found = read_rows(mine, columns, **shown.computed)
        if not found:
            raise NotFound(self.noun, key)
        return found[0]

    def get_written(self, row: Any) -> Any:
        """What is shown of the row that a service has just answered."""
        return self.get_row(row.pk, self.reader) if self.reads_back else row

    def get_ordering(self) -> Sequence[str]:
        return self.ordering

    # the body

    def get_valid_serializer(
        self,
        serializer_class: type[InputSerializer] | None = None,
        *,
        instance: Any = None,
        partial: bool = False,
    ) -> Any:
        """
        What has read the body, made of an `instance` where it must know what stands there. Raises
        MalformedId for the path's id, NotFound where it finds nobody, InvalidInput for the values.
        """
        detail = self.lookup_url_kwarg in self.kwargs
        key = self.lookup_key if detail else None
        read_by: Any = serializer_class or self.get_input_serializer_class()
        context = self.get_serializer_context()
        self.input_serializer = read_by(
            instance, data=self.get_heeded(read_by), partial=partial, context=context
        )
        if not self.input_serializer.is_valid() and detail:
            self.check_existence(key)
        self.input_serializer.is_valid(raise_exception=True)
        return self.input_serializer

    def get_heeded(self, serializer_class: type[InputSerializer]) -> Any:
        """The body; where that is lenient, without the keys that the serializer doesn't know."""
        if self.handling == handling.STRICT:
            return self.request.data
        heeded, unknown = handling.without_unknown(serializer_class(), self.request.data)
        self.ignored += unknown
        return heeded

    def get_input_serializer_class(self) -> type[InputSerializer] | None:
        """What reads the body of the present action; None when it reads none."""
        action = "update" if self.action == "partial_update" else str(self.action)
        if action in self.input_serializers:
            return self.input_serializers[action]
        return self.get_serializer_class()

    def check_existence(self, key: UUID | None) -> None:
        """Raises NotFound: who isn't there is told before what is wrong with the values."""
        if not self.select(self.reader).filter(pk=key).exists():
            raise NotFound(self.noun, key)

    def get_precondition(self) -> dict[str, Any]:
        """
        What If-Match demands (RFC 9110, 13.1.1), as the services of versioned rows take it: the row
        versions one of which must stand, None for any. A weak tag, or a text that can't be one of
        ours, never matches; nor does any version under `If-None-Match: *` (13.1.2).
        """
        if not self.versioned:
            return {}
        if self.request.headers.get("If-None-Match", "").strip() == "*":
            return {"if_version": frozenset()}
        header = self.request.headers.get("If-Match")
        if header is None or header.strip() == "*":
            return {"if_version": None}
        tags = map(_ETAG.fullmatch, header.split(","))
        return {"if_version": frozenset(int(tag[1]) for tag in tags if tag)}

    def once(self, work: Callable[[], Response]) -> Response:
        """
        `work`, or its first answer again when the request's Idempotency-Key has been used (with the
        same request).
        """
        return replay.once(self.request, self.actor, work)

    # the answer

    def answer(self, row: Any, status: int = 200) -> Response:
        """The documented answer that shows one row, with its version."""
        shown = self.get_serializer(row).data
        if isinstance(self.input_serializer, DomainSerializer):
            self.ignored += handling.unheeded(self.input_serializer, self.request.data, shown)
        return with_version(Response(self.get_answer(shown), status=status), row)

    def get_page(self, rows: "QuerySet[Any]") -> Response:
        """The page of `rows` that was asked for, in the documented envelope."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.ignored:
            response.headers["X-Ignored"] = handling.listed(self.ignored)
        applied = self.get_applied_preferences()
        if applied:
            response.headers["Preference-Applied"] = ", ".join(applied)
        return response

    def prefers(self, preference: str) -> bool:
        """Whether the request asks for one of the action's `documented_preferences` (RFC 7240)."""
        header = self.request.headers.get("Prefer", "")
        named = preference in self.documented_preferences.get(str(self.action), ())
        return named and handling.prefers(header, preference)

    def get_applied_preferences(self) -> list[str]:
        asked = handling.preferred_handling(self.request.headers.get("Prefer", ""))
        own = filter(self.prefers, self.documented_preferences.get(str(self.action), ()))
        return [*([f"handling={asked}"] if asked else []), *own]

    def get_answer_serializer(self) -> Any:
        """What documents the answer that shows one row."""
        return self.get_serializer_class()

    def get_answer(self, shown: Mapping[str, Any]) -> Any:
        """A dialect's envelope of one object."""
        return shown


def with_version(response: Response, row: Any) -> Response:
    """The answer with the row's version, where it has one, as a strong ETag."""
    version = row.get("version") if isinstance(row, Mapping) else getattr(row, "version", None)
    if version is not None:
        response.headers["ETag"] = f'"{version}"'
    return response
