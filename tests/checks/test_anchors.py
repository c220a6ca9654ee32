"""A search is left out only where it could find nothing: every text a phrase matches holds one of its anchors."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.packs.loader import load_market
from candour.screening.anchors import MOST_PARTS, all_anchors_of, anchors_of, index_of
from candour.screening.signals import compiled
from candour.screening.signals_text import fold

LEXICON = load_market("us").lexicon
NAMED = [
    (name, phrase)
    for wording in LEXICON.wordings
    if not wording.spaceless
    for table, prefix in ((wording.signals, ""), (wording.diseases, "disease:"))
    for signal, phrases in table.items()
    for name in [prefix + signal]
    for phrase in phrases
]
FILLING = ["", "s", "ung", "ité", "x1"]
AROUND = st.sampled_from(["", "Well, ", "l'", "#", "(", "So: ", "今日は"])


def spoken(phrase: str, chosen: Callable[[Sequence[str]], str]) -> str:
    """A text the phrase stands for: one alternative of each bracket, letters for stars, words for room, figures for numbers."""
    while inner := re.search(r"\(([^()]*)\)", phrase):
        phrase = phrase[: inner.start()] + chosen(inner[1].split("|")) + phrase[inner.end() :]
    phrase = phrase.replace("<n>", chosen(["5", "12", "2.5"]))
    phrase = re.sub(r"\s*\.\.\s*", lambda _: chosen([" ", " very ", " one two three "]), phrase)
    return re.sub(r"\*", lambda _: chosen(FILLING), phrase)


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, str, str]:
    name, phrase = draw(st.sampled_from(NAMED))
    said = spoken(phrase, lambda among: draw(st.sampled_from(among)))
    return (
        name,
        phrase,
        draw(AROUND) + draw(st.sampled_from([said, said.upper(), said.title()])) + draw(st.sampled_from(["", "!", "'s here", " today"])),
    )


@settings(deadline=None)  # the first text compiles the phrases
@given(texts())
def test_what_is_found_is_possible(drawn: tuple[str, str, str]) -> None:
    name, _, text = drawn
    wordings, folded = compiled(LEXICON), fold(text)
    search = wordings.diseases[name.removeprefix("disease:")] if name.startswith("disease:") else wordings.signals[name]
    if next(search.places(folded.text), None):
        assert name in wordings.possible(folded), (drawn, search.anchors)


@pytest.mark.parametrize(
    ("phrase", "anchors"),
    [
        ("migraine*", {"migraine*"}),
        ("say goodbye to", {"goodbye"}),
        ("(doctor|pharmacist*) recommend*", {"recommend*"}),
        ("a (cure|remedy) for", {"cure", "remedy"}),
        ("licen(c|s)ing", {"licen*"}),
        ("$ <n>", {"0*"}),
        ("l'asthme", {"l'asthme"}),
        ("%", None),
    ],
)
def test_anchors_of_the_notations(phrase: str, anchors: set[str] | None) -> None:
    assert anchors_of(phrase) == (frozenset(anchors) if anchors else None)


def test_an_index_holds_words_their_beginnings_and_parts_at_apostrophes() -> None:
    assert {"l'asthme", "asthme", "asth*", "2026", "0*"} <= index_of("l'asthme 2026")


def test_no_phrase_has_a_word_of_more_parts_than_the_index_knows() -> None:
    assert all(word.count("'") < MOST_PARTS for _, phrase in NAMED for word in re.split(r"[\s()|]+", phrase))


def test_hardly_any_search_is_always_tried() -> None:
    always = [phrase for _, phrase in NAMED if anchors_of(phrase) is None]
    assert len(always) < len(NAMED) // 100, always


def test_a_phrase_that_tells_nothing_is_looked_for_by_itself() -> None:
    wordings = compiled(LEXICON)
    assert "disease_notifiable" in wordings.possible(fold("Brustkrebs"))
    assert not wordings.possible(fold("qqq"))


def test_every_part_of_a_phrase_must_stand_in_the_text() -> None:
    assert list(map(set, all_anchors_of("say goodbye (to|<n>) .. now"))) == [{"goodbye"}, {"say"}, {"now"}, {"0*", "to"}]


def test_every_phrase_holds_all_its_anchors_in_each_text_it_stands_for() -> None:
    rnd = random.Random(8)
    for _, phrase in NAMED:
        said = spoken(phrase, rnd.choice)
        index = index_of(fold(said).text)
        assert not [told for bare in (False, True) for told in all_anchors_of(phrase, bare=bare) if index.isdisjoint(told)], said
