"""
Every page of the gallery is accessible, on a phone or in the dark on a desk, and never wider than
the window; with EVERY_WIDTH in both themes at every width.
"""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.cast import Cast
from tests.pages.browsing import EVERY_WIDTH, WIDTHS, check_accessible, check_width, sign_in
from tests.pages.gallery import PAGES, Place, world

__all__ = ["world"]

TOGETHER = 12
"""Pages that are opened in one browser, before one world."""

TURNS = ((WIDTHS[0], "light"), (WIDTHS[-1], "dark"))
"""How axe looks at a page, in turn; with EVERY_WIDTH in the environment in all ways at each."""

GROUPS = [PAGES[start : start + TOGETHER] for start in range(0, len(PAGES), TOGETHER)]


@pytest.mark.parametrize("places", GROUPS, ids=[f"from {group[0][0]}" for group in GROUPS])
def test_the_pages_are_accessible(
    places: list[Place], cast: Cast, world: dict[str, Any], page: Page, subtests: Any
) -> None:
    for place, (name, who, address) in enumerate(places):
        width, theme = TURNS[place % len(TURNS)]
        with subtests.test(name):
            page.context.clear_cookies()
            if who:
                sign_in(page, getattr(cast, who))
            answer = page.goto(address(world))
            assert answer
            assert answer.status == {"not-found": 404, "refused": 403}.get(name, 200)
            if EVERY_WIDTH:
                check_accessible(page)
                continue
            for each in WIDTHS:
                check_width(page, each)
            check_accessible(page, widths=(width,), themes=(theme,))
