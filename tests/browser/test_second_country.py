"""A proven message is taken to a second country: the answer stands there before anybody asks, one signature does it, the proof is kept.

Seconds and clicks are printed; the promise is that it takes one person, one secret and a handful of clicks.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .conftest import Visitor

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
SECRET = "say-it-in-the-open"
MOST_CLICKS = 5


def test_the_three_answers_stand_on_the_page_before_anybody_asks(visit: Visit) -> None:
    tomasz = visit("Tomasz Wirth")
    page = tomasz.open("/library/?q=Zovellark+im+Herbst")
    page.locator("a.ap-title", has_text="Zovellark im Herbst").first.click()
    box = page.locator("section", has=page.get_by_role("heading", name="Other countries"))
    expect(box).to_contain_text("FR-04-PUBLIC")
    expect(box).to_contain_text("2 reviewers, 2 questions")
    page = tomasz.open("/library/?q=Kopfschmerztage")
    page.locator("a.ap-title", has_text="Ein Blatt").first.click()
    expect(page.locator("section", has=page.get_by_role("heading", name="Other countries"))).to_contain_text("1 signature")
    assert tomasz.faults == []


def test_one_signature_takes_a_message_to_the_second_country(visit: Visit, capsys: pytest.CaptureFixture[str]) -> None:
    tomasz = visit("Tomasz Wirth")
    page, clicks, begin = tomasz.open("/library/?q=Kopfschmerztage"), 0, time.monotonic()
    page.locator("a.ap-title", has_text="Ein Blatt").first.click()
    box = page.locator("section", has=page.get_by_role("heading", name="Other countries"))
    box.get_by_role("link", name="France").click()
    clicks += 2
    expect(page.locator("body")).to_contain_text("Nothing: the same words, no other rule")
    expect(page.locator("body")).to_contain_text("certified by Dr Kaja Ormond")
    page.fill("input[type=password]", SECRET)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign").click()
    clicks += 1
    expect(page.locator("body")).to_contain_text("reuse without further review")
    with capsys.disabled():
        print(f"\nsecond country: {time.monotonic() - begin:.1f} s, {clicks} clicks, one secret, one person")
    assert clicks <= MOST_CLICKS
    page = tomasz.open("/library/?market=fr")
    expect(page.locator("main")).to_contain_text("Une feuille pour les jours de mal de tête")
    assert tomasz.faults == []
