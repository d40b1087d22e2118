"""This app's places in the sidebar and among the settings."""

from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from appointments.selectors import schedule_exceptions, services
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.menu import MenuItem, SettingsCard


def _services(actor: Actor) -> str:
    number = services(actor=actor).filter(is_active=True).count()
    return (
        ngettext("%(n)s service", "%(n)s services", number) % {"n": number}
        if number
        else gettext("None yet")
    )


def _exceptions(actor: Actor) -> str:
    number = schedule_exceptions(actor=actor).filter(last_day__gte=timezone.localdate()).count()
    return (
        ngettext("%(n)s to come", "%(n)s to come", number) % {"n": number}
        if number
        else gettext("Nothing upcoming")
    )


CALENDAR = MenuItem(label=_("Calendar"), url_name="appointments:calendar", icon="calendar", key="a")

SERVICES = SettingsCard(
    title=_("Services"),
    text=_("What can be booked, how long it takes and what it costs."),
    icon="briefcase",
    url_name="settings:services",
    permission=Permission.VIEW,
    state=_services,
    words=_("Duration, price, buffer"),
)

SCHEDULE_EXCEPTIONS = SettingsCard(
    title=_("Closures and absences"),
    text=_("Holidays, absences and days with other hours, of outlets and people."),
    icon="calendar",
    url_name="settings:schedule-exceptions",
    permission=Permission.VIEW,
    state=_exceptions,
    words=_("Vacation, sick leave, public holidays"),
)
