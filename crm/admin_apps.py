"""Tells Django which site its admin is."""

from django.contrib.admin.apps import AdminConfig


class CrmAdminConfig(AdminConfig):
    default_site = "crm.admin_site.CrmAdminSite"
