"""Customers: their life, preferences and appointments, and the figures over all of them."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.company import company_statistics
from appointments.filters import AppointmentConditions
from appointments.preferences import (
    register_customer_with_preferences,
    update_customer_with_preferences,
    update_preferences,
)
from appointments.selectors import appointment_counts, appointments, on_days
from core.clock import now
from core.errors import Fault, Invalid, Malformed
from core.tenancy.policy import Permission
from crm.api.kernel.appointments import AppointmentSerializer
from crm.api.kernel.authentication import working_in
from crm.api.kernel.mixins import CreateMixin, DestroyMixin, ListMixin, RetrieveMixin, UpdateMixin
from crm.api.kernel.serializers import InvalidInput, InvalidParameters
from crm.api.outlets import examples
from crm.api.outlets.exceptions import OUTLETS
from crm.api.outlets.filters import (
    AppointmentsSerializer,
    DeletionSerializer,
    OutletsCustomerFilterSet,
    PeriodSerializer,
)
from crm.api.outlets.pagination import AppointmentPagination, OutletsPagination
from crm.api.outlets.serializers import (
    OutletsCustomerCreateSerializer,
    OutletsCustomerSerializer,
    OutletsCustomerUpdateSerializer,
    OutletsMessageSerializer,
    OutletsPasswordSerializer,
    OutletsPreferencesSerializer,
    OutletsSummarySerializer,
)
from customers.selectors.customers import customer, customers
from customers.selectors.lookup import ids_by_external_id
from customers.services.customers import delete_customer, restore_customer
from customers.services.erasure import erase_customer
from customers.services.passwords import set_password, verify_email

GROUND = "permanent deletion by a super admin"


@extend_schema_view(
    list=extend_schema(examples=examples.LIST),
    create=extend_schema(examples=examples.CREATE),
    retrieve=extend_schema(examples=examples.READ),
    update=extend_schema(examples=examples.UPDATE),
    destroy=extend_schema(examples=examples.DELETE),
)
class CustomerViewSet(ListMixin, CreateMixin, RetrieveMixin, UpdateMixin, DestroyMixin):
    dialect = OUTLETS
    serializer_class = OutletsCustomerSerializer
    destroy_serializer_class = OutletsMessageSerializer
    filterset_class = OutletsCustomerFilterSet
    pagination_class = OutletsPagination
    paged_actions = ("list", "appointments")
    selector = customers
    external_ids = ids_by_external_id
    services = {
        "list": Permission.VIEW,
        "create": register_customer_with_preferences,
        "retrieve": Permission.VIEW,
        "update": update_customer_with_preferences,
        "destroy": delete_customer,
        "restore": restore_customer,
        "password": set_password,
        "verify_email": verify_email,
        "preferences": Permission.VIEW,
        "update_preferences": update_preferences,
        "patch_preferences": update_preferences,
        "appointments": Permission.VIEW,
        "statistics": Permission.VIEW_COMPANY_STATISTICS,
    }
    input_serializers = {
        "create": OutletsCustomerCreateSerializer,
        "update": OutletsCustomerUpdateSerializer,
        "restore": None,
        "password": OutletsPasswordSerializer,
        "verify_email": None,
    }
    query_serializers = {
        "destroy": DeletionSerializer,
        "appointments": AppointmentsSerializer,
        "statistics": PeriodSerializer,
    }

    def check_body(self) -> None:
        """Raises InvalidInput: what can't be read is 422 here, as any bad value is."""
        try:
            super().check_body()
        except ParseError as error:
            repeats = error.get_codes() == "repeated_key"
            fault = Fault("repeated_key" if repeats else "malformed_json", str(error.detail))
            raise InvalidInput({"": [fault]}) from error
        except Malformed as error:
            fault = Fault("invalid_object", "Input should be a valid dictionary or object.")
            raise InvalidInput({"": [fault]}) from error

    def create(self, request: Request, **kwargs: Any) -> Response:
        """
        A `tenant_id` other than the caller's own is a super admin's way of naming the organization.
        """
        serializer = self.get_valid_serializer()
        tenant = serializer.validated_data.pop("organization", "")
        request.auth = working_in(self.actor, tenant)
        return self.once(lambda: self.answer(self.perform_create(serializer), status=201))

    def update(self, request: Request, **kwargs: Any) -> Response:
        """What isn't sent stays, by PUT as by PATCH. `is_active` takes who may deactivate."""
        row = None
        if "is_active" in request.data:
            row = customer(actor=self.reader, customer_id=self.lookup_key)
        serializer = self.get_valid_serializer(instance=row, partial=True)
        self.require_for_status(serializer.validated_data)
        return self.answer(self.get_written(self.perform_update(serializer)))

    def require_for_status(self, values: dict[str, Any]) -> None:
        """Raises Forbidden unless the actor may deactivate, where that is what the values mean."""
        if "status" in values:
            self.actor.require(Permission.DELETE_CUSTOMERS)

    def perform_create(self, serializer: Any) -> Any:
        values = serializer.validated_data
        self.require_for_status(values)
        password = values.pop("password", None)
        return register_customer_with_preferences(
            actor=self.actor, values=values, password=password
        )

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """
        `permanent=true` erases the customer and everything personal about them, at once and for
        good.
        """
        if not self.query["permanent"]:
            return super().destroy(request, **kwargs)
        self.actor.require(Permission.DELETE_PERMANENTLY)
        key, precondition = self.lookup_key, self.get_precondition()
        erase_customer(actor=self.actor, customer_id=key, ground=GROUND, **precondition)
        return Response(self.get_destroyed())

    def get_destroyed(self) -> dict[str, Any]:
        return {"message": "Customer has been deleted successfully"}

    @action(methods=["post"], detail=True)
    def restore(self, request: Request, customer_id: str) -> Response:
        key, precondition = self.lookup_key, self.get_precondition()
        return self.answer(restore_customer(actor=self.actor, customer_id=key, **precondition))

    @extend_schema(operation_id="outlets_set_password", examples=examples.PASSWORD)
    @action(methods=["post"], detail=True)
    def password(self, request: Request, customer_id: str) -> Response:
        """
        Gives the customer a password for the portal, which ends all sessions there; null takes it
        away, and with it the access.
        """
        serializer = self.get_valid_serializer()
        return self.answer(
            set_password(
                actor=self.actor,
                customer_id=self.lookup_key,
                password=serializer.validated_data.get("password"),
                **self.get_precondition(),
            )
        )

    @extend_schema(operation_id="outlets_verify_email")
    @action(methods=["post"], detail=True, url_path="verify-email")
    def verify_email(self, request: Request, customer_id: str) -> Response:
        """
        Says that the e-mail is the customer's own: whoever calls has seen to it. Changing it
        takes that back.
        """
        return self.answer(
            verify_email(actor=self.actor, customer_id=self.lookup_key, **self.get_precondition())
        )

    @extend_schema(operation_id="outlets_read_preferences", examples=examples.READ_PREFERENCES)
    @action(detail=True, serializer_class=OutletsPreferencesSerializer)
    def preferences(self, request: Request, customer_id: str) -> Response:
        return self.retrieve(request)

    @extend_schema(operation_id="outlets_update_preferences", examples=examples.PREFERENCES)
    @preferences.mapping.put
    def update_preferences(self, request: Request, customer_id: str) -> Response:
        return self.update(request)

    @extend_schema(operation_id="outlets_patch_preferences")
    @preferences.mapping.patch
    def patch_preferences(self, request: Request, customer_id: str) -> Response:
        return self.update(request)

    @extend_schema(
        operation_id="outlets_list_customer_appointments",
        responses=AppointmentSerializer(many=True),
        examples=examples.APPOINTMENTS,
    )
    @action(
        detail=True,
        serializer_class=AppointmentSerializer,
        pagination_class=AppointmentPagination,
        ordering=("-start_at", "-id"),
    )
    def appointments(self, request: Request, customer_id: str) -> Response:
        """
        Newest first. Days are those of each appointment's outlet; the statistics count all of the
        customer's, whatever the filter.
        """
        key = customer(actor=self.actor, customer_id=self.lookup_key).pk
        conditions = AppointmentConditions(customer_id=key, status=self.query.get("status"))
        rows = on_days(
            appointments(actor=self.actor, conditions=conditions),
            actor=self.actor,
            first=self.query.get("from_date"),
            last=self.query.get("to_date"),
        )
        counts = appointment_counts(actor=self.actor, customer_id=key)
        self.paginator.statistics = {"total_appointments": counts.pop("total"), **counts}
        return self.get_page(rows)

    @extend_schema(
        operation_id="outlets_customer_statistics",
        responses=OutletsSummarySerializer,
        examples=examples.STATISTICS,
    )
    @action(detail=False, url_path="statistics/summary")
    def statistics(self, request: Request) -> Response:
        """
        With a period (inclusive days of the company's time zone; one that is open towards the
        present ends today), new customers, appointments, revenue, averages, top lists, retention
        and churn are those of the period. The other figures are of the present.
        """
        try:
            figures = company_statistics(actor=self.actor, **self.query)
        except Invalid as invalid:
            raise InvalidParameters(invalid.faults) from invalid
        period = {"from": self.query.get("from_date"), "to": self.query.get("to_date")}
        summary = {"statistics": figures, "period": period, "generated_at": now()}
        return Response(OutletsSummarySerializer(summary).data)
