"""A wording is found word for word and nowhere else; a sentence near one is proposed with what differs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core.claims import Wording, find, near, stands

RELIEF = Wording(1, "Zovellark lindert Kopfschmerzen", "Für Erwachsene ab 12 Jahren.")
LONGER = Wording(2, "Zovellark lindert Kopfschmerzen in 30 Minuten")


@pytest.mark.parametrize(
    "text",
    [
        "Zovellark lindert Kopfschmerzen.",
        "Gut: zovellark\n lindert  kopfschmerzen, sagen wir.",
        "„Zovellark lindert Kopfschmerzen“",
    ],
)
def test_case_and_white_space_aside_the_same_words_are_found(text: str) -> None:
    (one,) = find(text, [RELIEF])
    assert text[one.start : one.end].casefold().split() == RELIEF.text.casefold().split()


@pytest.mark.parametrize(
    "text",
    [
        "Zovellark lindert keine Kopfschmerzen.",
        "NeoZovellark lindert Kopfschmerzen.",
        "Zovellark lindert Kopfschmerzenattacken.",
        "Zovellark lindert",
        "",
    ],
)
def test_other_words_are_not_the_claim(text: str) -> None:
    assert find(text, [RELIEF]) == []


def test_of_two_wordings_at_one_place_the_longer_one_stands() -> None:
    (one,) = find("Zovellark lindert Kopfschmerzen in 30 Minuten.", [RELIEF, LONGER])
    assert one.wording == LONGER


def test_a_missing_footnote_is_told() -> None:
    text = "Zovellark lindert Kopfschmerzen."
    assert [one.footnote_there for one in find(text, [RELIEF])] == [False]
    assert [one.footnote_there for one in find(f"{text} Für Erwachsene  ab 12 Jahren.", [RELIEF])] == [True]
    assert stands(text, "")


def test_a_changed_number_is_proposed_with_what_differs() -> None:
    (one,) = near("Neu! Zovellark lindert Kopfschmerzen in 15 Minuten. Guten Tag.", [RELIEF, LONGER], [])
    assert one.wording == LONGER
    assert [piece.text for piece in one.pieces if piece.kind != "same"] == ["30", "15"]


def test_what_is_found_word_for_word_is_not_proposed_too() -> None:
    text = "Zovellark lindert Kopfschmerzen. Heute ist das Wetter schön."
    assert near(text, [RELIEF], find(text, [RELIEF])) == []


@given(before=st.text(max_size=30), after=st.text(max_size=30))
def test_a_wording_between_signs_is_always_found_where_it_stands(before: str, after: str) -> None:
    before, after = unicodedata.normalize("NFC", before), unicodedata.normalize("NFC", after)
    text = unicodedata.normalize("NFC", f"{before} {RELIEF.text} {after}")
    found = find(text, [RELIEF])
    assert any(text[one.start : one.end].casefold() == RELIEF.text.casefold() for one in found)
