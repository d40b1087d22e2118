"""What the audit calls the acts of this app."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHANGES: Mapping[str, Promise] = {
    "job.undo": _("Undo started"),
}
