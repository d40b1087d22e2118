"""Who acts, and what they may."""

import pytest

from core.errors import Forbidden
from core.ids import new_id
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment, Role, Scope
from core.tenancy.models import Organization
from core.tenancy.policy import (
    CUSTOMER_PERMISSIONS,
    ROLE_PERMISSIONS,
    SCOPE_PERMISSIONS,
    Permission,
)

ACME, ID = Organization(name="Acme"), new_id()


def told(actor: Actor) -> tuple[object, ...]:
    return (
        *(actor.organization, actor.kind, actor.label, actor.permissions),
        *(actor.environment, actor.id, actor.role, actor.user_id, actor.customer_id),
    )


def test_a_person_may_what_their_role_may() -> None:
    plain = Actor.of_user(user_id=ID, email="a@x.com", role=Role.STAFF, organization=ACME)
    may = ROLE_PERMISSIONS[Role.STAFF]
    assert told(plain) == (ACME, "user", "a@x.com", may, "live", ID, "staff", ID, None)
    testing = Actor.of_user(
        user_id=ID,
        email="a@x.com",
        role="of the past",
        organization=ACME,
        environment=Environment.TEST,
    )
    assert (testing.permissions, testing.environment) == (frozenset(), "test")


def test_a_key_may_what_its_scopes_may_together() -> None:
    def key(*scopes: str) -> Actor:
        return Actor.of_key(
            key_id=ID, prefix="crm_1", scopes=[*scopes], organization=ACME, environment="test"
        )

    first, second, *_others = Scope
    may = SCOPE_PERMISSIONS[first] | SCOPE_PERMISSIONS[second]
    both = key(first, second, "of the past")
    assert told(both) == (ACME, "key", "crm_1", may, "test", ID, "", None, None)
    assert key().permissions == frozenset()


def test_a_customer_may_what_the_portal_offers() -> None:
    customer = Actor.of_customer(customer_id=ID, name="N" * 300, organization=ACME)
    assert told(customer) == (
        *(ACME, "customer", "N" * 254, CUSTOMER_PERMISSIONS),
        *("live", ID, "", None, ID),
    )


def test_the_product_may_everything_and_a_stranger_nothing() -> None:
    system = Actor.system(organization=ACME, label="tidy", environment="test")
    assert told(system) == (
        *(ACME, "system", "tidy", frozenset(Permission)),
        *("test", None, "", None, None),
    )
    assert Actor.system(organization=ACME, label="tidy").environment == "live"
    assert told(Actor.stranger(organization=ACME)) == (
        *(ACME, "stranger", "", frozenset()),
        *("live", None, "", None, None),
    )


def test_where_a_request_came_from_goes_with_the_actor() -> None:
    actor = Actor.system(organization=ACME, label="tidy")
    here = actor.at(address="192.0.2.1", request_id="r1", via="api")
    assert (here.address, here.request_id, here.via) == ("192.0.2.1", "r1", "api")
    assert here.change_set == actor.change_set
    assert here.at(address="", request_id="r2").via == "api"


def test_what_somebody_may_not_is_refused_by_its_name() -> None:
    stranger = Actor.stranger(organization=ACME)
    assert not stranger.may(Permission.VIEW)
    with pytest.raises(Forbidden, match=f"You do not have permission to {Permission.VIEW}"):
        stranger.require(Permission.VIEW)
    system = Actor.system(organization=ACME, label="tidy")
    assert system.may(Permission.VIEW)
    system.require(Permission.VIEW)
