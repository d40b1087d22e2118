"""A browser's session is a row: listed, ended from elsewhere, and never revived."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from core.clock import now
from core.identity.models import Session, SessionKind
from core.identity.services import actor_of, change_password
from core.identity.staff import revoke_session, update_user
from core.identity.tokens import open_session
from core.ui.middleware import SESSION
from tests.cast import PASSWORD, Cast

ACCOUNT = "/app/account/"


def signed_in(email: str, **headers: str) -> Client:
    client = Client(headers={"User-Agent": "Firefox/147.0", **headers})
    typed = {"email": email, "password": PASSWORD}
    assert client.post("/app/sign-in/", typed).status_code == 302
    return client


def sessions(user: Any) -> list[Session]:
    return list(Session.objects.filter(user=user).order_by("pk"))


def is_in(client: Client) -> bool:
    return bool(client.get(ACCOUNT).status_code == 200)


def test_signing_in_begins_a_session_that_says_where_and_with_what(cast: Cast) -> None:
    client = signed_in("bob@acme.test")
    (session,) = sessions(cast.bob)
    assert (session.kind, session.address, session.client) == (
        SessionKind.PAGES,
        "127.0.0.1",
        "Firefox/147.0",
    )
    assert dt.timedelta(days=13) < session.expires_at - now() <= dt.timedelta(days=14)
    assert is_in(client)
    assert sessions(cast.bob) == [session], "the next pages begin none"


def test_signing_out_ends_it(cast: Cast) -> None:
    client = signed_in("bob@acme.test")
    client.post("/app/sign-out/")
    assert sessions(cast.bob)[0].revoked_at is not None
    assert not is_in(client)


def test_the_admins_way_out_ends_it_too(cast: Cast) -> None:
    client = signed_in("alice@acme.test")
    client.post("/admin/logout/")
    assert sessions(cast.alice)[0].revoked_at is not None


def test_who_is_let_in_again_signs_in_anew(cast: Cast) -> None:
    client, alice = signed_in("bob@acme.test"), actor_of(cast.alice)
    for active in (False, True):
        update_user(actor=alice, user_id=cast.bob.pk, values={"is_active": active})
    assert not is_in(client)
    assert is_in(signed_in("bob@acme.test"))


def test_an_administrator_ends_one_session_and_leaves_the_others(cast: Cast) -> None:
    first, second = signed_in("bob@acme.test"), signed_in("bob@acme.test")
    revoke_session(actor=actor_of(cast.alice), session_id=sessions(cast.bob)[0].pk)
    assert (is_in(first), is_in(second)) == (False, True)


def test_a_session_ends_after_fourteen_days_whatever_was_done(cast: Cast) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        client = signed_in("bob@acme.test")
        clock.shift(dt.timedelta(days=13))
        assert is_in(client)
        client.post("/app/preferences/", {"theme": "dark"})
        clock.shift(dt.timedelta(days=1, seconds=1))
        assert not is_in(client)


def test_a_password_changed_elsewhere_ends_it(cast: Cast) -> None:
    client = signed_in("bob@acme.test")
    change_password(actor=actor_of(cast.bob), user=cast.bob, password="another long password")
    assert not is_in(client)


def test_who_changes_the_own_password_stays_signed_in_here_alone(cast: Cast) -> None:
    here, elsewhere = signed_in("bob@acme.test"), signed_in("bob@acme.test")
    new = {"password": "another long password", "again": "another long password"}
    assert here.post(ACCOUNT, {"current_password": PASSWORD, **new}).status_code == 302
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert [row.revoked_at is None for row in sessions(cast.bob)] == [False, False, True]


@pytest.mark.parametrize("kept", ["nonsense", "01900000-0000-7000-8000-000000000000", ""])
def test_a_session_that_no_row_knows_is_none(cast: Cast, kept: str) -> None:
    client = signed_in("bob@acme.test")
    session = client.session
    session[SESSION] = kept
    session.save()
    assert is_in(client) == (kept in ("nonsense", "")), "one without a row's id gets a row"


def test_neither_anothers_session_nor_a_tokens_serves_a_browser(cast: Cast) -> None:
    signed_in("alice@acme.test")
    open_session(user=cast.bob)
    for row in [*sessions(cast.alice), *sessions(cast.bob)]:
        client = signed_in("bob@acme.test")
        session = client.session
        session[SESSION] = str(row.pk)
        session.save()
        assert not is_in(client)


def test_a_session_from_before_there_were_rows_goes_on(cast: Cast) -> None:
    client = signed_in("bob@acme.test")
    Session.objects.all().delete()
    session = client.session
    del session[SESSION]
    session.save()
    assert is_in(client)
    assert len(sessions(cast.bob)) == 1
    assert is_in(client)
    assert len(sessions(cast.bob)) == 1


def test_ones_sessions_stand_on_the_account_page_and_are_ended_there(cast: Cast) -> None:
    here, elsewhere = signed_in("bob@acme.test"), signed_in("bob@acme.test")
    mine, other = sessions(cast.bob)
    shown = here.get(ACCOUNT).content.decode()
    assert ("This browser" in shown, shown.count("Firefox/147.0")) == (True, 2)
    assert f"{ACCOUNT}sessions/{mine.pk}/end/" not in shown
    assert here.post(f"{ACCOUNT}sessions/{other.pk}/end/").status_code == 302
    assert (is_in(here), is_in(elsewhere)) == (True, False)


def test_nobody_ends_anothers_session_from_the_account_page(cast: Cast) -> None:
    bob, mona = signed_in("bob@acme.test"), signed_in("mona@acme.test")
    (hers,) = sessions(cast.mona)
    assert bob.post(f"{ACCOUNT}sessions/{hers.pk}/end/").status_code == 404
    assert (
        bob.post(f"/app/settings/people/{cast.mona.pk}/sessions/{hers.pk}/end/").status_code == 403
    )
    assert is_in(mona)


def test_an_administrator_sees_and_ends_a_persons_sessions(cast: Cast) -> None:
    alice, bob = signed_in("alice@acme.test"), signed_in("bob@acme.test")
    (session,) = sessions(cast.bob)
    page = f"/app/settings/people/{cast.bob.pk}/"
    end = f"{page}sessions/{session.pk}/end/"
    assert end in alice.get(page).content.decode()
    assert alice.post(end).status_code == 302
    assert not is_in(bob)
    assert end not in alice.get(page).content.decode()
    mine = sessions(cast.alice)[0]
    wrong = alice.post(f"{page}sessions/{mine.pk}/end/")
    assert wrong.status_code == 404
    assert is_in(alice)
