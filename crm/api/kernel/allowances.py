"""Counting by hand, for the views not yet made viewsets."""

from django.http import HttpRequest

from core.errors import RateLimited
from core.requests.limits import Standing
from core.tenancy.actor import Actor
from crm.api.kernel.throttling import allowance, set_headers

describe = set_headers


def take(request: HttpRequest, actor: Actor, *names: str) -> None:
    """
    Counts the request against the allowance of its credential and against those named (`bulk`,
    `export`).

    Raises RateLimited; either way what is left is kept for the answer's headers.
    """
    standings: list[Standing] = []
    request.standings = standings  # type: ignore[attr-defined]
    for name in ("key" if actor.kind == "key" else "user", *names):
        limit = allowance(name)
        if limit is None:
            continue
        standing = limit.take(f"{actor.kind}:{actor.id}")
        standings.append(standing)
        if standing.exceeded:
            raise RateLimited(standing.reset)
