"""
The twelve documented operations on customers, restoring deleted ones, loyalty points, and all that
is held on one.
"""

from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID

from django.http import FileResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights import advised_customer, insights
from analytics.statistics import customer_statistics
from core.clock import now
from core.errors import Invalid
from core.exports.services import count_left_out, export
from core.exports.streaming import Format
from core.exports.tables import choose
from core.tenancy.policy import Permission
from crm.api.kernel.downloads import attachment
from crm.api.kernel.mixins import (
    CreateMixin,
    DestroyMixin,
    ListMixin,
    RetrieveMixin,
    UpdateMixin,
)
from crm.api.kernel.serializers import as_row
from crm.api.roofing import examples
from crm.api.roofing.filters import (
    NEWEST_FIRST,
    AsOfSerializer,
    DetailSerializer,
    ExportSerializer,
    HistorySerializer,
    SortSerializer,
    ascending_text,
)
from crm.api.roofing.serializers.answers import in_data
from crm.api.roofing.serializers.customers import (
    CUSTOMER_COLUMNS,
    BulkUpdateAnswerSerializer,
    BulkUpdateSerializer,
    CustomerDetailSerializer,
    CustomerInteractionsSerializer,
    CustomerProjectsSerializer,
    CustomerSerializer,
    CustomerStatisticsSerializer,
    InsightsSerializer,
    LifetimeValueSerializer,
)
from crm.api.roofing.serializers.merges import (
    DoubleBookingSerializer,
    MergedSerializer,
    MergeRequestSerializer,
    MergeSerializer,
)
from crm.api.roofing.serializers.privacy import ConsentSerializer
from crm.api.roofing.serializers.resources import (
    InteractionSerializer,
    LoyaltySerializer,
    ProjectSerializer,
)
from crm.api.roofing.viewsets.base import READING, RoofingViewSet
from customers.filters import CustomerFilterSet
from customers.selectors.consents import consents, consents_at
from customers.selectors.customers import TAGS, customer, customers
from customers.selectors.lookup import ids_by_external_id, parse_customer_id
from customers.selectors.loyalty import loyalty_entries
from customers.selectors.work import projects_of
from customers.services.archive import archive_customer, archive_name
from customers.services.customers import (
    bulk_update_customers,
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
    upsert_customer,
)
from customers.services.loyalty import adjust_loyalty
from customers.services.management import record_consent
from customers.services.merging import merge_customers
from customers.services.recalculation import recalculate_lifetime_value
from customers.tables import CUSTOMERS
from interactions.filters import InteractionConditions
from interactions.selectors import history, interactions
from interactions.services import log_interaction

MOST_INTERACTIONS = 200
REFUSE_DUPLICATES = "duplicates=refuse"


@extend_schema_view(
    list=extend_schema(examples=examples.LIST),
    create=extend_schema(examples=examples.CREATE),
    update=extend_schema(examples=examples.UPDATE),
    destroy=extend_schema(examples=examples.DELETE),
)
class CustomerViewSet(
    RoofingViewSet, ListMixin, CreateMixin, RetrieveMixin, UpdateMixin, DestroyMixin
):
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilterSet
    selector = customers
    external_ids = ids_by_external_id
    services = READING | {
        "create": create_customer,
        "update": update_customer,
        "destroy": delete_customer,
        "restore": restore_customer,
        "projects": Permission.VIEW,
        "interactions": Permission.VIEW,
        "create_interaction": log_interaction,
        "loyalty": Permission.VIEW,
        "adjust_loyalty": adjust_loyalty,
        "consents": Permission.VIEW,
        "record_consent": record_consent,
        "calculate_ltv": recalculate_lifetime_value,
        "stats": Permission.VIEW_STATISTICS,
        "bulk_update": bulk_update_customers,
        "upsert": upsert_customer,
        "export": export,
        "archive": archive_customer,
        "merge": merge_customers,
    }
    input_serializers = {
        "bulk_update": BulkUpdateSerializer,
        "restore": None,
        "calculate_ltv": None,
        "merge": MergeRequestSerializer,
    }
    query_serializers = {
        "list": SortSerializer,
        "retrieve": DetailSerializer,
        "interactions": HistorySerializer,
        "consents": AsOfSerializer,
        "export": ExportSerializer,
    }
    paged_actions = ("list", "loyalty", "consents")
    filtered_actions = ("list", "export")
    documented_headers = {
        "If-Match": (
            *("update", "partial_update", "destroy", "restore", "upsert", "merge"),
            "record_consent",
        ),
        "Idempotency-Key": (
            *("create", "create_interaction", "adjust_loyalty", "record_consent"),
            "merge",
        ),
    }

    documented_preferences = {
        "create": {REFUSE_DUPLICATES: "409 when somebody looks like them, who is named"},
    }

    def get_ordering(self) -> Sequence[Any]:
        return self.query.get("sort", NEWEST_FIRST) if self.action == "list" else self.ordering

    @property
    def unknown_last(self) -> str:  # type: ignore[override]
        return ascending_text(self.get_ordering())

    def perform_create(self, serializer: Any) -> Any:
        return create_customer(
            actor=self.actor,
            values=serializer.validated_data,
            refuse_duplicates=self.prefers(REFUSE_DUPLICATES),
        )

    def perform_update(self, serializer: Any) -> Any:
        return update_customer(
            actor=self.actor,
            customer_id=self.lookup_key,
            values=serializer.validated_data,
            required=("first_name", "last_name"),
            **self.get_precondition(),
        )

    @extend_schema(responses=CustomerDetailSerializer, examples=examples.DETAIL)
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        row = advised_customer(actor=self.actor, customer_id=self.lookup_key, tags=TAGS)
        response = self.answer(row)
        response.data["insights"] = InsightsSerializer(insights(customer=row)).data
        if self.query["include_history"]:
            shown = InteractionSerializer.columns()
            newest = history(actor=self.actor, customer_id=row["id"], columns=shown)
            response.data["interaction_history"] = InteractionSerializer(newest, many=True).data
        if self.query["include_projects"]:
            response.data["projects"] = self._projects(row["id"])
        return response

    @action(detail=True, methods=["post"])
    def restore(self, request: Request, customer_id: str) -> Response:
        key, precondition = self.lookup_key, self.get_precondition()
        return self.answer(restore_customer(actor=self.actor, customer_id=key, **precondition))

    @extend_schema(
        operation_id="list_customer_projects",
        responses=CustomerProjectsSerializer,
        examples=examples.PROJECTS,
    )
    @action(detail=True)
    def projects(self, request: Request, customer_id: str) -> Response:
        row = customer(actor=self.actor, customer_id=self.lookup_key)
        shown = self._projects(row.pk)
        return Response({"data": shown, "count": len(shown), "total_value": row.lifetime_value})

    @extend_schema(
        operation_id="list_customer_interactions",
        responses=CustomerInteractionsSerializer,
        examples=examples.INTERACTIONS,
    )
    @action(detail=True, serializer_class=InteractionSerializer)
    def interactions(self, request: Request, customer_id: str) -> Response:
        """The newest first."""
        key = customer(actor=self.actor, customer_id=self.lookup_key).pk
        conditions = InteractionConditions(customer_id=key, type=self.query.get("type"))
        rows = interactions(actor=self.actor, conditions=conditions)
        newest = rows.order_by("-occurred_at", "-id")[: min(self.query["limit"], MOST_INTERACTIONS)]
        shown = InteractionSerializer(newest, many=True).data
        return Response({"data": shown, "count": rows.count()})

    @extend_schema(
        operation_id="create_customer_interaction",
        responses={201: in_data(InteractionSerializer)},
        examples=examples.INTERACTION,
    )
    @interactions.mapping.post
    def create_interaction(self, request: Request, customer_id: str) -> Response:
        key = customer(actor=self.reader, customer_id=self.lookup_key).pk
        values = self.get_valid_serializer().validated_data
        given = values.get("customer")
        if given not in (None, "", self.lookup_text) and parse_customer_id(given) != key:
            raise Invalid.one("customer", "mismatch", "Must be the customer of the address.")
        values = values | {"customer": key}
        email = self.actor.label if self.actor.kind == "user" else None

        def work() -> Response:
            row = as_row(log_interaction(actor=self.actor, values=values))
            return self.answer(row | {"created_by__email": email}, status=201)

        return self.once(work)

    @extend_schema(operation_id="list_customer_loyalty", responses=LoyaltySerializer(many=True))
    @action(detail=True, serializer_class=LoyaltySerializer, ordering=("-at", "-id"))
    def loyalty(self, request: Request, customer_id: str) -> Response:
        """Newest first."""
        return self.get_page(loyalty_entries(actor=self.actor, customer_id=self.lookup_key))

    @extend_schema(
        operation_id="adjust_customer_loyalty", responses={201: in_data(LoyaltySerializer)}
    )
    @loyalty.mapping.post
    def adjust_loyalty(self, request: Request, customer_id: str) -> Response:
        """A negative number takes points; the balance never falls below zero."""
        key, values = self.lookup_key, self.get_valid_serializer().validated_data
        return self.once(
            lambda: self.answer(
                adjust_loyalty(actor=self.actor, customer_id=key, values=values), status=201
            )
        )

    @extend_schema(operation_id="list_customer_consents", responses=ConsentSerializer(many=True))
    @action(detail=True, serializer_class=ConsentSerializer, ordering=("-at", "-id"))
    def consents(self, request: Request, customer_id: str) -> Response:
        """
        The whole ledger, newest first; of a channel and purpose the first is in force. With `at`
        the rows that were in force then.
        """
        self.check_existence(self.lookup_key)
        asked = {"actor": self.actor, "customer_id": self.lookup_key}
        if moment := self.query.get("at"):
            return self.get_page(consents_at(**asked, moment=moment))
        return self.get_page(consents(**asked))

    @extend_schema(
        operation_id="record_customer_consent", responses={201: in_data(ConsentSerializer)}
    )
    @consents.mapping.post
    def record_consent(self, request: Request, customer_id: str) -> Response:
        """A grant or withdrawal; the customer's preference follows."""
        key, values = self.lookup_key, self.get_valid_serializer().validated_data

        def work() -> Response:
            row = record_consent(
                actor=self.actor, customer_id=key, values=values, **self.get_precondition()
            )
            return self.answer(row, status=201)

        return self.once(work)

    @extend_schema(
        operation_id="calculate_ltv",
        responses=LifetimeValueSerializer,
        examples=examples.LIFETIME_VALUE,
    )
    @action(detail=True, methods=["post"], url_path="calculate-ltv")
    def calculate_ltv(self, request: Request, customer_id: str) -> Response:
        row = recalculate_lifetime_value(actor=self.actor, customer_id=self.lookup_key)
        return Response(LifetimeValueSerializer(row).data)

    @extend_schema(
        operation_id="customer_statistics",
        responses=CustomerStatisticsSerializer,
        examples=examples.STATISTICS,
    )
    @action(detail=False)
    def stats(self, request: Request) -> Response:
        return Response(CustomerStatisticsSerializer(customer_statistics(actor=self.actor)).data)

    @extend_schema(
        operation_id="upsert_customer",
        responses={200: in_data(CustomerSerializer), 201: in_data(CustomerSerializer)},
    )
    @action(
        detail=False,
        methods=["put"],
        url_path="by-external-id/<str:external_id>",
    )
    def upsert(self, request: Request, external_id: str) -> Response:
        """
        The customer whom another system calls so: changed when they are there (what isn't sent
        stays), else created. The body is as for creating. `If-None-Match: *` only creates,
        `If-Match: *` only changes.
        """
        values = self.get_valid_serializer().validated_data
        row, new = upsert_customer(
            actor=self.actor,
            external_id=external_id,
            values=values,
            may_create="If-Match" not in request.headers,
            **self.get_precondition(),
        )
        return self.answer(self.get_written(row), status=201 if new else 200)

    @extend_schema(
        operation_id="bulk_update_customers",
        responses={207: BulkUpdateAnswerSerializer},
        examples=examples.BULK,
    )
    @action(detail=False, methods=["post"], url_path="bulk-update", throttle_scope="bulk")
    def bulk_update(self, request: Request) -> Response:
        asked = self.get_valid_serializer().validated_data
        ids = asked["customer_ids"]
        found = bulk_update_customers(actor=self.actor, customer_ids=ids, values=asked["updates"])
        failed = [key for key in dict.fromkeys(ids) if key not in found]
        updated = len(set(found.values()))
        answer = {
            "message": f"Updated {updated} customers",
            "updated": updated,
            "requested": len(ids),
            "failed": failed,
        }
        return Response(answer, status=207)

    @extend_schema(operation_id="export_customers", responses={(200, "text/csv"): str})
    @action(detail=False, throttle_scope="export")
    def export(self, request: Request) -> StreamingHttpResponse:
        """`X-Left-Out` says how many haven't agreed, where `marketing` is asked for."""
        conditions = self.filterset.conditions
        selection = export(
            actor=self.actor,
            resource="customers",
            columns=choose(self.query.get("fields") or CUSTOMERS.usual, CUSTOMER_COLUMNS),
            conditions=conditions,
        )
        name = f"customers_{now():%Y%m%d_%H%M%S}.csv"
        response = attachment(selection.text(Format.CSV), "text/csv", name)
        left_out = count_left_out(actor=self.actor, resource="customers", conditions=conditions)
        if left_out is not None:
            response.headers["X-Left-Out"] = str(left_out)
        return response

    @extend_schema(
        operation_id="archive_customer", responses={(200, "application/zip"): OpenApiTypes.BINARY}
    )
    @action(detail=True, throttle_scope="export")
    def archive(self, request: Request, customer_id: str) -> FileResponse:
        """
        Everything held on the customer, who may be deleted: a ZIP of `archive.json`, a CSV of each
        kind, and a page to read.
        """
        file = TemporaryFile()  # noqa: SIM115  the answer closes it
        row = archive_customer(actor=self.actor, customer_id=self.lookup_key, file=file)
        file.seek(0)
        return FileResponse(
            file, as_attachment=True, filename=archive_name(row), content_type="application/zip"
        )

    @extend_schema(operation_id="merge_customers", responses=MergedSerializer)
    @action(
        detail=True,
        methods=["post"],
        error_examples={409: {"error": "This customer is deleted; restore them first"}},
    )
    def merge(self, request: Request, customer_id: str) -> Response:
        """
        Makes another customer a part of this one, who survives: all that belongs to the loser
        moves, and the loser's ids answer with the survivor from then on. What `fields` doesn't name
        goes by rules: who alone has a value gives it, else the survivor; notes are joined, tags and
        addresses united, and the stricter consent holds.
        """
        key, asked = self.lookup_key, self.get_valid_serializer().validated_data

        def work() -> Response:
            made = merge_customers(
                actor=self.actor, customer_id=key, **asked, **self.get_precondition()
            )
            response = self.answer(made.survivor)
            context = self.get_serializer_context()
            response.data |= {
                "merge": MergeSerializer(made.merge, context=context).data,
                "double_bookings": DoubleBookingSerializer(made.double_bookings, many=True).data,
            }
            return response

        return self.once(work)

    def _projects(self, key: UUID) -> Any:
        rows = projects_of(actor=self.actor, customer_id=key, columns=ProjectSerializer.columns())
        return ProjectSerializer(rows, many=True).data
