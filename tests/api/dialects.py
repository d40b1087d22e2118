"""
How each dialect creates, reads and changes a customer, and the shape of its errors: what the tests
of all dialects go by.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.api.registry import ENTRIES
from tests.cast import Cast
from tests.client import ApiClient


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    body: Any = None
    ok: int = 200

    def by(self, client: ApiClient, query: Any = None, **headers: str) -> Any:
        return client.send(self.method, self.path, self.body, query, **headers)


@dataclass(frozen=True)
class Ways:
    """
    `wrong` is a method that the path of `read` lacks; `refused` the status of values that break a
    rule, `reused` of a used key.
    """

    name: str
    read: Callable[[UUID], Call]
    remove: Callable[[UUID], Call]
    words: Callable[[int, Any], str]
    unknown: tuple[str, ...]
    wrong: str
    email: str = "email"
    create: Callable[[int], Call] | None = None
    update: Callable[[UUID], Call] | None = None
    listing: str = ""
    refused: int = 400
    reused: int = 409
    keys_alone: bool = False
    strict: bool = False

    def client(self, cast: Cast) -> ApiClient:
        return ApiClient(key=cast.live_key) if self.keys_alone else ApiClient(user=cast.alice)

    def speaking(self, key: UUID) -> Call:
        """A call with a body."""
        return self.create(1) if self.create else self.read(key)

    def asking(self, key: UUID) -> Call:
        """A call that reads."""
        return Call("GET", self.listing) if self.listing else self.read(key)


def _keys(body: Any, *needed: str, also: str = "") -> None:
    """A conflict also names the customer who has the value."""
    holder = "customerId" if "success" in needed else "customer_id"
    assert set(needed) <= set(body) <= {*needed, also, holder}, body


def _roofing(status: int, body: Any) -> str:
    _keys(body, "error", also="details")
    return f"{body['error']} {body.get('details', '')}"


def _booking(status: int, body: Any) -> str:
    _keys(body, "error", "message")
    assert body["error"].islower()
    assert " " not in body["error"]
    return str(body["message"])


def _outlets(status: int, body: Any) -> str:
    _keys(body, "detail", also="request_id")
    if status == 422 and isinstance(body["detail"], list):
        assert all({"loc", "msg", "type"} <= set(fault) for fault in body["detail"])
    else:
        assert isinstance(body["detail"], str)
    return f"{body['detail']} {body.get('request_id', '')}"


def _messaging(status: int, body: Any) -> str:
    _keys(body, "success", "error", also="details")
    assert body["success"] is False
    return f"{body['error']} {body.get('details', '')}"


def _merchants(status: int, body: Any) -> str:
    _keys(body, "statusCode", "message")
    assert body["statusCode"] == status
    assert isinstance(body["message"], list if status == 400 else str)
    return str(body["message"])


def _rest(path: str, *, change: Any, **options: Any) -> dict[str, Any]:
    """The ways of a dialect whose customers live under one path."""
    return {
        "read": lambda key: Call("GET", f"{path}/{key}"),
        "remove": lambda key: Call("DELETE", f"{path}/{key}"),
        "update": lambda key: Call(options.get("method", "PUT"), f"{path}/{key}", change),
        "listing": path,
    }


def _person(number: int, **more: Any) -> dict[str, Any]:
    return {"first_name": "Ann", "last_name": "Other", "email": f"Ann{number}@Example.com", **more}


WAYS = [
    Ways(
        "roofing",
        **_rest("/api/customers", change={"notes": "changed"}),
        create=lambda number: Call("POST", "/api/customers", _person(number), 201),
        words=_roofing,
        unknown=("/api/nothing", "/api", "/api/nothing/%0d%0aX", "/api/customers/a/b/c"),
        wrong="POST",
        strict=True,
    ),
    Ways(
        "booking",
        read=lambda key: Call(
            "POST", "/api/customers/retrieve", {"customer_id": f"cust_{key.hex}"}
        ),
        remove=lambda key: Call(
            "POST", "/api/customers/delete", {"customer_id": f"cust_{key.hex}"}
        ),
        words=_booking,
        unknown=("/api/customers/retrieve/x", "/api/customers/delete/x/y"),
        wrong="GET",
    ),
    Ways(
        "outlets",
        **_rest("/api/v1/customers", change={"first_name": "Changed"}),
        create=lambda number: Call(
            "POST", "/api/v1/customers", _person(number, phone=f"+1313555{number:04}"), 201
        ),
        words=_outlets,
        unknown=("/api/v1/nothing", "/api/v1"),
        wrong="POST",
        refused=422,
        reused=422,
    ),
    Ways(
        "messaging",
        **_rest("/api/v2/customers", change={"notes": "changed"}),
        create=lambda number: Call(
            "POST",
            "/api/v2/customers",
            {"phoneNumber": f"1313555{number:04}", "email": f"ann{number}@example.com"},
            201,
        ),
        words=_messaging,
        unknown=("/api/v2/nothing", "/api/v2"),
        wrong="POST",
    ),
    Ways(
        "merchants",
        **_rest("/customers", change={"city": "Changed"}, method="PATCH"),
        create=lambda number: Call(
            "POST", "/customers", {"name": "Ann Other", "email": f"ann{number}@example.com"}, 201
        ),
        words=_merchants,
        unknown=("/customers/a/b", "/customers/a/transactions/c"),
        wrong="POST",
        keys_alone=True,
    ),
]
SPOKEN = {entry.dialect.name for entry in ENTRIES}
EVERY = [ways for ways in WAYS if ways.name in SPOKEN]
CREATING = [ways for ways in EVERY if ways.create]
UPDATING = [ways for ways in EVERY if ways.update]
