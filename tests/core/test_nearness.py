"""How near two texts are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from candour.core.nearness import nearness

said = st.lists(st.sampled_from(["das", "Tagebuch", "zeigt", "nichts"]), min_size=1, max_size=12).map(" ".join)


@given(said, said)
def test_it_lies_between_nothing_and_all_and_has_no_direction(one: str, other: str) -> None:
    assert 0 <= nearness(one, other) == nearness(other, one) <= 1
    assert nearness(one, one) == 1


def test_fewer_words_in_common_are_less_near() -> None:
    text = "Das Tagebuch nennt kein Medikament."
    assert nearness(text, text.replace("kein", "ein")) > nearness(text, "Das Tagebuch ist neu.") > nearness(text, "Guten Morgen") == 0


def test_nothing_is_near_nothing() -> None:
    assert nearness("", "") == 0
