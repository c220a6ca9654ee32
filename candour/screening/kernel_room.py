"""Screening kernel: the buffers one post is worked on in."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.screening import kernel_language as kl
from candour.screening import kernel_phrases as kp
from candour.screening import kernel_text as kt
from candour.screening.language_model import MOST_LANGUAGES

#: Duties a model can hear at most.
MOST_DUTIES = 16


class Room(NamedTuple):
    """Where one post is worked on; every post overwrites the last. Made outside: nothing compiled here may own an array."""

    folded: NDArray[np.uint32]
    places: NDArray[np.int32]
    cases: NDArray[np.uint8]
    pieces: NDArray[np.int32]
    known: NDArray[np.int32]
    counts: NDArray[np.int64]
    words: tuple[NDArray[Any], ...]
    answers_at: NDArray[np.int32]
    follow: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    masked: NDArray[np.uint8]
    stack: NDArray[np.int32]
    scores: NDArray[np.float64]
    per_pack: NDArray[np.int64]
    read_pieces: NDArray[np.uint64]
    sums: NDArray[np.int32]
    state: NDArray[np.int64]
    alone: NDArray[np.int32]
    beside: NDArray[np.int32]
    strongest: NDArray[np.int64]
    totals: NDArray[np.int64]
    of_word: NDArray[np.int64]
    owed: NDArray[np.float64]


def room_for(longest: int, languages: int) -> Room:
    """Room for posts of so many bytes. `words`: letters of the words, where each begins, symbols of one of them, their numbers; `alone`,
    `beside`, `strongest`: what words and pairs weigh, and the sentence that leans most; `totals`, `of_word`, `owed`: by duty what the words
    weigh together, one word alone, and the log-odds."""
    size = longest * 6 + 64  # a byte of UTF-8 folds to at most six characters
    words = np.empty(2 * size, np.uint32), np.empty(size + 1, np.int64), np.empty(kp.MOST_SYMBOLS + 1, np.int64), np.empty(size, np.int32)
    return Room(
        np.empty(size, np.uint32),
        np.empty((size, 2), np.int32),
        np.empty(size, np.uint8),
        np.empty((size, 4), np.int32),
        np.empty(size, np.int32),
        np.zeros(kt.COUNTS, np.int64),
        words,
        np.empty(size, np.int32),
        np.empty(size, np.int64),
        np.empty(size, np.uint64),
        np.zeros(size, np.uint8),
        np.empty((kp.DEPTH, 2), np.int32),
        np.zeros(languages, np.float64),
        np.zeros(64, np.int64),
        np.empty(kl.PIECES, np.uint64),
        np.zeros(MOST_LANGUAGES, np.int32),
        np.zeros(3, np.int64),
        np.zeros(size, np.int32),
        np.zeros(size, np.int32),
        np.zeros(2, np.int64),
        np.zeros(MOST_DUTIES, np.int64),
        np.zeros(MOST_DUTIES, np.int64),
        np.zeros(MOST_DUTIES, np.float64),
    )
