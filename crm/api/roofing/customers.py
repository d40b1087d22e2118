"""The twelve documented operations on customers, and the restoring of deleted ones."""

from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from analytics.insights import insights
from analytics.statistics import customer_statistics
from core.clock import now
from core.errors import Fault, Invalid
from core.exports.services import export
from core.exports.streaming import Format
from core.exports.tables import choose
from core.ids import parse_id
from core.tenancy.policy import Permission
from crm.api.kernel.downloads import attachment
from crm.api.kernel.filters import filter_parameters
from crm.api.kernel.paging import page_of
from crm.api.kernel.queries import Query
from crm.api.kernel.views import with_version
from crm.api.kernel.words import Unreadable
from crm.api.roofing import examples
from crm.api.roofing.base import RoofingView, many, message, one, pagination
from crm.api.roofing.interactions import InteractionWords
from crm.api.roofing.projects import ProjectWords
from crm.api.roofing.queries import (
    NEWEST_FIRST,
    CustomerDetailQuery,
    CustomerListQuery,
    ExportQuery,
    InteractionsQuery,
    ascending_text,
)
from crm.api.roofing.words import CUSTOMER_COLUMNS, BulkWords, CustomerWords, show_customers
from customers.filters import CustomerFilterSet, ProjectConditions
from customers.models import Customer
from customers.selectors.customers import as_row, customer, customers
from customers.selectors.work import projects
from customers.services.customers import (
    bulk_update_customers,
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
)
from customers.services.recalculation import recalculate_lifetime_value
from customers.tables import CUSTOMERS
from interactions.choices import InteractionType
from interactions.filters import InteractionConditions
from interactions.selectors import interactions
from interactions.services import log_interaction

HISTORY = 50
MOST_INTERACTIONS = 200
MOST_IN_BULK = 1000


class CustomerView(RoofingView):
    def answer(self, row: Customer, status: int = 200) -> Response:
        (shown,) = show_customers([as_row(row)], self.actor)
        return with_version(Response({"data": shown}, status=status), row.version)


class Customers(CustomerView):
    replays = True

    @extend_schema(
        operation_id="list_customers",
        parameters=[CustomerListQuery, *filter_parameters(CustomerFilterSet)],
        responses=many(CustomerWords),
        examples=examples.LIST,
    )
    def get(self, request: Any) -> Response:
        query, conditions = self.query_list(CustomerListQuery, CustomerFilterSet)
        rows = customers(actor=self.actor, conditions=conditions)
        order = query.get("sort", NEWEST_FIRST)
        page = page_of(
            rows,
            order=order,
            columns=CustomerWords.columns(),
            number=query["page"],
            size=query["per_page"],
            unknown_last=ascending_text(order),
        )
        return Response(
            {"data": show_customers(page.rows, self.actor), "pagination": pagination(page)}
        )

    @extend_schema(
        operation_id="create_customer",
        request=CustomerWords,
        responses={201: one(CustomerWords)},
        examples=examples.CREATE,
    )
    def post(self, request: Any) -> Response:
        self.allow(create_customer)
        values = self.body(CustomerWords)
        _refuse_incomplete(values)
        return self.once(lambda: self.answer(create_customer(actor=self.actor, values=values), 201))


def _refuse_incomplete(values: dict[str, Any]) -> None:
    """The native API wants both names and a way to reach the customer. Raises Unreadable."""

    def missing(name: str) -> bool:
        value = values.get(name)
        return not (value.strip() if isinstance(value, str) else value)

    needed = [name for name in ("first_name", "last_name") if missing(name)]
    if missing("email") and missing("phone"):
        needed.append("email")
    if needed:
        messages = {"email": "An e-mail or a phone number is required."}
        raise Unreadable(
            {
                name: [Fault("required", messages.get(name, "This field is required."))]
                for name in needed
            }
        )


INSIGHTS = inline_serializer(
    "Insights",
    {
        "health_score": serializers.IntegerField(min_value=0, max_value=100),
        "nps_category": serializers.CharField(allow_null=True),
        "is_at_risk": serializers.BooleanField(),
        "opportunities": serializers.ListField(child=serializers.CharField()),
        "recommendations": serializers.ListField(child=serializers.CharField()),
    },
)
DETAIL = inline_serializer(
    "CustomerDetail",
    {
        "data": CustomerWords(),
        "insights": INSIGHTS,
        "interaction_history": InteractionWords(many=True, required=False),
        "projects": ProjectWords(many=True, required=False),
    },
)


class CustomerItem(CustomerView):
    versioned = ("PUT", "PATCH", "DELETE")

    @extend_schema(
        operation_id="read_customer",
        parameters=[CustomerDetailQuery],
        responses=DETAIL,
        examples=examples.DETAIL,
    )
    def get(self, request: Any, customer_id: str) -> Response:
        query = self.query(CustomerDetailQuery)
        row = customer(actor=self.actor, customer_id=self.id(customer_id))
        response = self.answer(row)
        found = insights(actor=self.actor, customer=row)
        response.data["insights"] = {name: getattr(found, name) for name in found.__slots__}
        if query["include_history"]:
            response.data["interaction_history"] = shown_interactions(self, row.pk, HISTORY)
        if query["include_projects"]:
            response.data["projects"] = shown_projects(self, row.pk)
        return response

    @extend_schema(
        operation_id="update_customer",
        request=CustomerWords,
        responses=one(CustomerWords),
        examples=examples.UPDATE,
    )
    def put(self, request: Any, customer_id: str) -> Response:
        self.allow(update_customer)
        key = self.id(customer_id)
        version = self.if_version()
        return self.answer(
            update_customer(
                actor=self.actor,
                customer_id=key,
                values=self.body(CustomerWords),
                if_version=version,
            )
        )

    @extend_schema(
        operation_id="patch_customer", request=CustomerWords, responses=one(CustomerWords)
    )
    def patch(self, request: Any, customer_id: str) -> Response:
        return self.put(request, customer_id)

    @extend_schema(
        operation_id="delete_customer", request=None, responses=message(), examples=examples.DELETE
    )
    def delete(self, request: Any, customer_id: str) -> Response:
        self.allow(delete_customer)
        delete_customer(
            actor=self.actor, customer_id=self.id(customer_id), if_version=self.if_version()
        )
        return Response({"message": f"Customer {customer_id} deleted successfully"})


class CustomerRestore(CustomerView):
    @extend_schema(operation_id="restore_customer", request=None, responses=one(CustomerWords))
    def post(self, request: Any, customer_id: str) -> Response:
        self.allow(restore_customer)
        return self.answer(restore_customer(actor=self.actor, customer_id=self.id(customer_id)))


def shown_interactions(
    view: RoofingView, key: UUID, limit: int, kind: str = ""
) -> list[dict[str, Any]]:
    rows = interactions(
        actor=view.actor, conditions=InteractionConditions(customer_id=key, type=kind or None)
    )
    return InteractionWords.show_all(
        rows.order_by("-occurred_at", "-id").values(*InteractionWords.columns())[:limit]
    )


def shown_projects(view: RoofingView, key: UUID) -> list[dict[str, Any]]:
    rows = projects(actor=view.actor, conditions=ProjectConditions(customer_id=key))
    return ProjectWords.show_all(
        rows.order_by("-created_at", "-id").values(*ProjectWords.columns())
    )


class CustomerProjects(RoofingView):
    @extend_schema(
        operation_id="list_customer_projects",
        responses=inline_serializer(
            "CustomerProjectsAnswer",
            {
                "data": ProjectWords(many=True),
                "count": serializers.IntegerField(),
                "total_value": serializers.FloatField(),
            },
        ),
        examples=examples.PROJECTS,
    )
    def get(self, request: Any, customer_id: str) -> Response:
        self.query(Query)
        row = customer(actor=self.actor, customer_id=self.id(customer_id))
        shown = shown_projects(self, row.pk)
        return Response({"data": shown, "count": len(shown), "total_value": row.lifetime_value})


class CustomerInteractions(RoofingView):
    replays = True

    @extend_schema(
        operation_id="list_customer_interactions",
        parameters=[InteractionsQuery],
        responses=inline_serializer(
            "CustomerInteractionsAnswer",
            {"data": InteractionWords(many=True), "count": serializers.IntegerField()},
        ),
        examples=examples.INTERACTIONS,
    )
    def get(self, request: Any, customer_id: str) -> Response:
        query = self.query(InteractionsQuery)
        kind = query.get("type", "")
        if kind and kind not in InteractionType.values:
            raise Unreadable(
                {
                    "type": [
                        Fault(
                            "invalid_choice",
                            f"“{kind}” is not one of: {', '.join(InteractionType.values)}.",
                        )
                    ]
                }
            )
        row = customer(actor=self.actor, customer_id=self.id(customer_id))
        count = interactions(
            actor=self.actor,
            conditions=InteractionConditions(customer_id=row.pk, type=kind or None),
        ).count()
        shown = shown_interactions(self, row.pk, min(query["limit"], MOST_INTERACTIONS), kind)
        return Response({"data": shown, "count": count})

    @extend_schema(
        operation_id="create_customer_interaction",
        request=InteractionWords,
        responses={201: one(InteractionWords)},
        examples=examples.INTERACTION,
    )
    def post(self, request: Any, customer_id: str) -> Response:
        self.allow(log_interaction)
        key = customer(actor=self.reader, customer_id=self.id(customer_id)).pk
        values = self.body(InteractionWords) | {"customer": key}

        def work() -> Response:
            interaction = log_interaction(actor=self.actor, values=values)
            email = self.actor.label if self.actor.kind == "user" else None
            return Response(
                {"data": InteractionWords.show({**vars(interaction), "created_by__email": email})},
                status=201,
            )

        return self.once(work)


class CustomerLifetimeValue(RoofingView):
    @extend_schema(
        operation_id="calculate_ltv",
        request=None,
        responses=inline_serializer(
            "LifetimeValue",
            {
                "customer_id": serializers.UUIDField(),
                "lifetime_value": serializers.FloatField(),
                "projects_count": serializers.IntegerField(),
                "average_project_value": serializers.IntegerField(),
            },
        ),
        examples=examples.LIFETIME_VALUE,
    )
    def post(self, request: Any, customer_id: str) -> Response:
        self.allow(recalculate_lifetime_value)
        row = recalculate_lifetime_value(actor=self.actor, customer_id=self.id(customer_id))
        shown = CustomerWords.show({**as_row(row)})
        return Response(
            {
                "customer_id": row.pk,
                "lifetime_value": shown["lifetime_value"],
                "projects_count": shown["project_count"],
                "average_project_value": shown["avg_project_value"],
            }
        )


_COUNTS = serializers.DictField(child=serializers.IntegerField())


class CustomerStatistics(RoofingView):
    @extend_schema(
        operation_id="customer_statistics",
        responses=inline_serializer(
            "CustomerStatistics",
            {
                "total_customers": serializers.IntegerField(),
                "total_revenue": serializers.FloatField(),
                "avg_lifetime_value": serializers.IntegerField(),
                **dict.fromkeys(
                    ["by_status", "by_segment", "by_location", "by_source", "nps_breakdown"],
                    _COUNTS,
                ),
            },
        ),
        examples=examples.STATISTICS,
    )
    def get(self, request: Any) -> Response:
        self.actor.require(Permission.VIEW_STATISTICS)
        self.query(Query)
        figures = customer_statistics(actor=self.actor)
        return Response(
            {
                "total_customers": figures.total,
                "total_revenue": figures.revenue,
                "avg_lifetime_value": figures.average_value,
                "by_status": figures.by_status,
                "by_segment": figures.by_segment,
                "by_location": figures.by_city,
                "by_source": figures.by_source,
                "nps_breakdown": {
                    "promoters": figures.promoters,
                    "passives": figures.passives,
                    "detractors": figures.detractors,
                    "nps_score": figures.nps,
                },
            }
        )


class CustomerBulkUpdate(RoofingView):
    allowances = {"POST": ["bulk"]}

    @extend_schema(
        operation_id="bulk_update_customers",
        request=inline_serializer(
            "BulkUpdate",
            {
                "customer_ids": serializers.ListField(child=serializers.UUIDField()),
                "updates": BulkWords(),
            },
        ),
        responses={
            207: inline_serializer(
                "BulkUpdateAnswer",
                {
                    "message": serializers.CharField(),
                    "updated": serializers.IntegerField(),
                    "requested": serializers.IntegerField(),
                    "failed": serializers.ListField(child=serializers.UUIDField()),
                },
            )
        },
        examples=examples.BULK,
    )
    def post(self, request: Any) -> Response:
        self.allow(bulk_update_customers)
        ids, updates = self._read()
        try:
            found = bulk_update_customers(actor=self.actor, customer_ids=ids, values=updates)
        except Invalid as error:
            raise Unreadable(
                {f"updates.{BulkWords.key_of(name)}": items for name, items in error.faults.items()}
            ) from error
        missing = [key for key in ids if key not in set(found)]
        answer = {
            "message": f"Updated {len(found)} customers",
            "updated": len(found),
            "requested": len(ids),
            "failed": missing,
        }
        return Response(answer, status=207)

    def _read(self) -> tuple[list[UUID], dict[str, Any]]:
        data = self.asked("customer_ids", "updates")
        faults: dict[str, list[Fault]] = {}
        raw, updates = data.get("customer_ids"), data.get("updates")
        ids = [parse_id(item) for item in raw] if isinstance(raw, list) else []
        if not ids or len(ids) > MOST_IN_BULK:
            faults["customer_ids"] = [
                Fault("invalid_list", f"Must be a list of 1 to {MOST_IN_BULK} customer IDs.")
            ]
        elif None in ids:
            bad = [str(item) for item, key in zip(raw or [], ids, strict=True) if key is None]
            faults["customer_ids"] = [
                Fault("invalid_id", f"Invalid customer ID format: {', '.join(bad[:10])}")
            ]
        if not isinstance(updates, dict) or not updates:
            faults["updates"] = [
                Fault("invalid_object", "Must be an object with at least one field.")
            ]
        if faults:
            raise Unreadable(faults)
        try:
            values = BulkWords.read(updates or {}, refuse_read_only=True)
        except Unreadable as error:
            raise Unreadable(
                {f"updates.{name}": items for name, items in error.faults.items()}
            ) from error
        return list(dict.fromkeys(key for key in ids if key is not None)), values


class CustomerExport(RoofingView):
    allowances = {"GET": ["export"]}

    @extend_schema(
        operation_id="export_customers",
        parameters=[ExportQuery, *filter_parameters(CustomerFilterSet)],
        responses={(200, "text/csv"): str},
    )
    def get(self, request: Any) -> StreamingHttpResponse:
        self.allow(export)
        query, conditions = self.query_list(ExportQuery, CustomerFilterSet)
        chosen = choose(query.get("fields") or CUSTOMERS.usual, CUSTOMER_COLUMNS)
        selection = export(
            actor=self.actor, resource="customers", columns=chosen, conditions=conditions
        )
        return attachment(
            selection.text(Format.CSV), "text/csv", f"customers_{now():%Y%m%d_%H%M%S}.csv"
        )
