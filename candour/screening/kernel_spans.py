"""Screening kernel: spans of findings, put in order and each once, as `duties` does; and their words, as bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from candour.screening import kernel_text as kt
from candour.screening.found_rows import END, POST, SPAN_COLUMNS, SPAN_WHY, START
from candour.screening.kernel_start import ready

#: Spans that are sorted by insertion.
_FEW = 24


@kt.inlined
def _follows(rows: Any, one: Any, other: Any, rank: Any) -> Any:
    """Whether a span stands behind another: by where it begins, the longer first, then by its reason."""
    if rows[one, START] != rows[other, START]:
        return rows[one, START] > rows[other, START]
    if rows[one, END] != rows[other, END]:
        return rows[one, END] < rows[other, END]
    return rank[rows[one, SPAN_WHY]] > rank[rows[other, SPAN_WHY]]


@kt.inlined
def _swap(rows: Any, one: Any, other: Any) -> None:
    for column in range(SPAN_COLUMNS):
        rows[one, column], rows[other, column] = rows[other, column], rows[one, column]


@kt.inlined
def _sift(rows: Any, begin: Any, root: Any, size: Any, rank: Any) -> None:
    while 2 * root + 1 < size:
        child = 2 * root + 1
        if child + 1 < size and _follows(rows, begin + child + 1, begin + child, rank):
            child += 1
        if not _follows(rows, begin + child, begin + root, rank):
            return
        _swap(rows, begin + root, begin + child)
        root = child


@kt.compiled
def _sort(rows: Any, begin: Any, end: Any, rank: Any) -> None:
    """Few spans by insertion; many by a heap, whose time no post can stretch."""
    if end - begin <= _FEW:
        for at in range(begin + 1, end):
            place = at
            while place > begin and _follows(rows, place - 1, place, rank):
                _swap(rows, place - 1, place)
                place -= 1
        return
    size = end - begin
    for root in range(size // 2 - 1, -1, -1):
        _sift(rows, begin, root, size, rank)
    for last in range(size - 1, 0, -1):
        _swap(rows, begin, begin + last)
        _sift(rows, begin, np.int64(0), last, rank)


@kt.compiled
def unique(rows: Any, begin: Any, end: Any, rank: Any) -> Any:
    """In order; of several spans inside one another with the same reason the longest stays. Returns the end of those kept."""
    if end - begin < 2:
        return end
    _sort(rows, begin, end, rank)
    kept = begin
    for at in range(begin + 1, end):
        if rows[at, START] >= rows[kept, END] or rows[at, SPAN_WHY] != rows[kept, SPAN_WHY]:
            kept += 1
            for column in range(SPAN_COLUMNS):
                rows[kept, column] = rows[at, column]
    return kept + 1


@kt.inlined
def put_span(rows: Any, at: Any, post: Any, start: Any, end: Any, why: Any) -> None:
    rows[at, POST], rows[at, START], rows[at, END], rows[at, SPAN_WHY] = post, start, end, why


def words_of(data: NDArray[np.uint8], offsets: NDArray[np.int64], spans: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where the words of each span begin among the bytes of all words, and those bytes. Quick where spans of a post stand together."""
    places = np.zeros((len(spans), 2), np.int64)
    letters = np.empty(int(np.diff(offsets).max(initial=0)) + 1, np.int64)
    arguments = (data, offsets, spans, letters, places)
    ready(_places_of, arguments)
    _places_of(*arguments)
    ends = np.zeros(len(spans) + 1, np.int64)
    np.cumsum(places[:, 1] - places[:, 0], out=ends[1:])
    words = np.empty(int(ends[-1]), np.uint8)
    copied = (data, places, ends, words)
    ready(_copy, copied)
    _copy(*copied)
    return ends, words


@kt.compiled
def _places_of(data: Any, offsets: Any, spans: Any, letters: Any, places: Any) -> None:
    post, begin, wide = np.int64(-1), np.int64(0), False
    for row in range(spans.shape[0]):
        if spans[row, POST] != post:
            post = spans[row, POST]
            begin, end, wide, n = offsets[post], offsets[post + 1], False, 0
            for at in range(begin, end):
                wide |= data[at] >= 0x80
            if wide:
                for at in range(begin, end):
                    if data[at] & 0xC0 != 0x80:
                        letters[n] = at
                        n += 1
                letters[n] = end
        places[row, 0] = letters[spans[row, START]] if wide else begin + spans[row, START]
        places[row, 1] = letters[spans[row, END]] if wide else begin + spans[row, END]


@kt.compiled
def _copy(data: Any, places: Any, ends: Any, words: Any) -> None:
    for row in range(places.shape[0]):
        for at in range(places[row, 1] - places[row, 0]):
            words[ends[row] + at] = data[places[row, 0] + at]
