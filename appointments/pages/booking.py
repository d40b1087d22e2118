"""Booking an appointment, its page, moving it, and saying what became of it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.choices import UPCOMING, AppointmentStatus, Doubt, RepeatUnit
from appointments.errors import StaffBusy
from appointments.filters import ServiceConditions
from appointments.models import Appointment, Service
from appointments.pages.acting import back_to, may_finish, payment_url, rebook_url, steps, tell_busy
from appointments.pages.board import named
from appointments.pages.wording import (
    busy,
    clock,
    customer_name,
    starts,
    when,
)
from appointments.preferences import preferences
from appointments.selectors import (
    appointment,
    bookable_staff,
    doubts,
    free_times,
    history,
    next_free_day,
    services,
)
from appointments.series import (
    REPEAT,
    Occurrence,
    book_series,
    change_following,
    following_of,
    occurrences,
)
from appointments.services import (
    book_appointment,
    change_appointment,
    planned_appointment,
    planned_change,
)
from appointments.slots import zone_of
from core.clock import tellable
from core.errors import DomainError, Fault, Invalid
from core.identity.staff import names_by_email
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.filters import OutletConditions
from core.tenancy.policy import Permission
from core.tenancy.selectors import outlets
from core.ui.audit_labels import actor_name
from core.ui.fields import DayField, MoneyField, WholeField
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment, safe_next
from core.ui.templatetags.ui import money
from core.ui.toasts import toast
from core.ui.views import ANYWAY, FormPage, Page, unasked
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.pages.reach import unreachable
from customers.selectors.customers import customers

FOLLOWING = "following"
"""What is changed: this appointment and those after it in its series."""

FOUND = 8
"""Customers that a search offers."""

R = TypeVar("R", bound=models.Model)


class TimeField(forms.TimeField):
    """A time of the outlet's clock."""

    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": 60})


def _one_of(**options: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(required=False, empty_value=None, **options)


class SlotForm(ServiceForm):
    """What, who, where and when. Words the domain's refusals: who is busy is said with what."""

    model = Appointment

    service = _one_of()
    staff = _one_of(label=gettext_lazy("With"))
    outlet = _one_of()
    day = DayField(label=gettext_lazy("Day"))
    start_time = TimeField(label=gettext_lazy("Starts"))
    price = MoneyField(required=False)
    notes = forms.CharField(
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def arrange(self) -> None:
        kept = self.row if isinstance(self.row, Appointment) else None
        offered = list(
            services(actor=self.actor, conditions=ServiceConditions(is_active=True)).order_by(
                "name"
            )
        )
        people = list(bookable_staff(actor=self.actor))
        places = list(
            outlets(actor=self.actor, conditions=OutletConditions(is_active=True)).order_by("name")
        )
        self._offer(
            "service",
            [(str(row.pk), _offered(row, self.actor)) for row in offered],
            kept and kept.service,
            _("None"),
        )
        self._offer("staff", named(people), kept and kept.staff, _("Nobody yet"))
        self._offer("outlet", named(places), kept and kept.outlet, _("None"))
        self.fields["price"].unit = self.actor.organization.currency  # type: ignore[attr-defined]

    def word(self, error: DomainError | Fault) -> str:
        if isinstance(error, StaffBusy):
            return busy(error, actor=self.actor)
        if isinstance(error, Fault) and error.code == "nonexistent_time":
            return _("There is no such time on that day: the clocks go forward.")
        return super().word(error)

    def refuse(self, error: DomainError) -> None:
        """Moments are the domain's; people typed a day and times."""
        if isinstance(error, Invalid):
            typed = {
                "start_at": "start_time",
                "end_at": "end_time" if "end_time" in self.fields else "start_time",
            }
            error = Invalid(
                {typed.get(name, name): faults for name, faults in error.faults.items()}
            )
        super().refuse(error)

    def values(self) -> dict[str, Any]:
        given = super().values()
        return {
            name: value.isoformat() if isinstance(value, dt.date | dt.time) else value
            for name, value in given.items()
        }

    def _offer(self, name: str, choices: list[tuple[str, str]], kept: Any, none: str) -> None:
        """The choices, and what the record has although it isn't offered any more."""
        if kept is not None and str(kept.pk) not in dict(choices):
            choices = [*choices, *named([kept])]
        self.fields[name].choices = [("", none), *choices]  # type: ignore[attr-defined]

    def _values_of(self, row: models.Model | None) -> dict[str, Any]:
        found = {
            name: str(value) if isinstance(value, UUID) else value
            for name, value in super()._values_of(row).items()
        }
        if isinstance(row, Appointment):
            zone = zone_of(actor=self.actor, outlet=row.outlet)
            start, end = row.start_at.astimezone(zone), row.end_at.astimezone(zone)
            times = {"start_time": start.time(), "end_time": end.time()}
            found |= {"day": start.date()} | {
                name: time.replace(second=0, microsecond=0) for name, time in times.items()
            }
        return found


class BookForm(SlotForm):
    customer = forms.UUIDField(widget=forms.HiddenInput, label=gettext_lazy("Customer"))
    repeat_unit = _one_of(
        label=gettext_lazy("Days, weeks or months"),
        choices=[("", gettext_lazy("Doesn't repeat")), *RepeatUnit.choices],
    )
    repeat_every = WholeField(label=gettext_lazy("Repeat every"), required=False, initial=1)
    repeat_times = WholeField(label=gettext_lazy("How many times"), required=False)
    repeat_until = DayField(label=gettext_lazy("Or until"), required=False)

    def values(self) -> dict[str, Any]:
        """Without a unit nothing repeats, whatever else is filled in."""
        given = super().values()
        if not given.get("repeat_unit"):
            given = {name: value for name, value in given.items() if name not in REPEAT}
        return given

    def arrange(self) -> None:
        super().arrange()
        self.fields["price"].help_text = _("The service’s price, unless you enter another.")

    def put_first(self, name: str, preferred: Sequence[UUID]) -> None:
        """Offers what the customer prefers before all else, in a group of its own."""
        field: Any = self.fields[name]
        none, *others = field.choices
        first = [choice for choice in others if parse_id(choice[0]) in preferred]
        if first:
            rest = [choice for choice in others if choice not in first]
            field.choices = [none, (_("What they prefer"), first), (_("All others"), rest)]


class ChangeForm(SlotForm):
    end_time = TimeField(
        label=gettext_lazy("Ends"),
        required=False,
        help_text=gettext_lazy("Moves along when you change the start alone."),
    )


class Book(FormPage):
    """
    First whom, then the rest. Who comes from a customer or from an empty place in the calendar
    finds that filled in.

    htmx gets the customers found (`search`), or the free times for what is chosen (`free`).
    """

    permission = Permission.BOOK
    template = "appointments/book.html"
    form_class = BookForm
    success_message = gettext_lazy("Booked.")
    conflicts: Sequence[Occurrence] = ()
    """Of a series: the times that something speaks against."""

    @cached_property
    def customer(self) -> Customer | None:
        key = parse_id(self.request.POST.get("customer") or self.request.GET.get("customer"))
        return customers(actor=self.actor).filter(pk=key).first() if key else None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if is_fragment(request):
            self.fragment = (  # type: ignore[misc]
                "customers/found.html" if "search" in request.GET else "appointments/free.html"
            )
            return self.show(self._found() if "search" in request.GET else self._free(request.GET))
        if self.customer is None:
            return self.show(self._found())
        return super().get(request, **kwargs)

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET
        places = [
            str(key)
            for key in outlets(
                actor=self.actor, conditions=OutletConditions(is_active=True)
            ).values_list("pk", flat=True)[:2]
        ]
        outlet = asked.get("outlet") or (places[0] if len(places) == 1 else "")
        if not outlet and self.customer and self.customer.preferred_outlet_id:
            outlet = str(self.customer.preferred_outlet_id)
        return {
            "customer": self.customer.pk if self.customer else "",
            "outlet": outlet,
            "staff": asked.get("staff", ""),
            "service": asked.get("service", ""),
            "day": asked.get("day") or timezone.localdate().isoformat(),
            "start_time": asked.get("time", ""),
        }

    def doubts(self, values: dict[str, Any]) -> list[Doubt]:
        try:
            if "repeat_unit" in values:
                return self._doubts_of_series(values)
            planned = planned_appointment(actor=self.actor, values=values)
        except Invalid:  # the service says so
            return []
        return doubts(actor=self.actor, planned=planned, customer=self.customer)

    def _doubts_of_series(self, values: dict[str, Any]) -> list[Doubt]:
        """Of all its times together; `conflicts` are told one by one."""
        found = occurrences(actor=self.actor, values=values)
        self.conflicts = [each for each in found if each.busy or each.doubts]
        doubted = {doubt for each in found if not each.busy for doubt in each.doubts}
        if any(each.busy for each in found) and not all(each.busy for each in found):
            doubted.add(Doubt.TAKEN)
        if self.customer is not None and self.customer.is_blocked:
            doubted.add(Doubt.BLOCKED)
        return [doubt for doubt in Doubt if doubt in doubted]

    def _told_conflicts(self) -> list[tuple[str, str]]:
        """When, and what is in the way."""
        told = []
        for each in self.conflicts:
            zone = zone_of(actor=self.actor, outlet=each.planned.outlet)
            why = [str(doubt.label) for doubt in each.doubts]
            words = str(StaffBusy.label) if each.busy else " ".join(why)
            told.append((starts(each.planned.start_at, zone), words))
        return told

    def write(self, values: dict[str, Any]) -> str:
        if "repeat_unit" in values:
            skip = {"repeat_skip_busy": Doubt.TAKEN in self.request.POST.getlist(ANYWAY)}
            first = book_series(actor=self.actor, values={**values, **skip})[0]
            return reverse("appointments:appointment", args=[first.pk])
        return reverse(
            "appointments:appointment", args=[book_appointment(actor=self.actor, values=values).pk]
        )

    def context(self, form: ServiceForm) -> dict[str, Any]:
        if self.customer and isinstance(form, BookForm):
            preferred = preferences(actor=self.actor, customer_id=self.customer.pk)
            form.put_first("service", preferred["preferred_services"])
            form.put_first("staff", preferred["preferred_staff"])
        said = {
            name: str(form[name].value() or "") for name in ("staff", "service", "outlet", "day")
        }
        chosen = str(form["start_time"].value() or "")[:5]
        back = {name: value for name, value in {**said, "time": chosen}.items() if value}
        return {
            "customer": self.customer,
            **self._free(said),
            "chosen_time": chosen,
            "conflicts": self._told_conflicts(),
            "back": urlencode(back),
        }

    def _found(self) -> dict[str, Any]:
        """The step before the form: who it is for, the rest of the address kept."""
        search = self.request.GET.get("search", "").strip()
        kept = {
            name: self.request.GET[name]
            for name in ("outlet", "staff", "service", "day", "time")
            if self.request.GET.get(name)
        }
        rows: Iterable[Customer] = ()
        if search:
            found = customers(actor=self.actor, conditions=CustomerConditions(search=search))
            rows = found.order_by("first_key", "last_key", "id")[:FOUND]
        return {
            "search": search,
            "kept": kept,
            "found": [
                (row, reverse("appointments:book", query={"customer": row.pk, **kept}))
                for row in rows
            ],
            "may_add": self.actor.may(Permission.CREATE_CUSTOMERS),
        }

    def _free(self, said: Any) -> dict[str, Any]:
        """When the chosen person is free on the chosen day, long enough for the chosen service."""
        person = _named(bookable_staff(actor=self.actor), said.get("staff"))
        service = _named(services(actor=self.actor), said.get("service"))
        outlet = _named(outlets(actor=self.actor), said.get("outlet"))
        zone = zone_of(actor=self.actor, outlet=outlet)
        day = _day(said.get("day"))
        times: list[tuple[str, str]] = []
        next_free = None
        if person and day:
            asked: dict[str, Any] = {
                "staff_id": person.pk,
                "day": day,
                "outlet": outlet,
                "service": service,
            }
            free = free_times(actor=self.actor, **asked)
            times = [(f"{moment.astimezone(zone):%H:%M}", clock(moment, zone)) for moment in free]
            next_free = None if times else next_free_day(actor=self.actor, **asked)
        query = {
            name: said.get(name)
            for name in ("customer", "staff", "service", "outlet", "day")
            if said.get(name)
        }
        if self.customer:
            query["customer"] = self.customer.pk
        return {
            "person": person,
            "free_day": day,
            "times": times,
            "next_free": next_free,
            "next_query": urlencode({**query, "day": next_free.isoformat()}) if next_free else "",
            "zone": zone.key.replace("_", " "),
            "query": urlencode(query),
        }


class AppointmentPage(FormPage):
    """Everything of an appointment; its form moves and changes it."""

    template = "appointments/appointment.html"
    form_class = ChangeForm
    success_message = gettext_lazy("Saved.")

    @cached_property
    def appointment(self) -> Appointment:
        return appointment(actor=self.actor, appointment_id=self.kwargs["appointment_id"])

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(actor=self.actor, outlet=self.appointment.outlet)

    def row(self) -> Appointment:
        return self.appointment

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.actor.require(Permission.BOOK)
        return super().post(request, **kwargs)

    def doubts(self, values: dict[str, Any]) -> list[Doubt]:
        return doubts_of_move(self.appointment, values, actor=self.actor)

    def write(self, values: dict[str, Any]) -> str:
        change = (
            change_following if self.request.POST.get("scope") == FOLLOWING else change_appointment
        )
        change(actor=self.actor, appointment_id=self.appointment.pk, values=values)
        return self.request.path

    def context(self, form: ServiceForm) -> dict[str, Any]:
        row, zone = self.appointment, self.zone
        done = row.status == AppointmentStatus.COMPLETED and row.customer_id is not None
        following = following_of(actor=self.actor, appointment=row)
        return {
            "appointment": row,
            "name": customer_name(row),
            "unreachable": unreachable(row.customer),
            "when": when(row, zone),
            "zone": zone.key.replace("_", " "),
            "status": AppointmentStatus(row.status),
            "steps": steps(row, zone),
            "may_finish": may_finish(row) and row.status in UPCOMING,
            "following": len(following) if len(following) > 1 else 0,
            "record": (
                payment_url(row) if done and self.actor.may(Permission.MANAGE_TRANSACTIONS) else ""
            ),
            "rebook": rebook_url(row) if row.customer_id else "",
            "arrived": clock(row.arrived_at, zone) if row.arrived_at else "",
            "editing": form.is_bound or "edit" in self.request.GET,
            "minutes": int((row.end_at - row.start_at).total_seconds() // 60),
            "history": self._history(form) if self.actor.may(Permission.VIEW_AUDIT) else None,
            "day_url": (
                f"{reverse('appointments:calendar')}?"
                f"{urlencode({'day': row.start_at.astimezone(zone).date().isoformat()})}"
            ),
        }

    def _history(self, form: ServiceForm) -> list[dict[str, Any]]:
        """What was done, in words; the form's own choices name the people and places."""
        words = {"appointment.created": _("Booked"), "appointment.updated": _("Changed")}
        entries = list(history(actor=self.actor, appointment=self.appointment))
        names = names_by_email(actor=self.actor, emails=[row.actor_label for row in entries])
        return [
            {
                "said": words.get(entry.action, entry.action),
                "by": actor_name(entry.actor_kind, entry.actor_label, names),
                "at": entry.at,
                "lines": self._lines(form, entry.changes),
            }
            for entry in entries
        ]

    def _lines(
        self, form: ServiceForm, changes: dict[str, list[Any]]
    ) -> list[tuple[Any, str, str]]:
        labels = {"start_at": _("Starts"), "end_at": _("Ends"), "status": _("Status")}
        labels["arrived_at"] = _("Arrived")
        labels |= {
            name: form.fields[name].label
            for name in ("staff", "service", "outlet", "price", "notes")
        }
        return [
            (
                labels[name],
                self._worded(form, name, changes[name][0]),
                self._worded(form, name, changes[name][1]),
            )
            for name in labels
            if name in changes
        ]

    def _worded(self, form: ServiceForm, name: str, value: Any) -> str:
        if value in (None, ""):
            return ""
        if name == "status":
            return str(AppointmentStatus(value).label)
        if name == "price":
            return money(Decimal(value), self.actor.organization.currency)
        if name in ("start_at", "end_at", "arrived_at"):
            moment = dt.datetime.fromisoformat(value)
            return (
                f"{date_format(moment.astimezone(self.zone), 'SHORT_DATE_FORMAT')} "
                f"{clock(moment, self.zone)}"
            )
        field = form.fields[name]
        names: dict[Any, Any] = dict(field.choices) if isinstance(field, forms.ChoiceField) else {}  # type: ignore[arg-type]
        return str(names.get(value, value))


class Move(Page):
    """
    Drag and drop: to `start_at`, an exact moment, or to the same time of another `day`, and perhaps
    to another of the `staff`. Tells htmx
    to ask for the calendar anew; what is doubtful is asked about in a dialog, whose form comes
    here.
    """

    permission = Permission.BOOK
    template = "appointments/move.html"
    fragment = "appointments/move_dialog.html"

    def post(self, request: HttpRequest, appointment_id: UUID) -> HttpResponse:
        given = {**request.GET.dict(), **request.POST.dict()}
        before = appointment(actor=self.actor, appointment_id=appointment_id)
        values: dict[str, Any] = {
            name: given[name] or None for name in ("start_at", "day", "staff") if name in given
        }
        doubted = doubts_of_move(before, values, actor=self.actor)
        if unasked(request, doubted):
            return self._ask(before, values, doubted)
        moved = change_appointment(actor=self.actor, appointment_id=appointment_id, values=values)
        back = urlencode(
            {
                "start_at": before.start_at.isoformat(),
                "staff": str(before.staff_id or ""),
                ANYWAY: [doubt.value for doubt in Doubt],  # it stood there
            },
            doseq=True,
        )
        zone = zone_of(actor=self.actor, outlet=before.outlet)
        said = (
            _("%(name)s: %(when)s, with %(staff)s")
            if moved.staff
            else _("%(name)s: %(when)s, with nobody yet")
        ) % {
            "name": customer_name(before),
            "when": when(moved, zone),
            "staff": moved.staff and moved.staff.name,
        }
        undo = f"{reverse('appointments:move', args=[appointment_id])}?{back}"
        if not is_fragment(request):
            return self.go(back_to(request, appointment_id), said, undo=undo)
        toast(request, said, undo=undo)
        return HttpResponse(
            self._toasts(), headers={"HX-Reswap": "none", "HX-Trigger": "calendar-changed"}
        )

    def _ask(self, row: Appointment, values: dict[str, Any], doubted: list[Doubt]) -> HttpResponse:
        htmx: Any = getattr(self.request, "htmx", None)
        here = safe_next(self.request, htmx.current_url_abs_path or "") if htmx else ""
        context = {
            "doubts": doubted,
            "title": _("Move %(name)s?") % {"name": customer_name(row)},
            "kept": {name: value or "" for name, value in values.items()},
            "next": here or back_to(self.request, row.pk),
        }
        answer = self.show(context, status=409)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#overlay", "innerHTML"
        return answer

    def failed(self, error: DomainError) -> HttpResponse:
        return tell_busy(self, error) or super().failed(error)


def doubts_of_move(row: Appointment, values: dict[str, Any], *, actor: Actor) -> list[Doubt]:
    """
    Of what is moved or given to somebody else, and only while it still stands: what was is written
    down as it was.
    """
    try:
        planned = planned_change(actor=actor, appointment=row, values=values)
    except Invalid:  # the service says so
        return []
    same = all(getattr(planned, name) == getattr(row, name) for name in _DOUBTFUL)
    if same or planned.status not in UPCOMING:
        return []
    found = doubts(actor=actor, planned=planned)
    return [doubt for doubt in found if doubt != Doubt.PAST or planned.start_at != row.start_at]


_DOUBTFUL = ("start_at", "end_at", "staff_id", "outlet_id")


def _offered(service: Service, actor: Actor) -> str:
    words = _("%(name)s · %(minutes)s min") % {
        "name": service.name,
        "minutes": service.duration_minutes,
    }
    return (
        f"{words} · {money(service.price, actor.organization.currency)}" if service.price else words
    )


def _named(rows: models.QuerySet[R], key: str | None) -> R | None:
    """The row that an address names; None when it names none."""
    found = parse_id(key)
    return rows.filter(pk=found).first() if found else None


def _day(text: str | None) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if tellable(day) else None
