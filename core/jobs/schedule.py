"""
Celery beat's scheduler with its memory in the database.

Beat's own forgets when it is stopped (a daily task of a beat that is started anew every hour would
never run) or keeps a file, which ties it to one machine; and two of either send everything twice.
"""

import datetime as dt
import logging

from celery.beat import ScheduleEntry, Scheduler, SchedulingError
from django.db import DatabaseError, IntegrityError, connection, transaction

from core.clock import now
from core.jobs.models import PeriodicRun

log = logging.getLogger(__name__)

NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class DatabaseScheduler(Scheduler):  # type: ignore[misc]
    """
    Sends what `CELERY_BEAT_SCHEDULE` says, each entry when it is due by its row in `PeriodicRun`.
    Of several at once one sends.
    """

    max_interval = 5
    """Seconds between looks: what another scheduler has sent, or failed to, is seen after these."""

    def tick(self) -> float:
        """Sends what is due; answers how many seconds to wait for the next look."""
        try:
            return min([self.max_interval, *map(self._look, self.schedule.values())])
        except DatabaseError:  # as long as the database is away nothing is due
            log.warning("the schedule could not be read", exc_info=True)
            connection.close()
            return float(self.max_interval)

    def _look(self, entry: ScheduleEntry) -> float:
        run = PeriodicRun.objects.filter(name=entry.name).first()
        entry.last_run_at = run.began_at if run else NEVER
        due, wait = entry.is_due()
        if due:
            self._send(entry, run)
        return float(wait)

    def _send(self, entry: ScheduleEntry, seen: PeriodicRun | None) -> None:
        """A run that couldn't be sent is still due at the next look."""
        try:
            with transaction.atomic():
                if take(entry.name, seen):
                    log.debug("sending %s", entry.task)
                    self.apply_async(entry, advance=False)
        except SchedulingError:
            log.warning("%s could not be sent", entry.task, exc_info=True)


def take(name: str, seen: PeriodicRun | None) -> bool:
    """Whether this scheduler has the run that is due: whether no other had it since it looked."""
    if seen is not None:
        rows = PeriodicRun.objects.filter(name=name, began_at=seen.began_at)
        return bool(rows.update(began_at=now()))
    try:
        with transaction.atomic():
            PeriodicRun(name=name, began_at=now()).save(force_insert=True)
    except IntegrityError:
        return False
    return True
