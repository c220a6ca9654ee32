"""Screening kernel: the log-odds of the model for a post; the reference is `model.Model.leaning`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from candour.screening import kernel_text as kt
from candour.screening.model import MASK, MOST_MODEL_WORDS, NUMBER, PAIR, SECOND, UNIGRAM

_ZERO, _NINE = 48, 57


@kt.inlined
def _value(chars: Any, begin: Any, end: Any, h: Any, masked: Any) -> Any:
    """The hash a word counts with."""
    if masked:
        return np.uint64(MASK)
    for k in range(begin, end):
        if chars[k] < _ZERO or chars[k] > _NINE:
            return h
    return np.uint64(NUMBER)


@kt.compiled
def leaning(chars: Any, at: Any, hashes: Any, words: Any, found: Any, base: Any, masked: Any, weights: Any, settings: Any) -> Any:
    """Log-odds of a post: those of its strongest sentence. `found` holds the sentence of each word from row `base`."""
    shift = np.uint64(64)
    size = weights.shape[0]
    while size > 1:
        size >>= 1
        shift -= np.uint64(1)
    best, total, count = -np.inf, np.int64(0), np.int64(0)
    sentence, before = np.int64(-1), np.uint64(0)
    for word in range(min(words, MOST_MODEL_WORDS)):
        value = _value(chars, at[word], at[word + 1], hashes[word], masked[word])
        new = found[base + word, 2] != sentence
        if new:
            if count:
                best = max(best, settings[1] + settings[0] * total / math.sqrt(count))
            sentence, total, count = np.int64(found[base + word, 2]), np.int64(0), np.int64(0)
        if new or value != MASK or before != MASK:
            total += weights[np.int64(kt.mix(value, UNIGRAM) >> shift)]
            count += 1
            if not new:
                total += weights[np.int64(kt.mix(kt.mix(before, PAIR) ^ value, SECOND) >> shift)]
                count += 1
        before = value
    if count:
        best = max(best, settings[1] + settings[0] * total / math.sqrt(count))
    return best if best > -np.inf else settings[1]
