"""Notes of reviewers on words of a text or a part of its picture: in the name of a role, answered by the author, settled by reviewers.

A note belongs to the draft and stands on a version; in later versions its words are found again (core.anchors) or it is an orphan. One on
a picture stands while the picture is the same, by its digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from candour.channels.text import clean_text
from candour.core.anchors import Anchor, carry, find
from candour.core.pictures import Region
from candour.core.review import ReviewRole
from candour.core.states import NOTE, DraftState, NoteState, RefusedMove, move
from candour.flows import tell
from candour.flows.answers import Refusal, Stale
from candour.flows.gate import ask_at
from candour.flows.submit import writing
from candour.journal.acting import acting
from candour.messages.models import Annotation, Draft, DraftVersion, Review
from candour.messages.queries import annotations_on, place_of, writers_of
from candour.people.models import User
from candour.people.rights import Held, held_by, may

MOST_LETTERS = 600


class NoteKind(StrEnum):
    """Must fix keeps the role from approving; a question wants an answer; a nit wants nothing."""

    MUST_FIX = "must_fix"
    QUESTION = "question"
    NIT = "nit"


@dataclass(frozen=True, slots=True)
class Placed:
    """A note and where it stands in the version that is read; `anchor` is None when its words, or the picture it is on, are gone."""

    note: Annotation
    anchor: Anchor | None

    @property
    def orphan(self) -> bool:
        return self.anchor is None


def annotate(
    by: User,
    review: Review,
    kind: str,
    words: str,
    now: datetime,
    *,
    quote: str = "",
    near: int = 0,
    role: str = "",
    region: Region | None = None,
) -> Annotation:
    """Note something on the text under review. `quote` must stand in it; `near` chooses between several places; empty is about the whole.
    `region` is a part of its picture; a note has words of the text or a part of the picture, not both.

    Any reviewer of the place may note, also one whose advice alone is asked; `role` names in which function when one holds several.
    """
    noted, quote = clean_text(words).strip()[:MOST_LETTERS], clean_text(quote).strip()
    if kind not in set(NoteKind) or not noted:
        raise Refusal(_("A note has a kind and says something."), status=400)
    _refuse_odd(review.version, quote, region)
    in_name = _role_of(by, review.draft, role, now)
    anchor = find(review.version.text, quote, near) if quote else Anchor(0, 0)
    if anchor is None:
        raise Refusal(
            _("These words do not stand in the text."), remedy=_("Copy them from the text, or leave the field empty."), status=400
        )
    with acting(by, "note.write", kind):
        draft = _held(review.draft)
        if draft.state != DraftState.IN_REVIEW or draft.reviews.filter(pk=review.pk, ended_at=None).first() is None:
            raise Stale(_("This review has ended; the text was edited or decided meanwhile."))
        note = Annotation.objects.create(
            draft=draft,
            version=review.version,
            kind=kind,
            role=in_name,
            start=anchor.start,
            end=anchor.end,
            quote=review.version.text[anchor.start : anchor.end],
            region=list(region) if region else None,
            words=noted,
            by=by,
            at=now,
        )
        tell.draft("note.write", draft, by, now, note=note)
    return note


def _refuse_odd(version: DraftVersion, quote: str, region: Region | None) -> None:
    if region is None:
        return
    if version.picture_id is None or not region.fits():
        raise Refusal(_("That part lies outside the picture."), remedy=_("Draw it on the picture, or leave its fields empty."), status=400)
    if quote:
        raise Refusal(_("A note is about words or about a part of the picture."), remedy=_("Write two notes."), status=400)


def _role_of(by: User, draft: Draft, wanted: str, now: datetime) -> str:
    """The role in whose name somebody notes: the one they chose, else the first they hold. Refused for those who hold none here."""
    roles = reviewer_roles(held_by(by, now), draft)
    if not roles or (wanted and wanted not in roles):
        raise Refusal(_("Notes are written by the reviewers of this market."), remedy=_("The centre of excellence gives functions."))
    return wanted or roles[0]


def reviewer_roles(held: Sequence[Held], draft: Draft) -> list[str]:
    """Roles in which somebody with these grants may seal drafts of this place."""
    return [role.value for role in ReviewRole if may(held, f"seal.{role}", place_of(draft))]


def _held(draft: Draft) -> Draft:
    return Draft.objects.select_for_update(no_key=True, of=("self",)).get(pk=draft.pk)


def answer(by: User, note: Annotation, words: str, now: datetime) -> Annotation:
    """The author's side answers a note; a reviewer settles it."""
    said = clean_text(words).strip()[:MOST_LETTERS]
    if not said:
        raise Refusal(_("The answer is empty."), status=400)
    ask_at(by, writing(note.draft.kind), place_of(note.draft), now)
    with acting(by, "note.answer", said):
        locked = _note(note)
        locked.state = _next(locked, "answer")
        locked.answer, locked.answered_by, locked.answered_at = said, by, now
        locked.save(update_fields=["state", "answer", "answered_by", "answered_at"])
        tell.draft("note.answer", locked.draft, by, now, note=locked)
    return locked


def settle(by: User, note: Annotation, now: datetime) -> Annotation:
    """Say that a note is settled: its writer does, or another reviewer of the same role. Never somebody who wrote the text."""
    with acting(by, "note.settle"):
        locked = _mine(by, note, now)
        locked.state, locked.settled_by, locked.settled_at = _next(locked, "resolve"), by, now
        locked.save(update_fields=["state", "settled_by", "settled_at"])
        tell.draft("note.resolve", locked.draft, by, now, note=locked)
    return locked


def reopen(by: User, note: Annotation, now: datetime) -> Annotation:
    """Say that a note is not settled after all."""
    with acting(by, "note.reopen"):
        locked = _mine(by, note, now)
        locked.state, locked.settled_by, locked.settled_at = _next(locked, "reopen"), None, None
        locked.save(update_fields=["state", "settled_by", "settled_at"])
        tell.draft("note.reopen", locked.draft, by, now, note=locked)
    return locked


def _mine(by: User, note: Annotation, now: datetime) -> Annotation:
    """The note, held, when this person may settle it."""
    if note.role not in reviewer_roles(held_by(by, now), note.draft):
        raise Refusal(_("A note is settled by who wrote it or a reviewer of the same function."))
    if by.pk in writers_of(note.draft):
        raise Refusal(_("You wrote this; four eyes means somebody else settles its notes."))
    return _note(note)


def _note(note: Annotation) -> Annotation:
    _held(note.draft)  # the order in which everybody holds: draft before what hangs on it
    return Annotation.objects.select_for_update(no_key=True, of=("self",)).get(pk=note.pk)


def _next(note: Annotation, step: str) -> str:
    try:
        return move(NOTE, note.state, step).value
    except RefusedMove:
        raise Stale(_("Somebody else has dealt with this note already.")) from None


def placed(draft: Draft, version: DraftVersion) -> list[Placed]:
    """Every note with its place in a version: unsettled before settled, of each those whose words are gone first, then in reading order."""
    found = [Placed(note, _place(note, version)) for note in annotations_on(draft) if note.version.number <= version.number]
    return sorted(found, key=_order)


def _place(note: Annotation, version: DraftVersion) -> Anchor | None:
    if note.region:
        return Anchor(0, 0) if note.version.picture_id == version.picture_id else None
    return carry(note.version.text, version.text, note.start, note.end)


def _order(placed: Placed) -> tuple[bool, bool, int, int]:
    done = placed.note.state == NoteState.RESOLVED
    return (done, not placed.orphan, placed.anchor.start if placed.anchor else 0, placed.note.pk)
