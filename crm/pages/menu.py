"""The sidebar and the page of settings: which apps' places, in which order."""

from django.utils.translation import gettext_lazy as _

from analytics.menu import DASHBOARD
from appointments.menu import CALENDAR, SCHEDULE_EXCEPTIONS, SERVICES
from core.audit.menu import AUDIT
from core.identity.menu import PEOPLE
from core.jobs.menu import JOBS
from core.tenancy.menu import KEYS, ORGANIZATION, OUTLETS, PORTAL, ROLES
from core.ui.menu import MenuItem
from core.webhooks.menu import WEBHOOKS
from customers.menu import CUSTOMERS, DUPLICATES, PRIVACY, PROJECTS, RETENTION, WORDINGS
from interactions.menu import CHANNELS, CONVERSATIONS, REPLIES

SETTINGS = MenuItem(label=_("Settings"), url_name="settings:index", icon="settings", key="s")

TODAY = MenuItem(label=_("Today"), url_name="today", icon="home", key="t")

MENU = (TODAY, CUSTOMERS, CONVERSATIONS, CALENDAR, PROJECTS, DUPLICATES, DASHBOARD, JOBS, SETTINGS)

CARD_GROUPS = (
    (_("Company"), (ORGANIZATION, PEOPLE, ROLES)),
    (_("Bookings"), (OUTLETS, SERVICES, SCHEDULE_EXCEPTIONS)),
    (_("Customers"), (PORTAL, REPLIES, WORDINGS)),
    (_("Connections"), (CHANNELS, WEBHOOKS, KEYS)),
    (_("Privacy and records"), (PRIVACY, RETENTION, AUDIT)),
)

CARDS = [card for _title, cards in CARD_GROUPS for card in cards]
