"""Who signs in with what was never seen before is told by a letter."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.core import mail
from django.test import Client

from core.audit.models import AuditEntry
from core.clock import now
from core.identity.devices import device_of
from core.identity.models import KnownDevice
from core.identity.services import actor_of
from core.identity.tasks import clean_sessions
from tests.cast import PASSWORD, Cast
from tests.client import ApiClient

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/143.0.0.0 Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)


@pytest.fixture(autouse=True)
def _letters_go_out(sent: list[tuple[str, list[Any]]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter is written as soon as it is handed over."""

    def send_task(name: str, args: Any = None, **options: Any) -> None:
        current_app.tasks[name](*args)

    monkeypatch.setattr(current_app._get_current_object(), "send_task", send_task)


@pytest.fixture
def enter(django_capture_on_commit_callbacks: Any) -> Any:
    def signed_in(client: Client, agent: str = FIREFOX, address: str = "192.0.2.1") -> Client:
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(
                "/app/sign-in/",
                {"email": "bob@acme.test", "password": PASSWORD},
                headers={"User-Agent": agent},
                REMOTE_ADDR=address,
            )
        assert answer.status_code == 302
        return client

    return signed_in


def test_the_first_sign_in_ever_is_silent_and_the_next_new_one_is_told(
    cast: Cast, enter: Any
) -> None:
    cast.acme.language = "es"
    cast.acme.save()
    enter(Client())
    assert mail.outbox == []
    enter(Client(), CHROME, "198.51.100.7")
    (letter,) = mail.outbox
    assert letter.to == ["bob@acme.test"]
    assert "Chrome, Windows" in letter.body
    assert "198.51.100.7" in letter.body
    assert "http://testserver/app/account/" in letter.body
    rows = AuditEntry.objects.for_actor(actor_of(cast.sue)).filter(action="user.device_noticed")
    assert [row.changes for row in rows] == [{"device": [None, "Chrome, Windows"]}]


def test_a_browser_is_known_wherever_it_is_carried_and_whatever_its_version(
    cast: Cast, enter: Any
) -> None:
    enter(Client())
    carried = enter(Client(), SAFARI, "198.51.100.7")
    assert len(mail.outbox) == 1
    enter(carried, SAFARI, "203.0.113.5")
    enter(Client(), FIREFOX.replace("147", "148"), "192.0.2.1")
    assert len(mail.outbox) == 1, "a cleared cookie in the same network makes no letter"
    enter(Client(), FIREFOX, "203.0.113.99")
    assert len(mail.outbox) == 2


def test_the_cookie_is_the_servers_alone(cast: Cast, enter: Any) -> None:
    cookie = enter(Client()).cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 34560000)
    assert cookie.value not in str(list(KnownDevice.objects.values()))


def test_what_another_persons_browser_is_known_by_says_nothing_of_this_one(
    cast: Cast, enter: Any
) -> None:
    enter(Client())
    alices = Client()
    alices.post("/app/sign-in/", {"email": "alice@acme.test", "password": PASSWORD})
    enter(alices, CHROME, "198.51.100.7")
    assert len(mail.outbox) == 1


def test_programs_are_told_apart_by_name_and_network(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    def sign_in(agent: str, address: str) -> None:
        client = ApiClient(**{"User-Agent": agent})
        client.client.defaults["REMOTE_ADDR"] = address
        with django_capture_on_commit_callbacks(execute=True):
            body = {"email": "bob@acme.test", "password": PASSWORD}
            assert client.post("/api/auth/token", body).status_code == 200

    sign_in("python-requests/2.31", "2001:db8:1:2::1")
    sign_in("python-requests/2.32", "2001:db8:1:2::ffff")
    assert mail.outbox == []
    sign_in("curl/8.5", "2001:db8:1:2::1")
    assert "curl" in mail.outbox[0].body


def test_a_device_that_nobody_uses_for_more_than_a_year_is_forgotten(
    cast: Cast, enter: Any
) -> None:
    enter(Client())
    assert KnownDevice.objects.count() == 2
    with time_machine.travel(now() + dt.timedelta(days=399)):
        clean_sessions()
        assert KnownDevice.objects.count() == 2
    with time_machine.travel(now() + dt.timedelta(days=401)):
        clean_sessions()
    assert not KnownDevice.objects.exists()


@pytest.mark.parametrize(
    ("client", "device"),
    [
        (FIREFOX, "Firefox, Linux"),
        (CHROME, "Chrome, Windows"),
        (SAFARI, "Safari, iPhone"),
        (CHROME.replace("Safari/537.36", "Safari/537.36 Edg/143.0"), "Edge, Windows"),
        ("python-requests/2.31", "python-requests"),
        ("x" * 5000, "x" * 60),
        ("", ""),
    ],
)
def test_a_device_in_words(client: str, device: str) -> None:
    assert device_of(client) == device
