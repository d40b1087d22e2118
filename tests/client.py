"""A client that speaks JSON as one of the cast."""

from typing import Any

import orjson
from django.test import Client

from core.identity.models import User
from core.identity.tokens import open_session


class ApiClient:
    """`get("/api/customers", status="vip")` and so on; answers carry `.json`."""

    def __init__(self, *, user: User | None = None, key: str = "", **headers: str) -> None:
        self.client = Client(raise_request_exception=True)
        self.headers = dict(headers)
        if user is not None:
            self.headers["Authorization"] = f"Bearer {open_session(user=user).access}"
        if key:
            self.headers["X-Api-Key"] = key

    def send(
        self, method: str, path: str, body: Any = None, query: Any = None, **headers: str
    ) -> Any:
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        content_type = extra.pop("Content-Type", "application/json")
        return self.client.generic(
            method,
            path,
            data,
            content_type if data else "",
            headers={**self.headers, **extra},
            query_params=query or {},
        )

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Any:
        return self.send("GET", path, query=query, **(headers or {}))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("DELETE", path, body, **headers)
