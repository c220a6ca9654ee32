"""Screening kernel, first half: the bytes of a post to folded characters, and those to words. Compiled by numba; see `kernel`.

Every function writes into buffers given to it and returns how much it wrote. The reference is `normalise.fold` and `words.cut`.
Arrays are passed one by one: numba counts references whenever an array is taken out of a tuple, which costs more than the work here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from candour.screening import fold_tables as ft
from candour.screening.language import MOST_CHARACTERS
from candour.screening.normalise import MAX_CLUSTER
from candour.screening.words import CAPITAL, DIGIT, LONGEST_SENTENCE, SMALL

#: Numba counts references to every array handed to a function, which costs more than the work here: nothing below `scan` owns an array.
_OPTIONS: Any = {"nogil": True, "cache": True, "_nrt": False}
compiled = njit(**_OPTIONS)
inlined = njit(**_OPTIONS, forceinline=True)

HASH = np.uint64(0x9E3779B97F4A7C15)
SEED = np.uint64(0xCBF29CE484222325)
#: Kinds of symbols; each has a hash of its own.
EXACT, STEM, TAIL, MIDDLE, TAG = range(5)
#: What `fold_post` returns for a post the reference must read.
READ_BY_REFERENCE = -1
#: Places in the counts of `fold_post`: characters per script number, then letters, Ukrainian, simplified, traditional, foreign letters,
#: more than ASCII.
LETTERS_AT, UKRAINIAN_AT, SIMPLIFIED_AT, TRADITIONAL_AT, FOREIGN_AT, WIDE_AT, COUNTS = 8, 9, 10, 11, 12, 13, 14
_AT, _LESS, _ZERO, _NINE, _TAG_SIGN, _UNDERSCORE = 64, 60, 48, 57, 35, 95


@inlined
def mix(h: Any, c: Any) -> Any:
    """One step of the hash over folded code points."""
    h = (h ^ np.uint64(c)) * HASH
    return h ^ (h >> np.uint64(29))


@inlined
def decode(data: Any, p: Any) -> Any:
    """Code point at byte p of valid UTF-8, and its length."""
    c = np.int64(data[p])
    if c < 0x80:
        return c, 1
    if c < 0xE0:
        return ((c & 0x1F) << 6) | (np.int64(data[p + 1]) & 0x3F), 2
    low = ((np.int64(data[p + 1]) & 0x3F) << 6) | (np.int64(data[p + 2]) & 0x3F)
    if c < 0xF0:
        return ((c & 0x0F) << 12) | low, 3
    return ((c & 0x07) << 18) | (low << 6) | (np.int64(data[p + 3]) & 0x3F), 4


@inlined
def _count_script(script: Any, counts: Any) -> None:
    counts[script & ft.SCRIPT_NUMBER] += 1
    if script & ft.LETTER:
        counts[LETTERS_AT] += 1
    if script & (ft.UKRAINIAN_LETTER | ft.SIMPLIFIED_LETTER | ft.TRADITIONAL_LETTER | ft.FOREIGN_LETTER):
        counts[UKRAINIAN_AT] += (script & ft.UKRAINIAN_LETTER) != 0
        counts[SIMPLIFIED_AT] += (script & ft.SIMPLIFIED_LETTER) != 0
        counts[TRADITIONAL_AT] += (script & ft.TRADITIONAL_LETTER) != 0
        counts[FOREIGN_AT] += (script & ft.FOREIGN_LETTER) != 0


@inlined
def _put_several(packed: Any, case: Any, place: Any, n: Any, pieces: Any, folded: Any, places: Any, cases: Any) -> Any:
    """Fold one base character that becomes several; returns how many."""
    size, begin = packed & 31, packed >> 5
    for k in range(size):
        folded[n + k] = pieces[begin + k]
        places[n + k, 0] = place
        places[n + k, 1] = place + 1
        cases[n + k] = case
    return size


@compiled
def fold_post(
    data: Any, begin: Any, end: Any, points: Any, fold: Any, pieces: Any, folded: Any, places: Any, cases: Any, counts: Any
) -> Any:
    """Fold the post in bytes begin..end-1 of valid UTF-8. Returns (characters or READ_BY_REFERENCE, signs)."""
    counts[:] = 0
    n = place = digits = signs = size = cluster = wide = 0
    p = begin
    while p < end:
        code, width = decode(data, p)
        p += width
        wide |= width > 1
        if place < MOST_CHARACTERS and points[code, ft.SCRIPT]:
            _count_script(np.int64(points[code, ft.SCRIPT]), counts)
        how = points[code, ft.HOW]
        if how == ft.ODD:
            return READ_BY_REFERENCE, 0
        if how == ft.DROPPED:
            if cluster == 0 or cluster >= MAX_CLUSTER:
                cluster, size = 1, 0
            else:
                cluster += 1
                for k in range(n - size, n):
                    places[k, 1] = place + 1
        else:
            case = points[code, ft.CASE]
            if how == ft.SEVERAL:
                size = _put_several(np.int64(fold[code]), case, place, n, pieces, folded, places, cases)
            else:
                size = 1
                folded[n] = fold[code]
                places[n, 0], places[n, 1], cases[n] = place, place + 1, case
            n += size
            cluster = 1
            digits += case == DIGIT
            signs |= ft.AT_SIGN if code in (_AT, _LESS) else 0
        place += 1
    counts[WIDE_AT] = wide
    return n, signs | (ft.HAS_DIGIT if digits else 0) | (ft.SIX_DIGITS if digits >= 6 else 0)


@inlined
def _hear(kind: Any, before: Any, heard: Any) -> Any:
    """What a character between words adds, with the one before it."""
    heard |= kind & (ft.SENTENCE | ft.QUESTION | ft.CLAUSE)
    if before & ft.DOT and kind & (ft.SPACE | ft.CLOSE):
        heard |= ft.SENTENCE
    if (before & ft.SPACE and kind & ft.HYPHEN) or (before & ft.HYPHEN and kind & ft.SPACE):
        heard |= ft.CLAUSE
    return heard


@compiled
def cut_pieces(points: Any, folded: Any, n: Any, pieces: Any) -> Any:
    """Cut folded characters into pieces (first, last, what stands before, in a hashtag). Returns (pieces, what stands behind)."""
    count = 0
    before = heard = np.int64(0)
    inside = tag = False
    for at in range(n):
        code = folded[at]
        word = points[code, ft.WORD]
        if inside and word == ft.IN_WORD:
            continue
        if inside:
            pieces[count - 1, 1] = at
            inside = False
            before = heard = np.int64(0)
        if word == ft.NO_WORD:
            kind: Any = np.int64(points[code, ft.GAP])
            heard = _hear(kind, before, heard)
            before = kind
            tag = code == _TAG_SIGN or (tag and code == _UNDERSCORE)
        else:
            tag = tag and word != ft.EMOJI_WORD
            pieces[count, 0], pieces[count, 1] = at, at + 1
            pieces[count, 2] = heard | (ft.SENTENCE if before & ft.DOT else 0)
            pieces[count, 3] = tag and word == ft.IN_WORD
            count += 1
            inside = word == ft.IN_WORD
            before = heard = np.int64(0)
    if inside:
        pieces[count - 1, 1] = n
        heard = np.int64(0)
    return count, heard


@inlined
def _look_alike(points: Any, folded: Any, begin: Any, end: Any) -> Any:
    """Whether a word mixes Latin letters with letters that only look Latin."""
    latin = alike = False
    for k in range(begin, end):
        letter = points[folded[k], ft.LATIN]
        latin |= letter == 1
        alike |= letter > 1
    return latin and alike


@inlined
def copy_word(points: Any, folded: Any, begin: Any, end: Any, chars: Any, to: Any, plain: Any) -> Any:
    """Write the word of folded characters begin..end-1 at `to`, in one script (`plain`: as all are). Returns its hash."""
    mixed = not plain and end - begin > 1 and _look_alike(points, folded, begin, end)
    h = SEED
    for k in range(begin, end):
        letter = folded[k]
        if mixed and points[letter, ft.LATIN] > 1:
            letter = np.uint32(points[letter, ft.LATIN])
        chars[to] = letter
        h = mix(h, letter)
        to += 1
    return h


@inlined
def parted(one: Any, other: Any) -> Any:
    """Whether a hashtag is parted between two kinds of letters."""
    return (one == SMALL and other == CAPITAL) or ((one == DIGIT) != (other == DIGIT))


@inlined
def place_word(found: Any, asked: Any, base: Any, words: Any, gap: Any, state: Any) -> None:
    """Give word `words` its sentence and clause, from what stands before it; state: sentence, clause, first word of the sentence."""
    if words > 0 and gap & ft.SENTENCE:
        if gap & ft.QUESTION:
            asked[base + state[0]] = 1
        state[0], state[1], state[2] = state[0] + 1, state[1] + 1, words
    elif words > 0 and gap & ft.CLAUSE:
        state[1] += 1
    if words - state[2] >= LONGEST_SENTENCE:
        state[0], state[1], state[2] = state[0] + 1, state[1] + 1, words
    found[base + words, 2] = state[0]
    found[base + words, 3] = state[1]
