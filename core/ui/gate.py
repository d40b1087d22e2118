"""
The sign-in page where a session is missing: nothing that was typed is lost on the way through it.
"""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _

from core.ui.fields import EmailFormField

KEPT_FOR = 12 * 3600
"""Seconds in which what was typed can come back."""

RESTORED = "_restored"
"""Marks a form that comes back after signing in: it is shown again, not carried out."""

NEVER_KEPT = ("csrfmiddlewaretoken", RESTORED, "code", "secret")


class SignInForm(forms.Form):
    email = EmailFormField(
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and self.data.get("email"):  # shown again: the password was wrong
            self.fields["email"].widget.attrs.pop("autofocus")
            self.fields["password"].widget.attrs["autofocus"] = True


def code_field(help_text: Any = "") -> forms.CharField:
    """One of the codes that an app shows, or one on paper."""
    attributes = {
        "autocomplete": "one-time-code",
        "autocapitalize": "off",
        "spellcheck": "false",
        "autofocus": True,
    }
    return forms.CharField(
        label=_("Code"),
        max_length=30,
        help_text=help_text,
        widget=forms.TextInput(attrs=attributes),
    )


class CodeForm(forms.Form):
    """The second step, for who has a second factor; `ticket` shows that the first is done."""

    ticket = forms.CharField(widget=forms.HiddenInput)
    code = code_field(_("Six digits from your app, or one of your recovery codes."))


def safe_next(request: HttpRequest, address: str) -> str:
    """`address` when it lies on this site, else nothing; a mere word would be a view's name."""
    own = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if own and "/" in address else ""


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """
    Leads to the sign-in page and back; a form that was sent goes along, signed, and comes back
    after signing in.

    A fragment's request gets the sign-in form as a dialog over the page, which so keeps what stands
    in it.
    """
    form = SignInForm()
    if is_fragment(request):
        response = sign_in_page(request, form, template="identity/sign_in_dialog.html", status=401)
        response["HX-Retarget"], response["HX-Reswap"] = "#overlay", "innerHTML"
        return response
    if request.method == "POST":
        return sign_in_page(request, form, kept=keep(request), status=401)
    return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")


def second_factor_address(request: HttpRequest, wanted: str | None = None) -> str:
    """Where a second factor is set up, before one goes on to where one `wanted`."""
    if wanted is None:
        wanted = request.get_full_path() if request.method == "GET" else ""
    return f"{reverse('identity:second-factor')}?{urlencode({'next': wanted})}"


def carry_to_second_factor(request: HttpRequest, kept: str, wanted: str = "") -> HttpResponse:
    """To where a second factor is set up, with a kept form, which comes back afterwards."""
    context = {
        "path": second_factor_address(request, wanted),
        "pairs": [("kept", kept)],
        "at_once": True,
    }
    return render(request, "identity/bring_back.html", context)


def sign_in_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    next_address: str = "",
    kept: str = "",
    template: str = "identity/sign_in.html",
    status: int = 200,
    said: str = "",
) -> HttpResponse:
    context = {"form": form, "next": next_address, "kept": kept, "said": said}
    return render(request, template, context, status=status)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page (and not to restore one from history)."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def is_boosted(request: HttpRequest) -> bool:
    """Whether a whole page's form is sent by a script, which itself goes on to where it leads."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and bool(htmx.boosted)


def keep(request: HttpRequest) -> str:
    """The sent form, signed; without passwords, and without files, which can't come along."""
    return signing.dumps(
        {"path": request.get_full_path(), "fields": dict(_keepable(request))},
        salt="kept form",
        compress=True,
    )


def _keepable(request: HttpRequest) -> list[tuple[str, list[str]]]:
    return [
        (name, values)
        for name, values in request.POST.lists()
        if name not in NEVER_KEPT and "password" not in name.lower()
    ]


def kept_form(text: str) -> tuple[str, QueryDict] | None:
    """
    The address and fields of a kept form, or None when there is none or it isn't ours or too old.
    """
    try:
        found = signing.loads(text, salt="kept form", max_age=KEPT_FOR)
    except signing.BadSignature:
        return None
    fields = QueryDict(mutable=True)
    for name, values in found["fields"].items():
        fields.setlist(name, values)
    return found["path"], fields


def bring_back(request: HttpRequest, path: str, fields: QueryDict) -> HttpResponse:
    """A page that sends the kept form to where it was going, there to be looked at once more."""
    pairs = [(name, value) for name, values in fields.lists() for value in values]
    shows = _only_shows(path)
    context = {
        "path": path,
        "pairs": pairs,
        "restored": RESTORED if shows else "",
        "at_once": shows,
    }
    return render(request, "identity/bring_back.html", context)


def expired_form(request: HttpRequest) -> HttpResponse | None:
    """
    For a form whose CSRF token is older than the last sign-in: the same page, so that what was
    typed isn't lost. None for actions.

    Safe although the token was wrong: nothing but a form that is shown again follows from it.
    """
    path = request.get_full_path()
    if not _only_shows(path):
        return None
    pairs = [(name, value) for name, values in _keepable(request) for value in values]
    return render(
        request,
        "identity/bring_back.html",
        {"path": path, "pairs": pairs, "restored": RESTORED, "expired": True},
        status=403,
    )


def _only_shows(path: str) -> bool:
    """
    Whether the page there shows a form that comes back without carrying it out; an action waits for
    a click.
    """
    try:
        view = resolve(urlsplit(path).path).func
    except Resolver404:
        return False
    return bool(getattr(getattr(view, "view_class", None), "takes_back", False))
