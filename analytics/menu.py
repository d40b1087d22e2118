"""This app's places in the sidebar and among the settings."""

from django.utils.translation import gettext_lazy as _

from core.tenancy.policy import Permission
from core.ui.menu import MenuItem

DASHBOARD = MenuItem(
    label=_("Dashboard"),
    key="d",
    url_name="analytics:dashboard",
    icon="chart",
    permission=Permission.VIEW_ANALYTICS,
)
