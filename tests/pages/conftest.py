"""A real browser before a real server; skipped plainly where there is no Chromium."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright

# playwright keeps an event loop in the tests' own thread
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None
)
PATIENCE = 30_000
"""Milliseconds."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: the pages' browser tests did not run")
    if connection.vendor != "sqlite" and os.environ.get("BROWSER_TESTS") != "1":
        pytest.skip(
            "browsers try the pages, not the database, and the SQLite lane does; here too with "
            "BROWSER_TESTS=1"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """
    A fresh browser on the live server; a script's error or a breach of the content policy fails the
    test.
    """
    yield from _page(chromium, live_server.url)


@pytest.fixture
def without_javascript(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """The same with scripts switched off."""
    yield from _page(chromium, live_server.url, java_script_enabled=False)


def _page(chromium: Browser, base_url: str, **options: Any) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=base_url, locale="en-US", reduced_motion="reduce", **options
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield page
    context.close()
    assert complaints == []
