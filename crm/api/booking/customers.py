"""The two documented operations: finding a customer, and erasing one."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from core.clock import now
from core.errors import Malformed
from core.tenancy.policy import Permission
from crm.api.booking import examples
from crm.api.booking.base import BookingView, customer_key, shown_key
from crm.api.booking.words import ID, BookingCustomerWords, BookingErasureWords, BookingLookupWords
from crm.api.kernel.queries import Query
from crm.api.kernel.views import with_version
from crm.api.kernel.words import Word
from customers.models import Customer
from customers.selectors.customers import as_row, customer
from customers.selectors.lookup import customer_with_email, customer_with_phone
from customers.services.erasure import erase_customer

GROUND = "requested through the booking API"


class RetrieveCustomer(BookingView):
    """A customer by id, e-mail or phone: the first of them that is given decides alone."""

    @extend_schema(
        operation_id="retrieve_customer",
        request=BookingLookupWords,
        responses=BookingCustomerWords,
        examples=examples.RETRIEVE,
        tags=["booking"],
    )
    def post(self, request: Any) -> Response:
        self.actor.require(Permission.VIEW)
        self.query(Query)
        row = self._found(self.body(BookingLookupWords))
        return with_version(Response(BookingCustomerWords.show(as_row(row))), row.version)

    def _found(self, given: dict[str, Any]) -> Customer:
        if given.get("id") not in (None, ""):
            return customer(actor=self.actor, customer_id=customer_key(given["id"]))
        if given.get("email") not in (None, ""):
            return customer_with_email(actor=self.actor, email=_text("email", given["email"]))
        if given.get("phone") not in (None, ""):
            return customer_with_phone(actor=self.actor, phone=_text("phone", given["phone"]))
        raise Malformed("Must provide customer_id, email, or phone")


def _text(key: str, raw: Any) -> str:
    """Text, or the number that a careless client made of a phone. Raises Malformed."""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise Malformed(f"{key}: Must be a string.")
    return str(raw)


ERASED = inline_serializer(
    "BookingErasure",
    {
        "success": serializers.BooleanField(),
        "customer_id": Word(schema=ID),
        "deleted_at": serializers.DateTimeField(),
    },
)


class DeleteCustomer(BookingView):
    """Erases a customer for good: refused while an appointment is to come."""

    @extend_schema(
        operation_id="erase_customer",
        request=BookingErasureWords,
        responses=ERASED,
        examples=examples.DELETE,
        tags=["booking"],
    )
    def post(self, request: Any) -> Response:
        self.allow(erase_customer)
        self.query(Query)
        given = self.body(BookingErasureWords).get("id")
        if given in (None, ""):
            raise Malformed("Must provide customer_id")
        key = customer_key(given)
        erase_customer(
            actor=self.actor, customer_id=key, ground=GROUND, if_version=self.if_version()
        )
        return Response({"success": True, "customer_id": shown_key(key), "deleted_at": now()})
