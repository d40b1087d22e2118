"""
Events reach every receiver that can be reached, whatever it does and whoever is killed; and no
request of ours goes where none may go.
"""

import itertools
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection

from core.audit.ledger import announce_events, announcement
from core.audit.models import OutboxEvent
from core.clock import now
from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.actor import Actor
from core.webhooks.choices import DeliveryState, EndpointState
from core.webhooks.dispatching import dispatch_events
from core.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from core.webhooks.sending import endpoints_due, send_due
from core.webhooks.services import create_endpoint
from tests.cast import Cast
from tests.core.test_webhooks import REFUSED
from tests.live.stack import ROOT
from tests.prove.conftest import record_proof, size_of

EVENTS = size_of("EVENTS", quick=1000, full=10_000)
CUSTOMERS = 40
MINUTES = 12
MOST_KILLS = 20

SENDER = """
import os, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
import django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from core.webhooks.dispatching import dispatch_events
from core.webhooks.sending import endpoints_due, send_due
with ThreadPoolExecutor(6) as pool:
    while True:
        dispatch_events()
        list(pool.map(send_due, endpoints_due()))
        time.sleep(0.05)
"""


@dataclass
class Receivers:
    """One server, a receiver at each path; what it answered well, by path."""

    address: str = ""
    taken: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: int = 0
    is_down: bool = True
    chance: random.Random = field(default_factory=lambda: random.Random(10))

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        kind = request.path.strip("/")
        if kind == "elsewhere":
            self.elsewhere += 1
        if kind == "down" and self.is_down:
            request.connection.close()
            return
        if kind == "slow":
            time.sleep(0.02)
        if kind == "gone":
            self.say(request, 410)
            return
        if kind == "lying" and self.chance.random() < 0.1:
            self.lie(request)
            return
        if kind == "flapping" and self.chance.random() < 0.1:
            self.say(request, self.chance.choice((500, 502, 503, 429)))
            return
        self.taken[kind].append(json.loads(body))
        self.say(request, 204)

    def lie(self, request: BaseHTTPRequestHandler) -> None:
        lie = self.chance.randrange(4)
        if lie == 0:
            request.wfile.write(b"220 smtp.example ESMTP\r\n")
        elif lie == 1:
            self.say(request, 302, Location=f"{self.address}/elsewhere")
        elif lie == 2:
            request.wfile.write(b"HTTP/1.")
        else:
            self.say(request, 400)

    @staticmethod
    def say(request: BaseHTTPRequestHandler, status: int, **headers: str) -> None:
        request.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            request.send_header(name, value)
        request.end_headers()


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    found = Receivers()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def sender() -> "subprocess.Popen[bytes]":
    """A process that does what the workers do, in this test's database."""
    told = connection.settings_dict
    if connection.vendor == "postgresql":
        place = f"{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT'] or 5432}"
        url = f"postgres://{place}/{told['NAME']}"
    else:
        url = f"sqlite:///{told['NAME']}"
    environment = {**os.environ, "DATABASE_URL": url, "DEBUG": "true", "LOG_LEVEL": "CRITICAL"}
    return subprocess.Popen([sys.executable, "-c", SENDER], cwd=ROOT, env=environment)


def let_time_pass() -> None:
    """What waits for its next attempt has waited; who was killed has lost the lease."""
    pending = WebhookDelivery.objects.unscoped().filter(state=DeliveryState.PENDING)
    pending.update(next_attempt_at=now())
    WebhookEndpoint.objects.unscoped().update(resume_at=None, sending_until=None)


KINDS = ("honest", "down", "slow", "flapping", "lying")


@pytest.mark.django_db(transaction=True)
def test_every_event_reaches_every_receiver(cast: Cast, receivers: Receivers) -> None:
    actor = actor_of(cast.alice)
    for kind in (*KINDS, "gone"):
        create_endpoint(actor=actor, values={"url": f"{receivers.address}/{kind}"})
    people = [new_id() for _ in range(CUSTOMERS)]
    number, killed, deadline = EVENTS // len(KINDS), 0, time.monotonic() + MINUTES * 60
    announced, chance = 0, random.Random(11)
    process = sender()
    try:
        while True:
            some = min(200, number - announced)
            announce_events([_event(actor, people[i % CUSTOMERS]) for i in range(some)])
            announced += some
            time.sleep(random.uniform(0.05, 0.3))
            receivers.is_down = announced < number
            waiting = WebhookDelivery.objects.unscoped().filter(
                state=DeliveryState.PENDING, endpoint__state=EndpointState.ACTIVE
            )
            undispatched = OutboxEvent.objects.unscoped().filter(dispatched_at=None)
            if announced == number and not waiting.exists() and not undispatched.exists():
                break
            assert time.monotonic() < deadline, f"{waiting.count()} wait still"
            if (killed < MOST_KILLS and chance.random() < 0.1) or process.poll() is not None:
                process.kill()
                process.wait()
                killed += 1
                let_time_pass()
                process = sender()
            else:
                _pass_without_the_lease()
    finally:
        process.kill()
        process.wait()
    ids = {f"msg_{key.hex}" for key in OutboxEvent.objects.unscoped().values_list("pk", flat=True)}
    assert len(ids) == number
    for kind in KINDS:
        got = receivers.taken[kind]
        assert {each["id"] for each in got} == ids, kind
        _check_sequences(got)
    twice = sum(len(got) for got in receivers.taken.values()) - number * len(KINDS)
    assert receivers.elsewhere == 0, "a redirect was followed"
    gone = WebhookEndpoint.objects.unscoped().get(url__endswith="/gone")
    assert gone.state == EndpointState.GONE
    attempts = WebhookAttempt.objects.unscoped().count()
    record_proof(
        10,
        f"0 of {number * len(KINDS):,} missing, {twice} told twice, {attempts:,} attempts, "
        f"{killed} kills of the sender; who answers 410 is switched off",
    )


def _event(actor: Actor, customer: Any) -> OutboxEvent:
    return announcement(
        actor, "customer.updated", subject_id=customer, customer_id=customer, changed=["city"]
    )


def _pass_without_the_lease() -> None:
    """Time passes, and the living sender keeps what it holds."""
    pending = WebhookDelivery.objects.unscoped().filter(state=DeliveryState.PENDING)
    pending.filter(next_attempt_at__gt=now()).update(next_attempt_at=now())
    WebhookEndpoint.objects.unscoped().update(resume_at=None)


def _check_sequences(got: list[dict[str, Any]]) -> None:
    """Of each customer the numbers have no gap, each is one event's, and they tell the order."""
    by_customer: dict[str, dict[int, str]] = defaultdict(dict)
    for each in got:
        numbers = by_customer[each["data"]["customer_id"]]
        assert numbers.setdefault(each["sequence"], each["id"]) == each["id"]
    for numbers in by_customer.values():
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        assert [numbers[place] for place in sorted(numbers)] == sorted(numbers.values())


@pytest.mark.django_db(transaction=True)
def test_no_connection_to_an_address_that_is_not_public(
    cast: Cast, settings: Any, monkeypatch: Any
) -> None:
    """Written past the service, which refuses them already; by rebinding; by a redirect."""
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    actor = actor_of(cast.alice)
    tried: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: _refuse(tried, address))
    endpoint = create_endpoint(actor=actor, values={"url": "https://93.184.216.34/"})
    rows = WebhookEndpoint.objects.unscoped().filter(pk=endpoint.pk)
    spellings = [url for url in REFUSED if "://" in url]
    for url in spellings:
        rows.update(url=url, resume_at=None)
        _tell(actor)
    answers = itertools.cycle(["93.184.216.34", "127.0.0.1"])
    names = ["127.0.0.1", "10.0.0.1", "::1", "fe80::1", "169.254.169.254", "64:ff9b::7f00:1"]

    def look_up(host: str, port: int, *more: Any, **options: Any) -> Any:
        known = {"rebinds.example": lambda: next(answers), "private.example": lambda: names[0]}
        address = known.get(host, lambda: host)()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for _ in range(len(names)):
        rows.update(url="https://private.example/", resume_at=None)
        _tell(actor)
        names.append(names.pop(0))
    assert tried == [], "nothing public was asked yet"
    for _ in range(20):
        rows.update(url="https://rebinds.example/", resume_at=None)
        _tell(actor)
    others = [address for address in tried if address[0] != "93.184.216.34"]
    assert others == []
    assert tried, "the public address is asked when it is the one that was checked"
    for port in (22, 25, 53, 110, 587, 1023):
        rows.update(url=f"https://93.184.216.34:{port}/", resume_at=None)
        before = len(tried)
        _tell(actor)
        assert len(tried) == before, port
    counted = Counter(WebhookAttempt.objects.unscoped().values_list("status", flat=True))
    assert set(counted) == {None}
    record_proof(
        11,
        f"0 connections to {len(spellings)} spellings, {len(names)} private answers, 20 rebindings "
        "and 6 other services' ports",
    )


def _refuse(tried: list[Any], address: Any) -> None:
    tried.append(address)
    raise ConnectionRefusedError


def _tell(actor: Actor) -> None:
    """An event, and every attempt at it that is due."""
    announce_events([_event(actor, new_id())])
    dispatch_events()
    for endpoint in endpoints_due():
        send_due(endpoint)
