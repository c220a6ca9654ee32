"""Posts made to hold up the screening: through the kernel, time grows with the length only."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pyarrow as pa
import pytest

from candour.screening.batch import screen_posts
from candour.screening.engine import ScreeningRelease

#: Repeated to the length of the post, behind a start that gives each a reason to look back.
UNITS = (
    "I got a rash from Zovellark? ",
    "Zovellark ",
    "#Zovellark",
    "rash ",
    "no rash ",
    "not ",
    "because my ",
    "vomit and rash, ",
    "my mother took it, ",
    "I had a rash, could it be that? ",
    "she had a rash, can she take a pill? ",
    "a@b.co ",
    "@a ",
    "0176 1234567 ",
    "Dr. Anna Schmidt ",
    "34 yo, 2 weeks later ",
    "e\u0301",
    "\u0301",
    "\u200b",
    "a",
    "ﬃ",
    "(",
    "?",
    "\n",
    "😵 ",
    "頭痛がひどい。",
    "صداع ",
    "痛い\nむくみ\n",
)


@pytest.fixture
def uncollected() -> Iterator[None]:
    """A collection of garbage counts as time, and it may come in any run."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.slow
@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("start", ["", "I took Zovellark and no longer had "], ids=["alone", "behind a start"])
@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_the_length_and_not_faster(unit: str, start: str, compiled: ScreeningRelease) -> None:
    def seconds(letters: int) -> float:
        post = pa.array([start + (unit * letters)[:letters]], pa.large_string())
        begin = time.process_time()
        screen_posts(compiled, post, [""])
        return time.process_time() - begin

    seconds(500)
    short = min(seconds(5_000) for _ in range(3))
    assert min(seconds(40_000) for _ in range(2)) < 3 * 8 * short + 0.03


def test_a_crowd_of_odd_posts_has_the_answers_of_each_alone(compiled: ScreeningRelease) -> None:
    posts = [(unit * 400)[:size] for unit in UNITS for size in (1, 2, 400)]
    langs = [("", "en", "xx", "de-\ud800")[number % 4] for number in range(len(posts))]
    together = screen_posts(compiled, pa.array(posts, pa.large_string()), langs)
    alone = [screen_posts(compiled, pa.array([post], pa.large_string()), [lang])[0] for post, lang in zip(posts, langs, strict=True)]
    assert together == alone
