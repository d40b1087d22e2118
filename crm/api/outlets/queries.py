"""The query parameters of the salon chain's API, made into the domain's conditions."""

from typing import Any

from rest_framework import serializers

from appointments.choices import AppointmentStatus
from crm.api.kernel.queries import (
    CommaField,
    DayField,
    Query,
    SinceField,
    StrictBooleanField,
    since,
    until,
)
from crm.api.outlets.base import PageQuery
from customers.filters import CustomerConditions


class CustomerListQuery(PageQuery):
    search = serializers.CharField(required=False, max_length=200, allow_blank=True)
    tags = CommaField(allow_blank=True)
    has_password = StrictBooleanField(required=False)
    email_verified = StrictBooleanField(required=False)
    created_from = SinceField(required=False)
    created_to = SinceField(required=False)


class DeleteQuery(Query):
    permanent = StrictBooleanField(required=False, default=False)


class AppointmentsQuery(PageQuery):
    status = serializers.ChoiceField(choices=AppointmentStatus.choices, required=False)
    from_date = DayField(required=False)
    to_date = DayField(required=False)


class StatisticsQuery(Query):
    from_date = DayField(required=False)
    to_date = DayField(required=False)


def conditions(query: dict[str, Any], zone: str) -> CustomerConditions:
    """The domain's conditions for checked parameters; days are those of the time zone `zone`."""
    return CustomerConditions(
        search=query.get("search"),
        tags=query.get("tags") or None,
        has_password=query.get("has_password"),
        email_verified=query.get("email_verified"),
        created_from=since(query.get("created_from"), zone),
        created_before=until(query.get("created_to"), zone),
    )
