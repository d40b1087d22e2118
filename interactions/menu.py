"""This app's places in the sidebar and among the settings."""

from django.utils.translation import gettext_lazy as _

from core.ui.menu import MenuItem

CONVERSATIONS = MenuItem(
    label=_("Conversations"), url_name="interactions:conversations", icon="chat"
)
