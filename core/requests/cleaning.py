"""What has outlived its use."""

import datetime as dt

from core.clock import now
from core.requests.models import IdempotencyRecord

LIFETIME = dt.timedelta(days=1)


def clean_idempotency_records() -> int:
    """Deletes remembered answers past their day. Returns how many."""
    return IdempotencyRecord.objects.filter(created_at__lt=now() - LIFETIME).delete()[0]
