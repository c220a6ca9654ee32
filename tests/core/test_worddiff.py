"""The word diff is exact in both directions and reads like a person's own red pen."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core.worddiff import Piece, changed, counts, letter_diff, word_diff, words

ANY_TEXT = st.text(max_size=80)
NEAR_TEXT = st.lists(
    st.sampled_from(["ohne", "mit", "Arzt", " ", "  ", "\n", ",", ".", "ä", "a\u0308", "👩‍⚕️", "日本", "\u202e"]), max_size=14
).map("".join)


def _side(pieces: list[Piece], kind: str) -> str:
    return "".join(piece.text for piece in pieces if piece.kind in ("same", kind))


@given(ANY_TEXT)
def test_words_lose_nothing(text: str) -> None:
    assert "".join(words(text)) == text


@pytest.mark.parametrize("diff", [word_diff, letter_diff])
@given(old=ANY_TEXT | NEAR_TEXT, new=ANY_TEXT | NEAR_TEXT)
def test_both_sides_come_back_byte_for_byte(diff, old: str, new: str) -> None:
    pieces = diff(old, new)
    assert _side(pieces, "removed") == old
    assert _side(pieces, "added") == new
    assert changed(pieces) == (old != new)


@pytest.mark.parametrize("diff", [word_diff, letter_diff])
@given(old=NEAR_TEXT, new=NEAR_TEXT)
def test_no_piece_is_empty_and_removed_stands_before_added(diff, old: str, new: str) -> None:
    kinds = [piece.kind for piece in diff(old, new)]
    assert all(piece.text for piece in diff(old, new))
    assert all(pair not in (("added", "removed"), ("same", "same"), ("added", "added"), ("removed", "removed")) for pair in pairwise(kinds))


def test_a_mended_claim_reads_as_one_change() -> None:
    pieces = word_diff("Wirkt garantiert ohne Nebenwirkungen.", "Wirkt bei vielen Menschen.")
    assert pieces == [
        Piece("same", "Wirkt "),
        Piece("removed", "garantiert ohne Nebenwirkungen"),
        Piece("added", "bei vielen Menschen"),
        Piece("same", "."),
    ]
    assert counts(pieces) == (3, 3)


def test_equal_texts_say_so() -> None:
    assert word_diff("Same words", "Same words") == [Piece("same", "Same words")]
    assert word_diff("", "") == []
    assert not changed(word_diff("Same words", "Same words"))


def test_a_changed_link_is_one_word() -> None:
    pieces = word_diff("See https://example.org/a?x=1 now", "See https://example.org/b?x=1 now")
    assert Piece("removed", "https://example.org/a?x=1") in pieces


def test_white_space_alone_is_a_change_too() -> None:
    pieces = word_diff("a b", "a\u00a0b")
    assert changed(pieces)
    assert counts(pieces) == (0, 0)


def test_letters_find_the_one_that_differs() -> None:
    assert letter_diff("10 mg täglich", "19 mg täglich") == [
        Piece("same", "1"),
        Piece("removed", "0"),
        Piece("added", "9"),
        Piece("same", " mg täglich"),
    ]


def test_a_long_text_that_differs_in_one_letter_is_compared_at_once() -> None:
    long = "Die häufigste Nebenwirkung war Müdigkeit. " * 2_000
    pieces = letter_diff(long + "x" + long, long + "y" + long)
    assert [piece.kind for piece in pieces] == ["same", "removed", "added", "same"]
