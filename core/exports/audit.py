"""What the audit calls the acts of this app."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EXPORTS: Mapping[str, Promise] = {
    "job.export": _("Export started"),
    "export.downloaded": _("Export downloaded"),
    "export.deleted": _("Export deleted"),
}
