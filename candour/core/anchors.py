"""Where a note stands in the next version of a text: its quoted words are found again, or it is said that they are gone.

Pure and exact: an answer always holds the very words that were quoted. Offsets count Unicode code points.
"""

from __future__ import annotations

from difflib import SequenceMatcher
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
    """The offset in `new` that answers to an offset in `old`: the same letter where it still stands, else where its gap begins."""
    before, after = words(old), words(new)
    starts_before, starts_after = _starts(before), _starts(after)
    for _step, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if starts_before[a] <= offset < starts_before[b]:
            kept = before[a:b] == after[c:d]
            return starts_after[c] + (offset - starts_before[a] if kept else 0)
    return len(new)


def _starts(parts: list[str]) -> list[int]:
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))
    return starts
