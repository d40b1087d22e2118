"""How the pages of background work speak of customers' jobs."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.jobs.models import JobState
from core.jobs.summaries import JobOffer, JobSummary
from core.tenancy.policy import Permission
from core.ui.audit_labels import field_name
from core.ui.formatting import count

RECALCULATE = JobOffer(
    name="recalculate",
    label=gettext_lazy("Recalculate"),
    title=gettext_lazy("Recalculate now?"),
    icon="refresh",
    permission=Permission.UPDATE_CUSTOMERS,
    template="jobs/recalculate.html",
)


class RecalculationSummary(JobSummary):
    @property
    def title(self) -> str:
        return _("Recalculation")

    @property
    def result(self) -> str:
        if self.job.state != JobState.SUCCEEDED:
            return ""
        changed = self.job.result["changed"]
        if not changed:
            return _("Everything was right already")
        return ngettext("%(n)s value corrected", "%(n)s values corrected", changed) % {
            "n": count(changed)
        }


class BulkUpdateSummary(JobSummary):
    @property
    def title(self) -> str:
        return _("Change of many customers")

    @property
    def detail(self) -> str:
        """The fields that were set."""
        changed = [field_name("customer", name) for name in self.job.parameters.get("values", {})]
        added = self.job.parameters.get("add_tags")
        if added:
            changed.append(_("tags added: %(names)s") % {"names": ", ".join(added)})
        return ", ".join(changed)

    @property
    def result(self) -> str:
        if self.job.state != JobState.SUCCEEDED:
            return ""
        updated = self.job.result["updated"]
        return ngettext("%(n)s customer updated", "%(n)s customers updated", updated) % {
            "n": count(updated)
        }


class SensitiveFieldsSummary(JobSummary):
    @property
    def title(self) -> str:
        return _("Sensitive custom fields")

    @property
    def result(self) -> str:
        if self.job.state != JobState.SUCCEEDED:
            return ""
        changed = self.job.result["changed"]
        return ngettext("%(n)s customer updated", "%(n)s customers updated", changed) % {
            "n": count(changed)
        }


class RetentionSummary(JobSummary):
    @property
    def title(self) -> str:
        return _("Erasure of inactive customers")

    @property
    def result(self) -> str:
        if self.job.state != JobState.SUCCEEDED:
            return ""
        erased = self.job.result["erased"]
        return ngettext("%(n)s customer erased", "%(n)s customers erased", erased) % {
            "n": count(erased)
        }
