"""The two documented operations: finding a customer, and erasing one."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.clock import now
from core.tenancy.policy import Permission
from crm.api.booking import examples
from crm.api.booking.exceptions import BOOKING
from crm.api.booking.serializers import (
    BookingCustomerSerializer,
    BookingErasureRequestSerializer,
    BookingErasureSerializer,
    BookingLookupSerializer,
    documented_id,
)
from crm.api.kernel.viewsets import DialectViewSet
from customers.models import Customer
from customers.selectors.customers import customer
from customers.selectors.lookup import (
    customer_with_email,
    customer_with_phone,
    ids_by_external_id,
)
from customers.services.erasure import erase_customer

GROUND = "requested through the booking API"


class CustomerViewSet(DialectViewSet):
    dialect = BOOKING
    serializer_class = BookingCustomerSerializer
    external_ids = ids_by_external_id
    services = {"look_up": Permission.VIEW, "erase": erase_customer}
    input_serializers = {
        "look_up": BookingLookupSerializer,
        "erase": BookingErasureRequestSerializer,
    }

    @extend_schema(operation_id="retrieve_customer", examples=examples.RETRIEVE)
    @action(methods=["post"], detail=False, url_path="retrieve")
    def look_up(self, request: Request) -> Response:
        """A customer by id, e-mail or phone: the first of them that is given decides alone."""
        return self.answer(self._find(self.get_valid_serializer().validated_data))

    def _find(self, given: dict[str, str]) -> Customer:
        if given.get("id"):
            self.lookup_text = given["id"]
            return customer(actor=self.actor, customer_id=self.lookup_key)
        if given.get("email"):
            return customer_with_email(actor=self.actor, email=given["email"])
        return customer_with_phone(actor=self.actor, phone=given["phone"])

    @extend_schema(responses=BookingErasureSerializer, examples=examples.DELETE)
    @action(methods=["post"], detail=False, url_path="delete")
    def erase(self, request: Request) -> Response:
        """Erases a customer for good: refused while an appointment is to come."""
        self.lookup_text = self.get_valid_serializer().validated_data["id"]
        key = self.lookup_key
        erase_customer(actor=self.actor, customer_id=key, ground=GROUND, **self.get_precondition())
        return Response({"success": True, "customer_id": documented_id(key), "deleted_at": now()})
