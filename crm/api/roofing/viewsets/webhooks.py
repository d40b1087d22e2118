"""Webhooks, their deliveries, and sending again."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import MalformedId
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.webhooks.filters import DeliveryFilterSet
from core.webhooks.selectors import attempts, deliveries, endpoints
from core.webhooks.services import (
    create_endpoint,
    delete_endpoint,
    replay,
    replay_between,
    rotate_secret,
    send_test,
    update_endpoint,
)
from crm.api.kernel.mixins import ListMixin, RetrieveMixin
from crm.api.roofing.serializers.answers import in_data
from crm.api.roofing.serializers.webhooks import (
    AttemptSerializer,
    DeliverySerializer,
    ReplayedSerializer,
    ReplaySerializer,
    WebhookSecretSerializer,
    WebhookSerializer,
)
from crm.api.roofing.viewsets.base import DeletableViewSet, RoofingViewSet


class WebhookViewSet(DeletableViewSet):
    noun = "Webhook"
    serializer_class = WebhookSerializer
    selector = endpoints
    ordering = ("created_at", "id")
    service_kwarg = "endpoint_id"
    versioned = True
    services = {
        "list": Permission.MANAGE_WEBHOOKS,
        "retrieve": Permission.MANAGE_WEBHOOKS,
        "create": create_endpoint,
        "update": update_endpoint,
        "destroy": delete_endpoint,
        "rotate_secret": rotate_secret,
        "test": send_test,
        "replay": replay_between,
    }
    input_serializers = {"rotate_secret": None, "test": None, "replay": ReplaySerializer}
    documented_headers = DeletableViewSet.documented_headers | {
        "If-Match": ("update", "partial_update", "destroy", "rotate_secret")
    }

    @extend_schema(responses={201: in_data(WebhookSecretSerializer)})
    def create(self, request: Request, **kwargs: Any) -> Response:
        """The secret is shown in this answer and in none after it."""
        self.serializer_class = WebhookSecretSerializer
        return super().create(request, **kwargs)

    @extend_schema(responses=in_data(WebhookSecretSerializer))
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, row_id: str) -> Response:
        """Another secret; the former one signs beside it for 24 hours."""
        self.serializer_class = WebhookSecretSerializer
        key, precondition = self.lookup_key, self.get_precondition()
        return self.answer(rotate_secret(actor=self.actor, endpoint_id=key, **precondition))

    @extend_schema(responses={202: in_data(DeliverySerializer)})
    @action(detail=True, methods=["post"], serializer_class=DeliverySerializer)
    def test(self, request: Request, row_id: str) -> Response:
        """Sends a `webhook.test` message that means nothing."""
        return self.answer(send_test(actor=self.actor, endpoint_id=self.lookup_key), status=202)

    @extend_schema(responses={202: in_data(ReplayedSerializer)})
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, row_id: str) -> Response:
        """Sends again what came between two moments: what failed, or all of it."""
        values = self.get_valid_serializer().validated_data
        sent = replay_between(actor=self.actor, endpoint_id=self.lookup_key, **values)
        return Response({"data": {"deliveries": sent}}, status=202)


class WebhookDeliveryViewSet(RoofingViewSet, ListMixin, RetrieveMixin):
    """What a webhook was to be told, the newest first."""

    noun = "Delivery"
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilterSet
    selector = deliveries
    lookup_url_kwarg = "row_id"
    versioned = False
    ordering = ("-id",)
    services = {
        "list": Permission.MANAGE_WEBHOOKS,
        "retrieve": Permission.MANAGE_WEBHOOKS,
        "attempts": Permission.MANAGE_WEBHOOKS,
        "replay": replay,
    }
    input_serializers = {"replay": None}
    paged_actions = ("list", "attempts")

    def select(self, actor: Actor, **chosen: Any) -> "QuerySet[Any]":
        text = self.kwargs["webhook_id"]
        key = parse_id(text)
        if key is None:
            raise MalformedId("Webhook", text)
        return super().select(actor, endpoint_id=key, **chosen)

    @extend_schema(responses=AttemptSerializer(many=True))
    @action(detail=True, serializer_class=AttemptSerializer, ordering=("id",))
    def attempts(self, request: Request, **kwargs: Any) -> Response:
        """How each attempt went: the answer's status and start, or why there was none."""
        self.check_existence(self.lookup_key)
        return self.get_page(attempts(actor=self.actor, delivery_id=self.lookup_key))

    @extend_schema(responses={202: in_data(DeliverySerializer)})
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, **kwargs: Any) -> Response:
        """Sends it again: the same id, the same bytes."""
        self.check_existence(self.lookup_key)
        return self.answer(replay(actor=self.actor, delivery_id=self.lookup_key), status=202)
