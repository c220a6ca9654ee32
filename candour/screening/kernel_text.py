"""Screening kernel, first half: the bytes of a post to folded characters, and those to words. Compiled by numba; see `kernel`.

Every function writes into buffers given to it and returns how much it wrote. The reference is `normalise.fold` and `words.cut`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from candour.screening import fold_tables as ft
from candour.screening.language import MOST_CHARACTERS
from candour.screening.normalise import MAX_CLUSTER
from candour.screening.words import CAPITAL, DIGIT, LONGEST_SENTENCE, SMALL

HASH = np.uint64(0x9E3779B97F4A7C15)
SEED = np.uint64(0xCBF29CE484222325)
#: Kinds of symbols; each has a hash of its own.
EXACT, STEM, TAIL, MIDDLE, TAG = range(5)
#: What `fold_post` returns for a post the reference must read.
READ_BY_REFERENCE = -1
#: Places in the counts of `fold_post`: characters per script number, then letters, Ukrainian, simplified, traditional letters, ASCII only.
LETTERS_AT, UKRAINIAN_AT, SIMPLIFIED_AT, TRADITIONAL_AT, WIDE_AT, COUNTS = 8, 9, 10, 11, 12, 13
_AT, _LESS, _ZERO, _NINE, _TAG_SIGN, _UNDERSCORE = 64, 60, 48, 57, 35, 95


class Buffers(NamedTuple):
    """Room for one post: folded characters with their place in the original and kind of letter; pieces; words, by place in `chars`."""

    folded: NDArray[np.uint32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    cases: NDArray[np.uint8]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    gaps: NDArray[np.uint8]
    tagged: NDArray[np.uint8]
    chars: NDArray[np.uint32]
    at: NDArray[np.int32]
    counts: NDArray[np.int64]


@njit(nogil=True, cache=True)
def mix(h: Any, c: Any) -> Any:
    """One step of the hash over folded code points."""
    h = (h ^ np.uint64(c)) * HASH
    return h ^ (h >> np.uint64(29))


@njit(nogil=True, cache=True)
def _decode(data: Any, p: Any) -> Any:
    """Code point at byte p of valid UTF-8, and its length."""
    c = np.uint32(data[p])
    if c < 0x80:
        return c, 1
    if c < 0xE0:
        return ((c & np.uint32(0x1F)) << np.uint32(6)) | (np.uint32(data[p + 1]) & np.uint32(0x3F)), 2
    low = (np.uint32(data[p + 1]) & np.uint32(0x3F)) << np.uint32(6) | (np.uint32(data[p + 2]) & np.uint32(0x3F))
    if c < 0xF0:
        return ((c & np.uint32(0x0F)) << np.uint32(12)) | low, 3
    return ((c & np.uint32(0x07)) << np.uint32(18)) | (low << np.uint32(6)) | (np.uint32(data[p + 3]) & np.uint32(0x3F)), 4


@njit(nogil=True, cache=True)
def _count_script(script: Any, counts: Any) -> None:
    if script:
        counts[script & ft.SCRIPT_NUMBER] += 1
        if script & ft.LETTER:
            counts[LETTERS_AT] += 1
        if script & (ft.UKRAINIAN_LETTER | ft.SIMPLIFIED_LETTER | ft.TRADITIONAL_LETTER):
            counts[UKRAINIAN_AT] += (script & ft.UKRAINIAN_LETTER) != 0
            counts[SIMPLIFIED_AT] += (script & ft.SIMPLIFIED_LETTER) != 0
            counts[TRADITIONAL_AT] += (script & ft.TRADITIONAL_LETTER) != 0


@njit(nogil=True, cache=True)
def _put(tables: Any, buffers: Any, code: Any, place: Any, n: Any) -> Any:
    """Fold one base character at code point `place`; returns how many characters it became."""
    how = tables.how[code]
    if how == ft.SEVERAL:
        packed = tables.fold[code]
        size = np.int64(packed & np.uint32(31))
        begin = np.int64(packed >> np.uint32(5))
    else:
        size, begin = 1, -1
    for k in range(size):
        buffers.folded[n + k] = tables.pieces[begin + k] if begin >= 0 else (tables.fold[code] if how == ft.ONE else code)
        buffers.starts[n + k] = place
        buffers.ends[n + k] = place + 1
        buffers.cases[n + k] = tables.case[code]
    return size


@njit(nogil=True, cache=True)
def fold_post(data: Any, begin: Any, end: Any, tables: Any, buffers: Any) -> Any:  # noqa: C901 - one loop over the bytes
    """Fold the post in bytes begin..end-1 of valid UTF-8. Returns (characters or READ_BY_REFERENCE, signs)."""
    buffers.counts[:] = 0
    n = place = digits = signs = size = cluster = 0
    p = begin
    while p < end:
        code, width = _decode(data, p)
        if width > 1:
            buffers.counts[WIDE_AT] = 1
        if place < MOST_CHARACTERS:
            _count_script(tables.script[code], buffers.counts)
        how = tables.how[code]
        if how == ft.ODD:
            return READ_BY_REFERENCE, 0
        if how == ft.DROPPED:
            if cluster == 0 or cluster >= MAX_CLUSTER:
                cluster, size = 1, 0
            else:
                cluster += 1
                for k in range(n - size, n):
                    buffers.ends[k] = place + 1
        else:
            size = _put(tables, buffers, code, place, n)
            n += size
            cluster = 1
            if tables.case[code] == DIGIT:
                digits += 1
                signs |= ft.HAS_DIGIT
            elif code in (_AT, _LESS):
                signs |= ft.AT_SIGN
        place += 1
        p += width
    if digits >= 6:
        signs |= ft.SIX_DIGITS
    return n, signs


@njit(nogil=True, cache=True)
def _hear(kind: Any, before: Any, heard: Any) -> Any:
    """What a character between words adds, with the one before it."""
    heard |= kind & (ft.SENTENCE | ft.QUESTION | ft.CLAUSE)
    if before & ft.DOT and kind & (ft.SPACE | ft.CLOSE):
        heard |= ft.SENTENCE
    if (before & ft.SPACE and kind & ft.HYPHEN) or (before & ft.HYPHEN and kind & ft.SPACE):
        heard |= ft.CLAUSE
    return heard


@njit(nogil=True, cache=True)
def cut_pieces(tables: Any, buffers: Any, n: Any) -> Any:
    """Cut folded characters into pieces: `first`, `last`, `gaps` (what stands before), `tagged`. Returns (pieces, what stands behind)."""
    count = 0
    inside = tag = False
    before = heard = 0
    for at in range(n):
        code = buffers.folded[at]
        word = tables.word[code]
        if inside and word != ft.IN_WORD:
            buffers.last[count - 1] = at
            inside = False
            before = heard = 0
        if word == ft.NO_WORD:
            kind = tables.gap[code]
            heard = _hear(kind, before, heard)
            before = kind
            tag = code == _TAG_SIGN or (tag and code == _UNDERSCORE)
        elif not inside:
            if word == ft.EMOJI_WORD:
                tag = False
            buffers.first[count] = at
            buffers.last[count] = at + 1
            buffers.gaps[count] = heard | (ft.SENTENCE if before & ft.DOT else 0)
            buffers.tagged[count] = tag and word == ft.IN_WORD
            count += 1
            inside = word == ft.IN_WORD
            before = heard = 0
    if inside:
        buffers.last[count - 1] = n
        heard = 0
    return count, heard


@njit(nogil=True, cache=True)
def _look_alike(tables: Any, buffers: Any, begin: Any, end: Any) -> Any:
    """Whether a word mixes Latin letters with letters that only look Latin."""
    latin = alike = False
    for k in range(begin, end):
        code = buffers.folded[k]
        letter = tables.latin[code]
        if letter == 1:
            latin = True
        elif letter:
            alike = True
    return latin and alike


@njit(nogil=True, cache=True)
def add_word(tables: Any, buffers: Any, out: Any, words: Any, base: Any, begin: Any, end: Any) -> Any:
    """Write the word of folded characters begin..end-1 as number `words` of the post; its place goes to `out` at `base`."""
    to = buffers.at[words]
    mixed = end - begin > 1 and _look_alike(tables, buffers, begin, end)
    for k in range(begin, end):
        code = buffers.folded[k]
        letter = tables.latin[code]
        buffers.chars[to] = np.uint32(letter) if mixed and letter > 1 else code
        to += 1
    buffers.at[words + 1] = to
    out.starts[base + words] = buffers.starts[begin]
    out.ends[base + words] = buffers.ends[end - 1]


@njit(nogil=True, cache=True)
def parted(one: Any, other: Any) -> Any:
    """Whether a hashtag is parted between two kinds of letters."""
    return (one == SMALL and other == CAPITAL) or ((one == DIGIT) != (other == DIGIT))


@njit(nogil=True, cache=True)
def next_sentence(state: Any, words: Any) -> None:
    """Begin a sentence at word `words`; state: sentence, clause, first word of the sentence."""
    state[0] += 1
    state[1] += 1
    state[2] = words


@njit(nogil=True, cache=True)
def place_word(out: Any, base: Any, words: Any, gap: Any, state: Any) -> None:
    """Give word `words` its sentence and clause, from what stands before it."""
    if words > 0 and gap & ft.SENTENCE:
        if gap & ft.QUESTION:
            out.asked[base + state[0]] = 1
        next_sentence(state, words)
    elif words > 0 and gap & ft.CLAUSE:
        state[1] += 1
    if words - state[2] >= LONGEST_SENTENCE:
        next_sentence(state, words)
    out.sentence[base + words] = state[0]
    out.clause[base + words] = state[1]
