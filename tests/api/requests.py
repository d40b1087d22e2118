"""A request that each operation of every dialect takes, and where ids may stand in it."""

import datetime as dt
from typing import Any
from uuid import UUID

from core.clock import now
from tests.api.world import Operation

ITEMS = {
    "/api/projects": "project",
    "/api/interactions": "interaction",
    "/api/follow-ups": "follow-up",
    "/api/appointments": "appointment",
    "/api/conversations": "conversation",
    "/api/conversations/<str:conversation_id>/notes": "note",
    "/api/conversations/<str:conversation_id>/scheduled-messages": "scheduled message",
    "/api/messages": "message",
    "/api/gateways": "gateway",
    "/api/transactions": "transaction",
    "/api/outlets": "outlet",
    "/api/services": "service",
    "/api/schedule-exceptions": "schedule exception",
    "/api/tags": "tag",
    "/api/reply-templates": "reply template",
    "/api/consent-wordings": "wording",
    "/api/privacy-requests": "privacy request",
    "/api/duplicates": "duplicate",
    "/api/exports": "export",
    "/api/imports": "import",
    "/api/jobs": "job",
    "/api/users": "user",
    "/api/users/<str:user_id>/sessions": "session",
    "/api/audit": "audit entry",
    "/api/changes": "change",
    "/api/merges": "merge",
    "/api/webhooks": "webhook",
    "/api/webhooks/<str:webhook_id>/deliveries": "delivery",
}


def tomorrow() -> str:
    return (now() + dt.timedelta(days=1)).isoformat()


def path_of(operation: Operation, ids: dict[str, str]) -> str:
    """The operation's path with the ids of a world in it."""
    route = operation.route
    if "<str:row_id>" in route:
        noun = ids[ITEMS[route.split("/<str:row_id>")[0]]]
        route = route.replace("<str:user_id>", ids["user"])
        route = route.replace("<str:conversation_id>", ids["conversation"])
        return route.replace("<str:row_id>", noun).replace("<str:webhook_id>", ids["webhook"])
    customer = ids["deleted" if route.endswith("/restore") else "customer"]
    path = (
        route.replace("<str:customer_id>", customer)
        .replace("<str:conversation_id>", ids["conversation"])
        .replace("<str:webhook_id>", ids["webhook"])
        .replace("<str:import_id>", ids["import"])
        .replace("<str:user_id>", ids["user"])
        .replace("<str:external_id>", "from-elsewhere")
    )
    path = path.replace("<slug:dialect>", "roofing")
    assert "<" not in path, f"{route} has an id that no one knows"
    return path


def body_of(operation: Operation, ids: dict[str, str]) -> Any:
    """
    A body that the operation takes; every id in it is of the given world. An operation that isn't
    listed here raises KeyError.
    """
    if operation.method not in ("POST", "PUT", "PATCH"):
        return None
    if operation.method == "POST":
        return {**_creating(ids), **_creating_elsewhere(ids)}[operation.route]
    return {**_changing(ids), **_changing_elsewhere(ids)}[operation.route]


def odd_body_of(operation: Operation, ids: dict[str, str]) -> dict[str, Any] | None:
    """A body with ids that the operation refuses or ignores, even one's own."""
    if operation.method == "GET":
        return None
    return {
        "/api/customers/<str:customer_id>": {"referred_by": ids["customer"]},
        "/api/customers/<str:customer_id>/interactions": {
            "type": "note",
            "customer_id": ids["customer"],
        },
        "/api/appointments/<str:row_id>": {"customer_id": ids["customer"]},
        "/api/schedule-exceptions": {"outlet_id": ids["outlet"]},
        "/api/schedule-exceptions/<str:row_id>": {"staff_id": ids["user"]},
    }.get(operation.route)


def booking_id(key: str) -> str:
    """An id as the booking API writes it."""
    return f"cust_{UUID(key).hex}"


def _creating(ids: dict[str, str]) -> dict[str, Any]:
    return {
        "/api/auth/token": {"email": "nobody@acme.test", "password": "wrong"},
        "/api/auth/refresh": {"refresh": "nonsense"},
        "/api/auth/token/refresh": {"refresh": "nonsense"},
        "/api/auth/logout": {"refresh": "nonsense"},
        "/api/customers": {
            "first_name": "New",
            "last_name": "Customer",
            "email": "new@customer.test",
            "assigned_to": ids["user"],
            "referred_by": ids["customer"],
        },
        "/api/customers/bulk-update": {
            "customer_ids": [ids["customer"]],
            "updates": {"campaign": "spring", "assigned_to": ids["user"], "tags": "spring"},
        },
        "/api/customers/<str:customer_id>/restore": None,
        "/api/customers/<str:customer_id>/calculate-ltv": None,
        "/api/customers/<str:customer_id>/interactions": {"type": "email", "notes": "x"},
        "/api/customers/<str:customer_id>/loyalty": {"points": 5, "reason": "thanks"},
        "/api/customers/<str:customer_id>/consents": {
            "channel": "sms",
            "purpose": "notifications",
            "granted": True,
            "method": "phone",
            "wording_version_id": ids["wording_version"],
        },
        "/api/retention/purge": {"expected": 0},
        "/api/privacy-requests": {"customer_id": ids["customer"], "kind": "objection"},
        "/api/privacy-requests/<str:row_id>/close": {"status": "refused", "reason": "x"},
        "/api/privacy-requests/<str:row_id>/erase": None,
        "/api/reply-templates": {"name": "New", "text": "Hello {first_name}"},
        "/api/consent-wordings": {"name": "New", "purpose": "marketing", "text": "x"},
        "/api/projects": {"customer_id": ids["customer"], "total_amount": 5, "name": "New"},
        "/api/interactions": {"customer_id": ids["customer"], "type": "note", "notes": "x"},
        "/api/follow-ups": {
            "customer_id": ids["customer"],
            "owner_id": ids["user"],
            "reason": "x",
            "due_date": "2026-12-01",
        },
        "/api/follow-ups/<str:row_id>/complete": None,
        "/api/follow-ups/<str:row_id>/reopen": None,
        "/api/appointments": {
            "customer_id": ids["customer"],
            "outlet_id": ids["outlet"],
            "service_id": ids["service"],
            "staff_id": ids["user"],
            "appointment_date": "2026-02-02",
            "start_time": "10:00",
        },
        "/api/conversations": {
            "customer_id": ids["customer"],
            "channel": "sms",
            "assigned_to": ids["user"],
        },
        "/api/conversations/<str:row_id>/messages": {"direction": "outbound", "body": "x"},
        "/api/conversations/<str:row_id>/join": {"conversation_id": ids["other conversation"]},
        "/api/conversations/<str:conversation_id>/notes": {"body": "x"},
        "/api/conversations/<str:conversation_id>/scheduled-messages": {
            "body": "x",
            "send_at": tomorrow(),
        },
        "/api/messages/inbound": {"channel": "sms", "from": "+13135550123", "body": "x"},
        "/api/messages/<str:row_id>/status": {"status": "delivered"},
        "/api/gateways": {"channel": "sms", "webhook_id": ids["webhook"]},
        "/api/transactions": {
            "customer_id": ids["customer"],
            "project_id": ids["project"],
            "gross_amount": 5,
        },
        "/api/outlets": {"name": "New"},
        "/api/services": {"name": "New"},
        "/api/schedule-exceptions": {"staff_id": ids["user"], "first_day": "2027-03-03"},
        "/api/tags": {"name": "new"},
        "/api/exports": {
            "resource": "customers",
            "format": "jsonl",
            "columns": ["id", "notes"],
            "filters": {"search": "zz"},
        },
        "/api/imports": {
            "resource": "customers",
            "rows": [
                {"first_name": "New", "email": "new@import.test"},
                {"id": ids["customer"], "assigned_to": ids["user"]},
            ],
        },
        "/api/imports/<str:row_id>/run": None,
        "/api/imports/<str:row_id>/cancel": None,
        "/api/imports/<str:row_id>/undo": None,
        "/api/jobs": {"kind": "recalculation"},
        "/api/duplicates/<str:row_id>/refuse": None,
        "/api/duplicates/<str:row_id>/reopen": None,
        "/api/jobs/<str:row_id>/cancel": None,
        "/api/changes/<str:row_id>/undo": None,
        "/api/customers/<str:customer_id>/merge": {
            "loser": ids["twin"],
            "fields": {"notes": "survivor"},
        },
        "/api/merges/<str:row_id>/undo": None,
        "/api/users": {"email": "new@staff.test", "first_name": "New", "role": "staff"},
        "/api/users/<str:row_id>/invitation": None,
        "/api/webhooks": {"url": "https://93.184.216.34/hook"},
        "/api/webhooks/<str:row_id>/rotate-secret": None,
        "/api/webhooks/<str:row_id>/test": None,
        "/api/webhooks/<str:row_id>/replay": {"since": "2026-01-01T00:00:00Z"},
        "/api/webhooks/<str:webhook_id>/deliveries/<str:row_id>/replay": None,
    }


def _changing(ids: dict[str, str]) -> dict[str, Any]:
    return {
        "/api/customers/<str:customer_id>": {
            "notes": "changed",
            "assigned_to": ids["user"],
            "tags": "changed",
        },
        "/api/customers/by-external-id/<str:external_id>": {
            "first_name": "From",
            "last_name": "Elsewhere",
            "email": "elsewhere@new.test",
            "assigned_to": ids["user"],
        },
        "/api/projects/<str:row_id>": {"name": "Changed", "customer_id": ids["customer"]},
        "/api/interactions/<str:row_id>": {"notes": "changed", "customer_id": ids["customer"]},
        "/api/follow-ups/<str:row_id>": {
            "reason": "changed",
            "customer_id": ids["customer"],
            "owner_id": ids["user"],
        },
        "/api/appointments/<str:row_id>": {
            "notes": "changed",
            "outlet_id": ids["outlet"],
            "service_id": ids["service"],
            "staff_id": ids["user"],
        },
        "/api/appointments/<str:row_id>/following": {
            "notes": "changed",
            "outlet_id": ids["outlet"],
            "service_id": ids["service"],
            "staff_id": ids["user"],
        },
        "/api/conversations/<str:row_id>": {
            "subject": "changed",
            "customer_id": ids["customer"],
            "assigned_to": ids["user"],
        },
        "/api/conversations/<str:conversation_id>/scheduled-messages/<str:row_id>": {
            "body": "changed"
        },
        "/api/transactions/<str:row_id>": {
            "description": "changed",
            "customer_id": ids["customer"],
            "project_id": ids["project"],
        },
        "/api/outlets/<str:row_id>": {"name": "Changed"},
        "/api/services/<str:row_id>": {"name": "Changed"},
        "/api/schedule-exceptions/<str:row_id>": {"name": "Changed", "outlet_id": ids["outlet"]},
        "/api/tags/<str:row_id>": {"name": "changed"},
        "/api/reply-templates/<str:row_id>": {"text": "changed"},
        "/api/consent-wordings/<str:row_id>": {"text": "changed"},
        "/api/retention/policy": {"months": 24},
        "/api/webhooks/<str:row_id>": {"description": "changed"},
        "/api/users/<str:row_id>": {"first_name": "Changed"},
        "/api/organizations/current": {"name": "Changed"},
        "/api/imports/<str:row_id>": {"on_match": "skip"},
        "/api/gateways/<str:row_id>": {"webhook_id": ids["webhook"]},
    }


def _preferences(ids: dict[str, str]) -> dict[str, Any]:
    """The salon chain's, with an id of every kind."""
    return {
        "preferred_outlet_id": ids["outlet"],
        "preferred_services": [ids["service"]],
        "preferred_staff_ids": [ids["user"]],
        "notes": "changed",
    }


def _creating_elsewhere(ids: dict[str, str]) -> dict[str, Any]:
    desk = {
        "phoneNumber": "13135550123",
        "firstName": "New",
        "preferences": {"preferredAgent": ids["user"]},
    }
    return {
        "/api/customers/retrieve": {"customer_id": booking_id(ids["customer"])},
        "/api/customers/delete": {"customer_id": booking_id(ids["customer"])},
        "/api/v1/customers": {
            "first_name": "New",
            "last_name": "Customer",
            "email": "new@customer.test",
            "phone": "+13135550123",
            "tenant_id": ids["organization"],
            "preferences": _preferences(ids),
        },
        "/api/v1/customers/<str:customer_id>/restore": None,
        "/api/v1/customers/<str:customer_id>/password": {"password": "a horse of one's own"},
        "/api/v1/customers/<str:customer_id>/verify-email": None,
        "/api/v2/customers": desk,
        "/api/v2/customers/bulk/import": {"customers": [desk]},
        "/api/v2/customers/<str:customer_id>/conversations": {"channel": "sms", "subject": "x"},
        "/api/v2/conversations/<str:conversation_id>/messages": {
            "direction": "outbound",
            "body": "x",
        },
        "/customers": {"name": "New Customer", "email": "new@customer.test"},
    }


def _changing_elsewhere(ids: dict[str, str]) -> dict[str, Any]:
    return {
        "/api/v1/customers/<str:customer_id>": {
            "first_name": "Changed",
            "tenant_id": ids["organization"],
            "preferences": _preferences(ids),
        },
        "/api/v1/customers/<str:customer_id>/preferences": _preferences(ids),
        "/api/v2/customers/<str:customer_id>": {
            "notes": "changed",
            "preferences": {"preferredAgent": ids["user"]},
        },
        "/api/v2/customers/<str:customer_id>/tags": {"tags": ["changed"], "action": "add"},
        "/api/v2/customers/<str:customer_id>/block": {"isBlocked": True, "blockReason": "changed"},
        "/api/v2/conversations/<str:conversation_id>": {"status": "resolved"},
        "/customers/<str:customer_id>": {"city": "Changed"},
    }


FILTERS = {
    "/api/customers": {"assigned_to": "user"},
    "/api/customers/export": {"assigned_to": "user"},
    "/api/projects": {"customer_id": "customer"},
    "/api/webhooks/<str:webhook_id>/deliveries": {"customer_id": "customer"},
    "/api/interactions": {"customer_id": "customer"},
    "/api/follow-ups": {"customer_id": "customer", "owner_id": "user"},
    "/api/appointments": {
        "customer_id": "customer",
        "outlet_id": "outlet",
        "staff_id": "user",
        "service_id": "service",
        "series_id": "series",
    },
    "/api/audit": {"customer_id": "customer", "actor_id": "user"},
    "/api/conversations": {"customer_id": "customer", "assigned_to": "user"},
    "/api/privacy-requests": {"customer_id": "customer"},
    "/api/merges": {"survivor": "customer"},
    "/api/duplicates": {"customer_id": "customer"},
    "/api/transactions": {"customer_id": "customer", "project_id": "project"},
    "/api/schedule-exceptions": {"outlet_id": "outlet", "staff_id": "user"},
}
"""Route → parameter → the kind of id that it takes."""

QUERIES: dict[str, list[dict[str, str]]] = {
    "DELETE /api/v1/customers/<str:customer_id>": [{"permanent": "true"}],
    "DELETE /api/v2/customers/<str:customer_id>": [{"permanent": "true"}],
    "GET /api/v2/customers/export": [{"format": "csv"}],
    "GET /api/customers": [{"deleted": "true"}],
}
"""Operation → queries with which it does something else than without."""
