"""
The same customers as written in an afternoon, which every line may be compared with: a
ModelSerializer, joins, an exact count, DRF's own search, pages and throttle, save() and checks
before it.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Avg, Count, Sum
from rest_framework import filters, pagination, serializers, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.throttling import AnonRateThrottle

from bench import client  # before the models: it sets Django up
from core.identity.models import User
from core.tenancy.models import Organization
from customers.models import Customer, CustomerTag, Project
from interactions.models import Interaction

assert client.APPLICATION


class Plain(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = Customer
        exclude: ClassVar[list[str]] = ["password", "search_text", "sensitive_values"]
        validators: ClassVar[list[object]] = []
        read_only_fields: ClassVar[list[str]] = [
            field.name
            for field in Customer._meta.concrete_fields
            if field.is_relation or not field.editable
        ]

    def create(self, validated_data: Any) -> Customer:
        row = Customer(**validated_data)
        row.save(force_insert=True)
        return row


class Whole(Plain):
    """With what belongs to the customer."""

    tags = serializers.SerializerMethodField()
    interactions = serializers.SerializerMethodField()
    projects = serializers.SerializerMethodField()

    def get_tags(self, row: Customer) -> list[str]:
        links = CustomerTag.objects.unscoped().filter(customer=row).select_related("tag")
        return [link.tag.name for link in links]

    def get_interactions(self, row: Customer) -> Any:
        rows = Interaction.objects.unscoped().filter(customer=row).order_by("-occurred_at")[:50]
        return Contact(rows, many=True).data

    def get_projects(self, row: Customer) -> Any:
        return Work(Project.objects.unscoped().filter(customer=row), many=True).data


class Contact(serializers.ModelSerializer):  # type: ignore[type-arg]
    created_by_email = serializers.EmailField(source="created_by.email", default=None)

    class Meta:
        model = Interaction
        exclude: ClassVar[list[str]] = ["organization", "customer", "created_by"]


class Work(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = Project
        exclude: ClassVar[list[str]] = ["organization", "customer"]


class Pages(pagination.PageNumberPagination):
    page_size = 50


class Throttle(AnonRateThrottle):
    rate = "100000000/hour"


class SignedIn(BaseAuthentication):
    """A user's row for each request."""

    def authenticate(self, request: Request) -> tuple[User, None]:
        return User.objects.unscoped().select_related("organization").get(
            email="admin@demo.test"
        ), None


class Customers(viewsets.ModelViewSet):  # type: ignore[type-arg]
    authentication_classes = (SignedIn,)
    permission_classes = ()
    throttle_classes = (Throttle,)
    pagination_class = Pages
    filter_backends = (filters.SearchFilter,)
    search_fields = ("first_name", "last_name", "company_name", "email", "phone")

    def handle_exception(self, exc: Exception) -> Response:
        raise exc

    def get_serializer_class(self) -> Any:
        return Whole if self.action == "retrieve" else Plain

    def get_queryset(self) -> Any:
        organization = Organization.objects.get(slug="demo")
        rows = Customer.objects.unscoped().filter(
            organization=organization, environment="live", deleted_at=None
        )
        asked = self.request.query_params
        if "status" in asked:
            rows = rows.filter(status=asked["status"])
        if "min_lifetime_value" in asked:
            rows = rows.filter(lifetime_value__gte=asked["min_lifetime_value"])
        return rows.select_related("assigned_to", "referred_by").order_by("-created_at")

    def perform_create(self, serializer: Any) -> None:
        values, rows = serializer.validated_data, self.get_queryset()
        for name in ("email", "phone"):
            if values.get(name) and rows.filter(**{name: values[name]}).exists():
                raise serializers.ValidationError({name: "is taken"})
        serializer.save(organization=self.request.user.organization, email_key=values["email"])

    @action(detail=False)
    def stats(self, request: Request) -> Response:
        rows = self.get_queryset().order_by()
        by = ("status", "segment", "engagement", "source", "city")
        return Response(
            {
                "total": rows.count(),
                "worth": rows.aggregate(Sum("lifetime_value"), Avg("lifetime_value")),
                "at_risk": rows.filter(is_at_risk=True).count(),
                "promoters": rows.filter(nps_score__gte=9).count(),
                **{name: list(rows.values(name).annotate(Count("pk"))) for name in by},
            }
        )


def ordinary(
    method: str,
    query: str = "",
    body: Callable[[], Any] | None = None,
    *,
    act: str = "list",
    **ids: Any,
) -> Callable[[], Any]:
    """A request of the view alone, without any middleware."""
    view = Customers.as_view({method: act})
    make = getattr(APIRequestFactory(SERVER_NAME="127.0.0.1"), method)

    def work() -> None:
        sent = {"data": body(), "format": "json"} if body else {}
        answer = view(make(f"/naive{query}", **sent), **ids).render()
        assert answer.status_code < 300, answer.content

    return work
