"""Notes: who writes, answers and settles them, where they stand in the next version; one's own must fix keeps one from approving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from candour.core.rights import Function
from candour.core.states import NoteState
from candour.flows import annotate, review, submit
from candour.flows.answers import Stale
from candour.messages.models import Annotation, Draft, Review
from tests import factories

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
NOTES = (*g.DRAFTS, "approval_annotation")


@pytest.fixture
def running(ground: Ground) -> Review:
    return g.submitted(ground)


def _note(on: Ground, running: Review, kind: str = "must_fix", quote: str = "Regelschmerzen", **more: object) -> Annotation:
    return annotate.annotate(on.medical, running, kind, "Bitte belegen.", NOW, quote=quote, **more)


def _sign(on: Ground, running: Review, role: str) -> object:
    return review.sign(on.reviewer(role), running.seals.get(role=role), g.PASSWORD, running.version.digest, NOW)


def _next(on: Ground, running: Review, text: str) -> Review:
    draft = Draft.objects.get(pk=running.draft_id)
    submit.save(on.author, draft, text, draft.version, NOW)
    draft.refresh_from_db()
    return submit.submit(on.author, factories.settle(on.author, draft, NOW), draft.version, NOW)


def test_a_note_stands_on_its_words(ground: Ground, running: Review) -> None:
    note = _note(ground, running)
    assert (note.quote, running.version.text[note.start : note.end], note.role) == ("Regelschmerzen", "Regelschmerzen", "medical")
    (placed,) = annotate.placed(running.draft, running.version)
    assert (placed.note, placed.orphan) == (note, False)


def test_words_that_do_not_stand_in_the_text_are_no_place(ground: Ground, running: Review) -> None:
    g.refused(lambda: _note(ground, running, quote="Zahnschmerzen"), *NOTES)
    g.refused(lambda: annotate.annotate(ground.medical, running, "shout", "Nein", NOW), *NOTES)
    g.refused(lambda: annotate.annotate(ground.medical, running, "nit", "  ", NOW), *NOTES)
    g.refused(lambda: annotate.annotate(ground.medical, running, "nit", "x", NOW, role="legal"), *NOTES)


@pytest.mark.parametrize("who", ["author", "community", "lead"])
def test_only_reviewers_write_notes(ground: Ground, running: Review, who: str) -> None:
    g.refused(lambda: annotate.annotate(getattr(ground, who), running, "nit", "Hm", NOW), *NOTES)


def test_nobody_approves_over_their_own_must_fix(ground: Ground, running: Review) -> None:
    note = _note(ground, running)
    assert "must be fixed" in g.refused(lambda: _sign(ground, running, "medical"), *NOTES).why
    assert _sign(ground, running, "legal"), "another role's note is another role's"
    annotate.settle(ground.medical, note, NOW)
    assert _sign(ground, running, "medical")


def test_a_colleague_of_the_same_function_is_held_by_it_too(ground: Ground, running: Review) -> None:
    _note(ground, running)
    colleague = g.somebody("Dr Ada Zweit", Function.MEDICAL_REVIEWER)
    seal = running.seals.get(role="medical")
    g.refused(lambda: review.sign(colleague, seal, g.PASSWORD, running.version.digest, NOW), *NOTES)


@pytest.mark.parametrize("kind", ["question", "nit"])
def test_questions_and_nits_keep_nobody_from_approving(ground: Ground, running: Review, kind: str) -> None:
    _note(ground, running, kind)
    assert _sign(ground, running, "medical")


def test_the_author_answers_and_a_reviewer_of_that_function_settles(ground: Ground, running: Review) -> None:
    note = _note(ground, running)
    g.refused(lambda: annotate.answer(ground.legal, note, "Ich nicht", NOW), *NOTES)
    g.refused(lambda: annotate.answer(ground.author, note, " ", NOW), *NOTES)
    answered = annotate.answer(ground.author, note, "Fachinformation 4.1", NOW)
    assert (answered.state, answered.answer, answered.answered_by) == (NoteState.ANSWERED, "Fachinformation 4.1", ground.author)
    g.refused(lambda: annotate.settle(ground.legal, note, NOW), *NOTES)
    g.refused(lambda: annotate.settle(ground.author, note, NOW), *NOTES)
    annotate.settle(ground.medical, note, NOW)
    g.refused(lambda: annotate.settle(ground.medical, note, NOW), *NOTES, kind=Stale)
    g.refused(lambda: annotate.answer(ground.author, note, "noch etwas", NOW), *NOTES, kind=Stale)
    assert annotate.reopen(ground.medical, note, NOW).state == NoteState.OPEN


def test_notes_are_carried_to_the_next_version_and_orphans_stand_on_top(ground: Ground, running: Review) -> None:
    gone = _note(ground, running, quote="ab 12 Jahren")
    stays = _note(ground, running, quote="Regelschmerzen")
    whole = _note(ground, running, kind="nit", quote="")
    review.ask_changes(ground.legal, running.seals.get(role="legal"), "Alter weg.", NOW)
    text = f"Neu: {g.MENDED}".replace(" ab 12 Jahren", "")
    second = _next(ground, running, text)
    placed = annotate.placed(second.draft, second.version)
    assert [one.note for one in placed] == [gone, whole, stays]
    assert [one.orphan for one in placed] == [True, False, False]
    anchor = placed[2].anchor
    assert anchor is not None and second.version.text[anchor.start : anchor.end] == "Regelschmerzen"
    assert "must be fixed" in g.refused(lambda: _sign(ground, second, "medical"), *NOTES).why, "an open note lives on"


def test_after_the_end_of_the_round_nothing_is_noted(ground: Ground, running: Review) -> None:
    review.ask_changes(ground.legal, running.seals.get(role="legal"), "Kürzer.", NOW)
    g.refused(lambda: _note(ground, running), *NOTES, kind=Stale)


def test_who_wrote_the_text_settles_no_note_on_it(ground: Ground) -> None:
    both = g.somebody("Carla Weiss", Function.AUTHOR, Function.MEDICAL_REVIEWER)
    draft = submit.create_draft(both, title="Zovellark", account=ground.account, product=ground.product, lang="de", text=g.MENDED, now=NOW)
    running = submit.submit(both, draft, draft.version, NOW)
    note = _note(ground, running)
    assert "four eyes" in g.refused(lambda: annotate.settle(both, note, NOW), *NOTES).why
