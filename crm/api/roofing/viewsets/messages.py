"""What gateways do: hand in what arrives, and say how what they sent has fared."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.tenancy.policy import Permission
from crm.api.kernel.mixins import RetrieveMixin
from crm.api.roofing.serializers.answers import in_data
from crm.api.roofing.serializers.resources import (
    ConversationMessageSerializer,
    DeliveryReportSerializer,
    GatewaySerializer,
    InboundMessageSerializer,
    ReplyTemplateSerializer,
)
from crm.api.roofing.viewsets.base import READING, DeletableViewSet, RoofingViewSet
from interactions.delivery import (
    connect_channel,
    disconnect_channel,
    report_delivery,
    update_gateway,
)
from interactions.replies import (
    create_reply_template,
    delete_reply_template,
    update_reply_template,
)
from interactions.selectors import every_message, gateways, reply_templates
from interactions.services import receive_message


class MessageViewSet(RoofingViewSet, RetrieveMixin):
    noun = "Message"
    serializer_class = ConversationMessageSerializer
    selector = every_message
    lookup_url_kwarg = "row_id"
    versioned = False
    services = {
        "retrieve": Permission.VIEW,
        "inbound": receive_message,
        "status": report_delivery,
    }
    input_serializers = {
        "inbound": InboundMessageSerializer,
        "status": DeliveryReportSerializer,
    }
    documented_headers = {"Idempotency-Key": ("inbound",)}

    @extend_schema(responses={201: in_data(ConversationMessageSerializer)})
    @action(detail=False, methods=["post"])
    def inbound(self, request: Request) -> Response:
        """
        A message that arrived, once for each `provider_id`: a repeat is answered with the one that
        is there. An unknown sender becomes a customer.
        """
        values = self.get_valid_serializer().validated_data

        def work() -> Response:
            return self.answer(receive_message(actor=self.actor, **values), status=201)

        return self.once(work)

    @extend_schema(responses=in_data(ConversationMessageSerializer))
    @action(detail=True, methods=["post"])
    def status(self, request: Request, row_id: str) -> Response:
        """
        How a message has fared. Reports may come late, twice and out of order: the furthest stands.
        """
        values: dict[str, Any] = self.get_valid_serializer().validated_data
        row = report_delivery(actor=self.actor, message_id=self.lookup_key, values=values)
        return self.answer(row)


class GatewayViewSet(DeletableViewSet):
    """Which webhook carries the messages of which channel."""

    noun = "Gateway"
    serializer_class = GatewaySerializer
    selector = gateways
    ordering = ("channel", "id")
    service_kwarg = "gateway_id"
    services = {
        "list": Permission.MANAGE_WEBHOOKS,
        "retrieve": Permission.MANAGE_WEBHOOKS,
        "create": connect_channel,
        "update": update_gateway,
        "destroy": disconnect_channel,
    }


class ReplyTemplateViewSet(DeletableViewSet):
    """Saved replies. `{first_name}` and the like stand in the text until a person chooses it."""

    noun = "Reply template"
    serializer_class = ReplyTemplateSerializer
    selector = reply_templates
    ordering = ("name", "id")
    service_kwarg = "template_id"
    services = READING | {
        "create": create_reply_template,
        "update": update_reply_template,
        "destroy": delete_reply_template,
    }
