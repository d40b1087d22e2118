"""
A number that one door takes must not shut the others: what no JSON reader holds exactly is refused,
what is stored is shown.
"""

from typing import Any
from uuid import UUID

import orjson
import pytest
from django.test import Client

from core.imports.uploads import read_upload
from core.tenancy.actor import Actor
from customers.imports.customers import import_customers
from customers.models import Customer
from customers.services.customers import create_customer
from tests.api.dialects import EVERY, Ways
from tests.cast import Cast, customer_values
from tests.client import ApiClient

HUGE = [
    "1e20",
    "-1e20",
    "1e300",
    "18446744073709551616",
    "-9223372036854775809",
    "9007199254740993",
    "9" * 200,
]
FITTING = ["9007199254740992", "-9007199254740992", "0.1", "1e-300", "1E3"]
DOORS = [
    (
        "POST",
        "/api/customers",
        b'{"first_name": "P", "last_name": "Q", "email": "p@x.com", "custom_fields": {"n": [%s]}}',
        "custom_fields",
    ),
    (
        "POST",
        "/api/v2/customers",
        b'{"phoneNumber": "13135550101", "customFields": {"n": {"m": %s}}}',
        "customFields",
    ),
    ("POST", "/customers", b'{"name": "P Q", "metadata": {"n": %s}}', "metadata"),
]


def client_for(path: str, cast: Cast) -> ApiClient:
    return ApiClient(key=cast.live_key)


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.parametrize(
    ("method", "path", "body", "field"), DOORS, ids=[door[1] for door in DOORS]
)
def test_a_number_beyond_2_to_the_53_is_refused_by_name(
    cast: Cast, method: str, path: str, body: bytes, field: str, number: str
) -> None:
    response = client_for(path, cast).send(method, path, body % number.encode())
    assert response.status_code == 400, response.content
    assert field in response.content.decode()
    assert not Customer.objects.unscoped().exists()


@pytest.mark.parametrize("number", FITTING)
@pytest.mark.parametrize(
    ("method", "path", "body", "field"), DOORS, ids=[door[1] for door in DOORS]
)
def test_a_number_within_reads_back_equal(
    cast: Cast, method: str, path: str, body: bytes, field: str, number: str
) -> None:
    sent = body % number.encode()
    response = client_for(path, cast).send(method, path, sent)
    assert response.status_code == 201, response.content
    (row,) = Customer.objects.unscoped()
    assert row.custom_fields == orjson.loads(sent)[field]


@pytest.mark.parametrize("number", HUGE)
def test_a_file_s_row_with_such_a_number_fails_and_the_others_come_in(
    actor: Actor, number: str
) -> None:
    table = (
        f'first_name,email,custom_fields\nAnn,ann@x.com,"{{""n"": {number}}}"\n'
        f'Bea,bea@x.com,"{{""n"": 1}}"\n'
    )
    report = import_customers(actor=actor, upload=read_upload(table.encode()))
    assert [(row.line, list(row.faults)) for row in report.refused] == [(2, ["custom_fields"])]
    assert [row.first_name for row in Customer.objects.for_actor(actor)] == ["Bea"]


@pytest.fixture
def stored(actor: Actor) -> UUID:
    """A customer from before such numbers were refused."""
    key = create_customer(actor=actor, values=customer_values()).pk
    Customer.objects.unscoped().filter(pk=key).update(
        custom_fields={"n": 10**20, "m": [2**64, -(10**308), int("9" * 400)], "small": 2}
    )
    return key


@pytest.mark.parametrize("ways", EVERY, ids=lambda ways: ways.name)
def test_a_stored_one_is_shown_by_every_dialect(ways: Ways, cast: Cast, stored: UUID) -> None:
    client = ways.client(cast)
    calls: list[Any] = [ways.read(stored), ways.asking(stored)]
    assert [call.by(client).status_code for call in calls] == [200, 200]


def test_a_stored_one_is_shown_by_pages_admin_and_exports(
    cast: Cast, stored: UUID, client: Client
) -> None:
    client.force_login(cast.alice)
    for path in (
        "/app/customers/",
        f"/app/customers/{stored}/",
        f"/app/customers/{stored}/edit/",
        f"/admin/customers/customer/{stored}/change/",
    ):
        assert client.get(path).status_code == 200, path
    for form in ("csv", "json"):
        export = ApiClient(user=cast.alice).get("/api/v2/customers/export", format=form)
        body = b"".join(export.streaming_content)
        assert export.status_code == 200
        assert form == "csv" or len(orjson.loads(body.replace(b"9" * 400, b"0"))) > 0
