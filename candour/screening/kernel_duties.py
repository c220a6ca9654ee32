"""Screening kernel: other duties heard in a post as a whole; the reference is `model.DutyModel`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from candour.screening import kernel_model as km
from candour.screening import kernel_text as kt
from candour.screening.kernel_strongest import stretch
from candour.screening.model import (
    BEGINS,
    BORDER,
    ENDS,
    FEW_TELL_LITTLE,
    MASK,
    MOST_MODEL_WORDS,
    NUMBER,
    PAIR,
    PIECE,
    PIECE_LETTERS,
    SECOND,
    SHORTEST_PIECED,
    UNIGRAM,
)
from candour.screening.phrase_tables import FIRST_PACK

_BORDER = np.uint64(BORDER)
_SENTENCE = 2


@kt.inlined
def _word_row(shift: Any, value: Any, kind: Any) -> Any:
    return np.int64(kt.mix(value, kind) >> shift)


@kt.inlined
def _pair_row(shift: Any, before: Any, value: Any) -> Any:
    return np.int64(kt.mix(kt.mix(before, PAIR) ^ value, SECOND) >> shift)


@kt.inlined
def _add(weights: Any, row: Any, totals: Any) -> None:
    for duty in range(weights.shape[1]):
        totals[duty] += weights[row, duty]


@kt.inlined
def _add_pieces(chars: Any, begin: Any, end: Any, weights: Any, shift: Any, totals: Any) -> None:
    """The weights of all pieces of a word."""
    if end - begin >= SHORTEST_PIECED:
        for first in range(begin - 1, end + 2 - PIECE_LETTERS):
            h = kt.SEED
            for k in range(first, first + PIECE_LETTERS):
                h = kt.mix(h, BEGINS if k < begin else ENDS if k >= end else chars[k])
            _add(weights, _word_row(shift, h, PIECE), totals)


@kt.inlined
def _add_word(room: Any, word: Any, value: Any, weights: Any, shift: Any, kept: Any) -> None:
    """The weights of a word and of its pieces, looked up once for all posts: `kept` holds those of the words with a number."""
    at, number = room.words[1], room.words[3][word]
    remembered = number >= 0 and value != MASK
    if not remembered or kept[number, 0] == km.UNHEARD:
        room.of_word[: weights.shape[1]] = 0
        _add(weights, _word_row(shift, value, UNIGRAM), room.of_word)
        if value not in (MASK, NUMBER):
            _add_pieces(room.words[0], at[word], at[word + 1], weights, shift, room.of_word)
        for duty in range(weights.shape[1]):
            room.totals[duty] += room.of_word[duty]
            if remembered:
                kept[number, duty] = room.of_word[duty]
    else:
        for duty in range(weights.shape[1]):
            room.totals[duty] += kept[number, duty]


@kt.compiled
def hear(room: Any, words: Any, found: Any, asked: Any, base: Any, ears: Any, table: Any, kept: Any) -> Any:
    """Log-odds of every duty of the model into `room.owed`; whether one is heard. `found` and `asked` hold from `base` on the sentence of
    each word and whether a sentence asks; `table` is of the pack the post is read by, `kept` holds the weights of words met before."""
    weights, shift, count = ears.weights, km.shift_of(ears.weights), np.int64(0)
    sentence, before = np.int64(-1), _BORDER
    room.totals[: weights.shape[1]] = 0
    for word in range(min(words, MOST_MODEL_WORDS)):
        value = km.value_of(room, word)
        if found[base + word, _SENTENCE] != sentence:
            if count:
                _add(weights, _pair_row(shift, before, _BORDER), room.totals)
            sentence, before, count = np.int64(found[base + word, _SENTENCE]), _BORDER, count + 1
        if value != MASK or before != MASK:
            _add_word(room, word, value, weights, shift, kept)
            _add(weights, _pair_row(shift, before, value), room.totals)
            count += 2
        before = value
    if count == 0:
        return False
    _add(weights, _pair_row(shift, before, _BORDER), room.totals)
    asks = np.uint8(0)
    for sentence_at in range(base, base + words + 1):
        asks |= asked[sentence_at]
    size, any_heard, pack = math.sqrt(count + FEW_TELL_LITTLE), False, table - FIRST_PACK
    for duty in range(weights.shape[1]):
        room.owed[duty] = ears.starts[pack, duty] + ears.scales[duty] * (room.totals[duty] / size)
        if ears.asks[duty] and not asks:
            room.owed[duty] = -1.0
        any_heard |= room.owed[duty] >= 0.0
    return any_heard


@kt.compiled
def put(room: Any, words: Any, found: Any, base: Any, ears: Any, owed: Any, places: Any) -> None:
    """Write down the log-odds of the duties that `hear` heard, and where."""
    weights, shift = ears.weights, km.shift_of(ears.weights)
    words = min(words, np.int64(MOST_MODEL_WORDS))
    for duty in range(weights.shape[1]):
        owed[duty] = room.owed[duty]
        if owed[duty] >= 0.0:
            sentence, before = np.int64(-1), _BORDER
            for word in range(words):
                value = km.value_of(room, word)
                if found[base + word, _SENTENCE] != sentence:
                    sentence, before = np.int64(found[base + word, _SENTENCE]), _BORDER
                room.alone[word] = km.UNHEARD
                if value != MASK or before != MASK:
                    room.alone[word] = weights[_word_row(shift, value, UNIGRAM), duty]
                    room.beside[word] = weights[_pair_row(shift, before, value), duty]
                before = value
            stretch(room, words, found, base, places[duty])
