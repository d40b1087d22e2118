"""Customers: the list, creating, reading, updating, deleting and restoring."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from appointments.preferences import (
    register_customer_with_preferences,
    update_customer_with_preferences,
)
from core.errors import Fault
from core.ids import parse_id
from core.tenancy.policy import Permission
from crm.api.kernel.credentials import working_in
from crm.api.kernel.paging import page_of
from crm.api.kernel.queries import Query
from crm.api.kernel.views import with_version
from crm.api.kernel.words import Unreadable
from crm.api.outlets import examples
from crm.api.outlets.base import OutletsPageNumbers, OutletsView, numbers, zone
from crm.api.outlets.queries import CustomerListQuery, DeleteQuery, conditions
from crm.api.outlets.words import CustomerWords, NewWords, SentWords, show_customers
from customers.models import Customer
from customers.selectors.customers import as_row, customer, customers
from customers.services.customers import delete_customer, restore_customer
from customers.services.erasure import erase_customer

DELETED = {"message": "Customer has been deleted successfully"}
GROUND = "permanent deletion by a super admin"


class OutletsCustomerPage(OutletsPageNumbers):
    items = CustomerWords(many=True)


class CustomerView(OutletsView):
    def answer(self, row: Customer, status: int = 200) -> Response:
        (shown,) = show_customers([as_row(row)])
        return with_version(Response(shown, status=status), row.version)


def take_tenant(values: dict[str, Any]) -> str:
    """
    Takes the organization's id out of read values; empty when none is named. Raises Unreadable.
    """
    raw = values.pop("organization", None)
    if raw is None:
        return ""
    key = parse_id(raw)
    if key is None:
        raise Unreadable({"tenant_id": [Fault("invalid_id", "Input should be a valid UUID.")]})
    return str(key)


class Customers(CustomerView):
    @extend_schema(
        operation_id="outlets_list_customers",
        parameters=[CustomerListQuery],
        responses=OutletsCustomerPage,
        examples=examples.LIST,
    )
    def get(self, request: Any) -> Response:
        query = self.query(CustomerListQuery)
        rows = customers(actor=self.actor, conditions=conditions(query, zone(self.actor)))
        page = page_of(
            rows,
            order=("-created_at", "-id"),
            columns=CustomerWords.columns(),
            number=query["page"],
            size=query["size"],
        )
        return Response({"items": show_customers(page.rows), **numbers(page)})

    @extend_schema(
        operation_id="outlets_create_customer",
        request=NewWords,
        responses={201: CustomerWords},
        examples=examples.CREATE,
    )
    def post(self, request: Any) -> Response:
        """
        A `tenant_id` other than the caller's own is a super admin's way of naming the organization.
        """
        self.allow(register_customer_with_preferences)
        values = self.body(NewWords)
        self.actor = working_in(self.actor, take_tenant(values))
        password = values.pop("password", None)
        return self.once(
            lambda: self.answer(
                register_customer_with_preferences(
                    actor=self.actor, values=values, password=password
                ),
                201,
            )
        )


class CustomerItem(CustomerView):
    @extend_schema(
        operation_id="outlets_read_customer", responses=CustomerWords, examples=examples.READ
    )
    def get(self, request: Any, customer_id: str) -> Response:
        key = self.id(customer_id)
        self.query(Query)
        return self.answer(customer(actor=self.actor, customer_id=key))

    @extend_schema(
        operation_id="outlets_update_customer",
        request=SentWords,
        responses=CustomerWords,
        examples=examples.UPDATE,
    )
    def put(self, request: Any, customer_id: str) -> Response:
        self.allow(update_customer_with_preferences)
        key = self.id(customer_id)
        values = self.body(SentWords)
        if working_in(self.actor, take_tenant(values)) is not self.actor:
            raise Unreadable(
                {"tenant_id": [Fault("immutable", "The tenant assignment can't be changed.")]}
            )
        return self.answer(
            update_customer_with_preferences(
                actor=self.actor, customer_id=key, values=values, if_version=self.if_version()
            )
        )

    @extend_schema(
        operation_id="outlets_patch_customer", request=SentWords, responses=CustomerWords
    )
    def patch(self, request: Any, customer_id: str) -> Response:
        return self.put(request, customer_id)

    @extend_schema(
        operation_id="outlets_delete_customer",
        parameters=[DeleteQuery],
        request=None,
        responses={200: inline_serializer("OutletsMessage", {"message": serializers.CharField()})},
        examples=examples.DELETE,
    )
    def delete(self, request: Any, customer_id: str) -> Response:
        """
        `permanent=true` erases the customer and everything personal about them, at once and for
        good.
        """
        self.allow(delete_customer)
        key = self.id(customer_id)
        if self.query(DeleteQuery)["permanent"]:
            self.actor.require(Permission.DELETE_PERMANENTLY)
            erase_customer(
                actor=self.actor, customer_id=key, ground=GROUND, if_version=self.if_version()
            )
        else:
            delete_customer(actor=self.actor, customer_id=key, if_version=self.if_version())
        return Response(DELETED)


class CustomerRestore(CustomerView):
    @extend_schema(operation_id="outlets_restore_customer", request=None, responses=CustomerWords)
    def post(self, request: Any, customer_id: str) -> Response:
        self.allow(restore_customer)
        key = self.id(customer_id)
        self.query(Query)
        return self.answer(restore_customer(actor=self.actor, customer_id=key))
