"""
What a list's request is made of: each middleware, sign-in, permission, limits, parameters, rows and
rendering by themselves, without what they call that stands here too. The processor's time of this
process; what the database takes meanwhile is in no stage but its own.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.utils.module_loading import import_string
from rest_framework.views import APIView

from bench import client
from bench.measuring import Line
from crm.api.kernel.json import JSONRenderer
from crm.api.kernel.pagination import DomainPagination
from crm.api.kernel.viewsets import DialectViewSet

LIMIT = 0.3  # milliseconds; what takes longer says why
REPEAT = 200

EXPLAINED = {
    "sign-in": "a token's signature; session, user and organization in one query of 60 columns",
    "limits": "two counters in this process; with Redis a round trip",
    "rows": "conditions compiled, fifty rows of 60 columns read, the total's query",
    "the view": "fifty objects in the documented form, DRF's own course",
    "BodyLimit": "the innermost: resolving the address is in it",
    "parameters": "a form of all filters",
}


class Stages:
    """Seconds that each stage takes by itself."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.inside: list[float] = [0.0]

    def wrap(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.inside.append(0.0)
            started = time.process_time()
            try:
                return work(*args, **kwargs)
            finally:
                whole = time.process_time() - started
                self.now[name] += whole - self.inside.pop()
                self.inside[-1] += whole

        return timed

    @contextmanager
    def request(self) -> Iterator[None]:
        self.now: dict[str, float] = defaultdict(float)
        yield
        for name, seconds in self.now.items():
            self.taken[name].append(seconds)


def watched(stages: Stages) -> ExitStack:
    places: list[tuple[str, type, str]] = [
        ("the handler", BaseHandler, "get_response"),
        ("the view", APIView, "dispatch"),
        ("sign-in", APIView, "perform_authentication"),
        ("permission", APIView, "check_permissions"),
        ("limits", APIView, "check_throttles"),
        ("parameters", DialectViewSet, "check_query"),
        ("rows", DomainPagination, "paginate_queryset"),
        ("JSON", JSONRenderer, "render"),
    ]
    for path in settings.MIDDLEWARE:
        places.append((path.rpartition(".")[2], import_string(path), "__call__"))
    stack = ExitStack()
    for name, owner, method in places:
        work = getattr(owner, method)
        stack.enter_context(mock.patch.object(owner, method, stages.wrap(name, work)))
    return stack


def measured() -> Iterator[Line]:
    stages, path = Stages(), "/api/customers?per_page=50"
    client.call("GET", path)
    with watched(stages):
        for _ in range(REPEAT):
            with stages.request():
                client.call("GET", path)
    found = {name: statistics.median(times) * 1000 for name, times in stages.taken.items()}
    for name, taken in sorted(found.items(), key=lambda pair: -pair[1]):
        note = EXPLAINED.get(name, "") if taken > LIMIT else ""
        yield Line(f"a request: {name}", taken, LIMIT, "ms", taken / LIMIT, None, note=note)
    whole = sum(found.values())
    yield Line("a request: all of it", whole, LIMIT, "ms", whole / LIMIT, None)
    yield Line("a request: the database", *_database(path))


def _database(path: str) -> tuple[float, float, str, float, None]:
    """Milliseconds of waiting for the database, all statements of one request together."""
    taken: list[float] = []

    def watch(execute: Any, *statement: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*statement)
        finally:
            taken[-1] += time.perf_counter() - started

    with connection.execute_wrapper(watch):
        for _ in range(REPEAT):
            taken.append(0.0)
            client.call("GET", path)
    median = statistics.median(taken) * 1000
    return median, LIMIT, "ms", median / LIMIT, None
