"""Administrators are written to about webhooks that were switched off, or work again."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core import mail

from core.clock import now
from core.identity.models import User
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.services.organizations import update_organization
from core.webhooks.choices import EndpointState
from core.webhooks.dispatching import KEPT, dispatch_events, prune
from core.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookSequence
from core.webhooks.sending import SCHEDULE, AttemptResult, keep
from core.webhooks.services import create_endpoint, delete_endpoint, send_test, update_endpoint
from core.webhooks.tasks import write_to_administrators
from customers.services.customers import create_customer, delete_customer, restore_customer
from customers.services.erasure import erase_customer
from tests.cast import Cast, customer_values

LETTERS = "core.webhooks.tasks.write_to_administrators"
GOOD, BAD, GONE = AttemptResult(status=204), AttemptResult(status=500), AttemptResult(status=410)
Sent = list[tuple[str, list[Any]]]


@pytest.fixture
def endpoint(actor: Actor, settings: Any) -> WebhookEndpoint:
    settings.SITE_URL = "https://crm.example"
    return create_endpoint(actor=actor, values={"url": "https://93.184.216.34/hook"})


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Any) -> Any:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def attempt(actor: Actor, endpoint: WebhookEndpoint, *results: AttemptResult) -> None:
    delivery = send_test(actor=actor, endpoint_id=endpoint.pk)
    for result in results:
        keep(WebhookDelivery.objects.unscoped().get(pk=delivery.pk), result)


def asked(sent: Sent) -> list[Any]:
    return [args for name, args in sent if name == LETTERS]


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([GONE], "this address is gone for good"),
        ([BAD] * (len(SCHEDULE) + 1), "kept failing for more than three days"),
    ],
    ids=["gone", "failing"],
)
def test_a_webhook_that_is_switched_off_is_written_of(
    actor: Actor,
    cast: Cast,
    endpoint: WebhookEndpoint,
    sent: Sent,
    commits: Any,
    results: list[AttemptResult],
    said: str,
) -> None:
    with commits():
        attempt(actor, endpoint, *results)
    assert asked(sent) == [[str(endpoint.pk), "switched_off"]]
    assert write_to_administrators(*asked(sent)[0]) == 1
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["alice@acme.test"], "A webhook was switched off")
    assert said in letter.body
    assert "https://93.184.216.34/hook" in letter.body
    assert f"https://crm.example/app/settings/webhooks/{endpoint.pk}/" in letter.body
    assert endpoint.secret not in letter.body


def test_who_left_or_belongs_elsewhere_gets_no_letter(
    actor: Actor, cast: Cast, endpoint: WebhookEndpoint
) -> None:
    User.objects.unscoped().filter(pk=cast.alice.pk).update(is_active=False)
    assert write_to_administrators(str(endpoint.pk), "switched_off") == 0
    assert mail.outbox == []


def test_letters_are_in_the_organizations_language(
    actor: Actor, cast: Cast, endpoint: WebhookEndpoint
) -> None:
    update_organization(actor=actor, organization=actor.organization, values={"language": "es"})
    write_to_administrators(str(endpoint.pk), "recovered")
    assert mail.outbox[0].subject == "Un webhook vuelve a funcionar"


def test_a_recovery_after_a_long_failure_is_written_of_and_a_short_one_isnt(
    actor: Actor, endpoint: WebhookEndpoint, sent: Sent, commits: Any
) -> None:
    with commits():
        attempt(actor, endpoint, BAD, GOOD)
    assert asked(sent) == []
    attempt(actor, endpoint, BAD)
    with time_machine.travel(now() + dt.timedelta(hours=2)), commits():
        attempt(actor, endpoint, GOOD)
    assert asked(sent) == [[str(endpoint.pk), "recovered"]]
    write_to_administrators(*asked(sent)[0])
    assert mail.outbox[0].subject == "A webhook works again"


def test_who_switches_a_failing_webhook_on_again_hears_that_it_works(
    actor: Actor, endpoint: WebhookEndpoint, sent: Sent, commits: Any
) -> None:
    attempt(actor, endpoint, BAD, GONE)
    with time_machine.travel(now() + dt.timedelta(days=1)):
        update_endpoint(
            actor=actor, endpoint_id=endpoint.pk, values={"state": EndpointState.ACTIVE}
        )
        with commits():
            attempt(actor, endpoint, GOOD)
    assert asked(sent) == [[str(endpoint.pk), "recovered"]]
    assert WebhookEndpoint.objects.unscoped().get().failing_since is None


def test_of_a_webhook_that_is_gone_nobody_is_told(actor: Actor, endpoint: WebhookEndpoint) -> None:
    delete_endpoint(actor=actor, endpoint_id=endpoint.pk)
    assert write_to_administrators(str(endpoint.pk), "switched_off") == 0


def test_the_numbering_of_a_customer_goes_a_month_after_them(
    actor: Actor, endpoint: WebhookEndpoint
) -> None:
    erased, deleted, restored, living = (
        create_customer(actor=actor, values=customer_values(number)).pk for number in range(4)
    )
    erase_customer(actor=actor, customer_id=erased, ground="asked")
    for key in (deleted, restored):
        delete_customer(actor=actor, customer_id=key)
    restore_customer(actor=actor, customer_id=restored)
    dispatch_events()
    numbered = WebhookSequence.objects.unscoped()
    prune()
    assert numbered.count() == 4
    with time_machine.travel(now() + KEPT + dt.timedelta(days=1)):
        prune()
    assert set(numbered.values_list("customer_id", flat=True)) == {restored, living}


def test_another_organizations_administrators_hear_nothing(
    cast: Cast, endpoint: WebhookEndpoint
) -> None:
    theirs = create_endpoint(
        actor=actor_of(cast.charlie), values={"url": "https://93.184.216.34/theirs"}
    )
    write_to_administrators(str(theirs.pk), "switched_off")
    assert [letter.to for letter in mail.outbox] == [["charlie@other.test"]]
