"""This app's places in the sidebar and among the settings."""

from django.db.models import Count, Max, Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.tenancy.actor import Actor
from core.tenancy.choices import Role
from core.tenancy.policy import Permission
from core.tenancy.selectors import api_keys, outlets
from core.ui.formatting import relative
from core.ui.menu import SettingsCard


def _organization(actor: Actor) -> str:
    there = actor.organization
    return f"{there.name} · {there.currency} · {there.time_zone.replace('_', ' ')}"


def _portal(actor: Actor) -> str:
    there = actor.organization
    if not there.portal_enabled:
        return gettext("Closed")
    return gettext("Open, with booking") if there.portal_booking else gettext("Open")


def _outlets(actor: Actor) -> str:
    number = outlets(actor=actor).filter(is_active=True).count()
    return (
        ngettext("%(n)s outlet", "%(n)s outlets", number) % {"n": number}
        if number
        else gettext("None yet")
    )


def _roles(actor: Actor) -> str:
    return gettext("You: %(role)s") % {"role": Role(actor.role).label}


def _keys(actor: Actor) -> str:
    living = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now()))
    found = (
        api_keys(actor=actor)
        .order_by()
        .aggregate(number=Count("pk", filter=living), used=Max("last_used_at", filter=living))
    )
    number = (
        ngettext("%(n)s key", "%(n)s keys", found["number"]) % {"n": found["number"]}
        if found["number"]
        else gettext("No key")
    )
    used = gettext("last used %(ago)s") % {"ago": relative(found["used"])} if found["used"] else ""
    return f"{number}, {used}" if used else number


ORGANIZATION = SettingsCard(
    title=_("Organization"),
    text=_("Name, region, currency, and when a customer counts as VIP, at risk or churned."),
    icon="building",
    url_name="settings:organization",
    permission=Permission.MANAGE_THRESHOLDS,
    state=_organization,
    words=_("Time zone, language, reminders, second factor, thresholds, loyalty points"),
)
PORTAL = SettingsCard(
    title=_("Customers' portal"),
    text=_("What your customers see and do themselves: appointments, profile, consents."),
    icon="globe",
    url_name="settings:portal",
    permission=Permission.MANAGE_THRESHOLDS,
    state=_portal,
    words=_("Online booking, colour, customers' sign-in"),
)
OUTLETS = SettingsCard(
    title=_("Outlets"),
    text=_("Your branches, each with its address and time zone."),
    icon="pin",
    url_name="settings:outlets",
    permission=Permission.VIEW,
    state=_outlets,
    words=_("Opening hours, breaks, locations"),
)
ROLES = SettingsCard(
    title=_("Roles"),
    text=_("Who can do what, in one table."),
    icon="shield",
    url_name="settings:roles",
    permission=Permission.VIEW,
    state=_roles,
    words=_("Permissions, rights"),
)
KEYS = SettingsCard(
    title=_("API keys"),
    text=_("Give other systems access, and see when they last used it."),
    icon="key",
    url_name="settings:keys",
    permission=Permission.MANAGE_KEYS,
    state=_keys,
    words=_("Integrations, tokens, access"),
)
