"""FilterSets read parameters into conditions: strictly for clients, leniently for addresses."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django import urls
from django.db.models import QuerySet
from django.http import QueryDict

from appointments.filters import AppointmentFilterSet, ServiceFilterSet
from core.errors import Invalid
from core.filters import ConditionsFilterSet
from core.tenancy.actor import Actor
from customers.choices import ProjectStatus
from customers.filters import CustomerConditions, CustomerFilterSet, ProjectFilterSet
from customers.models import Project
from customers.selectors.work import projects
from customers.services.customers import create_customer
from customers.services.work import create_project
from interactions.filters import ConversationFilterSet
from tests.cast import customer_values
from tests.client import ApiClient

DETROIT = ZoneInfo("America/Detroit")
KEY = UUID("0190a5c3-b8f0-7d6e-9f1b-2c3d4e5f6071")


urls.get_resolver().url_patterns  # every door's sets are declared once its addresses are  # noqa: B018


def sets(kind: type = ConditionsFilterSet) -> list[Any]:
    return [each for sub in kind.__subclasses__() for each in (sub, *sets(sub))]


@pytest.mark.parametrize("kind", sets(), ids=lambda kind: kind.__name__)
def test_every_filter_sets_a_condition_that_there_is(kind: Any) -> None:
    known = kind.Meta.conditions.__dataclass_fields__
    if kind.build_conditions is ConditionsFilterSet.build_conditions:
        assert {each.field_name for each in kind.base_filters.values()} <= set(known)


def test_parameters_become_conditions_under_the_names_of_the_columns() -> None:
    query = QueryDict(
        "search=+jane+&status=active,+vip&tags=a&tags=b,c&zip_code=48201&deleted=1"
        f"&assigned_to={KEY}&min_lifetime_value=12.5&is_referral_partner=FALSE"
    )
    assert CustomerFilterSet(query).conditions == CustomerConditions(
        search="jane",
        status=["active", "vip"],
        tags=["a", "b", "c"],
        postal_code="48201",
        deleted=True,
        assigned_to=KEY,
        min_lifetime_value=Decimal("12.5"),
        is_referral_partner=False,
    )


def test_nothing_asked_sets_nothing() -> None:
    assert CustomerFilterSet(QueryDict()).conditions == CustomerConditions()
    assert CustomerFilterSet().conditions == CustomerConditions()
    for name in CustomerFilterSet.base_filters:
        for blank in ("", " ", None):
            assert CustomerFilterSet({name: blank}).conditions == CustomerConditions()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-03-09", dt.datetime(2025, 3, 9, tzinfo=DETROIT)),
        ("20250309", dt.datetime(2025, 3, 9, tzinfo=DETROIT)),
        ("2025-W10-7", dt.datetime(2025, 3, 9, tzinfo=DETROIT)),
        ("2025-03-09T05:00:00+02:00", dt.datetime(2025, 3, 9, 3, tzinfo=dt.UTC)),
        ("2025-03-09T05:00", dt.datetime(2025, 3, 9, 5, tzinfo=dt.UTC)),
    ],
)
def test_a_day_begins_at_midnight_in_the_zone_that_is_given(text: str, moment: Any) -> None:
    asked = CustomerFilterSet({"updated_since": text}, time_zone="America/Detroit")
    assert asked.conditions.updated_since == moment


def test_the_open_ends_of_other_systems_bound_nothing(api: ApiClient, actor: Actor) -> None:
    create_customer(actor=actor, values=customer_values(1))
    for first, last, total in (
        ("0001-01-01", "9999-12-31", 1),
        ("", "0001-01-01", 0),
        ("9999-12-31", "", 0),
    ):
        asked = {"created_from": first, "created_to": last}
        assert api.get("/api/v1/customers", **asked).json()["total"] == total
    for moment in ("0001-01-01T00:00:00+14:00", "0004-02-29", "0001-01-01T00:00:00"):
        assert len(api.get("/api/customers", updated_since=moment).json()["data"]) == 1
    every = {"from_date": "0001-01-01", "to_date": "9999-12-31"}
    whole = api.get("/api/v1/customers/statistics/summary", **every).json()
    assert whole["statistics"]["total_customers"] == 1


def test_texts_are_asked_for_in_the_characters_that_are_stored() -> None:
    asked = {
        "city": "San Jose\u0301",
        "external_id": "e\u0301\u200b1",
        "tags": "cafe\u0301\u200d, b",
    }
    conditions = CustomerFilterSet(asked).conditions
    assert (conditions.city, conditions.external_id) == ("San José", "é1")
    assert conditions.tags == ["café", "b"]


WRONG = [
    ({"color": "red"}, ("unknown", "Unknown parameter.")),
    ({"city": ["Troy"]}, ("invalid_type", "Must be a string.")),
    ({"city": True}, ("invalid_type", "Must be a string.")),
    ({"city": "a\0"}, ("null_characters_not_allowed", "Null characters are not allowed.")),
    ({"city": "\ud800"}, ("surrogates", "Surrogate characters are not allowed.")),
    ({"tags": "a,\0"}, ("null_characters", "Null characters are not allowed.")),
    (
        {"zip_code": "x" * 21},
        ("max_length", "Ensure this field has no more than 20 characters."),
    ),
    (
        {"status": "vip,gold"},
        ("invalid_choice", "“gold” is not one of: active, inactive, vip, churned."),
    ),
    ({"assigned_to": "x"}, ("invalid_id", "Must be a valid UUID.")),
    ({"deleted": "2"}, ("invalid_boolean", "Must be true or false.")),
    ({"min_lifetime_value": "NaN"}, ("invalid", "A valid number is required.")),
    (
        {"min_lifetime_value": "1.234"},
        ("max_decimal_places", "Ensure that there are no more than 2 decimal places."),
    ),
    (
        {"updated_since": "9999-12-32"},
        ("invalid_date", "Must be a date or a date and time in ISO 8601."),
    ),
]


@pytest.mark.parametrize(("asked", "fault"), WRONG)
def test_what_is_wrong_is_refused_by_name_saying_what_it_takes(
    asked: dict[str, Any], fault: tuple[str, str]
) -> None:
    (name,) = asked
    read = CustomerFilterSet(asked)
    assert not read.is_valid()
    with pytest.raises(Invalid) as refused:
        read.conditions  # noqa: B018
    assert {
        key: [(each.code, each.message) for each in faults]
        for key, faults in refused.value.faults.items()
    } == {name: [fault]}


def test_every_wrong_parameter_is_named_at_once() -> None:
    read = ProjectFilterSet({"status": "gold", "customer_id": "x", "color": "red"})
    assert set(read.faults) == {"status", "customer_id", "color"}
    with pytest.raises(Invalid):
        read.qs  # noqa: B018


def test_what_others_read_is_not_unknown() -> None:
    assert ProjectFilterSet({"page": "2"}, other_parameters=["page"]).is_valid()


def test_the_valid_parameters_count_where_people_edit_addresses() -> None:
    read = ConversationFilterSet({"status": "gold", "channel": "sms", "is_ticket": "", "x": "1"})
    assert read.valid_conditions.as_dict() == {"channel": "sms"}


def test_plain_values_of_a_json_body_are_read_like_texts() -> None:
    asked = {"status": ["active", "vip"], "deleted": False, "min_lifetime_value": 5, "city": 7}
    assert CustomerFilterSet(asked).conditions.as_dict() == {
        "status": ["active", "vip"],
        "deleted": False,
        "min_lifetime_value": Decimal(5),
        "city": "7",
    }


def test_its_queryset_is_the_conditions_applied(actor: Actor) -> None:
    jane = create_customer(actor=actor, values=customer_values())
    for status in ProjectStatus.values:
        create_project(actor=actor, values={"customer": jane.pk, "status": status})
    rows: QuerySet[Project] = projects(actor=actor)
    read = ProjectFilterSet({"status": "on_hold", "customer_id": str(jane.pk)}, rows)
    assert [row.status for row in read.qs] == ["on_hold"]
    assert set(ProjectFilterSet({}, rows).qs) == set(rows)


def test_a_form_offers_the_choices_and_labels_of_the_model() -> None:
    form = AppointmentFilterSet().form
    assert form.fields["status"].label == "Status"
    assert [value for value, _label in form.fields["status"].choices] == [  # type: ignore[attr-defined]
        "",
        "pending",
        "confirmed",
        "completed",
        "cancelled",
        "no_show",
    ]
    assert list(ServiceFilterSet().form.fields) == ["is_active", "category"]
