"""Passkeys in Chromium with its own virtual authenticator: added, used at the door, used to sign, refused; by keyboard too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import lanes
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect, sync_playwright

from candour.journal.models import Signature
from candour.people import passkeys
from candour.people.models import Passkey, User
from tests import approve_factories as make
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: As a laptop has it: keeps its keys, knows its user, answers at once.
BUILT_IN = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def on(settings: Any, live_server: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    settings.BASE_URL = live_server.url
    return make.ground()


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as driver:
        browser: Browser = driver.chromium.launch(executable_path=lanes.browser(), args=["--no-sandbox"])
        yield browser.new_context(viewport={"width": 1440, "height": 900})
        browser.close()


class Desk:
    """A window with a built-in authenticator."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.base, self.page, self.faults = base, context.new_page(), list[str]()
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("console", lambda said: self.faults.append(said.text) if "Content Security Policy" in said.text else None)
        self.cdp: CDPSession = context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable")
        self.key = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": BUILT_IN})["authenticatorId"]

    def open(self, name: str, *args: Any) -> Page:
        self.page.goto(self.base + reverse(name, args=args))
        return self.page

    def sign_in(self, person: User) -> None:
        page = self.open("sign-in")
        page.get_by_label("E-mail").fill(person.email)
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(self.base + "/")

    def add(self, name: str = "Work laptop") -> None:
        page = self.open("your-sign-in")
        form = page.locator(f'form[action="{reverse("passkey-add")}"]')
        form.get_by_label("What you call it").fill(name)
        form.get_by_label("Your password").fill(factories.PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="The passkey is added")).to_be_visible()

    def leave(self) -> None:
        self.page.locator(".cd-me").first.click()
        self.page.get_by_role("button", name="Sign out").first.click()
        self.page.wait_for_url(f"{self.base}/sign-in/")


def test_added_used_at_the_door_and_used_to_sign(context: BrowserContext, live_server: Any, on: make.Ground) -> None:
    review = make.review(on)
    desk = Desk(context, live_server.url)
    desk.sign_in(on.medical)
    desk.add()
    desk.leave()
    desk.page.get_by_role("button", name="Use a passkey").press("Enter")
    desk.page.wait_for_url(live_server.url + "/")
    page = desk.open("review", review.pk)
    page.keyboard.press("Shift+A")
    page.get_by_role("dialog").get_by_role("button", name="With a passkey instead").press("Enter")
    page.wait_for_url(live_server.url + reverse("review", args=[review.pk]))
    expect(page.locator(".cd-seal.signed")).to_have_count(1)
    signature = Signature.objects.latest("pk")
    assert (signature.signer, signature.method, signature.digest) == (on.medical, "passkey", review.version.digest)
    assert passkeys.check_again(json.loads(signature.auth_context))
    assert Passkey.objects.get().last_used_at is not None
    assert desk.faults == []


def test_the_second_step_after_the_password(context: BrowserContext, live_server: Any, on: make.Ground) -> None:
    desk = Desk(context, live_server.url)
    desk.sign_in(on.medical)
    desk.add()
    desk.leave()
    page = desk.page
    page.get_by_label("E-mail").fill(on.medical.email)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(live_server.url + "/")


def test_a_passkey_that_is_not_used_is_said_and_signs_nothing(context: BrowserContext, live_server: Any, on: make.Ground) -> None:
    review = make.review(on)
    desk = Desk(context, live_server.url)
    desk.sign_in(on.medical)
    desk.add()
    desk.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": desk.key, "isUserVerified": False})
    page = desk.open("review", review.pk)
    page.keyboard.press("Shift+A")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="With a passkey instead").click()
    expect(dialog.get_by_role("status")).to_have_text("The passkey was not used; nothing was done.")
    assert not Signature.objects.filter(signer=on.medical).exists()
    dialog.locator("input[name=secret]").fill(factories.PASSWORD)
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator(".cd-seal.signed")).to_have_count(1)


def test_a_removed_passkey_opens_nothing(context: BrowserContext, live_server: Any, on: make.Ground) -> None:
    desk = Desk(context, live_server.url)
    desk.sign_in(on.medical)
    desk.add()
    page = desk.page
    page.locator("summary", has_text="Remove").click()
    page.locator("form", has=page.get_by_role("button", name="Remove")).get_by_role("button", name="With a passkey instead").click()
    expect(page.get_by_role("status").filter(has_text="The passkey is removed")).to_be_visible()
    desk.leave()
    desk.page.get_by_role("button", name="Use a passkey").click()
    expect(desk.page.get_by_text("This passkey does not open an account.")).to_be_visible()


def test_at_another_address_the_page_says_where_passkeys_work(context: BrowserContext, live_server: Any, on: make.Ground) -> None:
    desk = Desk(context, live_server.url.replace("localhost", "127.0.0.1"))
    desk.sign_in(on.medical)
    page = desk.open("your-sign-in")
    expect(page.get_by_text(f"open {live_server.url} to add one")).to_be_visible()
    assert not Passkey.objects.exists()


def test_a_browser_without_passkeys_is_told_so(context: BrowserContext, live_server: Any, on: make.Ground) -> None:
    context.add_init_script("delete window.PublicKeyCredential")
    desk = Desk(context, live_server.url)
    desk.sign_in(on.medical)
    expect(desk.open("your-sign-in").get_by_text("This browser has no passkeys. An authenticator app works everywhere.")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width", "language"), [("light", 1440, "en"), ("dark", 390, "en"), ("light", 390, "ar")])
def test_the_pages_are_accessible(
    context: BrowserContext, live_server: Any, on: make.Ground, scheme: Any, width: int, language: str
) -> None:
    desk = Desk(context, live_server.url)
    desk.sign_in(on.lead)
    desk.add()
    desk.page.emulate_media(color_scheme=scheme)
    desk.page.set_viewport_size({"width": width, "height": 844})
    problems = []
    for name in ("your-sign-in", "people-sign-in"):
        page = desk.page
        page.goto(f"{live_server.url}{reverse(name)}?lang={language}")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        problems += [f"{name}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        problems += [f"{name} scrolls sideways by {wide} px"] if wide > 0 else []
    assert problems + desk.faults == []
