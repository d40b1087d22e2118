"""
Work that takes longer than a request: the database knows what is to be done, whatever happens to
brokers and workers.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.choices import TonedChoices
from core.clock import now
from core.tenancy.scoping import TenantModel


class JobState(TonedChoices):
    QUEUED = "queued", "", "clock", pgettext_lazy("a job", "Waiting")
    RUNNING = "running", "info", "refresh", pgettext_lazy("a job", "Running")
    SUCCEEDED = "succeeded", "good", pgettext_lazy("a job", "Done")
    FAILED = "failed", "bad", pgettext_lazy("a job", "Failed")
    CANCELLED = "cancelled", "warn", "x", pgettext_lazy("a job", "Cancelled")


ACTIVE = (JobState.QUEUED, JobState.RUNNING)


class Job(TenantModel):
    """
    One piece of background work for an organization, which runs one of a kind at a time.

    `lease_until` is how long its worker is believed alive; when it has passed, another takes the
    job over. `permission` is what asking for it needed, and calling it off needs.
    """

    kind = models.CharField(_("Kind"), max_length=30)
    task = models.CharField(
        _("Task"), max_length=100, db_default="", help_text="the Celery task that does it"
    )
    permission = models.CharField(_("Permission"), max_length=50)
    single = models.BooleanField(
        _("Single"), default=False, help_text="no second one of its task may wait"
    )
    state = models.CharField(_("State"), max_length=10, choices=JobState, default=JobState.QUEUED)
    parameters = models.JSONField(_("Parameters"), default=dict)
    done = models.PositiveIntegerField(_("Done so far"), default=0)
    total = models.PositiveIntegerField(_("Of"), null=True, help_text="null until it is known")
    result = models.JSONField(_("Result"), default=dict)
    error = models.TextField(_("Error"), blank=True)
    asked_by_kind = models.CharField(_("Asked by (kind)"), max_length=10)
    asked_by_id = models.UUIDField(_("Asked by (ID)"), null=True)
    asked_by = models.CharField(_("Asked by"), max_length=254)
    attempts = models.PositiveSmallIntegerField(_("Attempts"), default=0)
    lease_until = models.DateTimeField(_("Leased until"), null=True)
    cancel_asked = models.BooleanField(_("Cancelling"), default=False)
    created_at = models.DateTimeField(_("Asked"), default=now)
    started_at = models.DateTimeField(_("Started"), null=True)
    finished_at = models.DateTimeField(_("Finished"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "id"], name="job_tenant"
            ),
            models.UniqueConstraint(
                fields=["organization", "environment", "kind"],
                name="job_one_running",
                condition=Q(state=JobState.RUNNING),
            ),
            models.UniqueConstraint(
                fields=["organization", "environment", "task", "single"],
                name="job_one_waiting",
                condition=Q(state=JobState.QUEUED, single=True),
                violation_error_code="kind",
            ),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
        ]
        indexes = [
            models.Index(fields=["organization", "environment", "-id"], name="job_by_time"),
            models.Index(
                fields=["state", "lease_until"], name="job_active", condition=Q(state__in=ACTIVE)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"


class PeriodicRun(models.Model):
    """
    When an entry of the schedule was last sent; taking it is what keeps two schedulers from sending
    it twice.
    """

    name = models.CharField(max_length=60, primary_key=True)
    began_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
