"""Signing in, staying signed in, and everything that ends it at once."""

import datetime as dt
import json
import uuid
from typing import Any

import jwt
import pytest
import time_machine
from django.conf import settings as django_settings

from core.audit.models import AuditEntry
from core.identity.guessing import network_of
from core.identity.models import Session, User
from core.identity.services import actor_of, change_password
from core.identity.tasks import clean_sessions
from core.identity.tokens import open_session
from core.tenancy.choices import Role
from core.tenancy.models import ApiKey
from core.tenancy.services.api_keys import revoke_key
from tests.cast import PASSWORD, Cast
from tests.client import ApiClient

KEY = django_settings.SIMPLE_JWT["SIGNING_KEY"]


@pytest.fixture
def client(cast: Cast) -> ApiClient:
    """Without a credential, from an address of its own, so that no other test's failures count."""
    fresh = ApiClient()
    fresh.client.defaults["REMOTE_ADDR"] = uuid.uuid4().hex
    return fresh


def sign_in(
    client: ApiClient, email: str = "alice@acme.test", password: str = PASSWORD, **headers: str
) -> Any:
    return client.post("/api/auth/token", {"email": email, "password": password}, **headers)


def me(access: str) -> Any:
    return ApiClient(Authorization=f"Bearer {access}").get("/api/auth/me")


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, KEY, algorithms=["HS256"])


def forged(key: str = KEY, algorithm: str = "HS256", drop: str = "", **changes: Any) -> Any:
    """A function from a good access token to a broken one."""

    def forge(good: str) -> str:
        return jwt.encode(
            {name: value for name, value in {**claims(good), **changes}.items() if name != drop},
            key,
            algorithm,
        )

    return forge


def test_signing_in_answers_two_tokens_with_exactly_the_documented_claims(
    client: ApiClient, cast: Cast
) -> None:
    response = sign_in(client)
    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh"}
    for kind, seconds in (("access", 15 * 60), ("refresh", 7 * 86400)):
        found = claims(response.json()[kind])
        assert set(found) == {"sub", "email", "role", "tenant_id", "jti", "type", "iat", "exp"}
        assert (found["sub"], found["email"], found["role"]) == (
            str(cast.alice.pk),
            "alice@acme.test",
            "tenant_admin",
        )
        assert (found["tenant_id"], found["type"]) == (str(cast.acme.pk), kind)
        assert found["exp"] - found["iat"] == seconds


def test_me_is_the_documented_object(client: ApiClient, cast: Cast) -> None:
    response = me(sign_in(client, "ALICE@acme.test ").json()["access"])
    assert response.json() == {
        "id": str(cast.alice.pk),
        "email": "alice@acme.test",
        "first_name": "Alice",
        "last_name": None,
        "role": "tenant_admin",
        "organization": {"id": str(cast.acme.pk), "slug": "acme", "name": "Acme Roofs"},
    }


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alice@acme.test", "wrong"),
        ("nobody@acme.test", PASSWORD),
        ("alice@acme.test", PASSWORD + " "),
        ("a", "b"),
    ],
)
def test_wrong_credentials_are_one_401_that_does_not_tell_which(
    client: ApiClient, email: str, password: str
) -> None:
    response = sign_in(client, email, password)
    assert (response.status_code, response.json()) == (
        401,
        {"error": "No active account found with the given credentials"},
    )
    assert Session.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        [],
        "x",
        1,
        {"email": "alice@acme.test"},
        {"email": 1, "password": 2},
        {"email": None, "password": None},
        {"email": "a\0", "password": "b"},
        {"email": ["a"], "password": {"b": 1}},
        {"email": "a", "password": "b", "more": 1},
    ],
)
def test_a_body_that_is_no_pair_of_texts_is_400(client: ApiClient, body: Any) -> None:
    response = client.post("/api/auth/token", body)
    assert response.status_code == 400
    assert set(response.json()) <= {"error", "details"}


def test_an_access_token_ends_after_fifteen_minutes_and_a_refresh_token_after_seven_days(
    client: ApiClient,
) -> None:
    with time_machine.travel("2026-03-01T00:00:00Z", tick=False) as clock:
        pair = sign_in(client).json()
        clock.shift(dt.timedelta(minutes=14, seconds=59))
        assert me(pair["access"]).status_code == 200
        clock.shift(dt.timedelta(seconds=2))
        assert me(pair["access"]).status_code == 401
        clock.shift(dt.timedelta(days=7))
        assert client.post("/api/auth/refresh", {"refresh": pair["refresh"]}).status_code == 401


@pytest.mark.parametrize(
    "path", ["/api/auth/refresh", "/api/auth/token/refresh", "/api/auth/refresh/"]
)
def test_refreshing_rotates_and_a_used_token_ends_the_whole_family(
    client: ApiClient, path: str
) -> None:
    first = sign_in(client).json()
    second = client.post(path, {"refresh": first["refresh"]})
    assert second.status_code == 200
    assert set(second.json()) == {"access", "refresh"}
    assert me(second.json()["access"]).status_code == 200
    again = client.post(path, {"refresh": first["refresh"]})
    assert (again.status_code, again.json()) == (401, {"error": "Token is invalid or expired"})
    assert me(second.json()["access"]).status_code == 401
    assert client.post(path, {"refresh": second.json()["refresh"]}).status_code == 401


def test_each_refresh_gives_a_session_its_seven_days_anew(client: ApiClient) -> None:
    with time_machine.travel("2026-03-01T00:00:00Z", tick=False) as clock:
        pair = sign_in(client).json()
        for _ in range(3):
            clock.shift(dt.timedelta(days=6))
            clean_sessions()
            answer = client.post("/api/auth/refresh", {"refresh": pair["refresh"]})
            assert answer.status_code == 200
            pair = answer.json()
        clock.shift(dt.timedelta(days=7, seconds=1))
        clean_sessions()
    assert not Session.objects.filter(user__email="alice@acme.test").exists()


def test_a_used_token_is_kept_in_the_audit_with_whose_it_was(client: ApiClient, cast: Cast) -> None:
    first = sign_in(client).json()
    for _ in range(2):
        client.post("/api/auth/refresh", {"refresh": first["refresh"]})
    told = AuditEntry.objects.unscoped().get(action="session.token_reused")
    assert told.subject_id == cast.alice.pk


def test_reusing_one_sessions_token_leaves_the_users_other_sessions(client: ApiClient) -> None:
    first, other = sign_in(client).json(), sign_in(client).json()
    for _ in range(2):
        client.post("/api/auth/refresh", {"refresh": first["refresh"]})
    assert me(other["access"]).status_code == 200


def test_refreshing_one_session_leaves_the_users_other_sessions(client: ApiClient) -> None:
    first, other = sign_in(client).json(), sign_in(client).json()
    for pair in (first, other):
        answer = client.post("/api/auth/refresh", {"refresh": pair["refresh"]})
        assert answer.status_code == 200


def test_a_session_has_ended_when_it_first_did(client: ApiClient, cast: Cast) -> None:
    with time_machine.travel("2026-03-01T00:00:00Z", tick=False) as clock:
        pair = sign_in(client).json()
        client.post("/api/auth/logout", {"refresh": pair["refresh"]})
        ended = Session.objects.get(user=cast.alice).revoked_at
        clock.shift(dt.timedelta(days=1))
        new_password(cast.alice)
    assert ended is not None
    assert Session.objects.get(user=cast.alice).revoked_at == ended


def test_signing_out_ends_both_tokens_at_once(client: ApiClient) -> None:
    pair = sign_in(client).json()
    out = client.post("/api/auth/logout", Authorization=f"Bearer {pair['access']}")
    assert (out.status_code, out.json()) == (200, {"message": "Signed out"})
    assert me(pair["access"]).status_code == 401
    assert client.post("/api/auth/refresh", {"refresh": pair["refresh"]}).status_code == 401


def test_signing_out_by_the_refresh_token_alone(client: ApiClient) -> None:
    pair = sign_in(client).json()
    assert client.post("/api/auth/logout", {"refresh": pair["refresh"]}).status_code == 200
    assert me(pair["access"]).status_code == 401


def deactivate(user: User) -> None:
    User.objects.unscoped().filter(pk=user.pk).update(is_active=False)


def close(user: User) -> None:
    user.organization.is_active = False
    user.organization.save()


def new_password(user: User) -> None:
    change_password(actor=actor_of(user), user=user, password="another long password")


def new_hash(user: User) -> None:
    user.set_password("set without the service")
    user.save()


def delete(user: User) -> None:
    User.objects.unscoped().filter(pk=user.pk).delete()


@pytest.mark.parametrize("end", [deactivate, close, new_password, new_hash, delete])
def test_what_ends_an_account_ends_its_tokens_at_the_next_request(
    client: ApiClient, cast: Cast, end: Any
) -> None:
    pair = sign_in(client, "bob@acme.test").json()
    assert me(pair["access"]).status_code == 200
    end(cast.bob)
    assert me(pair["access"]).status_code == 401
    assert client.post("/api/auth/refresh", {"refresh": pair["refresh"]}).status_code == 401
    assert sign_in(client, "bob@acme.test").status_code == 401


def test_a_changed_role_holds_at_the_next_request(client: ApiClient, cast: Cast) -> None:
    manager = ApiClient(
        Authorization=f"Bearer {sign_in(client, 'mona@acme.test').json()['access']}"
    )
    assert manager.get("/api/customers/stats").status_code == 200
    User.objects.unscoped().filter(pk=cast.mona.pk).update(role=Role.STAFF)
    assert manager.get("/api/customers/stats").status_code == 403
    assert manager.get("/api/auth/me").json()["role"] == "staff"


def test_a_revoked_an_expired_and_a_closed_organizations_key_stop_at_once(cast: Cast) -> None:
    client = ApiClient(key=cast.live_key)
    row = ApiKey.objects.unscoped().get(prefix=cast.live_key[:16])
    assert client.get("/api/customers").status_code == 200
    ApiKey.objects.unscoped().filter(pk=row.pk).update(expires_at=row.created_at)
    assert client.get("/api/customers").status_code == 401
    ApiKey.objects.unscoped().filter(pk=row.pk).update(expires_at=None)
    close(cast.alice)
    assert client.get("/api/customers").status_code == 401
    cast.alice.organization.is_active = True
    cast.alice.organization.save()
    revoke_key(actor=actor_of(cast.alice), key_id=row.pk)
    assert client.get("/api/customers").status_code == 401


BROKEN: dict[str, Any] = {
    "empty": lambda good: "",
    "bytes": lambda good: "\x01\xff\xfe",
    "dots": lambda good: "a.b.c",
    "cut": lambda good: good[:-3],
    "longer": lambda good: good + "x",
    "huge": lambda good: good + "x" * 100_000,
    "not ASCII": lambda good: "é" * 40,
    "no algorithm": lambda good: jwt.encode(claims(good), None, "none"),
    "another algorithm": forged(algorithm="HS512"),
    "another key": forged(key="x" * 64),
    "of a number": lambda good: jwt.encode({**claims(good), "sub": "12345"}, KEY, "HS256"),
    "of nobody": forged(sub=str(uuid.uuid4())),
    "of a list": lambda good: _raw({**claims(good), "sub": [1]}),
    "without sub": forged(drop="sub"),
    "without jti": forged(drop="jti"),
    "without type": forged(drop="type"),
    "without exp": forged(drop="exp"),
    "exp a text": lambda good: _raw({**claims(good), "exp": "soon"}),
    "exp too far": lambda good: _raw({**claims(good), "exp": 10**20}),
    "exp past": forged(exp=1),
    "iat to come": forged(iat=4_000_000_000),
    "jti nonsense": forged(jti="nonsense"),
    "jti nobody's": forged(jti=f"{uuid.uuid4().hex}.0"),
    "jti huge": forged(jti=f"{uuid.uuid4().hex}.{'9' * 5000}"),
    "jti a number": lambda good: _raw({**claims(good), "jti": 7}),
    "not an object": lambda good: _raw([1, 2, 3]),
}


def _raw(payload: Any) -> str:
    """A well signed token of any JSON, which the library would refuse to make."""
    return jwt.api_jws.encode(json.dumps(payload).encode(), KEY, "HS256")


@pytest.mark.parametrize("name", BROKEN)
def test_no_kind_of_broken_token_is_anything_but_401(
    name: str, client: ApiClient, cast: Cast
) -> None:
    good = open_session(user=cast.alice)
    broken = BROKEN[name](good.access)
    response = me(broken)
    assert response.json() == {"error": "Authentication required"}, response.content
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (
        401,
        'Bearer realm="crm"',
    )
    assert client.post("/api/auth/logout", Authorization=f"Bearer {broken}").status_code == 401
    refreshed = client.post("/api/auth/refresh", {"refresh": BROKEN[name](good.refresh)})
    assert refreshed.status_code == (400 if name in ("empty",) else 401), refreshed.content
    assert me(good.access).status_code == 200


def test_neither_kind_of_token_serves_as_the_other(client: ApiClient, cast: Cast) -> None:
    pair = open_session(user=cast.alice)
    assert me(pair.refresh).status_code == 401
    assert client.post("/api/auth/refresh", {"refresh": pair.access}).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x", "bearer  x"])
def test_any_other_authorization_header_is_401(header: str, cast: Cast) -> None:
    assert ApiClient(Authorization=header).get("/api/customers").status_code == 401


@pytest.mark.parametrize("key", ["", "x", "crm_live_" + "x" * 43, "é", "x" * 100_000])
def test_any_other_key_is_401(key: str, cast: Cast) -> None:
    response = ApiClient(**{"X-Api-Key": key}).get("/api/customers")
    assert (response.status_code, response.json()) == (401, {"error": "Authentication required"})


def test_ten_failures_for_an_account_from_one_address_are_enough(client: ApiClient) -> None:
    for _ in range(10):
        assert sign_in(client, password="wrong").status_code == 401
    refused = sign_in(client)
    assert (refused.status_code, refused.json()) == (429, {"error": "Rate limit exceeded"})
    assert 1 <= int(refused.headers["Retry-After"]) <= 900
    forwarded = sign_in(
        client,
        **{
            "X-Forwarded-For": "198.51.100.7",
            "X-Real-IP": "198.51.100.7",
            "Forwarded": "for=198.51.100.7",
        },
    )
    assert forwarded.status_code == 429
    assert sign_in(client, "bob@acme.test").status_code == 200
    elsewhere = ApiClient()
    elsewhere.client.defaults["REMOTE_ADDR"] = uuid.uuid4().hex
    assert sign_in(elsewhere).status_code == 200


def test_fifty_failures_from_one_address_are_enough_whatever_the_accounts(
    client: ApiClient,
) -> None:
    seen = [
        sign_in(client, f"nobody{number}@acme.test", "wrong").status_code for number in range(51)
    ]
    assert seen == [401] * 50 + [429]


def test_who_has_signed_in_from_a_network_is_spared_what_others_there_get_wrong(
    client: ApiClient,
) -> None:
    assert sign_in(client).status_code == 200
    for number in range(50):
        sign_in(client, f"nobody{number}@acme.test", "wrong")
    assert sign_in(client, "nobody@acme.test", "wrong").status_code == 429
    assert sign_in(client, "bob@acme.test").status_code == 429
    assert [sign_in(client).status_code for _ in range(3)] == [200] * 3
    guesses = [sign_in(client, password="wrong").status_code for _ in range(11)]
    assert guesses == [401] * 10 + [429], "their own account is counted as ever"


def test_a_network_of_ipv6_is_one_guesser(client: ApiClient) -> None:
    def from_address(address: str, password: str) -> int:
        client.client.defaults["REMOTE_ADDR"] = address
        return int(sign_in(client, password=password).status_code)

    seen = [from_address(f"2001:db8:1:2::{number:x}", "wrong") for number in range(1, 12)]
    assert seen == [401] * 10 + [429]
    assert from_address("2001:db8:1:2:ffff::1", PASSWORD) == 429
    assert from_address("2001:db8:1:3::1", PASSWORD) == 200


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network


def test_tries_sent_at_once_are_counted_before_a_hash_is_computed(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try finds those before it still under way."""
    hashed, seen = [], []

    def slow_check(password: str, _encoded: str) -> bool:
        hashed.append(password)
        seen.append(sign_in(client, password="wrong").status_code)
        return False

    monkeypatch.setattr("core.identity.services.check_password", slow_check)
    assert sign_in(client, password="wrong").status_code == 401
    assert (len(hashed), seen[0]) == (10, 429)


def test_success_is_not_counted(client: ApiClient) -> None:
    assert {sign_in(client).status_code for _ in range(15)} == {200}


def test_behind_a_proxy_the_clients_address_is_the_one_that_the_proxy_saw(
    client: ApiClient, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    stranger, owner = uuid.uuid4().hex, uuid.uuid4().hex
    for number in range(10):
        sign_in(client, password="wrong", **{"X-Forwarded-For": f"10.0.0.{number}, {stranger}"})
    assert sign_in(client, **{"X-Forwarded-For": f"203.0.113.9, {stranger}"}).status_code == 429
    assert sign_in(client, **{"X-Forwarded-For": f"203.0.113.9, {owner}"}).status_code == 200


def test_a_super_admin_names_another_organization_by_id_or_slug(cast: Cast) -> None:
    for name in (str(cast.other.pk), cast.other.pk.hex, "other", "OTHER", " other "):
        found = ApiClient(user=cast.sue, **{"X-Organization": name}).get("/api/auth/me").json()
        assert found["organization"]["slug"] == "other", name
    for name in ("acme", str(cast.acme.pk), ""):
        assert (
            ApiClient(user=cast.sue, **{"X-Organization": name})
            .get("/api/auth/me")
            .json()["organization"]["slug"]
            == "acme"
        )


@pytest.mark.parametrize(
    "name", ["nowhere", "0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6071", "x" * 5000, "é", "a\0b", "%"]
)
def test_an_unknown_organization_is_404_for_a_super_admin(name: str, cast: Cast) -> None:
    response = ApiClient(user=cast.sue, **{"X-Organization": name}).get("/api/customers")
    assert (response.status_code, response.json()) == (404, {"error": "Organization not found"})


def test_a_closed_organization_cannot_be_named(cast: Cast) -> None:
    cast.other.is_active = False
    cast.other.save()
    assert (
        ApiClient(user=cast.sue, **{"X-Organization": "other"}).get("/api/customers").status_code
        == 404
    )


def test_others_may_name_only_their_own_organization(cast: Cast) -> None:
    for who in (
        ApiClient(user=cast.alice, **{"X-Organization": "other"}),
        ApiClient(key=cast.live_key, **{"X-Organization": "other"}),
    ):
        assert who.get("/api/customers").status_code == 403
    assert (
        ApiClient(user=cast.bob, **{"X-Organization": "nowhere"}).get("/api/customers").status_code
        == 403
    )
    assert (
        ApiClient(user=cast.bob, **{"X-Organization": "Acme"}).get("/api/customers").status_code
        == 200
    )


def test_what_a_super_admin_does_elsewhere_is_written_there(cast: Cast) -> None:
    sue = ApiClient(user=cast.sue, **{"X-Organization": "other"})
    made = sue.post("/api/customers", {"first_name": "A", "last_name": "B", "email": "a@b.test"})
    assert made.status_code == 201
    path = f"/api/customers/{made.json()['data']['id']}"
    assert ApiClient(user=cast.charlie).get(path).status_code == 200
    assert ApiClient(user=cast.sue).get(path).status_code == 404
