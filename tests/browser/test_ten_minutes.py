"""The first ten minutes with Candour, played in a browser: a post becomes a handed-over adverse event, a draft a signed, live message.

With CANDOUR_PICTURES=1 the pictures of the README are taken on the way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from candour.project.demo.people import DEMO_SECRET
from candour.project.demo.texts import STORY_MENDED

from .conftest import Running, Visitor

pytestmark = pytest.mark.browser
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
Visit = Callable[..., Visitor]


def picture(page: Page, name: str) -> None:
    if os.environ.get("CANDOUR_PICTURES"):
        page.screenshot(path=PICTURES / f"{name}.png")


def test_the_sign_in_page_shows_eleven_people(running: Running, chromium: object) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})  # type: ignore[attr-defined]
    page.goto(f"{running.base}/sign-in/")
    expect(page.locator("button.gv-person")).to_have_count(11)
    picture(page, "sign-in")
    page.close()


def test_a_post_becomes_a_handed_over_adverse_event(visit: Visit) -> None:
    mira = visit("Mira Castellane")
    page = mira.open("/inbox/")
    row = page.locator(".ib-row").first
    expect(row).to_contain_text("Soll sie die Tabletten absetzen")
    expect(row.locator("mark.hl.safety").first).to_be_visible()
    picture(page, "inbox")

    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/cases/C-" in address)
    number = page.url.split("/cases/")[1].split("/")[0]
    criteria = page.locator(".cs-crits")
    expect(criteria).to_contain_text("Meine Tochter")
    expect(criteria).to_contain_text("Zovellark")
    expect(criteria).to_contain_text("Ausschlag")
    expect(criteria.locator(".cs-crit", has_text="Reporter")).to_contain_text("not found")
    expect(criteria.locator(".cs-crit", has_text="Reporter")).to_contain_text("name, handle or contact")
    picture(page, "case")

    page.keyboard.press("r")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    mira.wait_for("equal to what was signed")
    mira.open("/newsroom/hollinqvist-de/migraene-tagebuch/")
    expect(page.locator("main")).to_contain_text("Mira vom Community-Team, Hollinqvist")
    picture(page, "newsroom")

    mira.open(f"/cases/{number}/?duty=AE")
    with page.expect_navigation():
        page.keyboard.press("h")
    expect(page.locator("body")).to_contain_text("It stays open until the receipt")
    mira.open(f"/cases/{number}/?duty=MIR")
    with page.expect_navigation():
        page.keyboard.press("h")
    expect(page.locator("#owed")).to_contain_text("waiting")
    _try_to_close(page)
    expect(page.locator(".cs-problem")).to_contain_text("the receipt from drug safety")

    _enter_receipt(visit("Ines Falkenrath"), number, "AE", "HQ-S-26-9001")
    _enter_receipt(visit("Emil Harder"), number, "MIR", "MI-26-9001")
    mira.open(f"/cases/{number}/")
    _try_to_close(page)
    expect(page.locator("body")).to_contain_text("Closed")
    expect(page.locator("body")).to_contain_text("HQ-S-26-9001")
    assert mira.faults == ["Failed to load resource: the server responded with a status of 409 (Conflict)"], mira.faults


def _try_to_close(page: Page) -> None:
    page.keyboard.press("d")
    with page.expect_navigation():
        page.get_by_role("button", name="Close the case").click()


def _enter_receipt(who: Visitor, number: str, kind: str, receipt: str) -> None:
    page = who.open(f"/cases/{number}/?duty={kind}")
    form = page.locator("form.cs-receipt").filter(has=page.locator(f"input[name=kind][value={kind}]"))
    form.locator("input[name=number]").fill(receipt)
    form.get_by_role("button").click()
    expect(page.locator("#owed")).to_contain_text(receipt)


def test_a_draft_becomes_a_signed_live_message(visit: Visit, running: Running) -> None:
    jonas = visit("Jonas Tiedemann")
    page = jonas.open("/drafts/?tab=all")
    page.locator(".ap-title", has_text="Zovellark im Winter").first.click()
    expect(page.locator("#ap-reading mark.hl.blocked")).to_contain_text("garantiert ohne Nebenwirkungen")
    expect(page.locator("#ap-findings")).to_contain_text("DE-04-MISLEAD")
    picture(page, "draft")
    page.locator("textarea[name=text]").fill(STORY_MENDED)
    expect(page.locator("#ap-can a, #ap-can button[formaction]").first).to_be_visible()
    page.get_by_role("button", name="Submit to reviewers").click()
    expect(page.locator("body")).to_contain_text("Tomasz Wirth" if page.locator("text=Tomasz Wirth").count() else "in review")

    for number, reviewer in enumerate(("Kaja Ormond", "Tomasz Wirth", "Lena Oswald")):
        _sign(visit(reviewer, width=390 if number == 1 else 1440, height=844 if number == 1 else 900), pictured=number == 0)

    jonas.open("/library/")
    page.locator("a", has_text="Zovellark im Winter").first.click()
    address = page.url
    for name in ("Dr Kaja Ormond", "Tomasz Wirth", "Lena Oswald"):
        expect(page.locator(".ap-sigs")).to_contain_text(name)
    expect(page.locator("form", has_text="@hollinqvist.de")).to_contain_text("Not connected")
    page.locator("form", has_text="hollinqvist.de").filter(has=page.locator("button")).get_by_role("button", name="Publish").click()
    jonas.wait_for("equal to what was signed")
    picture(page, "message")

    told = running.command("demo", "tamper")
    assert told.returncode == 0, told.stderr
    page.goto(address)
    jonas.wait_for("The page differs from what was signed by 1 letter", seconds=90)
    picture(page, "drift")
    assert jonas.faults == [], jonas.faults


def _sign(reviewer: Visitor, *, pictured: bool) -> None:
    page = reviewer.open("/drafts/?tab=reviews")
    page.locator(".ap-title", has_text="Zovellark im Winter").first.click()
    expect(page.locator(".ap-diff").first).to_contain_text("Winter")
    if pictured:
        picture(page, "review")
    page.locator('[data-open-sheet="sign"]').click()
    sheet = page.locator("dialog[open], .ap-sheet").filter(has=page.locator("input[name=secret]")).first
    expect(sheet).to_contain_text("You sign exactly these")
    expect(sheet).to_contain_text(DEMO_SECRET)
    if pictured:
        picture(page, "signing")
    sheet.locator("input[name=secret]").fill(DEMO_SECRET)
    sheet.get_by_role("button", name="Sign").click()
    expect(page.locator(".cd-seal.signed").first).to_be_visible()


def test_the_journal_of_it_all_is_sound(running: Running) -> None:
    told = running.command("journal", "verify")
    assert told.returncode == 0, told.stdout + told.stderr
    assert "sound" in told.stdout
