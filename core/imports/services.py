"""
Taking rows in from an uploaded file: a job checks it, and when somebody has looked at what would
become of each row, a job writes them. What was written can be taken back.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from core.changes.services import Undone, undo_change_set
from core.characters import replace_unstorable
from core.clock import now
from core.errors import Fault, Gone, Invalid, NotFound
from core.imports.errors import AlreadyRun, NotChecked, NotRun
from core.imports.files import GONE, KEPT, delete_file, load_file, save_file
from core.imports.filters import ImportConditions, ImportRowConditions
from core.imports.headers import Columns, header_key
from core.imports.models import FileImport, FileImportRow, SavedMapping, with_state
from core.imports.options import USUAL, Options
from core.imports.reports import REFUSED, ImportOutcome, Say, sentences
from core.imports.resources import ImportResource, import_resource
from core.imports.uploads import Upload, UploadLine, read_upload
from core.jobs.models import ACTIVE, Job, JobState
from core.jobs.services import cancel, run_now, start
from core.rows import Versions, get_row, refuse_stale, touch
from core.spreadsheet import csv_lines, inert
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import quoted
from core.writing import writes

KIND = "import"

FEW = 500
"""Rows that are checked and imported while the caller waits."""

SAMPLES = 3
SAMPLE_LENGTH = 80

MOST_CORRECTIONS = 1000
"""Rows of one file that can be corrected here."""

NOTHING = dict.fromkeys(["rows", *ImportOutcome.values], 0)
"""The counts before any row is told of."""

Corrections = Mapping[int, Mapping[str, str]]
"""Line → header → the text that stands in the cell's place."""


def check_import(
    *,
    actor: Actor,
    resource: str,
    data: bytes,
    filename: str = "",
    options: Options = USUAL,
    mapping: Columns | None = None,
) -> FileImport:
    """
    Takes a file, and has it run without keeping anything: what would become of each row. Of a small
    file that has ended already, else a job does it.

    `mapping` says what columns mean (header → field, None to leave it out) where it isn't as
    proposed. Raises Forbidden, TooLarge, Malformed for what isn't a table, and Invalid for a wrong
    resource or mapping; then nothing is stored.
    """
    actor.require(Permission.IMPORT)
    if resource not in settings.IMPORTS:
        names = ", ".join(settings.IMPORTS)
        raise Invalid.one("resource", "invalid_choice", f"Must be one of: {names}.")
    upload = read_upload(data, options)
    values = _values(import_resource(resource), upload, options, mapping)
    row = _take(
        actor=actor,
        values={
            "resource": resource,
            "filename": replace_unstorable(filename.strip()[:255]),
            "file": save_file(data),
            "asked_by": actor.label,
            **values,
        },
    )
    return _after_job(actor, row)


def change_import(
    *,
    actor: Actor,
    import_id: UUID,
    options: Options | None = None,
    mapping: Columns | None = None,
    corrections: Corrections | None = None,
    if_version: Versions = None,
) -> FileImport:
    """
    Has the same file checked anew, read otherwise, with other fields for its columns (what isn't
    given stays) or with corrected cells, which join the earlier ones.

    Raises as `check_import`, NotFound, Gone where the file isn't there any more, AlreadyRun, and
    Stale (it isn't at `if_version`, or was changed meanwhile).
    """
    row = get_import(actor=actor, import_id=import_id)
    refuse_stale(row, if_version)
    if row.run_job_id is not None:
        raise AlreadyRun
    chosen = options or Options.load(row.options)
    upload = read_upload(_load(row), chosen)
    stays = {
        each["header"]: each["field"]
        for each in row.columns
        if each["field"] != each["proposed"] and each["header"] in upload.headers
    }
    values = _values(import_resource(row.resource), upload, chosen, {**stays, **(mapping or {})})
    values["corrections"] = _corrected(row.corrections, upload, corrections or {})
    row = _check_anew(actor=actor, import_id=import_id, values=values, if_version=row.version)
    return _after_job(actor, row)


def run_import(*, actor: Actor, import_id: UUID, if_version: Versions = None) -> FileImport:
    """
    Writes the rows of a checked file; of a small file that has ended already, else a job does it.
    Asked for again, the same import is the answer.

    Raises Forbidden, NotFound, Stale, NotChecked, and Gone when the file isn't there any more.
    """
    return _after_job(actor, _run(actor=actor, import_id=import_id, if_version=if_version))


def cancel_import(*, actor: Actor, import_id: UUID, if_version: Versions = None) -> FileImport:
    """
    Calls off what goes on: at once while it waits, within seconds while it runs. Rows that are
    written stay, and can be taken back. Raises Forbidden, NotFound and Stale.
    """
    row = get_import(actor=actor, import_id=import_id)
    refuse_stale(row, if_version)
    for job_id in (row.undo_job_id, row.run_job_id, row.check_job_id):
        if job_id is not None:
            cancel(actor=actor, job_id=job_id)
            break
    found: FileImport = get_import(actor=actor, import_id=import_id)
    return found


def undo_import(*, actor: Actor, import_id: UUID, if_version: Versions = None) -> Undone | Job:
    """
    Takes back what the import wrote, created and updated rows alike; at once or, of many rows, by a
    job. What somebody touched since is kept and listed.

    Raises as `undo_change_set`, Stale and NotRun.
    """
    row = get_import(actor=actor, import_id=import_id)
    refuse_stale(row, if_version)
    if row.run_job_id is None or not row.created + row.updated:
        raise NotRun
    result = undo_change_set(actor=actor, set_id=row.run_job_id)
    if isinstance(result, Job):
        FileImport.objects.for_actor(actor).filter(pk=row.pk).update(undo_job=result)
    return result


def imports(*, actor: Actor, conditions: ImportConditions | None = None) -> "QuerySet[FileImport]":
    """
    The organization's imports that meet the conditions, each with its `state`. Raises Forbidden.
    """
    actor.require(Permission.IMPORT)
    rows = with_state(FileImport.objects.for_actor(actor))
    return (conditions or ImportConditions()).apply(rows)


def get_import(*, actor: Actor, import_id: UUID) -> Any:
    """The import with its `state` and jobs. Raises Forbidden and NotFound."""
    rows = imports(actor=actor).select_related("check_job", "run_job", "undo_job")
    row = rows.filter(pk=import_id).first()
    if row is None:
        raise NotFound("Import", import_id)
    return row


def import_rows(
    *, actor: Actor, import_id: UUID, conditions: ImportRowConditions | None = None
) -> "QuerySet[FileImportRow]":
    """What became (or would become) of each row that meets the conditions. Raises Forbidden."""
    actor.require(Permission.IMPORT)
    rows = FileImportRow.objects.for_actor(actor).filter(file_import=import_id)
    return (conditions or ImportRowConditions()).apply(rows)


def failed_rows(
    *, actor: Actor, import_id: UUID, say: Say = attrgetter("message")
) -> Iterator[str]:
    """
    The rows that were refused as CSV: the file's own columns, then the line and the reason, so that
    it can be mended and imported again. Raises Forbidden and NotFound.
    """
    row = get_import(actor=actor, import_id=import_id)
    headers = [each["header"] for each in row.columns]
    refused = import_rows(actor=actor, import_id=row.pk).filter(outcome__in=REFUSED)
    lines = (
        [
            *(each.cells.get(header, "") for header in headers),
            each.line,
            "; ".join(problems(each, say)),
        ]
        for each in refused.order_by("line").iterator()
    )
    return csv_lines([*map(inert, headers), "line", "problem"], lines)


def problems(row: FileImportRow, say: Say = attrgetter("message")) -> list[str]:
    """What is wrong with a row, a sentence each."""
    return [
        f"{name}: {text}" if name else text
        for name, texts in sentences(row.faults, say).items()
        for text in texts
    ]


def saved_mapping(*, actor: Actor, row: FileImport) -> dict[str, str | None] | None:
    """
    What the columns of a file with the same headers were taken for last time (header → field),
    where that isn't what they are taken for now; None where there is none. Raises Forbidden.
    """
    actor.require(Permission.IMPORT)
    saved = SavedMapping.objects.for_actor(actor).filter(
        resource=row.resource, fingerprint=row.fingerprint
    )
    found = saved.first() if row.fingerprint else None
    present = [each["field"] for each in row.columns]
    if found is None or found.fields == present or len(found.fields) != len(present):
        return None
    known = import_resource(row.resource).fields
    headers = [each["header"] for each in row.columns]
    return {
        header: name if name in known else None
        for header, name in zip(headers, found.fields, strict=True)
    }


def withdraw_imports(*, actor: Actor, customer_id: UUID) -> None:
    """
    Takes back the files of every import of the actor's organization and environment, and what their
    reports say of rows; what is under way stops.

    Erasing a customer needs it, for their data may stand in any of them. Call it in the erasure's
    transaction.
    """
    rows = imports(actor=actor).select_related("check_job", "run_job")
    # in the order of who writes rows: the import, then its job
    locked = rows.select_for_update(of=("self",), no_key=True)
    for row in locked.exclude(file="", corrections={}, notes=[]).order_by("pk"):
        for job in filter(None, (row.check_job, row.run_job)):
            _withdraw(job)
        if row.file:
            transaction.on_commit(partial(delete_file, row.file), robust=True)
        row.file, row.corrections, row.notes = "", {}, []
        row.columns = [each | {"samples": []} for each in row.columns]
        row.save(update_fields=["file", "corrections", "notes", "columns"])
    told = FileImportRow.objects.for_actor(actor)
    told.filter(row_id=customer_id).delete()
    told.exclude(faults={}, remarks={}, cells={}).update(faults={}, remarks={}, cells={})


def _withdraw(job: Job) -> None:
    row = Job.objects.unscoped().select_for_update(no_key=True).get(pk=job.pk)
    if row.state not in ACTIVE:
        return
    row.error = "Withdrawn: a customer was erased; import the file again."
    row.cancel_asked = True
    if row.state == JobState.QUEUED:
        row.state, row.finished_at = JobState.CANCELLED, now()
    row.save(update_fields=["state", "finished_at", "cancel_asked", "error"])


def corrected(upload: Upload, corrections: Corrections) -> Upload:
    """The upload with the texts that stand in the place of some of its cells."""
    if not corrections:
        return upload
    lines = [
        UploadLine(line.number, {**line.cells, **corrections[line.number]})
        if line.number in corrections
        else line
        for line in upload.lines
    ]
    return Upload(upload.headers, lines, upload.encoding, upload.delimiter)


def read_import(row: FileImport) -> tuple[Upload, Options, dict[str, str | None]]:
    """
    The file with its corrections, how it is to be read, and what its columns mean. Raises Gone.
    """
    options = Options.load(row.options)
    upload = corrected(
        read_upload(_load(row), options),
        {int(line): cells for line, cells in row.corrections.items()},
    )
    return upload, options, {each["header"]: each["field"] for each in row.columns}


def _load(row: FileImport) -> bytes:
    if row.created_at < now() - KEPT:
        raise Gone(GONE)
    return load_file(row.file)


def _values(
    resource: ImportResource, upload: Upload, options: Options, mapping: Columns | None
) -> dict[str, Any]:
    """What an import keeps of its file. Raises Invalid for a wrong mapping."""
    proposed = resource.propose(upload)
    fields = resource.columns_of(upload, mapping)
    return {
        "options": options.dump(),
        "encoding": upload.encoding,
        "delimiter": upload.delimiter,
        "fingerprint": _fingerprint(upload.headers) if options.header else "",
        "columns": [
            {
                "header": header,
                "field": fields[header],
                "proposed": proposed[header],
                "samples": _samples(upload, header),
            }
            for header in upload.headers
        ],
        "total": len(upload.lines),
    }


def _samples(upload: Upload, header: str) -> list[str]:
    """The first few different cells."""
    found: dict[str, None] = {}
    for line in upload.lines:
        if cell := line.cells.get(header):
            found[replace_unstorable(cell[:SAMPLE_LENGTH])] = None
        if len(found) == SAMPLES:
            break
    return list(found)


def _fingerprint(headers: Sequence[str]) -> str:
    """Of the headers in their order, however they are spelled."""
    return sha256("\n".join(map(header_key, headers)).encode()).hexdigest()


def _corrected(
    present: Mapping[str, Mapping[str, str]], upload: Upload, more: Corrections
) -> dict[str, dict[str, str]]:
    """Raises Invalid naming lines and columns that the file hasn't."""
    numbers = {line.number for line in upload.lines}
    faults = [
        Fault("unknown_line", f"The file has no row in line {line}.")
        for line in more
        if line not in numbers
    ]
    faults += [
        Fault("unknown_column", f"Line {line}: the file has no column “{quoted(header)}”.")
        for line, cells in more.items()
        for header in cells
        if header not in upload.headers
    ]
    found = {line: dict(cells) for line, cells in present.items() if int(line) in numbers}
    for number, cells in more.items():
        found[str(number)] = {**found.get(str(number), {}), **cells}
    if len(found) > MOST_CORRECTIONS:
        faults.append(
            Fault(
                "too_many",
                f"At most {MOST_CORRECTIONS} rows can be corrected here; mend the file instead.",
            )
        )
    if faults:
        raise Invalid({"rows": faults})
    return found


@writes(Permission.IMPORT)
def _take(*, actor: Actor, values: Mapping[str, Any]) -> FileImport:
    row = FileImport.objects.add(actor, **values)
    _start_check(actor, row)
    return row


@writes(Permission.IMPORT)
def _check_anew(
    *, actor: Actor, import_id: UUID, values: Mapping[str, Any], if_version: Versions
) -> FileImport:
    row: FileImport = get_row(FileImport, actor=actor, key=import_id, lock=True)
    if row.run_job_id is not None:
        raise AlreadyRun
    refuse_stale(row, if_version)
    if row.check_job_id is not None:
        cancel(actor=actor, job_id=row.check_job_id)
    forget_rows(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=[*values, *touch(row)])
    _start_check(actor, row)
    return row


@writes(Permission.IMPORT)
def _run(*, actor: Actor, import_id: UUID, if_version: Versions) -> FileImport:
    row: FileImport = get_row(FileImport, actor=actor, key=import_id, lock=True)
    refuse_stale(row, if_version)
    if row.run_job_id is not None:
        return row
    job = row.check_job
    if job is None or job.state != JobState.SUCCEEDED:
        raise NotChecked
    if not row.file or row.created_at < now() - KEPT:
        raise Gone(GONE)
    forget_rows(row)
    row.run_job = _start(actor, row, "core.imports.tasks.write_import")
    row.save(update_fields=["run_job"])
    _save_mapping(actor, row)
    return row


def forget_rows(row: FileImport) -> None:
    """The report begins anew."""
    rows = FileImportRow.objects.unscoped().filter(file_import=row)
    rows._raw_delete(rows.db)
    FileImport.objects.unscoped().filter(pk=row.pk).update(**NOTHING)


def _save_mapping(actor: Actor, row: FileImport) -> None:
    if row.fingerprint:
        SavedMapping.objects.unscoped().update_or_create(
            **SavedMapping.objects.scope(actor),
            resource=row.resource,
            fingerprint=row.fingerprint,
            defaults={
                "fields": [each["field"] for each in row.columns],
                "saved_by": actor.label,
                "saved_at": now(),
            },
        )


def _start_check(actor: Actor, row: FileImport) -> None:
    row.check_job = _start(actor, row, "core.imports.tasks.check_import")
    row.save(update_fields=["check_job"])


def _start(actor: Actor, row: FileImport, task: str) -> Job:
    job = start(
        actor=actor,
        kind=KIND,
        task=task,
        permission=Permission.IMPORT,
        parameters={"import": str(row.pk), "resource": row.resource},
        send=row.total > FEW,
    )
    job.total = row.total
    job.save(update_fields=["total"])
    return job


def _after_job(actor: Actor, row: FileImport) -> FileImport:
    """The import as it stands; what is small is done first."""
    job = row.run_job or row.check_job
    if job is not None and row.total <= FEW and job.state == JobState.QUEUED:
        run_now(job)
    found: FileImport = get_import(actor=actor, import_id=row.pk)
    return found
