"""A customer of Acme and their browser."""

import re

import pytest
from django.core import mail
from django.test import Client

from core.ids import new_id
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from customers.choices import PortalLinkPurpose
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.management import register_customer
from customers.tasks import mail_portal_link
from tests.cast import customer_values

PASSWORD = "a horse of one's own"
HOME = "/portal/acme/"


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return register_customer(actor=actor, values=customer_values(1), password=PASSWORD)


@pytest.fixture
def walk_in(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(2))


@pytest.fixture
def stranger() -> Client:
    """Nobody yet, from an address of their own, so that no other test's failures count."""
    return Client(REMOTE_ADDR=new_id().hex)


@pytest.fixture
def portal(jane: Customer, stranger: Client) -> Client:
    """Jane, signed in."""
    sign_in(stranger, jane.email)
    return stranger


def sign_in(client: Client, email: str, password: str = PASSWORD) -> None:
    answer = client.post(HOME + "sign-in/", {"email": email, "password": password})
    assert answer.status_code == 302, answer.content.decode()


def letter(
    organization: Organization,
    email: str,
    purpose: PortalLinkPurpose = PortalLinkPurpose.SIGN_IN,
) -> tuple[str, str]:
    """The path of the link, and the code, that the customer of this e-mail is sent."""
    mail.outbox.clear()
    mail_portal_link(str(organization.pk), purpose.value, "https://crm.test", email, "")
    (sent,) = mail.outbox
    codes = re.findall(r"\b[0-9]{6}\b", sent.body)
    return re.findall(r"https://crm\.test(/portal/\S+)", sent.body)[0], (codes or [""])[0]
