"""One name over first name, last name and company: what was written reads back the same."""

from typing import Any

import pytest

from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from tests.cast import Cast
from tests.client import ApiClient


@pytest.fixture
def merchant(cast: Cast) -> ApiClient:
    return ApiClient(key=cast.live_key)


def columns(key: str, actor: Actor) -> tuple[str, str, str]:
    row = Customer.objects.for_actor(actor).get(pk=key)
    return row.first_name, row.last_name, row.company_name


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("John Doe", ("John", "Doe", "")),
        ("Awa", ("Awa", "", "")),
        ("Maria del Carmen Ruiz", ("Maria", "del Carmen Ruiz", "")),
        ("  Padded Name ", ("Padded", "Name", "")),
        ("Two  Spaces Here", ("Two  Spaces", "Here", "")),
        ("Two  Spaces", ("Two  Spaces", "", "")),
        ("Ünïcødé Ñame", ("Ünïcødé", "Ñame", "")),
        ("李 小龙", ("李", "小龙", "")),
    ],
)
def test_a_persons_name_is_split_and_reads_back(
    merchant: ApiClient, actor: Actor, name: str, stored: tuple[str, str, str]
) -> None:
    body = merchant.post("/customers", {"name": name}).json()
    assert body["name"] == name.strip()
    assert columns(body["customer_id"], actor) == stored
    assert merchant.get(f"/customers/{body['customer_id']}").json()["name"] == name.strip()


def test_a_business_is_called_by_its_company(merchant: ApiClient, actor: Actor) -> None:
    body = merchant.post("/customers", {"name": "Doe  & Sons Ltd", "is_business": True}).json()
    assert body["name"] == "Doe  & Sons Ltd"
    assert columns(body["customer_id"], actor) == ("", "", "Doe  & Sons Ltd")


STEPS: list[list[tuple[dict[str, Any], str, tuple[str, str, str]]]] = [
    [
        ({"is_business": True}, "John Doe", ("", "", "John Doe")),
        ({"name": "Acme Ltd"}, "Acme Ltd", ("", "", "Acme Ltd")),
        ({"is_business": False}, "Acme Ltd", ("Acme", "Ltd", "")),
        ({"name": "Jane Roe"}, "Jane Roe", ("Jane", "Roe", "")),
    ],
    [
        ({"is_business": True, "name": "Acme"}, "Acme", ("", "", "Acme")),
        ({"is_business": False}, "Acme", ("Acme", "", "")),
        ({"is_business": True}, "Acme", ("", "", "Acme")),
        ({"is_business": False, "name": "Jane Roe"}, "Jane Roe", ("Jane", "Roe", "")),
    ],
    [
        ({"is_business": False}, "John Doe", ("John", "Doe", "")),
        ({"name": "Madonna"}, "Madonna", ("Madonna", "", "")),
    ],
    [
        ({"is_business": "true"}, "John Doe", ("", "", "John Doe")),
        ({"city": "Dakar"}, "John Doe", ("", "", "John Doe")),
    ],
]


@pytest.mark.parametrize("steps", STEPS, ids=range(len(STEPS)))
def test_the_name_survives_flips_and_changes(merchant: ApiClient, actor: Actor, steps: Any) -> None:
    key = merchant.post("/customers", {"name": "John Doe"}).json()["customer_id"]
    for change, name, stored in steps:
        assert merchant.patch(f"/customers/{key}", change).json()["name"] == name
        assert merchant.get(f"/customers/{key}").json()["name"] == name
        assert columns(key, actor) == stored


def test_a_person_and_company_both_known_stay_both(merchant: ApiClient, actor: Actor) -> None:
    row = create_customer(
        actor=actor,
        values={"first_name": "Mary Ann", "last_name": "Smith", "company_name": "Smith LLC"},
    )
    path = f"/customers/{row.pk}"
    assert merchant.get(path).json()["name"] == "Mary Ann Smith"
    assert merchant.patch(path, {"is_business": True}).json()["name"] == "Smith LLC"
    assert merchant.patch(path, {"name": "Smith Inc"}).json()["name"] == "Smith Inc"
    assert columns(str(row.pk), actor) == ("Mary Ann", "Smith", "Smith Inc")
    assert merchant.patch(path, {"is_business": False}).json()["name"] == "Mary Ann Smith"


def test_sending_back_what_was_read_keeps_first_and_last_name_apart(
    merchant: ApiClient, actor: Actor
) -> None:
    row = create_customer(actor=actor, values={"first_name": "Mary Ann", "last_name": "Smith"})
    path = f"/customers/{row.pk}"
    response = merchant.put(path, {**merchant.get(path).json(), "city": "Troy"})
    assert (response.json()["name"], response.json()["city"]) == ("Mary Ann Smith", "Troy")
    assert columns(str(row.pk), actor) == ("Mary Ann", "Smith", "")


def test_a_customer_without_a_name_shows_null_and_takes_it_back(
    merchant: ApiClient, actor: Actor
) -> None:
    row = create_customer(actor=actor, values={"email": "only@example.com"})
    path = f"/customers/{row.pk}"
    shown = merchant.get(path).json()
    assert shown["name"] is None
    assert merchant.put(path, shown).status_code == 200
    assert merchant.patch(path, {"name": "Now Named"}).json()["name"] == "Now Named"


@pytest.mark.parametrize("name", [None, "", "   "])
def test_a_name_cant_be_taken_away(merchant: ApiClient, name: Any) -> None:
    path = f"/customers/{merchant.post('/customers', {'name': 'John Doe'}).json()['customer_id']}"
    refused = {"statusCode": 400, "message": ["name should not be empty"]}
    for response in (
        merchant.patch(path, {"name": name}),
        merchant.post("/customers", {"name": name}),
    ):
        assert (response.status_code, response.json()) == (400, refused)
    assert merchant.get(path).json()["name"] == "John Doe"


def test_a_long_name_is_refused_in_every_form(merchant: ApiClient) -> None:
    sentence = {
        "statusCode": 400,
        "message": ["name must be shorter than or equal to 150 characters"],
    }
    for body in (
        {"name": "x" * 151},
        {"name": "x" * 151, "is_business": True},
        {"name": f"{'x' * 151} {'y' * 151}"},
    ):
        response = merchant.post("/customers", body)
        assert (response.status_code, response.json()) == (400, sentence)
    whole = merchant.post("/customers", {"name": "x" * 150})
    assert (whole.status_code, whole.json()["name"]) == (201, "x" * 150)
