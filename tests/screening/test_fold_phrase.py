"""A phrase is folded as a text is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from candour.screening.signals_text import fold, fold_phrase


@given(st.one_of(st.text(st.characters(max_codepoint=127)), st.text()))
def test_a_phrase_is_folded_as_a_text_is(phrase: str) -> None:
    assert fold_phrase(phrase) == fold(phrase).text.strip()
