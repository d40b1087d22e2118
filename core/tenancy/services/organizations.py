"""Organizations and their thresholds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from core.audit.ledger import record
from core.cleaning import clean
from core.errors import Forbidden, NotFound
from core.rows import Versions, initial_changes, save_changes
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment, ThresholdDoubt
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.writing import writes

THRESHOLDS = frozenset(
    {
        "vip_lifetime_value",
        "premium_lifetime_value",
        "repeat_projects",
        "inactive_days",
        "churned_months",
        "at_risk_days",
        "new_days",
    }
)
"""What the computed columns of customers follow."""

RESERVED = frozenset({"slug", "is_active", "requests_per_minute"})
"""What only those who work in all organizations may change."""

DAYS_OF_A_MONTH = 28
"""At least."""


@writes(Permission.CROSS_ORGANIZATIONS)
def create_organization(*, actor: Actor, values: Mapping[str, Any]) -> Organization:
    """Raises Forbidden, Invalid and Conflict."""
    cleaned = clean(Organization, values, actor=actor, required=["name", "slug"])
    organization = Organization(**cleaned)
    organization.save(force_insert=True)
    record(actor, "organization.created", subject=organization, changes=initial_changes(cleaned))
    return organization


@writes(Permission.MANAGE_THRESHOLDS)
def update_organization(
    *,
    actor: Actor,
    organization: Organization,
    values: Mapping[str, Any],
    if_version: Versions = None,
) -> Organization:
    """
    Changes an organization's settings. Changed thresholds hold for every write from now on; a job
    applies them to all its customers. So it is with the names of sensitive custom fields: another
    job encrypts what is stored under them, and decrypts what no longer is sensitive.

    Raises Forbidden (what is RESERVED, without being a super admin), NotFound (another
    organization), Invalid, Stale and Conflict.
    """
    crosses = actor.may(Permission.CROSS_ORGANIZATIONS)
    if organization.pk != actor.organization.pk and not crosses:
        raise NotFound("Organization", organization.pk)
    if RESERVED & set(values) and not crosses:
        raise Forbidden(
            "Only a super admin may change an organization's slug or allowance, or close it."
        )
    row = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    cleaned = clean(Organization, values, actor=actor)
    changes = save_changes(row, cleaned, if_version=if_version)
    if changes:
        record(actor, "organization.updated", subject=row, changes=changes)
    if THRESHOLDS & set(changes):
        _announce(settings.THRESHOLDS_CHANGED, actor, row)
    if "sensitive_fields" in changes:
        _announce(settings.SENSITIVE_FIELDS_CHANGED, actor, row)
    return row


def _announce(services: Sequence[str], actor: Actor, organization: Organization) -> None:
    """Calls the services above that follow, in each environment."""
    for environment in Environment.values:
        there = replace(actor, organization=organization, environment=environment)
        for service in services:
            import_string(service)(actor=there)


def doubts(*, organization: Organization, values: Mapping[str, Any]) -> list[ThresholdDoubt]:
    """
    What speaks against the organization with `values`, unless it does already: thresholds out of
    their usual order, which nothing forbids.
    """
    before = set(_out_of_order({name: getattr(organization, name) for name in THRESHOLDS}))
    after = {name: values.get(name, getattr(organization, name)) for name in THRESHOLDS}
    return [doubt for doubt in _out_of_order(after) if doubt not in before]


def _out_of_order(thresholds: Mapping[str, Any]) -> list[ThresholdDoubt]:
    found = {
        ThresholdDoubt.VIP: 0
        <= thresholds["vip_lifetime_value"]
        < thresholds["premium_lifetime_value"],
        ThresholdDoubt.INACTIVE: thresholds["inactive_days"] < thresholds["at_risk_days"],
        ThresholdDoubt.CHURNED: thresholds["churned_months"] * DAYS_OF_A_MONTH
        < thresholds["inactive_days"],
    }
    return [doubt for doubt, holds in found.items() if holds]
