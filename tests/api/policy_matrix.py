"""
Who may do what, as data: the published permission table, operation by operation, beside the code that must obey it.

A rule names the least role that may (every higher one may too), whether a key with `read`, and whether a key with `read` and `write`.
"""

from dataclasses import dataclass

ROLES = ("staff", "outlet_manager", "tenant_admin", "super_admin")


@dataclass(frozen=True)
class Rule:
    least: str
    read_key: bool = False
    write_key: bool = False
    anonymous: bool = False

    def allows(self, who: str) -> bool:
        if who in ROLES:
            return ROLES.index(who) >= ROLES.index(self.least)
        return {"read key": self.read_key, "write key": self.write_key, "anonymous": self.anonymous}[who]


OPEN = Rule("staff", True, True, anonymous=True)
PERSON = Rule("staff")
VIEW = Rule("staff", True, True)
STAFF = Rule("staff", write_key=True)
MANAGER = Rule("outlet_manager", write_key=True)
FIGURES = Rule("outlet_manager", True, True)
ADMIN = Rule("tenant_admin")
DELETE = Rule("tenant_admin", write_key=True)


def resource(path: str, write: Rule, *, change: Rule | None = None, delete: Rule | None = None) -> dict[str, Rule]:
    """The plain life of a resource."""
    rules = {f"GET {path}": VIEW, f"POST {path}": write, f"GET {path}/<str:row_id>": VIEW}
    rules |= {f"{method} {path}/<str:row_id>": change or write for method in ("PUT", "PATCH")}
    return rules | ({f"DELETE {path}/<str:row_id>": delete} if delete else {})


_CUSTOMER = "/api/customers/<str:customer_id>"

MATRIX: dict[str, Rule] = {
    "POST /api/auth/token": OPEN,
    "POST /api/auth/refresh": OPEN,
    "POST /api/auth/token/refresh": OPEN,
    "POST /api/auth/logout": OPEN,
    "GET /api/auth/me": PERSON,
    "GET /api/schema": OPEN,
    "GET /api/schema/<slug:dialect>": OPEN,
    "GET /api/docs": OPEN,
    "GET /api/customers": VIEW,
    "POST /api/customers": STAFF,
    "GET /api/customers/stats": FIGURES,
    "GET /api/customers/export": FIGURES,
    "POST /api/customers/bulk-update": MANAGER,
    f"GET {_CUSTOMER}": VIEW,
    f"PUT {_CUSTOMER}": MANAGER,
    f"PATCH {_CUSTOMER}": MANAGER,
    f"DELETE {_CUSTOMER}": DELETE,
    f"POST {_CUSTOMER}/restore": DELETE,
    f"GET {_CUSTOMER}/projects": VIEW,
    f"GET {_CUSTOMER}/interactions": VIEW,
    f"POST {_CUSTOMER}/interactions": STAFF,
    f"POST {_CUSTOMER}/calculate-ltv": MANAGER,
    f"GET {_CUSTOMER}/loyalty": VIEW,
    f"POST {_CUSTOMER}/loyalty": MANAGER,
    **resource("/api/projects", MANAGER, delete=MANAGER),
    **resource("/api/interactions", STAFF, change=MANAGER, delete=MANAGER),
    **resource("/api/appointments", STAFF, delete=MANAGER),
    **resource("/api/conversations", STAFF),
    "GET /api/conversations/<str:row_id>/messages": VIEW,
    "POST /api/conversations/<str:row_id>/messages": STAFF,
    **resource("/api/transactions", MANAGER),
    **resource("/api/outlets", ADMIN, delete=ADMIN),
    **resource("/api/services", MANAGER, delete=MANAGER),
    **resource("/api/tags", MANAGER, delete=MANAGER),
}
