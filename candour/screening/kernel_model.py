"""Screening kernel: the log-odds of the model for a post; the reference is `model.Model.leaning`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from candour.screening import kernel_text as kt
from candour.screening.model import (
    BEGINS,
    BORDER,
    ENDS,
    MASK,
    MOST_MODEL_WORDS,
    NUMBER,
    PAIR,
    PIECE,
    PIECE_LETTERS,
    REACTS,
    REACTS_AFTER,
    REACTS_BEFORE,
    SECOND,
    SHORTEST_PIECED,
    UNIGRAM,
)

_ZERO, _NINE = 48, 57
_BORDER = np.uint64(BORDER)
#: Less than the weights of a word ever come to.
_LEAST = np.int64(-1 << 40)


@kt.inlined
def of_model(judges: Any, number: Any) -> Any:
    """Weights and settings of one model."""
    return judges.weights[judges.bounds[number, 0] : judges.bounds[number, 1]], judges.settings[number]


@kt.inlined
def word_value(chars: Any, begin: Any, end: Any, h: Any, masked: Any) -> Any:
    """The hash a word counts with."""
    if masked:
        return np.uint64(MASK)
    for k in range(begin, end):
        if chars[k] < _ZERO or chars[k] > _NINE:
            return h
    return np.uint64(NUMBER)


@kt.inlined
def one(weights: Any, shift: Any, value: Any, kind: Any) -> Any:
    """Weight of a word as one kind of feature."""
    return np.int64(weights[np.int64(kt.mix(value, kind) >> shift)])


@kt.inlined
def two(weights: Any, shift: Any, first: Any, second: Any, kind: Any) -> Any:
    """Weight of two neighbours as one kind of feature."""
    return np.int64(weights[np.int64(kt.mix(kt.mix(first, kind) ^ second, SECOND) >> shift)])


@kt.inlined
def _pieces(chars: Any, begin: Any, end: Any, weights: Any, shift: Any) -> Any:
    """Weights of all pieces of a word together."""
    total = np.int64(0)
    if end - begin < SHORTEST_PIECED:
        return total
    for first in range(begin - 1, end + 2 - PIECE_LETTERS):
        h = kt.SEED
        for k in range(first, first + PIECE_LETTERS):
            h = kt.mix(h, BEGINS if k < begin else ENDS if k >= end else chars[k])
        total += one(weights, shift, h, PIECE)
    return total


@kt.inlined
def _ended(total: Any, count: Any, top: Any, reacts: Any, last: Any, weights: Any, shift: Any, settings: Any) -> Any:
    """Log-odds of a sentence that ends behind its word `last`."""
    total += two(weights, shift, last, _BORDER, PAIR)
    top = max(top, reacts + two(weights, shift, last, _BORDER, REACTS_BEFORE))
    return settings[1] + settings[0] * (total / math.sqrt(count + 1) + top)


@kt.inlined
def shift_of(weights: Any) -> Any:
    """By how much a hash is cut to the number of a weight."""
    shift, size = np.uint64(64), weights.shape[0]
    while size > 1:
        size >>= 1
        shift -= np.uint64(1)
    return shift


@kt.inlined
def _sound(chars: Any, begin: Any, end: Any, value: Any, before: Any, weights: Any, shift: Any) -> Any:
    """Weights of a word, of the pair it makes with the word before it, and of its pieces."""
    total = one(weights, shift, value, UNIGRAM) + two(weights, shift, before, value, PAIR)
    return total if value in (MASK, NUMBER) else total + _pieces(chars, begin, end, weights, shift)


@kt.compiled
def _of_all(
    chars: Any, at: Any, hashes: Any, words: Any, found: Any, base: Any, masked: Any, weights: Any, shift: Any, settings: Any
) -> Any:
    """Log-odds of a post heard as a whole. Every sentence counts one pair more than it has words."""
    total, count = np.int64(0), np.int64(0)
    sentence, before = np.int64(-1), _BORDER
    for word in range(min(words, MOST_MODEL_WORDS)):
        value = word_value(chars, at[word], at[word + 1], hashes[word], masked[word])
        if found[base + word, 2] != sentence:
            if count:
                total += two(weights, shift, before, _BORDER, PAIR)
            sentence, before, count = np.int64(found[base + word, 2]), _BORDER, count + 1
        if value != MASK or before != MASK:
            total += _sound(chars, at[word], at[word + 1], value, before, weights, shift)
            count += 2
        before = value
    if count:
        total += two(weights, shift, before, _BORDER, PAIR)
    return settings[1] + settings[0] * (total / math.sqrt(max(np.int64(1), count)))


@kt.compiled
def leaning(chars: Any, at: Any, hashes: Any, words: Any, found: Any, base: Any, masked: Any, weights: Any, settings: Any) -> Any:
    """Log-odds of a post: those of its strongest sentence, or of all of it where the settings say so. `found` holds the sentence of each
    word from row `base`."""
    shift = shift_of(weights)
    if settings[4]:
        return _of_all(chars, at, hashes, words, found, base, masked, weights, shift, settings)
    best, total, count = -np.inf, np.int64(0), np.int64(0)
    reacts, top = np.int64(0), _LEAST  # of the word before; of the best of those before it
    sentence, before = np.int64(-1), _BORDER
    for word in range(min(words, MOST_MODEL_WORDS)):
        value = word_value(chars, at[word], at[word + 1], hashes[word], masked[word])
        new = found[base + word, 2] != sentence
        if new:
            if count:
                best = max(best, _ended(total, count, top, reacts, before, weights, shift, settings))
            sentence, total, count, top, before = np.int64(found[base + word, 2]), np.int64(0), np.int64(0), _LEAST, _BORDER
        if value != MASK or before != MASK:
            if not new:
                top = max(top, reacts + two(weights, shift, before, value, REACTS_BEFORE))
            reacts = one(weights, shift, value, REACTS) + two(weights, shift, before, value, REACTS_AFTER)
            total += _sound(chars, at[word], at[word + 1], value, before, weights, shift)
            count += 2
        before = value
    if count:
        best = max(best, _ended(total, count, top, reacts, before, weights, shift, settings))
    return best if best > -np.inf else settings[1]
