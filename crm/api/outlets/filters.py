"""The query parameters of the salon chain's API."""

from appointments.choices import AppointmentStatus
from core.filters import (
    BooleanFilter,
    CharFilter,
    CommaSeparatedFilter,
    ConditionsFilterSet,
    SinceFilter,
    UntilFilter,
)
from crm.api.kernel.queries import ChoiceField, DayField, Query, StrictBooleanField
from customers.filters import SEARCHED, CustomerConditions
from customers.models import Customer


class OutletsCustomerFilterSet(ConditionsFilterSet[CustomerConditions]):
    search = CharFilter(max_length=SEARCHED)
    tags = CommaSeparatedFilter()
    has_password = BooleanFilter()
    email_verified = BooleanFilter()
    created_from = SinceFilter()
    created_to = UntilFilter("created_before")

    class Meta:
        model = Customer
        conditions = CustomerConditions


class PeriodSerializer(Query):
    from_date = DayField(required=False)
    to_date = DayField(required=False)


class AppointmentsSerializer(PeriodSerializer):
    status = ChoiceField(choices=AppointmentStatus.choices, required=False)


class DeletionSerializer(Query):
    permanent = StrictBooleanField(required=False, default=False)
