"""
Saving and deleting through the admin: by the services, so audited, announced, versioned and refused
as everywhere.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin import site
from django.test import Client, RequestFactory

from core.audit.models import AuditEntry, OutboxEvent
from core.clock import now
from core.identity.models import Session, User
from core.identity.services import actor_of
from core.identity.tokens import open_session
from core.jobs.models import Job
from core.tenancy.actor import Actor
from core.tenancy.models import ApiKey, Organization, Outlet
from customers.models import Customer, LoyaltyEntry, Project, Tag
from customers.services.customers import create_customer, update_customer
from customers.services.work import create_project
from interactions.models import Conversation
from tests.admin.conftest import CANARY, filled
from tests.background import run
from tests.cast import PASSWORD, Cast, customer_values

ADD = "/admin/customers/customer/add/"


def change(row: Any) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def errors(response: Any) -> dict[str, list[str]]:
    return {
        name: list(map(str, items))
        for name, items in response.context["adminform"].form.errors.items()
    }


def test_creating_a_customer_writes_audit_and_event(cast: Cast, alice: Client) -> None:
    response = alice.post(
        ADD,
        filled(
            alice,
            ADD,
            first_name="Jane",
            email="Jane@Example.com",
            phone="(248) 555-0101",
            tags="vip, roof",
        ),
    )
    assert response.status_code == 302
    customer = Customer.objects.unscoped().get()
    assert (customer.organization, customer.environment, customer.email_key, customer.phone) == (
        cast.acme,
        "live",
        "jane@example.com",
        "+12485550101",
    )
    assert (customer.search_text, customer.status_pinned, customer.language) == (
        " jane|jane@example.com|12485550101",
        False,
        "en",
    )
    entry = AuditEntry.objects.unscoped().get(action="customer.created")
    assert (entry.actor_id, entry.via, entry.address, entry.customer_id) == (
        cast.alice.pk,
        "admin",
        "127.0.0.1",
        customer.pk,
    )
    assert entry.changes["tags"] == [[], ["vip", "roof"]]
    assert len(entry.request_id) == 32
    assert OutboxEvent.objects.unscoped().get().type == "customer.created"


def test_changing_writes_what_changed_and_bumps_the_version(actor: Actor, alice: Client) -> None:
    row = create_customer(actor=actor, values=customer_values(1, notes="before"))
    assert alice.post(change(row), filled(alice, change(row), notes="after")).status_code == 302
    row.refresh_from_db()
    assert (row.notes, row.version) == ("after", 2)
    assert AuditEntry.objects.unscoped().get(action="customer.updated").changes == {
        "notes": ["before", "after"]
    }
    assert list(OutboxEvent.objects.unscoped().order_by("id").values_list("type", flat=True)) == [
        "customer.created",
        "customer.updated",
    ]


def test_the_list_says_who_is_blocked(actor: Actor, alice: Client) -> None:
    create_customer(actor=actor, values=customer_values(1, is_blocked=True))
    create_customer(actor=actor, values=customer_values(2))
    page = alice.get("/admin/customers/customer/").content.decode()
    assert [len(re.findall(rf">\s*{told}\s*</span>", page)) for told in ("Blocked", "Active")] == [
        1,
        1,
    ]


def test_saving_unchanged_writes_nothing(actor: Actor, alice: Client) -> None:
    row = create_customer(
        actor=actor,
        values=customer_values(
            1, tags=["a"], nps_score=9, date_of_birth="1990-02-03", custom_fields={"a": 1}
        ),
    )
    before = (Customer.objects.unscoped().values().get(), AuditEntry.objects.unscoped().count())
    assert alice.post(change(row), filled(alice, change(row))).status_code == 302
    assert (
        Customer.objects.unscoped().values().get(),
        AuditEntry.objects.unscoped().count(),
    ) == before


def test_a_conflict_stands_beside_its_field_and_changes_nothing(
    actor: Actor, alice: Client
) -> None:
    create_customer(actor=actor, values=customer_values(1))
    row = create_customer(actor=actor, values=customer_values(2))
    before = (
        list(Customer.objects.unscoped().order_by("pk").values()),
        AuditEntry.objects.unscoped().count(),
    )
    response = alice.post(
        change(row), filled(alice, change(row), email="JANE1@example.com", first_name="Typed")
    )
    assert response.status_code == 200
    assert errors(response) == {"email": ["Customer with this email already exists"]}
    assert 'value="Typed"' in response.content.decode()
    assert (
        list(Customer.objects.unscoped().order_by("pk").values()),
        AuditEntry.objects.unscoped().count(),
    ) == before


def test_validating_a_form_writes_nothing(cast: Cast, rf: RequestFactory) -> None:
    request = rf.post("/admin/customers/tag/add/", {"name": "new"})
    request.user, request.session = cast.alice, {}  # type: ignore[assignment]
    form = site.get_model_admin(Tag).get_form(request)(request.POST)
    assert form.is_valid()
    assert form.values() == {"name": "new"}
    assert not Tag.objects.unscoped().exists()


def test_every_fault_stands_beside_its_field(alice: Client) -> None:
    response = alice.post(
        ADD,
        filled(alice, ADD, phone="12", tags="x" * 51, alternative_phones="nope", nps_score="11"),
    )
    assert sorted(errors(response)) == ["alternative_phones", "nps_score", "phone", "tags"]
    assert Customer.objects.unscoped().count() == 0


def test_two_people_editing_do_not_overwrite_each_other(actor: Actor, alice: Client) -> None:
    row = create_customer(actor=actor, values=customer_values(1, city="Troy"))
    form = filled(alice, change(row), notes="mine")
    update_customer(actor=actor, customer_id=row.pk, values={"city": "Novi"})
    response = alice.post(change(row), form)
    assert response.status_code == 200
    assert "Someone else has changed this record" in errors(response)["__all__"][0]
    row.refresh_from_db()
    assert (row.city, row.notes, row.version) == ("Novi", "", 2)


def test_a_pin_is_set_and_taken_off(actor: Actor, alice: Client) -> None:
    row = create_customer(actor=actor, values=customer_values(1))
    alice.post(change(row), filled(alice, change(row), status="vip"))
    row.refresh_from_db()
    assert (row.status, row.status_pinned) == ("vip", True)
    alice.post(change(row), filled(alice, change(row), status=""))
    row.refresh_from_db()
    assert (row.status, row.status_pinned) == ("active", False)


def test_computed_columns_are_not_taken_from_a_form(actor: Actor, alice: Client) -> None:
    row = create_customer(actor=actor, values=customer_values(1))
    alice.post(
        change(row),
        filled(
            alice,
            change(row),
            lifetime_value="9",
            version="9",
            email_verified="on",
            loyalty_points="5",
            notes="x",
        ),
    )
    row.refresh_from_db()
    assert (row.lifetime_value, row.version, row.email_verified, row.loyalty_points, row.notes) == (
        0,
        2,
        False,
        0,
        "x",
    )


@pytest.mark.parametrize(
    "field", ["assigned_to", "preferred_agent", "preferred_outlet", "referred_by"]
)
def test_another_organizations_rows_are_not_referred_to(
    cast: Cast, world: dict[str, Customer], alice: Client, field: str
) -> None:
    theirs = {
        "assigned_to": cast.charlie,
        "preferred_agent": cast.charlie,
        "preferred_outlet": Outlet.objects.unscoped().get(name__startswith=CANARY),
        "referred_by": world["theirs"],
    }[field]
    row = world["mine"]
    response = alice.post(change(row), filled(alice, change(row), **{field: str(theirs.pk)}))
    assert list(errors(response)) == [field]
    assert CANARY not in response.content.decode()
    row.refresh_from_db()
    assert getattr(row, f"{field}_id") is None


def test_a_project_of_anothers_customer_is_not_made(
    world: dict[str, Customer], alice: Client
) -> None:
    address = "/admin/customers/project/add/"
    response = alice.post(
        address, filled(alice, address, customer=str(world["theirs"].pk), name="x")
    )
    assert errors(response) == {"customer": ["No customer with this ID."]}
    assert not Project.objects.unscoped().filter(name="x").exists()


def test_a_project_moves_its_customers_figures(actor: Actor, alice: Client) -> None:
    row = create_customer(actor=actor, values=customer_values(1))
    address = "/admin/customers/project/add/"
    assert (
        alice.post(
            address, filled(alice, address, customer=str(row.pk), name="Roof", total_amount="60000")
        ).status_code
        == 302
    )
    project = Project.objects.unscoped().get()
    row.refresh_from_db()
    assert (row.lifetime_value, row.segment, row.project_count) == (60000, "premium", 1)
    assert (
        alice.post(f"/admin/customers/project/{project.pk}/delete/", {"post": "yes"}).status_code
        == 302
    )
    row.refresh_from_db()
    assert (row.lifetime_value, row.segment, Project.objects.unscoped().count()) == (
        0,
        "standard",
        0,
    )


def test_a_message_an_interaction_an_appointment_and_points_are_added(
    world: dict[str, Customer], alice: Client
) -> None:
    row = world["mine"]
    conversation = Conversation.objects.unscoped().get(customer=row)
    moment = now() + dt.timedelta(days=9)
    posts: dict[str, dict[str, Any]] = {
        "interactions/message": {
            "conversation": str(conversation.pk),
            "direction": "outbound",
            "body": "Hello",
        },
        "interactions/interaction": {"customer": str(row.pk), "type": "phone_call"},
        "interactions/conversation": {"customer": str(row.pk), "channel": "email"},
        "appointments/appointment": {
            "customer": str(row.pk),
            "start_at_0": moment.strftime("%Y-%m-%d"),
            "start_at_1": "10:00",
            "end_at_0": moment.strftime("%Y-%m-%d"),
            "end_at_1": "11:00",
        },
        "customers/transaction": {"customer": str(row.pk), "gross_amount": "7.50"},
        "customers/loyaltyentry": {"customer": str(row.pk), "points": "3", "reason": "thanks"},
    }
    for path, values in posts.items():
        address = f"/admin/{path}/add/"
        response = alice.post(address, filled(alice, address, **values))
        assert response.status_code == 302, (path, errors(response))
    row.refresh_from_db()
    assert (
        row.message_count,
        row.interaction_count,
        row.conversation_count,
        row.total_appointments,
        row.loyalty_points,
    ) == (2, 2, 2, 2, 8)
    assert LoyaltyEntry.objects.unscoped().filter(customer=row).count() == 2


def test_deleting_is_soft_one_by_one_and_in_bulk(actor: Actor, alice: Client) -> None:
    rows = [create_customer(actor=actor, values=customer_values(number)) for number in range(3)]
    alice.post(f"/admin/customers/customer/{rows[0].pk}/delete/", {"post": "yes"})
    chosen = {
        "action": "delete_selected",
        "_selected_action": [str(row.pk) for row in rows[1:]],
        "post": "yes",
    }
    assert alice.post("/admin/customers/customer/", chosen).status_code == 302
    assert Customer.objects.unscoped().filter(deleted_at=None).count() == 0
    assert Customer.objects.unscoped().count() == 3
    assert AuditEntry.objects.unscoped().filter(action="customer.deleted", via="admin").count() == 3
    again = {"action": "restore", "_selected_action": [str(row.pk) for row in rows]}
    alice.post("/admin/customers/customer/?deleted=yes", again)
    assert Customer.objects.unscoped().filter(deleted_at=None).count() == 3


def test_a_bulk_action_reaches_no_other_organization(
    world: dict[str, Customer], alice: Client
) -> None:
    for action in ("delete_selected", "recalculate", "restore"):
        chosen = {"action": action, "_selected_action": [str(world["theirs"].pk)], "post": "yes"}
        alice.post("/admin/customers/customer/", chosen)
    theirs = world["theirs"]
    before = theirs.version
    theirs.refresh_from_db()
    assert (theirs.deleted_at, theirs.version) == (None, before)
    assert not AuditEntry.objects.unscoped().filter(via="admin").exists()


def test_recalculating_repairs_figures(actor: Actor, alice: Client) -> None:
    row = create_customer(actor=actor, values=customer_values(1))
    create_project(actor=actor, values={"customer": row, "total_amount": "10"})
    Customer.objects.unscoped().update(lifetime_value=99, project_count=7)
    alice.post(
        "/admin/customers/customer/", {"action": "recalculate", "_selected_action": [str(row.pk)]}
    )
    row.refresh_from_db()
    assert (row.lifetime_value, row.project_count) == (10, 1)


def test_what_is_in_use_is_not_deleted(world: dict[str, Customer], alice: Client) -> None:
    outlet = Outlet.objects.unscoped().get(name__startswith="mine")
    response = alice.post(
        f"/admin/tenancy/outlet/{outlet.pk}/delete/", {"post": "yes"}, follow=True
    )
    assert "Still in use" in response.content.decode()
    assert Outlet.objects.unscoped().filter(pk=outlet.pk).exists()
    chosen = {"action": "delete_selected", "_selected_action": [str(outlet.pk)], "post": "yes"}
    assert (
        "Still in use" in alice.post("/admin/tenancy/outlet/", chosen, follow=True).content.decode()
    )
    assert Outlet.objects.unscoped().filter(pk=outlet.pk).exists()


def test_a_super_admin_writes_in_the_rows_own_organization(
    cast: Cast, world: dict[str, Customer], sue: Client
) -> None:
    row = world["theirs"]
    assert sue.post(change(row), filled(sue, change(row), notes="from above")).status_code == 302
    entry = AuditEntry.objects.unscoped().get(action="customer.updated", via="admin")
    assert (entry.organization, entry.actor_id, entry.customer_id) == (
        cast.other,
        cast.sue.pk,
        row.pk,
    )


def test_changed_thresholds_start_a_job_that_applies_them_to_all_customers(
    cast: Cast, actor: Actor, alice: Client
) -> None:
    row = create_customer(actor=actor, values=customer_values(1))
    create_project(actor=actor, values={"customer": row, "total_amount": "600"})
    address = change(cast.acme)
    assert (
        alice.post(
            address, filled(alice, address, vip_lifetime_value="500", premium_lifetime_value="500")
        ).status_code
        == 302
    )
    jobs = Job.objects.unscoped().filter(kind="recalculation").order_by("environment")
    assert [(job.environment, job.asked_by, job.state) for job in jobs] == [
        ("live", "alice@acme.test", "queued"),
        ("test", "alice@acme.test", "queued"),
    ]
    run(jobs[0].pk)
    row.refresh_from_db()
    assert (row.status, row.segment) == ("vip", "premium")
    entry = AuditEntry.objects.unscoped().get(action="organization.updated")
    assert entry.changes == {
        "vip_lifetime_value": ["100000.00", "500"],
        "premium_lifetime_value": ["50000.00", "500"],
    }


def test_a_tenant_admin_neither_closes_nor_renames_the_organization(
    cast: Cast, alice: Client
) -> None:
    address = change(cast.acme)
    alice.post(address, filled(alice, address, slug="new", is_active=None, name="Acme 2"))
    acme = Organization.objects.get(pk=cast.acme.pk)
    assert (acme.slug, acme.is_active, acme.name) == ("acme", True, "Acme 2")
    assert errors(alice.post(address, filled(alice, address, time_zone="Mars/Olympus"))) == {
        "time_zone": ["Must be an IANA time zone such as America/Detroit."]
    }
    assert alice.get("/admin/tenancy/organization/add/").status_code == 403


def test_a_user_is_made_changed_and_deactivated(cast: Cast, alice: Client) -> None:
    address = "/admin/identity/user/add/"
    short = alice.post(
        address, filled(alice, address, email="new@acme.test", role="staff", password="short")
    )
    assert list(errors(short)) == ["password"]
    taken = alice.post(
        address, filled(alice, address, email="Charlie@other.test", role="staff", password=PASSWORD)
    )
    assert errors(taken) == {"email": ["User with this email already exists"]}
    raised = alice.post(
        address,
        filled(alice, address, email="new@acme.test", role="super_admin", password=PASSWORD),
    )
    assert list(errors(raised)) == ["role"]
    assert (
        alice.post(
            address, filled(alice, address, email="New@acme.test", role="staff", password=PASSWORD)
        ).status_code
        == 302
    )
    user = User.objects.unscoped().get(email="new@acme.test")
    assert (user.organization, user.role, user.check_password(PASSWORD)) == (
        cast.acme,
        "staff",
        True,
    )
    session = open_session(user=user)
    assert session.access
    page = alice.get(change(user)).content.decode()
    assert user.password not in page
    assert alice.post(change(user), filled(alice, change(user), is_active=None)).status_code == 302
    user.refresh_from_db()
    assert user.is_active is False
    assert Session.objects.filter(user=user, revoked_at=None).count() == 0


def test_a_new_password_ends_every_session(cast: Cast, alice: Client) -> None:
    open_session(user=cast.bob)
    alice.post(change(cast.bob), filled(alice, change(cast.bob), password="another good one"))
    bob = User.objects.unscoped().get(pk=cast.bob.pk)
    assert bob.check_password("another good one")
    assert Session.objects.filter(user=bob, revoked_at=None).count() == 0
    assert sorted(AuditEntry.objects.unscoped().values_list("action", flat=True)) == [
        "user.password_changed"
    ]


def test_nobody_locks_themselves_out_or_rises(cast: Cast, alice: Client) -> None:
    own = alice.post(
        change(cast.alice), filled(alice, change(cast.alice), is_active=None, role="staff")
    )
    assert sorted(errors(own)) == ["is_active", "role"]
    assert (
        alice.post(
            change(cast.sue),
            {"email": "sue@acme.test", "role": "staff", "password": PASSWORD + "!"},
        ).status_code
        == 403
    )
    assert User.objects.unscoped().get(pk=cast.sue.pk).check_password(PASSWORD)


def test_an_api_key_is_shown_once_and_revoked(cast: Cast, alice: Client) -> None:
    address = "/admin/tenancy/apikey/add/"
    response = alice.post(
        address, filled(alice, address, name="Sync", environment="test", scopes=["read"])
    )
    key = ApiKey.objects.unscoped().get(name="Sync")
    text = response.content.decode()
    assert text.count(f"{key.prefix}") == 1
    assert (key.environment, key.scopes, key.organization) == ("test", ["read"], cast.acme)
    assert key.digest not in alice.get(change(key)).content.decode()
    assert errors(alice.post(address, filled(alice, address, name="None", scopes=[])))[
        "scopes"
    ] == ["This field is required."]
    alice.post("/admin/tenancy/apikey/", {"action": "revoke", "_selected_action": [str(key.pk)]})
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert sorted(AuditEntry.objects.unscoped().values_list("action", flat=True)) == [
        "api_key.created",
        "api_key.revoked",
    ]


def test_tags_are_renamed_for_all(actor: Actor, alice: Client) -> None:
    create_customer(actor=actor, values=customer_values(1, tags=["a", "b"]))
    tag = Tag.objects.unscoped().get(name="a")
    assert errors(alice.post(change(tag), filled(alice, change(tag), name="b"))) == {
        "name": ["Tag with this name already exists"]
    }
    alice.post(change(tag), filled(alice, change(tag), name="c"))
    assert sorted(Tag.objects.unscoped().values_list("name", flat=True)) == ["b", "c"]


def test_the_own_password_and_email_take_the_present_password_in_the_admin_too(
    cast: Cast, alice: Client
) -> None:
    mine = change(cast.alice)
    refused = alice.post(mine, filled(alice, mine, email="new@acme.test"))
    assert "take your current password" in refused.content.decode()
    cast.alice.refresh_from_db()
    assert cast.alice.email == "alice@acme.test"
    alice.post(mine, filled(alice, mine, email="new@acme.test", current_password=PASSWORD))
    cast.alice.refresh_from_db()
    assert cast.alice.email == "new@acme.test"


def test_signing_in_leads_through_the_pages_and_is_audited(cast: Cast) -> None:
    client = Client()
    asked = client.get("/admin/", follow=True)
    assert asked.redirect_chain[-1] == ("/app/sign-in/?next=%2Fadmin%2F", 302)
    typed = {"email": "ALICE@acme.test", "next": "/admin/"}
    assert client.post("/app/sign-in/", {**typed, "password": "wrong"}).status_code == 422
    assert client.post("/app/sign-in/", {**typed, "password": PASSWORD})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    client.post("/admin/logout/")
    assert list(AuditEntry.objects.unscoped().order_by("id").values_list("action", "actor_id")) == [
        ("user.sign_in_failed", None),
        ("user.signed_in", cast.alice.pk),
        ("user.signed_out", cast.alice.pk),
    ]


def test_who_is_signed_in_and_may_not_enter_is_told_so(
    cast: Cast, browser: Callable[[User], Client]
) -> None:
    answer = browser(cast.bob).get("/admin/", follow=True)
    assert (answer.status_code, answer.redirect_chain) == (
        403,
        [("/admin/login/?next=/admin/", 302)],
    )
    assert (
        Client().get("/admin/login/?next=https://elsewhere.test/")["Location"]
        == "/app/sign-in/?next=%2Fadmin%2F"
    )


def test_a_deactivated_admin_is_out_at_the_next_request(cast: Cast, alice: Client) -> None:
    assert alice.get("/admin/").status_code == 200
    User.objects.unscoped().filter(pk=cast.alice.pk).update(is_active=False)
    assert alice.get("/admin/").status_code == 302


def test_the_content_policy_is_loosened_here_alone(
    cast: Cast, alice: Client, browser: Callable[[User], Client]
) -> None:
    policy = alice.get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in f"{policy};"
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert "unsafe" not in Client().get("/app/sign-in/")["Content-Security-Policy"]
    assert "unsafe" not in alice.get("/healthz")["Content-Security-Policy"]


def test_stranger_rows_cannot_be_changed(
    cast: Cast, world: dict[str, Customer], alice: Client
) -> None:
    before = Customer.objects.unscoped().values().get(pk=world["theirs"].pk)
    response = alice.post(change(world["theirs"]), {"first_name": "hacked", "seen": "1"})
    assert response.status_code == 302
    assert Customer.objects.unscoped().values().get(pk=world["theirs"].pk) == before
    assert actor_of(cast.alice).organization == cast.acme
