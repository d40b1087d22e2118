"""How the pages say when appointments are, for whom, and what became of them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.choices import AppointmentStatus
from appointments.errors import StaffBusy
from appointments.models import Appointment
from appointments.selectors import appointment
from appointments.slots import zone_of
from core.tenancy.actor import Actor
from core.ui.wording import message_for

DONE: Mapping[str, Any] = {
    AppointmentStatus.PENDING: gettext_lazy("Pending again."),
    AppointmentStatus.CONFIRMED: gettext_lazy("Confirmed."),
    AppointmentStatus.COMPLETED: gettext_lazy("Marked as done."),
    AppointmentStatus.CANCELLED: gettext_lazy("Cancelled."),
    AppointmentStatus.NO_SHOW: gettext_lazy("Marked as a no-show."),
}
"""What a toast says of a new status."""


def customer_name(row: Appointment) -> str:
    """Whom it is for; those of erased customers stay without a name."""
    return row.customer.display_name if row.customer else _("Erased customer")


def clock(moment: dt.datetime, zone: ZoneInfo) -> str:
    """
    The time on the clock of `zone`; with the zone's letters where the clock shows it twice on that
    day.
    """
    local = moment.astimezone(zone)
    text = time_format(local, "TIME_FORMAT")
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset() and _exists(local)
    return f"{text} {local:%Z}" if twice else text


def starts(moment: dt.datetime, zone: ZoneInfo) -> str:
    """The day and the time of a beginning."""
    return f"{date_format(moment.astimezone(zone), 'DATE_FORMAT')} · {clock(moment, zone)}"


def when(row: Appointment, zone: ZoneInfo) -> str:
    """The day and both times; the end's day too where it is another."""
    same_day = row.start_at.astimezone(zone).date() == row.end_at.astimezone(zone).date()
    ends = clock(row.end_at, zone) if same_day else starts(row.end_at, zone)
    return f"{starts(row.start_at, zone)} – {ends}"


def busy(error: StaffBusy, *, actor: Actor) -> str:
    """Who is busy, and with what."""
    if error.appointment_id is None:
        return message_for(error)
    row = appointment(actor=actor, appointment_id=error.appointment_id)
    zone = zone_of(actor=actor, outlet=row.outlet)
    return _("%(staff)s is with %(customer)s then (%(when)s).") % {
        "staff": row.staff.name if row.staff else "",
        "customer": customer_name(row),
        "when": when(row, zone),
    }


def _exists(local: dt.datetime) -> bool:
    return local.astimezone(dt.UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(
        tzinfo=None
    )
