"""Who acts: the first argument of everything in the domain."""

from dataclasses import dataclass, field, replace
from typing import Self
from uuid import UUID

from core.errors import Forbidden
from core.ids import new_id
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from core.tenancy.policy import (
    CUSTOMER_PERMISSIONS,
    ROLE_PERMISSIONS,
    SCOPE_PERMISSIONS,
    Permission,
)


@dataclass(frozen=True, slots=True)
class Actor:
    """
    A person, key, customer or the system itself, acting for one organization in one environment.

    `kind` is `user`, `key`, `customer`, `system` or `stranger`; `label` is what the audit shows (an
    e-mail, a key's prefix, a customer's name, a task's name). `change_set` is what all that they
    change belongs to: one request, form, job or import.
    """

    organization: Organization
    kind: str
    label: str
    permissions: frozenset[Permission]
    environment: str = Environment.LIVE
    id: UUID | None = None
    role: str = ""
    address: str = ""
    request_id: str = ""
    via: str = ""
    change_set: UUID = field(default_factory=new_id, compare=False)

    @classmethod
    def of_user(
        cls,
        *,
        user_id: UUID,
        email: str,
        role: str,
        organization: Organization,
        environment: str = Environment.LIVE,
    ) -> Self:
        return cls(
            organization,
            "user",
            email,
            ROLE_PERMISSIONS.get(role, frozenset()),
            environment,
            user_id,
            role,
        )

    @classmethod
    def of_key(
        cls,
        *,
        key_id: UUID,
        prefix: str,
        scopes: list[str],
        organization: Organization,
        environment: str,
    ) -> Self:
        permissions = frozenset[Permission]().union(
            *(SCOPE_PERMISSIONS.get(scope, frozenset()) for scope in scopes)
        )
        return cls(organization, "key", prefix, permissions, environment, key_id)

    @classmethod
    def of_customer(cls, *, customer_id: UUID, name: str, organization: Organization) -> Self:
        """A customer in the portal, which is live alone: may call its services and no others."""
        return cls(
            organization,
            "customer",
            name[:254],
            CUSTOMER_PERMISSIONS,
            Environment.LIVE,
            customer_id,
        )

    @classmethod
    def system(
        cls, *, organization: Organization, label: str, environment: str = Environment.LIVE
    ) -> Self:
        """The product acting on its own: tasks and commands."""
        return cls(organization, "system", label, frozenset(Permission), environment)

    @classmethod
    def stranger(cls, *, organization: Organization) -> Self:
        """Somebody who hasn't shown who they are, and so may nothing."""
        return cls(organization, "stranger", "", frozenset())

    def at(self, *, address: str, request_id: str, via: str = "") -> Self:
        """
        The same actor, with where the request came from and through which door (`via`), for the
        audit.
        """
        return replace(self, address=address, request_id=request_id, via=via or self.via)

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raises Forbidden unless the actor may."""
        if permission not in self.permissions:
            raise Forbidden(f"You do not have permission to {permission}")

    @property
    def user_id(self) -> UUID | None:
        """The acting staff user, or None for others."""
        return self.id if self.kind == "user" else None

    @property
    def customer_id(self) -> UUID | None:
        """The acting customer, who acts for nobody else, or None for others."""
        return self.id if self.kind == "customer" else None
