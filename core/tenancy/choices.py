"""Words of tenancy."""

from django.db import models


class Environment(models.TextChoices):
    """Two separate sets of customers in one organization."""

    LIVE = "live"
    TEST = "test"


class Role(models.TextChoices):
    SUPER_ADMIN = "super_admin"
    TENANT_ADMIN = "tenant_admin"
    OUTLET_MANAGER = "outlet_manager"
    STAFF = "staff"


class Scope(models.TextChoices):
    """What an API key may do."""

    READ = "read"
    WRITE = "write"
