"""An invitation is good for days, a link for another password for an hour; each for one use."""

import datetime as dt
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from core.identity import passwords
from core.identity.models import User
from core.identity.passwords import new_token, user_of_reset, write_invitation, write_reset_letter
from core.identity.services import actor_of
from core.identity.staff import invite_user, new_password_link
from core.identity.tokens import Origin
from tests.cast import Cast

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
PASSWORD = "a fine new one 47"


@pytest.fixture
def invited(cast: Cast) -> User:
    values = {"email": "new@acme.test", "first_name": "Nina", "role": "staff"}
    return invite_user(actor=actor_of(cast.alice), values=values)[0]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets time pass for the links."""
    begun = dt.datetime.now()

    def pass_by(after: dt.timedelta) -> None:
        monkeypatch.setattr(passwords.LinkTokens, "_now", lambda self: begun + after)

    return pass_by


def test_an_invitation_is_good_for_seven_days(invited: User, later: Any) -> None:
    token = new_token(invited)
    for after, good in ((HOUR, True), (7 * DAY - HOUR, True), (7 * DAY + HOUR, False)):
        later(after)
        assert (user_of_reset(user_id=invited.pk, token=token) is not None) == good, after


def test_a_link_for_another_password_is_good_for_an_hour(cast: Cast, later: Any) -> None:
    user, token = new_password_link(actor=actor_of(cast.alice), user_id=cast.bob.pk)
    for after, good in ((HOUR / 2, True), (HOUR * 2, False)):
        later(after)
        assert (user_of_reset(user_id=user.pk, token=token) is not None) == good, after


def test_a_reset_is_good_for_an_hour_whoever_asked(cast: Cast, invited: User, later: Any) -> None:
    site = "https://crm.example.com"
    for user in (cast.bob, invited):
        write_reset_letter(email=user.email, site=site, language="en", origin=Origin())
        token = re.search(r"/reset/\w+/([\w-]+)/", str(mail.outbox[-1].body))
        assert token is not None
        later(HOUR * 2)
        assert user_of_reset(user_id=user.pk, token=token[1]) is None
        later(dt.timedelta())


def test_an_invitation_works_once(cast: Cast, invited: User) -> None:
    write_invitation(user_id=invited.pk, site="http://testserver", by="Alice")
    letter = str(mail.outbox[-1].body)
    assert "once, for 7 days" in letter
    path = re.search(r"http://testserver(/app/reset/\S+)", letter)
    assert path is not None
    typed = {"password": PASSWORD, "again": PASSWORD}
    assert Client().post(path[1], typed).status_code == 302
    assert Client().post(path[1], typed).status_code == 410


def test_one_that_is_over_says_so_and_offers_another(invited: User, later: Any) -> None:
    address = f"/app/reset/{invited.pk.hex}/{new_token(invited)}/"
    later(8 * DAY)
    for answer in (
        Client().get(address),
        Client().post(address, {"password": PASSWORD, "again": PASSWORD}),
    ):
        assert answer.status_code == 410
        text = answer.content.decode()
        assert "it has expired" in text
        assert 'href="/app/forgotten/"' in text


def test_how_long_is_a_setting(invited: User, later: Any, settings: Any) -> None:
    settings.INVITATION_TIMEOUT = 2 * 24 * 3600
    token = new_token(invited)
    later(3 * DAY)
    assert user_of_reset(user_id=invited.pk, token=token) is None
