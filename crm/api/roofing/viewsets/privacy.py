"""The wordings of consents, and what people ask for under data protection law."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.tenancy.policy import Permission
from crm.api.roofing.serializers.privacy import (
    ConsentWordingSerializer,
    WordingVersionSerializer,
)
from crm.api.roofing.viewsets.base import READING, DeletableViewSet
from customers.filters import WordingFilterSet
from customers.selectors.consents import wording_versions, wordings
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
