"""Environments, roles and scopes."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Environment(models.TextChoices):
    """Two separate sets of customers in one organization."""

    LIVE = "live", _("Live")
    TEST = "test", pgettext_lazy("environment", "Test")


class Role(models.TextChoices):
    SUPER_ADMIN = "super_admin", _("Super admin")
    TENANT_ADMIN = "tenant_admin", _("Administrator")
    OUTLET_MANAGER = "outlet_manager", _("Manager")
    STAFF = "staff", _("Staff")


class ThresholdDoubt(models.TextChoices):
    """What speaks against an organization's thresholds, though nothing forbids it."""

    VIP = "vip", _("A VIP would be worth less than a Premium customer.")
    INACTIVE = "inactive", _("Customers would be inactive before they are at risk.")
    CHURNED = "churned", _("Customers would have churned before they are inactive.")


class Scope(models.TextChoices):
    """What an API key may do."""

    READ = "read", _("read")
    WRITE = "write", _("write")
