"""Passwords of the portal and verified e-mails, as the salon chain's systems set them."""

import pytest

from core.identity.tokens import Origin
from core.tenancy.actor import Actor
from customers.models import Customer, PortalSession
from customers.services.customers import create_customer
from customers.services.management import register_customer
from customers.services.portal_sessions import session_of, sign_in
from tests.cast import Cast, customer_values
from tests.client import ApiClient

PASSWORD = "a horse of one's own"


@pytest.fixture
def walk_in(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1))


def test_a_password_makes_a_walk_in_a_customer_of_the_portal_and_null_takes_it_away(
    cast: Cast, api: ApiClient, walk_in: Customer
) -> None:
    path = f"/api/v1/customers/{walk_in.pk}/password"
    answer = api.post(path, {"password": PASSWORD})
    assert (answer.status_code, answer.json()["has_password"]) == (200, True)
    assert PASSWORD not in answer.content.decode()
    origin = Origin(address=walk_in.pk.hex)
    secret = sign_in(organization=cast.acme, email=walk_in.email, password=PASSWORD, origin=origin)
    assert session_of(organization=cast.acme, secret=secret)
    answer = api.post(path, {"password": None})
    assert (answer.status_code, answer.json()["has_password"]) == (200, False)
    assert PortalSession.objects.unscoped().count() == 0


@pytest.mark.parametrize("body", [{}, {"password": ""}, {"password": 5}, {"password": "short"}])
def test_a_bad_password_is_refused_by_name_and_changes_nothing(
    actor: Actor, api: ApiClient, body: dict[str, object]
) -> None:
    row = register_customer(actor=actor, values=customer_values(2), password=PASSWORD)
    answer = api.post(f"/api/v1/customers/{row.pk}/password", body)
    assert answer.status_code == 422
    assert [item["loc"] for item in answer.json()["detail"]] == [["body", "password"]]
    assert Customer.objects.unscoped().get(pk=row.pk).password == row.password


def test_without_an_email_there_is_nothing_to_sign_in_by_or_to_verify(
    actor: Actor, api: ApiClient
) -> None:
    row = create_customer(actor=actor, values={"first_name": "Without"})
    answers = [
        api.post(f"/api/v1/customers/{row.pk}/password", {"password": PASSWORD}),
        api.post(f"/api/v1/customers/{row.pk}/verify-email"),
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert Customer.objects.unscoped().get(pk=row.pk).version == row.version


@pytest.mark.parametrize("blank", [None, "", "  ", "\u200b"])
def test_nobody_is_created_with_a_password_and_no_email(api: ApiClient, blank: str | None) -> None:
    body = {"first_name": "Without", "email": blank, "password": PASSWORD}
    answer = api.post("/api/v1/customers", body)
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "email"])
    assert not Customer.objects.unscoped().exists()


def test_a_verified_email_shows_and_changing_it_takes_that_back(
    api: ApiClient, walk_in: Customer
) -> None:
    path = f"/api/v1/customers/{walk_in.pk}"
    answer = api.post(f"{path}/verify-email")
    assert (answer.status_code, answer.json()["email_verified"]) == (200, True)
    assert api.put(path, {"email": "new@example.com"}).json()["email_verified"] is False


def test_a_stale_version_is_refused(api: ApiClient, walk_in: Customer) -> None:
    for name, body in (("password", {"password": PASSWORD}), ("verify-email", None)):
        path = f"/api/v1/customers/{walk_in.pk}/{name}"
        assert api.send("POST", path, body, **{"If-Match": '"999"'}).status_code == 412
    assert Customer.objects.unscoped().get(pk=walk_in.pk).version == walk_in.version
