"""
Exports: files of customers, projects, interactions, appointments and transactions, written in the
background.
"""

from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from core.errors import Fault, Invalid
from core.exports.files import expires_at
from core.exports.services import delete_export, download, exports, get_export, start_export
from core.exports.streaming import CONTENT_TYPES, Format, parse_format
from core.exports.tables import choose, table
from core.filters import Conditions
from core.jobs.filters import ExportFilterSet
from core.jobs.models import Job, JobState
from core.tenancy.actor import Actor
from crm.api.kernel.downloads import attachment
from crm.api.kernel.filters import filter_parameters
from crm.api.kernel.queries import Query
from crm.api.kernel.words import Computed, Row, Unreadable, Word, Words
from crm.api.roofing.base import PageQuery, RoofingView, many, message, one
from crm.api.roofing.errors import error_statuses
from crm.api.roofing.words import CUSTOMER_COLUMNS

RESOURCES = list(settings.EXPORT_TABLES)


def columns_asked(resource: str, keys: Any) -> dict[str, str]:
    """
    The native keys asked for (the usual ones unless said) → the domain's columns. Raises
    Unreadable.
    """
    wanted = table(resource)
    known = CUSTOMER_COLUMNS if resource == "customers" else wanted.names
    chosen = (wanted.usual or list(known)) if keys is None else keys
    if (
        not isinstance(chosen, list | tuple)
        or not chosen
        or not all(isinstance(key, str) for key in chosen)
    ):
        raise Unreadable(
            {"columns": [Fault("invalid_list", "Must be a list of at least one column.")]}
        )
    return choose(chosen, known)


def conditions_asked(resource: str, filters: Any, actor: Actor) -> Conditions:
    """The list's own parameters. Raises Invalid naming each that is wrong, under `filters`."""
    if not isinstance(filters, dict):
        message = "Must be an object of the list's own parameters."
        raise Invalid.one("filters", "invalid_object", message)
    return table(resource).get_conditions(filters, time_zone=actor.organization.time_zone)


def _result(name: str) -> Any:
    return lambda row: row["result"].get(name)


_TEXT = {"type": "string"}
_COUNT = {"type": ["integer", "null"], "minimum": 0}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}


def _download_url(row: Row) -> str | None:
    there = row["state"] == JobState.SUCCEEDED and "file" in row["result"]
    return f"/api/exports/{row['id']}/download" if there else None


class ExportWords(Words):
    id = Word(read_only=True)
    resource = Computed(
        lambda row: row["parameters"]["resource"], "parameters", schema={"type": "string"}
    )
    format = Computed(
        lambda row: row["parameters"]["format"],
        "parameters",
        schema={"type": "string", "enum": list(Format)},
    )
    columns = Computed(
        lambda row: [header for header, _ in row["parameters"]["columns"]],
        "parameters",
        schema={"type": "array", "items": _TEXT},
    )
    state = Word(read_only=True)
    done = Word(read_only=True)
    total = Word(read_only=True, schema=_COUNT)
    rows = Computed(_result("rows"), "result", schema=_COUNT)
    bytes = Computed(_result("bytes"), "result", schema=_COUNT)
    error = Word(read_only=True)
    asked_by = Word(read_only=True)
    created_at = Word(read_only=True)
    started_at = Word(read_only=True, schema=_MOMENT)
    finished_at = Word(read_only=True, schema=_MOMENT)
    expires_at = Computed(
        lambda row: expires_at(Job(**row)), "finished_at", "result", schema=_MOMENT
    )
    download_url = Computed(
        _download_url, "id", "state", "result", schema={"type": ["string", "null"]}
    )

    class Meta:
        model = Job


def show(job: Job) -> dict[str, Any]:
    return ExportWords.show({name: getattr(job, name) for name in ExportWords.columns()})


class Exports(RoofingView):
    replays = True
    allowances = {"POST": ["export"]}

    @extend_schema(
        operation_id="list_exports",
        parameters=[PageQuery, *filter_parameters(ExportFilterSet)],
        responses=many(ExportWords),
    )
    def get(self, request: Any) -> Response:
        """The organization's exports, newest first."""
        query, conditions = self.query_list(PageQuery, ExportFilterSet)
        rows = exports(actor=self.actor, conditions=conditions)
        return self.paged(rows, ExportWords, order=("-id",), query=query)

    @extend_schema(
        operation_id="create_export",
        request=inline_serializer(
            "ExportRequest",
            {
                "resource": serializers.ChoiceField(choices=RESOURCES),
                "format": serializers.ChoiceField(
                    choices=list(Format), required=False, default=Format.CSV
                ),
                "columns": serializers.ListField(
                    child=serializers.CharField(), required=False, min_length=1
                ),
                "filters": serializers.DictField(
                    required=False, help_text="The parameters of the resource's own list"
                ),
            },
        ),
        responses={201: one(ExportWords)},
    )
    def post(self, request: Any) -> Response:
        """A wrong resource, format, column or filter is refused before anything starts."""
        self.allow(start_export)
        asked = self._read()
        return self.once(
            lambda: Response({"data": show(start_export(actor=self.actor, **asked))}, status=201)
        )

    def _read(self) -> dict[str, Any]:
        data = self.asked("resource", "format", "columns", "filters")
        resource, form = data.get("resource"), data.get("format", Format.CSV)
        if resource not in RESOURCES:
            raise Unreadable(
                {"resource": [Fault("invalid_choice", f"Must be one of: {', '.join(RESOURCES)}.")]}
            )
        faults: dict[str, list[Fault]] = {}
        asked: dict[str, Any] = {"resource": resource}
        readers = {
            "form": lambda: parse_format(form),
            "columns": lambda: columns_asked(resource, data.get("columns")),
            "conditions": lambda: conditions_asked(resource, data.get("filters", {}), self.actor),
        }
        for name, read in readers.items():
            try:
                asked[name] = read()
            except Invalid as error:
                faults |= error.faults
        if faults:
            raise Unreadable(faults)
        return asked


class ExportItem(RoofingView):
    @extend_schema(operation_id="read_export", responses=one(ExportWords))
    def get(self, request: Any, row_id: str) -> Response:
        self.query(Query)
        return Response(
            {"data": show(get_export(actor=self.actor, job_id=self.id(row_id, "Export")))}
        )

    @extend_schema(operation_id="delete_export", request=None, responses=message())
    def delete(self, request: Any, row_id: str) -> Response:
        """Calls off one that is under way; deletes the file of one that is finished."""
        self.allow(delete_export)
        delete_export(actor=self.actor, job_id=self.id(row_id, "Export"))
        return Response({"message": f"Export {row_id} deleted successfully"})


_NOT_THERE = {
    409: {"error": "The export isn't finished yet"},
    410: {"error": "The file of this export is no longer there; start it again"},
}


class ExportDownload(RoofingView):
    error_statuses = staticmethod(lambda method: error_statuses(method) | _NOT_THERE)

    @extend_schema(
        operation_id="download_export",
        responses={(200, kind.partition(";")[0]): bytes for kind in CONTENT_TYPES.values()},
    )
    def get(self, request: Any, row_id: str) -> StreamingHttpResponse:
        """The file; 409 while it is being written, 410 when it has expired."""
        self.query(Query)
        file, job = download(actor=self.actor, job_id=self.id(row_id, "Export"))
        form = Format(job.parameters["format"])
        name = f"{job.parameters['resource']}_{job.finished_at:%Y%m%d_%H%M%S}.{form}"
        response = attachment(file.chunks(), CONTENT_TYPES[form], name)
        response.headers["Content-Length"] = str(file.size)
        return response
