"""What was changed together, and taking it back."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.changes.selectors import change_sets
from core.changes.services import undo_change_set
from core.jobs.models import Job
from core.tenancy.policy import Permission
from crm.api.kernel.mixins import ListMixin, RetrieveMixin
from crm.api.roofing.serializers.answers import in_data
from crm.api.roofing.serializers.changes import ChangeSetSerializer, UndoneSerializer
from crm.api.roofing.serializers.jobs import JobSerializer
from crm.api.roofing.viewsets.base import RoofingViewSet


class ChangeSetViewSet(RoofingViewSet, ListMixin, RetrieveMixin):
    """
    What one request, form, job or import changed, the newest first: one's own, and everybody's for
    who may change customers; for as long as it can be taken back.
    """

    noun = "Change"
    serializer_class = ChangeSetSerializer
    selector = change_sets
    lookup_url_kwarg = "row_id"
    versioned = False
    ordering = ("-id",)
    services = {
        "list": Permission.UNDO,
        "retrieve": Permission.UNDO,
        "undo": undo_change_set,
    }
    input_serializers = {"undo": None}
    documented_headers = {"Idempotency-Key": ("undo",)}

    @extend_schema(
        request=None,
        responses={200: in_data(UndoneSerializer), 202: in_data(JobSerializer)},
    )
    @action(
        detail=True,
        methods=["post"],
        error_examples={
            409: {
                "error": "These changes are still being made; wait until the job has ended, "
                "or cancel it."
            }
        },
    )
    def undo(self, request: Request, row_id: str) -> Response:
        """
        Gives every record that nobody has touched since back what it was. What somebody touched,
        and what has left, is listed and left alone. Of more than 200 records a job does it, whose
        result says the same.
        """
        key = self.lookup_key

        def work() -> Response:
            result = undo_change_set(actor=self.actor, set_id=key)
            if isinstance(result, Job):
                return Response({"data": JobSerializer(result).data}, status=202)
            return Response({"data": asdict(result)})

        return self.once(work)
