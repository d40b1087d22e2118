"""Follow-ups of a customer: adding, changing, ticking off and deleting them."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date as formatted
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.fields import DayField
from core.ui.forms import ServiceForm
from core.ui.gate import safe_next
from core.ui.views import Page
from customers.pages.around import FormOfCustomer, page_of_customer
from customers.pages.forms import PersonField
from customers.pages.links import list_of
from customers.selectors.owners import owners
from interactions.follow_ups import (
    complete_follow_up,
    create_follow_up,
    delete_follow_up,
    reopen_follow_up,
    update_follow_up,
)
from interactions.models import FollowUp
from interactions.selectors import follow_up

TOMORROW = dt.timedelta(days=1)


class OwnerField(PersonField):
    """Whose follow-up it is; nobody's is everybody's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(empty_label=gettext_lazy("Everybody"), **options)

    def offer(self, actor: Actor, present: Any = None) -> None:
        """Those who work here, and whom the record has already."""
        people = owners(actor=actor)
        self.queryset = people.filter(is_active=True) | people.filter(pk=present)


class FollowUpForm(ServiceForm):
    model = FollowUp

    reason = forms.CharField(
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "maxlength": 150})
    )
    due_date = DayField()
    due_time = forms.TimeField(
        required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    owner = OwnerField()
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    wide = ("reason", "notes")

    def arrange(self) -> None:
        owner: Any = self.fields["owner"]
        owner.offer(self.actor, getattr(self.row, "owner_id", None))

    def values(self) -> dict[str, Any]:
        """Of a new one the owner is said also where it is everybody's."""
        values = super().values()
        return values if self.row else {**values, "owner": self.cleaned_data["owner"]}


class NewFollowUp(FormOfCustomer):
    needed = Permission.LOG
    form_class = FollowUpForm
    submit = gettext_lazy("Add")
    success_message = gettext_lazy("The follow-up is added.")

    @property
    def heading(self) -> str:
        assert self.customer is not None
        return _("Follow-up for %(name)s") % {"name": self.customer.display_name}

    def initial(self) -> dict[str, Any]:
        return {
            "due_date": timezone.localdate() + TOMORROW,
            "owner": self.actor.user_id,
            **super().initial(),
        }

    def write(self, values: dict[str, Any]) -> str:
        create_follow_up(actor=self.actor, values={**values, "customer": self.customer})
        return self.back


class FollowUpPage(FormOfCustomer):
    """One follow-up: its facts for those who may not change it, else its form."""

    needed = Permission.LOG
    shows = True
    template = "interactions/follow_up.html"
    form_class = FollowUpForm
    success_message = gettext_lazy("The follow-up is saved.")

    def row(self) -> FollowUp:
        self.follow_up = follow_up(actor=self.actor, follow_up_id=self.kwargs["follow_up_id"])
        self.customer = self.follow_up.customer
        return self.follow_up

    @property
    def heading(self) -> str:
        return str(self.follow_up.reason)

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {"follow_up": self.follow_up}

    def write(self, values: dict[str, Any]) -> str:
        update_follow_up(
            actor=self.actor,
            follow_up_id=self.kwargs["follow_up_id"],
            values=values,
            if_version=self.version,
        )
        return self.back


class FollowUpAct(Page):
    """
    Does one thing to a follow-up, which its toast takes back, and returns to where `next` says,
    else to the customer.
    """

    permission = Permission.LOG
    done: str | Promise = ""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = follow_up(actor=self.actor, follow_up_id=self.kwargs["follow_up_id"])
        back = safe_next(request, request.POST.get("next", ""))
        self.act()
        return self.go(
            back or page_of_customer(row.customer, came_from=list_of(request)), str(self.done)
        )

    def act(self) -> None:
        """The one call."""
        raise NotImplementedError


class CompleteFollowUp(FollowUpAct):
    done = gettext_lazy("The follow-up is done.")

    def act(self) -> None:
        complete_follow_up(actor=self.actor, follow_up_id=self.kwargs["follow_up_id"])


class ReopenFollowUp(FollowUpAct):
    done = gettext_lazy("The follow-up is open again.")

    def act(self) -> None:
        reopen_follow_up(actor=self.actor, follow_up_id=self.kwargs["follow_up_id"])


class DeleteFollowUp(FollowUpAct):
    done = gettext_lazy("The follow-up is deleted.")

    def act(self) -> None:
        delete_follow_up(actor=self.actor, follow_up_id=self.kwargs["follow_up_id"])


def due_in_words(day: dt.date, at: dt.time | None, today: dt.date) -> str:
    """`2 days overdue`, `Due today, 3:00 PM`, `Due tomorrow`, or the day."""
    days = (day - today).days
    if days < 0:
        said = ngettext("%(days)s day overdue", "%(days)s days overdue", -days) % {"days": -days}
    elif days == 0:
        said = _("Due today")
    elif days == 1:
        said = _("Due tomorrow")
    else:
        said = _("Due %(day)s") % {"day": formatted(day, "DATE_FORMAT")}
    time = time_format(at, "TIME_FORMAT") if at else ""
    return f"{said}, {time}" if time else said
