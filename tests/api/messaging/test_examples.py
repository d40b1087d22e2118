"""Every documented request of the support desk's API, sent and answered as documented."""

import re
from typing import Any

import pytest

from crm.api.messaging import examples
from tests.cast import Cast
from tests.client import ApiClient

MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


@pytest.fixture
def john(api: ApiClient) -> dict[str, Any]:
    response = api.post("/api/v2/customers", examples.NEW)
    assert response.status_code == 201, response.content
    customer: dict[str, Any] = response.json()["customer"]
    return customer


def test_creating_answers_201_with_every_documented_field(john: dict[str, Any]) -> None:
    varying = {"_id", "createdAt", "updatedAt"}
    assert {key: value for key, value in john.items() if key not in varying} == {
        key: value for key, value in examples.JOHN.items() if key not in varying
    }
    assert MOMENT.match(john["createdAt"])
    assert john["updatedAt"] == john["createdAt"]


def test_the_list_has_the_documented_envelope(api: ApiClient, john: dict[str, Any]) -> None:
    response = api.get(
        "/api/v2/customers", page=1, limit=20, status="active", segment="new", search="john"
    )
    assert response.status_code == 200
    assert response.json() == {
        "success": True,
        "customers": [john],
        "pagination": {"page": 1, "limit": 20, "total": 1, "pages": 1},
    }


def test_the_detail_has_statistics_and_recent_conversations(
    api: ApiClient, john: dict[str, Any]
) -> None:
    response = api.get(f"/api/v2/customers/{john['_id']}")
    assert response.status_code == 200
    assert response.json() == {
        "success": True,
        "customer": john,
        "statistics": {"totalConversations": 0, "openConversations": 0, "resolvedConversations": 0},
        "recentConversations": [],
    }
    assert response.headers["ETag"] == '"1"'


def test_updating_changes_what_is_given_and_nothing_else(
    api: ApiClient, john: dict[str, Any]
) -> None:
    response = api.put(f"/api/v2/customers/{john['_id']}", examples.CHANGES)
    assert response.status_code == 200
    customer = response.json()["customer"]
    assert customer.pop("updatedAt") >= john["updatedAt"]
    assert customer == {
        key: value for key, value in {**john, **examples.CHANGES}.items() if key != "updatedAt"
    }
    assert response.headers["ETag"] == '"2"'


@pytest.mark.parametrize(
    ("body", "tags"),
    [
        (
            {"tags": ["premium", "loyal", "high-value"], "action": "set"},
            ["premium", "loyal", "high-value"],
        ),
        ({"tags": ["loyal", "premium"], "action": "add"}, ["premium", "loyal"]),
        ({"tags": ["premium", "absent"], "action": "remove"}, []),
        ({"tags": ["other"]}, ["other"]),
        ({"tags": ["Premium"], "action": "add"}, ["premium", "Premium"]),
    ],
)
def test_tags_are_set_added_and_removed(
    api: ApiClient, john: dict[str, Any], body: Any, tags: list[str]
) -> None:
    response = api.patch(f"/api/v2/customers/{john['_id']}/tags", body)
    assert response.status_code == 200
    assert response.json()["customer"]["tags"] == tags


def test_blocking_and_unblocking(api: ApiClient, john: dict[str, Any]) -> None:
    path = f"/api/v2/customers/{john['_id']}/block"
    reason = "Spam or abusive behavior"
    blocked = api.patch(path, {"isBlocked": True, "blockReason": reason}).json()["customer"]
    assert (blocked["isBlocked"], blocked["blockReason"], blocked["status"]) == (
        True,
        reason,
        "blocked",
    )
    free = api.patch(path, {"isBlocked": False, "blockReason": reason}).json()["customer"]
    assert (free["isBlocked"], free["blockReason"], free["status"]) == (False, None, "active")
    without = api.patch(path, {"isBlocked": True, "blockReason": None}).json()["customer"]
    assert (without["isBlocked"], without["blockReason"]) == (True, None)


def test_deleting_deactivates_and_keeps_the_customer_readable(
    api: ApiClient, john: dict[str, Any]
) -> None:
    response = api.delete(f"/api/v2/customers/{john['_id']}?permanent=false")
    assert (response.status_code, response.json()) == (
        200,
        {"success": True, "message": "Customer deactivated"},
    )
    kept = api.get(f"/api/v2/customers/{john['_id']}").json()["customer"]
    assert kept["status"] == "inactive"
    assert api.get("/api/v2/customers", status="inactive").json()["pagination"]["total"] == 1


def test_deleting_permanently_removes_customer_conversations_and_messages(
    api: ApiClient, john: dict[str, Any]
) -> None:
    thread = api.post(
        f"/api/v2/customers/{john['_id']}/conversations", {"channel": "whatsapp"}
    ).json()["conversation"]["_id"]
    api.post(f"/api/v2/conversations/{thread}/messages", {"direction": "inbound", "body": "Hola"})
    response = api.delete(f"/api/v2/customers/{john['_id']}?permanent=true")
    assert (response.status_code, response.json()) == (
        200,
        {"success": True, "message": "Customer permanently deleted"},
    )
    assert api.get(f"/api/v2/customers/{john['_id']}").status_code == 404
    assert api.get(f"/api/v2/conversations/{thread}/messages").status_code == 404
    assert api.get("/api/v2/customers").json()["pagination"]["total"] == 0


def test_the_statistics_have_the_documented_shape(api: ApiClient, john: dict[str, Any]) -> None:
    assert api.get("/api/v2/customers/stats/summary").json() == {
        "success": True,
        "summary": {
            "totalCustomers": 1,
            "activeCustomers": 1,
            "vipCustomers": 0,
            "blockedCustomers": 0,
            "newThisMonth": 1,
        },
        "segments": [
            {"_id": "vip", "count": 0},
            {"_id": "regular", "count": 0},
            {"_id": "new", "count": 1},
            {"_id": "inactive", "count": 0},
        ],
    }


def test_the_customers_conversations_are_paged(api: ApiClient, john: dict[str, Any]) -> None:
    path = f"/api/v2/customers/{john['_id']}/conversations"
    opened = [
        api.post(path, {"channel": "sms", "subject": f"Thread {number}"}).json()["conversation"]
        for number in range(3)
    ]
    body = api.get(path, page=1, limit=2).json()
    assert body == {
        "success": True,
        "conversations": [opened[2], opened[1]],
        "pagination": {"page": 1, "limit": 2, "total": 3, "pages": 2},
    }
    assert api.get(path, page=2, limit=2).json()["conversations"] == [opened[0]]


def test_the_documented_import(api: ApiClient) -> None:
    (sent,) = [example.value for example in examples.IMPORT if example.request_only]
    api.post("/api/v2/customers", {"phoneNumber": "529992222222"})
    response = api.post("/api/v2/customers/bulk/import", sent)
    assert response.status_code == 201
    body = response.json()
    assert body["results"] == {"imported": 1, "duplicates": 1, "failed": 0}
    (imported,), (duplicate,) = body["details"]["success"], body["details"]["duplicates"]
    assert (imported["index"], imported["phoneNumber"]) == (0, "529991111111")
    assert (duplicate["index"], duplicate["phoneNumber"]) == (1, "529992222222")
    assert duplicate["reason"] == "Customer with this phone number already exists"
    assert (
        api.get(f"/api/v2/customers/{imported['_id']}").json()["customer"]["firstName"]
        == "Customer1"
    )
    assert (
        api.get(f"/api/v2/customers/{duplicate['_id']}").json()["customer"]["phoneNumber"]
        == "529992222222"
    )


def test_the_documented_frontend_integration(
    api: ApiClient, anonymous: ApiClient, cast: Cast, john: dict[str, Any]
) -> None:
    body = api.get("/api/v2/customers", status="active", page=1, limit=20).json()
    assert [row["_id"] for row in body["customers"]] == [john["_id"]]
    assert body["pagination"]["total"] == 1
    changed = api.put(
        f"/api/v2/customers/{john['_id']}",
        {"firstName": "John", "segment": "vip", "tags": ["premium", "loyal"]},
    )
    assert changed.status_code == 200
    token = api.headers["Authorization"].removeprefix("Bearer ")
    opened = anonymous.get("/api/v2/customers/export", format="csv", status="active", token=token)
    assert opened.status_code == 200
    assert opened.headers["Content-Type"] == "text/csv"
    line = b"".join(opened).decode().splitlines()[1]
    assert line.startswith(
        '"529991234567","John","Doe","john@example.com","active","vip","premium;loyal","VIP '
        'customer - priority support","'
    )


def test_both_slash_forms_answer(api: ApiClient, john: dict[str, Any]) -> None:
    for path in (
        "/api/v2/customers",
        f"/api/v2/customers/{john['_id']}",
        "/api/v2/customers/stats/summary",
        "/api/v2/customers/export",
    ):
        assert api.get(path).status_code == api.get(f"{path}/").status_code == 200
