"""
Import and export in the admin.

django-import-export gives the resources (which columns there are and what they are called), the
forms and the buttons. The rows themselves go through the domain's imports and a streamed export:
the package's own import lets one bad row block all others, saves past the services, and keeps the
uploaded file on one machine's disk between its two steps.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, TimestampSigner
from django.http import (
    FileResponse,
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
from import_export.resources import ModelResource
from unfold.contrib.import_export.forms import SelectableFieldsExportForm
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from core.errors import DomainError
from core.exports.streaming import CONTENT_TYPES, Format, Selection
from core.exports.tables import Column, column
from core.ids import parse_id
from core.imports.reports import Mode, Outcome, Report
from core.imports.uploads import MAX_BYTES, Upload, read_upload
from core.tenancy.actor import Actor
from core.ui.admin.exports import export_shown
from core.ui.admin.model_admin import BULK, ServiceAdmin

CONFIRM_WITHIN = 3600
"""Seconds between looking at a dry run and confirming it."""

SHOWN = 500
"""How many faulty rows a page shows at most."""


class DomainResource(ModelResource):  # type: ignore[misc]
    """
    The columns of a table; writing is not its business. `special` columns aren't simply what stands
    at a path.
    """

    special: ClassVar[Mapping[str, Column]] = {}

    def import_data(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("rows come in through the domain's imports")

    @classmethod
    def columns(cls, chosen: list[str]) -> dict[str, Column]:
        """Header → column, for the chosen fields, in the resource's order."""
        fields = [cls().fields[name] for name in cls().get_export_order() if name in chosen]
        return {
            field.column_name: cls.special.get(field.column_name)
            or column(cls._meta.model, field.attribute)
            for field in fields
        }


def _format(form: Format, title: str) -> type[ChosenFormat]:
    """A format as import-export's forms want it."""
    return type(
        title,
        (ChosenFormat,),
        {"get_title": lambda self: title, "can_export": lambda self: True, "form": form},
    )


FORMATS = [
    _format(Format.CSV, "CSV"),
    _format(Format.XLSX, "Excel workbook (XLSX)"),
    _format(Format.JSON_LINES, "JSON lines"),
]

MAX_ROWS_INLINE = 20_000
"""
Rows of a workbook that is written while the browser waits; larger ones are the background's work.
"""


class UploadForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text=(
            "CSV with any separator and encoding, or JSON; up to 5 MB and 20,000 rows. Save Excel "
            "workbooks as CSV first."
        ),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,.json"}),
    )
    mode = forms.ChoiceField(
        label="When the record is there already",
        choices=Mode.choices,
        widget=UnfoldAdminSelectWidget,
        initial=Mode.UPDATE,
    )

    def clean_file(self) -> bytes:
        upload = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
        data: bytes = upload.read()
        return data


class _Parcel:
    """
    The uploaded file on its way through the confirming page: a line of JSON about it, then its
    bytes.
    """

    def dumps(self, value: tuple[dict[str, str], bytes]) -> bytes:
        about, data = value
        return json.dumps(about).encode() + b"\n" + data

    def loads(self, data: bytes) -> tuple[dict[str, str], bytes]:
        about, _, rest = data.partition(b"\n")
        return json.loads(about), rest


class TransferAdmin(ImportExportMixin, ServiceAdmin):  # type: ignore[misc]
    """
    A ServiceAdmin with import (upload, dry run with every faulty row by its line, confirm, report)
    and export (chosen columns of what the list shows).
    """

    import_table: ClassVar[Callable[..., Report]]
    import_template_name = "admin/import_export/table_import.html"
    export_template_name = "admin/import_export/table_export.html"
    actions = ["export_selected"]

    @property
    def resource(self) -> type[DomainResource]:
        return self.resource_classes[0]  # type: ignore[no-any-return]

    # Import

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The upload form; after uploading the dry run's report and the button that confirms it."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        context: dict[str, Any] = {
            "form": form,
            "columns_known": list(self.resource().get_export_order()),
        }
        if request.method == "POST" and form.is_valid():
            try:
                upload = read_upload(form.cleaned_data["file"])
                report = self._import(request, upload, form.cleaned_data["mode"], dry_run=True)
            except DomainError as error:
                form.add_error("file", error.message)
            else:
                context |= self._reported(report, upload)
                context["parcel"] = self._pack(
                    request, form.cleaned_data["mode"], form.cleaned_data["file"]
                )
        return self._page(request, context)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Does what the dry run promised."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return redirect(self._url("import"))
        try:
            mode, data = self._unpack(request)
        except BadSignature:
            self.message_user(
                request,
                "The check of this file has expired. Choose the file again.",
                messages.ERROR,
            )
            return redirect(self._url("import"))
        upload = read_upload(data)
        report = self._import(request, upload, mode, dry_run=False)
        done = ", ".join(f"{count} {outcome}" for outcome, count in report.counts.items())
        self.message_user(
            request,
            f"Import finished: {done}.",
            messages.WARNING if report.failed else messages.SUCCESS,
        )
        if not report.failed:
            return redirect(self._url("changelist"))
        return self._page(request, {"finished": True, **self._reported(report, upload)})

    def _import(self, request: HttpRequest, upload: Upload, mode: str, *, dry_run: bool) -> Report:
        return type(self).import_table(
            actor=self.actor(request), upload=upload, mode=Mode(mode), dry_run=dry_run
        )

    def _reported(self, report: Report, upload: Upload) -> dict[str, Any]:
        cells = {line.number: line.cells for line in upload.lines}
        faulty = [
            {
                "line": row.line,
                "faults": row.faults.items(),
                "cells": list(cells[row.line].values())[:4],
            }
            for row in report.failed
        ]
        skipped = [row for row in report.results if row.outcome == Outcome.SKIPPED]
        return {
            "report": report,
            "table": upload,
            "delimiter": {"\t": "tab", "json": "JSON"}.get(upload.delimiter, upload.delimiter),
            "counts": [(outcome.label, report.count(outcome)) for outcome in Outcome],
            "writable": report.count(Outcome.CREATED) + report.count(Outcome.UPDATED),
            "faulty": faulty[:SHOWN],
            "faulty_hidden": max(0, len(faulty) - SHOWN),
            "skipped": skipped[:20],
            "columns": report.columns.items(),
        }

    def _page(self, request: HttpRequest, context: Mapping[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        title = f"Import {self.opts.verbose_name_plural}"
        actor = self.actor(request)
        page = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "place": actor,
            **context,
        }
        return TemplateResponse(request, self.import_template_name, page)

    def _signer(self) -> TimestampSigner:
        return TimestampSigner(salt=f"admin import {self.opts.label_lower}")

    def _about(self, actor: Actor) -> dict[str, str]:
        return {
            "who": str(actor.id),
            "organization": str(actor.organization.pk),
            "environment": actor.environment,
        }

    def _pack(self, request: HttpRequest, mode: str, data: bytes) -> str:
        about = {**self._about(self.actor(request)), "mode": mode}
        return self._signer().sign_object((about, data), serializer=_Parcel, compress=True)

    def _unpack(self, request: HttpRequest) -> tuple[str, bytes]:
        """
        Mode and file as they were checked, by the same person in the same place. Raises
        BadSignature.
        """
        about, data = self._signer().unsign_object(
            request.POST.get("parcel", ""), serializer=_Parcel, max_age=CONFIRM_WITHIN
        )
        mode = str(about.pop("mode"))
        if about != self._about(self.actor(request)):
            raise BadSignature("checked by someone else, or elsewhere")
        return mode, data

    def _url(self, name: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}")

    # Export

    def export_action(self, request: HttpRequest) -> HttpResponseBase:
        """
        Which columns; then the file, of what the list shows under its filters, or of the rows that
        were selected there.
        """
        if not self.has_export_permission(request):
            raise PermissionDenied
        chosen = [
            str(key) for key in map(parse_id, request.POST.getlist("export_items")[:BULK]) if key
        ]
        form = self._export_form(request, chosen, data=request.POST or None)
        if request.method == "POST" and form.is_valid():
            rows = self.get_export_queryset(request)
            rows = rows.filter(pk__in=chosen) if chosen else rows
            wanted = FORMATS[int(form.cleaned_data["format"])].form  # type: ignore[attr-defined]
            if (
                wanted != Format.XLSX
                or rows.order_by()[: MAX_ROWS_INLINE + 1].count() <= MAX_ROWS_INLINE
            ):
                return self._file(request, rows, form.get_selected_resource_export_fields(), wanted)
            form.add_error(
                "format",
                f"A workbook takes up to {MAX_ROWS_INLINE:,} rows here. Choose CSV, or filter the "
                "list first.",
            )
        return self._export_page(request, form)

    def export_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        """The page of columns, for the selected rows."""
        chosen = [str(key) for key in queryset.values_list("pk", flat=True)[:BULK]]
        return self._export_page(request, self._export_form(request, chosen, data=None))

    export_selected.short_description = "Export selected"  # type: ignore[attr-defined]
    export_selected.allowed_permissions = ["export"]  # type: ignore[attr-defined]

    def _export_form(self, request: HttpRequest, chosen: list[str], data: Any) -> Any:
        initial = {"format": "0", "resource": "0", **({"export_items": chosen} if chosen else {})}
        form = SelectableFieldsExportForm(FORMATS, [self.resource], data=data, initial=initial)
        if chosen:
            form.fields["export_items"] = forms.MultipleChoiceField(
                widget=forms.MultipleHiddenInput,
                required=False,
                choices=[(key, key) for key in chosen],
            )
        return form

    def _export_page(self, request: HttpRequest, form: Any) -> HttpResponse:
        context = self.init_request_context_data(request, form)
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        context |= {
            "export_url": self._url("export") + query,
            "title": f"Export {self.opts.verbose_name_plural}",
        }
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(request, [self.export_template_name], context)

    def _file(
        self, request: HttpRequest, rows: Any, chosen: list[str], wanted: Format
    ) -> HttpResponseBase:
        noun = str(self.opts.verbose_name_plural)
        selection = export_shown(
            actor=self.actor(request), rows=rows, noun=noun, columns=self.resource.columns(chosen)
        )
        response: HttpResponseBase
        if wanted == Format.XLSX:
            response = FileResponse(_workbook(selection), content_type=CONTENT_TYPES[wanted])
        else:  # spreadsheets need the byte order mark to see accents in a CSV
            mark = [BOM_UTF8] if wanted == Format.CSV else []
            response = StreamingHttpResponse(
                chain(mark, selection.text(wanted)), content_type=CONTENT_TYPES[wanted]
            )
        response["Content-Disposition"] = (
            f'attachment; filename="{noun}-{localdate().isoformat()}.{wanted}"'
        )
        return response


def _workbook(selection: Selection) -> BinaryIO:
    """The file, open and without a name: it goes when it is closed."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        selection.workbook(path)
        return path.open("rb")
