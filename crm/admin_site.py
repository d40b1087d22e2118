"""
The admin's site: its content policy, scoped autocompletion, the place one works in, and audited
sign-in.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from unfold.sites import UnfoldAdminSite
from unfold.widgets import UnfoldAdminSelectWidget

from core.audit.ledger import record
from core.audit.selectors import entries_before
from core.errors import RateLimited
from core.ids import parse_id
from core.requests.allowances import spend
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.ui.admin.model_admin import readable_zone
from core.ui.audit_labels import actor_name
from core.ui.gate import safe_next, second_factor_address
from core.ui.place import actor_of_request, move
from crm.pages.acts import act_name
from crm.views import too_many

LOOSENED = {"script-src": ["'self'", "'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]}
"""
The theme's Alpine.js evaluates attributes, and writes styles into the page. No inline script is
allowed even here.
"""


MENU_GROUPS = (
    gettext_noop("Customers"),
    gettext_noop("Work"),
    gettext_noop("Conversations"),
    gettext_noop("Privacy"),
    gettext_noop("Organization"),
    gettext_noop("Integrations"),
    gettext_noop("Imports and jobs"),
    gettext_noop("Audit"),
    gettext_noop("Behind the scenes"),
)
"""The sidebar's headings, in their order; each admin class says under which it stands."""


MODELS = (
    *(gettext_noop("Customer tags"), gettext_noop("Customer counts"), gettext_noop("Merges")),
    *(
        gettext_noop("Wording versions"),
        gettext_noop("Identities"),
        gettext_noop("Duplicate pairs"),
    ),
    *(gettext_noop("Portal sessions"), gettext_noop("Portal links"), gettext_noop("Suppressions")),
    *(
        gettext_noop("Retention policies"),
        gettext_noop("Loyalty entries"),
        gettext_noop("Gateways"),
    ),
    *(gettext_noop("Transactions"), gettext_noop("Schedule exceptions"), gettext_noop("Users")),
    *(
        gettext_noop("Preferred services"),
        gettext_noop("Preferred staff"),
        gettext_noop("Messages"),
    ),
    *(gettext_noop("Scheduled messages"), gettext_noop("Conversation notes"), gettext_noop("Jobs")),
    *(gettext_noop("Organizations"), gettext_noop("Second factors"), gettext_noop("Known devices")),
    *(gettext_noop("Sessions"), gettext_noop("Audit entries"), gettext_noop("Outbox events")),
    *(gettext_noop("Audit chains"), gettext_noop("Audit seals"), gettext_noop("Sealed entries")),
    *(gettext_noop("Change sets"), gettext_noop("Rows of imports"), gettext_noop("Saved mappings")),
    *(gettext_noop("Deliveries"), gettext_noop("Webhook sequences"), gettext_noop("Match keys")),
    *(gettext_noop("Pending comparisons"), gettext_noop("Calendar feeds"), gettext_noop("Imports")),
    gettext_noop("Undo details"),
    *(
        gettext_noop("Appointment reminders"),
        gettext_noop("Consent wordings"),
        gettext_noop("Tags"),
    ),
    *(gettext_noop("Privacy requests"), gettext_noop("Follow-ups"), gettext_noop("Saved replies")),
    *(gettext_noop("Consents"), gettext_noop("Projects"), gettext_noop("Services")),
    *(gettext_noop("Appointments"), gettext_noop("Interactions"), gettext_noop("Outlets")),
    *(gettext_noop("API keys"), gettext_noop("Webhooks"), gettext_noop("Attempts")),
)
"""What the menu calls the models, of whom only some are named anywhere else."""

RECENT = 7
"""How many entries of the audit the index tells."""


class PlaceForm(forms.Form):
    environment = forms.ChoiceField(choices=Environment.choices, widget=UnfoldAdminSelectWidget)
    organization = forms.ModelChoiceField(
        queryset=Organization.objects.none(),
        widget=UnfoldAdminSelectWidget,
        empty_label=None,
        required=False,
    )

    def __init__(self, *args: Any, crosses: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if crosses:
            self.fields["organization"].queryset = Organization.objects.filter(is_active=True)  # type: ignore[attr-defined]
        else:
            del self.fields["organization"]


class ScopedAutocompleteView(AutocompleteJsonView):
    """
    Rows of the place that one works in; a form of a super admin may ask for that of the row it
    shows.
    """

    def get_queryset(self) -> "QuerySet[Any]":
        rows = super().get_queryset()
        actor = actor_of_request(self.request)
        organization, environment = actor.organization.pk, actor.environment
        if actor.may(Permission.CROSS_ORGANIZATIONS):
            organization = parse_id(self.request.GET.get("organization", "")) or organization
            environment = self.request.GET.get("environment", environment)
        columns = {field.name for field in rows.model._meta.concrete_fields}
        if "organization" in columns:
            rows = rows.filter(organization_id=organization)
        if "environment" in columns:
            rows = rows.filter(environment=environment)
        return rows.filter(deleted_at=None) if "deleted_at" in columns else rows


def _counted(view: Callable[..., Any]) -> Callable[..., Any]:
    """The admin's pages count against the allowance of the organization that one works in."""

    @wraps(view)
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            spend(actor_of_request(request), "organization")
        except RateLimited as error:
            return too_many(request, error)
        return view(request, *args, **kwargs)

    return inside


class CrmAdminSite(UnfoldAdminSite):
    empty_value_display = "–"

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        return csp_replace(LOOSENED)(super().admin_view(_counted(view), cacheable))  # type: ignore[no-any-return]

    def has_permission(self, request: HttpRequest) -> bool:
        """Who owes a second factor sets it up first."""
        return super().has_permission(request) and not request.user.owes_second_factor  # type: ignore[union-attr]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The pages' sign-in, then back; who is signed in and has no business here is told so."""
        wanted = safe_next(request, request.GET.get("next", "")) or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': wanted})}")
        if request.user.owes_second_factor:  # type: ignore[union-attr]
            return redirect(second_factor_address(request, wanted))
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect(wanted)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.user.is_authenticated:
            record(actor_of_request(request), "user.signed_out", subject=request.user)
        return super().logout(request, extra_context)  # type: ignore[no-any-return]

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """On the account page, which asks for the present one and signs out elsewhere."""
        return redirect("identity:account")

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """Cards of what the menu lists, and what happened last, for those who may see that."""
        actor = actor_of_request(request)
        context = {"groups": menu_groups(request), "recent": None}
        if actor.may(Permission.VIEW_AUDIT):
            context["recent"] = [
                {
                    "row": row,
                    "act": act_name(row.action),
                    "who": actor_name(row.actor_kind, row.actor_label),
                }
                for row in entries_before(actor=actor, size=RECENT).rows
            ]
        return super().index(request, context | (extra_context or {}))

    def get_urls(self) -> list[Any]:
        return [path("place/", self.admin_view(self.place), name="place"), *super().get_urls()]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return ScopedAutocompleteView.as_view(admin_site=self)(request)  # type: ignore[return-value]

    def place(self, request: HttpRequest) -> HttpResponse:
        """Chooses the environment, and for super admins the organization, that one works in."""
        actor = actor_of_request(request)
        now = {"environment": actor.environment, "organization": actor.organization}
        form = PlaceForm(
            request.POST or None, initial=now, crosses=actor.may(Permission.CROSS_ORGANIZATIONS)
        )
        if request.method == "POST" and form.is_valid():
            move(
                request,
                environment=form.cleaned_data["environment"],
                organization=form.cleaned_data.get("organization"),
            )
            return redirect("admin:index")
        context = {**self.each_context(request), "title": _("Where to work"), "form": form}
        return TemplateResponse(request, "admin/place.html", context)


def badge(request: HttpRequest) -> list[str] | None:
    """
    What the header shows: where one works and on whose clock times are shown, in words, striking
    outside live.
    """
    if not request.user.is_authenticated:
        return None
    actor = actor_of_request(request)
    test = actor.environment == Environment.TEST
    place = f"{actor.organization.name} · {readable_zone()}"
    return [f"TEST · {place}" if test else place, "warning" if test else "info"]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar, of what this person may see."""
    back = {
        "title": _("Back to the CRM"),
        "icon": "arrow_back",
        "link": reverse("pages:start"),
        "active": False,
    }
    return [{"items": [back]}, *menu_groups(request)]


def menu_groups(request: HttpRequest) -> list[dict[str, Any]]:
    """
    What this person may look after, under the headings of `MENU_GROUPS`: first what they may add.
    """
    groups: list[dict[str, Any]] = []
    admins = admin.site._registry.values()
    for title in MENU_GROUPS:
        entries = (
            _entry(each, request)
            for each in admins
            if getattr(each, "menu_group", "") == title and each.has_view_permission(request)
        )
        items = sorted(entries, key=lambda entry: not entry["add"])
        groups += [{"title": _(title), "separator": True, "items": items}] if items else []
    return groups


def _entry(model_admin: Any, request: HttpRequest) -> dict[str, Any]:
    options = model_admin.opts
    page = f"admin:{options.app_label}_{options.model_name}"
    return {
        "title": _(capfirst(str(options.verbose_name_plural))),
        "icon": model_admin.menu_icon,
        "link": reverse(f"{page}_changelist"),
        "add": reverse(f"{page}_add") if model_admin.has_add_permission(request) else "",
    }
