"""Customers who may be one: the queue, and what people decide."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from crm.api.kernel.mixins import ListMixin, RetrieveMixin
from crm.api.roofing.serializers.answers import in_data
from crm.api.roofing.serializers.duplicates import DuplicateSerializer
from crm.api.roofing.viewsets.base import RoofingViewSet
from customers.filters import DuplicateConditions, DuplicateFilterSet
from customers.selectors.duplicates import duplicates, every_pair
from customers.services.duplicates import refuse_duplicate, reopen_duplicate


class DuplicateViewSet(RoofingViewSet, ListMixin, RetrieveMixin):
    """
    Pairs of customers who may be one person or company, the surest first: those that nobody has
    decided about, unless `status` asks for those that were refused.
    """

    noun = "Duplicate"
    serializer_class = DuplicateSerializer
    filterset_class = DuplicateFilterSet
    lookup_url_kwarg = "row_id"
    versioned = False
    reads_back = True
    ordering = ("-score", "id")
    services = {
        "list": Permission.MERGE,
        "retrieve": Permission.MERGE,
        "refuse": refuse_duplicate,
        "reopen": reopen_duplicate,
    }
    input_serializers = {"refuse": None, "reopen": None}
    documented_headers = {}

    @staticmethod
    def selector(*, actor: Actor, conditions: DuplicateConditions | None = None) -> Any:
        """A pair that is named is found whatever was decided."""
        return (
            duplicates(actor=actor, conditions=conditions)
            if conditions
            else every_pair(actor=actor)
        )

    @extend_schema(request=None, responses={200: in_data(DuplicateSerializer)})
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, row_id: str) -> Response:
        """These two are not the same: they are never offered as such again."""
        row = refuse_duplicate(actor=self.actor, pair_id=self.lookup_key)
        return self.answer(self.get_written(row))

    @extend_schema(request=None, responses={200: in_data(DuplicateSerializer)})
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, row_id: str) -> Response:
        """Takes a refusal back."""
        row = reopen_duplicate(actor=self.actor, pair_id=self.lookup_key)
        return self.answer(self.get_written(row))
