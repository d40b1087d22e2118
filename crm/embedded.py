"""
Background work in the one process of the embedded product: a thread for long work, and one that
looks at the clock and does what is short.

Both end with the process wherever they are; jobs stand in the database, so the sweep finds them at
the next start.
"""

import logging
import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections

from core.jobs import running, schedule

log = logging.getLogger(__name__)

_long: SimpleQueue[Callable[[], object]] = SimpleQueue()
_working = threading.Lock()
_watching = threading.Lock()


def dispatch(job_id: UUID) -> None:
    """Queues a job for this process's worker."""
    _long.put(partial(running.run, job_id))
    _begin("jobs", _work, once=_working)


def start() -> None:
    """Starts looking at the clock, once a process and only where no Celery does it."""
    if not settings.REDIS_URL:
        _begin("jobs", _work, once=_working)
        _begin("clock", _watch, once=_watching)


def _begin(name: str, loop: Callable[[], None], *, once: threading.Lock) -> None:
    if once.acquire(blocking=False):
        threading.Thread(target=loop, name=name, daemon=True).start()


def _work() -> None:
    while True:
        _safely(_long.get())


def _watch() -> None:
    while True:
        _safely(_tick)
        threading.Event().wait(settings.SCHEDULE_TICK)


def _tick() -> None:
    for name in list(schedule.due()):
        if name in settings.SHORT_TASKS:
            _safely(partial(schedule.run_periodic, name))
        elif _long.empty():  # else it is still due at the next look
            _long.put(partial(schedule.run_periodic, name))


def _safely(work: Callable[[], object]) -> None:
    """These threads outlive whatever fails in them."""
    try:
        work()
    except Exception:
        log.exception("background work failed")
    finally:
        close_old_connections()
