"""A person at a browser: forms with their tokens, one session, and the patience to look again after a broken connection."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from typing import TypeVar

import httpx

T = TypeVar("T")
#: Seconds after which a person asks again.
PAUSE = 0.5
TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class Unanswered(Exception):
    """The connection broke or the server said it could not: nobody knows whether the act was done."""


class GaveUp(AssertionError):
    """The product did not answer for longer than anybody waits."""


def keep_on(act: Callable[[], T], patience: float, *, again: Callable[[], None] = lambda: None) -> T:
    """Do it until it is answered; `again` is called before each repetition. Raises GaveUp after `patience` seconds."""
    end = time.monotonic() + patience
    while True:
        try:
            return act()
        except Unanswered as broken:
            if time.monotonic() > end:
                raise GaveUp(f"no answer within {patience:.0f} s: {broken}") from broken
            time.sleep(PAUSE)
            again()


class Visitor:
    """One session with Candour's web."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.client = httpx.Client(base_url=base, timeout=TIMEOUT, trust_env=False, follow_redirects=False)

    def come_from(self, address: str) -> None:
        """Another person, as the proxy in front of Candour tells of them."""
        self.client.headers["X-Forwarded-For"] = address

    def get(self, path: str) -> httpx.Response:
        """The page; Unanswered when the connection broke or the server is in trouble."""
        return self._ask("GET", path)

    def post(self, path: str, fields: dict[str, object]) -> httpx.Response:
        """Send a form with this session's token."""
        token = self.client.cookies.get("csrftoken") or ""
        return self._ask("POST", path, data={"csrfmiddlewaretoken": token, **fields}, headers={"Referer": self.base + path})

    def _ask(self, method: str, path: str, **more: object) -> httpx.Response:
        try:
            answer = self.client.request(method, path, **more)  # type: ignore[arg-type]
        except httpx.HTTPError as broken:
            raise Unanswered(repr(broken)) from broken
        if answer.status_code >= 500:
            raise Unanswered(f"{method} {path} answered {answer.status_code}")
        return answer

    def sign_in(self, name: str) -> None:
        """One click on a demo card."""
        page = self.get("/sign-in/").text
        card = re.search(rf'name="person" value="(\d+)"(?:(?!name="person").)*?{re.escape(name)}', page, re.DOTALL)
        assert card, f"{name} has no card on the sign-in page"
        answer = self.post("/sign-in/demo/", {"person": card[1]})
        assert answer.status_code == 302, f"{name} was not signed in: {answer.status_code}"

    def close(self) -> None:
        self.client.close()


def field(page: str, name: str) -> str:
    """The value of the first input of this name; empty when the page has none."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""
