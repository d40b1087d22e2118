"""Closures, absences and other hours, among the settings."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.choices import ExceptionKind
from appointments.models import ScheduleException
from appointments.pages.board import named
from appointments.pages.booking_forms import TimeField
from appointments.schedule_exceptions import (
    create_schedule_exception,
    delete_schedule_exception,
    update_schedule_exception,
)
from appointments.selectors import bookable_staff, schedule_exceptions
from core.errors import DomainError, Invalid
from core.rows import get_row
from core.tenancy.filters import OutletConditions
from core.tenancy.policy import Permission
from core.tenancy.selectors import outlets
from core.ui.fields import DayField
from core.ui.forms import ServiceForm
from core.ui.lists import Column, ListState
from core.ui.row_pages import DeleteRow, EditRow, NewRowPage, RowPage, RowWords
from core.ui.wording import date_span

OUTLET, STAFF = "outlet", "staff"


class ScheduleExceptionForm(ServiceForm):
    """Whose it is, is one choice: an outlet, a person, or everybody."""

    model = ScheduleException

    whose = forms.ChoiceField(label=gettext_lazy("For"), required=False)
    kind = forms.ChoiceField(choices=ExceptionKind)
    name = forms.CharField(
        max_length=150, required=False, help_text=gettext_lazy("Shown in the calendar.")
    )
    first_day = DayField()
    last_day = DayField(required=False, help_text=gettext_lazy("Empty: one day."))
    start_time = TimeField(
        required=False, help_text=gettext_lazy("On each of the days. Empty: the whole day.")
    )
    end_time = TimeField(required=False)

    def arrange(self) -> None:
        kept = self.row if isinstance(self.row, ScheduleException) else None
        places = named(
            outlets(actor=self.actor, conditions=OutletConditions(is_active=True)).order_by("name")
        )
        people = named(bookable_staff(actor=self.actor))
        # what the record has, although it isn't offered any more
        for row, choices in ((kept and kept.outlet, places), (kept and kept.staff, people)):
            if row is not None and str(row.pk) not in dict(choices):
                choices += named([row])
        self.fields["whose"].choices = [  # type: ignore[attr-defined]
            ("", _("The whole organization")),
            (_("Outlets"), [(f"{OUTLET}:{key}", name) for key, name in places]),
            (_("People"), [(f"{STAFF}:{key}", name) for key, name in people]),
        ]

    def values(self) -> dict[str, Any]:
        given = {
            name: value.isoformat() if isinstance(value, dt.date | dt.time) else value
            for name, value in super().values().items()
        }
        if "whose" in given:
            of, _colon, key = given.pop("whose").partition(":")
            given |= {OUTLET: None, STAFF: None} | ({of: key} if key else {})
        if self.row is not None and given.get("last_day", ...) is None:
            given["last_day"] = self.cleaned_data["first_day"].isoformat()
        return given

    def refuse(self, error: DomainError) -> None:
        if isinstance(error, Invalid):
            error = Invalid(
                {
                    "whose" if name in (OUTLET, STAFF) else name: faults
                    for name, faults in error.faults.items()
                }
            )
        super().refuse(error)

    def _values_of(self, row: models.Model | None) -> dict[str, Any]:
        found = super()._values_of(row)
        if isinstance(row, ScheduleException):
            found["whose"] = (
                f"{OUTLET}:{row.outlet_id}"
                if row.outlet_id
                else f"{STAFF}:{row.staff_id}"
                if row.staff_id
                else ""
            )
        return found


class ScheduleExceptionRows(RowPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_SCHEDULES
    noun, list_name, model = "schedule-exception", "schedule-exceptions", ScheduleException
    form_class: ClassVar[type[ServiceForm]] = ScheduleExceptionForm
    words = RowWords(
        plural=gettext_lazy("Closures and absences"),
        new=gettext_lazy("New closure or absence"),
        add=gettext_lazy("Add"),
        added=gettext_lazy("It is in the calendar."),
        delete=gettext_lazy("Delete"),
        deleted=gettext_lazy("It is deleted."),
        delete_warning=gettext_lazy("The usual hours hold again on these days."),
        in_use=gettext_lazy("It is in use."),
        none=gettext_lazy("Nothing upcoming"),
        none_help=gettext_lazy(
            "Holidays, absences and days with other hours: customers can't book then, and the "
            "staff are asked first."
        ),
        icon="calendar",
    )

    def rows(self) -> "QuerySet[Any]":
        return schedule_exceptions(actor=self.actor)

    def create(self, values: Mapping[str, Any]) -> ScheduleException:
        return create_schedule_exception(actor=self.actor, values=values)

    def update(self, key: UUID, values: Mapping[str, Any]) -> ScheduleException:
        return update_schedule_exception(actor=self.actor, exception_id=key, values=values)

    def delete(self, key: UUID) -> None:
        delete_schedule_exception(actor=self.actor, exception_id=key)


class ScheduleExceptions(ScheduleExceptionRows):
    """What is to come, the next first; `past=true`: what is over, the latest first."""

    permission = Permission.VIEW
    template = fragment = "settings/schedule_exceptions.html"
    columns = (
        Column(gettext_lazy("Days")),
        Column(gettext_lazy("For")),
        Column(gettext_lazy("Kind")),
        Column(gettext_lazy("Name")),
    )

    def get(self, request: HttpRequest) -> HttpResponse:
        state, today = ListState(request), timezone.localdate()
        past = request.GET.get("past") == "true"
        rows = self.rows().filter(**{"last_day__lt" if past else "last_day__gte": today})
        page = state.page_of(
            rows,
            order=["-last_day", "-id"] if past else ["first_day", "id"],
            columns=[
                *("id", "kind", "name", "first_day", "last_day", "start_time", "end_time"),
                *("outlet__name", "staff__first_name", "staff__last_name", "staff__email"),
            ],
        )
        for row in page.rows:
            row["when"] = days_and_times(row)
            row["whose"] = (
                row["outlet__name"]
                or f"{row['staff__first_name'] or ''} {row['staff__last_name'] or ''}".strip()
                or row["staff__email"]
                or _("The whole organization")
            )
            row["label"] = ExceptionKind(row["kind"]).label
        return self.show(
            {
                "page": page,
                "state": state,
                "columns": self.columns,
                "past": past,
                "may_manage": self.actor.may(Permission.MANAGE_SCHEDULES),
            }
        )


def days_and_times(row: Mapping[str, Any]) -> str:
    """`Dec 24, 2026`, `Dec 24 – Dec 26, 2026 · 2:00 PM – 6:00 PM`."""
    first, last = row["first_day"], row["last_day"]
    days = date_format(first, "DATE_FORMAT") if first == last else date_span(first, last)
    if row["start_time"] is None:
        return days
    times = " – ".join(time_format(row[name], "TIME_FORMAT") for name in ("start_time", "end_time"))
    return f"{days} · {times}"


class NewScheduleException(ScheduleExceptionRows, NewRowPage):
    template = "settings/schedule_exception.html"

    def initial(self) -> dict[str, Any]:
        return {"kind": ExceptionKind.ABSENCE, **super().initial()}


class EditScheduleException(ScheduleExceptionRows, EditRow):
    template = "settings/schedule_exception.html"

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {**super().context(form), "called": str(form.row)}


class DeleteScheduleException(ScheduleExceptionRows, DeleteRow):
    def question(self, key: UUID) -> dict[str, str]:
        row = get_row(ScheduleException, actor=self.actor, key=key)
        return {
            **super().question(key),
            "title": _("Delete “%(name)s”?") % {"name": row},
        }
