"""Sealing and verifying the audit trail, in the background. Safe to run twice."""

from uuid import UUID

from celery import shared_task

from core.audit import sealing, verifying
from core.audit.models import AuditChain
from core.tenancy.actor import Actor
from core.tenancy.models import Organization


@shared_task
def seal_audit() -> int:
    """Seals what was written since. Returns how many entries."""
    return sealing.seal_everything()


@shared_task
def verify_audit() -> int:
    """Has each chain verified. Returns how many."""
    chains = AuditChain.objects.unscoped().values_list("organization_id", "environment")
    for organization, environment in chains:
        verify_chain.delay(str(organization), environment)
    return len(chains)


@shared_task(soft_time_limit=3 * 3600, time_limit=3 * 3600 + 60)
def verify_chain(organization_id: str, environment: str) -> int:
    """Verifies one chain and keeps what was found. Returns how many faults."""
    organization = Organization.objects.get(pk=UUID(organization_id))
    actor = Actor.system(organization=organization, label="verify_audit", environment=environment)
    return verifying.verify(actor=actor).faults
