"""
The salon chain's rules for customers: filters, pages, walk-ins, tenants, merging, deleting,
restoring, versions, replays.
"""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.audit.models import AuditEntry
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.services.outlets import create_outlet
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.management import block_customer
from tests.cast import Cast, customer_values
from tests.client import ApiClient

LIST = "/api/v1/customers"


def emails(api: ApiClient, **query: str) -> list[str]:
    response = api.get(LIST, **query)
    assert response.status_code == 200, response.content
    return [item["email"] for item in response.json()["items"]]


@pytest.fixture
def five(api: ApiClient) -> list[str]:
    """Ids of jane1 … jane5; the third has a password, the first two tags of their own."""
    ids = []
    for number in range(1, 6):
        more = {
            1: {"tags": ["vip"]},
            2: {"tags": ["regular", "late"]},
            3: {"password": "SecurePass123!"},
        }.get(number, {})
        ids.append(api.post(LIST, customer_values(number, **more)).json()["id"])
    return ids


def test_the_newest_come_first(api: ApiClient, five: list[str]) -> None:
    assert emails(api) == [f"jane{number}@example.com" for number in (5, 4, 3, 2, 1)]


def test_each_filter_chooses_its_rows(api: ApiClient, five: list[str]) -> None:
    Customer.objects.unscoped().filter(pk=five[3]).update(email_verified=True)
    for query, numbers in [
        ({"tags": "vip"}, [1]),
        ({"tags": "vip, regular"}, [2, 1]),
        ({"tags": "VIP"}, []),
        ({"tags": "staff-created"}, [5, 4, 2, 1]),
        ({"tags": ""}, [5, 4, 3, 2, 1]),
        ({"has_password": "true"}, [3]),
        ({"has_password": "false"}, [5, 4, 2, 1]),
        ({"email_verified": "true"}, [4]),
        ({"email_verified": "false"}, [5, 3, 2, 1]),
        ({"search": "SMITH2"}, [2]),
        ({"search": "jane5@"}, [5]),
        ({"search": "248-555-0004"}, [4]),
        ({"search": ""}, [5, 4, 3, 2, 1]),
        ({"search": "smith4", "has_password": "true"}, []),
        ({"_": "cache"}, [5, 4, 3, 2, 1]),
    ]:
        assert emails(api, **query) == [f"jane{number}@example.com" for number in numbers], query


def test_days_of_creation_are_whole_days_of_the_organization(
    api: ApiClient, five: list[str]
) -> None:
    for key, moment in zip(
        five,
        [
            dt.datetime(2025, 3, 9, 4, 59, 59, tzinfo=dt.UTC),  # 8 March, 23:59:59 in Detroit
            dt.datetime(2025, 3, 9, 5, 0, tzinfo=dt.UTC),  # 9 March, midnight
            # 9 March, 23:59:59, after the clocks went forward
            dt.datetime(2025, 3, 10, 3, 59, 59, tzinfo=dt.UTC),
            dt.datetime(2025, 3, 10, 4, 0, tzinfo=dt.UTC),  # 10 March, midnight
            dt.datetime(2025, 6, 1, tzinfo=dt.UTC),
        ],
        strict=True,
    ):
        Customer.objects.unscoped().filter(pk=key).update(created_at=moment)
    for query, numbers in [
        ({"created_from": "2025-03-09", "created_to": "2025-03-09"}, [3, 2]),
        ({"created_from": "2025-03-10"}, [5, 4]),
        ({"created_to": "2025-03-08"}, [1]),
        ({"created_from": "2025-03-10T03:59:59Z", "created_to": "2025-03-10T04:00:00Z"}, [4, 3]),
        ({"created_from": "2025-12-31", "created_to": "2025-01-01"}, []),
    ]:
        assert emails(api, **query) == [f"jane{number}@example.com" for number in numbers], query


def test_pages_neither_repeat_nor_lose_a_row(api: ApiClient, five: list[str]) -> None:
    Customer.objects.unscoped().update(created_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    pages = [api.get(LIST, page=str(page), size="2").json() for page in (1, 2, 3, 4)]
    assert [item["id"] for page in pages for item in page["items"]] == sorted(five, reverse=True)
    assert [len(page["items"]) for page in pages] == [2, 2, 1, 0]
    assert {(page["total"], page["size"], page["pages"]) for page in pages} == {(5, 2, 3)}
    assert api.get(LIST, size="1000").json()["size"] == 100
    assert api.get(LIST, page=str(10**30)).json() == {
        "items": [],
        "total": 5,
        "page": 2**53 - 1,
        "size": 20,
        "pages": 1,
    }


def test_a_page_takes_as_many_queries_for_one_row_as_for_five(
    api: ApiClient, five: list[str]
) -> None:
    counts = []
    for size in ("1", "5"):
        with CaptureQueriesContext(connection) as queries:
            assert api.get(LIST, size=size).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def test_without_a_password_a_customer_is_a_walk_in(api: ApiClient, five: list[str]) -> None:
    assert api.get(f"{LIST}/{five[0]}").json()["tags"] == ["vip", "staff-created"]
    assert api.get(f"{LIST}/{five[3]}").json()["tags"] == ["staff-created"]
    assert api.get(f"{LIST}/{five[2]}").json()["tags"] == []
    portal, walk_in = (Customer.objects.unscoped().get(pk=five[number]) for number in (2, 0))
    assert check_password("SecurePass123!", portal.password)
    assert walk_in.password == ""


def test_creating_takes_every_field_that_is_shown(api: ApiClient, cast: Cast) -> None:
    sent = {
        **customer_values(),
        "gender": "female",
        "date_of_birth": "1990-05-17",
        "source": "walk-by",
        "tags": ["b", "a"],
        "address": {
            "street": "1 Main St",
            "city": "Troy",
            "state": "MI",
            "postal_code": "48084",
            "country": "US",
        },
        "preferences": {
            "language": "es",
            "communication_preferences": {"sms": True},
            "preferred_staff_ids": [str(cast.bob.pk)],
        },
    }
    response = api.post(LIST, sent)
    assert response.status_code == 201, response.content
    body = response.json()
    assert {key: body[key] for key in ("gender", "date_of_birth", "source")} == {
        "gender": "female",
        "date_of_birth": "1990-05-17",
        "source": "walk-by",
    }
    assert body["tags"] == ["b", "a", "staff-created"]
    assert body["address"] == {**sent["address"], "latitude": None, "longitude": None}
    assert body["preferences"]["language"] == "es"
    assert body["preferences"]["communication_preferences"] == {
        "email": True,
        "sms": True,
        "push_notifications": False,
        "whatsapp": False,
    }
    assert body["preferences"]["preferred_staff_ids"] == [str(cast.bob.pk)]
    assert body["phone"] == "+12485550001"


def test_what_is_read_can_be_sent_back(api: ApiClient, five: list[str]) -> None:
    before = api.get(f"{LIST}/{five[0]}").json()
    response = api.put(f"{LIST}/{five[0]}", before)
    assert (response.status_code, response.json(), response.headers["ETag"]) == (200, before, '"1"')


def test_address_and_preferences_merge_key_by_key_and_tags_are_replaced(
    api: ApiClient, five: list[str]
) -> None:
    path = f"{LIST}/{five[0]}"
    api.put(
        path,
        {
            "address": {"city": "Troy", "state": "MI"},
            "preferences": {"notes": "Mornings", "communication_preferences": {"sms": True}},
        },
    )
    body = api.patch(
        path, {"address": {"city": "Detroit"}, "preferences": {"language": "es"}, "tags": ["x"]}
    ).json()
    assert (body["address"]["city"], body["address"]["state"], body["tags"]) == (
        "Detroit",
        "MI",
        ["x"],
    )
    preferences = body["preferences"]
    assert (preferences["notes"], preferences["language"]) == ("Mornings", "es")
    assert preferences["communication_preferences"] == {
        "email": True,
        "sms": True,
        "push_notifications": False,
        "whatsapp": False,
    }
    cleared = api.put(path, {"address": None, "preferences": None, "gender": None}).json()
    assert set(cleared["address"].values()) == {None}
    assert cleared["preferences"] == preferences


def test_preferences_put_and_patch_merge(api: ApiClient, five: list[str]) -> None:
    path = f"{LIST}/{five[0]}/preferences"
    api.put(
        path,
        {
            "communication_preferences": {"whatsapp": True},
            "preferred_categories": ["Hair", "Nails"],
        },
    )
    body = api.patch(path, {"marketing_consent": True, "accessibility_needs": "Step-free"}).json()
    assert body["communication_preferences"] == {
        "email": True,
        "sms": False,
        "push_notifications": False,
        "whatsapp": True,
    }
    assert (
        body["preferred_categories"],
        body["marketing_consent"],
        body["accessibility_needs"],
    ) == (["Hair", "Nails"], True, "Step-free")
    stale = api.put(path, {"language": "es"}, If_Match='"1"')
    assert (stale.status_code, api.get(path).json()) == (412, body)


def test_is_active_means_active_or_vip_and_not_blocked(api: ApiClient, actor: Actor) -> None:
    for number, (status, blocked, shown) in enumerate(
        [
            ("active", False, True),
            ("vip", False, True),
            ("inactive", False, False),
            ("churned", False, False),
            ("vip", True, False),
        ]
    ):
        row = create_customer(actor=actor, values=customer_values(number, status=status))
        if blocked:
            block_customer(actor=actor, customer_id=row.pk, values={"is_blocked": True})
        assert api.get(f"{LIST}/{row.pk}").json()["is_active"] is shown


def test_a_new_email_is_not_verified(api: ApiClient, five: list[str]) -> None:
    Customer.objects.unscoped().update(email_verified=True)
    assert api.put(f"{LIST}/{five[0]}", {"first_name": "Janet"}).json()["email_verified"] is True
    body = api.put(f"{LIST}/{five[0]}", {"email": "new@example.com", "email_verified": True}).json()
    assert (body["email"], body["email_verified"]) == ("new@example.com", False)


def test_duplicates_are_conflicts(api: ApiClient, five: list[str]) -> None:
    for values, field in (
        ({"email": "JANE1@example.com"}, "email"),
        ({"phone": "(248) 555-0001"}, "phone"),
    ):
        fresh = {"first_name": "A", **values}
        for response in (api.post(LIST, fresh), api.put(f"{LIST}/{five[1]}", values)):
            assert (response.status_code, response.json()) == (
                409,
                {
                    "detail": f"Customer with this {field} already exists",
                    "customer_id": five[0],
                },
            )
    assert Customer.objects.unscoped().count() == 5


class TestTenants:
    def test_a_tenant_id_must_be_the_callers_own(self, cast: Cast, api: ApiClient) -> None:
        other = {**customer_values(), "tenant_id": str(cast.other.pk)}
        for client in (api, ApiClient(user=cast.bob), ApiClient(key=cast.live_key)):
            response = client.post(LIST, other)
            assert (response.status_code, response.json()) == (
                403,
                {"detail": "You may not work in another organization"},
            )
        assert Customer.objects.unscoped().count() == 0
        assert (
            api.post(LIST, {**customer_values(), "tenant_id": str(cast.acme.pk)}).status_code == 201
        )
        assert api.post(LIST, {**customer_values(2), "tenant_id": None}).status_code == 201

    def test_a_super_admin_names_the_organization(self, cast: Cast) -> None:
        sue = ApiClient(user=cast.sue)
        made = sue.post(LIST, {**customer_values(), "tenant_id": str(cast.other.pk)})
        assert made.status_code == 201, made.content
        key = made.json()["id"]
        assert Customer.objects.unscoped().get().organization_id == cast.other.pk
        assert (
            AuditEntry.objects.unscoped().get(action="customer.created").organization_id
            == cast.other.pk
        )
        assert sue.get(f"{LIST}/{key}").status_code == 404
        assert sue.get(f"{LIST}/{key}", {"X-Organization": "other"}).status_code == 200
        assert ApiClient(user=cast.charlie).get(f"{LIST}/{key}").status_code == 200
        nowhere = sue.post(
            LIST, {**customer_values(2), "tenant_id": "550e8400-e29b-41d4-a716-446655440000"}
        )
        assert (nowhere.status_code, nowhere.json()) == (404, {"detail": "Organization not found"})

    def test_the_assignment_can_not_be_changed(
        self, cast: Cast, api: ApiClient, five: list[str]
    ) -> None:
        path = f"{LIST}/{five[0]}"
        assert (
            api.put(path, {"tenant_id": str(cast.acme.pk), "gender": "f"}).json()["gender"] == "f"
        )
        assert api.put(path, {"tenant_id": str(cast.other.pk)}).status_code == 403
        refused = ApiClient(user=cast.sue).put(
            path, {"tenant_id": str(cast.other.pk), "gender": "m"}
        )
        assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (
            422,
            ["body", "tenant_id"],
        )
        assert Customer.objects.unscoped().get(pk=five[0]).gender == "f"

    def test_strangers_rows_and_ids_are_not_there(
        self, cast: Cast, api: ApiClient, five: list[str]
    ) -> None:
        charlie = ApiClient(user=cast.charlie)
        path = f"{LIST}/{five[0]}"
        missing = {"detail": "Customer not found"}
        for response in (
            charlie.get(path),
            charlie.put(path, {"gender": "x"}),
            charlie.delete(path),
            charlie.post(f"{path}/restore"),
            charlie.get(f"{path}/appointments"),
            charlie.get(f"{path}/preferences"),
            charlie.put(f"{path}/preferences", {"language": "es"}),
        ):
            assert (response.status_code, response.json()) == (404, missing)
        assert charlie.get(LIST).json()["total"] == 0
        assert charlie.get(LIST, tags="vip").json()["total"] == 0
        assert (
            charlie.get("/api/v1/customers/statistics/summary").json()["statistics"][
                "total_customers"
            ]
            == 0
        )
        theirs = create_outlet(actor=actor_of(cast.charlie), values={"name": "Elsewhere"})
        refused = api.put(path, {"preferences": {"preferred_outlet_id": str(theirs.pk)}})
        assert refused.json()["detail"][0]["loc"] == ["body", "preferences", "preferred_outlet_id"]


class TestDeleting:
    def test_deleting_hides_and_restoring_brings_back(
        self, api: ApiClient, five: list[str]
    ) -> None:
        path = f"{LIST}/{five[0]}"
        before = api.get(path).json()
        api.delete(path)
        row = Customer.objects.unscoped().get(pk=five[0])
        assert row.deleted_at is not None
        assert [
            api.get(path).status_code,
            api.put(path, {}).status_code,
            api.delete(path).status_code,
        ] == [404, 404, 404]
        assert api.get(LIST).json()["total"] == 4
        restored = api.post(f"{path}/restore")
        assert restored.status_code == 200, restored.content
        assert restored.json() == {**before, "updated_at": restored.json()["updated_at"]}
        assert restored.headers["ETag"] == '"3"'
        assert api.post(f"{path}/restore").status_code == 404

    def test_restoring_onto_a_living_email_or_phone_is_a_conflict(
        self, api: ApiClient, five: list[str]
    ) -> None:
        api.delete(f"{LIST}/{five[0]}")
        new = api.post(LIST, {"first_name": "New", "email": "Jane1@example.com"}).json()
        response = api.post(f"{LIST}/{five[0]}/restore")
        assert (response.status_code, response.json()) == (
            409,
            {"detail": "Customer with this email already exists", "customer_id": new["id"]},
        )
        assert Customer.objects.unscoped().get(pk=five[0]).deleted_at is not None

    def test_permanently_is_the_super_admins_alone(
        self, api: ApiClient, cast: Cast, five: list[str]
    ) -> None:
        path = f"{LIST}/{five[0]}?permanent=true"
        for client in (
            api,
            ApiClient(user=cast.mona),
            ApiClient(user=cast.bob),
            ApiClient(key=cast.live_key),
        ):
            assert client.delete(path).status_code == 403
        assert api.get(LIST).json()["total"] == 5
        sue = ApiClient(user=cast.sue)
        stale = sue.delete(path, If_Match='"7"')
        assert (stale.status_code, Customer.objects.unscoped().count()) == (412, 5)
        response = sue.delete(path, If_Match='"1"')
        assert (response.status_code, response.json()) == (
            200,
            {"message": "Customer has been deleted successfully"},
        )
        assert not Customer.objects.unscoped().filter(pk=five[0]).exists()
        assert sue.post(f"{LIST}/{five[0]}/restore").status_code == 404
        assert sue.delete(f"{LIST}/{five[1]}?permanent=false").status_code == 200
        assert Customer.objects.unscoped().get(pk=five[1]).deleted_at is not None
        assert AuditEntry.objects.unscoped().filter(action="customer.erased").count() == 1

    def test_permanently_is_refused_while_an_appointment_stands(
        self, cast: Cast, five: list[str]
    ) -> None:
        sue = ApiClient(user=cast.sue)
        booked = {"customer_id": five[0], "appointment_date": "2090-01-01", "start_time": "10:00"}
        key = sue.post("/api/appointments", booked).json()["data"]["id"]
        response = sue.delete(f"{LIST}/{five[0]}?permanent=true")
        assert (response.status_code, response.json()) == (
            409,
            {"detail": "Cannot delete customer with upcoming appointments"},
        )
        assert sue.put(f"/api/appointments/{key}", {"status": "cancelled"}).status_code == 200
        assert sue.delete(f"{LIST}/{five[0]}?permanent=true").status_code == 200


def test_versions_guard_writes(api: ApiClient, five: list[str]) -> None:
    path = f"{LIST}/{five[0]}"
    assert api.put(path, {"gender": "a"}, If_Match='"1"').headers["ETag"] == '"2"'
    for response in (
        api.put(path, {"gender": "b"}, If_Match='"1"'),
        api.delete(path, If_Match='"1"'),
    ):
        assert response.status_code == 412
    assert api.get(path).json()["gender"] == "a"


def test_the_same_key_and_body_create_once(api: ApiClient, cast: Cast) -> None:
    first = api.post(LIST, customer_values(), Idempotency_Key="k")
    again = api.post(f"{LIST}/", customer_values(), Idempotency_Key="k")
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    other = api.post(LIST, customer_values(2), Idempotency_Key="k")
    assert (other.status_code, other.json()) == (
        422,
        {"detail": "This Idempotency-Key was used with a different request"},
    )
    assert Customer.objects.unscoped().count() == 1


ALLOWED: list[tuple[str, str, Any, str, str]] = [
    ("GET", "", None, "staff", "rw"),
    ("POST", "", customer_values(9), "staff", "w"),
    ("GET", "/{id}", None, "staff", "rw"),
    ("GET", "/{id}/appointments", None, "staff", "rw"),
    ("GET", "/{id}/preferences", None, "staff", "rw"),
    ("PUT", "/{id}/preferences", {"language": "es"}, "staff", "w"),
    ("PATCH", "/{id}/preferences", {"language": "fr"}, "staff", "w"),
    ("PUT", "/{id}", {"gender": "x"}, "outlet_manager", "w"),
    ("PATCH", "/{id}", {"gender": "y"}, "outlet_manager", "w"),
    ("DELETE", "/{id}", None, "tenant_admin", "w"),
    ("POST", "/{id}/restore", None, "tenant_admin", "w"),
    ("GET", "/statistics/summary", None, "tenant_admin", "rw"),
    ("DELETE", "/{id}?permanent=true", None, "super_admin", ""),
]
"""
Operation, the least role that may, and which keys may: `r` one that only reads, `w` one that reads
and writes.
"""


@pytest.mark.parametrize(("method", "path", "body", "least", "keys"), ALLOWED)
def test_each_role_and_key_may_what_the_policy_says(
    cast: Cast, actor: Actor, method: str, path: str, body: Any, least: str, keys: str
) -> None:
    row = create_customer(actor=actor, values=customer_values())
    if path.endswith("restore"):
        ApiClient(user=cast.alice).delete(f"{LIST}/{row.pk}")
    roles = list(cast.roles)
    allowed = {role: number >= roles.index(least) for number, role in enumerate(roles)} | {
        "r": "r" in keys,
        "w": "w" in keys,
    }
    clients = {role: ApiClient(user=user) for role, user in cast.roles.items()}
    clients |= {"r": ApiClient(key=cast.read_key), "w": ApiClient(key=cast.live_key)}
    for who, client in clients.items():
        with transaction.atomic():
            response = client.send(method, LIST + path.format(id=row.pk), body)
            transaction.set_rollback(True)
        assert (response.status_code in (200, 201)) == allowed[who], (who, response.content)
        if not allowed[who]:
            assert response.status_code == 403
            assert isinstance(response.json()["detail"], str)
