"""What the page says should be done next, and why; and how a score comes about."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import date as formatted
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.health import Factor, nps_category
from analytics.insights import Insight, Insights
from appointments.models import Appointment
from appointments.pages.wording import clock
from appointments.slots import zone_of
from core.clock import now
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.formatting import count, money
from customers.choices import Status
from customers.models import Customer
from interactions.models import FollowUp
from interactions.pages.follow_ups import due_in_words

SOON = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Step:
    """
    One sentence, its reason, and the verb that does it (none where one page can't); `insight` is
    the advice that it takes up.
    """

    sentence: str
    reason: str
    verb: str = ""
    url: str = ""
    icon: str = "arrow-right"
    insight: Insight | None = None


@dataclass(frozen=True, slots=True)
class AdviceFacts:
    actor: Actor
    customer: Customer
    insights: Insights
    upcoming: Sequence[Appointment]
    follow_up: FollowUp | None
    """The next that is to be done."""

    @property
    def next(self) -> Appointment | None:
        return (
            self.upcoming[0]
            if self.upcoming and self.upcoming[0].start_at <= now() + SOON
            else None
        )

    def advises(self, insight: Insight) -> bool:
        return insight in self.insights.recommendations


def next_step(situation: AdviceFacts) -> Step | None:
    """
    The first of the steps that fits and that the actor may take, or else the first advice; nothing
    for who is blocked.
    """
    if situation.customer.is_blocked:
        return None
    for permission, step in STEPS:
        found = step(situation) if situation.actor.may(permission) else None
        if found is not None:
            return found
    for insight in (*situation.insights.recommendations, *situation.insights.opportunities):
        ((sentence, reason),) = advice([insight], situation.customer)
        return Step(sentence, reason, insight=insight)
    return None


def _meet(situation: AdviceFacts) -> Step | None:
    appointment = situation.next
    if appointment is None:
        return None
    zone = zone_of(actor=situation.actor, outlet=appointment.outlet)
    day = formatted(appointment.start_at.astimezone(zone), "l")
    when = f"{day}, {clock(appointment.start_at, zone)}"
    what = appointment.service.name if appointment.service else _("Appointment")
    url = reverse("appointments:appointment", args=[appointment.pk])
    return Step(
        _("%(what)s on %(when)s") % {"what": what, "when": when},
        _("The next appointment"),
        _("Open"),
        url,
        "calendar",
    )


def _follow_up(situation: AdviceFacts) -> Step | None:
    row = situation.follow_up
    today = timezone.localdate()
    if row is None or row.due_date > today:
        return None
    return Step(
        row.reason,
        due_in_words(row.due_date, row.due_time, today),
        _("Open"),
        reverse("interactions:follow-up", args=[row.pk]),
        "bell",
    )


def _answer(situation: AdviceFacts) -> Step | None:
    number = situation.customer.open_conversation_count
    if not number:
        return None
    said = ngettext(
        "%(number)s conversation is open", "%(number)s conversations are open", number
    ) % {"number": number}
    latest = situation.customer.last_message_at
    reason = (
        _("Last message %(day)s") % {"day": formatted(timezone.localtime(latest), "DATE_FORMAT")}
        if latest
        else _("No message yet")
    )
    return Step(
        said,
        reason,
        _("Answer"),
        reverse("customer:conversations", args=[situation.customer.pk]),
        "chat",
    )


def _win_back(situation: AdviceFacts) -> Step | None:
    if not situation.customer.is_at_risk:
        return None
    return Step(
        _("Reach out personally"),
        why_at_risk(situation.customer),
        _("Log a call"),
        _call(situation),
        "phone",
        Insight.WIN_BACK,
    )


def _complete(situation: AdviceFacts) -> Step | None:
    if not situation.advises(Insight.CONTACT_DATA):
        return None
    missing = (
        _("The e-mail is missing")
        if not situation.customer.email
        else _("The phone number is missing")
    )
    return Step(
        _("Complete the contact data"),
        missing,
        _("Edit"),
        _edit(situation, "contact"),
        "edit",
        Insight.CONTACT_DATA,
    )


def _consent(situation: AdviceFacts) -> Step | None:
    if not situation.advises(Insight.CONSENT):
        return None
    return Step(
        _("Ask for consent to be contacted"),
        _("None is on record"),
        _("Record"),
        _edit(situation, "preferences"),
        "shield",
        Insight.CONSENT,
    )


def _check_in(situation: AdviceFacts) -> Step | None:
    if not situation.advises(Insight.CHECK_IN):
        return None
    return Step(
        _("Schedule a check-in"),
        _("A project was completed"),
        _("Book"),
        reverse("appointments:book", query={"customer": situation.customer.pk}),
        "calendar",
        Insight.CHECK_IN,
    )


STEPS: Sequence[tuple[Permission, Callable[[AdviceFacts], Step | None]]] = (
    (Permission.VIEW, _follow_up),
    (Permission.VIEW, _meet),
    (Permission.LOG, _answer),
    (Permission.LOG, _win_back),
    (Permission.UPDATE_CUSTOMERS, _complete),
    (Permission.EDIT_PREFERENCES, _consent),
    (Permission.BOOK, _check_in),
)
"""The most urgent first."""


def _call(situation: AdviceFacts) -> str:
    key = situation.customer.pk
    return reverse("interactions:log", args=[key], query={"type": "phone_call"})


def _edit(situation: AdviceFacts, group: str) -> str:
    return reverse("customer:fields", args=[situation.customer.pk, group])


def why_at_risk(customer: Customer) -> str:
    if customer.status == Status.CHURNED:
        return _("Has left: no activity for a long time")
    if nps_category(customer.nps_score) == "detractor":
        return _("Scored %(score)s of 10") % {"score": customer.nps_score}
    if customer.last_activity_at is None:
        return _("No activity on record")
    days = (now() - customer.last_activity_at).days
    return ngettext("No activity for %(days)s day", "No activity for %(days)s days", days) % {
        "days": days
    }


def _of_ten(row: Customer) -> str:
    return _("Scored %(score)s of 10") % {"score": row.nps_score}


ADVICE: Mapping[Insight, tuple[Any, Callable[[Customer], str]]] = {
    Insight.REFERRAL_CANDIDATE: (gettext_lazy("Candidate for the referral program"), _of_ten),
    Insight.UPSELL: (
        gettext_lazy("Often in touch: may want more"),
        lambda row: (
            ngettext("%(n)s contact", "%(n)s contacts", row.interaction_count)
            % {"n": count(row.interaction_count)}
        ),
    ),
    Insight.PARTNER_WITHOUT_REFERRALS: (
        gettext_lazy("Partner without referrals"),
        lambda row: _("No referral yet"),
    ),
    Insight.BIRTHDAY: (
        gettext_lazy("Birthday within two weeks"),
        lambda row: formatted(row.date_of_birth, "MONTH_DAY_FORMAT"),
    ),
    Insight.CHECK_IN: (
        gettext_lazy("Schedule a quarterly check-in"),
        lambda row: _("A project was completed"),
    ),
    Insight.ROOF_INSPECTION: (
        gettext_lazy("Offer a roof inspection"),
        lambda row: (
            _("The roof's age isn't known")
            if row.roof_age is None
            else _("The roof is %(years)s years old") % {"years": row.roof_age}
        ),
    ),
    Insight.WIN_BACK: (
        gettext_lazy("At risk of leaving: reach out personally"),
        why_at_risk,
    ),
    Insight.DETRACTOR: (gettext_lazy("Ask what went wrong"), _of_ten),
    Insight.CONTACT_DATA: (
        gettext_lazy("Complete the contact data"),
        lambda row: (
            _("The e-mail is missing") if not row.email else _("The phone number is missing")
        ),
    ),
    Insight.CONSENT: (
        gettext_lazy("Ask for consent to be contacted"),
        lambda row: _("None is on record"),
    ),
}
"""The insights as pages say them, and what speaks for each."""


def advice(insights: Sequence[Insight], customer: Customer) -> list[tuple[str, str]]:
    """(what to do, why)."""
    return [(str(ADVICE[each][0]), ADVICE[each][1](customer)) for each in insights]


FACTORS: Mapping[str, tuple[Any, Callable[[Any, str], str]]] = {
    "lifetime_value": (gettext_lazy("Booked value"), money),
    "project_frequency": (gettext_lazy("Projects"), lambda figure, currency: count(figure)),
    "nps_score": (gettext_lazy("Net promoter score"), lambda figure, currency: count(figure)),
    "referral_activity": (gettext_lazy("Referrals"), lambda figure, currency: count(figure)),
    "recent_interaction": (
        gettext_lazy("Last contact"),
        lambda figure, currency: (
            formatted(timezone.localtime(figure), "DATE_FORMAT") if figure else "–"
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Share:
    """A factor of the health score in words."""

    label: str
    figure: str
    points: int
    most: int


def shares(factors: Sequence[Factor], currency: str) -> list[Share]:
    return [
        Share(
            str(FACTORS[each.name][0]),
            FACTORS[each.name][1](each.figure, currency),
            each.points,
            each.most,
        )
        for each in factors
    ]
