"""Writing down when outlets are closed and people are away, or keep other hours."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from appointments.choices import ExceptionKind
from appointments.models import ScheduleException
from core.audit.ledger import record
from core.cleaning import clean
from core.errors import Fault, Invalid
from core.rows import (
    Versions,
    final_changes,
    get_row,
    initial_changes,
    refuse_stale,
    save_changes,
)
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes


@writes(Permission.MANAGE_SCHEDULES)
def create_schedule_exception(*, actor: Actor, values: Mapping[str, Any]) -> ScheduleException:
    """One day unless a last one is named. Raises Forbidden and Invalid."""
    cleaned = clean(ScheduleException, values, actor=actor, required=["first_day"])
    cleaned["last_day"] = cleaned.get("last_day") or cleaned["first_day"]
    _refuse_impossible(ScheduleException.objects.new(actor, **cleaned))
    row = ScheduleException.objects.add(actor, **cleaned)
    record(actor, "scheduleexception.created", subject=row, changes=initial_changes(cleaned))
    return row


@writes(Permission.MANAGE_SCHEDULES)
def update_schedule_exception(
    *, actor: Actor, exception_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> ScheduleException:
    """Raises Forbidden, NotFound, Invalid and Stale."""
    row = get_row(ScheduleException, actor=actor, key=exception_id, lock=True)
    cleaned = clean(ScheduleException, values, actor=actor)
    present = {name: getattr(row, name) for name in _TOGETHER}
    _refuse_impossible(ScheduleException(**present | cleaned))
    changes = save_changes(row, cleaned, if_version=if_version)
    if changes:
        record(actor, "scheduleexception.updated", subject=row, changes=changes)
    return row


@writes(Permission.MANAGE_SCHEDULES)
def delete_schedule_exception(
    *, actor: Actor, exception_id: UUID, if_version: Versions = None
) -> None:
    """Raises Forbidden, NotFound and Stale."""
    row = get_row(ScheduleException, actor=actor, key=exception_id, lock=True)
    refuse_stale(row, if_version)
    record(actor, "scheduleexception.deleted", subject=row, changes=final_changes(row))
    row.delete()


_TOGETHER = ("outlet", "staff", "kind", "first_day", "last_day", "start_time", "end_time")


def _refuse_impossible(row: ScheduleException) -> None:
    """Raises Invalid for what the table's constraints refuse, in words."""
    faults: dict[str, list[Fault]] = {}
    after = Fault("invalid_range", "Must be after the beginning.")
    both = Fault("both_times", "Give both times, or neither for the whole day.")
    if row.outlet is not None and row.staff is not None:
        faults["staff"] = [Fault("outlet_or_staff", "Name an outlet or a person, not both.")]
    if row.last_day < row.first_day:
        faults["last_day"] = [after]
    times = [time for time in (row.start_time, row.end_time) if time is not None]
    if len(times) == 1 or (not times and row.kind == ExceptionKind.HOURS):
        faults["start_time"] = faults["end_time"] = [both]
    if row.start_time and row.end_time and row.end_time <= row.start_time:
        faults["end_time"] = [after]
    if faults:
        raise Invalid(faults)
