"""The way into an organization's portal and out of it."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.validators import validate_slug
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from core.errors import DomainError, Gone, Invalid, RateLimited, Unauthenticated
from core.tenancy.models import Organization
from core.tenancy.selectors import organization_named
from core.ui.wording import message_for
from crm.portal import cookies
from crm.portal.colour import style_sheet
from crm.portal.forms import EmailForm, NewPasswordForm, PortalCodeForm, PortalSignInForm
from crm.portal.views import PortalPage
from customers.choices import PortalLinkPurpose
from customers.services.portal_access import is_open
from customers.services.portal_links import (
    ask_for_link,
    enter_by_link,
    exchange_code,
    link_of,
    needs_password,
    verification_of,
    verify_by_link,
)
from customers.services.portal_sessions import sign_in, sign_out


class PortalNameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Short name of the company"),
        max_length=60,
        validators=[validate_slug],
        help_text=gettext_lazy("It stands in the address that the company gave you."),
    )


class Which(View):
    """To the only portal there is, else one is asked for; those that there are aren't listed."""

    template = "portal/which.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        only = Organization.objects.filter(is_active=True, portal_enabled=True)[:2]
        if len(only) == 1:
            return redirect("portal:home", only[0].slug)
        if "name" not in request.GET:
            return render(request, self.template, {"form": PortalNameForm()})
        form = PortalNameForm(request.GET)
        if form.is_valid():
            found = organization_named(name=form.cleaned_data["name"])
            if found is not None and is_open(found):
                return redirect("portal:home", found.slug)
            form.add_error("name", _("There is no portal of this name."))
        return render(request, self.template, {"form": form}, status=422)


class AccessPage(PortalPage):
    """A page with a form that is no customer's: what is refused stands above or beside a field."""

    open_to_all: ClassVar[bool] = True

    def again(
        self, form: forms.Form, error: DomainError | None = None, said: str = "", **more: Any
    ) -> HttpResponse:
        if isinstance(error, Invalid):
            for name, faults in error.faults.items():
                for fault in faults:
                    form.add_error(name if name in form.fields else None, message_for(fault))
        elif error is not None:
            form.add_error(None, said or message_for(error))
        status = 429 if isinstance(error, RateLimited) else 422
        return self.show({"form": form, **more}, status=status)


class PortalSignIn(AccessPage):
    template = "portal/sign_in.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        following = self.safe_next(request.GET.get("next", ""))
        if self.session is not None:
            return redirect(following)
        return self.show({"form": PortalSignInForm(), "next": following})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = PortalSignInForm(request.POST)
        following = self.safe_next(request.POST.get("next", ""))
        if not form.is_valid():
            return self.again(form, next=following)
        try:
            secret = sign_in(
                organization=self.organization, origin=self.origin, **form.cleaned_data
            )
        except (Unauthenticated, RateLimited) as error:
            return self.again(form, error, next=following)
        return self.entered(secret, following)


class SendLink(AccessPage):
    """Has a link and a code sent; answers the same whoever's the e-mail is."""

    template = "portal/send_link.html"
    sent_template = "portal/sent.html"
    purpose: ClassVar[PortalLinkPurpose] = PortalLinkPurpose.SIGN_IN

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show({"form": EmailForm()})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = EmailForm(request.POST)
        if not form.is_valid():
            return self.again(form)
        email = form.cleaned_data["email"]
        try:
            ask_for_link(
                organization=self.organization,
                email=email,
                purpose=self.purpose,
                site=self.site,
                address=self.origin.address,
            )
        except RateLimited as error:
            return self.again(form, error)
        context = {"form": PortalCodeForm(initial={"email": email}), "email": email, "view": self}
        return render(request, self.sent_template, context)

    @property
    def renews_password(self) -> bool:
        return self.purpose == PortalLinkPurpose.PASSWORD


class EnterCode(AccessPage):
    """The code of a letter, typed instead of following its link."""

    template = "portal/sent.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return redirect(self.address("send-link"))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = PortalCodeForm(request.POST)
        email = request.POST.get("email", "")
        if not form.is_valid():
            return self.again(form, email=email)
        try:
            secret = exchange_code(
                organization=self.organization, origin=self.origin, **form.cleaned_data
            )
        except (Unauthenticated, RateLimited) as error:
            said = _("This code isn't right, or it is too old.")
            unknown = isinstance(error, Unauthenticated)
            return self.again(form, error, said if unknown else "", email=email)
        link = link_of(organization=self.organization, secret=secret)
        if link is None or needs_password(link):
            return waiting(self, secret, "enter")
        try:
            opened = enter_by_link(
                organization=self.organization, secret=secret, password=None, origin=self.origin
            )
        except Gone:
            return waiting(self, secret, "enter")
        return self.entered(opened, self.address("home"))


def waiting(page: PortalPage, secret: str, name: str) -> HttpResponse:
    """On to the page where a link is used, its secret in a cookie."""
    response = redirect(page.address(name))
    home = page.address("home")
    cookies.keep(response, page.request, cookies.LINK, secret, seconds=cookies.A_WHILE, path=home)
    return response


class Link(PortalPage):
    """
    Where a letter's link leads. Looking at it uses nothing up, for some mail programs follow every
    link.
    """

    open_to_all: ClassVar[bool] = True
    leads_to: ClassVar[str] = "enter"

    def get(self, request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        return waiting(self, token, self.leads_to)


class Enter(AccessPage):
    """A link is used: signed in at once, or after a password is chosen."""

    template = "portal/enter.html"

    @property
    def secret(self) -> str:
        return self.request.COOKIES.get(cookies.LINK, "")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        link = link_of(organization=self.organization, secret=self.secret)
        if link is None:
            return self.over()
        form = NewPasswordForm() if needs_password(link) else None
        return self.show({"form": form, "link": link})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        link = link_of(organization=self.organization, secret=self.secret)
        if link is None:
            return self.over()
        form = NewPasswordForm(request.POST) if needs_password(link) else None
        if form is not None and not form.is_valid():
            return self.again(form, link=link)
        password = form.cleaned_data["password"] if form else None
        try:
            opened = enter_by_link(
                organization=self.organization,
                secret=self.secret,
                password=password,
                origin=self.origin,
            )
        except Gone:
            return self.over()
        except Invalid as error:
            return self.again(form or NewPasswordForm(request.POST), error, link=link)
        return self.entered(opened, self.address("home"))

    def over(self) -> HttpResponse:
        response = self.show({"form": None, "link": None}, status=410)
        cookies.forget(response, cookies.LINK, self.address("home"))
        return response


class Verify(AccessPage):
    """Shows that the e-mail is the customer's own. Nobody is signed in by it."""

    template = "portal/verify.html"

    @property
    def secret(self) -> str:
        return self.request.COOKIES.get(cookies.LINK, "")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        link = verification_of(organization=self.organization, secret=self.secret)
        return self.show({"link": link}, status=200 if link else 410)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            verify_by_link(organization=self.organization, secret=self.secret, origin=self.origin)
        except Gone:
            return self.show({"link": None}, status=410)
        response = self.show({"done": True})
        cookies.forget(response, cookies.LINK, self.address("home"))
        return response


class PortalSignOut(PortalPage):
    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        assert self.session is not None
        sign_out(actor=self.actor, session=self.session)
        response = redirect(self.address("sign-in"))
        cookies.forget(response, cookies.SESSION, self.address("home"))
        return response


class Language(PortalPage):
    """The language of this browser, on the portal's pages alone."""

    open_to_all: ClassVar[bool] = True

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = redirect(self.safe_next(request.POST.get("next", "")))
        chosen = request.POST.get("language")
        if chosen in dict(settings.LANGUAGES):
            cookies.keep(response, request, cookies.LANGUAGE, str(chosen), seconds=cookies.A_YEAR)
        return response


class Colour(PortalPage):
    """The organization's colour as a style sheet: the content policy allows none inline."""

    open_to_all: ClassVar[bool] = True

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return HttpResponse(style_sheet(self.organization.portal_color), content_type="text/css")
