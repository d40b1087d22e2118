"""
The demo's fixed names: who may sign in, and with what. Public knowledge, for development alone.
"""

from core.tenancy.choices import Environment, Role

PASSWORD = "demo-password"  # noqa: S105 -- meant to be known

STAFF = {
    "demo": (
        ("superadmin@demo.test", Role.SUPER_ADMIN, "Sam", "Rivera"),
        ("admin@demo.test", Role.TENANT_ADMIN, "Adele", "Novak"),
        ("manager@demo.test", Role.OUTLET_MANAGER, "Marcus", "Bell"),
        ("staff@demo.test", Role.STAFF, "Stella", "Kaminski"),
    ),
    "other": (("admin@other.test", Role.TENANT_ADMIN, "Olga", "Petersen"),),
}
"""Organization's slug → e-mail, role, first and last name."""

KEYS = {
    "demo": (
        (Environment.LIVE, "crm_live_demo_0123456789abcdef"),
        (Environment.TEST, "crm_test_demo_0123456789abcdef"),
    ),
    "other": ((Environment.LIVE, "crm_live_other_0123456789abcdef"),),
}
"""Organization's slug → environment and API key."""

PORTAL_CUSTOMER = "customer@demo.test"
PORTAL_SLUG = "demo"
