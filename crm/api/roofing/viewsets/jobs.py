"""Exports, and other work in the background."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.exports.services import delete_export, download, exports, start_export
from core.exports.streaming import CONTENT_TYPES, Format
from core.jobs.filters import ExportFilterSet, JobFilterSet
from core.jobs.services import cancel, jobs
from core.tenancy.policy import Permission
from crm.api.kernel.downloads import attachment
from crm.api.kernel.mixins import CreateMixin, DestroyMixin, ListMixin, RetrieveMixin
from crm.api.kernel.permissions import IsSignedIn
from crm.api.roofing.serializers.jobs import (
    KINDS,
    ExportRequestSerializer,
    ExportSerializer,
    JobRequestSerializer,
    JobSerializer,
)
from crm.api.roofing.viewsets.base import RoofingViewSet
from customers.services.jobs import start_recalculation


class WorkViewSet(RoofingViewSet, ListMixin, CreateMixin, RetrieveMixin):
    """What is asked for, and done in the background."""

    lookup_url_kwarg = "row_id"
    service_kwarg = "job_id"
    versioned = False
    ordering = ("-id",)


class ExportViewSet(WorkViewSet, DestroyMixin):
    noun = "Export"
    serializer_class = ExportSerializer
    filterset_class = ExportFilterSet
    selector = exports
    services = {
        "list": Permission.EXPORT,
        "retrieve": Permission.EXPORT,
        "create": start_export,
        "destroy": delete_export,
        "download": Permission.EXPORT,
    }
    input_serializers = {"create": ExportRequestSerializer}

    @property
    def throttle_scope(self) -> str | None:  # type: ignore[override]
        return "export" if self.action == "create" else None

    def list(self, request: Request, **kwargs: Any) -> Response:
        """The organization's exports, newest first."""
        return super().list(request, **kwargs)

    def create(self, request: Request, **kwargs: Any) -> Response:
        """A wrong resource, format, column or filter is refused before anything starts."""
        return super().create(request, **kwargs)

    def perform_create(self, serializer: Any) -> Any:
        return start_export(actor=self.actor, **serializer.validated_data)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Calls off one that is under way; deletes the file of one that is finished."""
        return super().destroy(request, **kwargs)

    @extend_schema(
        responses={(200, kind.partition(";")[0]): bytes for kind in CONTENT_TYPES.values()}
    )
    @action(
        detail=True,
        error_examples={
            409: {"error": "The export isn't finished yet"},
            410: {"error": "The file of this export is no longer there; start it again"},
        },
    )
    def download(self, request: Request, row_id: str) -> StreamingHttpResponse:
        """The file; 409 while it is being written, 410 when it has expired."""
        file, job = download(actor=self.actor, job_id=self.lookup_key)
        form = Format(job.parameters["format"])
        name = f"{job.parameters['resource']}_{job.finished_at:%Y%m%d_%H%M%S}.{form}"
        response = attachment(file.chunks(), CONTENT_TYPES[form], name)
        response.headers["Content-Length"] = str(file.size)
        return response


class JobViewSet(WorkViewSet):
    noun = "Job"
    serializer_class = JobSerializer
    filterset_class = JobFilterSet
    selector = jobs
    services = {
        "list": Permission.EXPORT,
        "retrieve": Permission.EXPORT,
        "create": start_recalculation,
    }
    input_serializers = {"create": JobRequestSerializer, "cancel": None}

    def list(self, request: Request, **kwargs: Any) -> Response:
        """The organization's background work, newest first."""
        return super().list(request, **kwargs)

    def create(self, request: Request, **kwargs: Any) -> Response:
        """
        Starts a recalculation of all computed values; while one is waiting already, that one is the
        answer.
        """
        return super().create(request, **kwargs)

    def perform_create(self, serializer: Any) -> Any:
        return KINDS[serializer.validated_data["kind"]](actor=self.actor)

    @action(detail=True, methods=["post"], permission_classes=(IsSignedIn,))
    def cancel(self, request: Request, row_id: str) -> Response:
        """
        At once while it waits, within seconds while it runs; a finished one stays as it is. Takes
        who may ask for such work.
        """
        return self.answer(cancel(actor=self.actor, job_id=self.lookup_key))
