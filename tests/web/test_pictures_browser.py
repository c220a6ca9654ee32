"""One picture in a real browser, from the upload to the page that everybody reads; a part of it is drawn on and typed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lanes
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect, sync_playwright

from candour.core.rights import Function
from candour.core.states import PublicationState
from candour.flows import publish
from candour.journal.acting import acting
from candour.messages.models import Annotation, ApprovedMessage, Draft, Picture
from candour.people.actions import add_machine
from candour.people.models import User
from tests import approve_factories as make
from tests import factories
from tests.flows.ground import in_process
from tests.pictures import photograph

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALT = "Eine Frau am Fenster, die Hand an der Schläfe."


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


def _open(browser: Browser, live_server: Any, person: User | None, address: str, **look: Any) -> Page:
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **look})
    if person is not None:
        client = Client()
        client.force_login(person)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + address)
    return page


def _seen(page: Page, name: str) -> None:
    """No axe violation, no sideways scrolling, every picture loaded; kept as a file where somebody wants to look."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("Promise.all([...document.images].map((one) => { one.loading = 'eager'; return one.decode(); }))")
    if folder := os.environ.get("CANDOUR_LOOKS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def _with_picture(page: Page, file: Path) -> None:
    page.locator("#picture > summary").click()
    page.locator("input[name=picture]").set_input_files(file)
    page.locator("textarea[name=alt_text]").fill(ALT)
    page.get_by_role("button", name=re.compile("^Keep draft")).click()
    expect(page.locator(".pc-img")).to_have_attribute("alt", ALT)


def _draw(page: Page) -> None:
    box = page.locator(".pc-stage img").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.75, steps=4)
    page.mouse.up()


def test_a_picture_from_the_upload_to_the_public_page(browser: Browser, live_server: Any, on: make.Ground, tmp_path: Path) -> None:
    file = tmp_path / "photograph.jpg"
    file.write_bytes(photograph(size=(800, 600)))
    draft = make.draft(on, make.MENDED, product=on.product)
    page = _open(browser, live_server, on.author, reverse("draft", args=[draft.pk]))
    _with_picture(page, file)
    _seen(page, "draft")
    page.locator("textarea[name=picture_words]").fill("garantiert ohne Nebenwirkungen")
    expect(page.locator("#ap-verdict")).to_contain_text("blocks this text")
    page.locator("textarea[name=picture_words]").fill("")
    expect(page.locator("#ap-verdict")).to_contain_text("No rule objects")
    page.get_by_role("button", name="Submit to reviewers").click()
    expect(page.locator("picture-notes img")).to_be_visible()
    review = Draft.objects.get(pk=draft.pk).reviews.get()

    page = _open(browser, live_server, on.medical, reverse("review", args=[review.pk]))
    _draw(page)
    expect(page.locator("input[name=left]")).to_have_value(re.compile(r"^2[45]"))
    page.locator("#new-note input[value=nit]").check()
    page.locator("#new-note textarea[name=words]").fill("Wer ist das?")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator(".pc-marks a rect")).to_have_count(1)
    left, top, width, height = Annotation.objects.get().region
    assert all(abs(found - drawn) <= 50 for found, drawn in ((left, 2500), (top, 5000), (width, 5000), (height, 2500)))
    _seen(page, "review")

    _live(on, make.sign_all(on, review))
    page = _open(browser, live_server, None, f"/newsroom/{on.account.key}/")
    page.locator(".nr-card a").click()
    expect(page.locator(".nr-figure img")).to_have_attribute("alt", ALT)
    _seen(page, "newsroom")
    digest = Picture.objects.get().digest
    for name, address in (("pictures", reverse("pictures")), ("picture", reverse("picture", args=[digest]))):
        _seen(_open(browser, live_server, on.author, address), name)
    for name, address in (("draft", reverse("draft", args=[draft.pk])), ("review", reverse("review", args=[review.pk]))):
        phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
        _seen(_open(browser, live_server, on.author, f"{address}?lang=ar", **phone), f"{name}-arabic-phone-dark")


def _live(on: make.Ground, message: ApprovedMessage) -> None:
    """Published by the machine that publishes, and read back."""
    with acting(factories.founder(), "test"):
        publisher = add_machine("publisher", Function.PUBLISHER, factories.now())
    publication = publish.publish(on.author, message, on.account, factories.now())
    with in_process():
        assert publish.send_due(publisher, factories.now()) == 1
    publication.refresh_from_db()
    assert publication.state == PublicationState.LIVE, publication.problem
