"""What has outlived its use."""

from celery import shared_task

from core.clock import now
from core.requests.idempotency import LIFETIME
from core.requests.models import IdempotencyRecord


@shared_task
def clean_idempotency_records() -> int:
    """Deletes remembered answers past their day. Returns how many."""
    return IdempotencyRecord.objects.unscoped().filter(created_at__lt=now() - LIFETIME).delete()[0]
