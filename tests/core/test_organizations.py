"""Organizations are made, changed and refused by their services."""

import pytest
from django.db import connection

from core.audit.models import AuditEntry
from core.errors import Conflict, Forbidden, Invalid
from core.identity.services import actor_of
from core.tenancy.models import Organization
from core.tenancy.services.organizations import create_organization, update_organization
from tests.cast import Cast


def test_a_taken_slug_is_a_conflict_and_writes_nothing(cast: Cast) -> None:
    before = list(Organization.objects.values())
    with pytest.raises(Conflict) as refused:
        create_organization(actor=actor_of(cast.sue), values={"name": "Again", "slug": "acme"})
    assert (refused.value.noun, refused.value.field) == ("Organization", "slug")
    assert list(Organization.objects.values()) == before
    assert not AuditEntry.objects.unscoped().exists()
    assert connection.is_usable()


def test_a_taken_slug_is_a_conflict_when_changing_too(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        update_organization(
            actor=actor_of(cast.sue), organization=cast.other, values={"slug": "acme"}
        )
    assert refused.value.field == "slug"
    cast.other.refresh_from_db()
    assert cast.other.slug == "other"


def test_a_zone_that_nobody_keeps_is_refused(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        update_organization(
            actor=actor_of(cast.alice), organization=cast.acme, values={"time_zone": "Mars/Base"}
        )
    assert [fault.code for fault in refused.value.faults["time_zone"]] == ["invalid_zone"]


def test_only_a_super_admin_makes_organizations(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        create_organization(actor=actor_of(cast.alice), values={"name": "Mine", "slug": "mine"})
    assert not Organization.objects.filter(slug="mine").exists()
