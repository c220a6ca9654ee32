"""Posts that say the same: what counts as alike, and that the quick look before the comparison never loses one."""

from __future__ import annotations

import hashlib
import re

from hypothesis import given
from hypothesis import strategies as st

from candour.core.likeness import SKETCH, alike, least_common, likeness, probe, sketch

SAID = "Zovellark gegen Kopfschmerzen genommen und danach Ausschlag an beiden Armen, mir war den ganzen Tag schwindelig und schlecht"
#: Few different values, so that sketches often share some.
SKETCHES = st.sets(st.integers(0, 40), max_size=SKETCH).map(sorted)


def test_a_repost_with_a_short_remark_is_alike_and_another_story_is_not() -> None:
    assert alike(sketch(SAID), sketch(f"RT @jemand {SAID} https://kurz.example/x"))
    assert alike(sketch(SAID), sketch(f"{SAID}, teilt das"))
    assert not alike(sketch(SAID), sketch("Heute war der Bus pünktlich, und danach gab es beim Bäcker um die Ecke noch frische Brezeln"))


def test_short_texts_are_never_alike() -> None:
    assert sketch("Danke für das Tagebuch") == []
    assert likeness([], []) == 0.0


_TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from([*SAID.split(), "RT", "@jemand", "#tag.de", "https://kurz.example/x", "http://", "ſtraße"]), max_size=60).map(
        " ".join
    ),
)


@given(_TEXTS)
def test_a_sketch_is_the_sixteen_least_values_of_all_runs_of_three_words(text: str) -> None:
    plain = re.sub(r"https?://\S+|[@#]\w+(?:[.\-]\w+)*|\bRT\b", " ", text)
    words = re.findall(r"[^\W\d_]+", plain.casefold())
    runs = {" ".join(words[place : place + 3]) for place in range(len(words) - 2)}
    values = sorted(int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest()) >> 1 for run in runs)
    assert sketch(text) == (values[:SKETCH] if len(words) >= 8 else [])


@given(SKETCHES, SKETCHES)
def test_whatever_is_alike_shares_enough_values_and_one_of_the_probe(mine: list[int], other: list[int]) -> None:
    if alike(mine, other):
        assert len(set(mine) & set(other)) >= least_common(mine)
        assert set(probe(mine)) & set(other)


@given(SKETCHES.filter(bool), st.sets(st.integers(100, 140), max_size=4))
def test_the_bound_holds_for_near_copies(mine: list[int], added: set[int]) -> None:
    other = sorted({*mine[: len(mine) - len(added)], *added})[:SKETCH]
    if alike(mine, other):
        assert len(set(mine) & set(other)) >= least_common(mine)
        assert set(probe(mine)) & set(other)
