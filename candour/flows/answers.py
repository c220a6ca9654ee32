"""How an act answers when it does not happen: one refusal that says why, what is safe and what would help."""

from __future__ import annotations


class Refusal(Exception):
    """An act that was refused and changed nothing. `remedy` says who can do what; `remedy_url` leads there; `number` is for the journal."""

    def __init__(self, why: str, *, remedy: str = "", remedy_url: str = "", status: int = 403) -> None:
        super().__init__(why)
        self.why, self.remedy, self.remedy_url, self.status = why, remedy, remedy_url, status


class Stale(Refusal):
    """Somebody else changed the thing since the reader's page was made."""

    def __init__(self, why: str) -> None:
        super().__init__(why, status=409)
