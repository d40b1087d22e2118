"""
Taking a file in, a step a page: upload, map, check, run, report. Each step has its address, and can
be left and come back to.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.errors import DomainError, Fault, Forbidden, NotFound, RateLimited
from core.imports.encodings import ENCODINGS
from core.imports.models import STATE, UNDER_WAY, ImportState
from core.imports.options import (
    Conflicts,
    DateOrder,
    DecimalMark,
    OnMatch,
    Options,
    RowKey,
)
from core.imports.reports import REFUSED, ImportOutcome, listed, sentences
from core.imports.resources import import_resource
from core.imports.services import (
    cancel_import,
    change_import,
    check_import,
    failed_rows,
    get_import,
    import_rows,
    imports,
    run_import,
    saved_mapping,
    undo_import,
)
from core.imports.uploads import MAX_BYTES, MAX_ROWS
from core.jobs.models import Job
from core.requests.allowances import spend
from core.tenancy.policy import Permission
from core.ui.formatting import count
from core.ui.lists import ListState
from core.ui.toasts import toast
from core.ui.views import Page
from core.ui.wording import message_for, message_for_file

SEPARATORS = [
    (",", gettext_lazy("Comma")),
    (";", gettext_lazy("Semicolon")),
    ("\t", gettext_lazy("Tab")),
    ("|", gettext_lazy("Vertical bar")),
]

STEPS: Mapping[str, str | Promise] = {
    "new": gettext_lazy("Upload"),
    "map": gettext_lazy("Map"),
    "check": gettext_lazy("Check"),
    "run": gettext_lazy("Run"),
    "report": gettext_lazy("Report"),
}

OWN_CELL = "cell"
"""Begins the names of the fields for corrected cells: cell-<line>-<place of the column>."""


def resource_labels() -> list[tuple[str, Any]]:
    return [(noun, capfirst(str(import_resource(noun).table.label))) for noun in settings.IMPORTS]


class OptionsForm(forms.Form):
    """How the file is read, and what becomes of rows that are there already."""

    on_match = forms.ChoiceField(
        label=gettext_lazy("When the record is there already"),
        choices=OnMatch.choices,
        required=False,
    )
    match = forms.MultipleChoiceField(
        label=gettext_lazy("A row’s customer is found by"),
        choices=RowKey.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    conflicts = forms.ChoiceField(
        label=gettext_lazy("When a row fits two people"),
        choices=Conflicts.choices,
        required=False,
    )
    date_order = forms.ChoiceField(
        label=gettext_lazy("Order of day and month"), choices=DateOrder.choices, required=False
    )
    decimal = forms.ChoiceField(
        label=gettext_lazy("Decimal mark"), choices=DecimalMark.choices, required=False
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"),
        choices=[("", gettext_lazy("Detect")), *ENCODINGS.items()],
        required=False,
    )
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Separator"),
        choices=[("", gettext_lazy("Detect")), *SEPARATORS],
        required=False,
    )
    header = forms.BooleanField(
        label=gettext_lazy("The first row names the columns"), required=False, initial=True
    )

    @property
    def options(self) -> Options:
        """Of the cleaned form; what was left out has its default."""
        sent = {name: value for name, value in self.cleaned_data.items() if value}
        return Options.load({**sent, "header": self.cleaned_data["header"]})


class UploadForm(OptionsForm):
    resource = forms.ChoiceField(label=gettext_lazy("What the file holds"), choices=resource_labels)
    file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True, max_length=255)

    field_order = ["resource", "file"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ".csv,.tsv,.txt,.xlsx,.json,.jsonl"
        self.fields["file"].help_text = _(
            "CSV with any separator and encoding, the first sheet of an Excel workbook (XLSX), "
            "JSON or JSON lines; up to %(size)s MB and %(rows)s rows."
        ) % {"size": MAX_BYTES // 1024 // 1024, "rows": count(MAX_ROWS)}


class ImportList(Page):
    """The newest first."""

    permission = Permission.IMPORT
    template = "imports/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(request, size=25)
        columns = ["id", "filename", "resource", "rows", "total", "asked_by"]
        page = state.page_of(
            imports(actor=self.actor),
            order=["-id"],
            columns=[*columns, "created_at", *ImportOutcome.values],
            computed={"state": STATE},
        )
        labels = dict(resource_labels())
        for row in page.rows:
            row["state_badge"] = ImportState(row["state"])
            row["label"] = labels.get(row["resource"], row["resource"])
            row["refused"] = sum(row[outcome.value] for outcome in REFUSED)
            row["changed"] = row["created"] + row["updated"]
        return self.show({"state": state, "page": page})


class UploadFile(Page):
    """A file, what it holds and how it is to be read."""

    permission = Permission.IMPORT
    template = "imports/upload.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        usual = Options().dump() | {"resource": request.GET.get("resource", "customers")}
        return self._show(UploadForm(initial=usual))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(form, status=422)
        file = form.cleaned_data["file"]
        try:
            spend(self.actor, "bulk")
            row = check_import(
                actor=self.actor,
                resource=form.cleaned_data["resource"],
                data=file.read(),
                filename=file.name,
                options=form.options,
            )
        except (Forbidden, RateLimited):
            raise
        except DomainError as error:
            form.add_error("file", message_for_file(error))
            return self._show(form, status=422)
        return self.go(reverse("imports:map", args=[row.pk]))

    def _show(self, form: UploadForm, *, status: int = 200) -> HttpResponse:
        return self.show({"form": form, "steps": steps("new")}, status=status)


class ImportPage(Page):
    """A step of one import."""

    permission = Permission.IMPORT
    step = ""

    @cached_property
    def row(self) -> Any:
        return get_import(actor=self.actor, import_id=self.kwargs["import_id"])

    def show_step(self, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
        row = self.row
        job = row.undo_job if row.state == ImportState.UNDOING else row.run_job or row.check_job
        active = row.state in UNDER_WAY
        return self.show(
            {
                "row": row,
                "job": job,
                "active": active,
                "progress": count(job.done) if job and active else "",
                "state_badge": ImportState(row.state),
                "label": dict(resource_labels()).get(row.resource, row.resource),
                "steps": steps(self.step, row),
                "here": self.request.get_full_path(),
                **context,
            },
            status=status,
        )

    def address(self, name: str) -> str:
        return reverse(f"imports:{name}", args=[self.kwargs["import_id"]])


class NextStep(ImportPage):
    """Where it goes on."""

    def get(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        return self.go(self.address("report" if self.row.run_job_id else "check"))


class MapColumns(ImportPage):
    """What each column means."""

    template = "imports/map.html"
    step = "map"

    def get(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        return self._show(OptionsForm(initial=self.row.options))

    def post(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        form = OptionsForm(request.POST)
        if not form.is_valid():
            return self._show(form, status=422)
        try:
            change_import(
                actor=self.actor, import_id=import_id, options=form.options, mapping=self._chosen()
            )
        except (Forbidden, NotFound, RateLimited):
            raise
        except DomainError as error:
            form.add_error(None, message_for_file(error))
            return self._show(form, status=422)
        return self.go(self.address("check"))

    def _chosen(self) -> dict[str, str | None]:
        """What the form says of each column; or what was chosen the last time."""
        if "saved" in self.request.POST:
            return saved_mapping(actor=self.actor, row=self.row) or {}
        sent = self.request.POST
        return {
            each["header"]: sent[f"column-{place}"] or None
            for place, each in enumerate(self.row.columns)
            if f"column-{place}" in sent
        }

    def _show(self, form: OptionsForm, *, status: int = 200) -> HttpResponse:
        fields = sorted(
            import_resource(self.row.resource).fields.items(), key=lambda pair: str(pair[1])
        )
        return self.show_step(
            {
                "form": form,
                "fields": fields,
                "columns": list(enumerate(self.row.columns)),
                "saved": saved_mapping(actor=self.actor, row=self.row),
            },
            status=status,
        )


class CheckRows(ImportPage):
    """What would become of each row; what is wrong is mended where it stands."""

    template = "imports/check.html"
    fragment = "imports/check_panel.html"
    step = "check"

    def get(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        if self.row.run_job_id:
            return self.go(self.address("report"))
        return self.show_step(report_of(self))

    def post(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        headers = [each["header"] for each in self.row.columns]
        corrections: dict[int, dict[str, str]] = {}
        for name, text in request.POST.items():
            kind, _dash, rest = name.partition("-")
            line, _dash, place = rest.partition("-")
            if kind != OWN_CELL or not (line.isdecimal() and place.isdecimal()):
                continue
            if int(place) < len(headers) and text != request.POST.get(f"was-{line}-{place}", ""):
                corrections.setdefault(int(line), {})[headers[int(place)]] = str(text).strip()
        change_import(actor=self.actor, import_id=import_id, corrections=corrections)
        n = len(corrections)
        message = ngettext("%(n)s row was corrected.", "%(n)s rows were corrected.", n)
        return self.go(self.address("check"), message % {"n": count(n)} if n else "")


class RunImport(ImportPage):
    permission = Permission.IMPORT

    def get(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        return self.go(self.address("import"))

    def post(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        run_import(actor=self.actor, import_id=import_id)
        return self.go(self.address("report"))


class ReportPage(ImportPage):
    """How far it is, and what became of each row."""

    template = "imports/report.html"
    fragment = "imports/report_panel.html"

    @property
    def step(self) -> str:  # type: ignore[override]
        return "run" if self.row.state == ImportState.RUNNING else "report"

    def get(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        if not self.row.run_job_id:
            return self.go(self.address("check"))
        return self.show_step({**report_of(self), "shown": self._shown()})

    def _shown(self) -> str:
        """The list of the customers that it made or changed."""
        if self.row.resource != "customers" or not self.row.created + self.row.updated:
            return ""
        return reverse(settings.IMPORTED_LIST, query={"import_id": self.row.pk})


class CancelImport(ImportPage):
    def post(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        cancel_import(actor=self.actor, import_id=import_id)
        return self.go(self.address("import"), _("It stops within seconds."))


class UndoImport(ImportPage):
    def post(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        result = undo_import(actor=self.actor, import_id=import_id)
        if isinstance(result, Job):
            return self.go(self.address("report"), _("The changes are being undone."))
        if result.kept_count:
            kept = ngettext(
                "%(n)s record was left as it is, for somebody has changed it since.",
                "%(n)s records were left as they are, for somebody has changed them since.",
                result.kept_count,
            )
            toast(request, kept % {"n": count(result.kept_count)}, level="warning")
        n = result.restored
        told = ngettext("%(n)s record is as it was.", "%(n)s records are as they were.", n)
        return self.go(self.address("report"), told % {"n": count(n)})


class FailedRows(ImportPage):
    """The rows that were refused, as a file to be mended and imported again."""

    def get(self, request: HttpRequest, import_id: UUID) -> Any:
        pieces = failed_rows(actor=self.actor, import_id=import_id, say=message_for)
        # spreadsheets need the byte order mark to see accents in a CSV
        response = StreamingHttpResponse(chain(["\ufeff"], pieces), content_type="text/csv")
        response["Content-Disposition"] = f'attachment; filename="failed-rows-{import_id}.csv"'
        return response


def steps(current: str, row: Any = None) -> list[dict[str, Any]]:
    """The way, and where one stands on it; a step can be gone back to while nothing is written."""
    names = list(STEPS)
    behind = names.index(current) if current in names else 0
    return [
        {
            "label": label,
            "number": place + 1,
            "current": name == current,
            "done": place < behind,
            "url": reverse(f"imports:{name}", args=[row.pk])
            if row is not None and not row.run_job_id and name in ("map", "check")
            else "",
        }
        for place, (name, label) in enumerate(STEPS.items())
    ]


def report_of(page: ImportPage) -> dict[str, Any]:
    """The counts, and the rows that somebody has to look at, a page of them."""
    row = page.row
    state = ListState(page.request, size=25)
    rows = import_rows(actor=page.actor, import_id=row.pk)
    refused = state.page_of(
        rows.filter(outcome__in=REFUSED),
        order=["line"],
        columns=["id", "line", "outcome", "faults", "cells"],
    )
    headers = [each["header"] for each in row.columns]
    labels = import_resource(row.resource).fields
    fields = {each["field"]: each["header"] for each in row.columns if each["field"]}
    for each in refused.rows:
        each["outcome_badge"] = ImportOutcome(each["outcome"])
        each["problems"] = [
            f"{labels.get(name, name)}: {text}" if name else text
            for name, texts in sentences(each["faults"], message_for).items()
            for text in texts
        ]
        wrong = {fields.get(name) for name in each["faults"]}
        each["inputs"] = [
            {
                "name": f"{each['line']}-{place}",
                "header": header,
                "text": each["cells"].get(header, ""),
                "wrong": header in wrong,
            }
            for place, header in enumerate(headers)
            if header in wrong or (header in each["cells"] and row.columns[place]["field"])
        ]
    return {
        "state": state,
        "page": refused,
        "counts": [
            (outcome, getattr(row, outcome.value))
            for outcome in ImportOutcome
            if getattr(row, outcome.value) or outcome in _ALWAYS
        ],
        "writable": row.created + row.updated,
        "notes": listed(row.notes, partial(_note, labels)),
        "remarked": [
            (each.line, sentences(each.remarks, message_for))
            for each in rows.exclude(remarks={}).order_by("line")[:50]
        ],
        "skipped": rows.filter(outcome=ImportOutcome.SKIPPED).order_by("line")[:20],
        "separator": dict(SEPARATORS).get(row.delimiter, row.delimiter.upper()),
    }


def _note(labels: Mapping[str, Any], said: Fault) -> str:
    """What is said of the file, with the field's name for people."""
    name = said.params.get("field")
    shown = {"field": labels.get(str(name), name)} if name else {}
    return message_for(replace(said, params={**said.params, **shown}))


_ALWAYS = (ImportOutcome.CREATED, ImportOutcome.UPDATED, ImportOutcome.FAILED)
