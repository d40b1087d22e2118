"""What happens is told to other systems: signed, at least once, to public addresses alone."""

import base64
import datetime as dt
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import call_command
from django.db import connection
from standardwebhooks import Webhook

from core.audit.models import AuditEntry, OutboxEvent
from core.clock import now
from core.encryption import decrypt, encrypt
from core.errors import Forbidden, Invalid, NotFound
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.webhooks import sending
from core.webhooks.addresses import RefusedAddress, UnresolvedAddress, resolve
from core.webhooks.choices import DeliveryState, EndpointState
from core.webhooks.dispatching import KEPT, dispatch_events, prune
from core.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from core.webhooks.sending import SCHEDULE, endpoints_due, send_due
from core.webhooks.services import (
    create_endpoint,
    delete_endpoint,
    replay,
    replay_between,
    rotate_secret,
    send_test,
    update_endpoint,
)
from core.webhooks.signing import sign
from customers.services.customers import (
    bulk_update_customers,
    create_customer,
    delete_customer,
    update_customer,
)
from customers.services.erasure import erase_customer
from tests.cast import Cast, customer_values

Answer = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    def say(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return say


@dataclass
class Receiver:
    """A server on loopback that keeps what it is sent, and answers as a test says."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    usual: Answer = field(default_factory=lambda: answer(204))
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            (kept.answers.pop(0) if kept.answers else kept.usual)(self)

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook?x=1")
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True


def listen(actor: Actor, receiver: Receiver, **values: Any) -> WebhookEndpoint:
    return create_endpoint(actor=actor, values={"url": receiver.url, **values})


def deliver() -> int:
    """Everything that is due, as the workers would."""
    dispatch_events()
    return sum(send_due(endpoint) for endpoint in endpoints_due())


def deliveries(**where: Any) -> list[WebhookDelivery]:
    return list(WebhookDelivery.objects.unscoped().filter(**where).order_by("pk"))


def state_of(endpoint: WebhookEndpoint) -> str:
    return WebhookEndpoint.objects.unscoped().values_list("state", flat=True).get(pk=endpoint.pk)


def acts() -> list[str]:
    rows = AuditEntry.objects.unscoped().filter(action__startswith="webhook.")
    return list(rows.order_by("pk").values_list("action", flat=True))


# signatures


def test_the_standards_own_example_is_signed_alike() -> None:
    """The example of the Standard Webhooks specification 1.0."""
    signature = sign(
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_standards_library_verifies_what_is_sent(actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    assert deliver() == 1
    headers, body = receiver.got[0]
    told = Webhook(endpoint.secret).verify(body, headers)
    assert told["type"] == "customer.created"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["content-type"] == "application/json"


def test_a_receiver_verifies_by_the_public_key_alone(actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver, signing="v1a")
    assert endpoint.public_key.startswith("whpk_")
    send_test(actor=actor, endpoint_id=endpoint.pk)
    assert deliver() == 1
    headers, body = receiver.got[0]
    mark, _, signature = headers["webhook-signature"].partition(",")
    key = base64.b64decode(endpoint.public_key.removeprefix("whpk_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert mark == "v1a"
    Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(signature), content)


def test_after_a_rotation_both_secrets_sign_for_a_day(
    actor: Actor, receiver: Receiver, monkeypatch: Any
) -> None:
    endpoint = listen(actor, receiver)
    former, rotated = endpoint.secret, rotate_secret(actor=actor, endpoint_id=endpoint.pk)
    assert rotated.secret != former
    send_test(actor=actor, endpoint_id=endpoint.pk)
    deliver()
    headers, body = receiver.got[0]
    for secret in (former, rotated.secret):
        assert Webhook(secret).verify(body, headers)["type"] == "webhook.test"
    rows = WebhookEndpoint.objects.unscoped().filter(pk=endpoint.pk)
    rows.update(previous_secret_until=now() - dt.timedelta(seconds=1))
    send_test(actor=actor, endpoint_id=endpoint.pk)
    deliver()
    assert len(receiver.got[1][0]["webhook-signature"].split(" ")) == 1


def test_secrets_stand_encrypted(actor: Actor, receiver: Receiver, settings: Any) -> None:
    endpoint = listen(actor, receiver)
    assert endpoint.secret not in _kept_secret()
    assert encrypt("x") != encrypt("x")


def _kept_secret() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_webhookendpoint")
        return str(cursor.fetchone()[0])


def test_an_encryption_key_is_changed_without_losing_a_secret(
    actor: Actor, receiver: Receiver, settings: Any
) -> None:
    endpoint, former = listen(actor, receiver), settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = ["another", *former]
    call_command("reencrypt")
    settings.ENCRYPTION_KEYS = ["another"]
    assert WebhookEndpoint.objects.unscoped().get(pk=endpoint.pk).secret == endpoint.secret
    settings.ENCRYPTION_KEYS = former
    with pytest.raises(InvalidToken):
        decrypt(_kept_secret())


# what is told


def test_a_thin_message_names_what_changed(actor: Actor, receiver: Receiver) -> None:
    listen(actor, receiver)
    row = create_customer(actor=actor, values=customer_values())
    update_customer(actor=actor, customer_id=row.pk, values={"city": "Troy", "notes": "x"})
    deliver()
    first, second = (json.loads(body) for _, body in receiver.got)
    assert second == {
        "id": second["id"],
        "type": "customer.updated",
        "timestamp": second["timestamp"],
        "environment": "live",
        "sequence": 2,
        "data": {
            "id": str(row.pk),
            "customer_id": str(row.pk),
            "changed": ["city", "notes"],
        },
    }
    assert (first["type"], first["sequence"]) == ("customer.created", 1)
    assert "jane" not in json.dumps(second)


def test_a_whole_message_holds_the_native_record(
    actor: Actor, receiver: Receiver, api: Any
) -> None:
    listen(actor, receiver, payload="full")
    row = create_customer(actor=actor, values=customer_values())
    deliver()
    record = json.loads(receiver.got[0][1])["data"]["record"]
    assert record == api.get(f"/api/customers/{row.pk}").json()["data"]


def test_an_endpoint_hears_of_the_events_that_it_chose(actor: Actor, receiver: Receiver) -> None:
    listen(actor, receiver, event_types=["customer.deleted"])
    row = create_customer(actor=actor, values=customer_values())
    delete_customer(actor=actor, customer_id=row.pk)
    deliver()
    assert receiver.types == ["customer.deleted"]
    assert json.loads(receiver.got[0][1])["sequence"] == 1


def test_every_customer_of_a_bulk_update_is_told_of(actor: Actor, receiver: Receiver) -> None:
    rows = [create_customer(actor=actor, values=customer_values(number)) for number in range(1, 4)]
    dispatch_events()
    listen(actor, receiver)
    bulk_update_customers(
        actor=actor, customer_ids=[row.pk for row in rows], values={"campaign": "spring"}
    )
    deliver()
    told = {json.loads(body)["data"]["id"] for _, body in receiver.got}
    assert told == {str(row.pk) for row in rows}


def test_only_the_place_of_the_event_hears_of_it(
    cast: Cast, actor: Actor, receiver: Receiver
) -> None:
    listen(actor_of(cast.charlie), receiver)
    create_customer(actor=actor, values=customer_values())
    assert deliver() == 0
    assert receiver.got == []
    assert not OutboxEvent.objects.unscoped().filter(dispatched_at=None).exists()


def test_what_happened_before_is_not_told(actor: Actor, receiver: Receiver) -> None:
    create_customer(actor=actor, values=customer_values())
    dispatch_events()
    listen(actor, receiver)
    assert deliver() == 0


def test_an_event_is_made_a_delivery_once(actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    assert dispatch_events() == 1
    assert dispatch_events() == 0
    assert [row.endpoint_id for row in deliveries()] == [endpoint.pk]


# how it goes


def test_a_failure_is_tried_again_with_the_same_id_and_bytes(
    actor: Actor, receiver: Receiver
) -> None:
    listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    receiver.answers = [answer(500, b"out of order")]
    before = now()
    assert deliver() == 1
    (row,) = deliveries()
    assert (row.state, row.attempts) == (DeliveryState.PENDING, 1)
    assert row.next_attempt_at is not None
    assert (
        SCHEDULE[0] <= row.next_attempt_at - before < SCHEDULE[0] * 1.1 + dt.timedelta(seconds=20)
    )
    assert deliver() == 0, "not before its time"
    _make_due()
    assert deliver() == 1
    (one, first), (two, second) = receiver.got
    assert (one["webhook-id"], first) == (two["webhook-id"], second)
    (row,) = deliveries()
    assert (row.state, row.attempts, row.next_attempt_at) == (DeliveryState.DELIVERED, 2, None)
    tries = WebhookAttempt.objects.unscoped().order_by("pk")
    assert [(each.status, each.answer) for each in tries] == [(500, "out of order"), (204, "")]
    assert acts() == ["webhook.created", "webhook.recovered"]


def _make_due() -> None:
    WebhookDelivery.objects.unscoped().filter(state=DeliveryState.PENDING).update(
        next_attempt_at=now()
    )
    WebhookEndpoint.objects.unscoped().update(resume_at=None)


def test_after_the_whole_schedule_the_webhook_is_switched_off(
    actor: Actor, receiver: Receiver
) -> None:
    endpoint = listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    receiver.usual = answer(503)
    waits = []
    for _ in range(len(SCHEDULE)):
        _make_due()
        before = now()
        assert deliver() == 1
        waits.append(deliveries()[0].next_attempt_at - before)  # type: ignore[operator]
    assert all(wait >= planned for wait, planned in zip(waits, SCHEDULE, strict=True))
    assert sum(SCHEDULE, dt.timedelta()) == dt.timedelta(hours=75, minutes=35, seconds=5)
    _make_due()
    deliver()
    assert deliveries()[0].state == DeliveryState.FAILED
    assert state_of(endpoint) == EndpointState.FAILING
    assert acts()[-1] == "webhook.switched_off"
    create_customer(actor=actor, values=customer_values(2))
    assert deliver() == 0


def test_gone_switches_off_at_once(actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    receiver.answers = [answer(410)]
    deliver()
    assert (deliveries()[0].state, state_of(endpoint)) == ("failed", EndpointState.GONE)


def test_retry_after_is_heeded(actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    create_customer(actor=actor, values=customer_values(2))
    receiver.answers = [answer(429, Retry_After="3600")]
    before = now()
    deliver()
    first = deliveries()[0]
    assert first.next_attempt_at is not None
    assert first.next_attempt_at >= before + dt.timedelta(hours=1)
    row = WebhookEndpoint.objects.unscoped().get(pk=endpoint.pk)
    assert row.resume_at is not None
    assert row.resume_at >= before + dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("say", "error"),
    [
        (answer(302, Location="http://127.0.0.1:1/elsewhere"), ""),
        (lambda request: request.wfile.write(b"SSH-2.0-nonsense\r\n"), "The connection broke off"),
        (lambda request: request.connection.shutdown(socket.SHUT_RDWR), "The connection broke off"),
        (answer(500, b"x" * 5_000_000), ""),
        (answer(500, b"\xff\x00\xfe"), ""),
    ],
    ids=["redirect", "no HTTP", "cut", "huge", "no text"],
)
def test_no_answer_can_hurt(actor: Actor, receiver: Receiver, say: Answer, error: str) -> None:
    listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    receiver.answers = [say]
    deliver()
    (row,) = deliveries()
    (attempt,) = WebhookAttempt.objects.unscoped()
    assert (row.state, row.attempts) == (DeliveryState.PENDING, 1)
    assert attempt.error.startswith(error)
    assert len(attempt.answer) <= 1000
    assert len(receiver.got) == 1, "a redirect isn't followed"


def test_a_receiver_that_drips_is_cut_off(
    actor: Actor, receiver: Receiver, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.5)
    listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    over = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        try:
            request.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not over.wait(0.05):
                request.wfile.write(b"X")
                request.wfile.flush()
        except OSError:
            pass

    receiver.answers = [drip]
    started = time.monotonic()
    deliver()
    over.set()
    assert time.monotonic() - started < 5
    assert deliveries()[0].attempts == 1
    assert deliveries()[0].state == DeliveryState.PENDING


def test_nobody_there_is_tried_again(actor: Actor, receiver: Receiver) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        create_endpoint(actor=actor, values={"url": url})
        create_customer(actor=actor, values=customer_values())
        deliver()
    (attempt,) = WebhookAttempt.objects.unscoped()
    assert (attempt.status, attempt.error) == (None, "No connection.")


def test_several_failures_in_a_row_give_the_receiver_a_rest(
    actor: Actor, receiver: Receiver
) -> None:
    listen(actor, receiver)
    for number in range(1, 6):
        create_customer(actor=actor, values=customer_values(number))
    receiver.usual = answer(500)
    assert deliver() == 3
    assert deliver() == 0
    receiver.usual = answer(204)
    _make_due()
    assert deliver() == 5


def test_one_sender_at_a_time(actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    dispatch_events()
    rows = WebhookEndpoint.objects.unscoped().filter(pk=endpoint.pk)
    rows.update(sending_until=now() + dt.timedelta(seconds=30))
    assert (endpoints_due(), send_due(endpoint.pk)) == ([], 0)
    rows.update(sending_until=now() - dt.timedelta(seconds=1))
    assert send_due(endpoint.pk) == 1, "a dead sender's lease ends by itself"


def test_first_attempts_keep_the_order_of_events(actor: Actor, receiver: Receiver) -> None:
    listen(actor, receiver)
    row = create_customer(actor=actor, values=customer_values())
    for number in range(20):
        update_customer(actor=actor, customer_id=row.pk, values={"notes": f"note {number}"})
    deliver()
    assert [json.loads(body)["sequence"] for _, body in receiver.got] == list(range(1, 22))


# sending again


def test_one_delivery_is_sent_again(actor: Actor, receiver: Receiver) -> None:
    listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    deliver()
    replay(actor=actor, delivery_id=deliveries()[0].pk)
    assert deliver() == 1
    (one, first), (two, second) = receiver.got
    assert (one["webhook-id"], first) == (two["webhook-id"], second)


def test_what_failed_between_two_moments_is_sent_again(actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver)
    for number in range(1, 4):
        create_customer(actor=actor, values=customer_values(number))
    deliver()
    rows = deliveries()
    WebhookDelivery.objects.unscoped().filter(pk=rows[0].pk).update(state=DeliveryState.FAILED)
    since = rows[0].created_at
    sent = replay_between(actor=actor, endpoint_id=endpoint.pk, since=since)
    assert (sent, deliver()) == (1, 1)
    assert (
        replay_between(
            actor=actor, endpoint_id=endpoint.pk, since=since, until=now(), failed_only=False
        )
        == 3
    )
    assert deliver() == 3


def test_switched_off_nothing_is_sent_and_nothing_can_be(actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    dispatch_events()
    update_endpoint(actor=actor, endpoint_id=endpoint.pk, values={"state": "switched_off"})
    assert deliver() == 0
    with pytest.raises(Invalid):
        send_test(actor=actor, endpoint_id=endpoint.pk)
    update_endpoint(actor=actor, endpoint_id=endpoint.pk, values={"state": "active"})
    assert deliver() == 1, "what waited is told then"


def test_old_events_and_deliveries_go(actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    deliver()
    old = now() - KEPT - dt.timedelta(minutes=1)
    OutboxEvent.objects.unscoped().update(dispatched_at=old)
    WebhookDelivery.objects.unscoped().update(created_at=old)
    send_test(actor=actor, endpoint_id=endpoint.pk)
    assert prune() >= 2
    assert [row.type for row in deliveries()] == ["webhook.test"]
    assert not OutboxEvent.objects.unscoped().exists()


def test_erasure_takes_back_what_was_told(actor: Actor, receiver: Receiver) -> None:
    listen(actor, receiver, payload="full")
    row = create_customer(actor=actor, values=customer_values())
    deliver()
    update_customer(actor=actor, customer_id=row.pk, values={"notes": "told to nobody yet"})
    dispatch_events()
    erase_customer(actor=actor, customer_id=row.pk, ground="asked")
    deliver()
    assert receiver.types == ["customer.created", "customer.deleted"]
    assert [delivery.type for delivery in deliveries()] == ["customer.deleted"]
    assert json.loads(receiver.got[1][1])["sequence"] == 3, "the gap says that one is missing"


# where requests may go

REFUSED = [
    "http://example.com/",
    "ftp://example.com/",
    "https://user@example.com/",
    "https://user:secret@93.184.216.34/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://localhost./",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://192.0.0.8/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fc00::1]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://93.184.216.34:22/",
    "https://93.184.216.34:6379@127.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https:///nowhere",
    "https://exa mple.com/",
]


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_not_public_is_refused(settings: Any, url: str) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    with pytest.raises((RefusedAddress, UnresolvedAddress)):
        resolve(url)


def test_a_name_that_answers_otherwise_later_leads_nowhere(
    actor: Actor, receiver: Receiver, settings: Any, monkeypatch: Any
) -> None:
    """DNS rebinding: public when it is registered, loopback when it is sent."""
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    port = receiver.url.partition("127.0.0.1:")[2].partition("/")[0]
    there = ["93.184.216.34"]

    def look_up(host: str, port: int, **options: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (there[0], port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    create_endpoint(actor=actor, values={"url": f"https://receiver.example:{port}/"})
    there[0] = "127.0.0.1"
    create_customer(actor=actor, values=customer_values())
    deliver()
    (attempt,) = WebhookAttempt.objects.unscoped()
    assert attempt.error == "The address leads to a network that isn't public."
    assert receiver.got == []


def test_a_name_with_one_private_address_is_refused(settings: Any, monkeypatch: Any) -> None:
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
        for address in ("93.184.216.34", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    with pytest.raises(RefusedAddress):
        resolve("https://two.example/")


def test_a_name_that_is_not_known_yet_is_taken_and_tried_later(
    actor: Actor, monkeypatch: Any
) -> None:
    def look_up(*args: Any, **options: Any) -> Any:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    create_endpoint(actor=actor, values={"url": "https://soon.example/"})
    create_customer(actor=actor, values=customer_values())
    deliver()
    (attempt,) = WebhookAttempt.objects.unscoped()
    assert attempt.error == "No address is known for soon.example."
    assert deliveries()[0].state == DeliveryState.PENDING


# setting up


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://93.184.216.34/", "event_types": ["customer.exploded"]}, "event_types"),
        ({"url": "https://93.184.216.34/", "event_types": "customer.created"}, "event_types"),
        ({"url": "https://93.184.216.34/", "payload": "fat"}, "payload"),
        ({"url": "https://93.184.216.34/", "state": "gone"}, "state"),
    ],
)
def test_a_bad_webhook_is_refused(actor: Actor, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        create_endpoint(actor=actor, values=values)
    assert list(refused.value.faults) == [field]
    assert not WebhookEndpoint.objects.unscoped().exists()


def test_webhooks_are_the_administrators(cast: Cast, actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver)
    mona, charlie = actor_of(cast.mona), actor_of(cast.charlie)
    with pytest.raises(Forbidden):
        create_endpoint(actor=mona, values={"url": receiver.url})
    for key in (endpoint.pk, uuid4()):
        with pytest.raises(NotFound):
            delete_endpoint(actor=charlie, endpoint_id=key)


def test_an_address_is_deleted_with_all_that_it_was_told(actor: Actor, receiver: Receiver) -> None:
    endpoint = listen(actor, receiver)
    create_customer(actor=actor, values=customer_values())
    deliver()
    delete_endpoint(actor=actor, endpoint_id=endpoint.pk)
    assert deliveries() == []
    assert acts() == ["webhook.created", "webhook.deleted"]
    assert endpoint.secret not in json.dumps(
        list(AuditEntry.objects.unscoped().values_list("changes", flat=True))
    )
