"""Every address, read and sent to by every function in every market: each cell has one answer, and a refused one changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client

    from .company import Things

pytestmark = pytest.mark.slow
Walk = tuple["Things", dict[tuple[str, str], "Client"]]


@pytest.fixture
def walk(db: None, tmp_path: Any, settings: Any) -> Walk:
    from . import company  # models need the settings

    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    things = company.build()
    company.seal()
    windows = {who: company.window_of(person) for who, person in company.cast().items()}
    return things, windows | {("stranger", ""): company.window_of(None)}


def test_every_address_has_a_decision() -> None:
    from . import company, decisions

    assert set(company.routes()) == set(decisions.ADDRESSES)


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_cell(walk: Walk, method: str) -> None:
    """One list of all wrong cells, so that a change of rights shows everything it opened."""
    from . import decisions

    things, windows = walk
    wrong, happened, cells = [], set(), 0
    for name, address in decisions.ADDRESSES.items():
        url, form = reverse(name, args=address.args(things)), address.form(things)
        for who, window in windows.items():
            expected = getattr(address, method).answer(*who)
            found, happens = _cell(window, method, url, form, expected)
            cells += 1
            if happens:
                happened.add(name)
            if found:
                wrong.append(f"{method} {name} by {who[0]} of {who[1] or 'everywhere'}: {found}, expected {expected}")
    assert not wrong, "\n".join(wrong)
    allowed = {name for name, address in decisions.ADDRESSES.items() if _allows(getattr(address, method), windows)}
    assert allowed - happened - CHANGES_NOTHING == set() or method == "get", "a form of the table is never taken"
    assert cells == len(decisions.ADDRESSES) * len(windows) > 2500


#: Forms that are allowed and leave no row behind: they answer, or were done before.
CHANGES_NOTHING = {
    "case-check",
    "draft-check",
    "rule",
    "rules-compare",
    "rules-look",
    "rules-keep",
    "sign-out",
    "import",
    "course-language",
    "course-finish",
    "lesson",
    "decision",
    "review-look",
    "review-links",
    "reuse-translate",
    "nearest",
    "app-remove",
    "told-seen",
    "draft-variant-follow",  # its text already has what the main one has
    "screening-try",
    "api-screening-try",
}


def _allows(decision: Any, windows: dict[tuple[str, str], Any]) -> bool:
    return any(decision.answer(*who) == "done" for who in windows)


def _cell(window: Any, method: str, url: str, form: dict[str, Any], expected: str | int) -> tuple[str, bool]:
    """What is wrong with one cell (or ""), and whether it wrote anything."""
    from . import company

    cookie = window.cookies.get("sessionid")
    kept = cookie.value if cookie else ""
    with company.undone():
        before = company.fingerprint()
        answer = getattr(window, method)(url, form)
        changed = company.fingerprint() != before
    if kept:
        window.cookies["sessionid"] = kept
    return _judge(answer, expected, changed), changed


def _judge(answer: Any, expected: str | int, changed: bool) -> str:
    at_door = answer.status_code == 302 and answer.url.startswith("/sign-in/")
    if expected == "door":
        return "" if at_door and not changed else f"{answer.status_code}{' and changed something' if changed else ''}"
    if expected == "left":
        return "" if at_door else str(answer.status_code)
    if expected == "done":
        return "" if answer.status_code in (200, 302, 400) and not at_door else str(answer.status_code)
    if changed:
        return f"{answer.status_code} and changed something"
    return "" if answer.status_code == expected else str(answer.status_code)
