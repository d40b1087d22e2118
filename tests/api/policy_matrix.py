"""
Who may do what, as data: the published permission table, operation by operation of every dialect,
beside the code that must obey it.

A rule names the least role that may (every higher one may too; None: people's tokens aren't taken
at all), whether a key with `read`, and whether a key with `read` and `write`. What a key with
`read` may is reading, so a key with `write` alone may not.
"""

from dataclasses import dataclass

ROLES = ("staff", "outlet_manager", "tenant_admin", "super_admin")


@dataclass(frozen=True)
class Rule:
    least: str | None
    read_key: bool = False
    write_key: bool = False
    anonymous: bool = False
    finds_own: frozenset[str] = frozenset()
    """Who may, but finds nothing that others made."""
    shows: bool = False
    """Whether it shows customers' data besides, so that a key needs `read` too."""

    def allows(self, who: str) -> bool:
        if who in ROLES:
            return self.least is not None and ROLES.index(who) >= ROLES.index(self.least)
        feeding = self.anonymous or (self.write_key and not self.read_key and not self.shows)
        return {
            "read key": self.read_key,
            "write key": self.write_key,
            "feed key": feeding,
            "anonymous": self.anonymous,
        }[who]


OPEN = Rule("staff", True, True, anonymous=True)
PERSON = Rule("staff")
VIEW = Rule("staff", True, True)
STAFF = Rule("staff", write_key=True)
STAFF_OWN = Rule("staff", write_key=True, finds_own=frozenset({"feed key"}))
MANAGER = Rule("outlet_manager", write_key=True)
MANAGER_OWN = Rule("outlet_manager", write_key=True, finds_own=frozenset({"feed key"}))
QUEUE = Rule("outlet_manager", write_key=True, shows=True)
FIGURES = Rule("outlet_manager", True, True)
ADMIN = Rule("tenant_admin")
DELETE = Rule("tenant_admin", write_key=True)
COMPANY_FIGURES = Rule("tenant_admin", True, True)
DELETE_PERMANENTLY = Rule("super_admin")
KEYS_READ = Rule(None, True, True)
KEYS_WRITE = Rule(None, write_key=True)


def resource(
    path: str, write: Rule, *, change: Rule | None = None, delete: Rule | None = None
) -> dict[str, Rule]:
    """The plain life of a resource."""
    rules = {f"GET {path}": VIEW, f"POST {path}": write, f"GET {path}/<str:row_id>": VIEW}
    rules |= {f"{method} {path}/<str:row_id>": change or write for method in ("PUT", "PATCH")}
    return rules | ({f"DELETE {path}/<str:row_id>": delete} if delete else {})


_CUSTOMER = "/api/customers/<str:customer_id>"
_NOTES = "/api/conversations/<str:conversation_id>/notes"
_SCHEDULED = "/api/conversations/<str:conversation_id>/scheduled-messages"
_DELIVERIES = "/api/webhooks/<str:webhook_id>/deliveries"

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
    "PUT /api/customers/by-external-id/<str:external_id>": MANAGER,
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
    f"GET {_CUSTOMER}/archive": ADMIN,
    f"POST {_CUSTOMER}/merge": MANAGER,
    "GET /api/merges": VIEW,
    "GET /api/merges/<str:row_id>": VIEW,
    "POST /api/merges/<str:row_id>/undo": MANAGER_OWN,
    f"GET {_CUSTOMER}/consents": VIEW,
    f"POST {_CUSTOMER}/consents": STAFF,
    **resource("/api/projects", MANAGER, delete=MANAGER),
    **resource("/api/interactions", STAFF, change=MANAGER, delete=MANAGER),
    **resource("/api/follow-ups", STAFF, delete=STAFF),
    "POST /api/follow-ups/<str:row_id>/complete": STAFF,
    "POST /api/follow-ups/<str:row_id>/reopen": STAFF,
    **resource("/api/appointments", STAFF, delete=MANAGER),
    "PATCH /api/appointments/<str:row_id>/following": STAFF,
    **resource("/api/conversations", STAFF),
    "GET /api/conversations/<str:row_id>/messages": VIEW,
    "POST /api/conversations/<str:row_id>/messages": STAFF,
    "POST /api/conversations/<str:row_id>/join": STAFF,
    f"GET {_NOTES}": VIEW,
    f"POST {_NOTES}": STAFF,
    f"GET {_NOTES}/<str:row_id>": VIEW,
    f"DELETE {_NOTES}/<str:row_id>": STAFF,  # their own, as here
    **resource(_SCHEDULED, STAFF, delete=STAFF),
    "GET /api/messages/<str:row_id>": VIEW,
    "POST /api/messages/inbound": STAFF,
    "POST /api/messages/<str:row_id>/status": STAFF,
    **dict.fromkeys(resource("/api/gateways", ADMIN, delete=ADMIN), ADMIN),
    **resource("/api/transactions", MANAGER),
    **resource("/api/outlets", ADMIN, delete=ADMIN),
    **resource("/api/services", MANAGER, delete=MANAGER),
    **resource("/api/schedule-exceptions", MANAGER, delete=MANAGER),
    **resource("/api/tags", MANAGER, delete=MANAGER),
    **resource("/api/reply-templates", STAFF, delete=STAFF),
    **resource("/api/consent-wordings", ADMIN, delete=ADMIN),
    "GET /api/consent-wordings/<str:row_id>/versions": VIEW,
    "GET /api/duplicates": QUEUE,
    "GET /api/duplicates/<str:row_id>": QUEUE,
    "POST /api/duplicates/<str:row_id>/refuse": MANAGER,
    "POST /api/duplicates/<str:row_id>/reopen": MANAGER,
    "GET /api/privacy-requests": ADMIN,
    "POST /api/privacy-requests": ADMIN,
    "GET /api/privacy-requests/<str:row_id>": ADMIN,
    "POST /api/privacy-requests/<str:row_id>/close": ADMIN,
    "POST /api/privacy-requests/<str:row_id>/erase": ADMIN,
    "GET /api/retention/policy": ADMIN,
    "PUT /api/retention/policy": ADMIN,
    "GET /api/retention/customers": ADMIN,
    "POST /api/retention/purge": ADMIN,
    "GET /api/exports": FIGURES,
    "POST /api/exports": FIGURES,
    "GET /api/exports/<str:row_id>": FIGURES,
    "DELETE /api/exports/<str:row_id>": FIGURES,
    "GET /api/exports/<str:row_id>/download": FIGURES,
    "GET /api/imports": QUEUE,
    "POST /api/imports": MANAGER,
    "GET /api/imports/<str:row_id>": QUEUE,
    "PATCH /api/imports/<str:row_id>": MANAGER,
    "POST /api/imports/<str:row_id>/run": MANAGER,
    "POST /api/imports/<str:row_id>/cancel": MANAGER,
    "POST /api/imports/<str:row_id>/undo": MANAGER,
    "GET /api/imports/<str:row_id>/failed": QUEUE,
    "GET /api/imports/<str:import_id>/rows": QUEUE,
    "GET /api/jobs": FIGURES,
    "POST /api/jobs": MANAGER,
    "GET /api/jobs/<str:row_id>": FIGURES,
    "POST /api/jobs/<str:row_id>/cancel": MANAGER,
    "GET /api/users": ADMIN,
    "POST /api/users": ADMIN,
    "GET /api/users/<str:row_id>": ADMIN,
    "PUT /api/users/<str:row_id>": ADMIN,
    "PATCH /api/users/<str:row_id>": ADMIN,
    "POST /api/users/<str:row_id>/invitation": ADMIN,
    "DELETE /api/users/<str:row_id>/second-factor": ADMIN,
    "GET /api/users/<str:user_id>/sessions": ADMIN,
    "DELETE /api/users/<str:user_id>/sessions/<str:row_id>": ADMIN,
    "GET /api/organizations/current": ADMIN,
    "PUT /api/organizations/current": ADMIN,
    "PATCH /api/organizations/current": ADMIN,
    "GET /api/changes": STAFF,
    "GET /api/changes/<str:row_id>": STAFF_OWN,
    "POST /api/changes/<str:row_id>/undo": STAFF_OWN,
    "GET /api/audit": ADMIN,
    "GET /api/audit/<str:row_id>": ADMIN,
    "GET /api/webhooks": ADMIN,
    "POST /api/webhooks": ADMIN,
    "GET /api/webhooks/<str:row_id>": ADMIN,
    "PUT /api/webhooks/<str:row_id>": ADMIN,
    "PATCH /api/webhooks/<str:row_id>": ADMIN,
    "DELETE /api/webhooks/<str:row_id>": ADMIN,
    "POST /api/webhooks/<str:row_id>/rotate-secret": ADMIN,
    "POST /api/webhooks/<str:row_id>/test": ADMIN,
    "POST /api/webhooks/<str:row_id>/replay": ADMIN,
    f"GET {_DELIVERIES}": ADMIN,
    f"GET {_DELIVERIES}/<str:row_id>": ADMIN,
    f"GET {_DELIVERIES}/<str:row_id>/attempts": ADMIN,
    f"POST {_DELIVERIES}/<str:row_id>/replay": ADMIN,
}

_BOOKING = {"POST /api/customers/retrieve": VIEW, "POST /api/customers/delete": ADMIN}

_V1 = "/api/v1/customers"
_OUTLETS = {
    f"GET {_V1}": VIEW,
    f"POST {_V1}": STAFF,
    f"GET {_V1}/statistics/summary": COMPANY_FIGURES,
    f"GET {_V1}/<str:customer_id>": VIEW,
    f"PUT {_V1}/<str:customer_id>": MANAGER,
    f"PATCH {_V1}/<str:customer_id>": MANAGER,
    f"DELETE {_V1}/<str:customer_id>": DELETE,
    f"DELETE {_V1}/<str:customer_id>?permanent=true": DELETE_PERMANENTLY,
    f"POST {_V1}/<str:customer_id>/restore": DELETE,
    f"POST {_V1}/<str:customer_id>/password": MANAGER,
    f"POST {_V1}/<str:customer_id>/verify-email": MANAGER,
    f"GET {_V1}/<str:customer_id>/appointments": VIEW,
    f"GET {_V1}/<str:customer_id>/preferences": VIEW,
    f"PUT {_V1}/<str:customer_id>/preferences": STAFF,
    f"PATCH {_V1}/<str:customer_id>/preferences": STAFF,
}

_V2 = "/api/v2/customers"
_THREAD = "/api/v2/conversations/<str:conversation_id>"
_MESSAGING = {
    f"GET {_V2}": VIEW,
    f"POST {_V2}": STAFF,
    f"GET {_V2}/stats/summary": FIGURES,
    f"POST {_V2}/bulk/import": MANAGER,
    f"GET {_V2}/export": FIGURES,
    f"GET {_V2}/export?format=csv": FIGURES,
    f"GET {_V2}/<str:customer_id>": VIEW,
    f"PUT {_V2}/<str:customer_id>": MANAGER,
    f"PATCH {_V2}/<str:customer_id>": MANAGER,
    f"DELETE {_V2}/<str:customer_id>": DELETE,
    f"DELETE {_V2}/<str:customer_id>?permanent=true": ADMIN,
    f"PATCH {_V2}/<str:customer_id>/tags": MANAGER,
    f"PATCH {_V2}/<str:customer_id>/block": MANAGER,
    f"GET {_V2}/<str:customer_id>/conversations": VIEW,
    f"POST {_V2}/<str:customer_id>/conversations": STAFF,
    f"GET {_THREAD}": VIEW,
    f"PATCH {_THREAD}": STAFF,
    f"GET {_THREAD}/messages": VIEW,
    f"POST {_THREAD}/messages": STAFF,
}

_MERCHANTS = {
    "GET /customers": KEYS_READ,
    "POST /customers": KEYS_WRITE,
    "GET /customers/<str:customer_id>": KEYS_READ,
    "PUT /customers/<str:customer_id>": KEYS_WRITE,
    "PATCH /customers/<str:customer_id>": KEYS_WRITE,
    "DELETE /customers/<str:customer_id>": KEYS_WRITE,
    "GET /customers/<str:customer_id>/transactions": KEYS_READ,
}

EVERYWHERE = {
    "roofing": MATRIX,
    "booking": _BOOKING,
    "outlets": _OUTLETS,
    "messaging": _MESSAGING,
    "merchants": _MERCHANTS,
}
"""Dialect → operation → rule. An operation whose query decides stands once more with that query."""
