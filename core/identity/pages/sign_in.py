"""Signing in and out, one's account, and forgotten passwords."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views import View

from core.audit.ledger import record
from core.errors import DomainError, Invalid, RateLimited, Unauthenticated
from core.identity.passwords import (
    ask_for_reset,
    change_own_password,
    own_account,
    reset_password,
    user_of_reset,
)
from core.identity.services import authenticate
from core.identity.staff import end_own_session, sessions_of
from core.ids import parse_id
from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.gate import SignInForm, bring_back, is_fragment, kept_form, safe_next, sign_in_page
from core.ui.middleware import stay_signed_in
from core.ui.place import actor_of_request, origin_of, site_address
from core.ui.toasts import toast
from core.ui.views import FormPage, Page
from core.ui.wording import message_for

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


class SignIn(View):
    """
    E-mail and password, counted against guessing like every other sign-in; then on to where one was
    going.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(
                safe_next(request, request.GET.get("next", "")) or reverse("pages:start")
            )
        return sign_in_page(
            request, SignInForm(), next_address=safe_next(request, request.GET.get("next", ""))
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SignInForm(request.POST)
        if form.is_valid():
            try:
                user = authenticate(**form.cleaned_data, origin=origin_of(request))
            except (Unauthenticated, RateLimited) as error:
                form.add_error(None, message_for(error))
                return self._again(request, form, 429 if isinstance(error, RateLimited) else 422)
            auth.login(request, user, BACKEND)
            record(actor_of_request(request, via="pages"), "user.signed_in", subject=user)
            return self._onward(request)
        return self._again(request, form, 422)

    def _again(self, request: HttpRequest, form: forms.Form, status: int) -> HttpResponse:
        template = (
            "identity/sign_in_dialog.html" if is_fragment(request) else "identity/sign_in.html"
        )
        address = safe_next(request, request.POST.get("next", ""))
        return sign_in_page(
            request,
            form,
            next_address=address,
            kept=request.POST.get("kept", ""),
            template=template,
            status=status,
        )

    def _onward(self, request: HttpRequest) -> HttpResponse:
        if is_fragment(request):
            return HttpResponse(headers={"HX-Trigger": "signed-in"})
        kept = kept_form(request.POST.get("kept", ""))
        if kept:
            return bring_back(request, *kept)
        return redirect(safe_next(request, request.POST.get("next", "")) or reverse("pages:start"))


class SignOut(View):
    def post(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            record(actor_of_request(request, via="pages"), "user.signed_out", subject=request.user)
        auth.logout(request)
        return redirect("identity:sign-in")


def _new_password(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        **options,
    )


class TwiceForm(forms.Form):
    """A new password, typed twice."""

    password = _new_password(
        gettext_lazy("New password"), help_text=gettext_lazy("At least 10 characters.")
    )
    again = _new_password(gettext_lazy("New password, once more"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            cleaned.get("password")
            and cleaned.get("again")
            and cleaned["password"] != cleaned["again"]
        ):
            self.add_error("again", _("This isn't the same password."))
        return cleaned


class AccountForm(TwiceForm, ServiceForm):
    current_password = forms.CharField(
        label=gettext_lazy("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current_password", "password", "again")


class Account(FormPage):
    """Who one is, and a new password, which signs out everywhere else."""

    permission: ClassVar[Permission | None] = None
    template = "identity/account.html"
    form_class = AccountForm
    success_message = gettext_lazy("Your password is changed. You are signed out everywhere else.")

    def context(self, form: ServiceForm) -> dict[str, Any]:
        me = own_account(self.actor)
        rows = sessions_of(actor=self.actor, user_id=me.pk)
        return {"sessions": rows, "here": getattr(self.request, "page_session", None)}

    def write(self, values: dict[str, Any]) -> str:
        user = change_own_password(
            actor=self.actor, current=values["current_password"], password=values["password"]
        )
        stay_signed_in(self.request, user)
        return reverse("identity:account")


class EndOwnSession(Page):
    """Signs out one of one's own clients, elsewhere."""

    permission: ClassVar[Permission | None] = None

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        end_own_session(actor=self.actor, session_id=key)
        return self.go(reverse("identity:account"), _("Signed out there."))


class ForgottenForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class Forgotten(View):
    """Sends a link; answers the same whether or not there is such an account."""

    template = "identity/forgotten.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, self.template, {"form": ForgottenForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ForgottenForm(request.POST)
        if not form.is_valid():
            return render(request, self.template, {"form": form}, status=422)
        email = form.cleaned_data["email"]
        try:
            ask_for_reset(
                email=email,
                origin=origin_of(request),
                site=site_address(request),
                language=get_language() or settings.LANGUAGE_CODE,
            )
        except RateLimited as error:
            form.add_error(None, message_for(error))
            return render(request, self.template, {"form": form}, status=429)
        return render(request, self.template, {"sent": True, "email": email})


class Reset(View):
    """The page that the link leads to."""

    template = "identity/reset.html"

    def get(self, request: HttpRequest, user_id: str, token: str) -> HttpResponse:
        good = user_of_reset(user_id=parse_id(user_id), token=token)
        return render(
            request,
            self.template,
            {"form": TwiceForm() if good else None},
            status=200 if good else 410,
        )

    def post(self, request: HttpRequest, user_id: str, token: str) -> HttpResponse:
        form = TwiceForm(request.POST)
        if not form.is_valid():
            return render(request, self.template, {"form": form}, status=422)
        try:
            reset_password(
                user_id=parse_id(user_id),
                token=token,
                password=form.cleaned_data["password"],
                origin=origin_of(request),
            )
        except Unauthenticated:
            return render(request, self.template, {"form": None}, status=410)
        except Invalid as error:
            return self._refused(request, form, error)
        toast(request, _("Your password is set. Sign in with it."))
        return redirect("identity:sign-in")

    def _refused(self, request: HttpRequest, form: forms.Form, error: DomainError) -> HttpResponse:
        for fault in error.faults["password"] if isinstance(error, Invalid) else []:
            form.add_error("password", message_for(fault))
        return render(request, self.template, {"form": form}, status=422)
