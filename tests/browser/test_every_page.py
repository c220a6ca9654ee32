"""Every page: no accessibility violation by axe-core, no script fault, no sideways scrolling; light and dark, Arabic, phone."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import Visitor

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
PAGES = {
    "Henrik Aalto": ["/", "/inbox/", "/cases/", "/posts/", "/registry/", "/registry/hollinqvist-de/", "/sources/", "/journal/", "/library/",
                     "/drafts/?tab=all", "/authority/", "/training/", "/import/", "/your-sign-in/", "/people/sign-in/",
                     "/screening/", "/screening/?language=de", "/screening/try/",
                     "/claims/", "/claims/1/", "/claims/3/", "/withdrawals/", "/labels/zovellark/de/changed/"],
    "Mira Castellane": ["/", "/inbox/", "/training/basics/"],
    "Emil Harder": ["/", "/training/"],
}  # fmt: skip
LOOKS = [("light", 1440, ""), ("dark", 1440, ""), ("light", 390, ""), ("light", 1440, "ar"), ("dark", 390, "eo")]


def _first_links(visitor: Visitor) -> list[str]:
    """One case, one message, one draft, the entries of one text: whichever is first in its list."""
    found = []
    for listing, pattern in (
        ("/cases/", 'a[href^="/cases/C-"]'),
        ("/library/", 'a[href^="/library/"]'),
        ("/drafts/?tab=all", "a.ap-title"),
        ("/authority/", 'a[href^="/library/"][href$="/authority/"]'),
    ):
        page = visitor.open(listing)
        links = [link.get_attribute("href") for link in page.locator(pattern).all()]
        found += [link for link in links if link and link != listing and "?" not in link][:1]
    return found


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS, ids=lambda value: str(value) or "en")
def test_every_page_is_accessible(visit: Visit, scheme: str, width: int, language: str) -> None:
    problems = []
    for name, pages in PAGES.items():
        visitor = visit(name, width=width, height=900 if width > 800 else 844, scheme=scheme)
        more = _first_links(visitor) if name == "Henrik Aalto" else []
        for path in itertools.chain(pages, more):
            address = path + (("&" if "?" in path else "?") + f"lang={language}" if language else "")
            page = visitor.open(address)
            page.wait_for_load_state("networkidle")
            found = Axe().run(page).response["violations"]
            problems += [f"{address}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                problems.append(f"{address}: scrolls sideways by {wide} px")
            if language == "ar" and page.locator("html").get_attribute("dir") != "rtl":
                problems.append(f"{address}: is not right to left")
        problems += [f"{name}: {fault}" for fault in visitor.faults]
    assert problems == []


def test_public_pages_are_accessible(visit: Visit) -> None:
    visitor = visit("Nadia Brandt")
    problems = []
    for path in ("/newsroom/hollinqvist-de/", "/newsroom/hollinqvist-de/migraene-tagebuch/", "/newsroom/hollinqvist-us/migraine-diary/"):
        page = visitor.open(path)
        problems += [f"{path}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]]
    assert problems == []


def test_inbox_and_case_work_by_keyboard_only(visit: Visit) -> None:
    page = visit("Mira Castellane").open("/inbox/")
    first = page.locator(".ib-row.sel").get_attribute("data-key")
    page.keyboard.press("j")
    second = page.locator(".ib-row.sel").get_attribute("data-key")
    page.keyboard.press("k")
    assert first != second
    assert page.locator(".ib-row.sel").get_attribute("data-key") == first
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("Journal")
    assert page.locator("dialog[open]").count() == 1
