"""This app's places in the sidebar and among the settings."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.menu import MenuItem, SettingsCard
from interactions.selectors import gateways, reply_templates

CONVERSATIONS = MenuItem(
    label=_("Conversations"), url_name="interactions:conversations", icon="chat", key="m"
)


def _channels(actor: Actor) -> str:
    number = gateways(actor=actor).count()
    if not number:
        return gettext("None connected")
    return ngettext("%(n)s connected", "%(n)s connected", number) % {"n": number}


def _replies(actor: Actor) -> str:
    number = reply_templates(actor=actor).filter(is_active=True).count()
    return (
        ngettext("%(n)s reply", "%(n)s replies", number) % {"n": number}
        if number
        else gettext("None yet")
    )


REPLIES = SettingsCard(
    title=_("Saved replies"),
    text=_("What you write often, with the customer's name and appointment filled in."),
    icon="chat",
    url_name="settings:replies",
    permission=Permission.LOG,
    state=_replies,
    words=_("Templates, snippets"),
)

CHANNELS = SettingsCard(
    title=_("Channels"),
    text=_("How messages reach your customers, channel by channel."),
    icon="chat",
    url_name="settings:channels",
    permission=Permission.MANAGE_WEBHOOKS,
    state=_channels,
    words=_("SMS, WhatsApp, e-mail, gateway"),
)
