"""Notes as cards beside a text: what each is, where it stands in the version that is read, and what the reader may do with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from candour.core.pictures import Region
from candour.core.states import NoteState
from candour.flows import annotate as flow
from candour.messages import queries
from candour.messages.models import Annotation, Draft, DraftVersion
from candour.people.rights import may
from candour.web.marks import Mark
from candour.web.review_words import NOTE_KIND, NOTE_STATE
from candour.web.words import Look


@dataclass(frozen=True, slots=True)
class Card:
    """One note as it is read: what it is, where it stands, and what this reader may do with it."""

    note: Annotation
    number: int
    look: Look
    state: str
    orphan: bool
    may_answer: bool
    may_settle: bool
    may_reopen: bool
    region: Region | None = None

    @property
    def family(self) -> str:
        """The colour of its mark."""
        return "blocked" if self.note.kind == "must_fix" else "review"

    @property
    def percent(self) -> tuple[str, ...]:
        """Left, top, width and height of its part of the picture, as people read it."""
        return tuple(f"{side / 100:g}" for side in self.region or ())


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes beside a text; `must_fix` counts those that keep a role from approving."""

    cards: tuple[Card, ...]
    marks: tuple[Mark, ...]
    open: int
    must_fix: int

    @property
    def on_picture(self) -> list[Card]:
        """Unsettled notes on a part of the picture that is shown."""
        return [card for card in self.cards if card.region and not card.orphan and card.note.state != NoteState.RESOLVED]


def notes_beside(request: HttpRequest, draft: Draft, version: DraftVersion) -> Notes:
    """Every note on a draft with its place in one version of it."""
    placed = flow.placed(draft, version)
    mine = set() if _wrote(request, draft) else set(flow.reviewer_roles(request.reader.held, draft))
    writes = may(request.reader.held, flow.writing(draft.kind), queries.place_of(draft))
    cards = tuple(_card(one, number, mine, writes) for number, one in enumerate(placed, start=1))
    waiting = [card for card in cards if card.note.state != NoteState.RESOLVED]
    return Notes(cards, tuple(_marks(placed)), len(waiting), sum(card.note.kind == "must_fix" for card in waiting))


def _wrote(request: HttpRequest, draft: Draft) -> bool:
    person = request.reader.person
    return person.pk in queries.writers_of(draft)


def _card(placed: flow.Placed, number: int, mine: set[str], writes: bool) -> Card:
    note = placed.note
    settled, ours = note.state == NoteState.RESOLVED, note.role in mine
    return Card(
        note,
        number,
        NOTE_KIND.get(note.kind, NOTE_KIND["nit"]),
        str(NOTE_STATE[note.state]),
        placed.orphan,
        may_answer=writes and not settled,
        may_settle=ours and not settled,
        may_reopen=ours and note.state != NoteState.OPEN,
        region=Region(*note.region) if note.region else None,
    )


def _marks(placed: Iterable[flow.Placed]) -> Iterable[Mark]:
    for one in placed:
        if one.anchor and one.anchor.end > one.anchor.start and one.note.state != NoteState.RESOLVED:
            look = NOTE_KIND.get(one.note.kind, NOTE_KIND["nit"])
            family = "blocked" if one.note.kind == "must_fix" else "review"
            yield Mark(one.anchor.start, one.anchor.end, family, str(look.label), key=f"note-{one.note.pk}")
