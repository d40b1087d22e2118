"""This app's places in the sidebar and among the settings."""

from django.utils.translation import gettext_lazy as _

from core.tenancy.policy import Permission
from core.ui.menu import MenuItem

JOBS = MenuItem(
    label=_("Imports & exports"),
    url_name="jobs:list",
    key="e",
    icon="download",
    permission=Permission.EXPORT,
    also=("imports:list",),
)
