"""What the audit calls the acts of this app."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

IMPORTS: Mapping[str, Promise] = {"job.import": _("Import started")}
