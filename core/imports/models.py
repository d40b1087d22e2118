"""Files that are taken in: what was decided about each, and what became of its rows."""

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.changes.models import ChangeSet
from core.choices import TonedChoices
from core.clock import now
from core.fields import row_version
from core.imports.reports import ImportOutcome
from core.jobs.models import ACTIVE, Job, JobState
from core.tenancy.scoping import SameTenant, TenantModel


class ImportState(TonedChoices):
    """How far an import is. After `checked` somebody decides; after the others nothing follows."""

    CHECKING = "checking", "info", "refresh", pgettext_lazy("an import", "Being checked")
    CHECKED = "checked", "info", "check", pgettext_lazy("an import", "Checked")
    RUNNING = "running", "info", "refresh", pgettext_lazy("an import", "Running")
    SUCCEEDED = "succeeded", "good", pgettext_lazy("an import", "Done")
    FAILED = "failed", "bad", pgettext_lazy("an import", "Failed")
    CANCELLED = "cancelled", "warn", "x", pgettext_lazy("an import", "Cancelled")
    UNDOING = "undoing", "info", "refresh", pgettext_lazy("an import", "Being undone")
    UNDONE = "undone", "", "undo", pgettext_lazy("an import", "Taken back")


UNDER_WAY = (ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING)


def _job() -> "models.ForeignKey[Job | None, Job | None]":
    return models.ForeignKey(
        Job, on_delete=models.CASCADE, null=True, editable=False, related_name="+"
    )


class FileImport(TenantModel):
    """
    One uploaded file, from its check to its report. How far it is its jobs say (`with_state`).

    `columns` is a list of {"header", "field" (null: left out), "proposed", "samples"} in the file's
    order; `corrections` maps line → header → the text that stands in the cell's place.
    The counts are those of the check until the first rows are written, then those of the run;
    `rows` is how many rows they tell of, `total` how many the file has.
    """

    version = row_version(db_default=1)
    resource = models.CharField(_("What it holds"), max_length=30)
    filename = models.CharField(_("File"), max_length=255, blank=True)
    file = models.CharField(max_length=100, blank=True, editable=False)
    options = models.JSONField(_("Options"), default=dict)
    encoding = models.CharField(_("Encoding"), max_length=40, blank=True)
    delimiter = models.CharField(_("Separator"), max_length=10, blank=True)
    columns = models.JSONField(_("Columns"), default=list)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    corrections = models.JSONField(_("Corrections"), default=dict)
    notes = models.JSONField(_("Remarks"), default=list)
    total = models.PositiveIntegerField(_("Rows in the file"), default=0)
    rows = models.PositiveIntegerField(_("Rows"), default=0)
    created = models.PositiveIntegerField(_("Created"), default=0)
    updated = models.PositiveIntegerField(_("Updated"), default=0)
    skipped = models.PositiveIntegerField(_("Skipped"), default=0)
    suppressed = models.PositiveIntegerField(_("Suppressed"), default=0)
    conflicting = models.PositiveIntegerField(_("Conflicting"), default=0)
    failed = models.PositiveIntegerField(_("Failed"), default=0)
    check_job = _job()
    run_job = _job()
    undo_job = _job()
    asked_by = models.CharField(_("Asked by"), max_length=254)
    created_at = models.DateTimeField(_("When"), default=now)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "id"], name="import_tenant"
            ),
            models.CheckConstraint(
                condition=Q(
                    rows=F("created")
                    + F("updated")
                    + F("skipped")
                    + F("suppressed")
                    + F("conflicting")
                    + F("failed")
                ),
                name="import_counts_add_up",
            ),
            models.CheckConstraint(condition=Q(rows__lte=F("total")), name="import_rows_of_file"),
            SameTenant(field="check_job", name="import_check_job_tenant"),
            SameTenant(field="run_job", name="import_run_job_tenant"),
            SameTenant(field="undo_job", name="import_undo_job_tenant"),
        ]
        indexes = [
            models.Index(fields=["organization", "environment", "-id"], name="import_by_time")
        ]

    def __str__(self) -> str:
        return self.filename or self.resource


class FileImportRow(TenantModel):
    """
    What became of one row, in the check and then in the run: `row_id` is the record, `matched_by`
    the key that found it; of `faults` and `remarks` `core.imports.reports.sentences` tells. `cells`
    are those of a row that was refused, to be shown, corrected and given back.
    """

    file_import = models.ForeignKey(
        FileImport, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    line = models.PositiveIntegerField(_("Line"))
    outcome = models.CharField(_("Outcome"), max_length=11, choices=ImportOutcome)
    row_id = models.UUIDField(_("Record"), null=True)
    matched_by = models.CharField(_("Found by"), max_length=20, blank=True)
    reason = models.TextField(_("Reason"), blank=True)
    faults = models.JSONField(_("Problems"), default=dict)
    remarks = models.JSONField(_("Remarks"), default=dict)
    cells = models.JSONField(_("Cells"), default=dict)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["file_import", "line"], name="import_row_once"),
            SameTenant(field="file_import", name="import_row_tenant"),
        ]
        indexes = [
            models.Index(fields=["file_import", "outcome", "line"], name="import_row_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.outcome}"


class SavedMapping(TenantModel):
    """
    What the columns of a file with certain headers were taken for when it was last imported:
    `fields` in the headers' order, null for those left out. Headers themselves aren't kept, for
    the first line of a file may be a person.
    """

    resource = models.CharField(_("What it holds"), max_length=30)
    fingerprint = models.CharField(_("Headers' fingerprint"), max_length=64)
    fields = models.JSONField(_("Fields"), default=list)
    saved_by = models.CharField(_("By"), max_length=254)
    saved_at = models.DateTimeField(_("When"), default=now)

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "resource", "fingerprint"],
                name="mapping_one_per_headers",
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource}, {len(self.fields)} columns"


_UNDONE = ChangeSet.objects.unscoped().filter(pk=OuterRef("run_job_id"), undone_by__isnull=False)

STATE = Case(
    When(undo_job__state__in=ACTIVE, then=Value(ImportState.UNDOING.value)),
    When(Exists(_UNDONE), then=Value(ImportState.UNDONE.value)),
    When(run_job__state__in=ACTIVE, then=Value(ImportState.RUNNING.value)),
    When(run_job__state=JobState.SUCCEEDED, then=Value(ImportState.SUCCEEDED.value)),
    When(run_job__state=JobState.CANCELLED, then=Value(ImportState.CANCELLED.value)),
    When(run_job__state=JobState.FAILED, then=Value(ImportState.FAILED.value)),
    When(check_job__state__in=ACTIVE, then=Value(ImportState.CHECKING.value)),
    When(check_job__state=JobState.SUCCEEDED, then=Value(ImportState.CHECKED.value)),
    When(check_job__state=JobState.CANCELLED, then=Value(ImportState.CANCELLED.value)),
    default=Value(ImportState.FAILED.value),
    output_field=models.CharField(),
)
"""How far an import is: what its jobs say, and the set of changes that the run made."""


def with_state(rows: "QuerySet[FileImport]") -> "QuerySet[FileImport]":
    """Each with its `state`."""
    return rows.annotate(state=STATE)
