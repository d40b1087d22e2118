"""
Whatever is sent, the answer is JSON of the documented shape, no 5xx, and a refused request writes
nothing.
"""

import re
from typing import Any
from unittest import mock

import orjson
import pytest
from django.core.exceptions import FieldDoesNotExist
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.api.kernel.appointments import AppointmentSerializer
from crm.api.kernel.serializers import DomainField, DomainSerializer
from crm.api.roofing.filters import SortSerializer
from crm.api.roofing.pagination import RoofingPagination
from crm.api.roofing.serializers import resources
from crm.api.roofing.serializers.customers import CustomerSerializer, CustomerUpdatesSerializer
from crm.api.roofing.viewsets.customers import CustomerViewSet
from customers.filters import CustomerFilterSet
from tests.api.conftest import Scene
from tests.api.policy_matrix import MATRIX
from tests.api.requests import ITEMS, body_of, path_of
from tests.api.test_policy import undone
from tests.api.world import Operation, dump, operations
from tests.client import ApiClient

pytestmark = pytest.mark.heavy

OPERATIONS = [
    operation
    for operation in operations()
    if operation.name in MATRIX and not operation.route.startswith("/api/docs")
]
BODILESS = {
    "/api/duplicates/<str:row_id>/refuse",
    "/api/duplicates/<str:row_id>/reopen",
    "/api/privacy-requests/<str:row_id>/erase",
    "/api/customers/<str:customer_id>/restore",
    "/api/customers/<str:customer_id>/calculate-ltv",
    "/api/changes/<str:row_id>/undo",
    "/api/follow-ups/<str:row_id>/complete",
    "/api/follow-ups/<str:row_id>/reopen",
    "/api/merges/<str:row_id>/undo",
    "/api/imports/<str:row_id>/run",
    "/api/imports/<str:row_id>/cancel",
    "/api/imports/<str:row_id>/undo",
    "/api/jobs/<str:row_id>/cancel",
    "/api/users/<str:row_id>/invitation",
    "/api/webhooks/<str:row_id>/rotate-secret",
    "/api/webhooks/<str:row_id>/test",
    "/api/webhooks/<str:webhook_id>/deliveries/<str:row_id>/replay",
    "/api/auth/logout",
}
BODIES = [
    operation
    for operation in OPERATIONS
    if operation.method in ("POST", "PUT", "PATCH") and operation.route not in BODILESS
]
READING = [
    operation
    for operation in OPERATIONS
    if operation.method == "GET"
    and operation.route.startswith("/api/")
    and not (operation.route.startswith("/api/schema"))
]
LISTS = ["/api/customers", *(path for path in ITEMS if path != "/api/messages")]

UNREADABLE = {
    "empty text": b" ",
    "broken": b'{"a": ',
    "trailing": b"{} x",
    "single quotes": b"{'a': 1}",
    "not UTF-8": b'{"notes": "\xff\xfe"}',
    "latin-1": '{"notes": "é"}'.encode("latin-1"),
    "UTF-16": '{"notes": "x"}'.encode("utf-16"),
    "lone surrogate": b'{"notes": "\\ud800"}',
    "lone surrogate in a key": b'{"\\udfff": 1}',
    "deep lists": b'{"notes": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "NaN": b'{"nps_score": NaN}',
    "Infinity": b'{"nps_score": Infinity}',
    "1e400": b'{"nps_score": 1e400}',
    "-1e400 nested": b'{"custom_fields": {"a": [-1e400]}}',
    "a key twice": b'{"notes": "a", "notes": "b"}',
    "a list": b"[]",
    "a text": b'"text"',
    "a number": b"12",
    "null": b"null",
    "true": b"true",
}

ODD: list[Any] = [
    None,
    "",
    " ",
    "x",
    "\0",
    "a\0b",
    "x" * 20_000,
    "😀" * 300,
    "İ" * 200 + "@example.com",
    "-1",
    "1e400",
    "NaN",
    "2024-13-45",
    "0000-01-01",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    True,
    False,
    0,
    -1,
    1.5,
    1e300,
    12.345,
    2**63 - 1,
    2**64 - 1,
    [],
    {},
    ["x"],
    ["\0"],
    [[]],
    [1, {"a": "b"}],
    {"a": 1},
    {"a": {"b": ["\0"]}},
    {"\0": 1},
    "00000000-0000-0000-0000-000000000000",
    "a,b;c",
    ["a,b"],
    "javascript:alert(1)",
    "+" * 50,
    "1" * 300,
]

SERIALIZERS: dict[str, type[DomainSerializer]] = {
    "/api/customers": CustomerSerializer,
    "/api/customers/<str:customer_id>": CustomerSerializer,
    "/api/customers/<str:customer_id>/interactions": resources.InteractionSerializer,
    "/api/customers/<str:customer_id>/loyalty": resources.LoyaltySerializer,
    "/api/conversations/<str:row_id>/messages": resources.ConversationMessageSerializer,
    "/api/projects": resources.ProjectSerializer,
    "/api/interactions": resources.InteractionSerializer,
    "/api/follow-ups": resources.FollowUpSerializer,
    "/api/appointments": AppointmentSerializer,
    "/api/conversations": resources.ConversationSerializer,
    "/api/transactions": resources.TransactionSerializer,
    "/api/outlets": resources.OutletSerializer,
    "/api/services": resources.ServiceSerializer,
    "/api/schedule-exceptions": resources.ScheduleExceptionSerializer,
    "/api/tags": resources.TagSerializer,
}


@pytest.fixture
def alice(scene: Scene, db: None) -> ApiClient:
    return ApiClient(user=scene.cast.alice)


def documented(response: Any, told: object = "") -> dict[str, Any]:
    """The error's body, checked against the documented shape."""
    assert 400 <= response.status_code < 500, (
        told,
        response.status_code,
        response.getvalue()[:300],
    )
    assert response.headers["Content-Type"] == "application/json", told
    body: dict[str, Any] = orjson.loads(response.getvalue())
    assert "error" in body, told
    assert set(body) <= {"error", "details", "customer_id"}, told
    assert isinstance(body["error"], str), told
    for messages in body.get("details", {}).values():
        assert messages, told
        assert all(isinstance(message, str) for message in messages), told
    return body


def serializer_of(operation: Operation) -> type[DomainSerializer] | None:
    of_list = operation.route.removesuffix("/<str:row_id>")
    return SERIALIZERS.get(operation.route) or SERIALIZERS.get(of_list)


@pytest.mark.parametrize("operation", BODIES, ids=lambda operation: operation.name)
def test_a_body_that_is_no_json_object_is_400_and_writes_nothing(
    operation: Operation, scene: Scene, alice: ApiClient
) -> None:
    before = dump()
    for name, body in UNREADABLE.items():
        response = alice.send(operation.method, path_of(operation, scene.acme), body)
        documented(response, (operation.name, name))
        assert response.status_code == 400, (operation.name, name)
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "nonsense",
    ):
        response = alice.send(
            operation.method, path_of(operation, scene.acme), b"a=b", **{"Content-Type": kind}
        )
        documented(response, (operation.name, kind))
        takes_forms = operation.name == "POST /api/imports" and kind.startswith("multipart")
        assert response.status_code == (400 if takes_forms else 415), (operation.name, kind)
    assert dump() == before


@pytest.mark.parametrize("operation", BODIES, ids=lambda operation: operation.name)
def test_unknown_keys_and_parameters_are_refused_by_name(
    operation: Operation, scene: Scene, alice: ApiClient
) -> None:
    before = dump()
    path, body = path_of(operation, scene.acme), body_of(operation, scene.acme)
    refused = documented(alice.send(operation.method, path, {**body, "no_such_key": 1, "id\0": 2}))
    assert {"no_such_key", "id\0"} <= set(refused["details"])
    refused = documented(alice.send(operation.method, path, body, {"no_such_parameter": "1"}))
    assert refused["details"] == {"no_such_parameter": ["Unknown parameter."]}
    assert dump() == before


@pytest.mark.parametrize("operation", READING, ids=lambda operation: operation.name)
def test_unknown_parameters_of_reading_are_refused_and_those_with_an_underscore_ignored(
    operation: Operation, scene: Scene, alice: ApiClient
) -> None:
    path = path_of(operation, scene.acme)
    refused = documented(alice.send("GET", path, None, {"no_such_parameter": "1", "\0": "x"}))
    assert refused["details"]["no_such_parameter"] == ["Unknown parameter."]
    assert "\0" in refused["details"]
    assert alice.send("GET", path, None, {"_cache": "1"}).status_code == 200


def kind_of(serializer: type[DomainSerializer], declared: Any) -> object:
    """What decides over a key's value: its model field's class and its own way of reading."""
    try:
        field = serializer.Meta.model._meta.get_field(declared.source)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return type(declared)
    return type(declared), type(field), bool(field.choices), field.null  # type: ignore[union-attr]


SOME_ODD: list[Any] = [None, "\0", -1, [], {"a": 1}, "x" * 20_000]


@pytest.mark.parametrize(
    "operation",
    [found for found in BODIES if serializer_of(found) and found.method != "PUT"],
    ids=lambda found: found.name,
)
def test_every_key_takes_or_refuses_every_odd_value_by_its_name(
    operation: Operation, scene: Scene, alice: ApiClient
) -> None:
    serializer = serializer_of(operation)
    assert serializer is not None
    path, body = path_of(operation, scene.acme), body_of(operation, scene.acme)
    kinds: set[object] = set()
    common, first_of_kind = [], []
    for key, field in serializer.plan().fields.items():
        if field.read_only:
            continue
        kind = kind_of(serializer, field)
        (common if operation.method == "POST" or kind in kinds else first_of_kind).append(key)
        kinds.add(kind)

    def refused(values: dict[str, Any]) -> set[str]:
        """The keys that are refused by name."""
        with undone():
            response = alice.send(operation.method, path, {**body, **values})
            if response.status_code < 300:
                return set()
            named = set(documented(response, (operation.name, values)).get("details", {}))
            assert response.status_code == 409 or named & set(values), (operation.name, values)
            return named

    for value in ODD:
        keys = first_of_kind + (common if value in SOME_ODD else [])
        for key in set(keys) - refused(dict.fromkeys(keys, value)):
            refused({key: value})


def test_bulk_update_names_the_field_inside_updates(scene: Scene, alice: ApiClient) -> None:
    before = dump()
    for key in CustomerUpdatesSerializer.plan().fields:
        for value in SOME_ODD:
            with undone():
                body = {"customer_ids": [scene.acme["customer"]], "updates": {key: value}}
                response = alice.post("/api/customers/bulk-update", body)
                if response.status_code != 207:
                    assert set(documented(response, (key, value))["details"]) == {f"updates.{key}"}
    assert dump() == before


@pytest.mark.parametrize(
    "ids",
    [None, [], "x", {}, [None], [[]], [1], ["00000000-0000-0000-0000-000000000000"] * 1001],
)
def test_bulk_update_refuses_lists_that_are_no_ids(ids: Any, alice: ApiClient) -> None:
    body = documented(
        alice.post(
            "/api/customers/bulk-update", {"customer_ids": ids, "updates": {"campaign": "x"}}
        )
    )
    assert set(body["details"]) == {"customer_ids"}


def inside(path: str, scene: Scene) -> str:
    """The path with the ids of what its rows lie in."""
    for noun in ("webhook", "user", "conversation"):
        path = path.replace(f"<str:{noun}_id>", scene.acme[noun])
    return path


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "page", ["0", "-1", "abc", " ", "1.5", "1e3", "1_0", "٣x", "NaN", "9" * 5000, "\0"]
)
def test_a_page_that_is_no_positive_number_is_400(
    path: str, page: str, scene: Scene, alice: ApiClient
) -> None:
    path = inside(path, scene)
    for name in ("page", "per_page"):
        assert set(documented(alice.get(path, **{name: page}))["details"]) == {name}


@pytest.mark.parametrize("path", LISTS)
def test_a_page_past_the_end_is_empty_and_sizes_are_cut(
    path: str, scene: Scene, alice: ApiClient
) -> None:
    path = inside(path, scene)
    far = alice.get(path, page=str(10**30)).json()
    assert (far["data"], far["pagination"]["has_next"], far["pagination"]["has_prev"]) == (
        [],
        False,
        True,
    )
    assert alice.get(path, page="", per_page="").json() == alice.get(path).json()
    assert alice.get(path, per_page="1000").json()["pagination"]["per_page"] == 100
    assert alice.get(path, per_page=str(10**30)).json()["pagination"]["per_page"] == 100


QUERIES = [
    (
        "/api/customers",
        "sort",
        [
            "nonsense",
            "email:up",
            "email:",
            ":asc",
            "email;drop",
            "password",
            "email,,city",
            "\0",
        ],
    ),
    ("/api/customers", "status", ["nonsense", "active,nonsense", "\0", "ACTIVE"]),
    ("/api/customers", "segment", ["nonsense"]),
    ("/api/customers", "assigned_to", ["nonsense", "1", "\0", "g" * 32]),
    (
        "/api/customers",
        "min_lifetime_value",
        ["x", "NaN", "Infinity", "1e400", "1" * 400, "1.234", "1_000"],
    ),
    ("/api/customers", "is_referral_partner", ["x", "2", "null"]),
    ("/api/customers", "deleted", ["x"]),
    (
        "/api/customers",
        "updated_since",
        ["x", "0000-01-01", "10000-01-01", "2024-02-30", "2024-01-01T25:00", "\0"],
    ),
    ("/api/customers", "search", ["\0", "x" * 201]),
    ("/api/customers", "zip_code", ["x" * 21]),
    ("/api/customers", "tags", ["\0"]),
    ("/api/customers/export", "format", ["xlsx", "CSV"]),
    ("/api/customers/export", "fields", ["password", "id,nonsense", "organization_id"]),
    ("/api/projects", "status", ["nonsense", "\0"]),
    ("/api/projects", "customer_id", ["x", "\0"]),
    ("/api/conversations", "is_ticket", ["x", "null"]),
    ("/api/appointments", "staff_id", ["x"]),
    ("/api/services", "category", ["\0"]),
    ("/api/outlets", "is_active", ["x"]),
]


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, name, _ in QUERIES if name != "limit"]
)
def test_an_empty_parameter_says_nothing(path: str, name: str, alice: ApiClient) -> None:
    for blank in ("", " "):
        response, usual = alice.get(path, **{name: blank}), alice.get(path)
        assert (response.status_code, response.getvalue()) == (200, usual.getvalue())


@pytest.mark.parametrize(("path", "name", "values"), QUERIES)
def test_a_repeated_parameter_adds_up_or_is_refused(
    path: str, name: str, values: list[str], alice: ApiClient
) -> None:
    several = {
        "sort": ["email", "city:desc"],
        "status": ["active", "vip"],
        "segment": ["premium", "repeat"],
        "tags": ["a", "b"],
        "fields": ["first_name", "email"],
    }
    if name in several and "customers" in path:
        both = alice.get(path, **{name: several[name]})
        joined = alice.get(path, **{name: ",".join(several[name])})
        assert (both.status_code, both.getvalue()) == (200, joined.getvalue())
    else:
        body = documented(alice.get(path, **{name: ["true", "true"]}))
        assert body["details"] == {name: ["This parameter takes one value."]}


@pytest.mark.parametrize(
    ("path", "name", "values"), QUERIES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_bad_parameter_is_400_by_its_name(
    path: str, name: str, values: list[str], alice: ApiClient
) -> None:
    for value in values:
        assert set(documented(alice.get(path, **{name: value}), (name, value))["details"]) == {
            name
        }, (name, value)


@pytest.mark.parametrize(
    ("path", "query", "permitted"),
    [
        ("/api/customers", {"status": "gold"}, "active, inactive, vip, churned"),
        ("/api/customers", {"segment": "gold"}, "premium, standard, repeat, referral_source"),
        (
            "/api/projects",
            {"status": "gold"},
            "planned, scheduled, in_progress, on_hold, completed, cancelled",
        ),
        ("/api/conversations", {"channel": "gold"}, "whatsapp, sms, email, web_chat"),
        ("/api/customers/export", {"format": "gold"}, "csv"),
    ],
)
def test_an_unknown_value_of_a_list_names_the_permitted_ones(
    path: str, query: Any, permitted: str, alice: ApiClient
) -> None:
    (name,) = query
    assert documented(alice.get(path, **query))["details"][name] == [
        f"“gold” is not one of: {permitted}."
    ]


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1_0"])
def test_a_limit_that_is_no_positive_number_is_400(
    limit: str, scene: Scene, alice: ApiClient
) -> None:
    path = f"/api/customers/{scene.acme['customer']}/interactions"
    assert set(documented(alice.get(path, limit=limit))["details"]) == {"limit"}
    for taken in (str(10**30), ""):
        assert alice.get(path, limit=taken).status_code == 200
    assert set(documented(alice.get(path, type="no slug"))["details"]) == {"type"}


VALUES = [
    (
        {"first_name": "x" * 151},
        "first_name",
        "Ensure this value has at most 150 characters (it has 151).",
    ),
    ({"email": "x" * 250 + "@example.com"}, "email", None),
    ({"email": "no at"}, "email", "Enter a valid e-mail address."),
    ({"notes": "x" * 10_001}, "notes", "Ensure this value has at most 10000 characters."),
    ({"phone": "12"}, "phone", "Enter a valid phone number: 7 to 15 digits."),
    ({"phone": "1" * 18}, "phone", None),
    ({"nps_score": 11}, "nps_score", "Ensure this value is less than or equal to 10."),
    ({"nps_score": -1}, "nps_score", "Ensure this value is greater than or equal to 0."),
    ({"nps_score": 7.5}, "nps_score", "Must be a whole number."),
    ({"nps_score": "1_0"}, "nps_score", "Must be a whole number."),
    (
        {"satisfaction_rating": 5.01},
        "satisfaction_rating",
        "Ensure this value is less than or equal to 5.",
    ),
    (
        {"property_value": -0.01},
        "property_value",
        "Ensure this value is greater than or equal to 0.",
    ),
    (
        {"property_value": 1.234},
        "property_value",
        "Ensure that there are no more than 2 decimal places.",
    ),
    ({"property_value": 10**15}, "property_value", None),
    ({"latitude": 90.000001}, "latitude", "Ensure this value is less than or equal to 90."),
    ({"longitude": -180.5}, "longitude", "Ensure this value is greater than or equal to -180."),
    ({"date_of_birth": "2999-01-01"}, "date_of_birth", "Must not be in the future."),
    ({"date_of_birth": "0000-01-01"}, "date_of_birth", "Must be a date in ISO 8601 (YYYY-MM-DD)."),
    ({"customer_since": "9999-12-31T23:59:59Z"}, "customer_since", "Must not be in the future."),
    (
        {"customer_since": "0999-12-31T23:59:59Z"},
        "customer_since",
        "Must be a date between the years 1000 and 9998.",
    ),
    ({"status": "gold"}, "status", "“gold” is not one of: active, inactive, vip, churned."),
    ({"tags": "a;b"}, "tags", "Tags hold no comma or semicolon."),
    ({"tags": ["a,b"]}, "tags", "Tags hold no comma or semicolon."),
    ({"tags": "x" * 51}, "tags", "Ensure this value has at most 50 characters (it has 51)."),
    (
        {"custom_fields": {str(key): 1 for key in range(51)}},
        "custom_fields",
        "Has more than 50 keys.",
    ),
    ({"custom_fields": {"a": "x" * 10_240}}, "custom_fields", "Is larger than 10240 bytes."),
    ({"custom_fields": {"a": [[]] * 6000}}, "custom_fields", "Is larger than 10240 bytes."),
    (
        {"referred_by": "00000000-0000-0000-0000-000000000000"},
        "referred_by",
        "No customer with this ID.",
    ),
]


@pytest.mark.parametrize(
    ("body", "name", "message"),
    VALUES,
    ids=[f"{next(iter(body))} {number}" for number, (body, *_) in enumerate(VALUES)],
)
def test_a_value_out_of_bounds_is_400_by_its_name(
    body: Any, name: str, message: str | None, scene: Scene, alice: ApiClient
) -> None:
    details = documented(alice.patch(f"/api/customers/{scene.acme['customer']}", body))["details"]
    assert set(details) == {name}
    assert message is None or details[name] == [message]


@pytest.mark.parametrize(
    ("path", "body", "names"),
    [
        ("/api/customers", {}, {"first_name", "last_name", "email"}),
        (
            "/api/customers",
            {"first_name": " ", "last_name": "\t", "phone": " "},
            {"first_name", "last_name", "email"},
        ),
        ("/api/projects", {}, {"customer_id"}),
        ("/api/interactions", {}, {"customer_id", "type"}),
        ("/api/appointments", {}, {"appointment_date", "start_time"}),
        ("/api/conversations", {}, {"customer_id", "channel"}),
        ("/api/transactions", {}, {"customer_id", "gross_amount"}),
        ("/api/outlets", {}, {"name"}),
        ("/api/services", {"name": " "}, {"name"}),
        ("/api/tags", {"name": ""}, {"name"}),
    ],
)
def test_what_creating_needs_is_named(
    path: str, body: Any, names: set[str], alice: ApiClient
) -> None:
    assert set(documented(alice.post(path, body))["details"]) >= names


ODD_IDS = [
    "x",
    "1",
    "%00",
    "%2e%2e",
    "null",
    "é",
    "0" * 5000,
    "550e8400e29b41d4a716446655440000x",
    "{id}",
    "550e8400-e29b-41d4-a716-44665544000g",
]


@pytest.mark.parametrize(
    "operation",
    # any text may be another system's id
    [found for found in OPERATIONS if re.search("<str:(?!external_id)", found.route)],
    ids=lambda operation: operation.name,
)
def test_an_id_that_is_none_is_400_with_the_documented_words(
    operation: Operation, scene: Scene, alice: ApiClient
) -> None:
    # the last id of the path; what stands before it is in order
    route = operation.route
    if "<str:row_id>" in route:
        route = inside(route, scene)
    noun = ITEMS.get(operation.route.rpartition("/<str:")[0], "customer")
    for text in ODD_IDS:
        path = re.sub("<str:[a-z]+_id>", lambda _, text=text: text, route)
        response = alice.send(operation.method, path, body_of(operation, scene.acme))
        assert (response.status_code, response.json()) == (
            400,
            {"error": f"Invalid {noun} ID format"},
        ), (path, response.content)


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/customers/x/y/z",
        "/api/auth",
        "/api/auth/nothing",
        "/api/projects/x/y",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PROPFIND"])
def test_an_unknown_path_is_404_in_json_for_everyone(
    path: str, method: str, alice: ApiClient
) -> None:
    for client in (alice, ApiClient()):
        response = client.send(method, path)
        assert (response.status_code, response.json()) == (404, {"error": "Resource not found"})


@pytest.mark.parametrize(
    "route",
    sorted({operation.route for operation in OPERATIONS if "schema" not in operation.route}),
)
def test_a_wrong_method_is_405_and_says_which_are_right(
    route: str, scene: Scene, alice: ApiClient
) -> None:
    right = {operation.method for operation in OPERATIONS if operation.route == route}
    path = path_of(
        next(operation for operation in OPERATIONS if operation.route == route), scene.acme
    )
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - right:
        response = alice.send(method, path)
        assert documented(response, (method, path)) == {"error": "Method not allowed"}
        assert response.status_code == 405
    assert right <= set(alice.send("OPTIONS", path).headers["Allow"].split(", "))


@pytest.mark.parametrize("path", ["/api/customers", "/api/projects", "/api/tags"])
def test_head_answers_like_get_without_a_body(path: str, alice: ApiClient) -> None:
    response = alice.send("HEAD", path)
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("path", ["/api/customers", "/api/auth/token"])
def test_a_body_over_ten_megabytes_is_413(path: str, alice: ApiClient) -> None:
    body = b'{"notes": "' + b"x" * (10 * 1024 * 1024) + b'"}'
    response = alice.post(path, body)
    assert (response.status_code, documented(response)) == (
        413,
        {"error": "The request body is too large"},
    )


def test_whatever_accept_says_the_answer_is_json(alice: ApiClient) -> None:
    for accept in ("text/html", "application/xml", "nonsense", "*/*;q=0", ""):
        response = alice.get("/api/customers", headers={"Accept": accept})
        assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")


def test_a_defect_answers_500_with_the_requests_id_and_not_the_cause(alice: ApiClient) -> None:
    alice.client.raise_request_exception = False
    broken = mock.Mock(side_effect=RuntimeError("secret cause"))
    with mock.patch.object(CustomerViewSet, "selector", broken):
        response = alice.get("/api/customers")
    assert response.status_code == 500
    assert response.json() == {
        "error": "Internal server error",
        "details": {"request_id": response.headers["X-Request-ID"]},
    }
    assert b"secret" not in response.content


def test_a_sum_that_outgrows_its_column_is_no_500(scene: Scene, alice: ApiClient) -> None:
    body = {"customer_id": scene.acme["customer"], "total_amount": 999_999_999_999.99}
    before = dump()
    refused = documented(alice.post("/api/projects", body))
    assert refused["details"] == {"": ["A value, or a figure that follows from it, is too large."]}
    assert dump() == before


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=8,
)
FIELDS = CustomerSerializer.plan().fields
PARAMETERS = [
    *RoofingPagination.get_fields(),
    *SortSerializer().fields,
    *CustomerFilterSet.base_filters,
    "x",
]
KEYS = sorted(key for key, field in FIELDS.items() if isinstance(field, DomainField))


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=12), JSON, max_size=5))
def test_no_json_object_makes_an_update_fail_undocumented(
    body: Any, scene: Scene, alice: ApiClient
) -> None:
    with undone():
        response = alice.patch(f"/api/customers/{scene.acme['customer']}", orjson.dumps(body))
        if response.status_code != 200:
            documented(response, body)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    query=st.dictionaries(
        st.sampled_from(PARAMETERS),
        st.text(max_size=30),
        max_size=4,
    )
)
def test_no_query_makes_the_list_fail_undocumented(query: Any, alice: ApiClient) -> None:
    response = alice.get("/api/customers", **query)
    if response.status_code != 200:
        documented(response, query)
