"""One link, sixteen hands: it opens once. And whoever is blocked meanwhile is out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from appointments.errors import StaffBusy, TimeNotFree
from appointments.models import Appointment
from appointments.portal import Wish, book_own_appointment, times_to_book
from appointments.services import create_service
from core.clock import now
from core.errors import Gone, Unauthenticated
from core.identity.tokens import Origin
from core.ids import new_id
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from customers.models import Customer, PortalLink, PortalSession
from customers.services.management import register_customer
from customers.services.portal_access import actor_of_customer
from customers.services.portal_links import enter_by_link, exchange_code
from tests.cast import Cast, customer_values
from tests.portal.conftest import letter

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a horse of one's own"
HANDS = 8


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """What each of several threads gets, or the error that it meets."""
    gate = Barrier(HANDS)

    def one(number: int) -> Any:
        try:
            gate.wait()
            return work(number)
        except (Gone, Unauthenticated, StaffBusy, TimeNotFree) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(one, range(HANDS)))


def test_a_link_opens_one_session_however_many_use_it_at_once(cast: Cast, actor: Actor) -> None:
    jane = register_customer(actor=actor, values=customer_values(1), password=PASSWORD)
    path, _code = letter(cast.acme, jane.email)
    secret = path.split("/")[-2]

    def use(_number: int) -> str:
        return enter_by_link(organization=cast.acme, secret=secret, password=None, origin=Origin())

    found = at_once(use)
    assert len([each for each in found if isinstance(each, str)]) == 1
    assert len([each for each in found if isinstance(each, Gone)]) == HANDS - 1
    assert PortalSession.objects.unscoped().count() == 1
    assert PortalLink.objects.unscoped().count() == 0


def test_a_code_is_exchanged_once_however_many_type_it_at_once(cast: Cast, actor: Actor) -> None:
    jane = register_customer(actor=actor, values=customer_values(1), password=PASSWORD)
    _path, code = letter(cast.acme, jane.email)

    def use(_number: int) -> str:
        origin = Origin(address=new_id().hex)
        return exchange_code(organization=cast.acme, email=jane.email, code=code, origin=origin)

    found = at_once(use)
    assert len([each for each in found if isinstance(each, str)]) == 1


def test_a_free_time_is_booked_once_however_many_want_it_at_once(cast: Cast, actor: Actor) -> None:
    Organization.objects.filter(pk=cast.acme.pk).update(portal_booking=True)
    cast.acme.refresh_from_db()
    service = create_service(actor=actor, values={"name": "Haircut"})
    people: list[Customer] = [
        register_customer(actor=actor, values=customer_values(number + 1), password=PASSWORD)
        for number in range(HANDS)
    ]
    actors = [actor_of_customer(each, cast.acme) for each in people]
    wish = Wish(service, cast.outlet, cast.bob)
    day = now().date().replace(day=1)
    start = next(
        times[0]
        for number in range(1, 60)
        if (times := times_to_book(actor=actors[0], wish=wish, day=_after(day, number)))
    )

    def book(number: int) -> Any:
        return book_own_appointment(actor=actors[number], wish=wish, start_at=start)

    found = at_once(book)
    booked = [each for each in found if isinstance(each, Appointment)]
    assert len(booked) == 1, (connection.vendor, found)
    assert Appointment.objects.unscoped().count() == 1


def _after(day: Any, number: int) -> Any:
    return type(day).fromordinal(day.toordinal() + number)
