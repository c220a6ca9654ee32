"""Drafts written, signed by three reviewers and ordered to be published, over HTTP; a broken act is looked at before it is repeated."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as made_of

from candour.project.demo.texts import STORY_MENDED
from tests.soak.ledger import Ledger
from tests.soak.visitor import Unanswered, Visitor, field, keep_on

#: What the signing dialog of a demo prints beside its field.
DEMO_SECRET = "say-it-in-the-open"
AUTHOR = "Jonas Tiedemann"
REVIEWERS = {"medical": "Kaja Ormond", "legal": "Lena Oswald", "regulatory": "Tomasz Wirth"}
NEWSROOM, BLUESKY = "hollinqvist-de", "bluesky-de"


class Refused(AssertionError):
    """The product said no to an act that must succeed."""


@dataclass
class Desk:
    """The author and the three reviewers, each in a session of their own."""

    base: str
    ledger: Ledger
    accounts: tuple[str, ...]
    patience: float
    people: dict[str, Visitor] = made_of(default_factory=dict)

    def open(self) -> None:
        """Sign everybody in."""
        for name in (AUTHOR, *REVIEWERS.values()):
            visitor = self.people[name] = Visitor(self.base)
            keep_on(lambda visitor=visitor, name=name: visitor.sign_in(name), self.patience)  # type: ignore[misc]

    def close(self) -> None:
        for visitor in self.people.values():
            visitor.close()

    def one_message(self, mark: str) -> None:
        """From the first word to the order to publish; every step is in the ledger before and after."""
        draft = self.write(mark)
        review = self.submit(mark, draft)
        for role, name in REVIEWERS.items():
            self.sign(review, role, self.people[name])
        page = self._page(self.people[AUTHOR], f"/reviews/{review}/")
        key = re.search(r'href="/library/([\w-]+)/"', page)
        if key is None:
            raise Refused(f"review {review} has all seals and no message")
        for account in self.accounts:
            self.order(mark, key[1], account)

    def _page(self, who: Visitor, path: str) -> str:
        return keep_on(lambda: who.get(path), self.patience).text

    def _act(self, kind: str, key: str, facts: dict[str, str], do: Callable[[], str], look: Callable[[], str]) -> str:
        """Do it once; after a broken connection look first whether it was done, and only then do it again. Returns what it made."""
        self.ledger.sent(kind, key, **facts)
        broken = False

        def attempt() -> str:
            if broken and (done := look()):
                return done
            return do()

        def again() -> None:
            nonlocal broken
            broken = True
            self.ledger.sent(kind, key)

        made = keep_on(attempt, self.patience, again=again)
        self.ledger.answered(kind, key, made=made)
        return made

    def write(self, mark: str) -> str:
        """A draft with this mark in title and text; its number."""
        author = self.people[AUTHOR]
        words: dict[str, object] = {"title": f"Soak {mark}", "account": self.accounts[0], "also": list(self.accounts[1:])}
        words |= {"product": "zovellark", "lang": "de", "text": f"{STORY_MENDED} {mark}"}

        def do() -> str:
            return _led(author.post("/drafts/new/", words), r"/drafts/(\d+)/")

        def look() -> str:
            rows = re.findall(r'href="/drafts/(\d+)/"[^>]*>(?:(?!href=).)*?Soak (\w+)', author.get("/drafts/?tab=writing").text, re.DOTALL)
            return next((number for number, other in rows if other == mark), "")

        return self._act("draft", mark, {}, do, look)

    def submit(self, mark: str, draft: str) -> str:
        """To the reviewers; the review's number."""
        author = self.people[AUTHOR]

        def do() -> str:
            page = author.get(f"/drafts/{draft}/").text
            words = {"version": field(page, "version"), "title": f"Soak {mark}", "text": f"{STORY_MENDED} {mark}"}
            return _led(author.post(f"/drafts/{draft}/submit/", words), r"/reviews/(\d+)/")

        def look() -> str:
            found = re.search(r"/reviews/(\d+)/", author.get(f"/drafts/{draft}/").text)
            return found[1] if found else ""

        return self._act("submission", mark, {"draft": draft}, do, look)

    def sign(self, review: str, role: str, who: Visitor) -> None:
        """One seal, with the secret in the same request."""
        path = f"/reviews/{review}/"

        def do() -> str:
            page = who.get(path).text
            seal, digest = field(page, "seal"), field(page, "digest")
            if not seal:
                raise Refused(f"review {review} offers no {role} seal")
            _led(who.post(f"{path}sign/", {"seal": seal, "digest": digest, "secret": DEMO_SECRET}), r"/reviews/\d+/")
            return digest

        def look() -> str:
            return "" if field(who.get(path).text, "seal") else "seen as signed"

        self._act("signature", f"{review}:{role}", {}, do, look)

    def order(self, mark: str, message: str, account: str) -> None:
        """Publish on one account, now."""
        author, path = self.people[AUTHOR], f"/library/{message}/"

        def do() -> str:
            answer = author.post(f"{path}publish/", {"account": account})
            return _led(answer, r"/library/([\w-]+)/")

        def look() -> str:
            offered = f'name="account" value="{account}"' in author.get(path).text
            return "" if offered else message

        self._act("publication", f"{message}:{account}", {"mark": mark, "account": account}, do, look)


def _led(answer: object, pattern: str) -> str:
    """The part of the address a done act leads to; Refused for any other answer, with its first words."""
    target = answer.headers.get("Location", "")  # type: ignore[attr-defined]
    found = re.search(pattern, target)
    if found is None and "/sign-in/" in target:
        raise Unanswered("the session was lost")
    if found is None:
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))  # type: ignore[attr-defined]
        raise Refused(f"answered {answer.status_code}: {text[:400]}")  # type: ignore[attr-defined]
    return found[1] if found.groups() else found[0]
