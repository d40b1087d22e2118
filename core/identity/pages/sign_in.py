"""Signing in and out, one's account, and forgotten passwords."""

from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views import View

from core.audit.ledger import record
from core.errors import (
    CodeRefused,
    CodeRequired,
    DomainError,
    Invalid,
    RateLimited,
    Unauthenticated,
)
from core.identity.devices import FORGOTTEN_AFTER
from core.identity.models import User
from core.identity.passwords import (
    ask_for_reset,
    change_own_password,
    own_account,
    reset_password,
    user_of_reset,
)
from core.identity.second_factor import paper_codes_left
from core.identity.services import authenticate, authenticate_by_code, note_sign_in
from core.identity.staff import end_own_session, rename_own_account, sessions_of
from core.ids import parse_id
from core.tenancy.policy import Permission
from core.ui.fields import EmailFormField
from core.ui.forms import ServiceForm
from core.ui.gate import (
    CodeForm,
    SignInForm,
    bring_back,
    carry_to_second_factor,
    is_fragment,
    kept_form,
    safe_next,
    second_factor_address,
    sign_in_page,
)
from core.ui.middleware import stay_signed_in
from core.ui.place import DEVICE, actor_of_request, origin_of, site_address
from core.ui.toasts import toast
from core.ui.views import FormPage, Page
from core.ui.wording import message_for

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


class SignIn(View):
    """
    E-mail and password, then for those who have a second factor its code, counted against guessing
    like every other sign-in; then on to where one was going.
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
        form = CodeForm(request.POST) if "ticket" in request.POST else SignInForm(request.POST)
        if not form.is_valid():
            return self._again(request, form, 422)
        origin = origin_of(request)
        step = authenticate_by_code if isinstance(form, CodeForm) else authenticate
        try:
            user = step(**form.cleaned_data, origin=origin)
        except CodeRequired as error:
            return self._again(request, CodeForm(initial={"ticket": error.ticket}), 200)
        except (CodeRefused, RateLimited) as error:
            form.add_error(None, message_for(error))
            return self._again(request, form, 429 if isinstance(error, RateLimited) else 422)
        except Unauthenticated as error:
            if isinstance(form, CodeForm):
                form = SignInForm()
                return self._again(request, form, 422, _("That took too long. Sign in again."))
            form.add_error(None, message_for(error))
            return self._again(request, form, 422)
        device = origin.device or get_random_string(32)
        auth.login(request, user, BACKEND)
        note_sign_in(user=user, origin=replace(origin, device=device))
        response = self._onward(request, user)
        response.set_cookie(
            DEVICE,
            device,
            max_age=FORGOTTEN_AFTER,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
        return response

    def _again(
        self, request: HttpRequest, form: forms.Form, status: int, said: str = ""
    ) -> HttpResponse:
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
            said=said,
        )

    def _onward(self, request: HttpRequest, user: User) -> HttpResponse:
        if is_fragment(request):
            return HttpResponse(headers={"HX-Trigger": "signed-in"})
        wanted = safe_next(request, request.POST.get("next", ""))
        kept = kept_form(request.POST.get("kept", ""))
        if user.owes_second_factor and kept:
            return carry_to_second_factor(request, request.POST["kept"], wanted)
        if user.owes_second_factor:
            return redirect(second_factor_address(request, wanted))
        if kept:
            return bring_back(request, *kept)
        return redirect(wanted or reverse("pages:start"))


class KeptForm(View):
    """A form that was kept comes back, once all is done that had to be done before."""

    def post(self, request: HttpRequest) -> HttpResponse:
        kept = kept_form(request.POST.get("kept", ""))
        return bring_back(request, *kept) if kept else redirect("pages:start")


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
        here = getattr(self.request, "page_session", None)
        codes_left = paper_codes_left(user_id=me.pk)
        return {"sessions": rows, "here": here, "codes_left": codes_left}

    def write(self, values: dict[str, Any]) -> str:
        user = change_own_password(
            actor=self.actor, current=values["current_password"], password=values["password"]
        )
        stay_signed_in(self.request, user)
        return reverse("identity:account")


class OwnNameForm(ServiceForm):
    model = User

    first_name = forms.CharField(
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name", "autofocus": True}),
    )
    last_name = forms.CharField(
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )


class OwnName(FormPage):
    """What one's colleagues call one by."""

    permission: ClassVar[Permission | None] = None
    template = "identity/own_name.html"
    form_class = OwnNameForm
    success_message = gettext_lazy("Your name is changed.")

    def row(self) -> User:
        return own_account(self.actor)

    def write(self, values: dict[str, Any]) -> str:
        rename_own_account(actor=self.actor, values=values, if_version=self.version)
        return reverse("identity:account")


class EndOwnSession(Page):
    """Signs out one of one's own clients, elsewhere."""

    permission: ClassVar[Permission | None] = None

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        end_own_session(actor=self.actor, session_id=key)
        return self.go(reverse("identity:account"), _("Signed out there."))


class ForgottenForm(forms.Form):
    email = EmailFormField(
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
