"""The organization's background work: what goes on, what came of it, the files to take home."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Gone, NotReady
from core.exports.services import delete_export, download, start_again
from core.exports.streaming import CONTENT_TYPES, Format
from core.jobs.models import Job
from core.jobs.services import cancel, job, jobs
from core.jobs.summaries import job_offers, summary_of
from core.requests.allowances import spend
from core.tenancy.policy import Permission
from core.ui.lists import ListState
from core.ui.toasts import toast
from core.ui.views import Page


class JobList(Page):
    """The newest first; refreshed by htmx while something goes on."""

    permission = Permission.EXPORT
    template = "jobs/list.html"
    fragment = "jobs/list_rows.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(request, size=25)
        page = state.page_of(
            jobs(actor=self.actor),
            order=["-id"],
            columns=_COLUMNS,
        )
        summaries = [summary_of(Job(**row), self.actor) for row in page.rows]
        return self.show(
            {
                "state": state,
                "page": page,
                "jobs": summaries,
                "active": any(each.active for each in summaries),
                "here": request.get_full_path(),
                "offers": job_offers(self.actor),
                "may_import": self.actor.may(Permission.IMPORT),
            }
        )


_COLUMNS = [field.attname for field in Job._meta.concrete_fields]


class JobPage(Page):
    permission = Permission.EXPORT
    template = "jobs/job.html"
    fragment = "jobs/job_panel.html"

    def get(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        summary = summary_of(job(actor=self.actor, job_id=job_id), self.actor)
        if "toast" in request.GET:
            self.fragment = "jobs/job_toast.html"  # type: ignore[misc]
        return self.show({"summary": summary, "here": request.get_full_path()})


class Download(Page):
    permission = Permission.EXPORT

    def get(self, request: HttpRequest, job_id: UUID) -> Any:
        try:
            file, found = download(actor=self.actor, job_id=job_id)
        except (Gone, NotReady):
            summary = summary_of(job(actor=self.actor, job_id=job_id), self.actor)
            toast(request, summary.why_not or _("The file isn't ready yet."), level="warning")
            return self.go(reverse("jobs:job", args=[job_id]))
        form = Format(found.parameters["format"])
        name = f"{found.parameters['resource']}-{found.created_at:%Y-%m-%d}.{form}"
        return FileResponse(
            file, as_attachment=True, filename=name, content_type=CONTENT_TYPES[form]
        )


class JobAction(Page):
    """A button: does it, says so, and leads to the job."""

    permission = Permission.EXPORT
    success_message: str | Promise = ""

    def post(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        return self.go(reverse("jobs:job", args=[self.act(job_id)]), str(self.success_message))

    def act(self, job_id: UUID) -> UUID:
        raise NotImplementedError


class Cancel(JobAction):
    success_message = gettext_lazy("It stops within seconds.")

    def act(self, job_id: UUID) -> UUID:
        return cancel(actor=self.actor, job_id=job_id).pk


class DeleteFile(JobAction):
    success_message = gettext_lazy("The file is deleted.")

    def act(self, job_id: UUID) -> UUID:
        delete_export(actor=self.actor, job_id=job_id)
        return job_id


class Again(JobAction):
    success_message = gettext_lazy("Started again with the same choices.")

    def act(self, job_id: UUID) -> UUID:
        spend(self.actor, "export")
        return start_again(actor=self.actor, job_id=job_id).pk
