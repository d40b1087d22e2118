"""Who was merged into whom, and undoing it; merging itself stands with the customers."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.kernel.mixins import ListMixin, RetrieveMixin
from crm.api.roofing.serializers.merges import MergeSerializer, UnmergedSerializer
from crm.api.roofing.viewsets.base import READING, RoofingViewSet
from customers.filters import MergeFilterSet
from customers.selectors.merges import merges
from customers.services.unmerging import undo_merge


class MergeViewSet(RoofingViewSet, ListMixin, RetrieveMixin):
    """The newest first."""

    noun = "Merge"
    serializer_class = MergeSerializer
    filterset_class = MergeFilterSet
    selector = merges
    lookup_url_kwarg = "row_id"
    versioned = False
    ordering = ("-id",)
    services = READING | {"undo": undo_merge}
    input_serializers = {"undo": None}
    documented_headers = {"Idempotency-Key": ("undo",)}

    @extend_schema(request=None, responses=UnmergedSerializer)
    @action(
        detail=True,
        methods=["post"],
        error_examples={409: {"error": "This merge is undone already"}},
    )
    def undo(self, request: Request, row_id: str) -> Response:
        """
        Makes two customers of one again. Records that moved go back, and so do values that nobody
        has changed since; what came or was changed since stays with the survivor and is listed.
        """
        key = self.lookup_key

        def work() -> Response:
            result = undo_merge(actor=self.actor, merge_id=key)
            shown = self.get_serializer(self.get_row(key, self.reader)).data
            kept = {"kept_count": result.kept_count, "kept": result.kept}
            return Response({"data": shown, **kept})

        return self.once(work)
