"""The documented operations on customers."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from core.tenancy.policy import Permission
from crm.api.kernel.paging import page_of
from crm.api.kernel.queries import Query
from crm.api.kernel.views import with_version
from crm.api.merchants import examples
from crm.api.merchants.base import MerchantPagination, MerchantView, pagination
from crm.api.merchants.queries import MerchantListQuery, conditions
from crm.api.merchants.words import MerchantCustomerWords
from customers.models import Customer
from customers.selectors.customers import customer, customers
from customers.services.customers import delete_customer
from customers.services.naming import create_customer_with_full_name, update_customer_with_full_name

PAGE = inline_serializer(
    "MerchantCustomerPage",
    {"customers": MerchantCustomerWords(many=True), "pagination": MerchantPagination()},
)
DELETED = inline_serializer("MerchantMessage", {"message": serializers.CharField()})


class MerchantCustomerView(MerchantView):
    def answer(self, row: Customer, status: int = 200) -> Response:
        return with_version(
            Response(MerchantCustomerWords.show(vars(row)), status=status), row.version
        )


class MerchantCustomers(MerchantCustomerView):
    @extend_schema(
        operation_id="merchant_list_customers",
        parameters=[MerchantListQuery],
        responses=PAGE,
        examples=examples.LIST,
    )
    def get(self, request: Any) -> Response:
        self.actor.require(Permission.VIEW)
        query = self.query(MerchantListQuery)
        rows = customers(actor=self.actor, conditions=conditions(query))
        columns = MerchantCustomerWords.columns()
        page = page_of(
            rows,
            order=("-created_at", "-id"),
            columns=columns,
            number=query["page"],
            size=query["pageSize"],
        )
        return Response(
            {"customers": MerchantCustomerWords.show_all(page.rows), "pagination": pagination(page)}
        )

    @extend_schema(
        operation_id="merchant_create_customer",
        request=MerchantCustomerWords,
        responses={201: MerchantCustomerWords},
        examples=examples.CREATE,
    )
    def post(self, request: Any) -> Response:
        self.allow(create_customer_with_full_name)
        self.query(Query)
        values = self.body(MerchantCustomerWords)
        return self.once(
            lambda: self.answer(
                create_customer_with_full_name(actor=self.actor, values=values), 201
            )
        )


class MerchantCustomerItem(MerchantCustomerView):
    @extend_schema(
        operation_id="merchant_read_customer",
        responses=MerchantCustomerWords,
        examples=examples.DETAIL,
    )
    def get(self, request: Any, customer_id: str) -> Response:
        self.actor.require(Permission.VIEW)
        self.query(Query)
        return self.answer(customer(actor=self.actor, customer_id=self.id(customer_id)))

    @extend_schema(
        operation_id="merchant_update_customer",
        request=MerchantCustomerWords,
        responses=MerchantCustomerWords,
        examples=examples.UPDATE,
    )
    def patch(self, request: Any, customer_id: str) -> Response:
        self.allow(update_customer_with_full_name)
        self.query(Query)
        key, version = self.id(customer_id), self.if_version()
        values = self.body(MerchantCustomerWords)
        return self.answer(
            update_customer_with_full_name(
                actor=self.actor, customer_id=key, values=values, if_version=version
            )
        )

    @extend_schema(
        operation_id="merchant_put_customer",
        request=MerchantCustomerWords,
        responses=MerchantCustomerWords,
    )
    def put(self, request: Any, customer_id: str) -> Response:
        """As PATCH: what isn't sent stays."""
        return self.patch(request, customer_id)

    @extend_schema(
        operation_id="merchant_delete_customer",
        request=None,
        responses=DELETED,
        examples=examples.DELETE,
    )
    def delete(self, request: Any, customer_id: str) -> Response:
        self.allow(delete_customer)
        self.query(Query)
        delete_customer(
            actor=self.actor, customer_id=self.id(customer_id), if_version=self.if_version()
        )
        return Response({"message": "Customer deleted successfully"})
