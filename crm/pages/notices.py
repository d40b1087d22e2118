"""What the bell tells of: what is due for one, and one's work that failed in the background."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import ngettext

from core.clock import now
from core.identity.models import User
from core.jobs.models import Job, JobState
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.shell import Notice
from interactions.models import FollowUp

FAILED_SINCE = dt.timedelta(days=1)


def notices(actor: Actor) -> list[Notice]:
    """Of those that there are, in one query."""
    if not actor.may(Permission.VIEW):
        return []
    moment = now()
    today = moment.astimezone(ZoneInfo(actor.organization.time_zone)).date()
    due = FollowUp.objects.for_actor(actor).filter(
        owner=OuterRef("pk"), done_at=None, due_date__lte=today, customer__deleted_at=None
    )
    failed = Job.objects.for_actor(actor).filter(
        asked_by_id=OuterRef("pk"), state=JobState.FAILED, created_at__gt=moment - FAILED_SINCE
    )
    me = User.objects.unscoped().filter(pk=actor.id)
    counted = me.values_list(_count(due, "owner"), _count(failed, "asked_by_id")).first()
    dues, failures = (number or 0 for number in counted or (0, 0))
    found = []
    if dues:
        said = ngettext("%(n)s follow-up is due", "%(n)s follow-ups are due", dues) % {"n": dues}
        found.append(Notice("bell", said, dues, reverse("today")))
    if failures and actor.may(Permission.EXPORT):
        said = ngettext("%(n)s job of yours failed", "%(n)s jobs of yours failed", failures)
        found.append(Notice("alert", said % {"n": failures}, failures, reverse("jobs:list")))
    return found


def _count(rows: "QuerySet[Any]", column: str) -> Subquery:
    """How many `rows` there are for the outer row."""
    return Subquery(rows.order_by().values(column).annotate(n=Count("pk")).values("n"))
