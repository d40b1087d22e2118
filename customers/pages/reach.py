"""
Links that call or write to a customer, led by the rule that messages keep: where it forbids one,
its reason stands instead.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.choices import ConsentChannel
from customers.models import Customer
from customers.selectors.silence import Silence, silences

CHANNELS: Mapping[str, str] = {
    "phone": "call",
    "email": ConsentChannel.EMAIL,
    "whatsapp_number": ConsentChannel.WHATSAPP,
}
"""What each address is for; calls have no consent of their own."""

WITHDRAWN: Mapping[str, Any] = {
    "email": gettext_lazy("Wants no e-mails"),
    "whatsapp_number": gettext_lazy("Wants no WhatsApp messages"),
}


def silence_reasons(silence: Silence) -> dict[str, str]:
    """The field of an address → why it isn't to be used, for those that aren't."""
    found = {}
    for name, channel in CHANNELS.items():
        why = silence.on(channel)
        if why:
            found[name] = _("Blocked") if why == "blocked" else str(WITHDRAWN[name])
    return found


def unreachable(customer: Customer | None) -> dict[str, str]:
    """As `silence_reasons`, of one customer; nothing of nobody."""
    if customer is None:
        return {}
    return silence_reasons(silences({customer.pk: customer.is_blocked})[customer.pk])
