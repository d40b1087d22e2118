"""The OpenAPI documents: committed, whole, and what the running server really answers."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator, FormatChecker

from crm.api.docs import document
from crm.api.registry import DIALECTS, dialect_of
from tests.api.conftest import Scene
from tests.api.policy_matrix import MATRIX
from tests.api.requests import body_of, path_of
from tests.api.test_bad_input import ODD_IDS, UNREADABLE
from tests.api.test_policy import clients, undone
from tests.api.world import Operation, operations
from tests.client import ApiClient

pytestmark = pytest.mark.heavy

DOCUMENTS = ["", *DIALECTS]
METHODS = {"get", "post", "put", "patch", "delete"}
UNDESCRIBED = ("/api/schema", "/api/docs", "/api/auth/token/refresh")
WALKED = [
    found
    for found in operations()
    if found.name in MATRIX and not found.route.startswith(UNDESCRIBED)
]


@cache
def described(dialect: str = "") -> dict[str, Any]:
    """The document as JSON would carry it."""
    found: dict[str, Any] = orjson.loads(
        orjson.dumps(document(dialect), default=str, option=orjson.OPT_NON_STR_KEYS)
    )
    return found


def operations_of(whole: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield path, method, operation


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside, itself included."""
    if isinstance(value, dict):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from parts(inner)


def at(whole: dict[str, Any], reference: str) -> Any:
    found: Any = whole
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def faults(whole: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with `value` by a schema of the document."""
    validator = Draft202012Validator(
        {**schema, "components": whole["components"]}, format_checker=FormatChecker()
    )
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in validator.iter_errors(value)
    ]


def test_the_committed_snapshots_are_what_the_code_describes() -> None:
    call_command("write_schemas", "--check")


@pytest.mark.parametrize("dialect", DOCUMENTS)
def test_every_reference_resolves(dialect: str) -> None:
    whole = described(dialect)
    references = {part["$ref"] for part in parts(whole) if isinstance(part.get("$ref"), str)}
    assert references
    for reference in references:
        assert at(whole, reference), reference


@pytest.mark.parametrize("dialect", DOCUMENTS)
def test_every_operation_is_named_once_and_says_what_it_answers_and_who_may_ask(
    dialect: str,
) -> None:
    whole = described(dialect)
    assert whole["openapi"].startswith("3.1")
    found = list(operations_of(whole))
    names = [operation["operationId"] for _, _, operation in found]
    assert len(names) == len(set(names))
    for path, method, operation in found:
        assert operation["responses"], (path, method)
        assert operation["summary"], (path, method)
        assert {name for need in operation["security"] for name in need} <= set(
            whole["components"]["securitySchemes"]
        ), (path, method)
        for name in {part.split("}")[0] for part in path.split("{")[1:]}:
            assert any(
                one["name"] == name and one["in"] == "path" for one in operation["parameters"]
            ), (path, name)


@pytest.mark.parametrize("dialect", DOCUMENTS)
def test_every_schema_is_a_schema(dialect: str) -> None:
    for name, schema in described(dialect)["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema, name


def test_the_native_document_describes_every_native_operation() -> None:
    described_ones = {
        f"{method.upper()} {path}" for path, method, _ in operations_of(described("roofing"))
    }
    real = {operation.name.replace("<str:", "{").replace(">", "}") for operation in WALKED}
    assert described_ones == real


@pytest.mark.parametrize("dialect", DOCUMENTS)
def test_every_documented_example_keeps_to_its_schema(dialect: str) -> None:
    whole, seen = described(dialect), 0
    for path, method, operation in operations_of(whole):
        bodies = [
            operation.get("requestBody", {}),
            *(resolved(whole, answer) for answer in operation["responses"].values()),
        ]
        for body in bodies:
            for kind in body.get("content", {}).values():
                for name, example in kind.get("examples", {}).items():
                    seen += 1
                    assert loosely(faults(whole, kind["schema"], example["value"])) == [], (
                        path,
                        method,
                        name,
                    )
    assert seen > 0


def loosely(found: list[str]) -> list[str]:
    """Documented examples leave keys out and abridge ids; what they hold must fit."""
    return [fault for fault in found if "is a required property" not in fault]


def resolved(whole: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = at(whole, answer["$ref"]) if "$ref" in answer else answer
    return found


def keeps_to_the_document(operation: Operation, response: Any) -> None:
    """
    The answer's status is documented for its operation, its media type too, and its body keeps to
    the schema.
    """
    spoken = dialect_of(operation.route)
    assert spoken is not None, operation.name
    whole = described(spoken.name)
    path = operation.route.replace("<str:", "{").replace(">", "}")
    answers = whole["paths"][path][operation.method.lower()]["responses"]
    body = response.getvalue()
    told = (operation.name, response.status_code, body[:300])
    assert str(response.status_code) in answers, told
    content = resolved(whole, answers[str(response.status_code)])["content"]
    kind = response.headers["Content-Type"].partition(";")[0]
    assert kind in content, told
    if kind == "application/json":
        assert faults(whole, content[kind]["schema"], orjson.loads(body)) == [], told


@pytest.mark.parametrize("operation", WALKED, ids=lambda operation: operation.name)
def test_every_answer_keeps_to_the_document(operation: Operation, scene: Scene, db: None) -> None:
    path, body = path_of(operation, scene.acme), body_of(operation, scene.acme)
    for client in clients(scene.cast).values():
        with undone():
            keeps_to_the_document(operation, client.send(operation.method, path, body))
    alice = ApiClient(user=scene.cast.alice)
    elsewhere = ApiClient(user=scene.cast.alice, **{"X-Organization": "other"})
    wrong: list[Any] = [alice.send(operation.method, path, body, {"no_such_parameter": "1"})]
    wrong.append(elsewhere.send(operation.method, path, body))
    if "<str:" in operation.route:
        odd = operation.route.replace("<str:row_id>", ODD_IDS[0]).replace(
            "<str:customer_id>", ODD_IDS[0]
        )
        wrong += [
            alice.send(operation.method, odd, body),
            alice.send(operation.method, path_of(operation, scene.other), body),
        ]
    if body is not None:
        wrong += [
            alice.send(operation.method, path, UNREADABLE[name]) for name in ("broken", "a list")
        ]
        wrong += [alice.send(operation.method, path, b"x", **{"Content-Type": "text/plain"})]
    for response in wrong:
        keeps_to_the_document(operation, response)


@pytest.mark.parametrize(
    "path", ["/api/schema/", "/api/schema", *(f"/api/schema/{dialect}/" for dialect in DIALECTS)]
)
def test_the_documents_are_open_to_all(path: str, anonymous: ApiClient) -> None:
    response = anonymous.get(path, headers={"Accept": "application/json"})
    assert response.status_code == 200
    assert orjson.loads(response.content)["openapi"].startswith("3.1")
    assert anonymous.get(path).status_code == 200
    asked = anonymous.send("OPTIONS", path)
    assert (asked.status_code, asked.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_an_unknown_document_is_404_in_json(anonymous: ApiClient) -> None:
    response = anonymous.get("/api/schema/nonsense/")
    assert (response.status_code, orjson.loads(response.content)) == (
        404,
        {"error": "Resource not found"},
    )


def test_the_browsable_docs_need_no_other_host(anonymous: ApiClient) -> None:
    response = anonymous.get("/api/docs/")
    assert response.status_code == 200
    assert b"https://" not in response.content
    assert b"//cdn" not in response.content
    asked = anonymous.send("OPTIONS", "/api/docs/")
    assert (asked.status_code, asked.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
