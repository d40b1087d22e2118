"""
Every page of the gallery is accessible in both themes from phones to desks, and never wider than
the window.
"""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.cast import Cast
from tests.pages.browsing import check_accessible, sign_in
from tests.pages.gallery import PAGES, world

__all__ = ["world"]


@pytest.mark.parametrize(("name", "who", "address"), PAGES, ids=[name for name, _, _ in PAGES])
def test_the_page_is_accessible(
    name: str,
    who: str,
    address: Callable[[dict[str, Any]], str],
    cast: Cast,
    world: dict[str, Any],
    page: Page,
) -> None:
    if who:
        sign_in(page, getattr(cast, who))
    answer = page.goto(address(world))
    assert answer
    assert answer.status == {"not-found": 404, "refused": 403}.get(name, 200)
    check_accessible(page)
