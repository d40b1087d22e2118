"""
A gateway that sends nothing: it keeps what it is given to send, reports back as a real one does,
and shows a page of it. For development alone.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from django.template.loader import render_to_string

from core.ids import new_id
from core.webhooks.signing import sign
from interactions.choices import Channel

Call = Callable[[str, Mapping[str, Any]], int]
"""Posts an object to a path of the API; the answer's status."""

FAILS = "fail"
"""A message that says so comes back as failed."""


@dataclass
class SentMessage:
    """What a customer would have got, and what the CRM was told of it."""

    id: str
    channel: str
    address: str
    body: str
    reports: list[str] = field(default_factory=list)


@dataclass
class FakeGateway:
    secret: str
    call: Call
    sent: dict[str, SentMessage] = field(default_factory=dict)

    def is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        try:
            expected = sign(
                secret=self.secret,
                message_id=headers["webhook-id"],
                timestamp=int(headers["webhook-timestamp"]),
                body=body,
            )
            return expected in headers["webhook-signature"].split(" ")
        except (KeyError, ValueError):
            return False

    def take(self, body: bytes) -> SentMessage | None:
        """The message that is to be sent, once; None for anything else."""
        event = json.loads(body)
        record = event["data"].get("record", {})
        if event["type"] != "message.created" or record.get("delivery_status") != "queued":
            return None
        if record["id"] in self.sent:
            return None
        names = ("id", "channel", "address", "body")
        row = self.sent[record["id"]] = SentMessage(*(record[name] or "" for name in names))
        return row

    def report(self, message: SentMessage) -> None:
        """Tells the CRM how the message fared, step by step."""
        steps: list[dict[str, Any]] = [{"status": "sent", "provider_id": f"fake-{new_id().hex}"}]
        if FAILS in message.body.lower():
            steps.append({"status": "failed", "reason": "The fake gateway was asked to fail."})
        else:
            steps += [{"status": "delivered"}, {"status": "read"}]
        for step in steps:
            status = self.call(f"/api/messages/{message.id}/status", step)
            message.reports.append(f"{step['status']}: {status}")

    def hand_in(self, *, channel: str, address: str, body: str) -> int:
        """A message from a customer; the CRM's answer."""
        values = {"channel": channel, "from": address, "body": body}
        return self.call("/api/messages/inbound", {**values, "provider_id": f"fake-{new_id().hex}"})

    def page(self, said: str = "") -> str:
        rows = [
            (row, Channel(row.channel).label, ", ".join(row.reports))
            for row in reversed(self.sent.values())
        ]
        context = {"rows": rows, "channels": Channel.choices, "said": said}
        return render_to_string("demo/gateway.html", context)


def handler_of(gateway: FakeGateway) -> type[BaseHTTPRequestHandler]:
    """Webhooks at /hook, the page at /, its form at /inbound."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, gateway.page())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/hook":
                self._hook(body)
            else:
                self._inbound(body)

        def _hook(self, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_signed = gateway.is_signed(headers, body)
            message = gateway.take(body) if is_signed else None
            self._answer(200 if is_signed else 401, "")
            if message is not None:
                threading.Thread(target=gateway.report, args=[message], daemon=True).start()

        def _inbound(self, body: bytes) -> None:
            typed = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            names = ("channel", "address", "body")
            status = gateway.hand_in(**{name: typed.get(name, "") for name in names})
            self._answer(200, gateway.page(f"The CRM answered {status}."))

        def _answer(self, status: int, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words: Any) -> None:
            """Quiet: messages are nobody else's business."""

    return Handler
