"""The words of a post as the kernel cut them, its hits, and how long the stretches of time are that it tells of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from candour.screening.engine import ScreeningRelease
from candour.screening.normalise import fold
from candour.screening.phrase_tables import hit_columns
from candour.screening.reading import TimeWord
from candour.screening.scripts import WORD, one_script
from candour.screening.timing import days_told
from candour.screening.words import Words, cut


class FoundWords(Words):
    """Words of a post as the kernel cut them; the words themselves are read again where somebody asks for one, which is rare."""

    __slots__ = ("_begins", "_known_prefix", "_read")

    def __init__(self, text: str, places: tuple[Any, ...], asked: set[int], ages: bool, known_prefix: Callable[[str], int]) -> None:
        self.text = text
        self.starts, self.ends, self.sentence, self.clause = places
        self.asked = asked
        self.ages = ages
        self._known_prefix = known_prefix
        self._read: Sequence[str] | None = None
        self._begins: dict[int, int] | None = None

    @property
    def sentence_starts(self) -> dict[int, int]:  # type: ignore[override]
        if self._begins is None:
            self._begins = _first_of_each(self.sentence)
        return self._begins

    def word(self, at: int) -> str:
        """One word, folded, without cutting the whole post again."""
        start, end = self.starts[at], self.ends[at]
        if self._read is None and not self.text.isascii():
            apart = (at == 0 or self.ends[at - 1] <= start) and (at + 1 == len(self.starts) or self.starts[at + 1] >= end)
            if apart and WORD.fullmatch(
                alone := fold(self.text[start:end]).text
            ):  # else a character makes two words, or a border and a word
                return one_script(alone)
        return self.words[at]

    @property
    def words(self) -> Sequence[str]:  # type: ignore[override]
        if self._read is None:
            self._read = _PlainWords(self) if self.text.isascii() else cut(self.text, self._known_prefix).words
        return self._read


class _PlainWords(Sequence[str]):
    """The words of a text that folds letter by letter."""

    def __init__(self, words: FoundWords) -> None:
        self._words = words

    def __len__(self) -> int:
        return len(self._words.starts)

    def __getitem__(self, at: Any) -> Any:
        return self._words.text[self._words.starts[at] : self._words.ends[at]].lower()


def _first_of_each(sentence: list[int]) -> dict[int, int]:
    """Where each sentence begins; they are numbered through from 0 and none is without words."""
    starts: dict[int, int] = {}
    at = 0
    while at < len(sentence):
        starts[sentence[at]] = at
        at = bisect_right(sentence, sentence[at], at)
    return starts


def found_in(out: Any, at: int, kernel: Any) -> tuple[tuple[list[int], ...], set[int], tuple[list[int], ...]]:
    """Start, end, sentence and clause of the words of a post, the sentences that ask, and the columns of its hits."""
    begin, end = int(out.word_at[at]), int(out.word_at[at + 1]) - 1
    places = tuple(out.words[begin:end].T.tolist())
    asked = set(np.flatnonzero(out.asked[begin : end + 1]).tolist())
    hits = hit_columns(out.hits[out.hit_at[at] : out.hit_at[at + 1]], kernel)
    return places, asked, tuple(column.tolist() for column in hits)


def stretches(release: ScreeningRelease, posts: Iterable[tuple[int, str, str]], out: Any, kernel: Any) -> NDArray[np.float64]:
    """Days that each hit of a batch tells of, NaN for none, in these posts: place, text and language of each."""
    days = np.full(int(out.hit_at[-1]), np.nan)
    for at, text, code in posts:
        pack = release.pack(code)
        if pack is None:
            continue
        begin, first_hit = int(out.word_at[at]), int(out.hit_at[at])
        places = tuple(out.words[begin : int(out.word_at[at + 1]) - 1].T)
        words = FoundWords(text, places, set(), False, release.known_prefix)
        own = release.matchers[pack.code].meanings
        firsts, _, meanings = hit_columns(out.hits[first_hit : out.hit_at[at + 1]], kernel)
        for number, meaning in enumerate(meanings.tolist()):
            what = own[meaning] if meaning >= 0 else None
            if type(what) is TimeWord and (told := days_told(words, int(firsts[number]), what, pack.time)) is not None:
                days[first_hit + number] = told
    return days
