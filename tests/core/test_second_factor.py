"""A second factor: signing in with its codes, setting it up, who must have one, taking it away."""

import base64
import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.contrib.auth import authenticate as django_authenticate
from django.core import mail
from django.db import connection
from django_otp.oath import totp

from core.audit.models import AuditEntry
from core.clock import now
from core.errors import CodeRequired, Forbidden, Invalid, NotFound, Unauthenticated
from core.identity.codes import new_secret, use_code
from core.identity.models import SecondFactor, Session, User
from core.identity.second_factor import (
    renew_paper_codes,
    set_up_second_factor,
    turn_off_second_factor,
)
from core.identity.services import actor_of, authenticate, authenticate_by_code
from core.identity.staff import reset_second_factor
from core.identity.tokens import Origin, open_session
from tests.cast import PASSWORD, Cast
from tests.client import ApiClient

SITE = "http://testserver"
MISSING = "A code of your second factor is required"
WRONG = "This code of your second factor is wrong or was used before"


def code_of(secret: str, drift: int = 0) -> str:
    return f"{totp(base64.b32decode(secret), drift=drift):06}"


def set_up(user: User) -> tuple[str, list[str]]:
    """The secret of the user's new app, and the codes on paper; a minute ago."""
    secret = new_secret()
    with time_machine.travel(now() - dt.timedelta(minutes=2)):
        codes = set_up_second_factor(
            actor=actor_of(user), secret=secret, code=code_of(secret), current=PASSWORD
        )
    user.refresh_from_db()
    return secret, codes


def sign_in(code: Any = None, **more: Any) -> Any:
    body = {"email": "alice@acme.test", "password": PASSWORD, **more}
    return ApiClient().post("/api/auth/token", body if code is None else {**body, "otp": code})


def acts(cast: Cast) -> list[str]:
    rows = AuditEntry.objects.for_actor(actor_of(cast.sue)).order_by("pk")
    return list(rows.values_list("action", flat=True))


def written(sent: list[tuple[str, list[Any]]]) -> list[Any]:
    letters, sent[:] = list(sent), []
    for task, args in letters:
        current_app.tasks[task](*args)
    return mail.outbox


def test_who_has_one_signs_in_with_its_code(cast: Cast) -> None:
    secret, _codes = set_up(cast.alice)
    for missing in (None, ""):
        answer = sign_in(missing)
        assert (answer.status_code, answer.json()["error"]) == (401, MISSING)
        assert set(answer.json()["details"]) == {"otp"}
    assert Session.objects.count() == 0
    assert set(sign_in(code_of(secret)).json()) == {"access", "refresh"}


def test_the_code_alone_opens_nothing(cast: Cast) -> None:
    secret, _codes = set_up(cast.alice)
    answer = sign_in(code_of(secret), password="wrong")
    assert answer.json() == {"error": "No active account found with the given credentials"}
    assert sign_in(code_of(secret)).status_code == 200, "it wasn't used up"


@pytest.mark.parametrize("ended", ["account", "organization"])
def test_what_ends_between_the_password_and_the_code_stays_shut(cast: Cast, ended: str) -> None:
    origin = Origin(address="192.0.2.7")
    secret, _codes = set_up(cast.alice)
    with pytest.raises(CodeRequired) as password_was_right:
        authenticate(email="alice@acme.test", password=PASSWORD, origin=origin)
    row = cast.alice if ended == "account" else cast.alice.organization
    row.is_active = False
    row.save()
    step = {"ticket": password_was_right.value.ticket, "origin": origin}
    with pytest.raises(Unauthenticated):
        authenticate_by_code(code=code_of(secret), **step)
    row.is_active = True
    row.save()
    assert authenticate_by_code(code=code_of(secret), **step) == cast.alice


def test_whose_account_has_none_may_send_a_code_all_the_same(cast: Cast) -> None:
    assert sign_in("123456").status_code == 200


def test_a_code_works_once(cast: Cast) -> None:
    secret, _codes = set_up(cast.alice)
    code = code_of(secret)
    assert sign_in(code).status_code == 200
    again = sign_in(code)
    assert (again.status_code, again.json()["error"]) == (401, WRONG)
    assert sign_in(code_of(secret, drift=-1)).status_code == 401, "nor does one from before it"
    assert sign_in(code_of(secret, drift=1)).status_code == 200


@pytest.mark.parametrize(("drift", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_a_phones_clock_may_be_half_a_minute_off(cast: Cast, drift: int, status: int) -> None:
    with time_machine.travel(now(), tick=False):
        secret, _codes = set_up(cast.alice)
        assert sign_in(code_of(secret, drift)).status_code == status


def test_a_code_is_read_however_it_is_spaced_and_nothing_else_is_one(cast: Cast) -> None:
    secret, _codes = set_up(cast.alice)
    for nonsense in ("12345", "1234567", "١٢٣٤٥٦", "abcdef", "-12345", "1e5", " ", "x" * 5000):
        assert sign_in(nonsense).status_code == 401, nonsense
    code = code_of(secret)
    assert sign_in(f" {code[:3]} {code[3:]} ").status_code == 200


@pytest.mark.parametrize("odd", [123456, None, ["123456"], {}, True, "12\x00456"])
def test_a_code_that_is_no_text_is_400(cast: Cast, odd: Any) -> None:
    set_up(cast.alice)
    body = {"email": "alice@acme.test", "password": PASSWORD, "otp": odd}
    answer = ApiClient().post("/api/auth/token", body)
    assert answer.status_code == 400
    assert set(answer.json()["details"]) == {"otp"}


def test_codes_on_paper_work_once_each_however_they_are_typed(cast: Cast) -> None:
    _secret, codes = set_up(cast.alice)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", code) for code in codes)
    assert sign_in(codes[0]).status_code == 200
    assert sign_in(codes[0]).status_code == 401
    assert sign_in(f" {codes[1].upper().replace('-', ' ')} ").status_code == 200
    assert len(SecondFactor.objects.get().recovery_codes) == 8


def test_neither_secret_nor_codes_stand_readable_in_the_database(cast: Cast) -> None:
    secret, codes = set_up(cast.alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, recovery_codes FROM identity_secondfactor")
        ((kept, hashes),) = cursor.fetchall()
    assert secret not in kept
    assert not any(code in str(hashes) or code.replace("-", "") in str(hashes) for code in codes)
    trail = str(list(AuditEntry.objects.unscoped().values_list("changes")))
    assert not any(text in trail for text in [secret, *codes])


def test_guesses_are_counted_as_those_at_passwords_are(cast: Cast) -> None:
    secret, _codes = set_up(cast.alice)
    assert [sign_in("000000").status_code for _ in range(11)] == [401] * 10 + [429]
    assert sign_in(code_of(secret)).status_code == 429, "the right one is refused, too"
    assert acts(cast).count("user.code_refused") == 2, "the 1st and the 10th"


def test_asking_for_the_code_counts_against_nobody(cast: Cast) -> None:
    set_up(cast.alice)
    assert {sign_in().status_code for _ in range(15)} == {401}


def test_guesses_from_everywhere_are_fifty_a_day(cast: Cast) -> None:
    set_up(cast.alice)
    seen = []
    for number in range(51):
        client = ApiClient()
        client.client.defaults["REMOTE_ADDR"] = f"192.0.2.{number}"
        body = {"email": "alice@acme.test", "password": PASSWORD, "otp": "000000"}
        seen.append(client.post("/api/auth/token", body).status_code)
    assert seen == [401] * 50 + [429]


def test_setting_one_up_takes_the_apps_code_and_the_password(cast: Cast) -> None:
    actor, secret = actor_of(cast.alice), new_secret()
    for code, current, named in (
        ("000000", PASSWORD, "code"),
        (code_of(secret), "wrong", "current_password"),
    ):
        with pytest.raises(Invalid) as refused:
            set_up_second_factor(actor=actor, secret=secret, code=code, current=current)
        assert set(refused.value.faults) == {named}
    assert not SecondFactor.objects.exists()
    set_up_second_factor(actor=actor, secret=secret, code=code_of(secret), current=PASSWORD)
    with pytest.raises(Invalid):
        set_up_second_factor(actor=actor, secret=secret, code=code_of(secret), current=PASSWORD)


def test_the_code_that_set_it_up_is_used(cast: Cast) -> None:
    secret = new_secret()
    code = code_of(secret)
    set_up_second_factor(actor=actor_of(cast.alice), secret=secret, code=code, current=PASSWORD)
    assert not use_code(user=cast.alice, code=code)


def test_sessions_that_began_without_it_end(cast: Cast) -> None:
    tokens = ApiClient(user=cast.alice)
    set_up(cast.alice)
    assert tokens.get("/api/auth/me").status_code == 401


def test_new_codes_on_paper_take_the_password_and_end_the_old_ones(cast: Cast) -> None:
    _secret, old = set_up(cast.alice)
    with pytest.raises(Invalid):
        renew_paper_codes(actor=actor_of(cast.alice), current="wrong")
    new = renew_paper_codes(actor=actor_of(cast.alice), current=PASSWORD)
    assert [sign_in(code).status_code for code in (old[0], new[0])] == [401, 200]
    with pytest.raises(NotFound):
        renew_paper_codes(actor=actor_of(cast.bob), current=PASSWORD)


def test_turning_it_off_takes_the_password_and_is_told_by_a_letter(
    cast: Cast, sent: Any, django_capture_on_commit_callbacks: Any
) -> None:
    set_up(cast.alice)
    with pytest.raises(Invalid):
        turn_off_second_factor(actor=actor_of(cast.alice), current="wrong", site=SITE)
    assert sign_in().status_code == 401
    with django_capture_on_commit_callbacks(execute=True):
        turn_off_second_factor(actor=actor_of(cast.alice), current=PASSWORD, site=SITE)
    assert sign_in().status_code == 200
    assert not SecondFactor.objects.exists()
    (letter,) = written(sent)
    assert letter.to == ["alice@acme.test"]
    assert f"{SITE}/app/account/" in letter.body


def test_an_administrator_takes_it_from_who_has_lost_it(
    cast: Cast, sent: Any, django_capture_on_commit_callbacks: Any
) -> None:
    set_up(cast.bob)
    bobs = ApiClient(user=cast.bob)
    with django_capture_on_commit_callbacks(execute=True):
        answer = ApiClient(user=cast.alice).send(
            "DELETE", f"/api/users/{cast.bob.pk}/second-factor"
        )
    assert (answer.status_code, answer.json()) == (
        200,
        {"message": "The second factor was taken away"},
    )
    assert bobs.get("/api/auth/me").status_code == 401
    assert sign_in(email="bob@acme.test").status_code == 200
    assert "user.second_factor_removed" in acts(cast)
    (letter,) = written(sent)
    assert letter.to == ["bob@acme.test"]
    assert "alice@acme.test" in letter.body
    again = ApiClient(user=cast.alice).send("DELETE", f"/api/users/{cast.bob.pk}/second-factor")
    assert (again.status_code, again.json()) == (404, {"error": "Second factor not found"})


def test_who_may_not_takes_nobodys_away(cast: Cast) -> None:
    for user in (cast.sue, cast.charlie, cast.alice):
        set_up(user)
    for actor, whose, error in (
        (cast.mona, cast.alice, Forbidden),
        (cast.alice, cast.sue, Forbidden),
        (cast.alice, cast.charlie, NotFound),
        (cast.alice, cast.alice, Invalid),
    ):
        with pytest.raises(error):
            reset_second_factor(actor=actor_of(actor), user_id=whose.pk, site=SITE)
    assert SecondFactor.objects.count() == 3


def require(cast: Cast, *roles: str) -> None:
    body = {"second_factor_roles": list(roles)}
    answer = ApiClient(user=cast.alice).send("PATCH", "/api/organizations/current", body)
    assert answer.status_code == 200
    assert answer.json()["data"]["second_factor_roles"] == list(roles)


def test_who_owes_one_may_nothing_by_any_token(cast: Cast) -> None:
    alices, bobs = ApiClient(user=cast.alice), ApiClient(user=cast.bob)
    require(cast, "tenant_admin")
    for path in ("/api/customers", "/api/auth/me", "/api/v1/customers"):
        assert alices.get(path).status_code == 403
    assert "set it up on your account page" in alices.get("/api/customers").json()["error"]
    assert bobs.get("/api/customers").status_code == 200
    assert sign_in().status_code == 403
    assert ApiClient(key=cast.live_key).get("/api/customers").status_code == 200, "keys have none"
    user = User.objects.unscoped().select_related("organization").get(pk=cast.alice.pk)
    assert actor_of(user).permissions == frozenset()
    secret, _codes = set_up(user)
    assert sign_in(code_of(secret)).status_code == 200
    assert ApiClient(user=user).get("/api/customers").status_code == 200


@pytest.mark.parametrize(
    "odd", ["staff", [1], ["boss"], ["staff", "staff"], [["staff"]], {"staff": 1}, [None], None, 5]
)
def test_roles_that_are_none_are_refused(cast: Cast, odd: Any) -> None:
    body = {"second_factor_roles": odd}
    answer = ApiClient(user=cast.alice).send("PATCH", "/api/organizations/current", body)
    if odd is None:
        assert answer.json()["data"]["second_factor_roles"] == []
    else:
        assert (answer.status_code, set(answer.json()["details"])) == (
            400,
            {"second_factor_roles"},
        )


def test_djangos_own_sign_in_asks_for_it_too(cast: Cast) -> None:
    secret, _codes = set_up(cast.alice)
    given = {"username": "alice@acme.test", "password": PASSWORD}
    assert django_authenticate(None, **given) is None
    assert django_authenticate(None, **given, code=code_of(secret)) == cast.alice


def test_the_people_and_their_organization_show_it(cast: Cast) -> None:
    set_up(cast.bob)
    api = ApiClient(user=cast.alice)
    shown = api.get(f"/api/users/{cast.bob.pk}").json()["data"]
    assert shown["second_factor_since"] is not None
    assert api.get(f"/api/users/{cast.alice.pk}").json()["data"]["second_factor_since"] is None
    open_session(user=cast.bob)
