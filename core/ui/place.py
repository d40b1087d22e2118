"""
Where a person of the staff works: organization and environment, kept in the session, and the Actor
that follows from them.
"""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest

from core.audit.refusals import note_refusal
from core.identity.models import User
from core.identity.services import actor_of
from core.identity.tokens import Origin
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from core.tenancy.policy import Permission

ENVIRONMENT = "environment"
DEVICE = "device"
"""The cookie that a browser is known by to those who sign in with it."""
ORGANIZATION = "organization"


def actor_of_request(request: HttpRequest, *, via: str = "admin") -> Actor:
    """
    Who acts: those who may switch in the environment that the session holds (live unless chosen), a
    super admin in the organization chosen there.

    For signed-in requests only.
    """
    known: Actor | None = getattr(request, "_staff_actor", None)
    if known is not None and known.via == via:
        return known
    user = request.user
    assert isinstance(user, User)
    actor = actor_of(user)
    if actor.may(Permission.SWITCH_ENVIRONMENT):
        actor = replace(actor, environment=_environment(request))
    if actor.may(Permission.CROSS_ORGANIZATIONS):
        actor = replace(actor, organization=_organization(request) or actor.organization)
    actor = actor.at(
        address=getattr(request, "client_address", ""),
        request_id=getattr(request, "request_id", ""),
        via=via,
    )
    request._staff_actor = actor  # type: ignore[attr-defined]
    return actor


def origin_of(request: HttpRequest) -> Origin:
    """Where a request to the pages comes from."""
    return Origin(
        address=getattr(request, "client_address", ""),
        request_id=getattr(request, "request_id", ""),
        via="pages",
        client=request.headers.get("User-Agent", ""),
        device=request.COOKIES.get(DEVICE, ""),
        site=site_address(request),
    )


def site_address(request: HttpRequest) -> str:
    """What links in letters begin with."""
    return settings.SITE_URL or f"{request.scheme}://{request.get_host()}"


def note_forbidden(request: HttpRequest, actor: Actor, said: str) -> None:
    """Who was refused what, for the audit."""
    found = request.resolver_match
    route = f"{request.method} {found.route if found else ''}"
    note_refusal(actor, "permission.refused", refused=said, route=route)


def actor_for_row(request: HttpRequest, row: Any) -> Actor:
    """
    The same person, acting where the row belongs: a super admin sees rows of every organization and
    environment.
    """
    actor = actor_of_request(request)
    if row is None or not actor.may(Permission.CROSS_ORGANIZATIONS):
        return actor
    organization = row if isinstance(row, Organization) else getattr(row, "organization", None)
    return replace(
        actor,
        organization=organization or actor.organization,
        environment=getattr(row, "environment", None) or actor.environment,
    )


def move(
    request: HttpRequest, *, environment: str, organization: Organization | None = None
) -> None:
    """Keeps the place in the session. Only a super admin's organization is ever read from there."""
    if environment in Environment.values:
        request.session[ENVIRONMENT] = environment
    if organization is not None:
        request.session[ORGANIZATION] = str(organization.pk)
    request._staff_actor = None  # type: ignore[attr-defined]


def rows_in(model: type[models.Model], actor: Actor) -> "models.QuerySet[Any]":
    """
    The model's rows that the actor may refer to: its organization's (and environment's), not
    deleted.
    """
    rows: models.QuerySet[Any] = model.objects.for_actor(actor)  # type: ignore[attr-defined]
    return rows.filter(deleted_at=None) if hasattr(model, "deleted_at") else rows


def _environment(request: HttpRequest) -> str:
    chosen = request.session.get(ENVIRONMENT)
    return chosen if chosen in Environment.values else Environment.LIVE


def _organization(request: HttpRequest) -> Organization | None:
    key = parse_id(request.session.get(ORGANIZATION))
    return Organization.objects.filter(pk=key, is_active=True).first() if key else None
