"""
Background work in the one process of the embedded product: a thread for jobs, and one that looks at the clock.

Jobs stand in the database, so whatever dies with the process is found by the sweep at the next start.
"""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections

from core.jobs import running, schedule

log = logging.getLogger(__name__)

_jobs = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobs")
_clock = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clock")
_started = threading.Lock()


def dispatch(job_id: UUID) -> None:
    """Queues a job for this process's worker."""
    _jobs.submit(_work, job_id).add_done_callback(_report)


def start() -> None:
    """Starts looking at the clock, once a process and only where no Celery does it."""
    if not settings.REDIS_URL and _started.acquire(blocking=False):
        threading.Thread(target=_watch, name="watch", daemon=True).start()


def _watch() -> None:
    while True:
        _report(_clock.submit(_tick))
        threading.Event().wait(settings.SCHEDULE_TICK)


def _tick() -> None:
    try:
        for name in list(schedule.due()):
            schedule.run_periodic(name)
    finally:
        close_old_connections()


def _work(job_id: UUID) -> None:
    try:
        running.run(job_id)
    finally:
        close_old_connections()


def _report(future: "Future[None]") -> None:
    error = future.exception()
    if error is not None:
        log.error("background work failed", exc_info=error)
