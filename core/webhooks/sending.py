"""
Sending deliveries: at least once, signed, to public addresses alone, and whatever a receiver does
hurts nobody else.

An endpoint has one sender at a time, by a lease in its row, so that first attempts keep the order
of the events; endpoints don't wait for each other. Retries may overtake.
"""

import datetime as dt
import random
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import urllib3
from django.db import transaction
from django.db.models import F, Q
from urllib3.exceptions import HTTPError

from core.audit.ledger import record
from core.clock import now
from core.tenancy.actor import Actor
from core.webhooks.addresses import RefusedAddress, Target, UnresolvedAddress, resolve
from core.webhooks.choices import DeliveryState, EndpointState
from core.webhooks.letters import RECOVERED, SWITCHED_OFF, WORTH_A_LETTER, ask_for_letters
from core.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from core.webhooks.payloads import message_id
from core.webhooks.signing import signed_headers

SCHEDULE = [
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
    dt.timedelta(hours=14),
    dt.timedelta(hours=20),
    dt.timedelta(hours=24),
]
"""Waits after each failure (Standard Webhooks 1.0, "Deliverability"): 75 hours and a half."""

JITTER = 0.1
"""Waits are lengthened by up to this share, so that not everything comes back at once."""

LONGEST_WAIT = dt.timedelta(hours=24)
"""A receiver's Retry-After is heeded up to here."""

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 15.0, 20.0
ANSWER_BYTES = 1000
LEASE = dt.timedelta(seconds=60)
TURN_SECONDS = 30.0
"""After so long a sender hands the endpoint back, so that workers are shared fairly."""

BATCH = 50
REST = dt.timedelta(minutes=1)
"""How long an endpoint that has failed several times in a row is left alone."""

FAILURES_IN_A_ROW = 3
PERMANENTLY_GONE = 410
OVERLOADED = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How an attempt went. `status` is None where no answer came; then `error` says why."""

    status: int | None = None
    answer: str = ""
    error: str = ""
    milliseconds: int = 0
    retry_after: dt.timedelta | None = None

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def endpoints_due() -> list[UUID]:
    """The endpoints that have something to send now, and no sender."""
    moment = now()
    due = WebhookDelivery.objects.unscoped().filter(
        state=DeliveryState.PENDING, next_attempt_at__lte=moment
    )
    rows = _free(WebhookEndpoint.objects.unscoped(), moment)
    return list(rows.filter(pk__in=due.values("endpoint")).values_list("pk", flat=True))


def _free(rows: Any, moment: dt.datetime) -> Any:
    return rows.filter(
        Q(sending_until=None) | Q(sending_until__lt=moment),
        Q(resume_at=None) | Q(resume_at__lte=moment),
        state=EndpointState.ACTIVE,
    )


def send_due(endpoint_id: UUID) -> int:
    """
    Sends what is due to one endpoint, the oldest event first, unless another sender is at it.
    Returns how many attempts were made.
    """
    rows = WebhookEndpoint.objects.unscoped().filter(pk=endpoint_id)
    if not _free(rows, now()).update(sending_until=now() + LEASE):
        return 0
    made, failures, deadline = 0, 0, time.monotonic() + TURN_SECONDS
    try:
        while time.monotonic() < deadline and failures < FAILURES_IN_A_ROW:
            delivery = _next(endpoint_id)
            if delivery is None:
                break
            outcome = post(delivery)
            keep(delivery, outcome)
            made, failures = made + 1, 0 if outcome.succeeded else failures + 1
            rows.update(sending_until=now() + LEASE)
    finally:
        rows.update(sending_until=None)
    if failures >= FAILURES_IN_A_ROW:
        rows.filter(Q(resume_at=None) | Q(resume_at__lt=now() + REST)).update(
            resume_at=now() + REST
        )
    return made


def _next(endpoint_id: UUID) -> WebhookDelivery | None:
    """First attempts in the order of the events, before those that are tried again."""
    return (
        WebhookDelivery.objects.unscoped()
        .select_related("endpoint")
        .filter(
            Q(endpoint__resume_at=None) | Q(endpoint__resume_at__lte=now()),
            endpoint=endpoint_id,
            endpoint__state=EndpointState.ACTIVE,
            state=DeliveryState.PENDING,
            next_attempt_at__lte=now(),
        )
        .order_by("attempts", "pk")
        .first()
    )


def post(delivery: WebhookDelivery) -> AttemptResult:
    """One attempt. Nothing that a receiver does raises here."""
    started = time.perf_counter()

    def outcome(**told: Any) -> AttemptResult:
        spent = round((time.perf_counter() - started) * 1000)
        return AttemptResult(milliseconds=spent, **told)

    try:
        target = resolve(delivery.endpoint.url)
    except (RefusedAddress, UnresolvedAddress) as error:
        return outcome(error=str(error)[:200])
    body = delivery.body.encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "CRM-Webhooks/1",
        "host": target.netloc,
        **signed_headers(
            secrets=_secrets(delivery.endpoint),
            message_id=message_id(delivery.event_id),
            timestamp=int(now().timestamp()),
            body=body,
        ),
    }
    try:
        status, answer, wait = _request(target, headers, body)
    except (HTTPError, OSError, ValueError) as error:
        return outcome(error=_reason(error))
    return outcome(status=status, answer=answer, retry_after=wait)


def _secrets(endpoint: WebhookEndpoint) -> list[str]:
    until = endpoint.previous_secret_until
    valid = endpoint.previous_secret and until is not None and until > now()
    return [endpoint.secret, *([endpoint.previous_secret] if valid else [])]


def _request(
    target: Target, headers: Mapping[str, str], body: bytes
) -> tuple[int, str, dt.timedelta | None]:
    """The status, the start of the answer, and what its Retry-After asks for."""
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    pool: urllib3.HTTPConnectionPool
    if target.secure:
        pool = urllib3.HTTPSConnectionPool(
            target.address,
            target.port,
            timeout=timeout,
            server_hostname=target.host,
            assert_hostname=target.host,
        )
    else:
        pool = urllib3.HTTPConnectionPool(target.address, target.port, timeout=timeout)
    watch = _Watch(pool)
    with pool, watch:
        response = pool.urlopen(
            "POST",
            target.path,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            preload_content=False,
            assert_same_host=False,
        )
        answer = response.read1(ANSWER_BYTES) or b""
        wait = _retry_after(response.headers.get("Retry-After"))
        response.close()
    if watch.fired:
        raise TimeoutError
    return response.status, answer.decode("utf-8", "replace").replace("\x00", ""), wait


class _Watch:
    """
    Ends a request after TOTAL_SECONDS: a receiver that drips its answer byte by byte would keep
    every single read within its time.
    """

    def __init__(self, pool: urllib3.HTTPConnectionPool) -> None:
        self.fired = False
        self._timer = threading.Timer(TOTAL_SECONDS, self._end)
        self._connections: list[Any] = []
        make = pool._new_conn

        def remember() -> Any:
            connection = make()
            self._connections.append(connection)
            return connection

        pool._new_conn = remember  # type: ignore[method-assign]

    def _end(self) -> None:
        self.fired = True
        for connection in self._connections:
            with suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> "_Watch":
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._timer.cancel()


def _reason(error: Exception) -> str:
    """What went wrong, for people: without addresses of ours."""
    name = type(error).__name__
    if "Timeout" in name or isinstance(error, TimeoutError):
        return "No answer in time."
    if "SSL" in name:
        return "The connection isn't secure: its certificate was refused."
    if "NewConnection" in name or isinstance(error, ConnectionRefusedError):
        return "No connection."
    return "The connection broke off, or the answer wasn't HTTP."


def _retry_after(text: str | None) -> dt.timedelta | None:
    """Seconds, or a date (RFC 9110, 10.2.3); None for anything else."""
    if not text:
        return None
    if text.strip().isdecimal() and len(text) < 10:
        wait = dt.timedelta(seconds=int(text))
    else:
        try:
            wait = parsedate_to_datetime(text) - now()
        except (TypeError, ValueError, OverflowError):
            return None
    return min(max(wait, dt.timedelta(0)), LONGEST_WAIT)


def keep(delivery: WebhookDelivery, outcome: AttemptResult) -> None:
    """Keeps how an attempt went, and what follows from it for the delivery and its endpoint."""
    with transaction.atomic():
        endpoint = (
            WebhookEndpoint.objects.unscoped()
            .select_for_update(no_key=True)
            .select_related("organization")
            .filter(pk=delivery.endpoint_id)
            .first()
        )
        if endpoint is None:  # deleted meanwhile
            return
        _log(delivery, outcome)
        moment = now()
        if outcome.succeeded:
            _recover(endpoint)
            _advance(delivery, state=DeliveryState.DELIVERED, finished_at=moment)
            return
        if outcome.status == PERMANENTLY_GONE:
            _advance(delivery, state=DeliveryState.FAILED, finished_at=moment)
            _switch_off(endpoint, EndpointState.GONE)
            return
        if delivery.attempts >= len(SCHEDULE):
            _advance(delivery, state=DeliveryState.FAILED, finished_at=moment)
            _switch_off(endpoint, EndpointState.FAILING)
            return
        wait = SCHEDULE[delivery.attempts] * (1 + random.uniform(0, JITTER))  # noqa: S311
        if outcome.retry_after is not None:
            wait = max(wait, outcome.retry_after)
        _advance(delivery, next_attempt_at=moment + wait)
        endpoint.failing_since = endpoint.failing_since or moment
        if outcome.status in OVERLOADED:
            endpoint.resume_at = moment + (outcome.retry_after or SCHEDULE[0])
        endpoint.save(update_fields=["failing_since", "resume_at"])


def _log(delivery: WebhookDelivery, outcome: AttemptResult) -> None:
    WebhookAttempt(
        organization_id=delivery.organization_id,
        environment=delivery.environment,
        delivery=delivery,
        status=outcome.status,
        answer=outcome.answer,
        error=outcome.error,
        milliseconds=outcome.milliseconds,
    ).save(force_insert=True)


def _advance(delivery: WebhookDelivery, **values: Any) -> None:
    if "state" in values:
        values["next_attempt_at"] = None
    WebhookDelivery.objects.unscoped().filter(pk=delivery.pk).update(
        attempts=F("attempts") + 1, **values
    )


def _recover(endpoint: WebhookEndpoint) -> None:
    if endpoint.failing_since is None:
        return
    since, endpoint.failing_since, endpoint.resume_at = endpoint.failing_since, None, None
    endpoint.save(update_fields=["failing_since", "resume_at"])
    record(
        _system(endpoint),
        "webhook.recovered",
        subject=endpoint,
        changes={"failing_since": (since, None)},
    )
    if now() - since > WORTH_A_LETTER:
        ask_for_letters(endpoint.pk, RECOVERED)


def _switch_off(endpoint: WebhookEndpoint, state: EndpointState) -> None:
    """What waits for it waits on: who switches it on again chooses what to send."""
    if endpoint.state != EndpointState.ACTIVE:
        return
    changes = {"state": (endpoint.state, state.value)}
    endpoint.state = state
    endpoint.version += 1
    endpoint.save(update_fields=["state", "version"])
    record(_system(endpoint), "webhook.switched_off", subject=endpoint, changes=changes)
    ask_for_letters(endpoint.pk, SWITCHED_OFF)


def _system(endpoint: WebhookEndpoint) -> Actor:
    return Actor.system(
        organization=endpoint.organization, label="webhooks", environment=endpoint.environment
    )
