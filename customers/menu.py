"""This app's places in the sidebar and among the settings."""

from django.utils.translation import gettext_lazy as _

from core.ui.menu import MenuItem

CUSTOMERS = MenuItem(label=_("Customers"), url_name="customers:list", icon="users")
PROJECTS = MenuItem(label=_("Projects"), url_name="customers:projects", icon="briefcase")
