"""Which jobs."""

from dataclasses import dataclass

from django.conf import settings

from core.filters import ChoiceFilter, Conditions, ConditionsFilterSet
from core.jobs.models import Job, JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class JobConditions(Conditions):
    kind: str | None = None
    state: str | None = None


class ExportFilterSet(ConditionsFilterSet[JobConditions]):
    """Of one kind of job."""

    state = ChoiceFilter(choices=JobState)

    class Meta:
        model = Job
        conditions = JobConditions


class JobFilterSet(ExportFilterSet):
    kind = ChoiceFilter(choices=[(kind, kind) for kind in settings.JOB_KINDS])
