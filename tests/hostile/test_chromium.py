"""A real browser opens every page with hostile words in every column: nothing of a stranger runs, loads or pops up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lanes
import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests import factories

from .markup import PAYLOAD, every_page, poison

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
#: What the words would call, load or change if they were taken for more than words.
CANARY = "window.ran = []; window.canary = (...said) => window.ran.push(said)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=lanes.browser(), args=["--no-sandbox"])
        yield opened
        opened.close()


def _window(browser: Browser, live_server: Any, session: str) -> tuple[Page, list[str]]:
    """A window of this session that notes every dialog, foreign request and broken policy."""
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    context.add_init_script(CANARY)
    page, noted = context.new_page(), list[str]()
    page.on("dialog", lambda dialog: (noted.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda asked: None if asked.url.startswith((live_server.url, "data:")) else noted.append(f"asked {asked.url}"))
    page.on("console", lambda said: noted.append(said.text) if "Content Security Policy" in said.text else None)
    return page, noted


def test_nothing_of_a_stranger_runs_in_a_browser(browser: Browser, live_server: Any, tmp_path: Path, settings: Any) -> None:
    from . import company

    settings.DATA, settings.PASSWORD_HASHERS = tmp_path, ["django.contrib.auth.hashers.MD5PasswordHasher"]
    things = company.build(PAYLOAD)
    reader = factories.person("Alma Everett", *company.PEOPLE_FUNCTIONS, certified=True)
    session = company.window_of(reader).cookies["sessionid"].value
    poison()
    page, noted = _window(browser, live_server, session)
    wrong, shown = [], 0
    for url in _pages(things):
        try:
            answer = page.goto(f"{live_server.url}{url}")
        except Error as saved:  # a file that the browser saves shows nothing
            if "Download is starting" not in str(saved):
                raise
            continue
        if answer is None or "html" not in answer.headers.get("content-type", ""):
            # Chromium shows a picture in a page of its own making, whose style our policy refuses
            noted[:] = [what for what in noted if "inline style" not in what]
            continue
        shown += page.locator("body").inner_text().count("canary()")
        wrong += [
            (url, what) for what in (page.evaluate("[...window.ran, ...document.querySelectorAll('x-canary')].length"), [*noted]) if what
        ]
        noted.clear()
    assert wrong == []
    assert shown > 50, "the words were hardly to be seen, so nothing was proven"


def _pages(things: Any) -> list[str]:
    left_out = {reverse("registry-export"), reverse("sign-in-demo"), reverse("sign-out"), reverse("metrics"), reverse("healthz")}
    saved = (".xlsx", f"/{factories.now():%Y-%m}/")  # what a browser saves instead of showing it
    return [url for url in every_page(things) if url not in left_out and not url.endswith(saved)]


def test_the_canary_would_sing(browser: Browser, live_server: Any) -> None:
    """The same words as markup, on a page without Candour's policy, are noticed: the test above can fail."""
    page, _noted = _window(browser, live_server, "none")
    page.goto("data:text/html,<p>")
    page.set_content(f'<a title="{PAYLOAD}">')
    page.wait_for_function("window.ran.length > 0")
    assert page.locator("x-canary").count() > 0
