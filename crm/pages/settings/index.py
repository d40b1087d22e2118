"""The page of cards that settings begin with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments.selectors import services
from core.audit.selectors import entries
from core.clock import now
from core.identity.staff import people
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.tenancy.selectors import api_keys, outlets
from core.ui.templatetags.ui import relative
from core.ui.views import Page
from core.ui.wording import role_name


@dataclass(frozen=True, slots=True)
class Card:
    """One place of settings: who may go there, and the sentence that says how it stands."""

    title: Any
    text: Any
    icon: str
    url_name: str
    permission: Permission
    state: Callable[[Actor], str]

    @property
    def url(self) -> str:
        return reverse(self.url_name)


def _organization(actor: Actor) -> str:
    there = actor.organization
    return f"{there.name} · {there.currency} · {there.time_zone.replace('_', ' ')}"


def _outlets(actor: Actor) -> str:
    number = outlets(actor=actor).filter(is_active=True).count()
    return (
        ngettext("%(n)s outlet", "%(n)s outlets", number) % {"n": number}
        if number
        else _("None yet")
    )


def _services(actor: Actor) -> str:
    number = services(actor=actor).filter(is_active=True).count()
    return (
        ngettext("%(n)s service", "%(n)s services", number) % {"n": number}
        if number
        else _("None yet")
    )


def _people(actor: Actor) -> str:
    number = people(actor=actor).filter(is_active=True).count()
    return ngettext("%(n)s person", "%(n)s people", number) % {"n": number}


def _roles(actor: Actor) -> str:
    return _("You: %(role)s") % {"role": role_name(actor.role)}


def _keys(actor: Actor) -> str:
    living = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now()))
    found = (
        api_keys(actor=actor)
        .order_by()
        .aggregate(number=Count("pk", filter=living), used=Max("last_used_at", filter=living))
    )
    number = (
        ngettext("%(n)s key", "%(n)s keys", found["number"]) % {"n": found["number"]}
        if found["number"]
        else _("No key")
    )
    used = _("last used %(ago)s") % {"ago": relative(found["used"])} if found["used"] else ""
    return f"{number}, {used}" if used else number


def _audit(actor: Actor) -> str:
    latest = entries(actor=actor).first()
    return _("Last entry %(ago)s") % {"ago": relative(latest.at)} if latest else _("No entry yet")


CARDS = (
    Card(
        gettext_lazy("Organization"),
        gettext_lazy(
            "Name, region, currency, and when a customer counts as VIP, at risk or churned."
        ),
        "building",
        "settings:organization",
        Permission.MANAGE_THRESHOLDS,
        _organization,
    ),
    Card(
        gettext_lazy("Outlets"),
        gettext_lazy("Your branches, each with its address and clock."),
        "pin",
        "settings:outlets",
        Permission.VIEW,
        _outlets,
    ),
    Card(
        gettext_lazy("Services"),
        gettext_lazy("What can be booked, how long it takes and what it costs."),
        "briefcase",
        "settings:services",
        Permission.VIEW,
        _services,
    ),
    Card(
        gettext_lazy("People"),
        gettext_lazy("Who works here, in which role. Invite, change, end access."),
        "users",
        "settings:people",
        Permission.MANAGE_USERS,
        _people,
    ),
    Card(
        gettext_lazy("Roles"),
        gettext_lazy("Who may what, in one table."),
        "shield",
        "settings:roles",
        Permission.VIEW,
        _roles,
    ),
    Card(
        gettext_lazy("API keys"),
        gettext_lazy("Let other systems in, and see when they were last here."),
        "key",
        "settings:keys",
        Permission.MANAGE_KEYS,
        _keys,
    ),
    Card(
        gettext_lazy("Audit"),
        gettext_lazy("Who did what, when and from where, with the values before and after."),
        "eye",
        "settings:audit",
        Permission.VIEW_AUDIT,
        _audit,
    ),
)


class Index(Page):
    template = "settings/index.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        cards = [
            {"card": card, "state": card.state(self.actor)}
            for card in CARDS
            if self.actor.may(card.permission)
        ]
        return self.show({"cards": cards})
