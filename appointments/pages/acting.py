"""What became of an appointment: one tap in the calendar, or everything at its end in one step."""

import datetime as dt
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments.choices import UPCOMING, AppointmentStatus, Doubt
from appointments.errors import StaffBusy
from appointments.models import Appointment
from appointments.pages.wording import DONE, busy, customer_name, when
from appointments.selectors import appointment, doubts
from appointments.series import change_following
from appointments.services import (
    change_appointment,
    finish_appointment,
    planned_appointment,
)
from appointments.slots import zone_of
from core.clock import now
from core.errors import DomainError, Fault, Invalid, StateConflict
from core.tenancy.policy import Permission
from core.ui.fields import MoneyField
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment, safe_next
from core.ui.toasts import toast
from core.ui.views import FormPage, Page
from customers.pages.reach import unreachable
from customers.pages.work import ProjectField, offer_projects

WEEKS = (1, 2, 3, 4, 6, 8, 12, 26, 52)
"""After how many weeks one is asked to come again."""


def steps(row: Appointment, zone: ZoneInfo) -> list[dict[str, Any]]:
    """
    What can be said of it next, the likeliest first: the address to post to, the words, the icon,
    and whether it is the one that is meant most often (`kind`).
    What hasn't come yet isn't done or missed; who is there can't be marked as arriving again.
    """
    if row.status not in UPCOMING:
        return [_step(row, AppointmentStatus.CONFIRMED, _("Reopen"), "undo")]
    begun = row.start_at <= now() or row.arrived_at is not None
    today = row.start_at.astimezone(zone).date() <= now().astimezone(zone).date()
    found = []
    if today and row.arrived_at is None:
        arrived = reverse("appointments:arrived", args=[row.pk])
        found.append({"url": arrived, "label": _("Arrived"), "icon": "pin", "kind": ""})
    if begun:
        found.append(_step(row, AppointmentStatus.COMPLETED))
        if row.arrived_at is None:
            found.append(_step(row, AppointmentStatus.NO_SHOW))
    elif row.status == AppointmentStatus.PENDING:
        found.insert(0, _step(row, AppointmentStatus.CONFIRMED, _("Confirm")))
    if found:
        found[0]["kind"] = "primary"
    return [*found, _step(row, AppointmentStatus.CANCELLED, _("Cancel"))]


def _step(
    row: Appointment, status: AppointmentStatus, label: Any = "", icon: str = ""
) -> dict[str, Any]:
    return {
        "url": reverse("appointments:status", args=[row.pk, status.value]),
        "label": label or status.label,
        "icon": icon or status.icon,
        "kind": "",
    }


def rebook_url(row: Appointment) -> str:
    """The booking form for the same customer, service, person and outlet."""
    known = {
        "customer": row.customer_id,
        "service": row.service_id,
        "staff": row.staff_id,
        "outlet": row.outlet_id,
    }
    given = {name: str(value) for name, value in known.items() if value}
    return f"{reverse('appointments:book')}?{urlencode(given)}"


def payment_url(row: Appointment) -> str:
    """The form of a payment for it, which leads back to its page."""
    asked = {
        "gross_amount": row.price,
        "description": row.service.name if row.service else "",
        "next": reverse("appointments:appointment", args=[row.pk]),
    }
    return reverse("customers:payment-new", args=[row.customer_id], query=asked)


def back_to(request: HttpRequest, appointment_id: UUID) -> str:
    """Where one came from, else the appointment's page."""
    return safe_next(request, request.POST.get("next", "")) or reverse(
        "appointments:appointment", args=[appointment_id]
    )


def tell_busy(page: Page, error: DomainError) -> HttpResponse | None:
    """Who is busy, and with what, as a toast over the page that one came from."""
    if not isinstance(error, StaffBusy):
        return None
    toast(page.request, busy(error, actor=page.actor), level="error")
    if is_fragment(page.request):
        return HttpResponse(page._toasts(), status=409, headers={"HX-Reswap": "none"})
    return page.go(back_to(page.request, page.kwargs["appointment_id"]))


class OneTap(Page):
    """
    A button of the appointment's page, or of its dialog over the calendar, which htmx then asks for
    anew.
    """

    permission: ClassVar[Permission | None] = Permission.BOOK

    def done(self, appointment_id: UUID, said: str, undo: str = "") -> HttpResponse:
        if not is_fragment(self.request):
            return self.go(back_to(self.request, appointment_id), said, undo=undo)
        toast(self.request, said, undo=undo or self.undo_address())
        return HttpResponse(self._toasts(), headers={"HX-Trigger": "calendar-changed"})

    def failed(self, error: DomainError) -> HttpResponse:
        return tell_busy(self, error) or super().failed(error)


class StatusButton(OneTap):
    """What became of it. The toast's button takes it back."""

    def post(self, request: HttpRequest, appointment_id: UUID, status: str) -> HttpResponse:
        before = appointment(actor=self.actor, appointment_id=appointment_id).status
        change_appointment(
            actor=self.actor, appointment_id=appointment_id, values={"status": status}
        )
        undo = reverse("appointments:status", args=[appointment_id, before])
        return self.done(appointment_id, str(DONE[status]), undo if before != status else "")


class Arrived(OneTap):
    """The customer is there."""

    def post(self, request: HttpRequest, appointment_id: UUID) -> HttpResponse:
        row = change_appointment(
            actor=self.actor, appointment_id=appointment_id, values={"arrived_at": now()}
        )
        return self.done(appointment_id, _("%(name)s is here.") % {"name": customer_name(row)})


class CancelFollowing(OneTap):
    """Calls off the appointment and those after it in its series."""

    def post(self, request: HttpRequest, appointment_id: UUID) -> HttpResponse:
        rows = change_following(
            actor=self.actor,
            appointment_id=appointment_id,
            values={"status": AppointmentStatus.CANCELLED.value},
        )
        said = ngettext("%(n)s appointment cancelled.", "%(n)s appointments cancelled.", len(rows))
        return self.done(appointment_id, said % {"n": len(rows)})


class Glance(Page):
    """An appointment in a dialog over the calendar, with what can be done at once."""

    template = "appointments/glance.html"

    def get(self, request: HttpRequest, appointment_id: UUID) -> HttpResponse:
        row = appointment(actor=self.actor, appointment_id=appointment_id)
        zone = zone_of(actor=self.actor, outlet=row.outlet)
        return self.show(
            {
                "appointment": row,
                "name": customer_name(row),
                "unreachable": unreachable(row.customer),
                "when": when(row, zone),
                "status": AppointmentStatus(row.status),
                "steps": steps(row, zone),
                "may_finish": may_finish(row),
                "rebook": rebook_url(row) if row.customer_id else "",
            }
        )


def may_finish(row: Appointment) -> bool:
    """Whether it can come to its end now: it has begun, and its customer is known."""
    begun = row.start_at <= now() or row.arrived_at is not None
    standing = row.status in (*UPCOMING, AppointmentStatus.COMPLETED)
    return begun and standing and row.customer_id is not None


class FinishForm(ServiceForm):
    """What it cost, what was paid, and when they come again."""

    model = Appointment

    price = MoneyField()
    paid = MoneyField(
        label=gettext_lazy("Paid now"),
        required=False,
        help_text=gettext_lazy("Recorded as a payment. Empty: nothing was paid."),
    )
    project = ProjectField(
        label=gettext_lazy("Project"), help_text=gettext_lazy("What the payment is for.")
    )
    again = forms.TypedChoiceField(
        label=gettext_lazy("Next appointment"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=gettext_lazy("At the same time, with the same person."),
    )

    def arrange(self) -> None:
        self.fields["price"].unit = self.actor.organization.currency  # type: ignore[attr-defined]
        self.fields["paid"].unit = self.actor.organization.currency  # type: ignore[attr-defined]
        if not self.actor.may(Permission.MANAGE_TRANSACTIONS):
            del self.fields["paid"], self.fields["project"]
        self.fields["again"].choices = [  # type: ignore[attr-defined]
            ("", _("None")),
            *(
                (
                    str(weeks),
                    ngettext("In %(n)s week", "In %(n)s weeks", weeks) % {"n": weeks},
                )
                for weeks in WEEKS
            ),
        ]

    def word(self, error: DomainError | Fault) -> str:
        if isinstance(error, StaffBusy):
            return busy(error, actor=self.actor)
        return super().word(error)

    def refuse(self, error: DomainError) -> None:
        """Whatever is wrong with the next appointment stands beside its choice."""
        if isinstance(error, StateConflict):
            self.add_error("again", self.word(error))
        elif isinstance(error, Invalid):
            own = {
                _FIELDS.get(name, name if name in self.fields else "again"): faults
                for name, faults in error.faults.items()
            }
            super().refuse(Invalid(own))
        else:
            super().refuse(error)


_FIELDS = {"gross_amount": "paid"}
"""The domain's fields that this form calls otherwise."""


class Finish(FormPage):
    """Done, paid and booked again, in one step and one transaction."""

    permission: ClassVar[Permission | None] = Permission.BOOK
    template = "appointments/finish.html"
    form_class = FinishForm
    success_message = gettext_lazy("Done.")

    @cached_property
    def appointment(self) -> Appointment:
        return appointment(actor=self.actor, appointment_id=self.kwargs["appointment_id"])

    @cached_property
    def zone(self) -> ZoneInfo:
        return zone_of(actor=self.actor, outlet=self.appointment.outlet)

    def get_form(self, *data: Any, **options: Any) -> ServiceForm:
        form = super().get_form(*data, **options)
        if "project" in form.fields:
            offer_projects(form, self.appointment.customer)
        return form

    def initial(self) -> dict[str, Any]:
        """Who comes from a finished one may have been paid for it before."""
        price = self.appointment.price
        standing = self.appointment.status in UPCOMING
        return {"price": price, "paid": price if standing and price else ""}

    def next_values(self, values: dict[str, Any]) -> dict[str, Any] | None:
        """What books the next one: on the same clock, so many weeks later."""
        row, weeks = self.appointment, values.get("again")
        if not weeks:
            return None
        starts, ends = row.start_at.astimezone(self.zone), row.end_at.astimezone(self.zone)
        day = starts.date() + dt.timedelta(weeks=weeks)
        return {
            "customer": row.customer_id,
            "service": row.service_id,
            "staff": row.staff_id,
            "outlet": row.outlet_id,
            "day": day.isoformat(),
            "start_time": starts.time().isoformat(),
            "end_time": ends.time().isoformat(),
        }

    def doubts(self, values: dict[str, Any]) -> list[Doubt]:
        again = self.next_values(values)
        if again is None:
            return []
        try:
            planned = planned_appointment(actor=self.actor, values=again)
        except Invalid:  # the service says so
            return []
        return doubts(actor=self.actor, planned=planned, customer=self.appointment.customer)

    def write(self, values: dict[str, Any]) -> str:
        row, again = finish_appointment(
            actor=self.actor,
            appointment_id=self.appointment.pk,
            price=values.get("price"),
            paid=values.get("paid"),
            project=values.get("project"),
            again=self.next_values(values),
        )
        return reverse("appointments:appointment", args=[(again or row).pk])

    def context(self, form: ServiceForm) -> dict[str, Any]:
        row = self.appointment
        return {
            "appointment": row,
            "name": customer_name(row),
            "when": when(row, self.zone),
            "here": reverse("appointments:appointment", args=[row.pk]),
        }
