"""
One customer's life through all five APIs: what one writes, the others read, and what one erases is
gone everywhere.

The merchants' API makes the customer, booking finds her by phone, roofing values her, the support
desk tags and writes to her, the salon chain books her and learns what she prefers; an administrator
erases her through booking.
"""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from appointments.models import Appointment
from core.audit.models import AuditEntry
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer, Project, Suppression, Transaction
from customers.services.erasure import suppressed
from interactions.models import Conversation, Interaction, Message
from tests.cast import Cast
from tests.client import ApiClient

EMAIL = "Fatou.Ndiaye@dakar.example"
PHONE = "+221771234567"


class Story:
    """The doors, and the customer's id once she is there."""

    def __init__(self, cast: Cast) -> None:
        self.merchant = ApiClient(key=cast.live_key)
        self.office = ApiClient(user=cast.alice)
        self.manager = ApiClient(user=cast.mona)
        self.staff = ApiClient(user=cast.bob)
        self.id = ""

    @property
    def booking_id(self) -> str:
        return f"cust_{UUID(self.id).hex}"

    def told(self, response: Any, status: int = 200) -> Any:
        assert response.status_code == status, response.content
        return response.json()

    def reads(self) -> dict[str, Any]:
        """What each API answers when it is asked for her."""
        return {
            "roofing": self.office.get(f"/api/customers/{self.id}"),
            "booking": self.office.post(
                "/api/customers/retrieve", {"customer_id": self.booking_id}
            ),
            "outlets": self.office.get(f"/api/v1/customers/{self.id}"),
            "messaging": self.office.get(f"/api/v2/customers/{self.id}"),
            "merchants": self.merchant.get(f"/customers/{self.id}"),
        }

    def lists(self) -> dict[str, list[Any]]:
        """Whom each list holds for her name."""
        word = "ndiaye"
        return {
            "roofing": self.told(self.office.get("/api/customers", search=word))["data"],
            "outlets": self.told(self.office.get("/api/v1/customers", search=word))["items"],
            "messaging": self.told(self.office.get("/api/v2/customers", search=word))["customers"],
            "merchants": self.told(self.merchant.get("/customers", search=word))["customers"],
        }


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def created_by_a_merchant(story: Story) -> None:
    body = {
        "name": "Fatou Ndiaye Sow",
        "email": EMAIL,
        "phone_number": PHONE,
        "city": "Dakar",
        "metadata": {"plan": "gold"},
    }
    story.id = story.told(story.merchant.post("/customers", body), 201)["customer_id"]


def found_by_the_booking_widget(story: Story) -> None:
    for given in (
        {"phone": "+221 77 123 45 67"},
        {"email": EMAIL.upper()},
        {"customer_id": story.booking_id},
    ):
        found = story.told(story.staff.post("/api/customers/retrieve", given))
        assert (found["customer_id"], found["first_name"], found["last_name"]) == (
            story.booking_id,
            "Fatou",
            "Ndiaye Sow",
        )
        assert (found["email"], found["phone"], found["custom_fields"]) == (
            EMAIL,
            PHONE,
            {"plan": "gold"},
        )


def valued_by_the_office(story: Story) -> None:
    job = {
        "customer_id": story.id,
        "name": "Ndiaye roof",
        "total_amount": 120_000,
        "status": "completed",
    }
    story.told(story.manager.post("/api/projects", job), 201)
    paid = {
        "customer_id": story.id,
        "gross_amount": 5000,
        "status": "completed",
        "currency_code": "XOF",
        "description": "Fatou paid",
    }
    story.told(story.manager.post("/api/transactions", paid), 201)
    note = {"type": "phone_call", "notes": "Fatou called about the roof", "outcome": "positive"}
    story.told(story.staff.post(f"/api/customers/{story.id}/interactions", note), 201)
    data = story.told(story.staff.get(f"/api/customers/{story.id}"))["data"]
    assert (data["lifetime_value"], data["status"], data["segment"], data["interaction_count"]) == (
        120_000,
        "vip",
        "premium",
        1,
    )
    assert story.told(
        story.manager.put(f"/api/customers/{story.id}", {"notes": "Fatou prefers mornings"})
    )["data"]["notes"]
    (payment,) = story.told(story.merchant.get(f"/customers/{story.id}/transactions"))
    assert (payment["gross_amount"], payment["currency_code"], payment["description"]) == (
        5000,
        "XOF",
        "Fatou paid",
    )
    assert len(story.told(story.merchant.get("/customers", status="active"))["customers"]) == 1


def talked_to_by_the_support_desk(story: Story) -> None:
    path = f"/api/v2/customers/{story.id}"
    tagged = story.told(
        story.manager.patch(f"{path}/tags", {"tags": ["VIP", "premium"], "action": "add"})
    )["customer"]
    assert (tagged["phoneNumber"], tagged["email"]) == (PHONE[1:], EMAIL.lower())
    assert (sorted(tagged["tags"]), tagged["segment"], tagged["customFields"]) == (
        ["VIP", "premium"],
        "vip",
        {"plan": "gold"},
    )
    opened = story.told(
        story.staff.post(f"{path}/conversations", {"channel": "whatsapp", "subject": "Fatou asks"}),
        201,
    )
    thread = opened["conversation"]["_id"]
    for direction in ("inbound", "outbound"):
        said = {"direction": direction, "body": "Fatou Ndiaye here"}
        story.told(story.staff.post(f"/api/v2/conversations/{thread}/messages", said), 201)
    assert story.told(story.staff.get(path))["statistics"]["totalConversations"] == 1
    assert (
        story.told(story.staff.get(f"/api/customers/{story.id}"))["data"]["tags"] == "VIP,premium"
    )


def booked_by_the_salons(story: Story, cast: Cast) -> str:
    preferred = {
        "marketing_consent": True,
        "communication_preferences": {"sms": True},
        "preferred_outlet_id": str(cast.outlet.pk),
    }
    story.told(story.staff.put(f"/api/v1/customers/{story.id}/preferences", preferred))
    slot = {
        "customer_id": story.id,
        "outlet_id": str(cast.outlet.pk),
        "start_time": "10:00",
        "notes": "Fatou's chair",
    }
    past = story.staff.post(
        "/api/appointments",
        {**slot, "appointment_date": "2025-10-20", "status": "completed", "total_price": 80},
    )
    story.told(past, 201)
    coming = story.told(
        story.staff.post("/api/appointments", {**slot, "appointment_date": "2099-01-01"}), 201
    )["data"]["id"]
    shown = story.told(story.staff.get(f"/api/v1/customers/{story.id}"))
    assert (
        shown["total_appointments"],
        shown["preferences"]["marketing_consent"],
        shown["is_active"],
    ) == (2, True, True)
    visits = story.told(story.staff.get(f"/api/v1/customers/{story.id}/appointments"))["statistics"]
    assert (visits["total_appointments"], visits["completed"], visits["upcoming"]) == (2, 1, 1)
    seen = story.told(
        story.staff.post("/api/customers/retrieve", {"customer_id": story.booking_id})
    )
    assert (seen["total_appointments"], seen["last_visit"]) == (2, "2025-10-20T14:00:00Z")
    assert seen["preferences"] == {
        "email_notifications": True,
        "sms_notifications": True,
        "marketing_emails": True,
    }
    return str(coming)


def erased_through_booking(story: Story, coming: str) -> None:
    gone = {"customer_id": story.booking_id}
    assert (
        story.told(story.manager.post("/api/customers/delete", gone), 403)["error"] == "forbidden"
    )
    assert (
        story.told(story.office.post("/api/customers/delete", gone), 409)["error"]
        == "customer_has_future_appointments"
    )
    story.told(story.staff.put(f"/api/appointments/{coming}", {"status": "cancelled"}))
    answer = story.told(story.office.post("/api/customers/delete", gone))
    assert (answer["success"], answer["customer_id"]) == (True, story.booking_id)


def gone_everywhere(story: Story) -> None:
    assert {
        name: response.status_code for name, response in story.reads().items()
    } == dict.fromkeys(story.reads(), 404)
    assert story.lists() == {"roofing": [], "outlets": [], "messaging": [], "merchants": []}
    assert story.office.post("/api/customers/retrieve", {"email": EMAIL}).status_code == 404
    assert story.office.post("/api/customers/retrieve", {"phone": PHONE}).status_code == 404
    assert story.office.post(f"/api/customers/{story.id}/restore").status_code == 404


def anonymous_rows_remain(story: Story, actor: Actor) -> None:
    assert not Customer.objects.for_actor(actor).exists()
    assert [
        model.objects.for_actor(actor).count() for model in (Interaction, Conversation, Message)
    ] == [0, 0, 0]
    project, paid = (
        Project.objects.for_actor(actor).get(),
        Transaction.objects.for_actor(actor).get(),
    )
    assert (project.customer_id, project.name, project.total_amount) == (None, "", 120_000)
    assert (paid.customer_id, paid.description, paid.gross_amount) == (None, "", 5000)
    visits = Appointment.objects.for_actor(actor).order_by("start_at")
    assert [(visit.customer_id, visit.notes, visit.status) for visit in visits] == [
        (None, "", "completed"),
        (None, "", "cancelled"),
    ]
    assert [
        row["customer_id"] for row in story.told(story.office.get("/api/transactions"))["data"]
    ] == [None]


def proof_remains_and_nothing_personal(story: Story, actor: Actor) -> None:
    certificate = AuditEntry.objects.for_actor(actor).get(action="customer.erased")
    assert (certificate.actor_label, certificate.customer_id, certificate.via) == (
        "alice@acme.test",
        None,
        "booking",
    )
    assert certificate.changes["ground"] == [None, "requested through the booking API"]
    counted = certificate.changes["rows"][1]
    expected = {
        "message": 2,
        "conversation": 1,
        "interaction": 1,
        "project": 1,
        "transaction": 1,
        "appointment": 2,
        "customertag": 2,
    }
    assert {name: counted[name] for name in expected} == expected
    earlier = AuditEntry.objects.for_actor(actor).filter(customer_id=story.id)
    assert {entry.via for entry in earlier} == {"merchants", "roofing", "messaging", "outlets"}
    assert {value for entry in earlier for value in entry.changes.values()} == {None}
    assert suppressed(actor=actor, addresses=[EMAIL.lower(), PHONE]) == {EMAIL.lower(), PHONE}
    assert Suppression.objects.for_actor(actor).count() == 2
    found = [
        word
        for word in ("fatou", "ndiaye", "dakar.example", PHONE[4:])
        for row in stored_rows()
        if word in row
    ]
    assert found == []


def stored_rows() -> list[str]:
    """Every row of every table, as text in lower case."""
    rows: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows += [" ".join(map(str, row)).lower() for row in cursor.fetchall()]
    return rows


def test_one_customer_through_all_doors(story: Story, cast: Cast, actor: Actor) -> None:
    created_by_a_merchant(story)
    found_by_the_booking_widget(story)
    valued_by_the_office(story)
    talked_to_by_the_support_desk(story)
    coming = booked_by_the_salons(story, cast)
    assert {
        name: response.status_code for name, response in story.reads().items()
    } == dict.fromkeys(story.reads(), 200)
    assert {name: len(rows) for name, rows in story.lists().items()} == {
        "roofing": 1,
        "outlets": 1,
        "messaging": 1,
        "merchants": 1,
    }
    erased_through_booking(story, coming)
    gone_everywhere(story)
    anonymous_rows_remain(story, actor)
    proof_remains_and_nothing_personal(story, actor)


def test_who_comes_back_by_herself_is_welcome(story: Story, cast: Cast) -> None:
    created_by_a_merchant(story)
    first = story.id
    story.told(story.office.post("/api/customers/delete", {"customer_id": story.booking_id}))
    created_by_a_merchant(story)
    assert story.id != first
    found = story.told(story.staff.post("/api/customers/retrieve", {"phone": PHONE}))
    assert (found["customer_id"], found["total_appointments"], found["notes"]) == (
        story.booking_id,
        0,
        None,
    )
    assert suppressed(actor=actor_of(cast.alice), addresses=[EMAIL.lower()]) == {EMAIL.lower()}
