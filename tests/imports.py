"""What an import's rows say, in the form of a report."""

from typing import Any

from core.errors import Fault
from core.imports.models import FileImport, FileImportRow
from core.imports.reports import ImportOutcome, Remarks, Report, RowResult, listed


def report_of(row: FileImport) -> Report:
    """The report as it stands in the database, whose counts are those of the rows."""
    rows = FileImportRow.objects.unscoped().filter(file_import=row).order_by("line")
    report = Report(
        {each["header"]: each["field"] for each in row.columns},
        row.run_job_id is None,
        row.encoding,
        row.delimiter,
        listed(row.notes),
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
        _faults(row.faults),
        _faults(row.remarks),
    )


def _faults(stored: Any) -> Remarks:
    return {name: [Fault(**each) for each in items] for name, items in stored.items()}


def said(remarks: Remarks) -> dict[str, list[str]]:
    """Field → the sentences of a report."""
    return {name: [each.message for each in items] for name, items in remarks.items()}
