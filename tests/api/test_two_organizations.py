"""
No request reads or changes another organization's or environment's row, and none can tell whether
such a row exists.

Every text of the others' rows holds a canary. Every operation of every dialect that the resolver
knows is sent as Acme's administrator (who may do all but cross organizations; as Acme's key where
keys are all that is taken), with one foreign id in one place at a time; the answer must be that of
an id that no one has.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.db import connection
from django.db.models import UUIDField

from crm.api.registry import DIALECTS, dialect_of
from tests.api.conftest import Scene
from tests.api.dialects import CREATING, Ways
from tests.api.requests import FILTERS, ITEMS, QUERIES, body_of, booking_id, odd_body_of, path_of
from tests.api.test_openapi import at, described
from tests.api.test_policy import undone
from tests.api.world import Operation, dump, spoken
from tests.client import ApiClient

pytestmark = pytest.mark.heavy

OPERATIONS = [operation for operation in spoken() if operation.name != "POST /api/auth/logout"]
BY_NAME = {operation.name: operation for operation in OPERATIONS}
SHARED = {
    "organization",
    "outlet",
    "reply template",
    "schedule exception",
    "service",
    "session",
    "tag",
    "user",
    "wording",
    "wording_version",
}
"""Kinds of rows that both environments of an organization share."""
LIVING, DELETED = 4, 1
"""Customers of one organization's environment in the world."""
NEW = re.compile(rb'(?<="id":")[^"]+|\d{4}-\d\d-\d\dT[\d:.]+Z')
"""What differs between two rows made of the same request: their ids and moments."""

Attempt = tuple[str, Any, dict[str, str]]


def speaks(operation: Operation) -> str:
    return getattr(dialect_of(operation.route), "name", "")


def administrator(operation: Operation, scene: Scene) -> ApiClient:
    return (
        ApiClient(key=scene.cast.live_key)
        if speaks(operation) == "merchants"
        else ApiClient(user=scene.cast.alice)
    )


def attempts(operation: Operation, own: dict[str, str], kind: str, key: str) -> Iterator[Attempt]:
    """
    Path, body and query of the operation with `key` wherever an id of that kind may stand, one
    place at a time.
    """
    wrong = {**own, kind: key, **({"deleted": key} if kind == "customer" else {})}
    if path_of(operation, wrong) != path_of(operation, own):
        for query in ({}, *QUERIES.get(operation.name, ())):
            yield path_of(operation, wrong), body_of(operation, own), query
    for body in (body_of(operation, own), odd_body_of(operation, own)):
        for form in (str, booking_id):
            for spot in places(body, form(own[kind])):
                yield path_of(operation, own), with_at(body, spot, form(key)), {}
                if isinstance(spot[-1], int):
                    yield (
                        path_of(operation, own),
                        with_at(body, spot[:-1], [form(own[kind]), form(key)]),
                        {},
                    )
    if operation.method == "GET":
        for parameter, kind_of_parameter in FILTERS.get(operation.route, {}).items():
            if kind_of_parameter == kind:
                yield path_of(operation, own), None, {parameter: key}


def places(value: Any, wanted: str, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for step, inner in pairs:
        yield from places(inner, wanted, (*at, step))
    if value == wanted:
        yield at


def with_at(value: Any, spot: tuple[Any, ...], new: Any) -> Any:
    if not spot:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[spot[0]] = with_at(value[spot[0]], spot[1:], new)
    return changed


def answer(
    client: ApiClient,
    operation: Operation,
    attempt: Attempt,
    key: str,
    theirs: "Theirs | None" = None,
) -> tuple[int, bytes]:
    """
    Status and content, the id taken out of it; none of the others' rows may have changed by then.
    """
    path, body, query = attempt
    with undone():
        response = client.send(operation.method, path, body, query)
        content = response.getvalue()
        if theirs and operation.method != "GET":
            theirs.stand(operation.name, attempt)
    if response.status_code == 201:
        content = NEW.sub(b"<new>", content)
    return response.status_code, content.replace(key.encode(), b"<id>").replace(
        UUID(key).hex.encode(), b"<id>"
    )


class Theirs:
    """The rows that are another's, or that name one of them, as they were at first."""

    def __init__(self, *together: set[Any]) -> None:
        self.together = [{self.stored(mark) for mark in marks} for marks in together]
        self.before = self.rows()

    def rows(self) -> dict[str, list[Any]]:
        return {table: [row for row in found if self.names(row)] for table, found in dump().items()}

    def stored(self, mark: Any) -> Any:
        """An id as it stands in a row."""
        is_id = isinstance(mark, UUID)
        return UUIDField().get_db_prep_value(mark, connection) if is_id else mark

    def names(self, row: tuple[Any, ...]) -> bool:
        values = {value for value in row if isinstance(value, UUID | str)}
        return any(marks <= values for marks in self.together)

    def stand(self, *told: Any) -> None:
        assert self.rows() == self.before, told


def theirs_of(owner: set[Any], ids: dict[str, str], kinds: set[str]) -> Theirs:
    found = Theirs(owner, *({UUID(ids[kind])} for kind in kinds))
    assert sum(map(len, found.before.values())) > 10
    return found


def compare(
    client: ApiClient,
    operation: Operation,
    own: dict[str, str],
    foreign: dict[str, str],
    canary: bytes,
    kinds: set[str],
    theirs: Theirs,
) -> int:
    """Every place for every kind; returns how many were tried."""
    tried = 0
    for kind in sorted(kinds):
        nobody = str(uuid4())
        key = (
            foreign["deleted"]
            if operation.route.endswith("/restore") and kind == "customer"
            else foreign[kind]
        )
        for there, nowhere in zip(
            attempts(operation, own, kind, key), attempts(operation, own, kind, nobody), strict=True
        ):
            seen, unseen = (
                answer(client, operation, there, key, theirs),
                answer(client, operation, nowhere, nobody),
            )
            assert canary not in seen[1], (operation.name, kind, there, seen)
            assert seen == unseen, (operation.name, kind, there)
            tried += 1
    return tried


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_another_organizations_ids_are_answered_like_ids_that_no_one_has(
    name: str, scene: Scene, db: None
) -> None:
    operation = BY_NAME[name]
    client = administrator(operation, scene)
    kinds = set(scene.acme) - {"deleted"}
    theirs = theirs_of({scene.cast.other.pk}, scene.other, kinds)
    before = dump()
    own_ones(client, operation, scene.acme, (b"canary", b"testmark"), theirs)
    tried = compare(client, operation, scene.acme, scene.other, b"canary", kinds, theirs)
    assert tried >= ("<str:" in operation.route)
    assert dump() == before


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_test_environment_and_the_live_one_do_not_know_each_other(
    name: str, scene: Scene, db: None
) -> None:
    operation = BY_NAME[name]
    kinds = set(scene.acme) - SHARED - {"deleted"}
    tests, lives = ({scene.cast.acme.pk, environment} for environment in ("test", "live"))
    theirs = theirs_of(tests, scene.test, kinds)
    for client in (administrator(operation, scene), ApiClient(key=scene.cast.live_key)):
        own_ones(client, operation, scene.acme, (b"canary", b"testmark"), theirs)
        compare(client, operation, scene.acme, scene.test, b"testmark", kinds, theirs)
    theirs = theirs_of(lives, scene.acme, kinds)
    client = ApiClient(key=scene.cast.test_key)
    own_ones(client, operation, scene.test, (b"canary", b"acmeLast"), theirs)
    compare(client, operation, scene.test, scene.acme, b"acmeLast", kinds, theirs)


def own_ones(
    client: ApiClient,
    operation: Operation,
    own: dict[str, str],
    canaries: tuple[bytes, ...],
    theirs: Theirs,
) -> None:
    """The operation with one's own ids, in every way, tells and touches nothing of the others."""
    for query in ({}, *QUERIES.get(operation.name, ())):
        content = answer(
            client,
            operation,
            (path_of(operation, own), body_of(operation, own), query),
            own["customer"],
            theirs,
        )[1]
        assert not [canary for canary in canaries if canary in content], (
            operation.name,
            query,
            content,
        )


def ids_in(whole: dict[str, Any], schema: dict[str, Any], at_key: str = "") -> Iterator[str]:
    """The keys of a described body under which a client sends an id."""
    if "$ref" in schema:
        schema = at(whole, schema["$ref"])
    if schema.get("format") == "uuid" and not schema.get("readOnly"):
        yield at_key
    for key, inner in schema.get("properties", {}).items():
        yield from ids_in(whole, inner, key)
    for inner in (
        *schema.get("allOf", ()),
        *schema.get("oneOf", ()),
        *([schema["items"]] if "items" in schema else ()),
    ):
        yield from ids_in(whole, inner, at_key)


def keys_of(body: Any, at_key: str = "") -> Iterator[str]:
    """The keys of a body under which an id stands."""
    for key, inner in (
        body.items()
        if isinstance(body, dict)
        else [(at_key, item) for item in body]
        if isinstance(body, list)
        else ()
    ):
        yield from keys_of(inner, key)
    if isinstance(body, str) and body.removeprefix("cust_").startswith("<"):
        yield at_key


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_id_that_the_document_takes_was_tried(dialect: str, scene: Scene) -> None:
    """
    In bodies and in filters; `path_of` and `body_of` fail themselves for an operation that they
    don't know.
    """
    whole = described(dialect)
    for operation in OPERATIONS:
        described_one = (
            whole["paths"]
            .get(operation.route.replace("<str:", "{").replace(">", "}"), {})
            .get(operation.method.lower())
        )
        if speaks(operation) != dialect or described_one is None:
            continue
        body = (
            described_one.get("requestBody", {})
            .get("content", {})
            .get("application/json", {})
            .get("schema", {})
        )
        sent = [body_of(operation, scene.acme), odd_body_of(operation, scene.acme)]
        assert set(ids_in(whole, body)) <= set(keys_of(marked(sent, set(scene.acme.values())))), (
            operation.name
        )
        queried = [one for one in described_one.get("parameters", ()) if one["in"] == "query"]
        filters = set(FILTERS.get(operation.route, {}) if operation.method == "GET" else ())
        assert {
            one["name"] for one in queried if one["schema"].get("format") == "uuid"
        } <= filters, operation.name
        assert filters <= {one["name"] for one in queried}, operation.name


def marked(body: Any, ids: set[str]) -> Any:
    """The body with `<id>` for each id."""
    for key in ids:
        for form in (str, booking_id):
            for spot in list(places(body, form(key))):
                body = with_at(body, spot, "<id>")
    return body


def test_every_item_with_an_id_was_tried_at_its_path() -> None:
    # another system's ids are tried as ids everywhere
    with_ids = {
        operation.route
        for operation in OPERATIONS
        if re.search("<str:(?!external_id)", operation.route)
    }
    resources = {
        re.split("/<str:(?!webhook|user|conversation_id>/(?:notes|scheduled))", route)[0]
        for route in with_ids
    }
    customers = {"/api/customers", "/api/v1/customers", "/api/v2/customers", "/customers"}
    assert resources == {*ITEMS, *customers, "/api/v2/conversations"}


@pytest.mark.parametrize(
    "text", ["canary", "canaryFirst", "2485559903", "5559903", "canary@customer.test"]
)
def test_searching_for_another_organizations_customer_finds_nothing(
    text: str, scene: Scene, db: None
) -> None:
    for client in (
        ApiClient(user=scene.cast.alice),
        ApiClient(user=scene.cast.sue),
        ApiClient(key=scene.cast.test_key),
    ):
        assert client.get("/api/customers", search=text).json()["pagination"]["total"] == 0
        assert (
            client.get("/api/customers", search=text, deleted="true").json()["pagination"]["total"]
            == 0
        )


@pytest.mark.parametrize(
    ("path", "parameter", "value"),
    [
        ("/api/customers", "external_id", "canary-external"),
        ("/api/customers", "city", "canaryville"),
        ("/api/customers", "tags", "canary-tag"),
        ("/api/tags", "name", "canary-tag"),
        ("/api/services", "category", "canary category"),
    ],
)
def test_filters_by_text_find_no_foreign_row(
    path: str, parameter: str, value: str, scene: Scene, db: None
) -> None:
    assert (
        ApiClient(user=scene.cast.alice)
        .get(path, **{parameter: value})
        .json()["pagination"]["total"]
        == 0
    )
    assert (
        ApiClient(user=scene.cast.charlie)
        .get(path, **{parameter: value})
        .json()["pagination"]["total"]
        >= 1
    )


TEXTS = ["canary", "canaryFirst", "2485559903", "5559903", "canary@customer.test", "canary-tag"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/api/v1/customers", "search"),
        ("/api/v1/customers", "tags"),
        ("/api/v2/customers", "search"),
        ("/api/v2/customers", "tags"),
        ("/api/v2/customers/export", "search"),
        ("/api/v2/customers/export", "tags"),
        ("/customers", "search"),
    ],
)
def test_searching_in_the_other_dialects_finds_no_foreign_row(
    path: str, parameter: str, text: str, scene: Scene, db: None
) -> None:
    for key in (scene.cast.live_key, scene.cast.test_key):
        response = ApiClient(key=key).get(path, **{parameter: text})
        assert (response.status_code, found_in(response)) == (200, [])
    known = parameter == "tags" if text == "canary-tag" else parameter == "search"
    own = found_in(ApiClient(key=scene.cast.other_key).get(path, **{parameter: text}))
    assert bool(own) == known


def found_in(response: Any) -> list[Any]:
    body = orjson.loads(response.getvalue())
    found: list[Any] = body["items"] if "items" in body else body["customers"]
    return found


@pytest.mark.parametrize(
    "given", [{"email": "canary@customer.test"}, {"phone": "+12485559903"}, {"phone": "2485559903"}]
)
@pytest.mark.parametrize("who", ["live_key", "test_key"])
def test_the_booking_widget_finds_no_foreign_customer_by_text(
    given: dict[str, str], who: str, scene: Scene, db: None
) -> None:
    client, path = ApiClient(key=getattr(scene.cast, who)), "/api/customers/retrieve"
    nobodys = {"email": "nobody@customer.test"} if "email" in given else {"phone": "2485559999"}
    seen, unseen = client.post(path, given), client.post(path, nobodys)
    assert (seen.status_code, seen.content) == (404, unseen.content)
    assert (
        ApiClient(key=scene.cast.other_key).post(path, given).json()["first_name"] == "canaryFirst"
    )


@pytest.mark.parametrize("who", ["alice", "mona", "bob"])
def test_only_a_super_admin_works_elsewhere_and_says_so(who: str, scene: Scene, db: None) -> None:
    refused = ApiClient(user=getattr(scene.cast, who), **{"X-Organization": "other"})
    assert (
        refused.get("/api/customers").status_code,
        refused.post("/api/customers", {}).status_code,
    ) == (403, 403)
    sue = ApiClient(user=scene.cast.sue, **{"X-Organization": "other"})
    rows = sue.get("/api/customers").json()["data"]
    assert rows
    assert all(row["first_name"].startswith("canary") for row in rows)
    assert b"canary" not in ApiClient(user=scene.cast.sue).get("/api/customers").getvalue()


def test_the_same_email_phone_and_external_id_may_stand_in_each_organization_and_environment(
    scene: Scene, db: None
) -> None:
    body = {
        "first_name": "A",
        "last_name": "B",
        "email": "one@everywhere.test",
        "phone": "2485550000",
        "external_id": "1",
    }
    for client in (
        ApiClient(user=scene.cast.alice),
        ApiClient(key=scene.cast.test_key),
        ApiClient(user=scene.cast.charlie),
    ):
        assert client.post("/api/customers", body).status_code == 201
        assert client.post("/api/customers", body).status_code == 409


@pytest.mark.parametrize("ways", CREATING, ids=lambda ways: ways.name)
def test_no_dialect_minds_a_value_that_another_organization_or_environment_has(
    ways: Ways, scene: Scene, db: None
) -> None:
    assert ways.create
    with undone():
        for key in (scene.cast.live_key, scene.cast.test_key, scene.cast.other_key):
            assert [ways.create(1).by(ApiClient(key=key)).status_code for _ in range(2)] == [
                201,
                409,
            ]


def test_an_import_takes_a_phone_that_another_organization_has_for_new(
    scene: Scene, db: None
) -> None:
    with undone():
        response = ApiClient(key=scene.cast.live_key).post(
            "/api/v2/customers/bulk/import",
            {"customers": [{"phoneNumber": "12485559903", "email": "canary@customer.test"}]},
        )
        assert (response.status_code, response.json()["results"]) == (
            201,
            {"imported": 1, "duplicates": 0, "failed": 0},
        )


def test_tables_of_an_organization_are_never_named_by_another_in_an_answer_of_figures(
    scene: Scene, db: None
) -> None:
    stats = ApiClient(user=scene.cast.alice).get("/api/customers/stats").json()
    assert (stats["total_customers"], stats["by_location"], stats["by_source"]) == (
        LIVING,
        {"acmeville": 1},
        {"acme-source": 1},
    )


def test_figures_of_the_other_dialects_count_one_organization_and_environment(
    scene: Scene, db: None
) -> None:
    live, tests = ApiClient(key=scene.cast.live_key), ApiClient(key=scene.cast.test_key)
    for client, name in ((live, "acmeFirst acmeLast"), (tests, "testmarkFirst testmarkLast")):
        desk = client.get("/api/v2/customers/stats/summary").json()
        assert (
            desk["summary"]["totalCustomers"],
            sum(part["count"] for part in desk["segments"]),
        ) == (LIVING, LIVING)
        chain = client.get("/api/v1/customers/statistics/summary").json()["statistics"]
        assert (
            chain["total_customers"],
            chain["deleted_customers"],
            chain["total_appointments"],
        ) == (LIVING, DELETED, 1)
        assert [row["full_name"] for row in chain["top_customers_by_appointments"]] == [name]
