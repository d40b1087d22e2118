"""
`make gallery`: a picture of every page below, light and dark, at three widths, into var/gallery. Look at them.

Who adds a page adds a line: a name, who looks (of the cast; empty for a stranger) and where, given the world of `tests/admin/conftest.py`
(`world["mine"]` is a customer with something of everything).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page

from core.identity.services import actor_of
from tests.admin.conftest import CANARY, furnish
from tests.cast import Cast
from tests.pages.browsing import HEIGHT, THEMES, WIDTHS, sign_in

FOLDER = Path(settings.BASE_DIR) / "var" / "gallery"

PAGES: list[tuple[str, str, Callable[[dict[str, Any]], str]]] = [
    ("sign-in", "", lambda world: "/app/sign-in/"),
    ("forgotten", "", lambda world: "/app/forgotten/"),
    ("not-found", "alice", lambda world: "/app/nowhere/"),
    ("refused", "bob", lambda world: "/app/place/"),
    ("account", "alice", lambda world: "/app/account/"),
    ("components", "alice", lambda world: "/app/components/"),
    ("form", "sue", lambda world: "/app/components/form/"),
]


@pytest.fixture
def world(cast: Cast) -> dict[str, Any]:
    return {"mine": furnish(actor_of(cast.alice), "mine"), "theirs": furnish(actor_of(cast.charlie), CANARY)}


@pytest.mark.parametrize(("name", "who", "address"), PAGES, ids=[name for name, _, _ in PAGES])
def test_picture(name: str, who: str, address: Callable[[dict[str, Any]], str], cast: Cast, world: dict[str, Any], page: Page) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    if who:
        sign_in(page, getattr(cast, who))
    page.goto(address(world))
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.screenshot(path=FOLDER / f"{name}-{theme}-{width}.png", full_page=True)
