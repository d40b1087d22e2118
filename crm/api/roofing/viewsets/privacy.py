"""The wordings of consents, and what people ask for under data protection law."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.tenancy.policy import Permission
from crm.api.kernel.mixins import CreateMixin, ListMixin, RetrieveMixin
from crm.api.roofing.serializers.answers import in_data
from crm.api.roofing.serializers.jobs import JobSerializer
from crm.api.roofing.serializers.privacy import (
    AnswerSerializer,
    CertificateSerializer,
    ConsentWordingSerializer,
    DueCustomerSerializer,
    MonthsSerializer,
    PrivacyRequestSerializer,
    PurgeSerializer,
    RetentionPolicySerializer,
    WordingVersionSerializer,
)
from crm.api.roofing.viewsets.base import READING, DeletableViewSet, RoofingViewSet
from customers.filters import PrivacyRequestFilterSet, WordingFilterSet
from customers.selectors.consents import wording_versions, wordings
from customers.selectors.privacy import privacy_requests
from customers.selectors.retention import due_for_erasure, retention_policy
from customers.services.privacy_requests import (
    close_privacy_request,
    erase_as_requested,
    open_privacy_request,
)
from customers.services.retention import set_retention, start_retention
from customers.services.wordings import create_wording, delete_wording, update_wording


class ConsentWordingViewSet(DeletableViewSet):
    noun = "Wording"
    serializer_class = ConsentWordingSerializer
    filterset_class = WordingFilterSet
    selector = wordings
    ordering = ("name", "language", "id")
    service_kwarg = "wording_id"
    services = READING | {
        "create": create_wording,
        "update": update_wording,
        "destroy": delete_wording,
        "versions": Permission.VIEW,
    }
    paged_actions = ("list", "versions")

    @extend_schema(
        operation_id="list_wording_versions", responses=WordingVersionSerializer(many=True)
    )
    @action(detail=True, serializer_class=WordingVersionSerializer, ordering=("-number",))
    def versions(self, request: Request, row_id: str) -> Response:
        """Every version that people were shown, the newest first."""
        self.check_existence(self.lookup_key)
        return self.get_page(wording_versions(actor=self.actor, wording_id=self.lookup_key))


class PrivacyRequestViewSet(RoofingViewSet, ListMixin, CreateMixin, RetrieveMixin):
    """What people ask for under data protection law; the list begins with what is due first."""

    noun = "Privacy request"
    serializer_class = PrivacyRequestSerializer
    filterset_class = PrivacyRequestFilterSet
    selector = privacy_requests
    lookup_url_kwarg = "row_id"
    ordering = ("due_at", "id")
    reads_back = True
    services = {
        "list": Permission.MANAGE_PRIVACY,
        "retrieve": Permission.MANAGE_PRIVACY,
        "create": open_privacy_request,
        "close": close_privacy_request,
        "erase": erase_as_requested,
    }
    input_serializers = {"close": AnswerSerializer, "erase": None}
    documented_headers = {"If-Match": ("close", "erase"), "Idempotency-Key": ("create",)}

    @extend_schema(
        operation_id="close_privacy_request", responses=in_data(PrivacyRequestSerializer)
    )
    @action(detail=True, methods=["post"])
    def close(self, request: Request, row_id: str) -> Response:
        """Answers an open request, once."""
        key, values = self.lookup_key, self.get_valid_serializer().validated_data
        row = close_privacy_request(
            actor=self.actor, request_id=key, values=values, **self.get_precondition()
        )
        return self.answer(self.get_written(row))

    @extend_schema(operation_id="erase_as_requested", responses=in_data(CertificateSerializer))
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, row_id: str) -> Response:
        """Erases the customer who asks for it, and the request with them."""
        key, precondition = self.lookup_key, self.get_precondition()
        certificate = erase_as_requested(actor=self.actor, request_id=key, **precondition)
        return Response({"data": {"certificate_id": certificate}})


class RetentionViewSet(RoofingViewSet):
    """Customers who have been away too long: listed, then erased."""

    noun = "Retention"
    serializer_class = RetentionPolicySerializer
    services = {
        "policy": Permission.MANAGE_PRIVACY,
        "set_policy": set_retention,
        "customers": Permission.MANAGE_PRIVACY,
        "purge": start_retention,
    }
    input_serializers = {"purge": PurgeSerializer}
    query_serializers = {"customers": MonthsSerializer}
    paged_actions = ("customers",)
    documented_headers = {"If-Match": ("set_policy",), "Idempotency-Key": ("purge",)}

    @extend_schema(operation_id="retention_policy", responses=in_data(RetentionPolicySerializer))
    @action(detail=False)
    def policy(self, request: Request) -> Response:
        """After how many months without activity customers are listed for erasure."""
        return self.answer(retention_policy(actor=self.actor))

    @extend_schema(operation_id="set_retention", responses=in_data(RetentionPolicySerializer))
    @policy.mapping.put
    def set_policy(self, request: Request) -> Response:
        """What isn't sent stays."""
        values = self.get_valid_serializer(partial=True).validated_data
        row = set_retention(actor=self.actor, values=values, **self.get_precondition())
        return self.answer(row)

    @extend_schema(
        operation_id="list_customers_due_for_erasure",
        responses=DueCustomerSerializer(many=True),
    )
    @action(
        detail=False,
        serializer_class=DueCustomerSerializer,
        ordering=("last_activity_at", "id"),
    )
    def customers(self, request: Request) -> Response:
        """Whom the policy would erase now, those longest away first. Nothing is written."""
        return self.get_page(due_for_erasure(actor=self.actor, months=self.query.get("months")))

    @extend_schema(operation_id="erase_inactive", responses={202: in_data(JobSerializer)})
    @action(detail=False, methods=["post"], serializer_class=JobSerializer)
    def purge(self, request: Request) -> Response:
        """Has everyone erased who is listed, in the background, each with a certificate."""
        values = self.get_valid_serializer().validated_data
        return self.once(
            lambda: self.answer(start_retention(actor=self.actor, **values), status=202)
        )
