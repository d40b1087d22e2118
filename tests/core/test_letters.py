"""Letters of the background are tried again where the server is away, and logs name nobody."""

from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from core.audit.models import AuditEntry
from core.identity.services import actor_of
from core.identity.staff import invite_user
from core.identity.tasks import send_invitation, send_reset_letter
from core.letters import LetterNotSent, send_letter
from customers.services.customers import create_customer
from customers.tasks import mail_portal_link
from tests.cast import Cast, customer_values

ORIGIN = {"address": "192.0.2.9", "request_id": "r1", "via": "pages", "client": "x"}
SITE = "https://crm.example.com"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """What the mail server fails with, one failure a letter; then it takes them."""
    failures: list[Exception] = []
    take = EmailBackend.send_messages

    def send(self: Any, messages: Any) -> int:
        if failures:
            raise failures.pop(0)
        return take(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    return failures


def test_a_letter_goes_out_once_the_server_is_back(cast: Cast, server: list[Exception]) -> None:
    server += [ConnectionRefusedError(), SMTPServerDisconnected("gone")]
    done = send_reset_letter.apply(["alice@acme.test", SITE, "en", ORIGIN])
    assert done.result is True
    assert [message.to for message in mail.outbox] == [["alice@acme.test"]]
    asked = AuditEntry.objects.for_actor(actor_of(cast.alice)).filter(action="user.reset_asked")
    assert asked.count() == 1, "it was asked for once"


def test_every_letter_of_the_background_is_tried_again(cast: Cast, server: list[Exception]) -> None:
    actor = actor_of(cast.alice)
    values = {"email": "new@acme.test", "first_name": "Nina", "role": "staff"}
    user, _token = invite_user(actor=actor, values=values)
    row = create_customer(actor=actor, values=customer_values(1))
    link = [str(cast.acme.pk), "sign_in", SITE, "", str(row.pk)]
    for task, arguments in (
        (send_invitation, [str(user.pk), SITE, "Alice"]),
        (mail_portal_link, link),
    ):
        server.append(TimeoutError())
        mail.outbox.clear()
        assert task.apply(arguments).result is True, task.name
        assert len(mail.outbox) == 1, task.name


def test_a_worker_waits_longer_each_time(server: list[Exception]) -> None:
    for task in (send_invitation, mail_portal_link, send_reset_letter):
        assert (task.retry_backoff, task.max_retries) == (15, 7), task.name
        assert task.autoretry_for == (LetterNotSent,)


def test_a_failure_names_no_address(server: list[Exception]) -> None:
    server.append(ConnectionRefusedError("connect jane@example.com"))
    with pytest.raises(LetterNotSent) as failed:
        send_letter("Subject", "Text", "jane@example.com")
    assert str(failed.value) == "ConnectionRefusedError"
    assert failed.value.__suppress_context__


def test_an_address_that_the_server_knows_nobody_by_is_given_up(server: list[Exception]) -> None:
    server.append(SMTPRecipientsRefused({"jane@example.com": (550, b"no such user")}))
    assert send_letter("Subject", "Text", "jane@example.com") is False
