"""
The cast: Alice administers Acme, Mona manages an outlet there, Bob works there, Sue is the super
admin whose home is Acme. Charlie administers another organization of the same shape.
"""

from dataclasses import dataclass
from typing import Any

from core.identity.models import User
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment, Role
from core.tenancy.keys import store_key
from core.tenancy.models import Organization, Outlet

PASSWORD = "correct horse battery"


@dataclass
class Cast:
    acme: Organization
    other: Organization
    sue: User
    alice: User
    mona: User
    bob: User
    charlie: User
    outlet: Outlet
    live_key: str
    test_key: str
    other_key: str
    read_key: str

    @property
    def roles(self) -> dict[str, User]:
        return {
            Role.STAFF: self.bob,
            Role.OUTLET_MANAGER: self.mona,
            Role.TENANT_ADMIN: self.alice,
            Role.SUPER_ADMIN: self.sue,
        }


def make_cast() -> Cast:
    acme = Organization.objects.create(
        name="Acme Roofs",
        slug="acme",
        default_region="US",
        currency="USD",
        time_zone="America/Detroit",
    )
    other = Organization.objects.create(
        name="Other", slug="other", default_region="US", currency="USD", time_zone="America/Detroit"
    )

    def user(name: str, role: str, organization: Organization) -> User:
        email = f"{name}@{organization.slug}.test"
        return User.objects.create_user(
            email=email,
            password=PASSWORD,
            organization=organization,
            role=role,
            first_name=name.title(),
        )

    alice = user("alice", Role.TENANT_ADMIN, acme)
    charlie = user("charlie", Role.TENANT_ADMIN, other)
    admin, stranger = actor_of(alice), actor_of(charlie)

    def key(actor: Actor, environment: str, scopes: list[str]) -> str:
        return store_key(actor=actor, name="test", environment=environment, scopes=scopes)[1]

    return Cast(
        acme=acme,
        other=other,
        sue=user("sue", Role.SUPER_ADMIN, acme),
        alice=alice,
        mona=user("mona", Role.OUTLET_MANAGER, acme),
        bob=user("bob", Role.STAFF, acme),
        charlie=charlie,
        outlet=Outlet.objects.add(admin, name="Downtown", time_zone="America/Detroit"),
        live_key=key(admin, Environment.LIVE, ["read", "write"]),
        test_key=key(admin, Environment.TEST, ["read", "write"]),
        other_key=key(stranger, Environment.LIVE, ["read", "write"]),
        read_key=key(admin, Environment.LIVE, ["read"]),
    )


def customer_values(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "first_name": "Jane",
        "last_name": f"Smith{number}",
        "email": f"jane{number}@example.com",
        "phone": f"248555{number:04}",
        **more,
    }
