"""Screening kernel: from the bytes of an Arrow column to words, languages and phrase hits, compiled by numba.

It gives for every post what `words.cut`, `language.identify` and `Matcher.find` give, and nothing else decides: tests hold both together.
Hashes only lead to candidates; every word is compared letter by letter before it counts. Time is linear in the length of a post.
Only the worker and `candour screen` import this module: numba costs time and memory at the start of a process.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from candour.screening import fold_tables as ft
from candour.screening import kernel_model as km
from candour.screening import kernel_phrases as kp
from candour.screening import kernel_text as kt
from candour.screening import kernel_words as kw
from candour.screening.kernel_phrases import LAST_BITS, MEANING_BITS, PRODUCT_BIT, fill_steps, fill_symbols
from candour.screening.kernel_words import memory
from candour.screening.language import FEWEST_ASKED, FEWEST_DECLARED, FEWEST_KNOWN, MOST_KNOWN_WORDS, MOST_WORDS, SURE
from candour.screening.phrase_tables import BLAMES, MASKS, NAMED, NO_CODE, PATIENT, SMALL_WORDS_TABLE, USES, WAKES

__all__ = ["AWAKE", "LAST_BITS", "MEANING_BITS", "ODD", "PRODUCT_BIT", "QUIET", "Out", "fill_steps", "fill_symbols", "memory", "scan"]

#: What `scan` says of a post: none to judge, judged by hits, to be read by the reference.
QUIET, AWAKE, ODD = 0, 1, 2
_MEANING = (1 << MEANING_BITS) - 1


class Out(NamedTuple):
    """What is found. `words`: start, end, sentence, clause of every word; a post has one row more than words; `asked` per sentence."""

    words: NDArray[np.int32]
    asked: NDArray[np.uint8]
    word_at: NDArray[np.int64]
    code: NDArray[np.int16]
    state: NDArray[np.uint8]
    signs: NDArray[np.uint8]
    patient: NDArray[np.uint8]
    leaning: NDArray[np.float64]
    hit_at: NDArray[np.int64]
    hits: NDArray[np.int64]


@njit(nogil=True, cache=True)
def _tag_name(folded: Any, begin: Any, end: Any, keys: Any, slots: Any, letters: Any, bloom: Any, limits: Any) -> Any:
    """Length of the product name a hashtag begins with, 0 for none."""
    h = kt.SEED
    known = 0
    shortest, longest = limits[NAMED, kt.TAG, 0], limits[NAMED, kt.TAG, 1]
    for k in range(min(end - begin, longest)):
        h = kt.mix(h, folded[begin + k])
        if k + 1 >= shortest:
            key = kp.key_of(h, NAMED, kt.TAG)
            if kp.may_be(key, bloom) and kp.look_up(key, folded, begin, k + 1, keys, slots, letters) >= 0:
                known = k + 1
    return known if known < end - begin else 0


@njit(nogil=True, cache=True)
def _cut_words(
    points: Any,
    folded: Any,
    places: Any,
    cases: Any,
    count: Any,
    pieces: Any,
    known: Any,
    chars: Any,
    at: Any,
    hashes: Any,
    found: Any,
    asked: Any,
    base: Any,
    behind: Any,
    plain: Any,
) -> Any:
    """The words of a post from its pieces, with sentence and clause. `known`: product names that hashtags begin with. Returns how many."""
    state = np.zeros(3, np.int64)
    words = 0
    at[0] = 0
    for piece in range(count):
        start, end, gap = np.int64(pieces[piece, 0]), np.int64(pieces[piece, 1]), np.int64(pieces[piece, 2])
        tagged = pieces[piece, 3] != 0
        name = start + np.int64(known[piece]) if tagged else end
        while start < end:
            stop = end
            if tagged:
                stop = start + 1
                while stop < end and stop != name and (stop < name or not kt.parted(cases[stop - 1], cases[stop])):
                    stop += 1
            kt.place_word(found, asked, base, words, gap, state)
            hashes[words] = kt.copy_word(points, folded, start, stop, chars, at[words], plain)
            at[words + 1] = at[words] + stop - start
            found[base + words, 0], found[base + words, 1] = places[start, 0], places[stop - 1, 1]
            words, start, gap = words + 1, stop, np.int64(0)
    if words and behind & ft.QUESTION:
        asked[base + state[0]] = 1
    return words


@njit(nogil=True, cache=True)
def _chinese(counts: Any, codes: Any, hint: Any) -> Any:
    simplified, traditional = counts[kt.SIMPLIFIED_AT], counts[kt.TRADITIONAL_AT]
    if simplified == traditional:
        return codes.traditional if hint == codes.traditional else codes.simplified
    return codes.simplified if simplified > traditional else codes.traditional


@njit(nogil=True, cache=True)
def _by_script(counts: Any, codes: Any, hint: Any) -> Any:
    """The code of a post not written in Latin letters, NO_CODE for Latin."""
    letters = max(1, counts[kt.LETTERS_AT])
    if counts[1] and counts[1] + counts[3] > 0.4 * letters:
        return codes.japanese if counts[1] * 20 > counts[3] else _chinese(counts, codes, hint)
    most = 1
    for script in range(2, 7):
        if counts[script] > counts[most]:
            most = script
    if counts[most] <= 0.4 * letters:
        return NO_CODE
    if most == 3:
        return _chinese(counts, codes, hint)
    if most == 5:
        return codes.ukrainian if counts[kt.UKRAINIAN_AT] else codes.russian
    if most == 6:
        return hint if hint != NO_CODE and codes.table[hint] < 0 else np.int64(codes.undetermined)
    return np.int64(codes.of_script[most])


@njit(nogil=True, cache=True)
def _add_small_words(words: Any, answers_at: Any, answers: Any, small_at: Any, small_code: Any, small_part: Any, scores: Any) -> None:
    """Add up what the words nobody can write without count for each language."""
    for word in range(min(words, MOST_WORDS)):
        if answers[answers_at[word]]:
            symbol = answers[answers_at[word] + 1]
            for k in range(small_at[symbol], small_at[symbol + 1]):
                scores[small_code[k]] += small_part[k]


@njit(nogil=True, cache=True)
def _lead(scores: Any) -> Any:
    """Best language and its lead over the second, NO_CODE where none scored."""
    best, most, second = NO_CODE, 0.0, 0.0
    for code in range(scores.shape[0]):
        if scores[code] > most:
            best, most, second = code, scores[code], most
        elif scores[code] > second:
            second = scores[code]
    return best, min(most, 2 * (most - second) + 0.2 * most)


@njit(nogil=True, cache=True)
def _by_phrases(phrases: Any, codes: Any, room: Any, words: Any, memory: Any, guess: Any, counts: Any) -> Any:
    """The pack that knows most words of the post."""
    packs, own, known = codes.latin_tables.shape[0], room[3], memory.known
    counts[:packs] = 0
    for word in range(min(words, MOST_KNOWN_WORDS)):
        bits = known[own[word]] if own[word] >= 0 else np.int64(-1)
        if bits < 0:
            bits = kw.tables_that_know(codes.latin_tables, word, words, room, phrases, memory)
        pack = 0
        while bits:
            counts[pack] += bits & 1
            bits >>= 1
            pack += 1
    best = top = 0
    only = False
    for pack in range(packs):
        if counts[pack] > best:
            best, top, only = counts[pack], codes.latin_codes[pack], True
        elif counts[pack] == best:
            only = False
    if best * FEWEST_KNOWN[1] < min(words, MOST_KNOWN_WORDS) * FEWEST_KNOWN[0]:
        return codes.undetermined
    if best and only:
        return np.int64(top)
    return guess if guess != NO_CODE else codes.undetermined


@njit(nogil=True, cache=True)
def _identify(phrases: Any, codes: Any, room: Any, counts: Any, words: Any, hint: Any, scores: Any, answers_at: Any, memory: Any) -> Any:
    """Number of the post's language among the codes."""
    if counts[kt.WIDE_AT]:
        code = _by_script(counts, codes, hint)
        if code != NO_CODE:
            return code
    scores[:] = 0.0
    kw.answer(np.int64(SMALL_WORDS_TABLE), room, words, np.int64(MOST_WORDS), answers_at, phrases, memory)
    _add_small_words(words, answers_at, memory.answers, codes.small_at, codes.small_code, codes.small_part, scores)
    code, strength = _lead(scores)
    if code != NO_CODE and strength >= (SURE if hint == NO_CODE else 2 if hint == code else 4):
        return code
    asked, per_pack = min(words, MOST_KNOWN_WORDS), np.zeros(64, np.int64)
    if hint != NO_CODE and (codes.table[hint] < 0 or asked < FEWEST_ASKED):
        return hint
    found = _by_phrases(phrases, codes, room, words, memory, code, per_pack)
    if hint == NO_CODE:
        return found
    for pack in range(codes.latin_tables.shape[0]):
        if codes.latin_tables[pack] == codes.table[hint] and per_pack[pack] * FEWEST_DECLARED < asked:
            return np.int64(codes.undetermined)
    return hint


@njit(nogil=True, cache=True)
def _find(phrases: Any, table: Any, room: Any, words: Any, answers_at: Any, stack: Any, hits: Any, n: Any, memory: Any) -> Any:
    """Hits of one matcher in a post, unsorted, behind the first n. -1: no room, or a word with too many readings."""
    if not kw.answer(table, room, words, words, answers_at, phrases, memory):
        return np.int64(-1)
    answers, gap = memory.answers, phrases.matchers[table, 1]
    step_keys, step_to, nodes, meanings = phrases.step_keys, phrases.step_to, phrases.nodes, phrases.meanings
    for first in range(words):
        if answers[answers_at[first]] and n >= 0:
            n = kp.walk(table, first, words, answers_at, answers, stack, hits, n, gap, step_keys, step_to, nodes, meanings)
    return n


@njit(nogil=True, cache=True)
def _bits(bits: Any, matchers: Any, hits: Any, begin: Any, end: Any, table: Any) -> Any:
    """Bits of everything the hits of a post mean."""
    total = np.int64(0)
    for k in range(begin, end):
        owner = NAMED if hits[k] >> PRODUCT_BIT else table
        total |= bits[matchers[owner, 2] + (hits[k] & _MEANING)]
    return total


@njit(nogil=True, cache=True)
def _awake(bits: Any) -> Any:
    """Whether the hits of a post can come to anything."""
    return bits & WAKES or (bits & BLAMES and bits & USES) or (bits & PATIENT and bits & MASKS)


@njit(nogil=True, cache=True)
def _known_names(folded: Any, pieces: Any, count: Any, phrases: Any, known: Any) -> None:
    """The product names hashtags begin with."""
    tagged = False
    for piece in range(count):
        tagged |= pieces[piece, 3] != 0
    if tagged:
        keys, slots, letters, bloom, limits = phrases.keys, phrases.slots, phrases.letters, phrases.bloom, phrases.limits
        for piece in range(count):
            if pieces[piece, 3]:
                begin, end = np.int64(pieces[piece, 0]), np.int64(pieces[piece, 1])
                known[piece] = _tag_name(folded, begin, end, keys, slots, letters, bloom, limits)


@njit(nogil=True, cache=True)
def _hits(phrases: Any, table: Any, room: Any, words: Any, answers_at: Any, stack: Any, memory: Any, hits: Any, n: Any) -> Any:
    """Find the hits of a post that is cut and identified, behind the first n; returns their end, -1 for a post the reference must read."""
    end = n
    if table >= 0:
        end = _find(phrases, table, room, words, answers_at, stack, hits, end, memory)
    if end >= 0:
        end = _find(phrases, np.int64(NAMED), room, words, answers_at, stack, hits, end, memory)
    return kp.sorted_once(hits, n, end) if end >= 0 else end


@njit(nogil=True, cache=True)
def _mask(bits: Any, matchers: Any, hits: Any, begin: Any, end: Any, words: Any, masked: Any) -> None:
    """Mark the words that are part of a product name."""
    masked[:words] = 0
    for k in range(begin, end):
        if hits[k] >> PRODUCT_BIT and bits[matchers[NAMED, 2] + (hits[k] & _MEANING)] & WAKES:
            first = (hits[k] >> (LAST_BITS + MEANING_BITS)) & 0x7FFFFFFF
            last = first + ((hits[k] >> MEANING_BITS) & ((1 << LAST_BITS) - 1))
            masked[first:last] = 1


@njit(nogil=True, cache=True)
def scan(data: Any, offsets: Any, hints: Any, tables: Any, phrases: Any, codes: Any, memory: Any, model: Any, out: Any) -> None:
    """Read a batch of posts: `offsets` into the bytes, `hints` the declared language of each, `model` its weights and settings."""
    longest = 0
    for post in range(hints.shape[0]):
        longest = max(longest, offsets[post + 1] - offsets[post])
    size = longest * 6 + 64  # a byte of UTF-8 folds to at most six characters
    folded, places, cases = np.empty(size, np.uint32), np.empty((size, 2), np.int32), np.empty(size, np.uint8)
    pieces, known, counts = np.empty((size, 4), np.int32), np.empty(size, np.int32), np.zeros(kt.COUNTS, np.int64)
    chars, at, found = np.empty(2 * size, np.uint32), np.empty(size + 1, np.int64), np.empty(kp.MOST_SYMBOLS + 1, np.int64)
    own, answers_at, hashes = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.uint64)
    masked, (weights, model_settings) = np.zeros(size, np.uint8), model
    stack, scores = np.empty((kp.DEPTH, 2), np.int32), np.zeros(codes.small_codes, np.float64)
    room, points, fold, several = (chars, at, found, own), tables.points, tables.fold, tables.pieces
    base = n = np.int64(0)
    for post in range(hints.shape[0]):
        begin, end = offsets[post], offsets[post + 1]
        out.word_at[post], out.hit_at[post], out.state[post] = base, n, ODD
        if base + 2 * (end - begin) + 2 <= out.words.shape[0]:
            read = kt.fold_post(data, begin, end, points, fold, several, folded, places, cases, counts)
            if read[0] != kt.READ_BY_REFERENCE:
                count, behind = kt.cut_pieces(points, folded, read[0], pieces)
                _known_names(folded, pieces, count, phrases, known)
                plain = counts[kt.WIDE_AT] == 0
                words = _cut_words(
                    points, folded, places, cases, count, pieces, known, chars, at, hashes, out.words, out.asked, base, behind, plain
                )
                kw.make_room(memory.keys, memory.asked, memory.filled)
                kw.number_words(
                    chars, at, hashes, words, own, memory.keys, memory.numbers, memory.places, memory.known, memory.letters, memory.filled
                )
                code = _identify(phrases, codes, room, counts, words, hints[post], scores, answers_at, memory)
                out.signs[post], out.code[post] = read[1], code
                table = codes.table[code]
                end = _hits(phrases, table, room, words, answers_at, stack, memory, out.hits, n)
                if end >= 0:
                    bits = _bits(phrases.bits, phrases.matchers, out.hits, n, end, table)
                    out.patient[post], out.state[post] = (bits & PATIENT) != 0, AWAKE if _awake(bits) else QUIET
                    if codes.leans[code]:
                        _mask(phrases.bits, phrases.matchers, out.hits, n, end, words, masked)
                        out.leaning[post] = km.leaning(chars, at, hashes, words, out.words, base, masked, weights, model_settings)
                        if out.leaning[post] >= model_settings[2]:
                            out.state[post] = AWAKE
                if out.state[post] == AWAKE:
                    base, n = base + words + 1, end
                else:
                    out.asked[base : base + words + 1] = 0
    out.word_at[hints.shape[0]], out.hit_at[hints.shape[0]] = base, n
