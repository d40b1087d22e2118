"""
The bases of the staff's pages: who acts, what is refused and how, whole pages and fragments of
them.

A page is a door: it makes one call of the domain and shows what came of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import get_resolver, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views import View

from core.changes.services import is_undoable
from core.errors import (
    DomainError,
    Forbidden,
    Invalid,
    Malformed,
    MalformedId,
    NotFound,
    RateLimited,
    Stale,
    TooLarge,
)
from core.requests.allowances import spend
from core.tenancy.actor import Actor
from core.tenancy.choices import Role
from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.gate import (
    RESTORED,
    ask_to_sign_in,
    carry_to_second_factor,
    is_boosted,
    is_fragment,
    keep,
    second_factor_address,
)
from core.ui.once import once
from core.ui.place import actor_of_request, note_forbidden
from core.ui.toasts import toast
from core.ui.wording import message_for, numbers_of

ANYWAY = "anyway"
"""The name under which a form says which doubts its reader has seen and set aside."""

STATUSES: Mapping[type[DomainError], int] = {
    Forbidden: 403,
    RateLimited: 429,
    Malformed: 400,
    Invalid: 422,
    TooLarge: 413,
}
"""Of errors that no form could hold; all others are 409."""


class Page(View):
    """
    A page for signed-in staff. `permission` is asked first (None: everyone who is signed in);
    `self.actor` is who acts.

    `get` and `post` answer with `self.show(…)` or `self.go(…)` and let the domain's errors pass:
    NotFound is the ordinary 404, Forbidden a page that says what the role may do, all others a page
    (for a fragment a toast) with the error's sentence.
    """

    permission: ClassVar[Permission | None] = Permission.VIEW
    template: ClassVar[str] = ""
    open_to_owing: ClassVar[bool] = False
    """Whether those may come who still have to set up their second factor, and may nothing else."""

    fragment: ClassVar[str] = ""
    """
    The part of `template` that htmx gets from the same address; without one it gets the whole page.
    """

    actor: Actor

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        if request.user.owes_second_factor and not self.open_to_owing:  # type: ignore[union-attr]
            return self._lead_to_second_factor()
        self.actor = actor_of_request(request, via="pages")
        home = self.actor.organization
        with timezone.override(ZoneInfo(home.time_zone)), numbers_of(home.default_region):
            try:
                spend(self.actor, "organization")
                if self.permission is not None:
                    self.actor.require(self.permission)
                response = super().dispatch(request, *args, **kwargs)
            except (NotFound, MalformedId, Http404) as error:
                # the product's own page also where Django would show its own for developers
                handler: Any = get_resolver().resolve_error_handler(404)
                response = handler(request, error)
            except DomainError as error:
                if isinstance(error, Forbidden):
                    note_forbidden(request, self.actor, error.message)
                response = self.failed(error)
        patch_vary_headers(response, ["HX-Request", "Cookie"])
        return response

    def _lead_to_second_factor(self) -> HttpResponse:
        """What was typed into a form goes along, unless it is a fragment's: its page keeps that."""
        takes_back = getattr(self, "takes_back", False)
        if self.request.method == "POST" and takes_back and not is_fragment(self.request):
            return carry_to_second_factor(self.request, keep(self.request))
        return self.go(second_factor_address(self.request))

    def show(self, context: Mapping[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        """The page, or its fragment with any toasts when htmx asks for that."""
        if self.fragment and is_fragment(self.request):
            text = render_to_string(self.fragment, {**(context or {}), "view": self}, self.request)
            return HttpResponse(text + self._toasts(), status=status)
        return render(self.request, self.template, {**(context or {}), "view": self}, status=status)

    def go(self, address: str, said: str = "", *, undo: str = "") -> HttpResponse:
        """
        On to another page after a POST, with a toast; `undo` is where the toast's button posts to:
        unless given, to what takes this request's changes back.
        """
        if said:
            toast(self.request, said, undo=undo or self.undo_address())
        if is_fragment(self.request) or is_boosted(self.request):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return redirect(address)

    def undo_address(self) -> str:
        """Where what this request has changed is taken back; nothing when it can't be."""
        key = self.actor.change_set
        return (
            reverse("changes:undo", args=[key]) if is_undoable(actor=self.actor, set_id=key) else ""
        )

    def failed(self, error: DomainError) -> HttpResponse:
        """What is shown for an error that no form could hold."""
        status = STATUSES.get(type(error), 409)
        if is_fragment(self.request):
            toast(self.request, message_for(error), level="error")
            return HttpResponse(self._toasts(), status=status, headers={"HX-Reswap": "none"})
        context: dict[str, Any] = {
            "message": message_for(error),
            "role": Role(self.actor.role).label,
            "may": [],
        }
        if isinstance(error, Forbidden):
            context["may"] = [
                permission.label for permission in Permission if self.actor.may(permission)
            ]
            context["wanted"] = (
                self.permission.label
                if self.permission and not self.actor.may(self.permission)
                else ""
            )
        return render(self.request, "pages/refused.html", context, status=status)

    def _toasts(self) -> str:
        return render_to_string("components/toasts.html", {"over_the_page": True}, self.request)


class FormPage(Page):
    """
    A page with a form that ends in one call of a service.

    `write(values)` makes the call and returns the address to go on to; `row()` gives the record
    that is edited (none for a new one). `self.version` is the version that the person has seen, for
    services that take `if_version`. An answer that can't be accepted is 422 and shows the form
    again.
    """

    form_class: ClassVar[type[ServiceForm]]
    success_message: ClassVar[Any] = ""
    """What the toast says afterwards."""

    takes_back: ClassVar[bool] = True
    """A form that was kept over a sign-in is shown again, not carried out."""

    version: int | None = None
    doubted: Sequence[TextChoices] = ()
    """The doubts that are shown."""

    def row(self) -> Any:
        return None

    def get_form(self, *data: Any, **options: Any) -> ServiceForm:
        return self.form_class(*data, actor=self.actor, **options)

    def initial(self) -> dict[str, Any]:
        """Values of a new record's form; by default those named in the address."""
        names = self.form_class.base_fields
        return {name: value for name, value in self.request.GET.items() if name in names}

    def write(self, values: dict[str, Any]) -> str:
        raise NotImplementedError

    def get_success_message(self) -> str:
        """The toast's words; `success_message` unless there is more to tell of what `write` did."""
        return str(self.success_message)

    def doubts(self, values: dict[str, Any]) -> Sequence[TextChoices]:
        """
        What speaks against writing `values`, though nothing forbids it: shown above the form, which
        is carried out when it is sent once more. The template includes components/doubts.html with
        `view.doubted`.
        """
        return ()

    def context(self, form: ServiceForm) -> dict[str, Any]:
        """What the template needs besides `form`."""
        return {}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = self.row()
        return self._show(self.get_form(row=row, initial=None if row else self.initial()))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = self.row()
        form = self.get_form(request.POST, request.FILES, row=row)
        if RESTORED in request.POST:
            toast(request, _("What you typed is back. Nothing is saved yet."), level="info")
            form.is_valid()
            return self._show(form)
        if not form.is_valid():
            return self._show(form, status=422)
        if form.find_clashes():
            form.seal_again()
            return self._show(form, status=409)
        doubts = self.doubts(form.values())
        if unasked(request, doubts):
            self.doubted = doubts
            return self._show(form, status=422)
        self.version = getattr(row, "version", None)
        try:
            address = once(
                actor=self.actor,
                submission="" if row else request.POST.get("submission", ""),
                work=lambda: self._write(form),
            )
        except Stale:
            return self._try_again(request, form)
        except (Forbidden, NotFound, RateLimited):
            raise
        except DomainError as error:
            form.refuse(error)
            return self._show(form, status=422)
        return self.go(address, self.get_success_message())

    def _write(self, form: ServiceForm) -> str:
        return self.write(form.values())

    def _try_again(self, request: HttpRequest, form: ServiceForm) -> HttpResponse:
        """
        Someone saved in the very moment between reading and writing: compare with what they left.
        """
        again = self.get_form(request.POST, request.FILES, row=self.row())
        if again.is_valid():
            again.find_clashes()
            again.seal_again()
        return self._show(again, status=409)

    def _show(self, form: ServiceForm, *, status: int = 200) -> HttpResponse:
        return self.show({"form": form, **self.context(form)}, status=status)


def unasked(request: HttpRequest, doubts: Iterable[TextChoices]) -> bool:
    """Whether one of the `doubts` wasn't shown before what the request sends."""
    seen = {*request.POST.getlist(ANYWAY), *request.GET.getlist(ANYWAY)}
    return not seen.issuperset(doubt.value for doubt in doubts)
