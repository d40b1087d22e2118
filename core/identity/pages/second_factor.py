"""One's own second factor: scanning the square, the codes on paper, turning it off."""

from typing import Any, ClassVar
from urllib.parse import quote

import segno
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.identity.codes import address_for_app, new_secret
from core.identity.passwords import own_account
from core.identity.second_factor import (
    renew_paper_codes,
    set_up_second_factor,
    turn_off_second_factor,
)
from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.gate import code_field, safe_next
from core.ui.place import site_address
from core.ui.views import FormPage

SECRET = "secret of a second factor"  # noqa: S105
SECRET_LIFETIME = 3600


def _password() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SetUpForm(ServiceForm):
    secret = forms.CharField(widget=forms.HiddenInput, required=False)
    kept = forms.CharField(widget=forms.HiddenInput, required=False)
    """What was typed on another page before this one was owed, signed (core/ui/gate.py)."""

    code = code_field(gettext_lazy("The six digits that the app shows now."))
    current_password = _password()

    def clean_secret(self) -> str:
        try:
            secret: str = signing.loads(
                self.cleaned_data["secret"], salt=SECRET, max_age=SECRET_LIFETIME
            )
        except signing.BadSignature as error:
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["secret"] = sealed_secret()  # type: ignore[index]
            raise ValidationError(_("This page was too old. Scan the new QR code.")) from error
        return secret


class PasswordForm(ServiceForm):
    current_password = _password()


class OwnFactorPage(FormPage):
    permission: ClassVar[Permission | None] = None
    takes_back: ClassVar[bool] = False
    codes: list[str] | None = None
    """The new codes on paper, which this one answer shows."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = super().post(request, **kwargs)
        return self._show_codes(self.codes) if self.codes else response

    def _show_codes(self, codes: list[str]) -> HttpResponse:
        back = safe_next(self.request, self.request.GET.get("next", ""))
        context = {
            "codes": codes,
            "file": "data:text/plain;charset=utf-8," + quote("\r\n".join([*codes, ""])),
            "back": back or reverse("identity:account"),
            "kept": self.request.POST.get("kept", ""),
        }
        response = render(self.request, "identity/paper_codes.html", context)
        response["Cache-Control"] = "no-store"
        return response


class SetUp(OwnFactorPage):
    """The square for the app, and the code that shows that the app has read it."""

    open_to_owing: ClassVar[bool] = True
    template = "identity/second_factor.html"
    form_class = SetUpForm

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if own_account(self.actor).second_factor_since is not None:
            return redirect("identity:account")
        return super().get(request, **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """A kept form alone is brought by who is led here from it."""
        return super().post(request, **kwargs) if "code" in request.POST else self.get(request)

    def initial(self) -> dict[str, Any]:
        return {"secret": sealed_secret(), "kept": self.request.POST.get("kept", "")}

    def context(self, form: ServiceForm) -> dict[str, Any]:
        user = own_account(self.actor)
        secret = signing.loads(form["secret"].value(), salt=SECRET)
        square = segno.make(address_for_app(user=user, secret=secret), error="m")
        drawn = square.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=False)
        return {
            "owes": user.owes_second_factor,
            "square": mark_safe(drawn),  # noqa: S308 - drawn by us
            "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        }

    def write(self, values: dict[str, Any]) -> str:
        self.codes = set_up_second_factor(
            actor=self.actor,
            secret=values["secret"],
            code=values["code"],
            current=values["current_password"],
            here=getattr(self.request, "page_session", None),
        )
        return reverse("identity:account")


class RenewCodes(OwnFactorPage):
    template = "identity/with_password.html"
    form_class = PasswordForm
    title = gettext_lazy("New recovery codes")
    text = gettext_lazy("Your present codes stop working once you have new ones.")
    action = gettext_lazy("Create new codes")

    def write(self, values: dict[str, Any]) -> str:
        self.codes = renew_paper_codes(actor=self.actor, current=values["current_password"])
        return reverse("identity:account")


class TurnOff(OwnFactorPage):
    template = "identity/with_password.html"
    form_class = PasswordForm
    title = gettext_lazy("Turn the second factor off")
    text = gettext_lazy(
        "From then on your password alone signs you in. Where your organization asks for a second "
        "factor, you set up another one at once."
    )
    action = gettext_lazy("Turn off")
    success_message = gettext_lazy("Your second factor is turned off.")

    def write(self, values: dict[str, Any]) -> str:
        turn_off_second_factor(
            actor=self.actor,
            current=values["current_password"],
            site=site_address(self.request),
        )
        return reverse("identity:account")


def sealed_secret() -> str:
    """A new secret; that it is ours shows when it comes back with the form."""
    return signing.dumps(new_secret(), salt=SECRET)
