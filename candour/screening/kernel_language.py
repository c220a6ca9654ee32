"""Screening kernel: the language a post sounds like; the reference is `language_model.LanguageModel.sound`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from candour.screening import kernel_text as kt
from candour.screening.language_model import BORDER, LONGEST_PIECE, MOST_LETTERS, RANGES

_RANGES = np.array(RANGES, np.int64)
_BORDER = np.uint64(BORDER)
#: No language could be read.
NOBODY = -1


@njit(nogil=True, cache=True, forceinline=True)
def _read(letter: Any, script: Any) -> Any:
    """Whether a word that begins with this letter belongs to the alphabet."""
    for at in range(_RANGES.shape[1]):
        if _RANGES[script, at, 0] <= letter < _RANGES[script, at, 1]:
            return True
    return False


@njit(nogil=True, cache=True)
def pieces(chars: Any, at: Any, words: Any, script: Any, out: Any) -> Any:
    """Write the hashes of a post's pieces to `out`, which has room for LONGEST_PIECE times its letters and borders; returns how many."""
    n, left = 0, MOST_LETTERS
    for word in range(words):
        if left <= 0:
            break
        begin, size = at[word], at[word + 1] - at[word]
        if size > 0 and _read(chars[begin], script):
            size = min(size, left)
            for start in range(-1, size + 1):
                h = kt.SEED
                for end in range(start, min(start + LONGEST_PIECE, size + 1)):
                    inside = 0 <= end < size
                    h = kt.mix(h, chars[begin + end] if inside else _BORDER)
                    if end > start or inside:
                        out[n] = h
                        n += 1
            left -= at[word + 1] - begin
    return n


@njit(nogil=True, cache=True)
def add_up(found: Any, count: Any, weights: Any, first: Any, bits: Any, languages: Any, sums: Any) -> None:
    """Sum the weights of all pieces per language; `weights` flat, those of the alphabet from `first` on."""
    shift = np.uint64(64 - bits)
    sums[:languages] = 0
    for k in range(count):
        row = first + np.int64(found[k] >> shift) * languages
        for one in range(languages):
            sums[one] += weights[row + one]


@njit(nogil=True, cache=True)
def sound(chars: Any, at: Any, words: Any, script: Any, weights: Any, alphabets: Any) -> Any:
    """Number of the nearest language in its alphabet, NOBODY for none, and its lead. `alphabets`: first weight, bits, languages of each."""
    found, sums = np.empty(LONGEST_PIECE * (3 * MOST_LETTERS + 2), np.uint64), np.zeros(128, np.int32)
    first, bits, languages = alphabets[script, 0], alphabets[script, 1], alphabets[script, 2]
    count = pieces(chars, at, words, script, found) if languages else 0
    if count == 0:
        return NOBODY, 0.0
    add_up(found, count, weights, first, bits, languages, sums)
    best = 0
    for one in range(1, languages):
        if sums[one] > sums[best]:
            best = one
    second = np.int64(-(1 << 40))
    for one in range(languages):
        if one != best:
            second = max(second, np.int64(sums[one]))
    return best, (np.int64(sums[best]) - second) / math.sqrt(count)
