"""Which channels are connected, and by which webhook."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.views import FormPage
from core.webhooks.selectors import endpoints
from interactions.choices import Channel
from interactions.delivery import choose_gateways
from interactions.selectors import gateways, obstacle


def _of(channel: Channel) -> forms.ChoiceField:
    return forms.ChoiceField(label=channel.label, required=False)


class ChannelsForm(ServiceForm):
    whatsapp = _of(Channel.WHATSAPP)
    sms = _of(Channel.SMS)
    email = _of(Channel.EMAIL)
    web_chat = _of(Channel.WEB_CHAT)

    def arrange(self) -> None:
        rows = endpoints(actor=self.actor)
        offered = [(str(row.pk), row.description or row.url) for row in rows]
        now = {row.channel: row.endpoint for row in gateways(actor=self.actor)}
        for channel in Channel:
            field: Any = self.fields[channel]
            field.choices = [("", _("Not connected: messages are only noted")), *offered]
            why = obstacle(now[channel]) if channel in now else None
            if why:
                field.help_text = _("Nothing is sent at present: %(why)s") % {"why": why.label}


class Channels(FormPage):
    permission = Permission.MANAGE_WEBHOOKS
    template = "settings/channels.html"
    form_class = ChannelsForm
    success_message = gettext_lazy("Saved.")

    def initial(self) -> dict[str, Any]:
        return {row.channel: str(row.endpoint_id) for row in gateways(actor=self.actor)}

    def write(self, values: dict[str, Any]) -> str:
        choose_gateways(actor=self.actor, endpoints=values)
        return reverse("settings:channels")

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {"has_webhooks": endpoints(actor=self.actor).exists()}
