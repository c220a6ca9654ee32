"""Try a post, played with the keyboard alone: a text is pasted, the answer comes beside it, and nothing of it is left behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from .conftest import Running, Visitor

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
POST = "Keine Übelkeit diesmal, aber seit der Spritze Larquessa habe ich Hautausschlag"


def test_a_post_is_tried_with_the_keyboard_alone(visit: Visit) -> None:
    mira = visit("Mira Castellane")
    page = mira.open("/screening/")
    page.get_by_role("link", name="Try a post").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/screening/try/")
    page.get_by_label("Words of the post").focus()
    page.keyboard.type(POST)
    for _ in range(4):  # language, market, account, then the button
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Screen it")).to_be_focused()
    page.keyboard.press("Enter")
    answer = page.locator("#answer")
    expect(answer.get_by_role("status")).to_contain_text("finding", timeout=30_000)
    expect(answer.locator("mark.hl.safety")).to_contain_text("Hautausschlag")
    expect(answer.locator("section", has=page.get_by_role("heading", name="Near misses"))).to_contain_text("denied: Keine")
    expect(page.get_by_label("Words of the post")).to_have_value(POST)
    answer.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(answer.locator(".sc-sum").first).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
    page.reload()
    assert POST not in page.content()
    assert mira.faults == []


def test_it_works_without_scripts(running: Running, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{running.base}/sign-in/")
    page.locator("button.gv-person").filter(has=page.locator(".b", has_text="Mira Castellane")).click()
    page.goto(f"{running.base}/screening/try/")
    page.get_by_label("Words of the post").fill(POST)
    page.get_by_role("button", name="Screen it").click()
    expect(page.locator("#answer mark.hl.safety")).to_contain_text("Hautausschlag", timeout=30_000)
    context.close()
