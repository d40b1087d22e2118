"""This app's place among the settings."""

from django.db.models import Count, Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.menu import SettingsCard
from core.webhooks.choices import EndpointState
from core.webhooks.selectors import endpoints


def _state(actor: Actor) -> str:
    """How many there are, and first of all whether any was switched off for failing."""
    broken = Q(state__in=[EndpointState.GONE, EndpointState.FAILING])
    found = (
        endpoints(actor=actor)
        .order_by()
        .aggregate(number=Count("pk"), broken=Count("pk", filter=broken))
    )
    if found["broken"]:
        return ngettext(
            "%(n)s switched off: it kept failing",
            "%(n)s switched off: they kept failing",
            found["broken"],
        ) % {"n": found["broken"]}
    if not found["number"]:
        return gettext("No webhook")
    return ngettext("%(n)s webhook", "%(n)s webhooks", found["number"]) % {"n": found["number"]}


WEBHOOKS = SettingsCard(
    title=_("Webhooks"),
    text=_("Tell other systems what happens here, at once and signed."),
    icon="send",
    url_name="settings:webhooks",
    permission=Permission.MANAGE_WEBHOOKS,
    state=_state,
    words=_("Integrations, events, deliveries"),
)
