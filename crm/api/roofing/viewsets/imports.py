"""Files that are taken in: checked, run, reported, taken back."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import MalformedId
from core.ids import parse_id
from core.imports.filters import ImportFilterSet, ImportRowFilterSet
from core.imports.models import ImportState
from core.imports.services import (
    cancel_import,
    change_import,
    check_import,
    failed_rows,
    get_import,
    import_rows,
    imports,
    run_import,
    undo_import,
)
from core.jobs.models import Job
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from crm.api.kernel.downloads import attachment
from crm.api.kernel.forms import FormParser
from crm.api.kernel.json import JSONParser
from crm.api.kernel.mixins import ListMixin
from crm.api.roofing.serializers.answers import in_data
from crm.api.roofing.serializers.changes import UndoneSerializer
from crm.api.roofing.serializers.imports import (
    FileImportRowSerializer,
    FileImportSerializer,
    ImportChangeSerializer,
    ImportRequestSerializer,
)
from crm.api.roofing.serializers.jobs import JobSerializer
from crm.api.roofing.viewsets.base import RoofingViewSet
from crm.api.roofing.viewsets.jobs import WorkViewSet

_ANSWERS = {201: in_data(FileImportSerializer), 202: in_data(FileImportSerializer)}
_RUN = {200: in_data(FileImportSerializer), 202: in_data(FileImportSerializer)}
_UNCHECKED = {409: {"error": "The file isn't checked yet, or its check has failed"}}


class FileImportViewSet(WorkViewSet):
    """
    Files of customers and of what belongs to them. A file is checked first: nothing is written, and
    the report says what would become of each row. Reading takes who may import, but for a key that
    only feeds data in: reports name customers.
    """

    noun = "Import"
    serializer_class = FileImportSerializer
    filterset_class = ImportFilterSet
    selector = imports
    service_kwarg = "import_id"
    versioned = True
    reads_back = True
    services = {
        "list": Permission.VIEW,
        "retrieve": Permission.VIEW,
        "create": Permission.IMPORT,
        "update": Permission.IMPORT,
        "run": Permission.IMPORT,
        "cancel": Permission.IMPORT,
        "undo": Permission.IMPORT,
        "failed": Permission.VIEW,
    }
    input_serializers = {
        "create": ImportRequestSerializer,
        "update": ImportChangeSerializer,
        "run": None,
        "cancel": None,
        "undo": None,
    }
    documented_headers = {
        "If-Match": ("partial_update", "run", "cancel", "undo"),
        "Idempotency-Key": ("create", "run", "undo"),
    }

    def get_parsers(self) -> list[BaseParser]:
        """A form only where it brings a file."""
        # the action isn't known yet, but for the documents, which have no request
        method = self.request.method.lower() if self.request else ""
        action = self.action_map.get(method, getattr(self, "action", None))
        return [JSONParser(), FormParser()] if action == "create" else [JSONParser()]

    @property
    def throttle_scope(self) -> str | None:  # type: ignore[override]
        return "bulk" if self.action == "create" else None

    def list(self, request: Request, **kwargs: Any) -> Response:
        """The organization's imports, newest first."""
        return super().list(request, **kwargs)

    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        """How far it is, its counts, how the file was read and what its columns mean."""
        return super().retrieve(request, **kwargs)

    @extend_schema(responses=_ANSWERS)
    def create(self, request: Request, **kwargs: Any) -> Response:
        """
        Takes a file and checks it: 201 with the report's counts, or 202 while a job does it. CSV of
        any encoding and separator, XLSX, JSON or JSON lines, up to 9 MB and 100,000 rows; as a form
        with a `file`, or as JSON with `rows`, `text` or `base64`.
        """
        serializer = self.get_valid_serializer()

        def work() -> Response:
            row = check_import(actor=self.actor, **serializer.validated_data)
            return self._answer(row.pk, checked=201)

        return self.once(work)

    @extend_schema(responses=_RUN)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """
        Has the file checked anew, read otherwise, with other fields for its columns, or with
        corrected cells. What isn't sent stays.
        """
        row = get_import(actor=self.actor, import_id=self.lookup_key)
        serializer = self.get_valid_serializer(instance=row.options)
        change_import(
            actor=self.actor,
            import_id=row.pk,
            **serializer.validated_data,
            **self.get_precondition(),
        )
        return self._answer(row.pk)

    @extend_schema(request=None, responses=_RUN)
    @action(detail=True, methods=["post"], error_examples=_UNCHECKED)
    def run(self, request: Request, row_id: str) -> Response:
        """Writes the rows of a checked file; begun again after a kill, it writes none twice."""
        key = self.lookup_key

        def work() -> Response:
            row = run_import(actor=self.actor, import_id=key, **self.get_precondition())
            return self._answer(row.pk)

        return self.once(work)

    @extend_schema(request=None, responses=in_data(FileImportSerializer))
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, row_id: str) -> Response:
        """
        Calls off what goes on; a finished one stays as it is. Rows that are written stay, and can
        be taken back.
        """
        row = cancel_import(actor=self.actor, import_id=self.lookup_key, **self.get_precondition())
        return self.answer(self.get_written(row))

    @extend_schema(
        request=None, responses={200: in_data(UndoneSerializer), 202: in_data(JobSerializer)}
    )
    @action(
        detail=True,
        methods=["post"],
        error_examples={
            409: {"error": "Nothing of this import is written, so there is nothing to take back"}
        },
    )
    def undo(self, request: Request, row_id: str) -> Response:
        """
        Takes back what it created and updated, but for records that somebody has touched since. Of
        more than 200 a job does it, whose result says the same.
        """
        key = self.lookup_key

        def work() -> Response:
            result = undo_import(actor=self.actor, import_id=key, **self.get_precondition())
            if isinstance(result, Job):
                return Response({"data": JobSerializer(result).data}, status=202)
            return Response({"data": asdict(result)})

        return self.once(work)

    @extend_schema(responses={(200, "text/csv"): bytes})
    @action(detail=True)
    def failed(self, request: Request, row_id: str) -> StreamingHttpResponse:
        """The rows that were refused, as a CSV with the file's columns and the reasons."""
        key = self.lookup_key
        pieces = failed_rows(actor=self.actor, import_id=key)
        return attachment(pieces, "text/csv; charset=utf-8", f"failed_rows_{key}.csv")

    def _answer(self, key: UUID, *, checked: int = 200) -> Response:
        row = self.get_row(key, self.reader)
        going_on = row["state"] in (ImportState.CHECKING, ImportState.RUNNING)
        return self.answer(row, status=202 if going_on else checked)


class FileImportRowViewSet(RoofingViewSet, ListMixin):
    """What became (or would become) of each row of a file, in its order."""

    noun = "Import row"
    serializer_class = FileImportRowSerializer
    filterset_class = ImportRowFilterSet
    selector = import_rows
    versioned = False
    ordering = ("line",)
    services = {"list": Permission.VIEW}

    def select(self, actor: Actor, **chosen: Any) -> "QuerySet[Any]":
        text = self.kwargs["import_id"]
        key = parse_id(text)
        if key is None:
            raise MalformedId("Import", text)
        row = get_import(actor=actor, import_id=key)
        return super().select(actor, import_id=row.pk, **chosen)
