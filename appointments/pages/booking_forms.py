"""The forms of an appointment: to book one, or a series of them, and to change it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.choices import RepeatUnit
from appointments.errors import StaffBusy
from appointments.filters import ServiceConditions
from appointments.models import Appointment, Service
from appointments.pages.board import named
from appointments.pages.wording import busy
from appointments.selectors import bookable_staff, services
from appointments.series import REPEAT
from appointments.slots import zone_of
from core.errors import DomainError, Fault, Invalid
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.filters import OutletConditions
from core.tenancy.selectors import outlets
from core.ui.fields import DayField, MoneyField, WholeField
from core.ui.formatting import money
from core.ui.forms import ServiceForm

FOLLOWING = "following"
"""What is changed: this appointment and those after it in its series."""


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


def _offered(service: Service, actor: Actor) -> str:
    words = _("%(name)s · %(minutes)s min") % {
        "name": service.name,
        "minutes": service.duration_minutes,
    }
    return (
        f"{words} · {money(service.price, actor.organization.currency)}" if service.price else words
    )
