"""This app's places in the sidebar and among the settings."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.audit.selectors import entries
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.formatting import relative
from core.ui.menu import SettingsCard


def _audit(actor: Actor) -> str:
    latest = entries(actor=actor).first()
    return (
        gettext("Last entry %(ago)s") % {"ago": relative(latest.at)}
        if latest
        else gettext("No entry yet")
    )


AUDIT = SettingsCard(
    title=_("Audit"),
    text=_("Who did what, when and from where, with the values before and after."),
    icon="eye",
    url_name="settings:audit",
    permission=Permission.VIEW_AUDIT,
    state=_audit,
    words=_("History, log"),
)
