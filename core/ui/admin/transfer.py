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
from django.utils.text import capfirst
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import Format as ChosenFormat
from unfold.contrib.import_export.forms import ImportForm, SelectableFieldsExportForm
from unfold.widgets import UnfoldAdminSelectWidget

from core.errors import DomainError, Gone, NotFound, RateLimited
from core.exports.streaming import CONTENT_TYPES, Format, Selection
from core.ids import parse_id
from core.imports.encodings import ENCODINGS
from core.imports.errors import NotChecked
from core.imports.models import UNDER_WAY, FileImport, ImportState
from core.imports.options import Conflicts, DateOrder, OnMatch, Options
from core.imports.reports import REFUSED, ImportOutcome, listed, sentences
from core.imports.services import (
    change_import,
    check_import,
    get_import,
    import_rows,
    problems,
    run_import,
)
from core.imports.uploads import MAX_BYTES, MAX_ROWS
from core.requests.allowances import spend
from core.ui.admin.model_admin import BULK, ServiceAdmin
from core.ui.admin.resources import DomainResource
from core.ui.wording import message_for, message_for_file, number

KEPT_REFUSED, KEPT_REMARKED, KEPT_SKIPPED = 500, 200, 20
"""Rows of a report that the page names."""

EXPIRED = _("The check of this file has expired. Choose the file again.")


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


def _choice(label: Any, choices: Any, initial: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=UnfoldAdminSelectWidget,
        initial=initial,
        required=False,
    )


class AdminUploadForm(ImportForm):  # type: ignore[misc]
    """A file and how to read it; or one that was checked (`check`), to be read otherwise."""

    check = forms.UUIDField(required=False, widget=forms.HiddenInput)
    on_match = _choice(_("When the record is there already"), OnMatch.choices, OnMatch.UPDATE)
    conflicts = _choice(_("When a row fits two people"), Conflicts.choices, Conflicts.REPORT)
    date_order = _choice(_("Order of day and month"), DateOrder.choices, DateOrder.COLUMN)
    encoding = _choice(_("Encoding"), [("", _("Detect")), *ENCODINGS.items()], "")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        file, form = self.fields["import_file"], self.fields["format"]
        file.label = _("File")
        file.help_text = _(
            "CSV with any separator and encoding, the first sheet of an Excel workbook (XLSX), "
            "JSON or JSON lines; up to %(size)s MB and %(rows)s rows."
        ) % {"size": MAX_BYTES // 1024 // 1024, "rows": number(MAX_ROWS)}
        file.widget.attrs["accept"] = ".csv,.tsv,.txt,.xlsx,.json,.jsonl"
        file.required = not self.data.get("check")
        form.required, form.widget = False, forms.HiddenInput()

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file and file.size > MAX_BYTES:
            told = _("The file is larger than %(size)s MB.")
            raise forms.ValidationError(told % {"size": MAX_BYTES // 1024 // 1024})
        return file

    @property
    def options(self) -> Options:
        """Of the cleaned form; what wasn't sent has its default."""
        sent = {name: value for name, value in self.cleaned_data.items() if value}
        return Options.load(sent)


class ColumnsForm(SelectableFieldsExportForm):  # type: ignore[misc]
    """The columns of an export, in the words of the pages; a CSV unless another is chosen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["format"]
        kind.choices = [choice for choice in kind.choices if choice[0]]

    def _get_field_label(self, resource: Any, field_name: str) -> str:
        (column,) = resource().columns([field_name]).values()
        return str(capfirst(column.label))


class ConfirmForm(forms.Form):
    """The import that is to be run."""

    check = forms.UUIDField(widget=forms.HiddenInput)


class TransferAdmin(ImportExportMixin, ServiceAdmin):  # type: ignore[misc]
    """
    A ServiceAdmin with import-export's two actions over a DomainResource.

    Import: upload, a job that checks, its report with every faulty row by its line, confirm, a job
    that imports, its report. Export: chosen columns of what the list shows.
    """

    import_form_class = AdminUploadForm
    confirm_form_class = ConfirmForm
    export_form_class = ColumnsForm
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
        The upload form, which leads to the check of the file; and, for an `import`, how far it is,
        what came of it and (of a check) the button that confirms it.
        """
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_import_form(request)
        if request.method == "POST" and form.is_valid():
            try:
                return redirect(self._import_url(self._check(request, form)))
            except DomainError as error:
                form.add_error("import_file", message_for_file(error))
        return self._import_page(request, form)

    def _check(self, request: HttpRequest, form: AdminUploadForm) -> FileImport:
        file, actor = form.cleaned_data["import_file"], self.actor(request)
        spend(actor, "bulk")
        if file:
            return check_import(
                actor=actor,
                resource=self._resource(request).noun,
                data=file.read(),
                filename=file.name,
                options=form.options,
            )
        key = form.cleaned_data["check"]
        return change_import(actor=actor, import_id=key, options=form.options)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Has a checked file imported."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_confirm_form(request)
        if request.method == "POST" and form.is_valid():
            try:
                key = form.cleaned_data["check"]
                row = run_import(actor=self.actor(request), import_id=key)
                return redirect(self._import_url(row))
            except (NotFound, NotChecked, Gone):
                self.message_user(request, EXPIRED, messages.ERROR)
        return redirect(self._url("import"))

    def _import_page(self, request: HttpRequest, form: Any) -> HttpResponse:
        resource = self._resource(request)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": ": ".join([str(_("Import")), str(_(capfirst(resource.noun)))]),
            "opts": self.opts,
            "place": self.actor(request),
            "form": form,
            "columns_known": list(resource.get_export_order()),
        }
        if request.method == "GET" and (key := parse_id(request.GET.get("import", ""))):
            try:
                context |= self._report_context(request, key)
            except NotFound as error:
                raise Http404 from error
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(request, self.import_template_name, context)

    def _report_context(self, request: HttpRequest, key: UUID) -> dict[str, Any]:
        actor = self.actor(request)
        row = get_import(actor=actor, import_id=key)
        job = row.run_job or row.check_job
        context: dict[str, Any] = {"row": row, "job": job, "active": row.state in UNDER_WAY}
        if context["active"] or not row.rows:
            return context
        rows = import_rows(actor=actor, import_id=row.pk).order_by("line")
        refused = sum(getattr(row, outcome.value) for outcome in REFUSED)
        shown = list(rows.filter(outcome__in=REFUSED)[:KEPT_REFUSED])
        context |= {
            "separator": {"\t": "tab", "json": "JSON"}.get(row.delimiter, row.delimiter),
            "counts": [(outcome.label, getattr(row, outcome.value)) for outcome in ImportOutcome],
            "checked": row.state == ImportState.CHECKED,
            "writable": row.created + row.updated,
            "notes": listed(row.notes, message_for),
            "refused": refused,
            "problems": [(each, problems(each, message_for)) for each in shown],
            "refused_hidden": refused - len(shown),
            "skipped": rows.filter(outcome=ImportOutcome.SKIPPED)[:KEPT_SKIPPED],
            "remarked": [
                (each.line, sentences(each.remarks, message_for))
                for each in rows.exclude(remarks={})[:KEPT_REMARKED]
            ],
        }
        if context["checked"] and row.file:
            context["confirm_form"] = self.confirm_form_class(initial={"check": row.pk})
            context["form"] = self._form_again(request, row)
        return context

    def _form_again(self, request: HttpRequest, row: FileImport) -> Any:
        """The form as it was sent, to have the same file read otherwise."""
        form = self.create_import_form(request)
        form.initial |= {**row.options, "check": row.pk}
        form.fields["import_file"].required = False
        form.fields["import_file"].label = _("Another file")
        return form

    def _import_url(self, row: FileImport) -> str:
        return f"{self._url('import')}?import={row.pk}"

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

    export_selected.short_description = _("Export selected")  # type: ignore[attr-defined]
    export_selected.allowed_permissions = ["export"]  # type: ignore[attr-defined]

    def init_request_context_data(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        context: dict[str, Any] = super().init_request_context_data(request, form)
        return context | {
            "export_url": self._url("export") + query,
            "title": _("Export"),
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


def _workbook(selection: Selection) -> BinaryIO:
    """The file, open and without a name: it goes when it is closed."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        selection.workbook(path)
        return path.open("rb")
