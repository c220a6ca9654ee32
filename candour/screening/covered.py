"""Which parts of a text are covered by places already found, answered in one look however many there are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable


class Covered:
    """The union of places `(start, end)`; asking costs the logarithm of their number, so that long texts stay linear."""

    def __init__(self, places: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(places):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def touches(self, start: int, end: int) -> bool:
        """True if a place shares at least one character with `start` to `end`."""
        before = bisect_left(self._starts, end) - 1
        return before >= 0 and self._ends[before] > start
