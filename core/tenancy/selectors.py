"""Reading organizations and what belongs to them as such."""

from django.db.models import QuerySet

from core.errors import Unauthenticated
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.filters import OutletConditions
from core.tenancy.keys import living_key
from core.tenancy.models import ApiKey, Organization, Outlet
from core.tenancy.policy import Permission


def outlets(*, actor: Actor, conditions: OutletConditions | None = None) -> "QuerySet[Outlet]":
    """Those that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or OutletConditions()).apply(Outlet.objects.for_actor(actor))


def own_organization(*, actor: Actor) -> "QuerySet[Organization]":
    """The organization that the actor works in, alone. Raises Forbidden."""
    actor.require(Permission.MANAGE_THRESHOLDS)
    return Organization.objects.filter(pk=actor.organization.pk)


def api_keys(*, actor: Actor) -> "QuerySet[ApiKey]":
    """The organization's keys of both environments, those that have ended too. Raises Forbidden."""
    actor.require(Permission.MANAGE_KEYS)
    return ApiKey.objects.for_actor(actor)


def actor_of_key(*, key: str) -> Actor:
    """Raises Unauthenticated unless the key is alive."""
    row = living_key(key=key)
    if row is None:
        raise Unauthenticated
    return Actor.of_key(
        key_id=row.pk,
        prefix=row.prefix,
        scopes=row.scopes,
        organization=row.organization,
        environment=row.environment,
    )


def organization_named(*, name: str) -> Organization | None:
    """The active organization with this id or slug."""
    if not name.isprintable():
        return None
    key = parse_id(name)
    by = {"pk": key} if key else {"slug": name.lower()}
    return Organization.objects.filter(is_active=True, **by).first()
