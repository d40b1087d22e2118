"""A customer's loyalty points: the ledger whose sum is the balance, and adjusting it by hand."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from crm.api.kernel.words import Word, Words
from crm.api.roofing.base import PageQuery, RoofingView, many, one
from customers.models import LoyaltyEntry
from customers.selectors.loyalty import loyalty_entries
from customers.services.loyalty import adjust_loyalty


class LoyaltyWords(Words):
    id = Word(read_only=True)
    customer_id = Word("customer", read_only=True)
    points = Word()
    reason = Word()
    appointment_id = Word("source_id", read_only=True)
    date = Word("at", read_only=True)

    class Meta:
        model = LoyaltyEntry


class CustomerLoyalty(RoofingView):
    replays = True

    @extend_schema(
        operation_id="list_customer_loyalty", parameters=[PageQuery], responses=many(LoyaltyWords)
    )
    def get(self, request: Any, customer_id: str) -> Response:
        """Newest first."""
        query = self.query(PageQuery)
        rows = loyalty_entries(actor=self.actor, customer_id=self.id(customer_id))
        return self.paged(rows, LoyaltyWords, order=("-at", "-id"), query=query)

    @extend_schema(
        operation_id="adjust_customer_loyalty",
        request=LoyaltyWords,
        responses={201: one(LoyaltyWords)},
    )
    def post(self, request: Any, customer_id: str) -> Response:
        """A negative number takes points; the balance never falls below zero."""
        self.allow(adjust_loyalty)
        key = self.id(customer_id)
        values = self.body(LoyaltyWords)

        def work() -> Response:
            entry = adjust_loyalty(actor=self.actor, customer_id=key, values=values)
            return Response({"data": LoyaltyWords.show(vars(entry))}, status=201)

        return self.once(work)
