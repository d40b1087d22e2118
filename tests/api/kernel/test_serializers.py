"""A DomainSerializer is what anyone expects of a serializer."""

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from core.errors import Fault, Invalid
from core.tenancy.actor import Actor
from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    InvalidInput,
    Row,
)
from customers.models import Customer
from customers.services.customers import create_customer


class AddressSerializer(DomainSerializer):
    street = DomainField()
    zip = DomainField(source="postal_code")

    class Meta:
        model = Customer


class PlaceField(DomainField):
    """A key of two columns."""

    columns = ("city", "state")
    sources = ("city", "state")

    def __init__(self) -> None:
        super().__init__(source="*", schema={"type": "string"})

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        city, _, state = data.partition(", ")
        return {"city": city, "state": state}

    def to_representation(self, row: Row) -> str:
        return f"{row['city']}, {row['state']}"


class PersonSerializer(DomainSerializer):
    key = DomainField(source="id", read_only=True)
    first = DomainField(source="first_name", required=True)
    mail = DomainField(source="email")
    also_mail = DomainField(source="email")
    friend = DomainField(source="referred_by")
    address = AddressSerializer(source="*")
    place = PlaceField()
    secret = DomainField(source="notes", write_only=True)
    initial = ComputedField(lambda row: row["last_name"][:1], "last_name", schema={})

    class Meta:
        model = Customer


ROW: dict[str, Any] = {
    "id": 7,
    "first_name": "Ann",
    "last_name": "Other",
    "email": "",
    "referred_by_id": None,
    "street": "1 Main St",
    "postal_code": "48201",
    "city": "Detroit",
    "state": "MI",
}
SHOWN = {
    "key": 7,
    "first": "Ann",
    "mail": None,
    "also_mail": None,
    "friend": None,
    "address": {"street": "1 Main St", "zip": "48201"},
    "place": "Detroit, MI",
    "initial": "O",
}


def test_it_shows_a_mapping_of_columns() -> None:
    assert PersonSerializer(ROW).data == SHOWN
    assert list(PersonSerializer(ROW).data) == list(SHOWN)


def test_it_shows_many_rows() -> None:
    assert PersonSerializer([ROW, {**ROW, "id": 8}], many=True).data == [SHOWN, {**SHOWN, "key": 8}]
    assert PersonSerializer([], many=True).data == []


def test_it_shows_a_models_instance_and_a_queryset_alike(
    actor: Actor, django_assert_num_queries: Any
) -> None:
    values = {name: ROW[name] for name in ("first_name", "last_name", "street", "city", "state")}
    ann = create_customer(actor=actor, values=values)
    shown = PersonSerializer(ann).data
    assert (shown["key"], shown["place"], shown["initial"]) == (ann.pk, "Detroit, MI", "O")
    with django_assert_num_queries(1):
        assert PersonSerializer(Customer.objects.for_actor(actor), many=True).data == [shown]


def test_it_says_which_columns_it_needs() -> None:
    assert set(PersonSerializer.columns()) == set(ROW)


def test_valid_data_is_in_the_domains_names() -> None:
    body = {
        "key": 8,
        "first": "Bo",
        "address": {"zip": 48202},
        "place": "Troy, MI",
        "secret": "x",
        "initial": "Z",
    }
    serializer = PersonSerializer(data=body)
    assert serializer.is_valid()
    assert serializer.errors == {}
    assert serializer.validated_data == {
        "first_name": "Bo",
        "postal_code": 48202,
        "city": "Troy",
        "state": "MI",
        "notes": "x",
    }


def test_null_in_a_nested_objects_place_clears_its_keys() -> None:
    serializer = PersonSerializer(data={"address": None}, partial=True)
    assert serializer.is_valid()
    assert serializer.validated_data == {"street": None, "postal_code": None}


@pytest.mark.parametrize(
    ("body", "partial", "errors"),
    [
        (
            {"first": "Bo", "hat": 1, "address": {"planet": "Mars"}},
            False,
            {"hat": ["Unknown field."], "address.planet": ["Unknown field."]},
        ),
        ({"address": "here"}, True, {"address": ["Must be an object."]}),
        ({}, False, {"first": ["This field is required."]}),
        ({}, True, {}),
        ([], True, {"": ["Must be an object."]}),
        (None, True, {"": ["Must be an object."]}),
    ],
)
def test_errors_are_named_as_the_client_names_them(body: Any, partial: bool, errors: Any) -> None:
    serializer = PersonSerializer(data=body, partial=partial)
    assert serializer.is_valid() is (not errors)
    assert serializer.errors == errors
    assert serializer.validated_data == {} or not errors


def test_what_it_raises_is_an_error_of_the_framework_and_of_the_domain() -> None:
    with pytest.raises(InvalidInput) as caught:
        PersonSerializer(data={"hat": 1}, partial=True).is_valid(raise_exception=True)
    assert isinstance(caught.value, ValidationError)
    assert isinstance(caught.value, Invalid)
    assert caught.value.faults == {"hat": [Fault("unknown", "Unknown field.")]}
    assert caught.value.detail["hat"][0].code == "unknown"


def test_validate_is_heard_whatever_it_raises() -> None:
    class Picky(PersonSerializer):
        def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
            raise ValidationError({"first": ["Not today."]}, code="today")

    serializer = Picky(data={}, partial=True)
    assert not serializer.is_valid()
    assert serializer.errors == {"first": ["Not today."]}
    with pytest.raises(InvalidInput) as caught:
        serializer.is_valid(raise_exception=True)
    assert caught.value.faults == {"first": [Fault("today", "Not today.")]}


def test_many_bodies_are_read_one_by_one() -> None:
    serializer = PersonSerializer(data=[{"first": "A"}, {"first": "B", "hat": 1}], many=True)
    assert not serializer.is_valid()
    assert serializer.errors == {1: {"hat": ["Unknown field."]}}
    serializer = PersonSerializer(data=[{"first": "A"}], many=True)
    assert serializer.is_valid()
    assert serializer.validated_data == [{"first_name": "A"}]


def test_a_key_that_cant_be_written_is_refused_where_that_is_said() -> None:
    class Strict(PersonSerializer):
        refuses_read_only = True

    serializer = Strict(data={"key": 1}, partial=True)
    assert not serializer.is_valid()
    assert serializer.errors == {"key": ["This field can't be written."]}


def test_a_fault_of_the_domain_is_named_by_the_key_that_was_sent() -> None:
    sent = PersonSerializer(data={"mail": "x"}, partial=True)
    assert (sent.key_of("email"), sent.key_of("postal_code")) == ("mail", "address.zip")
    assert PersonSerializer(data={"also_mail": "x"}).key_of("email") == "also_mail"
    assert (sent.key_of("city"), sent.key_of("shoe_size")) == ("place", "shoe_size")
