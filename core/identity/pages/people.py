"""The people of the organization."""

import smtplib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.identity.models import User
from core.identity.passwords import days_of_link
from core.identity.staff import (
    invite_user,
    may_grant,
    new_password_link,
    people,
    person,
    reset_second_factor,
    revoke_session,
    sessions_of,
    update_user,
)
from core.tenancy.choices import Role
from core.tenancy.policy import Permission
from core.ui.fields import EmailFormField, WeeklyHoursFormField
from core.ui.forms import ServiceForm
from core.ui.lists import Column, ListState
from core.ui.place import site_address
from core.ui.row_pages import RowPage, SwitchRow, show_once
from core.ui.toasts import toast
from core.ui.views import FormPage, Page

COLUMNS = (
    Column(gettext_lazy("Person"), "first_name"),
    Column(gettext_lazy("Role"), "role"),
    Column(gettext_lazy("State"), "is_active"),
    Column(gettext_lazy("Second factor"), "second_factor_since"),
    Column(gettext_lazy("Last sign-in"), "last_login"),
    Column(""),
)
MAIL, SHOW = "mail", "show"


class PersonRows(RowPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_USERS
    noun, list_name = "person", "people"

    def update(self, key: UUID, values: Mapping[str, Any]) -> User:
        return update_user(actor=self.actor, user_id=key, values=values)


class People(PersonRows):
    template = fragment = "settings/people.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(
            request,
            sorts=["first_name", "role", "-is_active", "second_factor_since", "-last_login"],
        )
        shown = ["id", "email", "first_name", "last_name", "role", "is_active", "last_login"]
        shown.append("second_factor_since")
        page = state.page_of(
            people(actor=self.actor),
            order=[state.sort, "email"],
            columns=shown,
        )
        rows = [
            {**row, "name": f"{row['first_name']} {row['last_name']}".strip() or row["email"]}
            for row in page.rows
        ]
        for row in rows:
            row["is_me"] = row["id"] == self.actor.user_id
            row["may_change"] = may_grant(self.actor, row["role"])
        return self.show({"page": replace(page, rows=rows), "state": state, "columns": COLUMNS})


class PersonForm(ServiceForm):
    model = User

    email = EmailFormField(max_length=254, help_text=gettext_lazy("Signs in with it."))
    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    role = forms.ChoiceField(widget=forms.RadioSelect)
    takes_appointments = forms.BooleanField(required=False)
    working_hours = WeeklyHoursFormField(
        required=False,
        help_text=gettext_lazy(
            "A day without times is free; a second span leaves a break between. All empty: "
            "whenever the outlet is open."
        ),
    )
    current_password = forms.CharField(
        label=gettext_lazy("Your current password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=gettext_lazy("For changing your e-mail."),
    )

    def arrange(self) -> None:
        if self.row is None or self.row.pk != self.actor.user_id:
            del self.fields["current_password"]
        role: Any = self.fields["role"]
        now = self.row.role if isinstance(self.row, User) else ""
        role.choices = [
            (value, Role(value).label)
            for value in reversed(Role)
            if may_grant(self.actor, value) or value == now
        ]
        if self.row is not None and self.row.pk == self.actor.user_id:
            role.disabled = True
            role.help_text = _("You can't change your own role.")


class InviteForm(PersonForm):
    way = forms.ChoiceField(
        label=gettext_lazy("The link for choosing a password"),
        widget=forms.RadioSelect,
        choices=[
            (MAIL, gettext_lazy("Send it by e-mail")),
            (SHOW, gettext_lazy("Show it to me, once")),
        ],
    )


class Invite(FormPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_USERS
    template = "settings/person.html"
    form_class = InviteForm

    invited: tuple[User, str] | None = None
    by_mail = True

    def initial(self) -> dict[str, Any]:
        return {
            "role": Role.STAFF,
            "takes_appointments": True,
            "way": MAIL,
            **super().initial(),
        }

    def write(self, values: dict[str, Any]) -> str:
        self.by_mail = values.pop("way", MAIL) == MAIL
        self.invited = invite_user(actor=self.actor, values=values)
        return reverse("settings:people")

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = super().post(request, **kwargs)
        return hand_over(self, *self.invited, by_mail=self.by_mail) if self.invited else response


class EditPerson(FormPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_USERS
    template = "settings/person.html"
    form_class = PersonForm
    success_message = gettext_lazy("Saved. It holds from their next click on.")

    def row(self) -> User:
        return person(actor=self.actor, user_id=self.kwargs["key"])

    def context(self, form: ServiceForm) -> dict[str, Any]:
        user: Any = form.row
        return {
            "person": user,
            "is_me": user.pk == self.actor.user_id,
            "may_change": may_grant(self.actor, user.role),
            "sessions": sessions_of(actor=self.actor, user_id=user.pk),
            "here": getattr(self.request, "page_session", None),
        }

    def write(self, values: dict[str, Any]) -> str:
        update_user(
            actor=self.actor,
            user_id=self.kwargs["key"],
            values=values,
            if_version=self.version,
        )
        return reverse("settings:people")


class PasswordLink(Page):
    """A new link, by mail or shown once."""

    permission = Permission.MANAGE_USERS

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        user, token = new_password_link(actor=self.actor, user_id=key)
        return hand_over(self, user, token, by_mail=request.POST.get("way", MAIL) == MAIL)


class ResetSecondFactor(Page):
    """For who has lost theirs."""

    permission = Permission.MANAGE_USERS

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        reset_second_factor(actor=self.actor, user_id=key, site=site_address(request))
        return self.go(reverse("settings:person", args=[key]), _("The second factor is removed."))


class EndSession(Page):
    """Signs somebody out in one place."""

    permission = Permission.MANAGE_USERS

    def post(self, request: HttpRequest, key: UUID, session: UUID) -> HttpResponse:
        revoke_session(actor=self.actor, session_id=session, user_id=key)
        return self.go(reverse("settings:person", args=[key]), _("Signed out there."))


class SwitchPerson(PersonRows, SwitchRow):
    def message(self, name: str) -> str:
        if self.active:
            return _("%(name)s can sign in again.") % {"name": name}
        return _("%(name)s is signed out everywhere and can't sign in.") % {"name": name}


def hand_over(page: Page, user: User, token: str, *, by_mail: bool) -> HttpResponse:
    """Sends the link, or shows it, once; shows it too where the mail can't be sent."""
    link = site_address(page.request) + reverse("identity:reset", args=[user.pk.hex, token])
    if by_mail and _sent(user, link, by=page.request.user):
        toast(
            page.request,
            _("A link for choosing a password is on its way to %(email)s.") % {"email": user.email},
        )
        return page.go(reverse("settings:people"))
    about = {"person": user, "not_sent": by_mail, "days": days_of_link(user)}
    return show_once(page, link, back=reverse("settings:people"), **about)


def _sent(user: User, link: str, *, by: Any) -> bool:
    context = {"user": user, "link": link, "by": by, "days": days_of_link(user)}
    text = render_to_string("settings/invitation.txt", context)
    try:
        send_mail(
            _("Your access to %(organization)s") % {"organization": user.organization.name},
            text.strip() + "\n",
            None,
            [user.email],
        )
    except (OSError, smtplib.SMTPException):
        return False
    return True
