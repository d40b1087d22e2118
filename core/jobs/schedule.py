"""What runs by the clock: `settings.SCHEDULE` maps a name to a function and how often it runs."""

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from core.clock import now
from core.jobs.models import PeriodicRun

SLACK = 0.9
"""A run a little before its time is in time: clocks and schedulers aren't exact."""


def run_periodic(name: str, *, whenever: bool = False) -> object:
    """
    Runs the named task if it is due (or, `whenever`, in any case) and returns what it returned;
    None when it isn't.

    Two schedulers at once run it once.
    """
    path, every = settings.SCHEDULE[name]
    if not _take(name, every, whenever=whenever):
        return None
    result: object = import_string(path)()
    return result


def due() -> Iterator[str]:
    """Names of tasks whose time has come."""
    began = dict(PeriodicRun.objects.values_list("name", "began_at"))
    moment = now()
    for name, (_, every) in settings.SCHEDULE.items():
        if name not in began or began[name] <= moment - every * SLACK:
            yield name


def _take(name: str, every: dt.timedelta, *, whenever: bool) -> bool:
    moment = now()
    rows = PeriodicRun.objects.filter(name=name)
    if (rows if whenever else rows.filter(began_at__lte=moment - every * SLACK)).update(
        began_at=moment
    ):
        return True
    try:
        with transaction.atomic():
            PeriodicRun(name=name, began_at=moment).save(force_insert=True)
    except IntegrityError:
        return False
    return True
