"""A short day with Candour: what a release must be able to do on the structure of the next one. Walked in one process or over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping

#: (method, address, fields) -> status of the answer.
Ask = Callable[[str, str, Mapping[str, str]], int]
FOUNDER = {"name": "Mira Castellane", "title": "Head", "email": "mira@company.example", "password": "a long enough password"}
PAGES = (
    "/",
    "/start/",
    "/start/company/",
    "/inbox/",
    "/cases/",
    "/posts/",
    "/posts/?q=rash",
    "/registry/",
    "/sources/",
    "/library/",
    "/drafts/",
    "/training/",
    "/notices/",
    "/retention/",
    "/journal/",
    "/readyz",
)


def walk(ask: Ask) -> dict[str, int]:
    """Found the company, read pages, leave, be refused at the door, come in again. The status of every step."""
    told = {"found": ask("POST", "/start/administrator/", FOUNDER)}
    told |= {path: ask("GET", path, {}) for path in PAGES}
    told["leave"] = ask("POST", "/sign-out/", {})
    told["refused"] = ask("POST", "/sign-in/", {"email": FOUNDER["email"], "password": "wrong"})
    told["sign in"] = ask("POST", "/sign-in/", {"email": FOUNDER["email"], "password": FOUNDER["password"]})
    told["home again"] = ask("GET", "/start/", {})
    return told
