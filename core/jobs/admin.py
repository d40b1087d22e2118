"""
Background work in the admin: how far it is, what came of it, and calling it off. It is asked for
elsewhere.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.clock import now
from core.exports.files import expires_at
from core.jobs.models import ACTIVE, Job, JobState, PeriodicRun
from core.jobs.services import cancel
from core.tenancy.policy import Permission
from core.ui.admin.lists import TONES, RecentFilter
from core.ui.admin.model_admin import BULK, ReadOnlyAdmin
from core.ui.place import actor_for_row

LABELS = {state: TONES[state.tone] for state in JobState}


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Imports and jobs", "manufacturing"
    permissions = {"view": Permission.VIEW_AUDIT, "call_off": Permission.VIEW_AUDIT}
    list_display = [
        "created_at",
        "kind",
        "state_badge",
        "progress",
        "asked_by",
        "finished_at",
        "file",
    ]
    list_filter = [RecentFilter, "state"]
    list_select_related = ["organization"]
    sortable_by: list[str] = []
    actions = ["call_off"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Job]":
        """Each with whether it belongs `here`, where this person works now."""
        actor = self.actor(request)
        here = Q(organization=actor.organization, environment=actor.environment)
        return (
            super()
            .get_queryset(request)
            .annotate(here=ExpressionWrapper(here, output_field=BooleanField()))
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        told = [
            "kind",
            "state",
            "progress",
            "error",
            "file",
            "asked_by",
            "created_at",
            "started_at",
            "finished_at",
        ]
        place = ["organization", "environment"] if self.crosses(request) else []
        return [
            *told,
            "task",
            "parameters",
            "result",
            "attempts",
            "lease_until",
            "cancel_asked",
            *place,
        ]

    @display(description=_("State"), label=LABELS)
    def state_badge(self, job: Job) -> tuple[str, str]:
        asked = job.cancel_asked and job.state == JobState.RUNNING
        return job.state, "Being cancelled" if asked else JobState(job.state).label

    @admin.display(description=_("Progress"))
    def progress(self, job: Job) -> str:
        done = number_format(job.done, force_grouping=True)
        if not job.total:
            return done if job.done else "-"
        total = number_format(job.total, force_grouping=True)
        text = _("%(done)s of %(total)s") % {"done": done, "total": total}
        return format_html(
            '<progress class="job-progress" value="{}" max="{}" aria-label="{}"></progress> {}',
            job.done,
            job.total,
            text,
            text,
        )

    def has_call_off_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "call_off")

    @admin.action(description=_("Cancel selected jobs"), permissions=["call_off"])
    def call_off(self, request: HttpRequest, queryset: "QuerySet[Job]") -> None:
        """The service asks what asking for each of them needed."""
        rows = list(queryset.select_related("organization").filter(state__in=ACTIVE)[:BULK])
        for row in rows:
            cancel(actor=actor_for_row(request, row), job_id=row.pk)
        said = _("%(n)s cancelled; one that runs stops within seconds.") % {"n": len(rows)}
        self.message_user(request, said)

    @admin.display(description=_("File"))
    def file(self, job: Job) -> str:
        """The download asks, and is audited, as everywhere."""
        expiry = expires_at(job)
        if expiry is None or expiry <= now():
            return "-"
        if not job.here:  # type: ignore[attr-defined]
            return "Work there to download it"
        return format_html(
            '<a class="link" href="{}">Download</a>', reverse("jobs:download", args=[job.pk])
        )


@admin.register(PeriodicRun)
class PeriodicRunAdmin(ReadOnlyAdmin):
    """
    When each entry of the schedule was last sent; it serves everyone, so super admins alone see it.
    """

    menu_group, menu_icon = "Imports and jobs", "schedule"
    permissions = {"view": Permission.CROSS_ORGANIZATIONS}
    list_display = ["name", "began_at"]
    fields = ["name", "began_at"]
    sortable_by: list[str] = []
    tenant_columns = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PeriodicRun]":
        rows = PeriodicRun.objects.order_by("pk")
        return rows if self.crosses(request) else rows.none()
