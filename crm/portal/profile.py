"""Who one is, how one signs in, and what one prefers."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.preferences import update_own_preferences
from crm.portal.cookies import keep_session
from crm.portal.forms import (
    ChangeEmailForm,
    ChangePasswordForm,
    PreferencesForm,
    ProfileForm,
)
from crm.portal.views import PortalForm, PortalPage
from customers.selectors.portal import own_customer
from customers.services.portal_links import ask_for_verification
from customers.services.portal_profile import (
    change_own_email,
    update_own_profile,
)
from customers.services.portal_sessions import change_own_password


class OwnForm(PortalForm):
    """A form over the customer's own record."""

    here: ClassVar[str] = "profile"
    success_message: ClassVar[Any] = gettext_lazy("Saved.")

    def row(self) -> Any:
        return own_customer(actor=self.actor)


class PortalProfile(OwnForm):
    template = "portal/profile.html"
    form_class = ProfileForm

    def write(self, values: dict[str, Any]) -> str:
        update_own_profile(actor=self.actor, values=values, if_version=self.version)
        return self.address("profile")


class ChangeEmail(PortalForm):
    """By it one signs in, so it takes the password."""

    here: ClassVar[str] = "profile"
    template = "portal/form.html"
    form_class = ChangeEmailForm
    title = gettext_lazy("Change your e-mail")
    submit = gettext_lazy("Change the e-mail")
    success_message = gettext_lazy(
        "Your e-mail is changed. Verify it, so that we know it is yours."
    )

    def write(self, values: dict[str, Any]) -> str:
        change_own_email(
            actor=self.actor, email=values["email"], current=values["current_password"]
        )
        return self.address("profile")


class ChangePassword(PortalForm):
    """Ends all other sessions."""

    here: ClassVar[str] = "profile"
    template = "portal/form.html"
    form_class = ChangePasswordForm
    title = gettext_lazy("Change your password")
    submit = gettext_lazy("Change the password")
    success_message = gettext_lazy("Your password is changed. You are signed out everywhere else.")
    secret = ""

    def write(self, values: dict[str, Any]) -> str:
        self.secret = change_own_password(
            actor=self.actor, current=values["current_password"], password=values["password"]
        )
        return self.address("profile")

    def go(self, address: str, said: str = "", *, undo: str = "") -> HttpResponse:
        response = super().go(address, said, undo=undo)
        if self.secret:
            rotate_token(self.request)
            keep_session(response, self.request, self.secret, self.address("home"))
        return response


class AskForVerification(PortalPage):
    """Has the link sent that shows whose the e-mail is."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        ask_for_verification(actor=self.actor, site=self.site)
        said = _("An e-mail is on its way to %(email)s.") % {"email": self.customer.email}
        return self.go(self.address("profile"), said)


class PortalPreferences(OwnForm):
    here: ClassVar[str] = "preferences"
    template = "portal/preferences.html"
    form_class = PreferencesForm

    def write(self, values: dict[str, Any]) -> str:
        update_own_preferences(actor=self.actor, values=values, if_version=self.version)
        return self.address("preferences")
