"""The organization's background work: what goes on, what came of it, the files to take home."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from core.clock import now
from core.errors import Gone, NotReady
from core.exports.files import expires_at
from core.exports.services import KIND, delete_export, download, is_withdrawn, start_again
from core.exports.streaming import CONTENT_TYPES, Format
from core.exports.tables import table
from core.jobs.models import ACTIVE, Job, JobState
from core.jobs.services import cancel, job, jobs
from core.paging import page_of
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.audit_words import field_name
from core.ui.lists import ListState
from core.ui.templatetags.ui import count
from core.ui.toasts import toast
from core.ui.views import Page

FORMATS: Mapping[str, Any] = {
    Format.XLSX.value: gettext_lazy("Excel"),
    Format.CSV.value: gettext_lazy("CSV"),
    Format.JSON_LINES.value: gettext_lazy("JSON lines"),
}
KINDS: Mapping[str, Any] = {
    "recalculation": gettext_lazy("Recalculation"),
    "bulk_update": gettext_lazy("Change of many customers"),
}

COLUMNS_NAMED = 4


@dataclass(frozen=True)
class Told:
    """A job in words, and what this person may do with it."""

    job: Job
    actor: Actor

    @property
    def is_export(self) -> bool:
        return self.job.kind == KIND

    @property
    def active(self) -> bool:
        return self.job.state in ACTIVE

    @property
    def title(self) -> str:
        if not self.is_export:
            return str(KINDS.get(self.job.kind, capfirst(self.job.kind.replace("_", " "))))
        asked = self.job.parameters
        words = {
            "rows": table(asked["resource"]).label,
            "format": FORMATS.get(asked["format"], asked["format"]),
        }
        return _("%(rows)s as %(format)s") % words

    @property
    def asked_by(self) -> str:
        return (
            pgettext("who asked for it", "Schedule")
            if self.job.asked_by == "schedule"
            else self.job.asked_by
        )

    @property
    def detail(self) -> str:
        """What of: the columns of an export, the fields of a change."""
        if self.is_export:
            return _some(self.columns)
        changed = [field_name("customer", name) for name in self.job.parameters.get("values", {})]
        added = self.job.parameters.get("add_tags")
        return ", ".join(
            [
                *changed,
                *([_("tags added: %(names)s") % {"names": ", ".join(added)}] if added else []),
            ]
        )

    @property
    def columns(self) -> list[str]:
        return (
            [header for header, _column in self.job.parameters["columns"]] if self.is_export else []
        )

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
    def result(self) -> str:
        """What came of it, in words."""
        found = self.job.result
        if self.job.state != JobState.SUCCEEDED:
            return ""
        if "rows" in found:
            rows = ngettext("%(n)s row", "%(n)s rows", found["rows"]) % {"n": count(found["rows"])}
            return f"{rows} · {filesizeformat(found['bytes'])}"
        if "updated" in found:
            return ngettext(
                "%(n)s customer updated", "%(n)s customers updated", found["updated"]
            ) % {"n": count(found["updated"])}
        if "changed" in found:
            if not found["changed"]:
                return _("Everything was right already")
            return ngettext("%(n)s value corrected", "%(n)s values corrected", found["changed"]) % {
                "n": count(found["changed"])
            }
        return ""

    @cached_property
    def expires_at(self) -> Any:
        return expires_at(self.job)

    @property
    def downloadable(self) -> bool:
        return bool(
            self.is_export
            and self.job.state == JobState.SUCCEEDED
            and self.expires_at
            and self.expires_at > now()
        )

    @property
    def why_not(self) -> str:
        """Why there is nothing to download; nothing while there is, or while it goes on."""
        if not self.is_export or self.active or self.downloadable:
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
    def failed(self) -> str:
        """Why other work than an export failed."""
        return self.job.error if not self.is_export and self.job.state == JobState.FAILED else ""

    @property
    def may_cancel(self) -> bool:
        return (
            self.active
            and not self.job.cancel_asked
            and self.actor.may(Permission(self.job.permission))
        )

    @property
    def may_start_again(self) -> bool:
        return (
            self.is_export
            and not self.active
            and not self.downloadable
            and not is_withdrawn(self.job)
        )


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:COLUMNS_NAMED])
    more = len(names) - COLUMNS_NAMED
    return shown if more <= 0 else _("%(names)s and %(n)s more") % {"names": shown, "n": more}


class JobList(Page):
    """The newest first; refreshed by htmx while something goes on."""

    permission = Permission.EXPORT
    template = "jobs/list.html"
    fragment = "jobs/list_rows.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(request, size=25)
        page = page_of(
            jobs(actor=self.actor),
            order=["-id"],
            columns=_COLUMNS,
            number=state.page,
            size=state.size,
        )
        told = [Told(Job(**row), self.actor) for row in page.rows]
        return self.show(
            {
                "state": state,
                "page": page,
                "jobs": told,
                "active": any(each.active for each in told),
                "here": request.get_full_path(),
                "may_recalculate": self.actor.may(Permission.UPDATE_CUSTOMERS),
            }
        )


_COLUMNS = [field.attname for field in Job._meta.concrete_fields]


class JobPage(Page):
    permission = Permission.EXPORT
    template = "jobs/job.html"
    fragment = "jobs/job_panel.html"

    def get(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        told = Told(job(actor=self.actor, job_id=job_id), self.actor)
        return self.show({"told": told, "here": request.get_full_path()})


class Download(Page):
    permission = Permission.EXPORT

    def get(self, request: HttpRequest, job_id: UUID) -> Any:
        try:
            file, found = download(actor=self.actor, job_id=job_id)
        except (Gone, NotReady):
            told = Told(job(actor=self.actor, job_id=job_id), self.actor)
            toast(request, told.why_not or _("The file isn't ready yet."), level="warning")
            return self.go(reverse("jobs:job", args=[job_id]))
        form = Format(found.parameters["format"])
        name = f"{found.parameters['resource']}-{found.created_at:%Y-%m-%d}.{form}"
        return FileResponse(
            file, as_attachment=True, filename=name, content_type=CONTENT_TYPES[form]
        )


class Action(Page):
    """A button: does it, says so, and leads to the job."""

    permission = Permission.EXPORT
    said: str | Promise = ""

    def post(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        return self.go(reverse("jobs:job", args=[self.act(job_id)]), str(self.said))

    def act(self, job_id: UUID) -> UUID:
        raise NotImplementedError


class Cancel(Action):
    said = gettext_lazy("It stops within seconds.")

    def act(self, job_id: UUID) -> UUID:
        return cancel(actor=self.actor, job_id=job_id).pk


class DeleteFile(Action):
    said = gettext_lazy("The file is deleted.")

    def act(self, job_id: UUID) -> UUID:
        delete_export(actor=self.actor, job_id=job_id)
        return job_id


class Again(Action):
    said = gettext_lazy("Started again with the same choices.")

    def act(self, job_id: UUID) -> UUID:
        return start_again(actor=self.actor, job_id=job_id).pk
