"""
Calendars for other programs (iCalendar, RFC 5545): one person's appointments under a secret
address, and a single appointment as a file.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from icalendar import Calendar, Event

from appointments.choices import UPCOMING, AppointmentStatus
from appointments.errors import NoFeed
from appointments.models import Appointment, CalendarFeed
from appointments.selectors import visible_appointments
from core.audit.ledger import record
from core.clock import now
from core.errors import Forbidden
from core.identity.models import User
from core.identity.services import actor_of
from core.rows import get_row
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes

BACK, AHEAD = dt.timedelta(days=30), dt.timedelta(days=366)
MOST = 2_000
"""Appointments in a feed: the next ones first are what is wanted of more."""

PRODUCT = "-//CRM//Calendar//EN"
READ_EVERY = dt.timedelta(hours=1)
"""How often the row notes that it is read."""


@writes(Permission.VIEW)
def create_feed(*, actor: Actor) -> tuple[CalendarFeed, str]:
    """
    The acting person's feed in their environment, and its secret, which is shown this once: the
    address that was there before is good no more. Raises Forbidden (only people have one).
    """
    if actor.user_id is None:
        raise Forbidden
    delete_feed_rows(actor)
    secret = secrets.token_urlsafe(32)
    row = CalendarFeed.objects.add(actor, user_id=actor.user_id, digest=digest_of(secret))
    record(actor, "calendarfeed.created", subject=row)
    return row, secret


@writes(Permission.VIEW)
def revoke_feed(*, actor: Actor) -> None:
    """Ends the acting person's address. Raises Forbidden and NoFeed."""
    if not delete_feed_rows(actor):
        raise NoFeed


@writes(Permission.MANAGE_USERS)
def revoke_feed_of(*, actor: Actor, feed_id: UUID) -> None:
    """Ends somebody's address. Raises Forbidden and NotFound."""
    row = get_row(CalendarFeed, actor=actor, key=feed_id, lock=True)
    record(actor, "calendarfeed.revoked", subject=row)
    row.delete()


def delete_feed_rows(actor: Actor) -> bool:
    """Whether there was one."""
    rows = list(
        CalendarFeed.objects.for_actor(actor).filter(user=actor.user_id).select_for_update()
    )
    for row in rows:
        record(actor, "calendarfeed.revoked", subject=row)
        row.delete()
    return bool(rows)


def own_feed(*, actor: Actor) -> CalendarFeed | None:
    """Raises Forbidden."""
    actor.require(Permission.VIEW)
    return CalendarFeed.objects.for_actor(actor).filter(user=actor.user_id).first()


def feed_of(*, secret: str) -> tuple[Actor, User] | None:
    """
    Whose appointments the secret shows, and an actor who may look at these; None where nobody has
    it (any more): who may not sign in has no feed either.
    """
    row = (
        CalendarFeed.objects.unscoped()
        .select_related("user__organization")
        .filter(digest=digest_of(secret), user__is_active=True, user__organization__is_active=True)
        .first()
    )
    if row is None:
        return None
    actor = replace(actor_of(row.user), environment=row.environment, via="feed")
    if not actor.may(Permission.VIEW):
        return None
    if row.last_read_at is None or now() - row.last_read_at > READ_EVERY:
        CalendarFeed.objects.unscoped().filter(pk=row.pk).update(last_read_at=now())
    return actor, row.user


def feed(*, actor: Actor, user: User) -> bytes:
    """The person's appointments of about a month back and a year ahead, as a calendar."""
    rows = (
        visible_appointments(actor)
        .filter(
            staff=user,
            status__in=[*UPCOMING, AppointmentStatus.COMPLETED],
            start_at__gt=now() - BACK,
            start_at__lt=now() + AHEAD,
        )
        .select_related("customer", "service", "outlet")
        .order_by("start_at", "pk")[:MOST]
    )
    return as_calendar((_event(row, of_staff=True) for row in rows), name=user.name)


def single(appointment: Appointment) -> bytes:
    """One appointment as a file, as its customer may know it."""
    return as_calendar([_event(appointment, of_staff=False)])


def as_calendar(events: Iterable[Event], name: str = "") -> bytes:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    if name:
        calendar.add("x-wr-calname", name)
    for event in events:
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text


_STATUS = {
    AppointmentStatus.PENDING: "TENTATIVE",
    AppointmentStatus.CANCELLED: "CANCELLED",
    AppointmentStatus.NO_SHOW: "CANCELLED",
}


def _event(row: Appointment, *, of_staff: bool) -> Event:
    """In UTC, which every program turns into its own clock. Notes stay inside."""
    event = Event()
    event.add("uid", f"{row.pk}@appointments")
    event.add("dtstamp", row.updated_at)
    event.add("last-modified", row.updated_at)
    event.add("sequence", row.version)
    event.add("dtstart", row.start_at.astimezone(dt.UTC))
    event.add("dtend", row.end_at.astimezone(dt.UTC))
    event.add("status", _STATUS.get(AppointmentStatus(row.status), "CONFIRMED"))
    event.add("summary", " · ".join(filter(None, _words(row, of_staff))) or "–")
    if row.outlet:
        place = (row.outlet.name, row.outlet.street, row.outlet.city)
        event.add("location", ", ".join(filter(None, place)))
    if of_staff and row.customer and row.customer.phone:
        event.add("description", row.customer.phone)
    return event


def _words(row: Appointment, of_staff: bool) -> list[str]:
    service = row.service.name if row.service else ""
    if of_staff:
        return [row.customer.display_name if row.customer else "", service]
    return [service or row.organization.name]


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
