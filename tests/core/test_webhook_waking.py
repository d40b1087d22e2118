"""An event that somebody listens to is dispatched at once; a call that fails holds nothing up."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audit.models import OutboxEvent
from core.errors import Forbidden
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.webhooks import waking
from core.webhooks.models import WebhookDelivery, WebhookEndpoint
from core.webhooks.services import create_endpoint, replay, send_test, update_endpoint
from core.webhooks.tasks import dispatch_events
from customers.services.comparing import FINDER
from customers.services.customers import bulk_update_customers, create_customer
from customers.services.erasure import erase_customer
from tests.cast import Cast, customer_values

DISPATCH = "core.webhooks.tasks.dispatch_events"
Sent = list[tuple[str, list[Any]]]


@pytest.fixture(autouse=True)
def _nobody_called(monkeypatch: pytest.MonkeyPatch) -> None:
    waking.DISPATCHER.forget()
    FINDER.forget()
    monkeypatch.setattr(waking, "_listening", waking._Listening())


def listen(actor: Actor, **values: Any) -> WebhookEndpoint:
    return create_endpoint(actor=actor, values={"url": "https://93.184.216.34/x", **values})


def calls(sent: Sent) -> int:
    return [name for name, _ in sent].count(DISPATCH)


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Any) -> Any:
    """What happens in it is committed, as far as others can tell."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_an_event_that_somebody_listens_to_is_dispatched_at_once(
    actor: Actor, sent: Sent, commits: Any
) -> None:
    with commits():
        listen(actor)
    with commits():
        create_customer(actor=actor, values=customer_values(1))
    assert calls(sent) == 1


def test_where_nobody_listens_nobody_is_called(
    actor: Actor, cast: Cast, sent: Sent, commits: Any
) -> None:
    with commits():
        listen(actor_of(cast.charlie))
        row = listen(actor)
        update_endpoint(actor=actor, endpoint_id=row.pk, values={"state": "switched_off"})
    with commits():
        create_customer(actor=actor, values=customer_values(1))
    assert calls(sent) == 0
    assert OutboxEvent.objects.for_actor(actor).filter(type="customer.created").count() == 1


def test_who_begins_to_listen_hears_of_the_next_event_at_once(
    actor: Actor, sent: Sent, commits: Any
) -> None:
    with commits():
        create_customer(actor=actor, values=customer_values(1))
    assert calls(sent) == 0
    with commits():
        listen(actor)
    with commits():
        create_customer(actor=actor, values=customer_values(2))
    assert calls(sent) == 1


def test_nothing_is_called_for_a_transaction_that_is_rolled_back(
    actor: Actor, cast: Cast, sent: Sent, commits: Any
) -> None:
    with commits():
        listen(actor)
    with commits(), pytest.raises(Forbidden):
        erase_customer(actor=actor_of(cast.bob), customer_id=cast.bob.pk, ground="request")
    assert calls(sent) == 0


def test_one_call_is_on_its_way_at_a_time_and_the_next_event_after_it_makes_another(
    actor: Actor, sent: Sent, commits: Any
) -> None:
    with commits():
        listen(actor)
    for number in range(3):
        with commits():
            create_customer(actor=actor, values=customer_values(number))
    assert calls(sent) == 1
    dispatch_events()
    assert WebhookDelivery.objects.for_actor(actor).count() == 3
    with commits():
        create_customer(actor=actor, values=customer_values(9))
    assert calls(sent) == 2


def test_many_events_of_one_transaction_are_one_call_and_cost_no_query(
    actor: Actor, sent: Sent, commits: Any
) -> None:
    ids = [create_customer(actor=actor, values=customer_values(n)).pk for n in range(20)]
    with commits():
        listen(actor)
        create_customer(actor=actor, values=customer_values(30))
    waking.DISPATCHER.answer()
    before = calls(sent)
    with commits() as callbacks:
        bulk_update_customers(actor=actor, customer_ids=ids, values={"campaign": "spring"})
    assert (len(callbacks), calls(sent) - before) == (1, 1)
    with CaptureQueriesContext(connection) as queries:
        callbacks[0]()
    assert len(queries) == 0


def test_a_queue_that_cant_be_reached_holds_up_no_write(
    actor: Actor, sent: Sent, commits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def unreachable(key: str, *args: Any) -> bool:
        tried.append(key)
        raise ConnectionError

    with commits():
        listen(actor)
    monkeypatch.setattr(cache, "add", unreachable, raising=False)
    for number in range(3):
        with commits():
            create_customer(actor=actor, values=customer_values(number))
    assert sorted(tried) == ["duplicates-called", "webhooks-called"], "each once"
    assert OutboxEvent.objects.for_actor(actor).filter(type="customer.created").count() == 3


def test_a_test_and_what_is_replayed_are_sent_at_once(
    actor: Actor, sent: Sent, commits: Any
) -> None:
    endpoint = listen(actor)
    with commits():
        delivery = send_test(actor=actor, endpoint_id=endpoint.pk)
    with commits():
        replay(actor=actor, delivery_id=delivery.pk)
    message = ("core.webhooks.tasks.send_due", [str(endpoint.pk)])
    assert sent.count(message) == 2
