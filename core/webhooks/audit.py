"""What the audit calls the acts of this app."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WEBHOOKS: Mapping[str, Promise] = {
    "webhook.created": _("Webhook added"),
    "webhook.updated": _("Webhook changed"),
    "webhook.deleted": _("Webhook deleted"),
    "webhook.secret_rotated": _("Webhook's secret changed"),
    "webhook.tested": _("Test event sent"),
    "webhook.replayed": _("Events sent again"),
    "webhook.switched_off": _("Webhook switched off: it kept failing"),
    "webhook.recovered": _("Webhook works again"),
}
