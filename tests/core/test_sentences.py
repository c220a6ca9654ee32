"""Sentences: nothing of the text is lost, and abbreviations end none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.core.sentences import rejoined, sentences


@given(st.text(alphabet=st.sampled_from("aB1. !?。\n؟“)"), max_size=60))
def test_the_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(one.words + one.space for one in sentences(text)) == text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Fragen Sie Dr. Meier. Nicht unter 12 Jahren!", 2),
        ("Es gilt z. B. die Packung.", 1),
        ("Am 3. März beginnt es. Kommen Sie.", 2),
        ("Eins\nZwei\n\nDrei", 3),
        ("1.5 mg am Tag. Mehr nicht.", 2),
        ("东京。大阪。", 2),
        ("هل هذا صحيح؟ نعم.", 2),
        ("Er sagte „Nein.“ Dann ging er.", 2),
        ("", 0),
    ],
)
def test_where_a_sentence_ends(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_other_words_keep_the_white_space_between_them() -> None:
    parts = sentences("Eins. Zwei.\n\nDrei.")
    assert rejoined(parts, ["One.", "Two.", "Three."]) == "One. Two.\n\nThree."
