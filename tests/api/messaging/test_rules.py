"""What the support desk's API does with values, credentials, versions and mistakes."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from core import errors
from core.errors import DomainError, Fault, Invalid
from core.identity.models import User
from core.tenancy.actor import Actor
from crm.api.messaging.exceptions import STATUSES, describe
from customers.models import Customer
from customers.services.customers import create_customer, update_customer
from tests.cast import Cast
from tests.client import ApiClient

PATH = "/api/v2/customers"


def created(api: ApiClient, **body: Any) -> dict[str, Any]:
    response = api.post(PATH, {"phoneNumber": "529991234567", **body})
    assert response.status_code == 201, response.content
    customer: dict[str, Any] = response.json()["customer"]
    return customer


def changed(api: ApiClient, customer: dict[str, Any], **body: Any) -> dict[str, Any]:
    response = api.put(f"{PATH}/{customer['_id']}", body)
    assert response.status_code == 200, response.content
    after: dict[str, Any] = response.json()["customer"]
    return after


@pytest.mark.parametrize(
    ("written", "stored", "shown"),
    [
        ("529991234567", "+529991234567", "529991234567"),
        ("52 999 123 4567", "+529991234567", "529991234567"),
        ("+52 (999) 123-4567", "+529991234567", "529991234567"),
        (529991234567, "+529991234567", "529991234567"),
        ("(248) 555-0100", "+12485550100", "12485550100"),
        ("1234567", "+1234567", "1234567"),
        ("491701234567890", "+491701234567890", "491701234567890"),
    ],
)
def test_bare_digits_carry_the_country_code(
    api: ApiClient, actor: Actor, written: Any, stored: str, shown: str
) -> None:
    customer = created(api, phoneNumber=written)
    assert customer["phoneNumber"] == shown
    assert Customer.objects.for_actor(actor).get().phone == stored
    assert changed(api, customer, phoneNumber=shown, firstName="Ana")["phoneNumber"] == shown


@pytest.mark.parametrize(
    "phone", ["123456", "1234567890123456", "phone", True, ["529991234567"], {}]
)
def test_what_is_no_phone_number_is_refused(api: ApiClient, actor: Actor, phone: Any) -> None:
    response = api.post(PATH, {"phoneNumber": phone})
    assert response.status_code == 400
    assert list(response.json()["details"]) == ["phoneNumber"]
    assert Customer.objects.for_actor(actor).count() == 0


def test_a_customer_needs_a_phone_number_that_no_other_has(api: ApiClient) -> None:
    for body in (
        {"firstName": "Ana"},
        *({"phoneNumber": blank, "firstName": "Ana"} for blank in (None, "", "  ", "\u200b \xad")),
    ):
        response = api.post(PATH, body)
        assert (response.status_code, response.json()["details"]) == (
            400,
            {"phoneNumber": ["This field is required."]},
        )
    created(api)
    response = api.post(PATH, {"phoneNumber": "+52 999 123 4567"})
    assert (response.status_code, response.json()["error"]) == (
        409,
        "Customer with this phone number already exists",
    )
    other = created(api, phoneNumber="529990000000")
    assert api.put(f"{PATH}/{other['_id']}", {"phoneNumber": "529991234567"}).status_code == 409


def test_every_documented_field_reads_back_as_written(api: ApiClient, cast: Cast) -> None:
    body = {
        "phoneNumber": "529991234567",
        "firstName": "Ana",
        "lastName": "López",
        "email": "ana@example.com",
        "avatar": "https://example.com/ana.png",
        "alternativePhones": ["529990000001", "529990000002"],
        "address": {
            "street": "Calle 1",
            "city": "Mérida",
            "state": "Yucatán",
            "country": "México",
            "postalCode": "97000",
            "coordinates": {"latitude": 20.9674, "longitude": -89.5926},
        },
        "tags": ["a", "b"],
        "segment": "regular",
        "source": "social_media",
        "customFields": {"birthday": "1990-05-15", "size": 3, "nested": {"k": [1]}},
        "preferences": {
            "language": "es",
            "communicationHours": {"start": "09:00", "end": "18:30"},
            "preferredAgent": str(cast.bob.pk),
        },
        "status": "vip",
        "isBlocked": True,
        "blockReason": "Abuse",
        "notes": "Note",
    }
    customer = created(api, **body)
    assert {key: customer[key] for key in body} == {**body, "status": "blocked"}
    free = changed(api, customer, isBlocked=False)
    assert (free["status"], free["blockReason"]) == ("vip", None)


def test_address_and_preferences_merge_while_tags_and_custom_fields_are_replaced(
    api: ApiClient,
) -> None:
    customer = created(
        api,
        address={"city": "Mérida", "coordinates": {"latitude": 20.5, "longitude": -89.5}},
        preferences={"language": "es", "communicationHours": {"start": "09:00", "end": "18:00"}},
        tags=["a", "b"],
        customFields={"a": 1},
    )
    after = changed(
        api,
        customer,
        address={"street": "Calle 2", "coordinates": {"latitude": 21}},
        preferences={"communicationHours": {"end": "20:00"}},
        tags=["c"],
        customFields={"b": 2},
    )
    assert (after["address"]["city"], after["address"]["street"]) == ("Mérida", "Calle 2")
    assert after["address"]["coordinates"] == {"latitude": 21, "longitude": -89.5}
    assert after["preferences"] == {
        "language": "es",
        "communicationHours": {"start": "09:00", "end": "20:00"},
        "preferredAgent": None,
    }
    assert (after["tags"], after["customFields"]) == (["c"], {"b": 2})


def test_what_was_read_can_be_sent_back_and_changes_nothing(api: ApiClient, actor: Actor) -> None:
    row = create_customer(
        actor=actor,
        values={
            "phone": "+529991234567",
            "email": "Ana@Example.com",
            "source": "google_ads",
            "nps_score": 3,
            "customer_since": "2020-01-01T00:00:00Z",
            "is_blocked": True,
            "block_reason": "Abuse",
        },
    )
    shown = api.get(f"{PATH}/{row.pk}").json()["customer"]
    assert (shown["email"], shown["source"], shown["status"], shown["segment"]) == (
        "ana@example.com",
        "other",
        "blocked",
        "inactive",
    )
    response = api.put(f"{PATH}/{row.pk}", shown)
    assert response.json()["customer"] == shown
    assert response.headers["ETag"] == '"1"'
    row.refresh_from_db()
    assert (row.email, row.source, row.status, row.engagement) == (
        "Ana@Example.com",
        "google_ads",
        "churned",
        "inactive",
    )
    assert (row.status_pinned, row.engagement_pinned, row.version) == (False, False, 1)


def test_a_written_segment_is_pinned_until_null(api: ApiClient, actor: Actor) -> None:
    customer = created(api)
    assert customer["segment"] == "new"
    assert changed(api, customer, segment="vip")["segment"] == "vip"
    update_customer(
        actor=actor,
        customer_id=Customer.objects.for_actor(actor).get().pk,
        values={"customer_since": "2020-01-01T00:00:00Z"},
    )
    assert api.get(f"{PATH}/{customer['_id']}").json()["customer"]["segment"] == "vip"
    assert changed(api, customer, segment=None)["segment"] == "inactive"


def test_a_written_status_is_pinned_and_blocked_blocks(api: ApiClient, actor: Actor) -> None:
    customer = created(api)
    assert changed(api, customer, status="inactive")["status"] == "inactive"
    blocked = changed(api, customer, status="blocked")
    assert (blocked["status"], blocked["isBlocked"]) == ("blocked", True)
    vip = changed(api, customer, status="vip")
    assert (vip["status"], vip["isBlocked"]) == ("vip", False)
    assert changed(api, customer, status=None)["status"] == "active"
    row = Customer.objects.for_actor(actor).get()
    assert (row.status, row.status_pinned) == ("active", False)


def test_deactivating_pins_and_is_undone_by_a_status(api: ApiClient, actor: Actor) -> None:
    customer = created(api)
    for _ in range(2):
        assert api.delete(f"{PATH}/{customer['_id']}").status_code == 200
    row = Customer.objects.for_actor(actor).get()
    assert (row.status, row.status_pinned, row.deleted_at, row.version) == (
        "inactive",
        True,
        None,
        2,
    )
    assert changed(api, customer, status="active")["status"] == "active"


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"firstName": ["x"], "statistics": {}}, {"firstName": ["Must be a single value."]}),
        ({"customFields": [1]}, {"customFields": ["Must be an object."]}),
        ({"phoneNumber": ""}, {"phoneNumber": ["This field is required."]}),
        ({"phoneNumber": None}, {"phoneNumber": ["This field is required."]}),
        ({"address": {"coordinates": {"latitude": 91}}}, {"address.coordinates.latitude": None}),
        ({"address": "x"}, {"address": ["Must be an object."]}),
        (
            {"segment": "at_risk"},
            {"segment": ["“at_risk” is not one of: vip, regular, new, inactive."]},
        ),
        (
            {"status": "churned"},
            {"status": ["“churned” is not one of: active, inactive, blocked, vip."]},
        ),
        ({"status": []}, {"status": None}),
        (
            {"source": "google_ads"},
            {
                "source": [
                    "“google_ads” is not one of: whatsapp, referral, website, social_media, other."
                ]
            },
        ),
        ({"email": "x"}, {"email": ["Enter a valid e-mail address."]}),
        ({"tags": "a,b"}, {"tags": ["Must be a list of strings."]}),
        (
            {"alternativePhones": ["1"]},
            {"alternativePhones": ["Enter valid phone numbers: 7 to 15 digits."]},
        ),
        (
            {"preferences": {"preferredAgent": str(uuid4())}},
            {"preferences.preferredAgent": ["No user with this ID."]},
        ),
        (
            {"preferences": {"communicationHours": {"start": "25:00"}}},
            {"preferences.communicationHours.start": None},
        ),
        ({"isBlocked": "perhaps"}, {"isBlocked": ["Must be true or false."]}),
        ({"notes": "x" * 10_001}, {"notes": ["Ensure this value has at most 10000 characters."]}),
    ],
)
def test_bad_values_are_refused_by_their_documented_keys(
    api: ApiClient, actor: Actor, body: Any, details: Any
) -> None:
    customer = created(api)
    before = api.get(f"{PATH}/{customer['_id']}").json()
    response = api.put(f"{PATH}/{customer['_id']}", body)
    assert response.status_code == 400, response.content
    answer = response.json()
    assert (answer["success"], answer["error"], list(answer["details"])) == (
        False,
        "Validation failed",
        list(details),
    )
    for key, messages in details.items():
        assert messages is None or answer["details"][key] == messages
    assert api.get(f"{PATH}/{customer['_id']}").json() == before


@pytest.mark.parametrize(
    ("path", "body", "details"),
    [
        ("tags", {"action": "set"}, {"tags": ["This field is required."]}),
        (
            "tags",
            {"tags": ["a"], "action": "replace"},
            {"action": ["“replace” is not one of: set, add, remove."]},
        ),
        ("tags", {"tags": ["a;b"]}, {"tags": ["Tags hold no comma or semicolon."]}),
        ("block", {"blockReason": "x"}, {"isBlocked": ["This field is required."]}),
        ("block", {"isBlocked": 7}, {"isBlocked": ["Must be true or false."]}),
        ("block", {"isBlocked": True, "blockReason": "x" * 501}, {"blockReason": None}),
    ],
)
def test_bad_decisions_are_refused(api: ApiClient, path: str, body: Any, details: Any) -> None:
    customer = created(api)
    response = api.patch(f"{PATH}/{customer['_id']}/{path}", body)
    assert response.status_code == 400
    assert list(response.json()["details"]) == list(details)
    for key, messages in details.items():
        assert messages is None or response.json()["details"][key] == messages


def test_unblocking_by_a_text_clears_the_reason_too(api: ApiClient) -> None:
    customer = created(api)
    api.patch(f"{PATH}/{customer['_id']}/block", {"isBlocked": "true", "blockReason": "x"})
    after = api.patch(
        f"{PATH}/{customer['_id']}/block", {"isBlocked": "false", "blockReason": "x"}
    ).json()["customer"]
    assert (after["isBlocked"], after["blockReason"]) == (False, None)


def test_a_stale_version_changes_nothing(api: ApiClient) -> None:
    customer = created(api)
    path = f"{PATH}/{customer['_id']}"
    assert changed(api, customer, notes="second")["notes"] == "second"
    for response in (
        api.put(path, {"notes": "x"}, If_Match='"1"'),
        api.patch(f"{path}/tags", {"tags": ["x"]}, If_Match='"1"'),
        api.patch(f"{path}/block", {"isBlocked": True}, If_Match='"1"'),
        api.delete(path, If_Match='"1"'),
        api.send("DELETE", path, query={"permanent": "true"}, If_Match='"1"'),
    ):
        assert (response.status_code, response.json()["success"]) == (412, False)
    kept = api.get(path).json()["customer"]
    assert (kept["notes"], kept["tags"], kept["status"]) == ("second", [], "active")
    assert api.put(path, {"notes": "third"}, If_Match='"2"').status_code == 200


def test_a_repeated_creation_with_one_key_creates_once(api: ApiClient, actor: Actor) -> None:
    first = api.post(PATH, {"phoneNumber": "529991234567"}, Idempotency_Key="k")
    again = api.post(PATH, {"phoneNumber": "529991234567"}, Idempotency_Key="k")
    assert (again.status_code, again.json()) == (201, first.json())
    other = api.post(PATH, {"phoneNumber": "529991234568"}, Idempotency_Key="k")
    assert (other.status_code, other.json()["success"]) == (409, False)
    assert Customer.objects.for_actor(actor).count() == 1


def test_who_may_what(client_of: Callable[[User], ApiClient], cast: Cast, api: ApiClient) -> None:
    customer = created(api)
    path = f"{PATH}/{customer['_id']}"
    thread = (
        "/api/v2/conversations/"
        f"{api.post(f'{path}/conversations', {'channel': 'sms'}).json()['conversation']['_id']}"
    )
    operations: list[tuple[str, str, Any, set[str]]] = [
        ("GET", PATH, None, {"staff", "outlet_manager", "tenant_admin", "super_admin"}),
        ("GET", path, None, {"staff", "outlet_manager", "tenant_admin", "super_admin"}),
        (
            "POST",
            f"{path}/conversations",
            {"channel": "sms"},
            {"staff", "outlet_manager", "tenant_admin", "super_admin"},
        ),
        (
            "GET",
            f"{path}/conversations",
            None,
            {"staff", "outlet_manager", "tenant_admin", "super_admin"},
        ),
        (
            "PATCH",
            thread,
            {"status": "resolved"},
            {"staff", "outlet_manager", "tenant_admin", "super_admin"},
        ),
        (
            "GET",
            f"{thread}/messages",
            None,
            {"staff", "outlet_manager", "tenant_admin", "super_admin"},
        ),
        (
            "POST",
            f"{thread}/messages",
            {"direction": "inbound", "body": "x"},
            {"staff", "outlet_manager", "tenant_admin", "super_admin"},
        ),
        (
            "POST",
            f"{PATH}/bulk/import",
            {"customers": [{}]},
            {"outlet_manager", "tenant_admin", "super_admin"},
        ),
        ("PUT", path, {"notes": "x"}, {"outlet_manager", "tenant_admin", "super_admin"}),
        (
            "PATCH",
            f"{path}/tags",
            {"tags": ["x"]},
            {"outlet_manager", "tenant_admin", "super_admin"},
        ),
        (
            "PATCH",
            f"{path}/block",
            {"isBlocked": False},
            {"outlet_manager", "tenant_admin", "super_admin"},
        ),
        ("GET", f"{PATH}/stats/summary", None, {"outlet_manager", "tenant_admin", "super_admin"}),
        ("GET", f"{PATH}/export", None, {"outlet_manager", "tenant_admin", "super_admin"}),
        ("DELETE", path, None, {"tenant_admin", "super_admin"}),
    ]
    for method, where, body, allowed in operations:
        may = {
            role
            for role, user in cast.roles.items()
            if client_of(user).send(method, where, body).status_code != 403
        }
        assert may == allowed, (method, where)
    assert client_of(cast.mona).send("DELETE", path, query={"permanent": "true"}).status_code == 403
    assert (
        ApiClient(key=cast.live_key).send("DELETE", path, query={"permanent": "true"}).status_code
        == 403
    )
    assert ApiClient(key=cast.live_key).get(path).status_code == 200
    assert ApiClient(key=cast.test_key).get(path).status_code == 404
    assert client_of(cast.charlie).get(path).json() == {
        "success": False,
        "error": "Customer not found",
    }


def test_another_organizations_rows_are_answered_like_none(
    client_of: Callable[[User], ApiClient], cast: Cast, api: ApiClient
) -> None:
    stranger = client_of(cast.charlie)
    customer = created(stranger, notes="theirs")
    own = created(api, phoneNumber="529990000000")
    thread = stranger.post(f"{PATH}/{customer['_id']}/conversations", {"channel": "sms"}).json()[
        "conversation"
    ]["_id"]
    before = stranger.get(f"{PATH}/{customer['_id']}").json()
    operations: list[tuple[str, str, Any]] = [
        ("GET", PATH + "/{customer}", None),
        ("PUT", PATH + "/{customer}", {"notes": "x"}),
        ("PATCH", PATH + "/{customer}", {"notes": "x"}),
        ("DELETE", PATH + "/{customer}", None),
        ("DELETE", PATH + "/{customer}?permanent=true", None),
        ("PATCH", PATH + "/{customer}/tags", {"tags": ["x"]}),
        ("PATCH", PATH + "/{customer}/block", {"isBlocked": True}),
        ("GET", PATH + "/{customer}/conversations", None),
        ("POST", PATH + "/{customer}/conversations", {"channel": "sms"}),
        ("GET", "/api/v2/conversations/{thread}", None),
        ("PATCH", "/api/v2/conversations/{thread}", {"status": "resolved"}),
        ("GET", "/api/v2/conversations/{thread}/messages", None),
        ("POST", "/api/v2/conversations/{thread}/messages", {"direction": "inbound", "body": "x"}),
    ]
    for method, path, body in operations:
        foreign = api.send(method, path.format(customer=customer["_id"], thread=thread), body)
        unknown = api.send(method, path.format(customer=uuid4(), thread=uuid4()), body)
        assert (
            (foreign.status_code, foreign.json())
            == (unknown.status_code, unknown.json())
            == (404, foreign.json())
        ), (method, path)
    agent = {"preferences": {"preferredAgent": str(cast.charlie.pk)}}
    assert api.put(f"{PATH}/{own['_id']}", agent).json()["details"] == {
        "preferences.preferredAgent": ["No user with this ID."]
    }
    assert stranger.get(f"{PATH}/{customer['_id']}").json() == before
    assert [row["_id"] for row in api.get(PATH).json()["customers"]] == [own["_id"]]
    assert api.get(f"{PATH}/stats/summary").json()["summary"]["totalCustomers"] == 1
    assert b"theirs" not in b"".join(api.get(f"{PATH}/export"))


def test_failures_have_the_documented_shape(api: ApiClient, anonymous: ApiClient) -> None:
    key = uuid4()
    expected = [
        (anonymous.get(PATH), 401, "Authentication required"),
        (api.get(f"{PATH}/{key}"), 404, "Customer not found"),
        (api.get(f"{PATH}/12"), 404, "Customer not found"),
        (api.get(f"/api/v2/conversations/{key}/messages"), 404, "Conversation not found"),
        (api.get("/api/v2/conversations/12/messages"), 404, "Conversation not found"),
        (api.get("/api/v2/nothing"), 404, "Resource not found"),
        (api.get("/api/v2"), 404, "Resource not found"),
        (api.post(f"{PATH}/{key}"), 405, "Method not allowed"),
        (
            api.post(PATH, b"{}", **{"Content-Type": "text/plain"}),
            415,
            "Unsupported media type; send application/json",
        ),
        (api.post(PATH, b"x" * (10 * 1024 * 1024 + 1)), 413, "The request body is too large"),
        (api.post(PATH, [1]), 400, "The body must be a JSON object"),
        (api.put(f"{PATH}/{created(api)['_id']}", [1]), 400, "The body must be a JSON object"),
    ]
    for response, status, error in expected:
        assert (response.status_code, response.json()) == (
            status,
            {"success": False, "error": error},
        )


@pytest.mark.parametrize("kind", sorted(STATUSES, key=lambda kind: kind.__name__))
def test_every_domain_error_is_worded(kind: type[DomainError]) -> None:
    arguments: dict[type[DomainError], Any] = {
        errors.NotFound: ("Customer",),
        errors.MalformedId: ("Customer",),
        errors.Invalid: ({"phone": [Fault("x", "Wrong.")]},),
        errors.Conflict: ("Customer", "phone"),
        errors.RateLimited: (5,),
        errors.CodeRequired: ("ticket",),
    }
    status, body = describe(kind(*arguments.get(kind, ())), str, "r1")
    assert (status, body["success"], type(body["error"])) == (STATUSES[kind], False, str)


def test_no_domain_error_lacks_a_wording() -> None:
    def below(kind: type[DomainError]) -> set[type[DomainError]]:
        return {kind}.union(*(below(item) for item in kind.__subclasses__()))

    ours = {kind for kind in below(DomainError) if kind.__module__ == "core.errors"} - {DomainError}
    assert ours == set(STATUSES)
    assert describe(Invalid.one("phone", "x", "Wrong."), lambda name: "phoneNumber", "")[1][
        "details"
    ] == {"phoneNumber": ["Wrong."]}
