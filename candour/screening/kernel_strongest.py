"""Screening kernel: the words in which the model hears a reaction; the reference is `model.Model.strongest`.

What words and pairs weigh lies in the room of the post, as `kernel_model.leaning` left it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from candour.screening import kernel_model as km
from candour.screening import kernel_text as kt
from candour.screening.model import BORDER, MOST_MODEL_WORDS, MOST_SHOWN, PAIR

_BORDER = np.uint64(BORDER)
_LEAST = np.int64(-1 << 40)
_SENTENCE = 2


@kt.compiled
def _heaviest(room: Any, weights: Any, place: Any) -> None:
    """The heaviest word of the strongest sentence, or where two neighbours weigh more, those; of masked words side by side only the first
    counts."""
    first, last = room.strongest[0], room.strongest[1]
    most = beside = _LEAST
    start = own = left = right = first
    for word in range(first, last):
        if room.alone[word] != km.UNHEARD:
            if room.alone[word] > most:
                most, own = np.int64(room.alone[word]), np.int64(word)
            if room.beside[word] > beside:
                beside, left, right = np.int64(room.beside[word]), start, np.int64(word)
            start = np.int64(word)
    ends = km.two(weights, km.shift_of(weights), km.value_of(room, last - 1), _BORDER, PAIR)
    if ends > beside:
        beside, left, right = ends, start, start
    if beside > most:
        place[0], place[1] = left, right + 1
    else:
        place[0], place[1] = own, own + 1


@kt.compiled
def stretch(room: Any, words: Any, found: Any, base: Any, place: Any) -> None:
    """The neighbours in a sentence that weigh most together, of as many the fewest and then the first; of masked words side by side only
    the first counts."""
    most, fewest = _LEAST, np.int64(0)
    for first in range(words):
        total, count = np.int64(0), np.int64(0)
        if room.alone[first] == km.UNHEARD:
            continue
        for word in range(first, words):
            if found[base + word, _SENTENCE] != found[base + first, _SENTENCE] or count == MOST_SHOWN:
                break
            if room.alone[word] != km.UNHEARD:
                total += room.alone[word] + (room.beside[word] if count else 0)
                count += 1
                same = found[base + word, _SENTENCE] == found[base + np.int64(place[0]), _SENTENCE]
                if total > most or (total == most and same and count < fewest):
                    most, fewest, place[0], place[1] = total, count, first, word + 1


@kt.compiled
def strongest(room: Any, words: Any, found: Any, base: Any, weights: Any, settings: Any, place: Any) -> None:
    """Write into `place` the first word and the one behind the last of the one or two neighbours that weigh most in the sentence that leans
    most; of a post heard as a whole, of the few neighbours that do. Arguments as for `kernel_model.leaning`, which was asked before; there
    is a word."""
    if settings[4]:
        stretch(room, min(words, np.int64(MOST_MODEL_WORDS)), found, base, place)
    else:
        _heaviest(room, weights, place)
