"""An appointment's page, and moving it in the calendar."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.choices import UPCOMING, AppointmentStatus, Doubt
from appointments.models import Appointment
from appointments.pages.acting import back_to, may_finish, payment_url, rebook_url, steps, tell_busy
from appointments.pages.booking_forms import FOLLOWING, ChangeForm
from appointments.pages.wording import clock, customer_name, when
from appointments.selectors import appointment, doubts, history
from appointments.series import change_following, following_of
from appointments.services import change_appointment, planned_change
from appointments.slots import zone_of
from core.errors import DomainError, Invalid
from core.identity.staff import names_by_email
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.audit_labels import actor_name
from core.ui.formatting import money
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment, safe_next
from core.ui.toasts import toast
from core.ui.views import ANYWAY, FormPage, Page, unasked
from customers.pages.reach import unreachable

_DOUBTFUL = ("start_at", "end_at", "staff_id", "outlet_id")
"""What, when it changes, may fall together with something else."""


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
