"""What must be true through every door."""

import codecs
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from core.audit.models import AuditEntry, OutboxEvent
from core.identity.services import actor_of
from core.requests.limits import Allowance
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from tests.api.dialects import CREATING, EVERY, SPOKEN, UPDATING, WAYS, Call, Ways
from tests.cast import Cast, customer_values
from tests.client import ApiClient

STRICT = {"Prefer": "handling=strict"}
LENIENT = {"Prefer": "handling=lenient"}
UNKNOWN = {"Content-Length": ""}
"""Of a length that the request does not tell."""

every = pytest.mark.parametrize("ways", EVERY, ids=lambda ways: ways.name)
creating = pytest.mark.parametrize("ways", CREATING, ids=lambda ways: ways.name)
updating = pytest.mark.parametrize("ways", UPDATING, ids=lambda ways: ways.name)


@pytest.fixture
def key(actor: Actor) -> UUID:
    return create_customer(actor=actor, values=customer_values()).pk


@pytest.fixture
def strange(cast: Cast) -> UUID:
    return create_customer(actor=actor_of(cast.charlie), values=customer_values()).pk


def told(ways: Ways, response: Any, status: int) -> str:
    """The words of a failure, which must have this status and the dialect's shape."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/json"
    return ways.words(status, response.json())


def rows() -> tuple[int, int, int]:
    """But for what says that somebody was refused: that is what a refused request leaves."""
    return (
        Customer.objects.unscoped().count(),
        AuditEntry.objects.unscoped().exclude(action="permission.refused").count(),
        OutboxEvent.objects.unscoped().count(),
    )


def test_every_registered_dialect_has_its_ways_here() -> None:
    assert {ways.name for ways in WAYS} >= SPOKEN


@every
def test_a_customer_is_read_with_its_version(ways: Ways, cast: Cast, key: UUID) -> None:
    response = ways.read(key).by(ways.client(cast))
    assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
    assert response.headers["Content-Type"] == "application/json"
    assert b"jane1@example.com" in response.content
    assert response.headers["Cache-Control"] == "no-store"


@every
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic eDp5"},
        {"X-Api-Key": "nonsense"},
        {"Authorization": "Bearer crm_live_nonsense"},
        {"X-Api-Key": ""},
    ],
    ids=["none", "bearer", "basic", "key", "key as bearer", "empty key"],
)
def test_a_missing_or_bad_credential_is_401(
    ways: Ways, cast: Cast, key: UUID, headers: dict[str, str]
) -> None:
    before = rows()
    calls = [ways.read(key), ways.remove(key), ways.speaking(key)]
    for call in calls:
        response = call.by(ApiClient(**headers))
        assert told(ways, response, 401)
        assert response.headers["WWW-Authenticate"]
    assert rows() == before


@every
def test_a_bad_credential_is_told_before_anything_else(ways: Ways, cast: Cast) -> None:
    call = ways.speaking(uuid4())
    told(ways, ApiClient().send(call.method, call.path, b"{", {"nonsense": "1"}), 401)


@every
def test_a_strangers_row_is_told_exactly_like_none(ways: Ways, cast: Cast, strange: UUID) -> None:
    client, before = ways.client(cast), rows()
    for call in [ways.read, ways.remove, *([ways.update] if ways.update else [])]:
        answers = []
        for key in (strange, uuid4()):
            response = call(key).by(client)
            told(ways, response, 404)
            answers.append(
                response.content.replace(str(key).encode(), b"ID").replace(key.hex.encode(), b"ID")
            )
        assert answers[0] == answers[1]
    assert rows() == before


@every
def test_the_test_environment_is_another_world(ways: Ways, cast: Cast, key: UUID) -> None:
    testing = ApiClient(key=cast.test_key)
    told(ways, ways.read(key).by(testing), 404)


@every
def test_unknown_keys_are_named_and_nothing_is_written(ways: Ways, cast: Cast, key: UUID) -> None:
    before = rows()
    for call in [ways.speaking(key), *([ways.update(key)] if ways.update else [])]:
        body = {**call.body, "shoe_size": 44, "_hat": 1}
        response = Call(call.method, call.path, body).by(ways.client(cast), **STRICT)
        assert response.headers["Preference-Applied"] == "handling=strict"
        words = told(ways, response, ways.refused)
        assert "shoe_size" in words
        assert "_hat" in words
    assert rows() == before


@every
def test_unknown_parameters_are_named_but_for_those_that_begin_with_an_underscore(
    ways: Ways, cast: Cast, key: UUID
) -> None:
    client = ways.client(cast)
    for call in (ways.asking(key), ways.read(key)):
        response = call.by(client, query={"shoe_size": "44", "hat": "1"}, **STRICT)
        words = told(ways, response, ways.refused)
        assert "shoe_size" in words
        assert "hat" in words
        assert call.by(client, query={"_": "1"}).status_code == 200


@every
def test_what_a_lenient_dialect_does_not_know_it_passes_by_and_names(
    ways: Ways, cast: Cast, key: UUID
) -> None:
    client, before = ways.client(cast), rows()
    for call in [ways.read(key), *([ways.update(key)] if ways.update else [])]:
        body = {**(call.body or {}), "__v": 0, "ünknown": {"a": 1}} if call.body else None
        response = Call(call.method, call.path, body).by(client, query={"verbose": "1"})
        if ways.strict:
            told(ways, response, ways.refused)
            response = Call(call.method, call.path, body).by(
                client, query={"verbose": "1"}, **LENIENT
            )
            assert response.headers["Preference-Applied"] == "handling=lenient"
        assert response.status_code == 200, response.content
        named = ["verbose", *(["__v", "%C3%BCnknown"] if body else [])]
        assert response.headers["X-Ignored"] == ", ".join(named)
    assert (rows() == before) is (ways.update is None)


@every
def test_however_much_is_unknown_the_answer_is_short(ways: Ways, cast: Cast, key: UUID) -> None:
    call = ways.update(key) if ways.update else ways.read(key)
    body = {**call.body, **{f"key{number}": number for number in range(30_000)}, "x" * 9000: 1}
    response = Call(call.method, call.path, body).by(ways.client(cast), **LENIENT)
    assert (response.status_code, len(response.headers["X-Ignored"]) < 1000) == (200, True)
    assert response.headers["X-Ignored"].endswith(", ...")
    refused = Call(call.method, call.path, body).by(ways.client(cast), **STRICT)
    assert len(told(ways, refused, ways.refused)) < 10_000


@every
def test_a_parameter_that_takes_one_value_is_refused_when_repeated(
    ways: Ways, cast: Cast, key: UUID
) -> None:
    if ways.listing:
        response = Call("GET", ways.listing).by(ways.client(cast), query={"page": ["1", "2"]})
        assert "page" in told(ways, response, ways.refused)
        response = Call("GET", ways.listing).by(ways.client(cast), query={"search": ["a", "b"]})
        assert "search" in told(ways, response, ways.refused)


@every
def test_an_empty_filter_says_nothing(ways: Ways, cast: Cast, key: UUID) -> None:
    if ways.listing:
        empty = dict.fromkeys(("search", "status", "tags", "page"), "")
        response = Call("GET", ways.listing).by(ways.client(cast), query=empty, **LENIENT)
        assert (response.status_code, b"jane1@example.com" in response.content) == (200, True)


@every
def test_a_key_works_in_either_header(ways: Ways, cast: Cast, key: UUID) -> None:
    for headers in ({"X-Api-Key": cast.live_key}, {"Authorization": f"bearer {cast.live_key}"}):
        assert ways.read(key).by(ApiClient(**headers)).status_code == 200
    told(ways, ways.remove(key).by(ApiClient(Authorization=f"Bearer {cast.read_key}")), 403)
    told(ways, ways.read(key).by(ApiClient(Authorization=f"Bearer {cast.test_key}")), 404)


@every
def test_a_byte_order_mark_before_the_body_says_nothing(ways: Ways, cast: Cast, key: UUID) -> None:
    call = ways.update(key) if ways.update else ways.read(key)
    body = codecs.BOM_UTF8 + orjson.dumps(call.body)
    assert Call(call.method, call.path, body).by(ways.client(cast)).status_code == 200


@every
def test_a_body_whose_length_is_not_known_is_411_and_never_ignored(
    ways: Ways, cast: Cast, key: UUID
) -> None:
    before = rows()
    call = ways.update(key) if ways.update else ways.read(key)
    told(ways, call.by(ways.client(cast), **{"Transfer-Encoding": "chunked", **UNKNOWN}), 411)
    assert rows() == before


@creating
def test_a_taken_email_in_another_case_is_409(ways: Ways, cast: Cast, actor: Actor) -> None:
    assert ways.create
    taken = create_customer(actor=actor, values={"email": "aNN1@eXample.com"})
    before = rows()
    assert "email" in told(ways, ways.create(1).by(ways.client(cast)), 409)
    assert rows() == before
    assert Customer.objects.unscoped().get().pk == taken.pk


@creating
def test_creating_answers_201_and_shows_what_reading_shows(ways: Ways, cast: Cast) -> None:
    assert ways.create
    client = ways.client(cast)
    response = ways.create(1).by(client)
    assert response.status_code == 201, response.content
    row = Customer.objects.unscoped().get()
    assert (row.email_key, row.organization_id, row.environment) == (
        "ann1@example.com",
        cast.acme.pk,
        "live",
    )
    assert response.headers["ETag"] == f'"{row.version}"'
    shown = ways.read(row.pk).by(client)
    assert shown.status_code == 200
    assert AuditEntry.objects.unscoped().get(action="customer.created").via == ways.name


@creating
def test_the_same_idempotency_key_creates_once(ways: Ways, cast: Cast) -> None:
    assert ways.create
    client = ways.client(cast)
    first, again = (ways.create(1).by(client, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert Customer.objects.unscoped().count() == 1
    told(ways, ways.create(2).by(client, **{"Idempotency-Key": "k"}), ways.reused)
    assert Customer.objects.unscoped().count() == 1


@updating
def test_a_stale_version_is_412_and_changes_nothing(ways: Ways, cast: Cast, key: UUID) -> None:
    assert ways.update
    client, before = ways.client(cast), rows()
    for tag in ('"7"', 'W/"1"', "nonsense"):
        told(ways, ways.update(key).by(client, **{"If-Match": tag}), 412)
    assert rows() == before
    done = ways.update(key).by(client, **{"If-Match": '"1"'})
    assert (done.status_code, done.headers["ETag"]) == (200, '"2"')
    told(ways, ways.update(key).by(client, **{"If-Match": '"1"'}), 412)


@updating
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_put_and_patch_are_both_partial(ways: Ways, cast: Cast, key: UUID, method: str) -> None:
    assert ways.update
    call = ways.update(key)
    response = Call(method, call.path, call.body).by(ways.client(cast))
    assert response.status_code == 200, response.content
    row = Customer.objects.unscoped().get()
    assert (row.last_name, row.email, row.phone) == ("Smith1", "jane1@example.com", "+12485550001")
    assert "changed" in (row.notes.lower(), row.city.lower(), row.first_name.lower())


@updating
def test_what_was_read_can_be_sent_back(ways: Ways, cast: Cast, key: UUID) -> None:
    client = ways.client(cast)
    body = ways.read(key).by(client).json()
    whole = body.get("data") or body.get("customer") or body
    before = rows()
    response = client.put(ways.read(key).path, whole)
    assert (response.status_code, response.headers["ETag"]) == (200, '"1"'), response.content
    assert rows() == before


UNREADABLE = [
    b"{",
    b"",
    b"nonsense",
    b"\xff\xfe",
    b'{"a": NaN}',
    b"[" * 100_000,
    b'{"a": "\\ud800"}',
    b'{"a": 1e400}',
    b'{"a": {"b": 1, "\\u0062": 2}}',
]


@every
@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_body_that_cant_be_read_is_refused(
    ways: Ways, cast: Cast, key: UUID, body: bytes
) -> None:
    before = rows()
    call = ways.speaking(key)
    response = ways.client(cast).send(call.method, call.path, body)
    assert response.status_code in (400, ways.refused)
    told(ways, response, response.status_code)
    assert rows() == before


@every
@pytest.mark.parametrize("body", [[], ["a"], "text", 5, True, [{"email": "a@b.test"}]])
def test_a_body_that_is_no_object_is_refused(ways: Ways, cast: Cast, key: UUID, body: Any) -> None:
    before = rows()
    call = ways.speaking(key)
    response = Call(call.method, call.path, body).by(ways.client(cast))
    assert response.status_code in (400, ways.refused)
    told(ways, response, response.status_code)
    assert rows() == before


@every
@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
    ],
)
def test_a_body_of_another_media_type_is_415(ways: Ways, cast: Cast, key: UUID, kind: str) -> None:
    before = rows()
    call = ways.speaking(key)
    told(ways, call.by(ways.client(cast), **{"Content-Type": kind}), 415)
    assert rows() == before


@every
def test_a_too_large_body_is_413(ways: Ways, cast: Cast, key: UUID, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    call = ways.speaking(key)
    told(ways, Call(call.method, call.path, {"email": "x" * 2000}).by(ways.client(cast)), 413)


@every
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_unknown_path_is_404_signed_in_or_not(ways: Ways, cast: Cast, method: str) -> None:
    for path in ways.unknown:
        for client in (ways.client(cast), ApiClient()):
            for form in (path, f"{path}/"):
                told(ways, client.send(method, form), 404)


@every
def test_a_wrong_method_is_405(ways: Ways, cast: Cast, key: UUID) -> None:
    response = ways.client(cast).send(
        ways.wrong, ways.read(key).path, {} if ways.wrong == "POST" else None
    )
    told(ways, response, 405)
    assert ways.read(key).method in response.headers["Allow"]


@every
def test_both_slash_forms_answer_alike_without_a_redirect(
    ways: Ways, cast: Cast, key: UUID
) -> None:
    client = ways.client(cast)
    for call in (ways.read(key), ways.asking(key)):
        plain, slashed = call.by(client), Call(call.method, f"{call.path}/", call.body).by(client)
        assert (plain.status_code, slashed.status_code, plain.content) == (
            200,
            200,
            slashed.content,
        )
    speaking = ways.speaking(key)
    assert (
        Call(speaking.method, f"{speaking.path}/", speaking.body).by(client).status_code
        == speaking.ok
    )


@every
def test_past_the_allowance_it_is_429_with_the_time_to_wait(
    ways: Ways, cast: Cast, key: UUID, settings: Any
) -> None:
    settings.RATE_LIMIT_USER = settings.RATE_LIMIT_KEY = "2/hour"
    client = ways.client(cast)
    left = [ways.read(key).by(client).headers["RateLimit"].split(";")[1] for _ in range(2)]
    assert left == ["r=1", "r=0"]
    response = ways.read(key).by(client)
    told(ways, response, 429)
    name = "key" if ways.keys_alone else "user"
    assert response.headers["RateLimit-Policy"] == f'"{name}";q=2;w=3600'
    assert response.headers["RateLimit"].startswith(f'"{name}";r=0;t=')
    assert 0 < int(response.headers["Retry-After"]) <= 3600


def test_the_dialects_of_people_share_one_allowance(cast: Cast, key: UUID, settings: Any) -> None:
    people = [ways for ways in EVERY if not ways.keys_alone]
    settings.RATE_LIMIT_USER = f"{len(people)}/hour"
    client = ApiClient(user=cast.alice)
    assert [ways.read(key).by(client).status_code for ways in people] == [200] * len(people)
    assert [ways.read(key).by(client).status_code for ways in people] == [429] * len(people)
    assert people[0].read(key).by(ApiClient(user=cast.bob)).status_code == 200


@every
def test_a_defect_is_500_with_the_requests_id_and_without_the_cause(
    ways: Ways, cast: Cast, key: UUID, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMIT_USER = settings.RATE_LIMIT_KEY = "2/hour"

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the secret cause")

    client = ways.client(cast)
    client.client.raise_request_exception = False
    monkeypatch.setattr(Allowance, "take", broken)
    response = ways.read(key).by(client)
    assert response.headers["X-Request-ID"] in told(ways, response, 500)
    assert b"secret" not in response.content


@every
def test_another_organization_is_named_in_vain(ways: Ways, cast: Cast, key: UUID) -> None:
    for name in (cast.other.slug, str(cast.other.pk)):
        told(ways, ways.read(key).by(ways.client(cast), **{"X-Organization": name}), 403)
    assert (
        ways.read(key).by(ways.client(cast), **{"X-Organization": cast.acme.slug}).status_code
        == 200
    )


@every
def test_a_super_admin_works_where_the_header_says(ways: Ways, cast: Cast, strange: UUID) -> None:
    sue = ApiClient(user=cast.sue)
    if ways.keys_alone:
        told(ways, ways.read(strange).by(sue, **{"X-Organization": "other"}), 401)
        return
    assert ways.read(strange).by(sue, **{"X-Organization": "other"}).status_code == 200
    told(ways, ways.read(strange).by(sue), 404)
    told(ways, ways.read(strange).by(sue, **{"X-Organization": "nowhere"}), 404)


@every
def test_those_who_may_not_are_403_and_nothing_changes(ways: Ways, cast: Cast, key: UUID) -> None:
    before = rows()
    clients = [
        ApiClient(key=cast.read_key),
        *([] if ways.keys_alone else [ApiClient(user=cast.bob), ApiClient(user=cast.mona)]),
    ]
    for client in clients:
        told(ways, ways.remove(key).by(client), 403)
    if ways.update:
        for client in clients[:2]:
            told(ways, ways.update(key).by(client), 403)
    if ways.create:
        told(ways, ways.create(1).by(clients[0]), 403)
    assert rows() == before


WRONG: list[tuple[str, int]] = [
    ("credential", 401),
    ("permission", 403),
    ("allowance", 429),
    ("body", 0),
    ("id", 404),
    ("value", 0),
    ("version", 412),
]
"""
What may be wrong with an update, in the order in which it is told; 0 is the status of values that
break a rule, which one dialect documents for broken JSON too.
"""


@updating
@pytest.mark.parametrize("first", range(len(WRONG)), ids=[name for name, _ in WRONG])
def test_of_all_that_is_wrong_the_first_is_told(
    ways: Ways, cast: Cast, key: UUID, settings: Any, first: int
) -> None:
    assert ways.update
    wrong = {name for name, _ in WRONG[first:]}
    who = {"key": cast.read_key if "permission" in wrong else cast.live_key}
    client = ApiClient(**({} if "credential" in wrong else who))
    if "allowance" in wrong:
        settings.RATE_LIMIT_KEY = settings.RATE_LIMIT_USER = "0/hour"
    call = ways.update(uuid4() if "id" in wrong else key)
    body: Any = {"shoe_size": 44} if "value" in wrong else call.body
    before = rows()
    response = client.send(
        call.method, call.path, b"{" if "body" in wrong else body, **{"If-Match": '"7"', **STRICT}
    )
    told(ways, response, WRONG[first][1] or ways.refused)
    assert rows() == before


@every
def test_a_configured_origin_may_call_and_another_may_not(
    ways: Ways, cast: Cast, key: UUID, settings: Any
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://widget.example"]
    call = ways.read(key)
    asked = {
        "Access-Control-Request-Method": call.method,
        "Access-Control-Request-Headers": "authorization, x-api-key, x-requested-with",
    }
    allowed = ApiClient().send("OPTIONS", call.path, Origin="https://widget.example", **asked)
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (
        200,
        "https://widget.example",
    )
    accepted = allowed.headers["Access-Control-Allow-Headers"].split(", ")
    assert {*asked["Access-Control-Request-Headers"].split(", ")} <= {*accepted}
    assert (
        "Access-Control-Allow-Origin"
        not in ApiClient()
        .send("OPTIONS", call.path, Origin="https://evil.example", **asked)
        .headers
    )
    answered = call.by(ways.client(cast), Origin="https://widget.example")
    assert answered.headers["Access-Control-Allow-Origin"] == "https://widget.example"
    readable = {*answered.headers["Access-Control-Expose-Headers"].lower().split(", ")}
    assert readable >= {"etag", "retry-after", "x-ignored", "x-left-out", "idempotent-replayed"}
