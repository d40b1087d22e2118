"""The plain nouns: what belongs to customers, and what an organization has."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from appointments.filters import (
    AppointmentFilterSet,
    ScheduleExceptionFilterSet,
    ServiceFilterSet,
)
from appointments.schedule_exceptions import (
    create_schedule_exception,
    delete_schedule_exception,
    update_schedule_exception,
)
from appointments.selectors import appointments, schedule_exceptions
from appointments.selectors import services as services_offered
from appointments.series import book_series, change_following
from appointments.services import (
    book_appointment,
    change_appointment,
    create_service,
    delete_appointment,
    delete_service,
    update_service,
)
from core.tenancy.filters import OutletFilterSet
from core.tenancy.selectors import outlets
from core.tenancy.services.outlets import create_outlet, delete_outlet, update_outlet
from crm.api.roofing.serializers.answers import in_data
from crm.api.roofing.serializers.resources import (
    BookingSerializer,
    FollowUpSerializer,
    InteractionSerializer,
    NativeAppointmentSerializer,
    OutletSerializer,
    ProjectSerializer,
    ScheduleExceptionSerializer,
    ServiceSerializer,
    TagSerializer,
    TransactionSerializer,
)
from crm.api.roofing.viewsets.base import READING, DeletableViewSet, ResourceViewSet
from customers.filters import ProjectFilterSet, TagFilterSet, TransactionFilterSet
from customers.selectors.work import projects, tags, transactions
from customers.services.tags import create_tag, delete_tag, update_tag
from customers.services.work import (
    create_project,
    create_transaction,
    delete_project,
    update_project,
    update_transaction,
)
from interactions.filters import (
    FollowUpFilterSet,
    InteractionFilterSet,
)
from interactions.follow_ups import (
    complete_follow_up,
    create_follow_up,
    delete_follow_up,
    reopen_follow_up,
    update_follow_up,
)
from interactions.selectors import follow_ups, interactions
from interactions.services import (
    delete_interaction,
    log_interaction,
    update_interaction,
)


class ProjectViewSet(DeletableViewSet):
    noun = "Project"
    serializer_class = ProjectSerializer
    filterset_class = ProjectFilterSet
    selector = projects
    service_kwarg = "project_id"
    services = READING | {
        "create": create_project,
        "update": update_project,
        "destroy": delete_project,
    }


class TransactionViewSet(ResourceViewSet):
    noun = "Transaction"
    serializer_class = TransactionSerializer
    filterset_class = TransactionFilterSet
    selector = transactions
    service_kwarg = "transaction_id"
    services = READING | {"create": create_transaction, "update": update_transaction}


class InteractionViewSet(DeletableViewSet):
    noun = "Interaction"
    serializer_class = InteractionSerializer
    filterset_class = InteractionFilterSet
    selector = interactions
    ordering = ("-occurred_at", "-id")
    service_kwarg = "interaction_id"
    services = READING | {
        "create": log_interaction,
        "update": update_interaction,
        "destroy": delete_interaction,
    }


class FollowUpViewSet(DeletableViewSet):
    """What somebody is to do for a customer, by when."""

    noun = "Follow-up"
    serializer_class = FollowUpSerializer
    filterset_class = FollowUpFilterSet
    selector = follow_ups
    ordering = ("due_date", "id")
    service_kwarg = "follow_up_id"
    services = READING | {
        "create": create_follow_up,
        "update": update_follow_up,
        "destroy": delete_follow_up,
        "complete": complete_follow_up,
        "reopen": reopen_follow_up,
    }
    input_serializers = {"complete": None, "reopen": None}
    documented_headers = DeletableViewSet.documented_headers | {
        "If-Match": ("update", "partial_update", "destroy", "complete", "reopen")
    }

    @extend_schema(request=None, responses=in_data(FollowUpSerializer))
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, row_id: str) -> Response:
        """It is done; done before, it stays as it is."""
        key, precondition = self.lookup_key, self.get_precondition()
        row = complete_follow_up(actor=self.actor, follow_up_id=key, **precondition)
        return self.answer(self.get_written(row))

    @extend_schema(request=None, responses=in_data(FollowUpSerializer))
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, row_id: str) -> Response:
        """It is to be done after all."""
        key, precondition = self.lookup_key, self.get_precondition()
        row = reopen_follow_up(actor=self.actor, follow_up_id=key, **precondition)
        return self.answer(self.get_written(row))


class AppointmentViewSet(DeletableViewSet):
    noun = "Appointment"
    serializer_class = NativeAppointmentSerializer
    filterset_class = AppointmentFilterSet
    selector = appointments
    ordering = ("-start_at", "-id")
    service_kwarg = "appointment_id"
    services = READING | {
        "create": book_appointment,
        "update": change_appointment,
        "destroy": delete_appointment,
        "following": change_following,
    }
    input_serializers = {"create": BookingSerializer}
    documented_headers = DeletableViewSet.documented_headers | {
        "If-Match": ("update", "partial_update", "destroy", "following")
    }

    def perform_create(self, serializer: Any) -> Any:
        values = serializer.validated_data
        if "repeat_unit" in values:
            return book_series(actor=self.actor, values=values)[0]
        return super().perform_create(serializer)

    @extend_schema(
        operation_id="change_following_appointments",
        responses=in_data(NativeAppointmentSerializer),
    )
    @action(detail=True, methods=["patch"])
    def following(self, request: Request, row_id: str) -> Response:
        """
        Changes, moves or cancels the appointment and those after it in its series, all or none;
        shows the first of them.
        """
        serializer = self.get_valid_serializer(partial=True)
        rows = change_following(
            actor=self.actor,
            appointment_id=self.lookup_key,
            values=serializer.validated_data,
            **self.get_precondition(),
        )
        return self.answer(self.get_written(rows[0]))


class ServiceViewSet(DeletableViewSet):
    noun = "Service"
    serializer_class = ServiceSerializer
    filterset_class = ServiceFilterSet
    selector = services_offered
    ordering = ("name", "id")
    service_kwarg = "service_id"
    services = READING | {
        "create": create_service,
        "update": update_service,
        "destroy": delete_service,
    }


class OutletViewSet(DeletableViewSet):
    noun = "Outlet"
    serializer_class = OutletSerializer
    filterset_class = OutletFilterSet
    selector = outlets
    ordering = ("name", "id")
    service_kwarg = "outlet_id"
    services = READING | {
        "create": create_outlet,
        "update": update_outlet,
        "destroy": delete_outlet,
    }


class ScheduleExceptionViewSet(DeletableViewSet):
    """Days on which an outlet or a person doesn't keep the usual hours: closures, absences."""

    noun = "Schedule exception"
    serializer_class = ScheduleExceptionSerializer
    filterset_class = ScheduleExceptionFilterSet
    selector = schedule_exceptions
    ordering = ("first_day", "id")
    service_kwarg = "exception_id"
    services = READING | {
        "create": create_schedule_exception,
        "update": update_schedule_exception,
        "destroy": delete_schedule_exception,
    }


class TagViewSet(DeletableViewSet):
    noun = "Tag"
    serializer_class = TagSerializer
    filterset_class = TagFilterSet
    selector = tags
    ordering = ("name", "id")
    service_kwarg = "tag_id"
    services = READING | {"create": create_tag, "update": update_tag, "destroy": delete_tag}
