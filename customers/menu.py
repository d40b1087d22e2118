"""This app's places in the sidebar and among the settings."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.menu import MenuItem, SettingsCard
from customers.selectors.consents import wordings

CUSTOMERS = MenuItem(label=_("Customers"), url_name="customers:list", icon="users")
PROJECTS = MenuItem(label=_("Projects"), url_name="customers:projects", icon="briefcase")


def _wordings(actor: Actor) -> str:
    number = wordings(actor=actor).filter(is_active=True).count()
    return (
        ngettext("%(n)s wording", "%(n)s wordings", number) % {"n": number}
        if number
        else gettext("None yet")
    )


WORDINGS = SettingsCard(
    title=_("Consent wordings"),
    text=_("The words by which customers are asked, in versions that consents name."),
    icon="file",
    url_name="settings:wordings",
    permission=Permission.MANAGE_PRIVACY,
    state=_wordings,
)
