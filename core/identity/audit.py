"""What the audit calls the acts of this app."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACCESS: Mapping[str, Promise] = {
    "user.signed_in": _("Signed in"),
    "user.signed_out": _("Signed out"),
    "user.created": _("Person added"),
    "user.updated": _("Person changed"),
    "user.password_changed": _("Password changed"),
    "user.second_factor_set_up": _("Second factor set up"),
    "user.second_factor_removed": _("Second factor taken away"),
    "user.paper_codes_renewed": _("Recovery codes renewed"),
    "user.device_noticed": _("Signed in from a new device"),
    "user.code_refused": _("Code of the second factor was wrong"),
    "user.link_made": _("Password link made"),
    "session.revoked": _("Session ended"),
    "session.token_reused": _("Used token sent again: session ended"),
    "user.sign_in_failed": _("Sign-in failed"),
    "user.password_refused": _("Present password was wrong"),
    "user.reset_asked": _("Password reset requested"),
    "permission.refused": _("Refused: no permission"),
}
