"""Finished jobs don't stay for ever."""

import datetime as dt

from core.clock import now
from core.jobs.models import ACTIVE, Job

KEPT = dt.timedelta(days=90)


def clean_jobs() -> int:
    """
    Deletes jobs that ended over 90 days ago; the audit keeps that they were asked for. Returns how
    many.
    """
    return (
        Job.objects.unscoped()
        .filter(finished_at__lt=now() - KEPT)
        .exclude(state__in=ACTIVE)
        .delete()[0]
    )
