"""
Import and export in the admin: import-export's buttons, forms, permissions and actions. A large
file takes minutes, so what happens between upload and report is a job; what is exported is
streamed.
"""

from codecs import BOM_UTF8
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import localdate
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import Format as ChosenFormat
from unfold.contrib.import_export.forms import ImportForm, SelectableFieldsExportForm
from unfold.widgets import UnfoldAdminSelectWidget

from core.errors import DomainError, Gone, NotFound, RateLimited
from core.exports.streaming import CONTENT_TYPES, Format, Selection
from core.ids import parse_id
from core.imports.encodings import ENCODINGS
from core.imports.files import read_file
from core.imports.options import Conflicts, DateOrder, Mode, Options
from core.imports.reports import REFUSED, ImportOutcome, Report
from core.imports.services import check_again, check_import, confirm_import, get_import
from core.imports.uploads import MAX_BYTES, Upload
from core.jobs.models import ACTIVE, Job
from core.requests.allowances import spend
from core.ui.admin.model_admin import BULK, ServiceAdmin
from core.ui.admin.resources import DomainResource

EXPIRED = "The check of this file has expired. Choose the file again."


def _format(form: Format, title: str) -> type[ChosenFormat]:
    """A format as import-export's forms want it."""
    return type(
        title,
        (ChosenFormat,),
        {"get_title": lambda self: title, "can_export": lambda self: True, "form": form},
    )


EXPORT_FORMATS = [
    _format(Format.CSV, "CSV"),
    _format(Format.XLSX, "Excel workbook (XLSX)"),
    _format(Format.JSON_LINES, "JSON lines"),
]

MAX_ROWS_INLINE = 20_000
"""
Rows of a workbook that is written while the browser waits; larger ones are the background's work.
"""


class UploadFormat(ChosenFormat):  # type: ignore[misc]
    """What `core.imports.uploads` reads: the file says itself what it is."""

    def get_title(self) -> str:
        return "CSV, Excel workbook or JSON"

    def can_import(self) -> bool:
        return True


def _choice(label: str, choices: Any, initial: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=UnfoldAdminSelectWidget,
        initial=initial,
        required=False,
    )


class UploadForm(ImportForm):  # type: ignore[misc]
    """A file and how to read it; or a file that was checked (`check`), to be read otherwise."""

    check = forms.UUIDField(required=False, widget=forms.HiddenInput)
    mode = _choice("When the record is there already", Mode.choices, Mode.UPDATE)
    conflicts = _choice("When a row fits two people", Conflicts.choices, Conflicts.REPORT)
    date_order = _choice("Order of day and month", DateOrder.choices, DateOrder.COLUMN)
    encoding = _choice("Encoding", [("", "Find out"), *ENCODINGS.items()], "")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        file, form = self.fields["import_file"], self.fields["format"]
        file.label = "File"
        file.help_text = (
            "CSV with any separator and encoding, the first sheet of an Excel workbook (XLSX), "
            "JSON or JSON lines; up to 5 MB and 20,000 rows."
        )
        file.widget.attrs["accept"] = ".csv,.tsv,.txt,.xlsx,.json,.jsonl"
        file.required = not self.data.get("check")
        form.required, form.widget = False, forms.HiddenInput()

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file and file.size > MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
        return file

    @property
    def options(self) -> Options:
        """Of the cleaned form; what wasn't sent has its default."""
        sent = {name: value for name, value in self.cleaned_data.items() if value}
        return Options.load(sent)


class ConfirmForm(forms.Form):
    """The check whose file is to be imported."""

    job = forms.UUIDField(widget=forms.HiddenInput)


class TransferAdmin(ImportExportMixin, ServiceAdmin):  # type: ignore[misc]
    """
    A ServiceAdmin with import-export's two actions over a DomainResource.

    Import: upload, a job that checks, its report with every faulty row by its line, confirm, a job
    that imports, its report. Export: chosen columns of what the list shows.
    """

    import_form_class = UploadForm
    confirm_form_class = ConfirmForm
    export_form_class = SelectableFieldsExportForm
    export_formats = EXPORT_FORMATS
    import_formats: ClassVar[Sequence[type[ChosenFormat]]] = [UploadFormat]
    import_template_name = "admin/import_export/table_import.html"
    export_template_name = "admin/import_export/table_export.html"
    actions = ["export_selected"]

    def get_resource_kwargs(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        return {"actor": self.actor(request)}

    def _resource(self, request: HttpRequest) -> DomainResource:
        resource: DomainResource = self.get_resource_classes(request)[0](
            **self.get_resource_kwargs(request)
        )
        return resource

    # Import

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """
        The upload form, which leads to the job that checks the file; and, for a `job`, how far it
        is, what came of it and (of a check) the button that confirms it.
        """
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_import_form(request)
        if request.method == "POST" and form.is_valid():
            try:
                return redirect(self._job_url(self._check(request, form)))
            except DomainError as error:
                form.add_error("import_file", error.message)
        return self._import_page(request, form)

    def _check(self, request: HttpRequest, form: UploadForm) -> Job:
        file, actor = form.cleaned_data["import_file"], self.actor(request)
        spend(actor, "bulk")
        if file:
            return check_import(
                actor=actor,
                resource=self._resource(request).noun,
                data=file.read(),
                options=form.options,
            )
        return check_again(actor=actor, check_id=form.cleaned_data["check"], options=form.options)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Has a checked file imported."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_confirm_form(request)
        if request.method == "POST" and form.is_valid():
            try:
                check_id = form.cleaned_data["job"]
                return redirect(
                    self._job_url(confirm_import(actor=self.actor(request), check_id=check_id))
                )
            except (NotFound, Gone):
                self.message_user(request, EXPIRED, messages.ERROR)
        return redirect(self._url("import"))

    def _import_page(self, request: HttpRequest, form: Any) -> HttpResponse:
        resource = self._resource(request)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": f"Import {resource.noun}",
            "opts": self.opts,
            "place": self.actor(request),
            "form": form,
            "columns_known": list(resource.get_export_order()),
        }
        if request.method == "GET" and (key := parse_id(request.GET.get("job", ""))):
            try:
                context |= self._job_context(request, resource, key)
            except NotFound as error:
                raise Http404 from error
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(request, self.import_template_name, context)

    def _job_context(
        self, request: HttpRequest, resource: DomainResource, key: UUID
    ) -> dict[str, Any]:
        job = get_import(actor=self.actor(request), job_id=key)
        context: dict[str, Any] = {"job": job, "active": job.state in ACTIVE}
        if "rows_left_out" not in job.result or context["active"]:
            return context
        report, upload = Report.load(job.result), _stored(job)
        result = resource.result_of(report, upload)
        refused = sum(report.count(outcome) for outcome in REFUSED)
        context |= {
            "result": result,
            "upload": upload,
            "report": report,
            "separator": {"\t": "tab", "json": "JSON"}.get(report.delimiter, report.delimiter),
            "counts": [(outcome.label, report.count(outcome)) for outcome in ImportOutcome],
            "writable": report.count(ImportOutcome.CREATED) + report.count(ImportOutcome.UPDATED),
            "refused": refused,
            "refused_hidden": refused - len(result.invalid_rows),
            "skipped": report.skipped,
            "remarked": report.remarked,
            "columns": report.columns.items(),
        }
        if report.dry_run and upload:
            context["confirm_form"] = self.confirm_form_class(initial={"job": job.pk})
            context["form"] = self._form_again(request, job)
        return context

    def _form_again(self, request: HttpRequest, check: Job) -> Any:
        """The form as it was sent, to have the same file read otherwise."""
        form = self.create_import_form(request)
        form.initial |= Options.load(check.parameters).dump() | {"check": check.pk}
        form.fields["import_file"].required = False
        form.fields["import_file"].label = "Another file"
        return form

    def _job_url(self, job: Job) -> str:
        return f"{self._url('import')}?job={job.pk}"

    def _url(self, name: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}")

    # Export

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[str]:
        """The rows selected in the list; the list's own queryset decides who sees them."""
        chosen = map(parse_id, request.POST.getlist("export_items")[:BULK])
        return [str(key) for key in chosen if key]

    def export_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        """The page of columns, for the selected rows."""
        chosen = [str(key) for key in queryset.values_list("pk", flat=True)[:BULK]]
        form = self.get_export_form_class()(
            self.get_export_formats(),
            self.get_export_resource_classes(request),
            initial={"export_items": chosen},
        )
        form.fields["export_items"] = forms.MultipleChoiceField(
            widget=forms.MultipleHiddenInput, choices=[(key, key) for key in chosen]
        )
        context = self.init_request_context_data(request, form)
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(request, [self.export_template_name], context)

    export_selected.short_description = "Export selected"  # type: ignore[attr-defined]
    export_selected.allowed_permissions = ["export"]  # type: ignore[attr-defined]

    def init_request_context_data(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        context: dict[str, Any] = super().init_request_context_data(request, form)
        return context | {
            "export_url": self._url("export") + query,
            "title": f"Export {self.opts.verbose_name_plural}",
        }

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: Any, export_form: Any = None
    ) -> HttpResponseBase:
        """
        The package's last step, streamed. Raises ValueError, which it shows, for a workbook that
        takes too long and where the allowance is used up.
        """
        try:
            spend(self.actor(request), "export")
        except RateLimited as error:
            raise ValueError(error.message) from error
        form: Format = file_format.form
        few = queryset.order_by()[: MAX_ROWS_INLINE + 1]
        if form == Format.XLSX and few.count() > MAX_ROWS_INLINE:
            raise ValueError(
                f"A workbook takes up to {MAX_ROWS_INLINE:,} rows here. Choose CSV, or filter the "
                "list first."
            )
        chosen = self.get_export_resource_fields_from_form(export_form)
        selection = self._resource(request).select(queryset, chosen)
        response: HttpResponseBase
        if form == Format.XLSX:
            response = FileResponse(_workbook(selection), content_type=CONTENT_TYPES[form])
        else:  # spreadsheets need the byte order mark to see accents in a CSV
            mark = [BOM_UTF8] if form == Format.CSV else []
            response = StreamingHttpResponse(
                chain(mark, selection.text(form)), content_type=CONTENT_TYPES[form]
            )
        name = f"{self.opts.verbose_name_plural}-{localdate().isoformat()}.{form}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _stored(job: Job) -> Upload | None:
    """A job's uploaded file, while it is there."""
    try:
        return read_file(job.parameters.get("file", ""), Options.load(job.parameters).encoding)
    except Gone:
        return None


def _workbook(selection: Selection) -> BinaryIO:
    """The file, open and without a name: it goes when it is closed."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        selection.workbook(path)
        return path.open("rb")
