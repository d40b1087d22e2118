"""Files on their way through the pages, and what an import's rows say in the form of a report."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

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


def check(client: Client, data: str | bytes, resource: str = "customers", **options: str) -> Any:
    """The page of its check, or the form that says why it can't be read."""
    file = SimpleUploadedFile("file.csv", data.encode() if isinstance(data, str) else data)
    sent = {"resource": resource, "file": file, "header": "on", **options}
    page = client.post("/app/imports/new/", sent, follow=True)
    return client.get(address(page.context["row"], "check")) if page.redirect_chain else page


def check_otherwise(client: Client, row: FileImport, **options: str) -> Any:
    """The same file read otherwise."""
    return client.post(address(row, "map"), {"header": "on", **options}, follow=True)


def confirm(client: Client, row: FileImport) -> Any:
    """The report of a checked file that is to be written."""
    return client.post(address(row, "run"), follow=True)


def address(row: FileImport, step: str) -> str:
    return f"/app/imports/{row.pk}/{step}/"
