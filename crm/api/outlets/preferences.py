"""A customer's preferences, alone."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from appointments.preferences import update_preferences, with_preferred
from crm.api.kernel.queries import Query
from crm.api.kernel.views import with_version
from crm.api.outlets import examples
from crm.api.outlets.base import OutletsView
from crm.api.outlets.words import PreferenceWords
from customers.models import Customer
from customers.selectors.customers import as_row, customer


class CustomerPreferences(OutletsView):
    def answer(self, row: Customer) -> Response:
        (whole,) = with_preferred([as_row(row)])
        return with_version(Response(PreferenceWords.show(whole)), row.version)

    @extend_schema(
        operation_id="outlets_read_preferences",
        responses=PreferenceWords,
        examples=examples.READ_PREFERENCES,
    )
    def get(self, request: Any, customer_id: str) -> Response:
        key = self.id(customer_id)
        self.query(Query)
        return self.answer(customer(actor=self.actor, customer_id=key))

    @extend_schema(
        operation_id="outlets_update_preferences",
        request=PreferenceWords,
        responses=PreferenceWords,
        examples=examples.PREFERENCES,
    )
    def put(self, request: Any, customer_id: str) -> Response:
        self.allow(update_preferences)
        key = self.id(customer_id)
        values = self.body(PreferenceWords)
        return self.answer(
            update_preferences(
                actor=self.actor, customer_id=key, values=values, if_version=self.if_version()
            )
        )

    @extend_schema(
        operation_id="outlets_patch_preferences", request=PreferenceWords, responses=PreferenceWords
    )
    def patch(self, request: Any, customer_id: str) -> Response:
        return self.put(request, customer_id)
