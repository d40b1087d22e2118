"""This app's places in the sidebar and among the settings."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.identity.staff import people
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.menu import SettingsCard


def _people(actor: Actor) -> str:
    number = people(actor=actor).filter(is_active=True).count()
    return ngettext("%(n)s person", "%(n)s people", number) % {"n": number}


PEOPLE = SettingsCard(
    title=_("People"),
    text=_("Who works here, in which role. Invite, change, end access."),
    icon="users",
    url_name="settings:people",
    permission=Permission.MANAGE_USERS,
    state=_people,
    words=_("Staff, users, invitations, working hours"),
)
