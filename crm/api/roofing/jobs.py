"""Background work to follow and to call off."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from core.errors import Fault
from core.jobs.filters import JobFilterSet
from core.jobs.models import Job
from core.jobs.services import cancel, job, jobs
from crm.api.kernel.filters import filter_parameters
from crm.api.kernel.queries import Query
from crm.api.kernel.words import Unreadable, Word, Words
from crm.api.roofing.base import PageQuery, RoofingView, many, one
from customers.services.jobs import start_recalculation

KINDS = {"recalculation": start_recalculation}
"""What can be asked for here: kind → service."""

_MOMENT = {"type": ["string", "null"], "format": "date-time"}


class JobWords(Words):
    id = Word(read_only=True)
    kind = Word(read_only=True)
    state = Word(read_only=True)
    done = Word(read_only=True)
    total = Word(read_only=True, schema={"type": ["integer", "null"], "minimum": 0})
    result = Word(read_only=True, schema={"type": "object", "additionalProperties": True})
    error = Word(read_only=True)
    asked_by = Word(read_only=True)
    cancel_asked = Word(read_only=True)
    created_at = Word(read_only=True)
    started_at = Word(read_only=True, schema=_MOMENT)
    finished_at = Word(read_only=True, schema=_MOMENT)

    class Meta:
        model = Job


def _answer(row: Job, status: int = 200) -> Response:
    return Response({"data": JobWords.show(vars(row))}, status=status)


class Jobs(RoofingView):
    replays = True

    @extend_schema(
        operation_id="list_jobs",
        parameters=[PageQuery, *filter_parameters(JobFilterSet)],
        responses=many(JobWords),
    )
    def get(self, request: Any) -> Response:
        """The organization's background work, newest first."""
        query, conditions = self.query_list(PageQuery, JobFilterSet)
        rows = jobs(actor=self.actor, conditions=conditions)
        return self.paged(rows, JobWords, order=("-id",), query=query)

    @extend_schema(
        operation_id="create_job",
        request=inline_serializer(
            "JobRequest", {"kind": serializers.ChoiceField(choices=list(KINDS))}
        ),
        responses={201: one(JobWords)},
    )
    def post(self, request: Any) -> Response:
        """
        Starts a recalculation of all computed values; while one is waiting already, that one is the
        answer.
        """
        self.allow(start_recalculation)
        start = KINDS.get(str(self.asked("kind").get("kind")))
        if start is None:
            raise Unreadable(
                {"kind": [Fault("invalid_choice", f"Must be one of: {', '.join(KINDS)}.")]}
            )
        return self.once(lambda: _answer(start(actor=self.actor), 201))


class JobItem(RoofingView):
    @extend_schema(operation_id="read_job", responses=one(JobWords))
    def get(self, request: Any, row_id: str) -> Response:
        self.query(Query)
        return _answer(job(actor=self.actor, job_id=self.id(row_id, "Job")))


class JobCancel(RoofingView):
    @extend_schema(operation_id="cancel_job", request=None, responses=one(JobWords))
    def post(self, request: Any, row_id: str) -> Response:
        """
        At once while it waits, within seconds while it runs; a finished one stays as it is. Takes
        who may ask for such work.
        """
        return _answer(cancel(actor=self.actor, job_id=self.id(row_id, "Job")))
