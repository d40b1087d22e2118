"""
The list of customers as written in an afternoon: serializer, joins, exact count, DRF's own pages
and throttle. It lacks the tags.
"""

from typing import ClassVar

from django.conf import settings
from django.urls import path
from rest_framework import generics, pagination, serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle

from bench.client import APPLICATION  # before the models: it sets Django up
from core.identity.models import User
from core.tenancy.models import Organization
from customers.models import Customer

application = APPLICATION


class Tagged(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = Customer
        exclude: ClassVar[list[str]] = ["password", "search_text"]
        validators: ClassVar[list[object]] = []
        read_only_fields: ClassVar[list[str]] = [
            field.name for field in Customer._meta.concrete_fields
        ]


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


class Customers(generics.ListAPIView):  # type: ignore[type-arg]
    authentication_classes = (SignedIn,)
    permission_classes = ()
    throttle_classes = (Throttle,)
    pagination_class = Pages
    serializer_class = Tagged

    def get_queryset(self):  # type: ignore[no-untyped-def]
        organization = Organization.objects.get(slug="demo")
        rows = Customer.objects.unscoped().filter(
            organization=organization, environment="live", deleted_at=None
        )
        return (
            rows.filter(status="active", lifetime_value__gte=10000)
            .select_related("assigned_to", "referred_by")
            .order_by("-created_at")
        )


urlpatterns = [path("naive", Customers.as_view())]
settings.ROOT_URLCONF = "bench.naive"
