"""
Background work in the one process of the embedded product: a thread for each of Celery's queues,
and one with beat's scheduler.

They end with the process wherever they are; jobs stand in the database, so the sweep finds them at
the next start.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import close_old_connections
from django.utils.module_loading import import_string

from core.timeouts import lift_timeouts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TaskMessage:
    """A task to run, unless that comes after `deadline` (of the monotonic clock)."""

    task: str
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    deadline: float

    def run(self) -> None:
        if time.monotonic() < self.deadline:
            current_app.tasks[self.task].apply(self.args, dict(self.kwargs), throw=True)


THREADS = {"webhooks": 4}
"""Of queues whose tasks wait for others' servers; one of any other."""


class QueueWorker:
    """Runs the messages of one queue, in the order in which they came."""

    def __init__(self, queue: str) -> None:
        self.messages: SimpleQueue[TaskMessage] = SimpleQueue()
        for _ in range(THREADS.get(queue, 1)):
            threading.Thread(target=self._run, name=queue, daemon=True).start()

    def _run(self) -> None:
        lift_timeouts()
        while True:
            _safely(self.messages.get().run)


_workers: dict[str, QueueWorker] = {}
_starting = threading.Lock()
_scheduling = threading.Lock()


def send(
    task: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    queue: str,
    expires: float | None = None,
) -> None:
    """Has this process's worker of that queue run the task, unless `expires` seconds pass first."""
    deadline = time.monotonic() + (float("inf") if expires is None else expires)
    _worker(queue).messages.put(TaskMessage(task, args, kwargs, deadline))


def start() -> None:
    """Starts the scheduler, once a process and only where no Celery does it."""
    if not settings.REDIS_URL and _scheduling.acquire(blocking=False):
        threading.Thread(target=_schedule, name="beat", daemon=True).start()


def _worker(queue: str) -> QueueWorker:
    with _starting:
        if queue not in _workers:
            _workers[queue] = QueueWorker(queue)
        return _workers[queue]


def _schedule() -> None:
    lift_timeouts()
    scheduler = import_string(settings.CELERY_BEAT_SCHEDULER)(app=current_app)
    while True:
        _safely(scheduler.tick)
        time.sleep(scheduler.max_interval)


def _safely(work: Callable[[], object]) -> None:
    """These threads outlive whatever fails in them."""
    try:
        work()
    except Exception:
        log.exception("background work failed")
    finally:
        close_old_connections()
