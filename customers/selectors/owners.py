"""Reading who looks after customers, for one actor."""

from django.db.models import QuerySet

from core.identity.models import User
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission


def owners(*, actor: Actor) -> "QuerySet[User]":
    """
    The organization's people, to whom customers can be assigned; those whose access has ended too.
    Raises Forbidden.
    """
    actor.require(Permission.VIEW)
    return User.objects.for_actor(actor).order_by("first_name", "last_name", "email")
