"""
The permission policy: one table, by role, for every API, page, import and command.

The roles and most rows come from the salon chain's documentation; the product's contract adds the
rest. API keys have scopes instead of a role: they read and write customer data, and never erase,
administer or read the audit.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy.choices import Role, Scope


class Permission(models.TextChoices):
    """The value completes “You do not have permission to …”; the label is for people."""

    VIEW = "view", _("see customers and what belongs to them")
    CREATE_CUSTOMERS = "create customers", _("add customers")
    LOG = "log interactions and messages", _("log interactions and messages")
    BOOK = "make and change appointments", _("make and change appointments")
    EDIT_PREFERENCES = "edit preferences", _("edit preferences")
    UNDO = "take changes back", _("take changes back that they might make")

    UPDATE_CUSTOMERS = "update customers", _("change customers")
    BLOCK = "block customers", _("block customers")
    MANAGE_TAGS = "manage tags", _("manage tags")
    BULK_UPDATE = "update customers in bulk", _("change many customers at once")
    MANAGE_PROJECTS = "manage projects", _("manage projects")
    MANAGE_TRANSACTIONS = "manage transactions", _("manage transactions")
    MANAGE_SERVICES = "manage services", _("manage services")
    MANAGE_SCHEDULES = "manage closures and absences", _("manage closures and absences")
    MANAGE_SEGMENTS = "manage segments", _("manage segments")
    ADJUST_LOYALTY = "adjust loyalty points", _("adjust loyalty points")
    VIEW_STATISTICS = "view statistics", _("see statistics")
    VIEW_ANALYTICS = "view analytics", _("see analytics")
    EXPORT = "export", _("export")
    IMPORT = "import", _("import")
    MERGE = "merge duplicates", _("merge duplicates")

    DELETE_CUSTOMERS = "delete, deactivate and restore customers", _("delete and restore customers")
    VIEW_DELETED = "view deleted customers", _("see deleted customers")
    ERASE = "erase customers", _("erase customers")
    ARCHIVE = "take out everything held on a customer", _("take out everything held on a customer")
    REQUEST_PRIVACY = "open privacy requests", _("open privacy requests")
    MANAGE_PRIVACY = "handle privacy requests", _("handle privacy requests and retention")
    VIEW_COMPANY_STATISTICS = "view statistics of all outlets", _("see statistics of all outlets")
    MANAGE_OUTLETS = "manage outlets", _("manage outlets")
    MANAGE_THRESHOLDS = "manage thresholds", _("manage thresholds")
    MANAGE_KEYS = "manage API keys", _("manage API keys")
    MANAGE_WEBHOOKS = "manage webhooks", _("manage webhooks")
    MANAGE_USERS = "manage users", _("manage people")
    VIEW_AUDIT = "view the audit trail", _("read the audit trail")
    VIEW_SENSITIVE = "see sensitive custom fields", _("see sensitive custom fields")
    SWITCH_ENVIRONMENT = "work in the test environment", _("work in the test environment")

    DELETE_PERMANENTLY = "delete customers permanently", _("erase permanently")
    CROSS_ORGANIZATIONS = "work in other organizations", _("work in other organizations")

    USE_PORTAL = "use the portal", _("use the portal")


CUSTOMER_PERMISSIONS = frozenset(
    {Permission.USE_PORTAL, Permission.ARCHIVE, Permission.REQUEST_PRIVACY}
)
"""A customer's, each for what is their own alone."""

OF_NO_ROLE = frozenset({Permission.USE_PORTAL})
"""The staff have doors of their own."""


_STAFF = frozenset(
    {
        Permission.VIEW,
        Permission.CREATE_CUSTOMERS,
        Permission.LOG,
        Permission.BOOK,
        Permission.EDIT_PREFERENCES,
        Permission.UNDO,
    }
)
_MANAGER = _STAFF | {
    Permission.UPDATE_CUSTOMERS,
    Permission.BLOCK,
    Permission.MANAGE_TAGS,
    Permission.BULK_UPDATE,
    Permission.MANAGE_PROJECTS,
    Permission.MANAGE_TRANSACTIONS,
    Permission.MANAGE_SERVICES,
    Permission.MANAGE_SCHEDULES,
    Permission.MANAGE_SEGMENTS,
    Permission.ADJUST_LOYALTY,
    Permission.VIEW_STATISTICS,
    Permission.VIEW_ANALYTICS,
    Permission.EXPORT,
    Permission.IMPORT,
    Permission.MERGE,
}
_ADMIN = _MANAGER | {
    Permission.DELETE_CUSTOMERS,
    Permission.VIEW_DELETED,
    Permission.ERASE,
    Permission.ARCHIVE,
    Permission.REQUEST_PRIVACY,
    Permission.MANAGE_PRIVACY,
    Permission.VIEW_COMPANY_STATISTICS,
    Permission.MANAGE_OUTLETS,
    Permission.MANAGE_THRESHOLDS,
    Permission.MANAGE_KEYS,
    Permission.MANAGE_WEBHOOKS,
    Permission.MANAGE_USERS,
    Permission.VIEW_AUDIT,
    Permission.VIEW_SENSITIVE,
    Permission.SWITCH_ENVIRONMENT,
}

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.STAFF: _STAFF,
    Role.OUTLET_MANAGER: _MANAGER,
    Role.TENANT_ADMIN: _ADMIN,
    Role.SUPER_ADMIN: frozenset(Permission) - OF_NO_ROLE,
}

_READING = frozenset(
    {
        Permission.VIEW,
        Permission.VIEW_STATISTICS,
        Permission.VIEW_ANALYTICS,
        Permission.VIEW_COMPANY_STATISTICS,
        Permission.EXPORT,
    }
)

SCOPE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Scope.READ: _READING,
    Scope.WRITE: (_MANAGER | {Permission.DELETE_CUSTOMERS, Permission.VIEW_DELETED}) - _READING,
}
"""`write` alone reads nothing, so that a key that only feeds data in can't take any out."""
