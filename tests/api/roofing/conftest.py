"""Jane, a customer of Acme's."""

import pytest

from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from tests.cast import customer_values


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1))
