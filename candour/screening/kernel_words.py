"""Screening kernel: a memory of words already looked up. Posts repeat their words, and a word asked twice costs one look.

The memory changes no answer: a word is found in it only letter by letter. It is emptied between posts when it is half full; a word that
finds no room in it is looked up as if there were none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.screening import kernel_phrases as kp
from candour.screening import kernel_text as kt
from candour.screening.kernel_model import UNHEARD
from candour.screening.phrase_tables import SMALL_WORDS_TABLE

#: Room for words, their slots, their letters and what they answer to.
_WORDS, _SLOTS, _LETTERS, _ANSWERS = 1 << 17, 1 << 18, 1 << 21, 1 << 20
#: Longer words are not kept.
_LONGEST = 64
#: Where an answer stands: not asked yet, answers to nothing, to more than there is room for.
UNASKED, NOTHING, TOO_MANY = 0, 1, 2
#: The answers begin here: what stands before is 0.
_FIRST_ANSWER = TOO_MANY + kp.HEAD
#: Rows of `filled`.
_USED_WORDS, _USED_LETTERS, _USED_ANSWERS = 0, 1, 2
NO_NUMBER = -1
#: What is remembered of a word in a table of a model: its weight, that of its pieces, and as a part of a reaction.
WEIGHTS_OF_WORD = 3


class Memory(NamedTuple):
    """Words by number. `places`: where their letters stand, and how many; `known`: tables that know a word as bits, -1 unasked; `sounds`:
    what a word weighs in each table of a model (`kernel_model`); `owed`: for each duty heard (`kernel_duties`).

    `asked`: per word and table where its answer stands in `answers`: how many symbols, the bits of all of them in two halves, then each
    symbol with the node it leads to at the root.
    """

    keys: NDArray[np.uint64]
    numbers: NDArray[np.int32]
    places: NDArray[np.int64]
    known: NDArray[np.int64]
    asked: NDArray[np.int32]
    answers: NDArray[np.int32]
    letters: NDArray[np.uint32]
    filled: NDArray[np.int64]
    sounds: NDArray[np.int32]
    owed: NDArray[np.int32]


def memory(tables: int, models: int, duties: int) -> Memory:
    """An empty memory for so many matchers, tables of models and duties heard. Used by one thread at a time."""
    return Memory(
        np.zeros(_SLOTS, np.uint64),
        np.empty(_SLOTS, np.int32),
        np.empty((_WORDS, 2), np.int64),
        np.empty(_WORDS, np.int64),
        np.zeros((_WORDS, tables), np.int32),
        np.zeros(_ANSWERS, np.int32),
        np.empty(_LETTERS, np.uint32),
        np.array([0, 0, _FIRST_ANSWER], np.int64),
        np.zeros((_WORDS, models, WEIGHTS_OF_WORD), np.int32),
        np.zeros((_WORDS, duties), np.int32),
    )


@kt.compiled
def make_room(keys: Any, asked: Any, filled: Any) -> None:
    """Empty a memory that is half full."""
    if filled[_USED_WORDS] * 2 > _WORDS or filled[_USED_LETTERS] * 2 > _LETTERS or filled[_USED_ANSWERS] * 2 > _ANSWERS:
        asked[: filled[_USED_WORDS]] = UNASKED
        keys[:] = np.uint64(0)
        filled[_USED_WORDS], filled[_USED_LETTERS], filled[_USED_ANSWERS] = 0, 0, _FIRST_ANSWER


@kt.compiled
def _remember(key: Any, slot: Any, chars: Any, begin: Any, size: Any, memory: Any) -> Any:
    """Keep a new word in a free slot; returns its number, NO_NUMBER where there is no room."""
    keys, numbers, places, known, letters, filled = (
        memory.keys,
        memory.numbers,
        memory.places,
        memory.known,
        memory.letters,
        memory.filled,
    )
    number, at = filled[_USED_WORDS], filled[_USED_LETTERS]
    if size > _LONGEST or number >= _WORDS or at + size > _LETTERS:
        return np.int64(NO_NUMBER)
    for k in range(size):
        letters[at + k] = chars[begin + k]
    keys[slot], numbers[slot] = key, number
    places[number, 0], places[number, 1], known[number] = at, size, -1
    for table in range(memory.sounds.shape[1]):
        memory.sounds[number, table, 0] = UNHEARD
    if memory.owed.shape[1]:
        memory.owed[number, 0] = UNHEARD
    filled[_USED_WORDS], filled[_USED_LETTERS] = number + 1, at + size
    return number


@kt.compiled
def number_words(chars: Any, at: Any, hashes: Any, words: Any, own: Any, memory: Any) -> None:
    """The number of every word of a post, into `own`."""
    keys, numbers, places, letters = memory.keys, memory.numbers, memory.places, memory.letters
    mask = keys.shape[0] - 1
    for word in range(words):
        begin = at[word]
        size = at[word + 1] - begin
        key = kt.mix(hashes[word], size) | np.uint64(1) << np.uint64(63)
        slot = np.int64(key >> np.uint64(24)) & mask
        found = np.int64(NO_NUMBER)
        while found < 0 and keys[slot] != np.uint64(0):
            if keys[slot] == key and places[numbers[slot], 1] == size:
                there, k = places[numbers[slot], 0], 0
                while k < size and letters[there + k] == chars[begin + k]:
                    k += 1
                if k == size:
                    found = np.int64(numbers[slot])
            slot = (slot + 1) & mask
        if found < 0:
            found = _remember(key, slot, chars, begin, size, memory)
        own[word] = found


@kt.compiled
def ask(
    table: Any, number: Any, chars: Any, begin: Any, end: Any, free: Any, found: Any, symbols: Any, first_to: Any, root: Any, memory: Any
) -> Any:
    """Look a word up in a matcher; returns where its answer stands. `symbols`: keys, slots, letters, bloom, limits of the phrases."""
    keys, slots, letters, bloom, limits = symbols
    if table == SMALL_WORDS_TABLE:
        count = kp.symbols_of(table, chars, begin, end, found, keys, slots, letters, bloom, limits)
    else:
        count = kp.symbols(table, chars, begin, end, free, found, keys, slots, letters, bloom, limits)
    place = memory.filled[_USED_ANSWERS]
    if count == 0:
        place = np.int64(NOTHING)
    elif count >= kp.MOST_SYMBOLS or place + kp.HEAD + 2 * count > memory.answers.shape[0]:
        place = np.int64(TOO_MANY)
    else:
        bits = np.int64(0)
        for k in range(count):
            bits |= kp.bit_of(found[k])
            memory.answers[place + kp.HEAD + 2 * k] = found[k]
            memory.answers[place + kp.HEAD + 1 + 2 * k] = first_to[root + found[k]]
        memory.answers[place], memory.answers[place + 1], memory.answers[place + 2] = count, np.int32(bits), np.int32(bits >> 32)
        memory.filled[_USED_ANSWERS] = place + kp.HEAD + 2 * count
    if number >= 0:
        memory.asked[number, table] = place
    return place


@kt.inlined
def bits_of(answers: Any, place: Any) -> Any:
    """The bits of all symbols of an answer."""
    return (np.int64(answers[place + 2]) << 32) | (np.int64(answers[place + 1]) & 0xFFFFFFFF)


@kt.compiled
def answer(table: Any, room: Any, words: Any, most: Any, answers_at: Any, follow: Any, phrases: Any, memory: Any) -> Any:
    """Where the answer of each of the first `most` words stands, and the bits of its symbols. Returns whether there was room for all."""
    chars, at, found, own = room
    asked, answers = memory.asked, memory.answers
    root = phrases.matchers[table, 3]
    enough = True
    for word in range(min(words, most)):
        number = own[word]
        place = np.int64(asked[number, table]) if number >= 0 else np.int64(UNASKED)
        if place == UNASKED:
            symbols = phrases.keys, phrases.slots, phrases.letters, phrases.bloom, phrases.limits
            place = ask(table, number, chars, at[word], at[word + 1], at[words], found, symbols, phrases.first_to, root, memory)
        answers_at[word] = place
        follow[word] = bits_of(answers, place)
        enough &= place != TOO_MANY
    return enough


@kt.compiled
def tables_that_know(latin_tables: Any, word: Any, words: Any, room: Any, phrases: Any, memory: Any) -> Any:
    """The packs of Latin script that know a word, as bits by their order; remembered."""
    chars, at, found, own = room
    number = own[word]
    symbols = phrases.keys, phrases.slots, phrases.letters, phrases.bloom, phrases.limits
    bits = np.int64(0)
    for pack in range(latin_tables.shape[0]):
        table = latin_tables[pack]
        place = np.int64(memory.asked[number, table]) if number >= 0 else np.int64(UNASKED)
        if place == UNASKED:
            root = phrases.matchers[table, 3]
            place = ask(table, number, chars, at[word], at[word + 1], at[words], found, symbols, phrases.first_to, root, memory)
        if place != NOTHING:
            bits |= np.int64(1) << pack
    if number >= 0:
        memory.known[number] = bits
    return bits
