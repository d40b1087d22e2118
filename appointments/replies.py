"""What saved replies may say of a customer's next appointment."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext_lazy as _

from appointments.models import Appointment
from appointments.selectors import next_appointment
from core.tenancy.actor import Actor
from customers.models import Customer
from interactions.replies import ReplyFields


def _told(actor: Actor, customer: Customer) -> Mapping[str, str]:
    """In the customer's language and by the clock of the outlet."""
    row = next_appointment(actor=actor, customer_id=customer.pk)
    if row is None:
        return {}
    start = row.start_at.astimezone(ZoneInfo(_zone(row, actor)))
    with translation.override(_language(customer, actor)):
        return {
            "appointment_date": date_format(start, "DATE_FORMAT"),
            "appointment_time": time_format(start, "TIME_FORMAT"),
            "service": row.service.name if row.service else "",
            "outlet": row.outlet.name if row.outlet else "",
        }


def _zone(row: Appointment, actor: Actor) -> str:
    return row.outlet.time_zone if row.outlet else actor.organization.time_zone


def _language(customer: Customer, actor: Actor) -> str:
    known = dict(settings.LANGUAGES)
    chosen = (customer.language[:2], actor.organization.language[:2])
    return next((code for code in chosen if code in known), settings.LANGUAGE_CODE)


NEXT_APPOINTMENT = ReplyFields(
    {
        "appointment_date": _("Day of the next appointment"),
        "appointment_time": _("Time of the next appointment"),
        "service": _("Service of the next appointment"),
        "outlet": _("Outlet of the next appointment"),
    },
    _told,
)
