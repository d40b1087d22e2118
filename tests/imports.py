"""What an import's rows say, in the form of a report."""

from typing import Any

from core.imports.models import FileImport, FileImportRow
from core.imports.reports import ImportOutcome, Report, RowResult


def report_of(row: FileImport) -> Report:
    """The report as it stands in the database, whose counts are those of the rows."""
    rows = FileImportRow.objects.unscoped().filter(file_import=row).order_by("line")
    report = Report(
        {each["header"]: each["field"] for each in row.columns},
        row.run_job_id is None,
        row.encoding,
        row.delimiter,
        row.notes,
        [_result(each) for each in rows],
    )
    row.refresh_from_db()
    assert report.counts == {name: getattr(row, name) for name in ImportOutcome.values}
    assert report.rows == row.rows
    return report


def _result(row: Any) -> RowResult:
    return RowResult(
        row.line,
        ImportOutcome(row.outcome),
        row.row_id,
        row.matched_by,
        row.reason,
        row.faults,
        row.remarks,
    )
