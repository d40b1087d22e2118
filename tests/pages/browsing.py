"""What the pages' tests do with a browser."""

import os

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from core.identity.models import User

WIDTHS = (360, 768, 1280)
THEMES = ("light", "dark")
HEIGHT = 900
EVERY_WIDTH = bool(os.environ.get("EVERY_WIDTH"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TRIED = ["label-content-name-mismatch"]
"""Rules that axe leaves out unless they are named."""


def sign_in(page: Page, user: User) -> None:
    """Gives the browser a session, without the way through the sign-in page."""
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": value, "domain": "localhost", "path": "/"}]
    )


def check_accessible(
    page: Page, *, widths: tuple[int, ...] = WIDTHS, themes: tuple[str, ...] = THEMES
) -> None:
    """
    Nothing that axe finds fault with, and nothing wider than the window. axe looks at the narrowest
    and at the widest, each in a theme of its own, for colours are of the theme and places of the
    width; with EVERY_WIDTH in the environment at each width in each theme.
    """
    if EVERY_WIDTH or len(widths) == 1:
        tried = dict.fromkeys(widths, themes)
    else:
        tried = {widths[0]: themes[:1], widths[-1]: themes[-1:]}
    for width in widths:
        check_width(page, width)
        for theme in tried.get(width, ()):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            faults = faults_of(page)
            assert not faults, "\n".join([f"{theme} at {width}", *faults])


def check_width(page: Page, width: int) -> None:
    """Nothing is wider than the window, which is as wide as this from now on."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    assert overflow_of(page) <= 0, f"wider than {width} pixels"


def faults_of(page: Page) -> list[str]:
    """What axe (WCAG 2.2 AA) finds, a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "([tags, rules]) => axe.run({runOnly: {type: 'tag', values: tags}, rules, resultTypes: "
        "['violations']})",
        [RULES, {name: {"enabled": True} for name in TRIED}],
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def overflow_of(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.locator("html").evaluate("root => root.scrollWidth - root.clientWidth"))
