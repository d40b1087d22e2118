"""A request that each operation of the native API takes, and where ids may stand in it."""

from typing import Any

from tests.api.world import Operation

ITEMS = {
    "/api/projects": "project",
    "/api/interactions": "interaction",
    "/api/appointments": "appointment",
    "/api/conversations": "conversation",
    "/api/transactions": "transaction",
    "/api/outlets": "outlet",
    "/api/services": "service",
    "/api/tags": "tag",
}


def path_of(operation: Operation, ids: dict[str, str]) -> str:
    """The operation's path with the ids of a world in it."""
    route = operation.route
    if "<str:row_id>" in route:
        return route.replace("<str:row_id>", ids[ITEMS[route.split("/<")[0]]])
    customer = ids["deleted" if route.endswith("/restore") else "customer"]
    return route.replace("<str:customer_id>", customer).replace("<slug:dialect>", "roofing")


def body_of(operation: Operation, ids: dict[str, str]) -> Any:
    """A body that the operation takes; every id in it is of the given world."""
    if operation.method not in ("POST", "PUT", "PATCH"):
        return None
    bodies = _creating(ids) if operation.method == "POST" else _changing(ids)
    return bodies.get(operation.route)


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
        "/api/customers/<str:customer_id>/interactions": {"type": "email", "notes": "x"},
        "/api/customers/<str:customer_id>/loyalty": {"points": 5, "reason": "thanks"},
        "/api/projects": {"customer_id": ids["customer"], "total_amount": 5, "name": "New"},
        "/api/interactions": {"customer_id": ids["customer"], "type": "note", "notes": "x"},
        "/api/appointments": {
            "customer_id": ids["customer"],
            "outlet_id": ids["outlet"],
            "service_id": ids["service"],
            "staff_id": ids["user"],
            "appointment_date": "2026-02-02",
            "start_time": "10:00",
        },
        "/api/conversations": {"customer_id": ids["customer"], "channel": "sms"},
        "/api/conversations/<str:row_id>/messages": {"direction": "outbound", "body": "x"},
        "/api/transactions": {"customer_id": ids["customer"], "gross_amount": 5},
        "/api/outlets": {"name": "New"},
        "/api/services": {"name": "New"},
        "/api/tags": {"name": "new"},
    }


def _changing(ids: dict[str, str]) -> dict[str, Any]:
    return {
        "/api/customers/<str:customer_id>": {"notes": "changed", "assigned_to": ids["user"], "tags": "changed"},
        "/api/projects/<str:row_id>": {"name": "Changed", "customer_id": ids["customer"]},
        "/api/interactions/<str:row_id>": {"notes": "changed", "customer_id": ids["customer"]},
        "/api/appointments/<str:row_id>": {
            "notes": "changed",
            "outlet_id": ids["outlet"],
            "service_id": ids["service"],
            "staff_id": ids["user"],
        },
        "/api/conversations/<str:row_id>": {"subject": "changed", "customer_id": ids["customer"]},
        "/api/transactions/<str:row_id>": {"description": "changed", "customer_id": ids["customer"]},
        "/api/outlets/<str:row_id>": {"name": "Changed"},
        "/api/services/<str:row_id>": {"name": "Changed"},
        "/api/tags/<str:row_id>": {"name": "changed"},
    }


FILTERS = {
    "/api/customers": {"assigned_to": "user"},
    "/api/customers/export": {"assigned_to": "user"},
    "/api/projects": {"customer_id": "customer"},
    "/api/interactions": {"customer_id": "customer"},
    "/api/appointments": {"customer_id": "customer", "outlet_id": "outlet", "staff_id": "user", "service_id": "service"},
    "/api/conversations": {"customer_id": "customer"},
    "/api/transactions": {"customer_id": "customer"},
}
"""Route → parameter → the kind of id that it takes."""
