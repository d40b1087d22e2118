"""Background work on Celery, where there is a Redis."""

import os
from uuid import UUID

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crm"])

FORGOTTEN = 600
"""
Seconds after which nobody acts on a message: the sweep sends a fresh one every half minute, and
stale ones mustn't pile up.
"""


def dispatch(job_id: UUID) -> None:
    """Sends a job to a worker; a broker that can't be reached now is what the sweep is for."""
    app.send_task("crm.run_job", [str(job_id)], retry=False, expires=FORGOTTEN)
