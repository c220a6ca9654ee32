"""Screening kernel: the words in which the model hears a reaction; the reference is `model.Model.strongest`."""

from __future__ import annotations

from typing import Any

import numpy as np

from candour.screening import kernel_model as km
from candour.screening import kernel_text as kt
from candour.screening.model import BORDER, MASK, MOST_MODEL_WORDS, MOST_SHOWN, PAIR, UNIGRAM

_BORDER = np.uint64(BORDER)
_LEAST = np.int64(-1 << 40)
_SENTENCE = 2


@kt.compiled
def _heaviest(chars: Any, at: Any, hashes: Any, masked: Any, first: Any, last: Any, weights: Any, place: Any) -> None:
    """The heaviest word of a sentence, or where two neighbours weigh more, those; of masked words side by side only the first counts."""
    shift = km.shift_of(weights)
    alone = beside = _LEAST
    before, start, own = _BORDER, first, first
    place[0], place[1] = first, first + 1
    left, right = first, first
    for word in range(first, last):
        value = km.word_value(chars, at[word], at[word + 1], hashes[word], masked[word])
        if value != MASK or before != MASK:
            weight = km.one(weights, shift, value, UNIGRAM)
            if weight > alone:
                alone, own = weight, np.int64(word)
            weight = km.two(weights, shift, before, value, PAIR)
            if weight > beside:
                beside, left, right = weight, start, np.int64(word)
            start = np.int64(word)
        before = value
    weight = km.two(weights, shift, before, _BORDER, PAIR)
    if weight > beside:
        beside, left, right = weight, start, start
    if beside > alone:
        place[0], place[1] = left, right + 1
    else:
        place[0], place[1] = own, own + 1


@kt.compiled
def _stretch(chars: Any, at: Any, hashes: Any, words: Any, found: Any, base: Any, masked: Any, weights: Any, place: Any) -> None:
    """The neighbours in a sentence that weigh most together, of as many the fewest and then the first; of masked words side by side only
    the first counts."""
    shift, most, fewest = km.shift_of(weights), _LEAST, np.int64(0)
    for first in range(words):
        before, total, count = _BORDER, np.int64(0), np.int64(0)
        follows = first and found[base + first - 1, _SENTENCE] == found[base + first, _SENTENCE]
        if masked[first] and follows and masked[first - 1]:
            continue
        for word in range(first, words):
            value = km.word_value(chars, at[word], at[word + 1], hashes[word], masked[word])
            if found[base + word, _SENTENCE] != found[base + first, _SENTENCE] or count == MOST_SHOWN:
                break
            if value != MASK or before != MASK:
                total += km.one(weights, shift, value, UNIGRAM)
                if count:
                    total += km.two(weights, shift, before, value, PAIR)
                count += 1
                same = found[base + word, _SENTENCE] == found[base + np.int64(place[0]), _SENTENCE]
                if total > most or (total == most and same and count < fewest):
                    most, fewest, place[0], place[1] = total, count, first, word + 1
            before = value


@kt.compiled
def strongest(
    chars: Any, at: Any, hashes: Any, words: Any, found: Any, base: Any, masked: Any, weights: Any, settings: Any, place: Any
) -> None:
    """Write into `place` the first word and the one behind the last of the one or two neighbours that weigh most in the sentence that leans
    most; of a post heard as a whole, of the few neighbours that do. Arguments as for `kernel_model.leaning`; there is a word."""
    words, best = min(words, np.int64(MOST_MODEL_WORDS)), -np.inf
    if settings[4]:
        _stretch(chars, at, hashes, words, found, base, masked, weights, place)
        return
    start = first = last = np.int64(0)
    for word in range(1, words + 1):
        if word == words or found[base + word, _SENTENCE] != found[base + start, _SENTENCE]:
            leans = km.leaning(chars, at[start:], hashes[start:], word - start, found, base + start, masked[start:], weights, settings)
            if leans > best:
                best, first, last = leans, start, np.int64(word)
            start = np.int64(word)
    _heaviest(chars, at, hashes, masked, first, last, weights, place)
