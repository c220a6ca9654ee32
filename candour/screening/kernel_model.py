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
#: A word whose weights nobody asked for yet, or that does not count; and less than the weights of a word ever come to.
UNHEARD = np.int32(-1 << 31)
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
def _of_word(room: Any, word: Any, value: Any, voice: Any, weights: Any, shift: Any) -> Any:
    """Weights of a word by itself, of all its pieces, and as a part of a reaction. A word with a number is weighed once: posts repeat
    their words, and its pieces take most of the time."""
    sounds, table = voice
    chars, at, number = room.words[0], room.words[1], room.words[3][word]
    kept = number >= 0 and value != MASK
    if kept and sounds[number, table, 0] != UNHEARD:
        return np.int64(sounds[number, table, 0]), np.int64(sounds[number, table, 1]), np.int64(sounds[number, table, 2])
    alone, reacts, cut = one(weights, shift, value, UNIGRAM), one(weights, shift, value, REACTS), np.int64(0)
    if value not in (MASK, NUMBER):
        cut = _pieces(chars, at[word], at[word + 1], weights, shift)
    if kept:
        sounds[number, table, 0], sounds[number, table, 1], sounds[number, table, 2] = alone, cut, reacts
    return alone, cut, reacts


@kt.compiled
def _of_all(room: Any, words: Any, found: Any, base: Any, voice: Any, weights: Any, settings: Any) -> Any:
    """Log-odds of a post heard as a whole. Every sentence counts one pair more than it has words."""
    shift, total, count = shift_of(weights), np.int64(0), np.int64(0)
    sentence, before = np.int64(-1), _BORDER
    for word in range(words):
        value = value_of(room, word)
        if found[base + word, 2] != sentence:
            if count:
                total += two(weights, shift, before, _BORDER, PAIR)
            sentence, before, count = np.int64(found[base + word, 2]), _BORDER, count + 1
        room.alone[word] = UNHEARD
        if value != MASK or before != MASK:
            alone, cut, _ = _of_word(room, word, value, voice, weights, shift)
            beside = two(weights, shift, before, value, PAIR)
            room.alone[word], room.beside[word] = alone, beside
            total += alone + beside + cut
            count += 2
        before = value
    if count:
        total += two(weights, shift, before, _BORDER, PAIR)
    return settings[1] + settings[0] * (total / math.sqrt(max(np.int64(1), count)))


@kt.inlined
def value_of(room: Any, word: Any) -> Any:
    """The hash a word of the post counts with."""
    at = room.words[1]
    return word_value(room.words[0], at[word], at[word + 1], room.hashes[word], room.masked[word])


@kt.compiled
def leaning(room: Any, words: Any, found: Any, base: Any, voice: Any, weights: Any, settings: Any) -> Any:
    """Log-odds of a post: those of its strongest sentence, or of all of it where the settings say so. `found` holds the sentence of each
    word from row `base`; `voice`: weights of words remembered, and which table they are of. Leaves the weight of every word and of the
    pair it ends in the room (UNHEARD for what does not count), and where the strongest sentence stands."""
    words = min(words, np.int64(MOST_MODEL_WORDS))
    if settings[4]:
        return _of_all(room, words, found, base, voice, weights, settings)
    shift, best, total, count = shift_of(weights), -np.inf, np.int64(0), np.int64(0)
    reacts, top = np.int64(0), _LEAST  # of the word before; of the best of those before it
    sentence, before, start = np.int64(-1), _BORDER, np.int64(0)
    for word in range(words):
        value = value_of(room, word)
        new = found[base + word, 2] != sentence
        if new:
            if count:
                best = _stronger(best, _ended(total, count, top, reacts, before, weights, shift, settings), start, word, room.strongest)
            sentence, total, count, top, before = np.int64(found[base + word, 2]), np.int64(0), np.int64(0), _LEAST, _BORDER
            start = np.int64(word)
        room.alone[word] = UNHEARD
        if value != MASK or before != MASK:
            if not new:
                top = max(top, reacts + two(weights, shift, before, value, REACTS_BEFORE))
            alone, cut, reacts = _of_word(room, word, value, voice, weights, shift)
            beside = two(weights, shift, before, value, PAIR)
            room.alone[word], room.beside[word] = alone, beside
            reacts += two(weights, shift, before, value, REACTS_AFTER)
            total += alone + beside + cut
            count += 2
        before = value
    if count:
        best = _stronger(best, _ended(total, count, top, reacts, before, weights, shift, settings), start, words, room.strongest)
    return best if best > -np.inf else settings[1]


@kt.inlined
def _stronger(best: Any, leans: Any, start: Any, end: Any, place: Any) -> Any:
    """The better of what leaned most and a sentence; where it stands is kept."""
    if leans > best:
        place[0], place[1] = start, end
        return leans
    return best
