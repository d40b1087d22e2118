"""Sealing and verifying the audit trail, in the background."""

from celery import shared_task

from core.audit import sealing, verifying


@shared_task
def seal_audit() -> int:
    """Seals what was written since. Returns how many entries."""
    return sealing.seal_everything()


@shared_task(soft_time_limit=3 * 3600, time_limit=3 * 3600 + 60)
def verify_audit() -> int:
    """Verifies every organization's trail and keeps what was found. Returns how many faults."""
    return sum(report.faults for _, report in verifying.verify_everything())
