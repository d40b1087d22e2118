"""What the audit calls the acts of this app."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SETTINGS: Mapping[str, Promise] = {
    "outlet.created": _("Outlet added"),
    "outlet.updated": _("Outlet changed"),
    "outlet.deleted": _("Outlet deleted"),
    "organization.created": _("Organization added"),
    "organization.updated": _("Organization changed"),
    "organization.seeded": _("Demo data made"),
}

ACCESS: Mapping[str, Promise] = {
    "api_key.created": _("API key made"),
    "api_key.revoked": _("API key revoked"),
}
