"""A note finds its words again in the next version, or says that they are gone; it never marks other words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from candour.core.anchors import Anchor, carry, find

TEXTS = st.text(alphabet="ab c.éß😀\n", max_size=40)


@st.composite
def noted(draw: st.DrawFn) -> tuple[str, int, int]:
    """A text with a run of it."""
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text)))
    return text, start, draw(st.integers(start, len(text)))


@given(noted())
def test_in_the_same_text_nothing_moves(note: tuple[str, int, int]) -> None:
    text, start, end = note
    assert carry(text, text, start, end) == (Anchor(start, end) if end > start else Anchor(0, 0))


@given(noted(), TEXTS)
def test_an_answer_holds_the_quoted_words_and_nothing_is_lost_that_is_there(note: tuple[str, int, int], new: str) -> None:
    text, start, end = note
    quote, found = text[start:end], carry(text, new, start, end)
    if found is None:
        assert quote not in new
    else:
        assert new[found.start : found.end] == quote


@given(noted(), st.text(alphabet="xyz ", max_size=12))
def test_words_put_before_move_the_note_by_their_length(note: tuple[str, int, int], before: str) -> None:
    text, start, end = note
    if end > start:
        new = f"{before}\n\n{text}"
        found = carry(text, new, start, end)
        assert found is not None
        assert new[found.start : found.end] == text[start:end]


def test_of_two_equal_phrases_the_one_that_moved_with_the_note_is_taken() -> None:
    old = "Ask your doctor. Do not drive. Ask your doctor."
    start = old.rindex("Ask")
    new = f"New first sentence. {old}"
    assert carry(old, new, start, len(old) - 1) == Anchor(new.rindex("Ask"), len(new) - 1)


def test_rewritten_words_are_gone() -> None:
    assert carry("works in 2 hours", "works in 20 hours", 9, 16) is None


def test_a_note_on_the_whole_text_is_never_lost() -> None:
    assert carry("one", "", 0, 0) == Anchor(0, 0)


def test_the_nearest_occurrence() -> None:
    assert find("a b a b a", "a", 5) == Anchor(4, 5)
    assert find("a b", "c") is None
    assert find("a b", "") is None
