"""
`make gallery`: a picture of every page below, light and dark, at three widths, into var/gallery.
Look at them.

Who adds a page adds a line: a name, who looks (of the cast; empty for a stranger) and where, given
the world of `tests/admin/conftest.py` (`world["mine"]` is a customer with something of everything).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from playwright.sync_api import Page

from core.identity.services import actor_of
from core.imports.services import check_import
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from customers.services.customers import create_customer
from tests.admin.conftest import CANARY, furnish
from tests.cast import Cast
from tests.pages.browsing import HEIGHT, THEMES, WIDTHS, sign_in

FOLDER = Path(settings.BASE_DIR) / "var" / "gallery"


def of(kind: str, world: dict[str, Any]) -> Any:
    """The id of the one row of that kind that belongs to `world["mine"]`."""
    (model,) = [model for model in apps.get_models() if model.__name__ == kind]
    return model.objects.unscoped().get(customer=world["mine"]).pk  # type: ignore[attr-defined]


def outlet_of(world: dict[str, Any]) -> Any:
    return Outlet.objects.unscoped().filter(organization=world["mine"].organization).first().pk  # type: ignore[union-attr]


def merging(world: dict[str, Any]) -> str:
    """The page that compares `world["mine"]` with somebody who may be the same person."""
    row = world["mine"]
    system = Actor.system(organization=row.organization, label="gallery")
    values = {"first_name": "Perhaps", "last_name": "The Same", "email": "other@example.com"}
    other = create_customer(actor=system, values=values)
    return f"/app/customers/{row.pk}/merge/?with={other.pk}"


def checked(world: dict[str, Any]) -> Any:
    """A checked import, of which a row is good and another isn't."""
    system = Actor.system(organization=world["mine"].organization, label="gallery")
    data = b"Given,E-mail,Shoe size\nAnn,ann@example.com,38\nBen,nonsense,44\n"
    return check_import(actor=system, resource="customers", data=data, filename="people.csv").pk


Place = tuple[str, str, Callable[[dict[str, Any]], str]]
"""A page's name, who looks at it, and its address in a world."""

PAGES: list[Place] = [
    ("sign-in", "", lambda world: "/app/sign-in/"),
    ("forgotten", "", lambda world: "/app/forgotten/"),
    ("not-found", "alice", lambda world: "/app/nowhere/"),
    ("refused", "bob", lambda world: "/app/place/"),
    ("account", "alice", lambda world: "/app/account/"),
    ("own-name", "alice", lambda world: "/app/account/name/"),
    ("today", "bob", lambda world: "/app/today/?whose=everyone"),
    ("follow-up", "bob", lambda world: f"/app/follow-ups/{of('FollowUp', world)}/"),
    ("follow-up-new", "bob", lambda world: f"/app/customers/{world['mine'].pk}/follow-ups/new/"),
    ("palette", "bob", lambda world: "/app/find/?q=per"),
    ("keys", "bob", lambda world: "/app/keys/"),
    ("customer-quick", "bob", lambda world: "/app/customers/quick/"),
    ("pick", "bob", lambda world: "/app/pick/follow-up/?q=per"),
    ("customer", "alice", lambda world: f"/app/customers/{world['mine'].pk}/"),
    ("customer-projects", "alice", lambda world: f"/app/customers/{world['mine'].pk}/projects/"),
    (
        "customer-group",
        "alice",
        lambda world: f"/app/customers/{world['mine'].pk}/fields/standing/",
    ),
    ("duplicates", "alice", lambda world: "/app/duplicates/"),
    ("dashboard", "alice", lambda world: "/app/dashboard/?period=12m"),
    ("behind", "alice", lambda world: "/app/dashboard/won/?period=12m"),
    ("jobs", "alice", lambda world: "/app/jobs/"),
    ("imports", "alice", lambda world: "/app/imports/"),
    ("import-new", "alice", lambda world: "/app/imports/new/"),
    ("import-map", "alice", lambda world: f"/app/imports/{checked(world)}/map/"),
    ("import-check", "alice", lambda world: f"/app/imports/{checked(world)}/check/"),
    ("new-export", "alice", lambda world: "/app/exports/new/?city=mine+city"),
    ("components", "alice", lambda world: "/app/components/"),
    ("settings", "alice", lambda world: "/app/settings/"),
    ("settings-organization", "alice", lambda world: "/app/settings/organization/"),
    ("settings-outlets", "alice", lambda world: "/app/settings/outlets/"),
    ("settings-services", "alice", lambda world: "/app/settings/services/"),
    ("settings-service-new", "alice", lambda world: "/app/settings/services/new/"),
    ("settings-outlet", "alice", lambda world: f"/app/settings/outlets/{outlet_of(world)}/"),
    ("settings-exceptions", "bob", lambda world: "/app/settings/schedule-exceptions/"),
    ("settings-exception-new", "mona", lambda world: "/app/settings/schedule-exceptions/new/"),
    ("settings-portal", "alice", lambda world: "/app/settings/portal/"),
    ("settings-people", "alice", lambda world: "/app/settings/people/"),
    ("settings-invite", "alice", lambda world: "/app/settings/people/new/"),
    ("settings-roles", "bob", lambda world: "/app/settings/roles/"),
    ("settings-keys", "alice", lambda world: "/app/settings/keys/"),
    ("settings-key-new", "alice", lambda world: "/app/settings/keys/new/"),
    ("settings-channels", "alice", lambda world: "/app/settings/channels/"),
    ("settings-privacy", "alice", lambda world: "/app/settings/privacy/"),
    ("settings-retention", "alice", lambda world: "/app/settings/retention/"),
    ("settings-replies", "alice", lambda world: "/app/settings/replies/"),
    ("settings-reply-new", "alice", lambda world: "/app/settings/replies/new/"),
    ("settings-wordings", "alice", lambda world: "/app/settings/wordings/"),
    ("settings-wording-new", "alice", lambda world: "/app/settings/wordings/new/"),
    ("settings-audit", "alice", lambda world: "/app/settings/audit/"),
    ("admin", "alice", lambda world: "/admin/"),
    ("admin-customers", "alice", lambda world: "/admin/customers/customer/"),
    (
        "admin-customer",
        "alice",
        lambda world: f"/admin/customers/customer/{world['mine'].pk}/change/",
    ),
    ("admin-jobs", "alice", lambda world: "/admin/jobs/job/"),
    ("form", "sue", lambda world: "/app/components/form/"),
    ("customers", "alice", lambda world: "/app/customers/"),
    (
        "customers-filtered",
        "mona",
        lambda world: "/app/customers/?status=active&tags=mine+tag+1&search=per",
    ),
    ("customers-none", "alice", lambda world: "/app/customers/?status=churned&search=nobody"),
    ("customers-deleted", "alice", lambda world: "/app/customers/?deleted=true"),
    ("customer-new", "bob", lambda world: "/app/customers/new/"),
    ("customer-edit", "alice", lambda world: f"/app/customers/{world['mine'].pk}/edit/"),
    ("customer-privacy", "alice", lambda world: f"/app/customers/{world['mine'].pk}/privacy/"),
    ("customer-merge", "mona", lambda world: f"/app/customers/{world['mine'].pk}/merge/?search=p"),
    ("customer-merge-with", "mona", merging),
    ("customer-block", "mona", lambda world: f"/app/customers/{world['mine'].pk}/block/"),
    ("customer-delete", "alice", lambda world: f"/app/customers/{world['mine'].pk}/delete/"),
    ("projects", "alice", lambda world: "/app/projects/"),
    ("board", "alice", lambda world: "/app/projects/?view=board"),
    ("project", "mona", lambda world: f"/app/projects/{of('Project', world)}/"),
    ("project-of-staff", "bob", lambda world: f"/app/projects/{of('Project', world)}/"),
    ("project-delete", "mona", lambda world: f"/app/projects/{of('Project', world)}/delete/"),
    ("project-new", "mona", lambda world: f"/app/customers/{world['mine'].pk}/projects/new/"),
    ("payment", "mona", lambda world: f"/app/payments/{of('Transaction', world)}/"),
    ("payment-new", "mona", lambda world: f"/app/customers/{world['mine'].pk}/payments/new/"),
    ("consents", "bob", lambda world: f"/app/customers/{world['mine'].pk}/consents/edit/"),
    ("invite", "mona", lambda world: f"/app/customers/{world['mine'].pk}/invite/"),
    ("loyalty", "mona", lambda world: f"/app/customers/{world['mine'].pk}/loyalty/"),
    ("log", "bob", lambda world: f"/app/customers/{world['mine'].pk}/log/?type=site_visit"),
    ("logged", "mona", lambda world: f"/app/interactions/{of('Interaction', world)}/"),
    ("conversations", "bob", lambda world: "/app/conversations/"),
    ("conversation", "bob", lambda world: f"/app/conversations/{of('Conversation', world)}/"),
    ("who-with", "bob", lambda world: "/app/conversations/new/?search=a"),
    ("join", "bob", lambda world: f"/app/conversations/{of('Conversation', world)}/join/"),
    ("snooze", "bob", lambda world: f"/app/conversations/{of('Conversation', world)}/snooze/"),
    (
        "conversation-new",
        "bob",
        lambda world: f"/app/customers/{world['mine'].pk}/conversations/new/",
    ),
    ("calendar", "bob", lambda world: "/app/calendar/"),
    ("calendar-week", "mona", lambda world: "/app/calendar/?view=week"),
    ("calendar-month", "mona", lambda world: "/app/calendar/?view=month"),
    ("calendar-list", "mona", lambda world: "/app/calendar/?view=list"),
    ("day-sheet", "mona", lambda world: "/app/calendar/day-sheet/"),
    (
        "finish",
        "mona",
        lambda world: f"/app/calendar/{of('Appointment', world)}/finish/",
    ),
    ("book-who", "bob", lambda world: "/app/calendar/book/?search=per"),
    ("book", "bob", lambda world: f"/app/calendar/book/?customer={world['mine'].pk}"),
    ("appointment", "alice", lambda world: f"/app/calendar/{of('Appointment', world)}/"),
    ("returning", "alice", lambda world: "/app/dashboard/retention/?period=12m"),
]


@pytest.fixture
def world(cast: Cast) -> dict[str, Any]:
    return {
        "mine": furnish(actor_of(cast.alice), "mine"),
        "theirs": furnish(actor_of(cast.charlie), CANARY),
    }


@pytest.mark.parametrize(("name", "who", "address"), PAGES, ids=[name for name, _, _ in PAGES])
def test_picture(
    name: str,
    who: str,
    address: Callable[[dict[str, Any]], str],
    cast: Cast,
    world: dict[str, Any],
    page: Page,
) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    if who:
        sign_in(page, getattr(cast, who))
    page.goto(address(world))
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.screenshot(path=FOLDER / f"{name}-{theme}-{width}.png", full_page=True)
