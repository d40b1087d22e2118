"""Customers, and the payments and refunds of one."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.tenancy.policy import Permission
from crm.api.kernel.authentication import ApiKeyAuthentication
from crm.api.kernel.mixins import (
    CreateMixin,
    DestroyMixin,
    ListMixin,
    RetrieveMixin,
    UpdateMixin,
)
from crm.api.merchants import examples
from crm.api.merchants.exceptions import MERCHANTS
from crm.api.merchants.filters import MerchantCustomerFilterSet
from crm.api.merchants.pagination import MerchantPagination
from crm.api.merchants.serializers import (
    MerchantCustomerSerializer,
    MerchantMessageSerializer,
    MerchantTransactionSerializer,
)
from customers.choices import TransactionStatus
from customers.filters import TransactionConditions
from customers.selectors.customers import customer, customers
from customers.selectors.lookup import ids_by_external_id
from customers.selectors.work import transactions
from customers.services.customers import delete_customer
from customers.services.naming import create_customer_with_full_name, update_customer_with_full_name

SHOWN = (TransactionStatus.COMPLETED, TransactionStatus.REFUNDED)


@extend_schema_view(
    list=extend_schema(examples=examples.LIST),
    retrieve=extend_schema(examples=examples.DETAIL),
    create=extend_schema(examples=examples.CREATE),
    partial_update=extend_schema(examples=examples.UPDATE),
    destroy=extend_schema(examples=examples.DELETE),
)
class CustomerViewSet(ListMixin, CreateMixin, RetrieveMixin, UpdateMixin, DestroyMixin):
    dialect = MERCHANTS
    authentication_classes = (ApiKeyAuthentication,)
    serializer_class = MerchantCustomerSerializer
    destroy_serializer_class = MerchantMessageSerializer
    filterset_class = MerchantCustomerFilterSet
    pagination_class = MerchantPagination
    selector = customers
    external_ids = ids_by_external_id
    services = {
        "list": Permission.VIEW,
        "retrieve": Permission.VIEW,
        "create": create_customer_with_full_name,
        "update": update_customer_with_full_name,
        "destroy": delete_customer,
        "transactions": Permission.VIEW,
    }

    @extend_schema(
        operation_id="merchants_list_transactions",
        responses=MerchantTransactionSerializer(many=True),
        examples=examples.TRANSACTIONS,
    )
    @action(detail=True)
    def transactions(self, request: Request, customer_id: str) -> Response:
        """Completed and refunded ones, the newest first."""
        key = customer(actor=self.actor, customer_id=self.lookup_key).pk
        rows = transactions(actor=self.actor, conditions=TransactionConditions(customer_id=key))
        shown = rows.filter(status__in=SHOWN).order_by("-created_at", "-id")
        return Response(MerchantTransactionSerializer(shown, many=True).data)
