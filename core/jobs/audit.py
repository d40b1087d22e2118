"""What the audit calls the acts of this app."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

JOBS: Mapping[str, Promise] = {
    "job.cancelled": _("Job cancelled"),
}
