"""
import-export's resources over the domain: what comes in goes through an app's import, what goes out
is one streamed selection. The package's own import lets one bad row block all others and saves past
the services; its export holds everything in memory.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.utils.html import escape
from import_export.exceptions import ImportError as RowsRefused
from import_export.resources import ModelResource
from import_export.results import Result, RowResult
from tablib import Dataset

from core.exports.streaming import Selection
from core.exports.tables import ExportColumn, column
from core.imports.options import OnMatch, Options
from core.imports.reports import REFUSED, ImportOutcome, Report
from core.imports.resources import ImportResource, import_resource
from core.imports.uploads import Upload, UploadLine
from core.tenancy.actor import Actor
from core.ui.admin.exports import export_shown
from core.ui.wording import message_for

TYPES = {
    ImportOutcome.CREATED: RowResult.IMPORT_TYPE_NEW,
    ImportOutcome.UPDATED: RowResult.IMPORT_TYPE_UPDATE,
    ImportOutcome.SKIPPED: RowResult.IMPORT_TYPE_SKIP,
    **dict.fromkeys(REFUSED, RowResult.IMPORT_TYPE_INVALID),
}


class DomainResource(ModelResource):  # type: ignore[misc]
    """
    Rows of one model, for an `actor`. The fields say which columns there are; `special` ones aren't
    simply what stands at a path. It comes in as `settings.IMPORTS` says of its noun.
    """

    special: ClassVar[Mapping[str, ExportColumn]] = {}

    def __init__(self, actor: Actor | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._actor = actor

    @property
    def actor(self) -> Actor:
        """Raises TypeError where the resource was made without one: rows are always somebody's."""
        if self._actor is None:
            raise TypeError(f"{type(self).__name__}(actor=…) says whose rows are meant")
        return self._actor

    @property
    def noun(self) -> str:
        return str(self._meta.model._meta.verbose_name_plural)

    @property
    def rows(self) -> ImportResource:
        """How they come in."""
        return import_resource(self.noun)

    def get_queryset(self) -> "QuerySet[Any]":
        rows: QuerySet[Any] = self._meta.model.objects.for_actor(self.actor)
        return rows

    # Import

    def import_data(
        self,
        dataset: Dataset,
        dry_run: bool = False,
        raise_errors: bool = False,
        mode: str = OnMatch.UPDATE,
        **kwargs: Any,
    ) -> Result:
        """
        Brings the rows in as the app's import does: good ones are written (or, dry, would be), bad
        ones are the result's invalid rows and block no other.

        Raises Forbidden, and import-export's ImportError for the first bad row where `raise_errors`
        asks for that.
        """
        upload = _upload(dataset)
        report = self.rows.run(
            actor=self.actor,
            upload=upload,
            options=Options(on_match=OnMatch(mode)),
            dry_run=dry_run,
        )
        result = _result_of(report, upload)
        if raise_errors and result.invalid_rows:
            first = result.invalid_rows[0]
            raise RowsRefused(first.error, number=first.number)
        return result

    # Export

    def columns(self, chosen: Iterable[str] | None = None) -> dict[str, ExportColumn]:
        """Header → column, for the chosen fields (all unless said), in the resource's order."""
        fields = self.get_export_fields(None if chosen is None else list(chosen))
        return {
            field.column_name: self.special.get(field.column_name)
            or column(self._meta.model, field.attribute)
            for field in fields
        }

    def select(
        self, queryset: "QuerySet[Any] | None" = None, chosen: Iterable[str] | None = None
    ) -> Selection:
        """The rows (the actor's unless given) to be streamed; the audit keeps who took them."""
        rows = self.get_queryset() if queryset is None else queryset
        return export_shown(
            actor=self.actor, rows=rows, noun=self.noun, columns=self.columns(chosen)
        )

    def export(
        self,
        queryset: "QuerySet[Any] | None" = None,
        export_fields: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> Dataset:
        """The same rows as a dataset, which holds all of them in memory. Raises Forbidden."""
        selection = self.select(queryset, export_fields)
        return Dataset(*selection.cells(), headers=selection.header)

    def export_resource(
        self, instance: Any, selected_fields: Iterable[str] | None = None, **kwargs: Any
    ) -> list[Any]:
        """One row's cells. Raises Forbidden."""
        only = self.get_queryset().filter(pk=instance.pk)
        return [cell for row in self.select(only, selected_fields).cells() for cell in row]


def _result_of(report: Report, upload: Upload) -> Result:
    """A report in the package's form."""
    result = Result()
    result.total_rows = report.rows
    result.diff_headers = list(upload.headers)
    cells = {line.number: line.cells for line in upload.lines}
    for row in report.results:
        values = cells.get(row.line, {})
        answer = RowResult()
        answer.import_type = TYPES[row.outcome]
        answer.object_id = row.row_id
        answer.row_values = values
        answer.diff = [escape(values.get(header, "")) for header in result.diff_headers]
        if row.outcome in REFUSED:
            faults = {
                name or NON_FIELD_ERRORS: list(map(message_for, items))
                for name, items in row.faults.items()
            }
            answer.validation_error = ValidationError(faults)
            result.append_invalid_row(row.line, values, answer.validation_error)
        result.append_row_result(answer)
    for outcome in ImportOutcome:
        result.totals[TYPES[outcome]] += report.count(outcome)
    return result


def _upload(dataset: Dataset) -> Upload:
    """A dataset as if it had been read from a file whose first line are its headers."""
    headers = list(dataset.headers or [])
    lines = [
        UploadLine(number, {header: _text(cell) for header, cell in zip(headers, row, strict=True)})
        for number, row in enumerate(dataset, 2)
    ]
    return Upload(headers, lines, encoding="", delimiter="")


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()
