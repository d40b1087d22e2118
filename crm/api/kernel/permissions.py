"""Who may: the permission of the service that a view calls, asked before anything is read."""

from collections.abc import Callable
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.tenancy.policy import Permission

Service = Callable[..., Any]


class MayCall(BasePermission):
    """
    Whether the actor may call the service (or has the Permission) that the view's `get_service`
    names for the action. A view that names none is refused to everyone.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False  # which DRF answers with 401
        if request.method == "OPTIONS" or not hasattr(view, request.method.lower()):
            return True  # nothing is called; a method that isn't there is a 405
        needed = required_permission(view)
        if needed is None:
            return False
        request.auth.require(needed)
        return True


class IsSignedIn(BasePermission):
    """
    Whoever has a credential, for views that show people themselves and for services that ask what
    the row takes.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.auth is not None


def required_permission(view: Any) -> Permission | None:
    """What the view's present action takes; None when it declares nothing."""
    service = view.get_service() if hasattr(view, "get_service") else None
    return service if isinstance(service, Permission) else getattr(service, "permission", None)
