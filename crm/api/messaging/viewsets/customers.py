"""Customers: their life, tags, blocking and conversations, the desk's figures, and transfer."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.engagement import engagement_statistics
from core.exports.services import export
from core.tenancy.policy import Permission
from crm.api.kernel.authentication import ApiKeyAuthentication, BearerAuthentication
from crm.api.kernel.handling import LENIENT
from crm.api.kernel.mixins import CreateMixin, DestroyMixin, ListMixin, RetrieveMixin, UpdateMixin
from crm.api.kernel.viewsets import with_version
from crm.api.messaging import examples, transfer
from crm.api.messaging.authentication import QueryTokenAuthentication
from crm.api.messaging.filters import (
    DeletionSerializer,
    ExportSerializer,
    MessagingCustomerFilterSet,
    SortingSerializer,
    get_ordering,
)
from crm.api.messaging.pagination import ConversationPagination, MessagingPagination
from crm.api.messaging.serializers.answers import (
    MessagingCustomerDetailSerializer,
    MessagingDeletionSerializer,
    MessagingExportSerializer,
    MessagingImportAnswerSerializer,
    MessagingImportSerializer,
    MessagingStatisticsSerializer,
    in_success,
)
from crm.api.messaging.serializers.conversations import MessagingConversationSerializer
from crm.api.messaging.serializers.customers import (
    SEGMENTS,
    MessagingBlockSerializer,
    MessagingConversationCountsSerializer,
    MessagingCustomerCreateSerializer,
    MessagingCustomerSerializer,
    MessagingCustomerUpdateSerializer,
    MessagingTagsSerializer,
    documented_segment,
)
from crm.api.messaging.viewsets.base import MessagingViewSet
from customers.selectors.customers import customer, customers
from customers.selectors.lookup import ids_by_external_id
from customers.services.customers import create_customer, update_customer
from customers.services.erasure import erase_customer
from customers.services.management import block_customer, change_tags, deactivate_customer
from interactions.filters import ConversationConditions
from interactions.selectors import conversations, recent_conversations
from interactions.services import open_conversation

RECENT = 10
ERASURE_GROUND = "permanent deletion asked for through the messaging API"
CUSTOMER = in_success("customer", MessagingCustomerSerializer)


@extend_schema_view(
    list=extend_schema(examples=examples.LIST),
    create=extend_schema(examples=examples.CREATE),
    update=extend_schema(examples=examples.UPDATE),
)
class CustomerViewSet(
    MessagingViewSet, ListMixin, CreateMixin, RetrieveMixin, UpdateMixin, DestroyMixin
):
    serializer_class = MessagingCustomerSerializer
    destroy_serializer_class = MessagingDeletionSerializer
    filterset_class = MessagingCustomerFilterSet
    filtered_actions = ("list", "export")
    pagination_class = MessagingPagination
    paged_actions = ("list", "conversations")
    selector = customers
    external_ids = ids_by_external_id
    strict_actions = ("export",)
    services = {
        "list": Permission.VIEW,
        "create": create_customer,
        "retrieve": Permission.VIEW,
        "update": update_customer,
        "destroy": deactivate_customer,
        "change_tags": change_tags,
        "block": block_customer,
        "conversations": Permission.VIEW,
        "open_conversation": open_conversation,
        "statistics": Permission.VIEW_STATISTICS,
        "import_customers": Permission.IMPORT,
        "export": export,
    }
    input_serializers = {
        "create": MessagingCustomerCreateSerializer,
        "update": MessagingCustomerUpdateSerializer,
        "change_tags": MessagingTagsSerializer,
        "block": MessagingBlockSerializer,
        "import_customers": MessagingImportSerializer,
    }
    query_serializers = {
        "list": SortingSerializer,
        "destroy": DeletionSerializer,
        "export": ExportSerializer,
    }

    def get_ordering(self) -> Any:
        if self.action != "list":
            return self.ordering
        return get_ordering(self.query["sortBy"], self.query["sortOrder"])

    @extend_schema(responses=MessagingCustomerDetailSerializer, examples=examples.DETAIL)
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        row = customer(actor=self.actor, customer_id=self.lookup_key)
        recent = recent_conversations(actor=self.actor, customer_id=row.pk)[:RECENT]
        response = self.answer(row)
        response.data |= {
            "statistics": MessagingConversationCountsSerializer(row).data,
            "recentConversations": MessagingConversationSerializer(recent, many=True).data,
        }
        return response

    def update(self, request: Request, **kwargs: Any) -> Response:
        row = customer(actor=self.reader, customer_id=self.lookup_key)
        serializer = self.get_valid_serializer(instance=row, partial=True)
        return self.answer(self.perform_update(serializer))

    def perform_update(self, serializer: Any) -> Any:
        return update_customer(
            actor=self.actor,
            customer_id=self.lookup_key,
            values=serializer.validated_data,
            required=("phone",),
            **self.get_precondition(),
        )

    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """As PUT: what isn't given stays."""
        return self.update(request, **kwargs)

    @extend_schema(examples=examples.DELETE)
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Deactivates; `permanent=true` erases the customer with conversations and messages."""
        if self.query["permanent"]:
            return self._erase()
        key, precondition = self.lookup_key, self.get_precondition()
        row = deactivate_customer(actor=self.actor, customer_id=key, **precondition)
        return with_version(Response({"success": True, "message": "Customer deactivated"}), row)

    def _erase(self) -> Response:
        self.actor.require(Permission.ERASE)
        key, precondition = self.lookup_key, self.get_precondition()
        erase_customer(actor=self.actor, customer_id=key, ground=ERASURE_GROUND, **precondition)
        return Response({"success": True, "message": "Customer permanently deleted"})

    @extend_schema(operation_id="messaging_change_tags", responses=CUSTOMER, examples=examples.TAGS)
    @action(methods=["patch"], detail=True, url_path="tags")
    def change_tags(self, request: Request, customer_id: str) -> Response:
        change = self.get_valid_serializer().validated_data
        key, precondition = self.lookup_key, self.get_precondition()
        row = change_tags(actor=self.actor, customer_id=key, **change, **precondition)
        return self.answer(row)

    @extend_schema(
        operation_id="messaging_block_customer", responses=CUSTOMER, examples=examples.BLOCK
    )
    @action(methods=["patch"], detail=True)
    def block(self, request: Request, customer_id: str) -> Response:
        values = self.get_valid_serializer(partial=True).validated_data
        key, precondition = self.lookup_key, self.get_precondition()
        row = block_customer(actor=self.actor, customer_id=key, values=values, **precondition)
        return self.answer(row)

    @extend_schema(
        operation_id="messaging_list_conversations",
        responses=MessagingConversationSerializer(many=True),
        examples=examples.CONVERSATIONS,
    )
    @action(
        detail=True,
        answer_key="conversation",
        serializer_class=MessagingConversationSerializer,
        pagination_class=ConversationPagination,
        ordering=("-opened_at", "-id"),
    )
    def conversations(self, request: Request, customer_id: str) -> Response:
        """The customer's conversations, the newest first."""
        key = customer(actor=self.actor, customer_id=self.lookup_key).pk
        conditions = ConversationConditions(customer_id=key)
        return self.get_page(conversations(actor=self.actor, conditions=conditions))

    @extend_schema(
        operation_id="messaging_open_conversation",
        responses={201: in_success("conversation", MessagingConversationSerializer)},
        examples=examples.CONVERSATION,
    )
    @conversations.mapping.post
    def open_conversation(self, request: Request, customer_id: str) -> Response:
        key = customer(actor=self.reader, customer_id=self.lookup_key).pk
        values = self.get_valid_serializer().validated_data | {"customer": key}

        def work() -> Response:
            return self.answer(open_conversation(actor=self.actor, values=values), status=201)

        return self.once(work)

    @extend_schema(
        operation_id="messaging_customer_statistics",
        responses=MessagingStatisticsSerializer,
        examples=examples.STATISTICS,
    )
    @action(detail=False, url_path="stats/summary")
    def statistics(self, request: Request) -> Response:
        figures = engagement_statistics(actor=self.actor)
        segments = dict.fromkeys(SEGMENTS, 0)
        for engagement, count in figures.by_engagement.items():
            segments[documented_segment(engagement)] += count
        counts = [{"_id": segment, "count": count} for segment, count in segments.items()]
        answer = {"success": True, "summary": figures, "segments": counts}
        return Response(MessagingStatisticsSerializer(answer).data)

    @extend_schema(
        operation_id="messaging_import_customers",
        responses={200: MessagingImportAnswerSerializer, 201: MessagingImportAnswerSerializer},
        examples=examples.IMPORT,
    )
    @action(methods=["post"], detail=False, url_path="bulk/import", throttle_scope="bulk")
    def import_customers(self, request: Request) -> Response:
        """
        Up to 10,000 customers, answered row by row; a repeated phone is a duplicate of the first.
        200 when none of them was new.
        """
        rows = self.get_valid_serializer().validated_data["customers"]
        if self.handling == LENIENT:
            rows, unknown = transfer.without_unknown_keys(rows)
            self.ignored += [f"customers.{name}" for name in unknown]
        return self.once(lambda: self._import(rows))

    def _import(self, rows: list[Any]) -> Response:
        results = transfer.import_rows(actor=self.actor, rows=rows)
        answer = transfer.describe_import(rows, results)
        return Response(answer, status=201 if answer["results"]["imported"] else 200)

    @extend_schema(
        operation_id="messaging_export_customers",
        responses={
            (200, "application/json"): MessagingExportSerializer,
            (200, "text/csv"): str,
        },
    )
    @action(
        detail=False,
        authentication_classes=(
            BearerAuthentication,
            ApiKeyAuthentication,
            QueryTokenAuthentication,
        ),
        throttle_scope="export",
    )
    def export(self, request: Request) -> HttpResponseBase:
        conditions = self.filterset.conditions  # type: ignore[union-attr]
        write = transfer.export_csv if self.query["format"] == "csv" else transfer.export_json
        return write(actor=self.actor, conditions=conditions)
