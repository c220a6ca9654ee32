"""Pauses grow, stay within their bounds, differ between things that failed together, and honour what the other side asked for."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from candour.core.backoff import LONGEST_ASKED, SPREAD, pause

FIRST, MOST = timedelta(seconds=30), timedelta(hours=1)


@given(tries=st.integers(0, 400), seed=st.text(max_size=40), asked=st.none() | st.timedeltas(timedelta(), timedelta(days=400)))
def test_a_pause_stays_within_its_bounds_and_is_the_same_at_every_look(tries: int, seed: str, asked: timedelta | None) -> None:
    wait = pause(tries, seed, first=FIRST, most=MOST, asked=asked)
    assert FIRST <= wait <= max(MOST, min(asked or MOST, LONGEST_ASKED))
    assert wait >= min(asked or FIRST, LONGEST_ASKED)
    assert wait == pause(tries, seed, first=FIRST, most=MOST, asked=asked)


def test_pauses_double_up_to_the_longest() -> None:
    waits = [pause(tries, "x", first=FIRST, most=MOST) for tries in range(1, 13)]
    for number, wait in enumerate(waits):
        whole = min(FIRST * 2**number, MOST)
        assert max(FIRST, whole * (1 - SPREAD)) <= wait <= whole


def test_a_hundred_that_failed_together_do_not_come_back_together() -> None:
    waits = {pause(5, str(seed), first=FIRST, most=MOST) for seed in range(100)}
    assert len(waits) > 95
