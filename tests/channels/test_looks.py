"""How networks count and fold a text: nothing is lost at a fold, and each count is the network's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.channels.looks import HABITS, card_link, counted_by_hand, folded


@given(st.sampled_from([*HABITS, "newsroom", "other"]), st.text(max_size=900))
def test_both_sides_of_a_fold_are_the_text(network: str, text: str) -> None:
    seen, behind = folded(network, text)
    habit = HABITS.get(network)
    assert seen + behind == text
    assert seen or not text or text.startswith("\n"), "something is always seen"
    assert not behind or (habit is not None and len(seen) <= (habit.fold or len(text)))


def test_a_fold_spares_the_word() -> None:
    seen, behind = folded("instagram", "Wort " * 40)
    assert (seen.endswith("Wort"), behind.startswith(" Wort"), len(seen) <= 125) == (True, True, True)


def test_lines_fold_too() -> None:
    assert folded("linkedin", "a\nb\nc\nd\ne") == ("a\nb\nc", "\nd\ne")
    assert folded("newsroom", "a\n" * 50) == ("a\n" * 50, "")


@pytest.mark.parametrize(
    ("text", "count"),
    [("Grüße", 5), ("https://candour.example/a/very/long/way?x=1", 23), ("日本", 4), ("u\u0308ber", 4), ("– ja", 4), ("😀", 2)],
)
def test_x_counts_addresses_as_23_and_wide_letters_twice(text: str, count: int) -> None:
    assert counted_by_hand("x", text) == count


def test_the_card_is_that_of_the_first_address() -> None:
    assert card_link("Mehr: https://a.example/x. Und https://b.example") == "https://a.example/x"
    assert card_link("Nichts hier") == ""
