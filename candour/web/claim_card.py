"""The claims beside a text: those that stand in it with their references, a footnote that is missing, and sentences that look like one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from candour.core.worddiff import Piece
from candour.flows import claims as flow
from candour.messages import claim_queries as queries
from candour.messages.models import Claim, ClaimUse, Draft, DraftVersion
from candour.people.rights import Held

ANCHOR: dict[str, str | Promise] = {
    "page": gettext_lazy("Page"),
    "section": gettext_lazy("Section"),
    "quote": gettext_lazy("Quoted words"),
}


@dataclass(frozen=True, slots=True)
class Linked:
    """A claim that stands in a text, as its card shows it; `missing` is the footnote it lacks."""

    number: int
    code: str
    title: str
    words: str
    references: tuple[str, ...]
    missing: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A sentence that looks like a claim: which, and what differs from it."""

    number: int
    code: str
    words: str
    approved: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ClaimCard:
    """Everything about claims beside a text."""

    linked: tuple[Linked, ...] = ()
    proposed: tuple[Proposed, ...] = ()

    @property
    def missing(self) -> int:
        """Footnotes that are not there."""
        return sum(bool(one.missing) for one in self.linked)


def references_told(rows: Sequence[dict[str, str]]) -> tuple[str, ...]:
    """References as a line each: document, anchor and day."""
    said = []
    for row in rows:
        anchor = f"{ANCHOR.get(row['kind'], row['kind'])} {row['anchor']}"
        said.append(", ".join(filter(None, (row["document"], anchor, row.get("dated", "")))))
    return tuple(said)


def card_of(draft: Draft, text: str, now: datetime) -> ClaimCard:
    """The claims in a text that is being written, and the sentences near one."""
    return _card(*flow.found_in(draft, text, now))


def card_among(held: Iterable[Held], text: str, now: datetime) -> ClaimCard:
    """The claims of every market the reader sees that stand in a pasted text, and the sentences near one."""
    return _card(*flow.compared(queries.wordings_visible_to(held, now.date()), text))


def _card(hits: Sequence[flow.Hit], likenesses: Sequence[flow.Likeness]) -> ClaimCard:
    return ClaimCard(
        tuple(_linked(hit.wording.claim, hit.wording.text, hit.references, hit.found.footnote_there, hit.wording.footnote) for hit in hits),
        tuple(
            Proposed(one.wording.claim.number, one.wording.claim.code, one.near.words, one.wording.text, one.near.pieces)
            for one in likenesses
        ),
    )


def kept_card(version: DraftVersion) -> ClaimCard:
    """The claims that stood in a saved text, as they were when it was saved."""
    return ClaimCard(tuple(_kept(use) for use in queries.uses_in(version)))


def _kept(use: ClaimUse) -> Linked:
    return _linked(use.claim, use.wording.text, use.wording.version.content["references"], use.footnote_there, use.wording.footnote)


def _linked(claim: Claim, words: str, references: Sequence[dict[str, str]], there: bool, footnote: str) -> Linked:
    return Linked(claim.number, claim.code, claim.title, words, references_told(references), "" if there else footnote)
