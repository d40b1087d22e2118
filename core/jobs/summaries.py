"""A job in words: what a page shows of it, and what this person may do with it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.changes.services import is_undoable
from core.clock import now
from core.exports.files import expires_at
from core.exports.services import KIND, is_withdrawn
from core.exports.streaming import Format
from core.exports.tables import table
from core.imports.reports import ImportOutcome
from core.jobs.models import ACTIVE, Job, JobState
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.audit_labels import actor_name
from core.ui.formatting import count

FORMATS: Mapping[str, Any] = {
    Format.XLSX.value: gettext_lazy("Excel"),
    Format.CSV.value: gettext_lazy("CSV"),
    Format.JSON_LINES.value: gettext_lazy("JSON lines"),
}

COLUMNS_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOffer:
    """
    Work that the page of jobs offers to start (`settings.JOB_OFFERS`), after saying in a dialog
    what it does: `template`, which holds the form. `name` is the dialog's.
    """

    name: str
    label: str | Promise
    title: str | Promise
    icon: str
    permission: Permission
    template: str


def job_offers(actor: Actor) -> list[JobOffer]:
    """Those that the actor may take."""
    offers: list[JobOffer] = [import_string(path) for path in settings.JOB_OFFERS]
    return [offer for offer in offers if actor.may(offer.permission)]


@dataclass(frozen=True)
class JobSummary:
    """
    Of a job of any kind. An app's own kinds say more by a subclass, which
    `settings.JOB_SUMMARIES` lists.
    """

    job: Job
    actor: Actor

    is_export: ClassVar[bool] = False

    @property
    def title(self) -> str:
        return capfirst(self.job.kind.replace("_", " "))

    @property
    def detail(self) -> str:
        """What of, in a line."""
        return ""

    @property
    def columns(self) -> list[str]:
        """The headers of its file."""
        return []

    @property
    def result(self) -> str:
        """What came of it."""
        return ""

    @property
    def failed(self) -> str:
        """Why it failed."""
        return self.job.error if self.job.state == JobState.FAILED else ""

    @property
    def active(self) -> bool:
        return self.job.state in ACTIVE

    @property
    def asked_by(self) -> str:
        return actor_name(self.job.asked_by_kind, self.job.asked_by)

    @property
    def state(self) -> JobState:
        return JobState(self.job.state)

    @property
    def progress(self) -> dict[str, Any]:
        """For the bar; without a value while nobody knows how far it is."""
        done, total = self.job.done, self.job.total
        if self.job.state == JobState.QUEUED or not total:
            return {"value": None, "of": 1, "text": ""}
        words = {"done": count(done), "total": count(total)}
        return {"value": min(done, total), "of": total, "text": _("%(done)s of %(total)s") % words}

    @property
    def may_cancel(self) -> bool:
        return (
            self.active
            and not self.job.cancel_asked
            and self.actor.may(Permission(self.job.permission))
        )

    @cached_property
    def may_undo(self) -> bool:
        """Whether what it changed can be taken back."""
        return not self.active and is_undoable(actor=self.actor, set_id=self.job.pk)

    @property
    def import_id(self) -> str:
        """The import whose work it is."""
        return ""

    # Its file: only exports have one

    @property
    def expires_at(self) -> dt.datetime | None:
        return None

    @property
    def downloadable(self) -> bool:
        return False

    @property
    def why_not(self) -> str:
        """Why there is nothing to download; nothing while there is, or while it goes on."""
        return ""

    @property
    def may_start_again(self) -> bool:
        return False


class UndoSummary(JobSummary):
    @property
    def title(self) -> str:
        return _("Undo")

    @property
    def result(self) -> str:
        if self.job.state != JobState.SUCCEEDED:
            return ""
        restored, kept = self.job.result["restored"], self.job.result["kept_count"]
        told = ngettext("%(n)s record is as it was", "%(n)s records are as they were", restored)
        left = ngettext("%(n)s was left as it is", "%(n)s were left as they are", kept)
        parts = [told % {"n": count(restored)}, *([left % {"n": count(kept)}] if kept else [])]
        return " · ".join(parts)


class ExportSummary(JobSummary):
    is_export = True

    @property
    def failed(self) -> str:
        """Told by `why_not`, beside what to do about it."""
        return ""

    @property
    def title(self) -> str:
        asked = self.job.parameters
        words = {
            "rows": table(asked["resource"]).label,
            "format": FORMATS.get(asked["format"], asked["format"]),
        }
        return _("%(rows)s as %(format)s") % words

    @property
    def columns(self) -> list[str]:
        return [header for header, _column in self.job.parameters["columns"]]

    @property
    def detail(self) -> str:
        shown = ", ".join(self.columns[:COLUMNS_NAMED])
        more = len(self.columns) - COLUMNS_NAMED
        return shown if more <= 0 else _("%(names)s and %(n)s more") % {"names": shown, "n": more}

    @property
    def result(self) -> str:
        found = self.job.result
        if self.job.state != JobState.SUCCEEDED:
            return ""
        rows = ngettext("%(n)s row", "%(n)s rows", found["rows"]) % {"n": count(found["rows"])}
        told = f"{rows} · {filesizeformat(found['bytes'])}"
        left_out = self.job.parameters.get("left_out")
        return f"{told} · {left_out_words(left_out)}" if left_out else told

    @cached_property
    def expires_at(self) -> dt.datetime | None:
        return expires_at(self.job)

    @property
    def downloadable(self) -> bool:
        return bool(
            self.job.state == JobState.SUCCEEDED and self.expires_at and self.expires_at > now()
        )

    @property
    def why_not(self) -> str:
        """Why there is nothing to download; nothing while there is, or while it goes on."""
        if self.active or self.downloadable:
            return ""
        if is_withdrawn(self.job):
            return _(
                "A customer was erased, so earlier files are withdrawn. Choose the rows again in a "
                "new export."
            )
        if self.job.state == JobState.FAILED:
            return _("This didn't work: %(error)s") % {"error": self.job.error}
        if self.job.state == JobState.CANCELLED:
            return _("It was cancelled before the file was written.")
        if self.expires_at is None:
            return _("The file was deleted.")
        return _("The file has expired.")

    @property
    def may_start_again(self) -> bool:
        return not (self.active or self.downloadable or is_withdrawn(self.job))


def left_out_words(number: int) -> str:
    words = ngettext("%(n)s left out without consent", "%(n)s left out without consent", number)
    return words % {"n": count(number)}


class ImportSummary(JobSummary):
    """A check or an import."""

    @property
    def import_id(self) -> str:
        return str(self.job.parameters.get("import", ""))

    @property
    def title(self) -> str:
        writes = self.job.task == "core.imports.tasks.write_import"
        return _("Import of a file") if writes else _("Check of a file")

    @property
    def result(self) -> str:
        if self.job.state != JobState.SUCCEEDED:
            return ""
        rows, failed = self.job.result["rows"], self.job.result[ImportOutcome.FAILED]
        text = ngettext("%(n)s row", "%(n)s rows", rows) % {"n": count(rows)}
        wrong = _("%(n)s failed") % {"n": count(failed)}
        return f"{text} · {wrong}" if failed else text


def summary_of(job: Job, actor: Actor) -> JobSummary:
    if job.kind == KIND:
        return ExportSummary(job, actor)
    own = settings.JOB_SUMMARIES.get(job.kind)
    kind: type[JobSummary] = import_string(own) if own else JobSummary
    return kind(job, actor)
