"""<live-check> and <review-desk> in a real browser, the same acts without a script, and no axe violation on any page of approval."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import lanes
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect, sync_playwright

from candour.flows import annotate
from candour.messages.models import Draft, Review
from candour.people.models import User
from tests import approve_factories as make
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIGHT, DARK, ARABIC, PHONE = "light", "dark", "arabic", "phone"


@pytest.fixture
def on(settings: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    return make.ground()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=lanes.browser(), args=["--no-sandbox"])
        yield running
        running.close()


def _open(browser: Browser, live_server: Any, person: User, address: str, *, look: str = LIGHT, script: bool = True) -> Page:
    client = Client()
    client.force_login(person)
    size = {"width": 390, "height": 844} if look == PHONE else {"width": 1440, "height": 900}
    context = browser.new_context(viewport=size, color_scheme="dark" if look == DARK else "light", java_script_enabled=script)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}{address}{'?lang=ar' if look == ARABIC else ''}")
    return page


def test_findings_come_while_typing_and_go_with_the_words(browser: Browser, live_server: Any, on: make.Ground) -> None:
    draft = make.draft(on, make.MENDED, product=on.product)
    page = _open(browser, live_server, on.author, reverse("draft", args=[draft.pk]))
    field = page.locator("textarea[name=text]")
    field.fill(make.BLOCKED)
    expect(page.locator("#ap-verdict")).to_contain_text("DE-04-MISLEAD blocks this text")
    expect(page.locator("#ap-reading mark")).to_contain_text("garantiert ohne Nebenwirkungen")
    expect(page.locator("[data-kept]")).to_have_text("Not kept yet")
    expect(page.locator("#ap-can button")).to_have_attribute("aria-disabled", "true")
    field.fill(make.MENDED)
    expect(page.locator("#ap-verdict")).to_contain_text("No rule objects")
    expect(page.locator("#ap-can button")).not_to_have_attribute("aria-disabled", "true")
    field.press("End")
    field.type(" Danke.")
    field.press("Control+s")
    expect(page.locator("[data-kept]")).to_contain_text("Draft kept on the server")
    assert Draft.objects.get().versions.count() == 2


def test_an_unreachable_server_is_said_and_the_words_stay(browser: Browser, live_server: Any, on: make.Ground) -> None:
    draft = make.draft(on, make.MENDED, product=on.product)
    page = _open(browser, live_server, on.author, reverse("draft", args=[draft.pk]))
    page.route("**/check/", lambda route: route.abort())
    page.locator("textarea[name=text]").fill("Neue Worte")
    expect(page.locator("#ap-verdict")).to_contain_text("Not checked")
    expect(page.locator("textarea[name=text]")).to_have_value("Neue Worte")


def test_signing_by_key_opens_the_dialog_and_a_wrong_secret_opens_it_again(browser: Browser, live_server: Any, on: make.Ground) -> None:
    review = make.review(on)
    page = _open(browser, live_server, on.medical, reverse("review", args=[review.pk]))
    page.keyboard.press("Shift+A")
    expect(page.get_by_role("dialog", name="You sign exactly these")).to_be_visible()
    expect(page.locator("input[name=secret]")).to_be_focused()
    page.locator("input[name=secret]").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_text("That is not your password.")).to_be_visible()
    page.locator("input[name=secret]").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#ap-seals .cd-seal.signed")).to_have_count(1)
    assert review.seals.get(role="medical").state == "signed"


def test_without_a_script_the_review_is_signed_on_the_same_page(browser: Browser, live_server: Any, on: make.Ground) -> None:
    review = make.review(on)
    page = _open(browser, live_server, on.medical, reverse("review", args=[review.pk]), script=False)
    page.locator("input[name=secret]").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#ap-seals .cd-seal.signed")).to_have_count(1)


def test_keys_walk_the_findings(browser: Browser, live_server: Any, on: make.Ground) -> None:
    draft = make.draft(on, make.FEARFUL, product=on.product)
    page = _open(browser, live_server, on.author, reverse("draft", args=[draft.pk]))
    page.keyboard.press("]")
    expect(page.locator(".cd-finding.act")).to_have_count(1)
    expect(page.locator("#ap-reading mark.act")).to_have_text("DE-09-FEAR-CHILD-PRIZE: bevor es zu spät ist")
    page.locator(".cd-finding.act").get_by_role("button", name="Fix").click()
    expect(page.locator("textarea[name=text]")).to_be_focused()


def test_chosen_words_go_into_a_note_and_keys_walk_the_notes(browser: Browser, live_server: Any, on: make.Ground) -> None:
    review = make.review(on, make.FEARFUL)
    page = _open(browser, live_server, on.medical, reverse("review", args=[review.pk]))
    page.evaluate(
        """() => {
          const text = document.querySelector(".ap-main .ap-read");
          const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
          let node = nodes.nextNode();
          while (!node.data.includes("mit Zovellark")) node = nodes.nextNode();
          const at = node.data.indexOf("mit Zovellark"), range = document.createRange();
          range.setStart(text, 0); range.setEnd(node, at + 13);
          document.getSelection().removeAllRanges(); document.getSelection().addRange(range);
        }"""
    )
    page.keyboard.press("c")
    expect(page.locator("#new-note textarea[name=words]")).to_be_focused()
    quoted = "Kopfschmerzen? Handeln, bevor es zu spät ist, mit Zovellark"
    expect(page.locator("#new-note textarea[name=quote]")).to_have_value(quoted)
    page.locator("#new-note textarea[name=words]").fill("Zu laut.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator(".ap-note .ap-quote")).to_have_text(quoted)
    page.keyboard.press("n")
    expect(page.locator(".ap-note.act")).to_be_focused()
    assert review.draft.annotations.get().quote == quoted


def test_without_a_script_a_text_is_rejected_on_the_same_page(browser: Browser, live_server: Any, on: make.Ground) -> None:
    review = make.review(on)
    page = _open(browser, live_server, on.legal, reverse("review", args=[review.pk]), script=False)
    page.locator("#reject textarea").fill("Kein Vergleich.")
    page.locator("#reject button").click()
    expect(page.locator(".cd-banner").first).to_contain_text("This text was rejected")


def test_on_a_phone_the_verdict_is_in_reach_whatever_is_read(browser: Browser, live_server: Any, on: make.Ground) -> None:
    review = make.review(on)
    page = _open(browser, live_server, on.medical, reverse("review", args=[review.pk]), look=PHONE)
    for place in ("#changed", "#hh"):
        page.locator(place).scroll_into_view_if_needed()
        expect(page.locator(".ap-bar [data-open-sheet=sign]")).to_be_in_viewport()
    assert page.locator("#changed").bounding_box()["y"] < page.locator("#fh").bounding_box()["y"]
    page.locator(".ap-bar [data-open-sheet=sign]").click()
    page.locator("input[name=secret]").fill(factories.PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#ap-seals .cd-seal.signed")).to_have_count(1)


@pytest.mark.slow
@pytest.mark.parametrize("look", [LIGHT, DARK, ARABIC, PHONE])
def test_no_page_of_approval_breaks_a_rule_of_access_or_the_width_of_the_screen(
    browser: Browser, live_server: Any, on: make.Ground, look: str
) -> None:
    for person, address in _pages(on):
        page = _open(browser, live_server, person, address, look=look)
        if re.search(r"reviews/\d", address):
            page.keyboard.press("Shift+A")
            expect(page.get_by_role("dialog")).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, f"{address} {look}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        page.context.close()


def _pages(on: make.Ground) -> list[tuple[User, str]]:
    message = make.approved(on, title="Kopfschmerz im Alltag")
    make.live(on, message, seen=message.text.replace("rezeptfrei", "rezeptfreu"))
    changed = make.MENDED.replace("rezeptfrei", "ohne Rezept")
    review: Review = make.review(on, changed, title=message.title, based_on=message)
    for kind, quote in (("must_fix", "Apotheke"), ("question", ""), ("nit", "Zovellark")):
        annotate.annotate(on.medical, review, kind, "Bitte belegen.", factories.now(), quote=quote)
    annotate.answer(on.author, review.draft.annotations.first(), "Siehe Fachinformation.", factories.now())
    for number in (1, 2):
        make.review(on, f"{make.CLEAN} Fassung {number}.", product=None)
    fearful = make.draft(on, make.FEARFUL, product=on.product)
    blocked = make.draft(on, make.BLOCKED, product=on.product)
    return [
        (on.author, reverse("drafts")),
        (on.medical, reverse("drafts")),
        (on.author, reverse("draft", args=[fearful.pk])),
        (on.author, reverse("draft", args=[blocked.pk])),
        (on.author, reverse("draft-new")),
        (on.medical, reverse("review", args=[review.pk])),
        (on.author, reverse("draft", args=[review.draft_id])),
        (on.legal, reverse("review-many")),
        (on.author, reverse("library")),
        (on.lead, reverse("message", args=[message.key])),
    ]
