"""
Rows of every kind in both organizations, those of the other one holding a canary; and signed-in
browsers.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.forms import BooleanField, MultiWidget
from django.test import Client
from django.utils import timezone

from appointments.models import PreferredService, PreferredStaff
from appointments.services import book_appointment, create_service
from core.clock import now
from core.identity.models import KnownDevice, SecondFactor, Session, User
from core.identity.services import actor_of
from core.identity.tokens import open_session
from core.jobs.models import PeriodicRun
from core.requests.models import IdempotencyRecord
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.services.outlets import create_outlet
from customers.models import Customer, CustomerCount, PortalLink, PortalSession, Suppression
from customers.services.customers import create_customer
from customers.services.loyalty import adjust_loyalty
from customers.services.work import create_project, create_transaction
from interactions.follow_ups import create_follow_up
from interactions.services import add_message, log_interaction, open_conversation
from tests.cast import Cast

CANARY = "CANARY"


def furnish(actor: Actor, word: str, number: int = 1) -> Customer:
    """A row of every kind, each text of it holding `word`."""
    outlet = create_outlet(actor=actor, values={"name": f"{word} outlet {number}"})
    service = create_service(actor=actor, values={"name": f"{word} service {number}"})
    staff = User.objects.create_user(
        email=f"{word.lower()}{number}@{actor.organization.slug}.test",
        password=None,
        organization=actor.organization,
        role="staff",
        first_name=word,
    )
    customer = create_customer(
        actor=actor,
        values={
            "first_name": word,
            "last_name": f"Person{number}",
            "email": f"{word}.{number}@example.com",
            "phone": f"248555{number:04}",
            "city": f"{word} city",
            "notes": f"{word} notes",
            "tags": [f"{word} tag {number}"],
            "external_id": f"{word}-{number}",
            "notify_sms": True,
        },
    )
    linked = {"customer": customer, "notes": f"{word} notes"}
    project = create_project(
        actor=actor, values={**linked, "name": f"{word} project", "total_amount": "10"}
    )
    create_transaction(
        actor=actor,
        values={
            "customer": customer,
            "project": project,
            "gross_amount": "5",
            "description": f"{word} payment",
        },
    )
    log_interaction(actor=actor, values={**linked, "type": "note"})
    create_follow_up(
        actor=actor,
        values={**linked, "reason": f"{word} call back", "due_date": timezone.localdate()},
    )
    conversation = open_conversation(
        actor=actor, values={"customer": customer, "channel": "sms", "subject": f"{word} subject"}
    )
    add_message(
        actor=actor,
        conversation_id=conversation.pk,
        values={"direction": "inbound", "body": f"{word} body"},
    )
    start = now() + dt.timedelta(days=number)
    book_appointment(
        actor=actor,
        values={
            **linked,
            "start_at": start,
            "outlet": outlet.pk,
            "service": service.pk,
            "staff": staff.pk,
        },
    )
    adjust_loyalty(
        actor=actor, customer_id=customer.pk, values={"points": 5, "reason": f"{word} reason"}
    )
    PreferredService.objects.add(actor, customer=customer, service=service)
    PreferredStaff.objects.add(actor, customer=customer, staff=staff)
    ends = {"digest": f"{word} portal {number}", "expires_at": now() + dt.timedelta(days=1)}
    PortalSession.objects.add(actor, customer=customer, **ends)
    PortalLink.objects.add(actor, customer=customer, purpose="sign_in", **ends)
    CustomerCount.objects.add(actor, dimension="city", value=f"{word} city", customers=1)
    Suppression.objects.add(actor, digest=f"{word}{number}")
    open_session(user=staff)
    SecondFactor.objects.get_or_create(user=staff, defaults={"secret": word, "last_step": 0})
    KnownDevice.objects.create(user=staff, mark=f"{word}{number}", seen_at=now())
    IdempotencyRecord.objects.add(actor, holder=f"{word}:{number}", key="k", fingerprint="f")
    customer.refresh_from_db()
    return customer


@pytest.fixture
def world(cast: Cast) -> dict[str, Customer]:
    """`mine` is Acme's customer, `theirs` the other organization's."""
    return {
        "mine": furnish(actor_of(cast.alice), "mine"),
        "theirs": furnish(actor_of(cast.charlie), CANARY),
    }


@pytest.fixture
def browser(cast: Cast) -> Callable[[User], Client]:
    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def alice(cast: Cast, browser: Callable[[User], Client]) -> Client:
    return browser(cast.alice)


@pytest.fixture
def sue(cast: Cast, browser: Callable[[User], Client]) -> Client:
    return browser(cast.sue)


def model_admins() -> list[Any]:
    return list(admin.site._registry.values())


def url(model_admin: Any, name: str, *args: Any) -> str:
    tail = {
        "changelist": "",
        "add": "add/",
        "import": "import/",
        "process_import": "process_import/",
        "export": "export/",
    }.get(name)
    base = f"/admin/{model_admin.opts.app_label}/{model_admin.opts.model_name}/"
    return base + (tail if tail is not None else f"{args[0]}/{name}/")


def rows_of(model: Any, organization: Organization) -> Any:
    """The model's rows of one organization, whatever its manager."""
    if model is Organization:
        return Organization.objects.filter(pk=organization.pk)
    if model in (Session, SecondFactor, KnownDevice):
        return model.objects.filter(user__organization=organization)
    if model is PeriodicRun:
        return PeriodicRun.objects.all()
    return model.objects.unscoped().filter(organization=organization)


def filled(client: Client, address: str, **changes: Any) -> dict[str, Any]:
    """
    What a browser would send from the form at `address`, with `changes` typed in (None clears a
    box).
    """
    response = client.get(address)
    page = response.content.decode()
    data: dict[str, Any] = {}
    for bound in response.context["adminform"].form:
        value = bound.value()
        if isinstance(bound.field.widget, MultiWidget):  # on the page's clock, not on the test's
            names = [bound.html_name]
            names += [bound.html_initial_name] if bound.field.show_hidden_initial else []
            data |= {
                f"{name}_{place}": _input(page, f"{name}_{place}")
                for name in names
                for place in range(len(bound.field.widget.widgets))
            }
        elif isinstance(bound.field, BooleanField):
            data |= {bound.html_name: "on"} if value else {}
        else:
            data[bound.html_name] = value if isinstance(value, list) else _shown(value)
    data |= changes
    return {name: value for name, value in data.items() if value is not None}


def _input(page: str, name: str) -> str:
    """The value of the input of that name."""
    found = re.search(f'<input[^>]*name="{name}"[^>]*>', page)
    assert found, name
    value = re.search(r'\bvalue="([^"]*)"', found[0])
    return value[1] if value else ""


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
