"""Who a key is, and which organization a name means."""

from core.errors import Unauthenticated
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.keys import living_key
from core.tenancy.models import Organization


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
