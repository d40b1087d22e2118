"""
Today: whom somebody has to think of now, each with its reason and one button.

A section is one query, cut after `SHOWN` rows, so that the page costs the same however much waits.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date as formatted
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments.choices import UPCOMING, AppointmentStatus
from appointments.models import Appointment
from appointments.pages.wording import starts
from appointments.selectors import appointments
from appointments.slots import zone_of
from core.clock import now
from core.jobs.models import Job, JobState
from core.jobs.services import jobs
from core.jobs.summaries import summary_of
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.formatting import money
from core.ui.views import Page
from crm.pages.customer.advice import why_at_risk
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.pages.links import of_customer
from customers.selectors.customers import customers
from customers.selectors.duplicates import count_duplicates
from interactions.filters import ConversationConditions, FollowUpConditions
from interactions.models import FollowUp
from interactions.pages.follow_ups import due_in_words
from interactions.selectors import DUE_FIRST, LATEST_FIRST, conversations, follow_ups

SHOWN = 8
CONFIRMED_AHEAD = dt.timedelta(days=2)
MISSED_SINCE = dt.timedelta(days=3)
FAILED_SINCE = dt.timedelta(days=3)
LEFT_ALONE = dt.timedelta(days=14)
"""Who was contacted since isn't named as at risk again."""
BIRTHDAYS_AHEAD = 7
DUPLICATES_COUNTED = 99

OF_CUSTOMER = tuple(
    f"customer__{name}"
    for name in (
        *("first_name", "last_name", "company_name", "is_business"),
        *("email", "phone", "whatsapp_number"),
    )
)
"""What naming a customer takes; their row is wide."""


@dataclass(frozen=True, slots=True)
class Need:
    """Somebody, why they are named, and the one thing to do."""

    name: str
    url: str
    reason: str
    verb: str
    action: str
    posts: bool = False
    """Whether the button does it at once; otherwise it leads to where it is done."""
    more: str = ""
    tone: str = ""
    glance: str = ""
    """What the button shows over the page, where there are scripts."""


@dataclass(slots=True)
class Section:
    name: str
    title: Any
    icon: str
    needs: Sequence[Need]
    all: str = ""
    """Where the others are, when there are more."""
    is_cut: bool = field(default=False)


@dataclass(frozen=True, slots=True)
class TodayFacts:
    """Who looks, whether at their own work alone, and when."""

    actor: Actor
    mine: bool
    today: dt.date
    moment: dt.datetime

    def own(self, rows: "QuerySet[Any]", column: str, *, nobodys: bool = False) -> "QuerySet[Any]":
        """Of `rows` those whose `column` names the actor (or, with `nobodys`, no one)."""
        if not self.mine:
            return rows
        mine = Q(**{column: self.actor.user_id})
        return rows.filter(mine | Q(**{f"{column}__isnull": True}) if nobodys else mine)


class Today(Page):
    template = "pages/today.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        mine = request.GET.get("whose") != "everyone"
        facts = TodayFacts(self.actor, mine, timezone.localdate(), now())
        found = [
            section
            for permission, build in SECTIONS
            if self.actor.may(permission) and (section := build(facts)).needs
        ]
        here = reverse("today")
        return self.show(
            {
                "sections": found,
                "mine": mine,
                "today": facts.today,
                "duplicates": self._duplicates(),
                "everyone": f"{here}?whose=everyone",
                "own": here,
                "here": request.get_full_path(),
            }
        )

    def _duplicates(self) -> str:
        """How many pairs wait to be looked at, in words; nothing for who may not merge."""
        if not self.actor.may(Permission.MERGE):
            return ""
        number = count_duplicates(actor=self.actor, most=DUPLICATES_COUNTED + 1)
        shown = f"{DUPLICATES_COUNTED}+" if number > DUPLICATES_COUNTED else str(number)
        said = ngettext("%(n)s possible duplicate", "%(n)s possible duplicates", number)
        return said % {"n": shown} if number else ""


def _section(
    name: str,
    title: Any,
    icon: str,
    rows: "QuerySet[Any]",
    need: Callable[[Any], Need],
    *,
    more: str = "",
    most: int = SHOWN,
) -> Section:
    found: list[Any] = list(rows[: most + 1])
    return Section(name, title, icon, [need(row) for row in found[:most]], more, len(found) > most)


def _follow_ups(facts: TodayFacts) -> Section:
    """Those that are due or overdue."""
    conditions = FollowUpConditions(done=False, due_to=facts.today)
    rows = follow_ups(actor=facts.actor, conditions=conditions)
    rows = facts.own(rows, "owner_id", nobodys=True).select_related("customer", "owner")

    def need(row: FollowUp) -> Need:
        owner = "" if facts.mine or row.owner is None else f" · {row.owner.name}"
        return Need(
            row.customer.display_name,
            of_customer(row.customer_id),
            f"{row.reason}{owner}",
            _("Done"),
            reverse("interactions:follow-up-complete", args=[row.pk]),
            posts=True,
            more=due_in_words(row.due_date, row.due_time, facts.today),
            tone="bad" if row.due_date < facts.today else "warn",
        )

    named = ("reason", "due_date", "due_time", "customer", "owner", *OF_CUSTOMER)
    people = tuple(f"owner__{name}" for name in ("first_name", "last_name", "email"))
    return _section(
        "follow-ups",
        gettext_lazy("To follow up"),
        "bell",
        rows.only(*named, *people).order_by(*DUE_FIRST),
        need,
        most=25,
    )


def _conversations(facts: TodayFacts) -> Section:
    """
    Those in which the customer has had no answer yet; one that nobody is assigned to is their
    owner's.
    """
    rows = conversations(actor=facts.actor, conditions=ConversationConditions(waiting=True))
    if facts.mine:
        owners = Q(customer__assigned_to=facts.actor.user_id) | Q(customer__assigned_to=None)
        rows = rows.filter(Q(assigned_to=facts.actor.user_id) | Q(owners, assigned_to=None))
    rows = rows.filter(customer__is_blocked=False).select_related("customer")

    def need(row: Any) -> Need:
        waited = timesince(row.last_message_at or row.opened_at, facts.moment, depth=1)
        return Need(
            row.customer.display_name,
            of_customer(row.customer_id),
            _("Waiting for an answer: %(subject)s") % {"subject": row}
            if row.subject
            else _("Waiting for an answer"),
            _("Answer"),
            reverse("interactions:conversation", args=[row.pk]),
            more=_("for %(time)s") % {"time": waited},
        )

    return _section(
        "conversations",
        gettext_lazy("Unanswered"),
        "chat",
        rows.only(
            "subject", "channel", "last_message_at", "opened_at", "customer", *OF_CUSTOMER
        ).order_by(*LATEST_FIRST),
        need,
        more=f"{reverse('interactions:conversations')}?waiting=true",
    )


def _open_appointments(facts: TodayFacts) -> "QuerySet[Appointment]":
    """Those soon that nobody has confirmed, those just over of which nobody said, and no-shows."""
    moment = facts.moment
    near = appointments(actor=facts.actor).filter(
        customer__isnull=False,
        start_at__gt=moment - MISSED_SINCE,
        start_at__lte=moment + CONFIRMED_AHEAD,
    )
    soon = Q(status=AppointmentStatus.PENDING, start_at__gt=moment)
    over = Q(status__in=UPCOMING, end_at__lt=moment)
    missed = Q(status=AppointmentStatus.NO_SHOW, start_at__lte=moment)
    rebooked = Appointment.objects.unscoped().filter(
        customer=OuterRef("customer"), status__in=UPCOMING, start_at__gt=moment
    )
    rows = near.filter(soon | over | missed & ~Exists(rebooked))
    return rows.select_related("customer", "outlet", "service")


def _appointments(facts: TodayFacts) -> Section:
    rows = facts.own(_open_appointments(facts), "staff_id", nobodys=True)

    def need(row: Appointment) -> Need:
        assert row.customer is not None
        when = starts(row.start_at, zone_of(actor=facts.actor, outlet=row.outlet))
        what = row.service.name if row.service else _("Appointment")
        page, posts, glance = reverse("appointments:appointment", args=[row.pk]), False, ""
        if row.status == AppointmentStatus.NO_SHOW:
            said, verb = _("No-show: %(what)s"), _("Rebook")
            page = reverse("appointments:book", query={"customer": row.customer_id})
        elif row.start_at > facts.moment:
            said, verb = _("Not confirmed yet: %(what)s"), _("Confirm")
            if posts := facts.actor.may(Permission.BOOK):
                page = reverse("appointments:status", args=[row.pk, AppointmentStatus.CONFIRMED])
        else:
            said, verb = _("Did they show up? %(what)s"), _("Record the outcome")
            glance = reverse("appointments:glance", args=[row.pk])
        return Need(
            row.customer.display_name,
            of_customer(row.customer_id),
            said % {"what": what},
            verb,
            page,
            posts=posts,
            more=when,
            glance=glance,
        )

    named = ("start_at", "status", "customer", "outlet__name", "outlet__time_zone", "service__name")
    return _section(
        "appointments",
        gettext_lazy("Appointments"),
        "calendar",
        rows.only(*named, *OF_CUSTOMER).order_by("start_at", "id"),
        need,
        more=reverse("appointments:calendar"),
    )


def _at_risk(facts: TodayFacts) -> Section:
    """The most valuable who may leave, without those whom somebody sees to already."""
    conditions = CustomerConditions(is_at_risk=True, is_blocked=False)
    rows = customers(actor=facts.actor, conditions=conditions).filter(lifetime_value__gt=0)
    rows = facts.own(rows, "assigned_to_id")
    seen_to = FollowUp.objects.unscoped().filter(customer=OuterRef("pk"), done_at=None)
    lately = Q(last_interaction_at__gt=facts.moment - LEFT_ALONE)
    rows = rows.exclude(lately).exclude(Exists(seen_to))

    def need(row: Customer) -> Need:
        return Need(
            row.display_name,
            of_customer(row.pk),
            why_at_risk(row),
            _("Log a call"),
            reverse("interactions:log", args=[row.pk], query={"type": "phone_call"}),
            more=money(row.lifetime_value, facts.actor.organization.currency),
        )

    return _section(
        "at-risk",
        gettext_lazy("High value, at risk"),
        "alert",
        rows.order_by("-lifetime_value", "-id"),
        need,
        more=f"{reverse('customers:list')}?is_at_risk=true&sort=-lifetime_value",
        most=5,
    )


def _birthdays(facts: TodayFacts) -> Section:
    """Of today and the week that follows."""
    days = [facts.today + dt.timedelta(days=ahead) for ahead in range(BIRTHDAYS_AHEAD)]
    on_these = Q()
    for month in {day.month for day in days}:
        within = [day.day for day in days if day.month == month]
        on_these |= Q(
            date_of_birth__month=month,
            date_of_birth__day__gte=min(within),
            date_of_birth__day__lte=max(within),
        )
    rows = customers(actor=facts.actor, conditions=CustomerConditions(is_blocked=False))
    rows = facts.own(rows, "assigned_to_id").filter(on_these, date_of_birth__isnull=False)
    turns = {(day.month, day.day): number for number, day in enumerate(days)}

    def need(row: Customer) -> Need:
        born: Any = row.date_of_birth
        ahead = turns[(born.month, born.day)]
        said = _("Birthday today") if ahead == 0 else _("Birthday tomorrow")
        if ahead > 1:
            said = _("Birthday on %(day)s") % {"day": formatted(days[ahead], "l")}
        return Need(
            row.display_name,
            of_customer(row.pk),
            said,
            _("Send wishes"),
            reverse("interactions:conversation-new", args=[row.pk]),
            more=formatted(born, "MONTH_DAY_FORMAT"),
        )

    return _section(
        "birthdays",
        gettext_lazy("Birthdays"),
        "star",
        rows.order_by(*_from(days[0])),
        need,
    )


def _from(day: dt.date) -> Iterable[Any]:
    """The order of birthdays from `day` on, over the turn of the year."""
    month, number = "date_of_birth__month", "date_of_birth__day"
    first = month if day.month < 12 else f"-{month}"
    return (first, number, "id")


def _failed_jobs(facts: TodayFacts) -> Section:
    rows = jobs(actor=facts.actor).filter(
        state=JobState.FAILED, finished_at__gt=facts.moment - FAILED_SINCE
    )
    rows = facts.own(rows, "asked_by_id")

    def need(row: Job) -> Need:
        page = reverse("jobs:job", args=[row.pk])
        return Need(
            str(summary_of(row, facts.actor).title),
            page,
            _("Failed in the background"),
            _("See why"),
            page,
            more=row.asked_by if not facts.mine else "",
            tone="bad",
        )

    return _section(
        "jobs",
        gettext_lazy("Failed jobs"),
        "refresh",
        rows.order_by("-id"),
        need,
        more=reverse("jobs:list"),
    )


SECTIONS: Sequence[tuple[Permission, Callable[[TodayFacts], Section]]] = (
    (Permission.VIEW, _follow_ups),
    (Permission.VIEW, _conversations),
    (Permission.VIEW, _appointments),
    (Permission.VIEW, _at_risk),
    (Permission.VIEW, _birthdays),
    (Permission.EXPORT, _failed_jobs),
)
"""The most urgent first."""
