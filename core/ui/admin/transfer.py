"""
Import and export in the admin: import-export's buttons, permissions and actions. Files are taken in
on the product's own pages; what is exported is streamed.
"""

from codecs import BOM_UTF8
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from django import forms
from django.core.exceptions import PermissionDenied
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
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import Format as ChosenFormat
from unfold.contrib.import_export.forms import SelectableFieldsExportForm

from core.errors import RateLimited
from core.exports.streaming import CONTENT_TYPES, Format, Selection
from core.ids import parse_id
from core.requests.allowances import spend
from core.ui.admin.model_admin import BULK, ServiceAdmin
from core.ui.admin.resources import DomainResource


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


class TransferAdmin(ImportExportMixin, ServiceAdmin):  # type: ignore[misc]
    """
    A ServiceAdmin with import-export's two actions over a DomainResource.

    Import: its button leads to the product's own pages. Export: chosen columns of what the list
    shows.
    """

    export_form_class = SelectableFieldsExportForm
    export_formats = EXPORT_FORMATS
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
        """Leads to the pages that take a file in, step by step."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        noun = self._resource(request).noun
        return redirect(reverse("imports:new", query={"resource": noun}))

    process_import = import_action

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
