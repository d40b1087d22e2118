"""A customer's payments and refunds, a bare array."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from core.tenancy.policy import Permission
from crm.api.kernel.queries import Query
from crm.api.merchants import examples
from crm.api.merchants.base import MerchantView
from crm.api.merchants.words import MerchantTransactionWords
from customers.choices import TransactionStatus
from customers.filters import TransactionConditions
from customers.selectors.customers import customer
from customers.selectors.work import transactions

SHOWN = (TransactionStatus.COMPLETED, TransactionStatus.REFUNDED)


class MerchantTransactions(MerchantView):
    @extend_schema(
        operation_id="merchant_list_transactions",
        responses=MerchantTransactionWords(many=True),
        examples=examples.TRANSACTIONS,
    )
    def get(self, request: Any, customer_id: str) -> Response:
        """Completed and refunded ones, the newest first."""
        self.actor.require(Permission.VIEW)
        self.query(Query)
        key = customer(actor=self.actor, customer_id=self.id(customer_id)).pk
        rows = (
            transactions(actor=self.actor, conditions=TransactionConditions(customer_id=key))
            .filter(status__in=SHOWN)
            .order_by("-created_at", "-id")
        )
        return Response(
            MerchantTransactionWords.show_all(rows.values(*MerchantTransactionWords.columns()))
        )
