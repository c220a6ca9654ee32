"""Where a note stands in the next version of a text: its quoted words are found again, or it is said that they are gone.

Pure and exact: an answer always holds the very words that were quoted. Offsets count Unicode code points.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from candour.core.worddiff import words


class Anchor(NamedTuple):
    """A run of a text, `start` inclusive, `end` exclusive."""

    start: int
    end: int


def carry(old: str, new: str, start: int, end: int) -> Anchor | None:
    """Where the words old[start:end] stand in `new`; None when they are gone.

    Words that the change did not touch move with it. Where the change rewrote their surroundings, the occurrence nearest to the place
    they moved to is taken. A note without words is about the whole text and is never lost.
    """
    quote = old[start:end]
    if not quote:
        return Anchor(0, 0)
    if quote not in new:  # most notes ask for other words, so this answers most without comparing anything
        return None
    guess = _moved(old, new, start)
    if new[guess : guess + len(quote)] == quote:
        return Anchor(guess, guess + len(quote))
    return find(new, quote, guess)


def find(text: str, quote: str, near: int = 0) -> Anchor | None:
    """The occurrence of `quote` in `text` nearest to an offset; None when there is none."""
    at, best = text.find(quote) if quote else -1, -1
    while at >= 0:
        if best < 0 or abs(at - near) < abs(best - near):
            best = at
        at = text.find(quote, at + 1)
    return Anchor(best, best + len(quote)) if best >= 0 else None


def _moved(old: str, new: str, offset: int) -> int:
    """The offset in `new` that answers to an offset in `old`: the same letter where it still stands, else where its gap begins.

    What both begin and end with is taken off first: comparing is quadratic, and most versions differ in one place.
    """
    head = _common(old, new)
    if offset < head:
        return offset
    most = min(len(old), len(new)) - head
    tail = min(_common(old[::-1], new[::-1]), most)
    if offset >= len(old) - tail:
        return offset + len(new) - len(old)
    return head + _within(old[head : len(old) - tail], new[head : len(new) - tail], offset - head)


def _common(one: str, other: str) -> int:
    """How many letters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (this, that) in enumerate(pairs) if this != that), min(len(one), len(other)))


def _within(old: str, new: str, offset: int) -> int:
    for starts, length, moved_to, kept in _runs(old, new):
        if starts <= offset < starts + length:
            return moved_to + (offset - starts if kept else 0)
    return len(new)


@lru_cache(maxsize=64)  # all notes of one version ask about the same two texts
def _runs(old: str, new: str) -> tuple[tuple[int, int, int, bool], ...]:
    """Runs of the old text: where each starts, how long it is, where it or its gap stands in the new one, and whether it is kept."""
    before, after = words(old), words(new)
    at, to = _starts(before), _starts(after)
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return tuple((at[a], at[b] - at[a], to[c], step == "equal") for step, a, b, c, _d in codes)


def _starts(parts: list[str]) -> list[int]:
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))
    return starts
