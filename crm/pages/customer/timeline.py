"""
Everything that happened with a customer in one stream, the newest first, whatever app holds it.

Each source is one query of at most a page's length, so that a page costs the same whatever the mix;
what a page shows next is named by the place (moment, source, id) of its last row, so that the far
end of a long history is as near as the beginning.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments.choices import AppointmentStatus
from appointments.filters import AppointmentConditions
from appointments.pages.wording import clock
from appointments.selectors import appointments
from appointments.slots import zone_of
from core.audit.filters import AuditConditions
from core.audit.selectors import entries
from core.choices import TonedChoices
from core.identity.models import User
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.audit_labels import Change, actor_name, changes_of, ids_in
from core.ui.formatting import money
from crm.pages.acts import act_name
from customers.choices import ProjectType, TransactionStatus
from customers.filters import ProjectConditions, TransactionConditions
from customers.models import Customer
from customers.pages.work import consent_label
from customers.selectors.consents import consents
from customers.selectors.loyalty import points_of
from customers.selectors.work import projects, transactions
from customers.services.consents import PORTAL
from interactions.choices import Channel, InteractionType, Outcome
from interactions.filters import FollowUpConditions, InteractionConditions
from interactions.pages.follow_ups import due_in_words
from interactions.selectors import customer_messages, follow_ups, interactions

SIZE = 30
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

KINDS = {
    "interactions": gettext_lazy("Contacts"),
    "messages": gettext_lazy("Messages"),
    "appointments": gettext_lazy("Appointments"),
    "follow_ups": gettext_lazy("Follow-ups"),
    "projects": gettext_lazy("Projects"),
    "transactions": gettext_lazy("Payments"),
    "consents": gettext_lazy("Consents"),
    "loyalty": gettext_lazy("Loyalty"),
    "edits": gettext_lazy("Changes"),
}

LOGGED = {
    "phone_call": gettext_lazy("logged a call"),
    "email": gettext_lazy("logged an e-mail"),
    "sms": gettext_lazy("logged a text message"),
    "whatsapp": gettext_lazy("logged a WhatsApp message"),
    "meeting": gettext_lazy("logged a meeting"),
    "video_call": gettext_lazy("logged a video call"),
    "site_visit": gettext_lazy("logged a site visit"),
    "note": gettext_lazy("wrote a note"),
    "other": gettext_lazy("logged a contact"),
}


def _logged(kind: str) -> str:
    """A company's own kinds have no verb."""
    said = LOGGED.get(kind)
    return str(said) if said else _("logged: %(kind)s") % {"kind": InteractionType(kind).label}


PAID = {
    TransactionStatus.COMPLETED: gettext_lazy("Paid %(amount)s"),
    TransactionStatus.REFUNDED: gettext_lazy("Refunded %(amount)s"),
    TransactionStatus.PENDING: gettext_lazy("Payment of %(amount)s pending"),
    TransactionStatus.FAILED: gettext_lazy("Payment of %(amount)s failed"),
}

ACTED = {
    "customer.created": gettext_lazy("added this customer"),
    "customer.deleted": gettext_lazy("deleted this customer"),
    "customer.restored": gettext_lazy("brought this customer back"),
    "customer.password_set": gettext_lazy("set the portal's password"),
    "customer.email_verified": gettext_lazy("verified the e-mail"),
    "customer.invited": gettext_lazy("invited this customer to the portal"),
    "customer.link_made": gettext_lazy("sent a link by e-mail"),
    "customer.signed_in": gettext_lazy("signed in to the portal"),
    "customer.signed_out": gettext_lazy("signed out of the portal"),
    "project.updated": gettext_lazy("changed a project"),
    "project.deleted": gettext_lazy("deleted a project"),
    "transaction.updated": gettext_lazy("changed a payment"),
    "interaction.updated": gettext_lazy("corrected a logged contact"),
    "interaction.deleted": gettext_lazy("deleted a logged contact"),
    "followup.updated": gettext_lazy("changed a follow-up"),
    "followup.deleted": gettext_lazy("deleted a follow-up"),
    "conversation.updated": gettext_lazy("changed a conversation"),
    "appointment.updated": gettext_lazy("changed an appointment"),
    "appointment.deleted": gettext_lazy("deleted an appointment"),
}

FIELDS_NAMED = 3
"""Of a change, in its title."""

TOLD_ELSEWHERE = [
    "interaction.created",
    "followup.created",
    "message.created",
    "conversation.created",
    "appointment.created",
    "project.created",
    "transaction.created",
    "loyalty.adjusted",
]
"""Acts whose row is in the timeline itself."""


@dataclass(frozen=True, slots=True)
class TimelinePlace:
    """Where in the stream a row stands."""

    at: dt.datetime
    source: str
    pk: UUID

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // dt.timedelta(microseconds=1)}.{self.source}.{self.pk.hex}"

    @classmethod
    def parse(cls, text: str) -> "TimelinePlace | None":
        """None for what no place was ever written as."""
        moment, _dot, rest = text.partition(".")
        source, _dot, key = rest.partition(".")
        pk = parse_id(key)
        if (
            pk is None
            or source not in RANKS
            or not moment.lstrip("-").isdecimal()
            or len(moment) > 17
        ):
            return None
        return cls(EPOCH + dt.timedelta(microseconds=int(moment)), source, pk)

    def onwards(self, source: str, *, included: bool) -> Q:
        """Rows of `source` that come after this place, or stand at it."""
        if RANKS[source] != RANKS[self.source]:
            return (
                Q(moment__lte=self.at)
                if RANKS[source] > RANKS[self.source]
                else Q(moment__lt=self.at)
            )
        return Q(moment__lt=self.at) | Q(
            moment=self.at, **{"pk__lte" if included else "pk__lt": self.pk}
        )


@dataclass(slots=True)
class TimelineEntry:
    """
    A card of the timeline. `folds` names the run it belongs to: neighbours of one run (for messages
    all of a day) make one card, whose `parts` are the others of the run.
    """

    kind: str
    place: TimelinePlace
    icon: str
    title: str
    by: str = ""
    href: str = ""
    text: str = ""
    badge: TonedChoices | None = None
    changes: Sequence[Change] = ()
    folds: tuple[Any, ...] = ()
    parts: "list[TimelineEntry]" = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.place.source}-{self.place.pk.hex}"

    @property
    def at(self) -> dt.datetime:
        return self.place.at

    @property
    def day(self) -> dt.date:
        return timezone.localtime(self.at).date()

    @property
    def heading(self) -> str:
        """What a card that stands for several says."""
        number = len(self.parts) + 1
        if number == 1:
            return self.title
        if self.kind == "messages":
            said = ngettext(
                "%(number)s message in “%(subject)s”",
                "%(number)s messages in “%(subject)s”",
                number,
            )
            return said % {"number": number, "subject": self.folds[1]}
        if self.kind == "consents":
            return ngettext(
                "recorded %(number)s consent", "recorded %(number)s consents", number
            ) % {"number": number}
        return ngettext("made %(number)s change", "made %(number)s changes", number) % {
            "number": number
        }


@dataclass(frozen=True, slots=True)
class Source:
    """
    Where entries come from: rows by a selector, the expression of their moment, and how one is
    told.
    """

    kind: str
    rows: Callable[[Actor, UUID], "QuerySet[Any]"]
    moment: Any
    permission: Permission = Permission.VIEW


@dataclass(frozen=True, slots=True)
class Timeline:
    entries: list[TimelineEntry]
    older: TimelinePlace | None
    """What the next page comes after; None at the beginning of the history."""


SOURCES: dict[str, Source] = {
    "appointment": Source(
        "appointments",
        lambda actor, key: appointments(
            actor=actor, conditions=AppointmentConditions(customer_id=key)
        ).select_related("service", "outlet", "staff"),
        F("start_at"),
    ),
    "follow_up": Source(
        "follow_ups",
        lambda actor, key: follow_ups(
            actor=actor, conditions=FollowUpConditions(customer_id=key)
        ).select_related("created_by"),
        F("created_at"),
    ),
    "interaction": Source(
        "interactions",
        lambda actor, key: interactions(
            actor=actor, conditions=InteractionConditions(customer_id=key)
        ).select_related("created_by"),
        F("occurred_at"),
    ),
    "message": Source(
        "messages",
        lambda actor, key: customer_messages(actor=actor, customer_id=key).select_related(
            "conversation", "sent_by"
        ),
        F("sent_at"),
    ),
    "completed": Source(
        "projects",
        lambda actor, key: projects(
            actor=actor, conditions=ProjectConditions(customer_id=key)
        ).exclude(completed_at=None),
        F("completed_at"),
    ),
    "project": Source(
        "projects",
        lambda actor, key: projects(actor=actor, conditions=ProjectConditions(customer_id=key)),
        Coalesce("start_date", "created_at"),
    ),
    "transaction": Source(
        "transactions",
        lambda actor, key: transactions(
            actor=actor, conditions=TransactionConditions(customer_id=key)
        ).select_related("project"),
        F("created_at"),
    ),
    "consent": Source(
        "consents", lambda actor, key: consents(actor=actor, customer_id=key), F("at")
    ),
    "loyalty": Source(
        "loyalty", lambda actor, key: points_of(actor=actor, customer_id=key), F("at")
    ),
    "edit": Source(
        "edits",
        lambda actor, key: entries(
            actor=actor, conditions=AuditConditions(customer_id=key)
        ).exclude(action__in=TOLD_ELSEWHERE),
        F("at"),
        Permission.VIEW_AUDIT,
    ),
}
RANKS = {name: rank for rank, name in enumerate(SOURCES)}
"""Which source comes first of two rows of the same moment."""


def kinds_for(actor: Actor) -> dict[str, Any]:
    """The kinds of entries that the actor may see, and their names."""
    seen = {source.kind for source in SOURCES.values() if actor.may(source.permission)}
    return {kind: name for kind, name in KINDS.items() if kind in seen}


def timeline(
    *,
    actor: Actor,
    customer: Customer,
    kinds: Sequence[str] = (),
    after: TimelinePlace | None = None,
    start: TimelinePlace | None = None,
    size: int = SIZE,
) -> Timeline:
    """
    At most `size` rows of the chosen kinds (none: all that the actor may see), folded into cards:
    those after the place `after`, or from the place `start` on. A run that a page's end cuts goes
    on as a card of its own on the next.
    """
    found: list[tuple[dt.datetime, int, UUID, str, Any]] = []
    for name, source in SOURCES.items():
        if (kinds and source.kind not in kinds) or not actor.may(source.permission):
            continue
        rows = source.rows(actor, customer.pk).annotate(moment=source.moment)
        place = after or start
        if place is not None:
            rows = rows.filter(place.onwards(name, included=after is None))
        found += [
            (row.moment, -RANKS[name], row.pk, name, row)
            for row in rows.order_by("-moment", "-pk")[: size + 1]
        ]
    found.sort(key=lambda item: item[:3], reverse=True)
    shown = found[:size]
    teller = Teller(actor, customer, [(name, row) for *_rest, name, row in shown])
    cards = fold(
        [teller.tell(name, TimelinePlace(at, name, pk), row) for at, _rank, pk, name, row in shown]
    )
    last = shown[-1] if len(found) > size else None
    return Timeline(cards, TimelinePlace(last[0], last[3], last[2]) if last else None)


def fold(told: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """
    Runs in one card: messages of a conversation on one day, and neighbouring changes or consents of
    one person on one day.
    """
    cards: list[TimelineEntry] = []
    messages: dict[tuple[Any, ...], TimelineEntry] = {}
    for entry in told:
        run = (entry.day, *entry.folds)
        last = messages.get(run) if entry.kind == "messages" else cards[-1] if cards else None
        if (
            entry.folds
            and last is not None
            and last.kind == entry.kind
            and (last.day, *last.folds) == run
        ):
            last.parts.append(entry)
            continue
        cards.append(entry)
        if entry.kind == "messages":
            messages[run] = entry
    return cards


class Teller:
    """Words the rows of one page; looks up the people they name once."""

    def __init__(self, actor: Actor, customer: Customer, rows: Sequence[tuple[str, Any]]) -> None:
        self.actor = actor
        self.customer, self.currency = customer, actor.organization.currency
        edits = [row for name, row in rows if name == "edit"]
        labels = {row.actor_label for row in edits} | {
            row.recorded_by for name, row in rows if name == "consent"
        }
        ids = [parse_id(key) for key in ids_in(edits)]
        people = User.objects.for_actor(actor).filter(Q(email__in=labels) | Q(pk__in=ids))
        self.by_email = {}
        self.by_id = {str(row.pk): str(row) for row in projects(actor=actor).filter(pk__in=ids)}
        for person in people:
            self.by_email[person.email] = self.by_id[str(person.pk)] = person.name

    def tell(self, name: str, place: TimelinePlace, row: Any) -> TimelineEntry:
        entry: TimelineEntry = getattr(self, f"_{name}")(place, row)
        return entry

    def _interaction(self, place: TimelinePlace, row: Any) -> TimelineEntry:
        return TimelineEntry(
            "interactions",
            place,
            InteractionType(row.type).icon,
            _logged(row.type),
            by=_name(row.created_by),
            text=row.notes,
            badge=Outcome(row.outcome) if row.outcome else None,
        )

    def _follow_up(self, place: TimelinePlace, row: Any) -> TimelineEntry:
        today = timezone.localdate()
        state = _("Done") if row.done_at else due_in_words(row.due_date, row.due_time, today)
        return TimelineEntry(
            "follow_ups",
            place,
            "bell",
            _("planned a follow-up"),
            by=_name(row.created_by),
            href=reverse("interactions:follow-up", args=[row.pk]),
            text=f"{row.reason} · {state}",
        )

    def _message(self, place: TimelinePlace, row: Any) -> TimelineEntry:
        subject = row.conversation.subject or str(Channel(row.conversation.channel).label)
        by = self.customer.display_name if row.direction == "inbound" else _name(row.sent_by)
        return TimelineEntry(
            "messages",
            place,
            "mail" if row.conversation.channel == "email" else "chat",
            _("wrote in “%(subject)s”") % {"subject": subject},
            by=by,
            href=reverse("interactions:conversation", args=[row.conversation_id]),
            text=row.body,
            folds=("messages", subject, row.conversation_id),
        )

    def _appointment(self, place: TimelinePlace, row: Any) -> TimelineEntry:
        what = row.service.name if row.service else _("Appointment")
        facts = [
            clock(row.start_at, zone_of(actor=self.actor, outlet=row.outlet)),
            row.outlet.name if row.outlet else "",
            row.staff.name if row.staff else "",
            row.notes,
        ]
        return TimelineEntry(
            "appointments",
            place,
            "calendar",
            what,
            href=reverse("appointments:appointment", args=[row.pk]),
            text=" · ".join(filter(None, facts)),
            badge=AppointmentStatus(row.status),
        )

    def _project(self, place: TimelinePlace, row: Any) -> TimelineEntry:
        said = (
            _("Project begun: %(project)s") if row.start_date else _("Project added: %(project)s")
        )
        return self._of_project(place, row, said)

    def _completed(self, place: TimelinePlace, row: Any) -> TimelineEntry:
        return self._of_project(place, row, _("Project completed: %(project)s"))

    def _of_project(self, place: TimelinePlace, row: Any, said: str) -> TimelineEntry:
        title = said % {"project": row.name or ProjectType(row.project_type).label}
        href = reverse("customers:project", args=[row.pk])
        return TimelineEntry(
            "projects",
            place,
            "briefcase",
            title,
            href=href,
            text=money(row.total_amount, self.currency),
        )

    def _transaction(self, place: TimelinePlace, row: Any) -> TimelineEntry:
        title = str(PAID[row.status]) % {"amount": money(row.gross_amount, row.currency_code)}
        return TimelineEntry(
            "transactions",
            place,
            "money",
            title,
            href=reverse("customers:payment", args=[row.pk]),
            text=" · ".join(filter(None, [row.description, row.project and str(row.project)])),
        )

    def _consent(self, place: TimelinePlace, row: Any) -> TimelineEntry:
        kind = "customer" if row.method == PORTAL else ""
        by = self.by_email.get(row.recorded_by) or actor_name(kind, row.recorded_by)
        said = (
            _("recorded consent: %(what)s") if row.granted else _("recorded no consent: %(what)s")
        )
        title = said % {"what": consent_label(row)}
        return TimelineEntry("consents", place, "shield", title, by=by, folds=("consents", by))

    def _loyalty(self, place: TimelinePlace, row: Any) -> TimelineEntry:
        title = ngettext(
            "%(points)s loyalty point", "%(points)s loyalty points", abs(row.points)
        ) % {"points": f"{row.points:+d}"}
        return TimelineEntry(
            "loyalty", place, "star", title, text=_("Appointment") if row.source_id else row.reason
        )

    def _edit(self, place: TimelinePlace, row: Any) -> TimelineEntry:
        by = self.by_email.get(row.actor_label) or actor_name(row.actor_kind, row.actor_label)
        changes = changes_of(row, self.by_id)
        if row.action == "customer.updated":
            named = ", ".join(change.label for change in changes[:FIELDS_NAMED])
            more = len(changes) - FIELDS_NAMED
            title = _("changed %(fields)s") % {"fields": named}
            if more > 0:
                title = _("changed %(fields)s and %(number)s more") % {
                    "fields": named,
                    "number": more,
                }
        elif row.action == "followup.updated" and "done_at" in row.changes:
            title = _("did a follow-up") if row.changes["done_at"][1] else _("reopened a follow-up")
            changes = []
        else:
            title = str(ACTED[row.action]) if row.action in ACTED else act_name(row.action)
        return TimelineEntry(
            "edits", place, "edit", title, by=by, changes=changes, folds=("edits", by)
        )


def _name(person: User | None) -> str:
    return person.name if person else ""
