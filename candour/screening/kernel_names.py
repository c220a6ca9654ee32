"""Screening kernel: product names and nothing else, in one lean pass over the bytes of a post.

Nearly every word is told to be no name by its first and last letters, before it is hashed or copied. A post that asks for more (a hashtag,
a mark put on a letter, a script without blanks) is left to `kernel.match`; both give the hits of the reference, `Matcher.find`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.screening import fold_tables as ft
from candour.screening import kernel_phrases as kp
from candour.screening import kernel_text as kt
from candour.screening.phrase_tables import NAMED

#: So many first and last letters are looked at before a word is: no stem and no end of a name is shorter.
FIRST_LETTERS, LAST_LETTERS = 5, 4
#: Bits of each filter: 128 KiB. Half as many let four times as many words through that are no names.
_FILTER_BITS = 20
_LAST_LETTERS = np.uint64((1 << 8 * LAST_LETTERS) - 1)
#: What a byte is to a word where it is no letter: a border, or more than this pass reads.
_BORDER, _MORE = 0, 1
_ASCII = 128
_TAG_SIGN = 35
#: Columns of a word: its first code point, the one behind the last, where its answer stands.
_FIRST, _BEHIND, _ANSWER = range(3)
#: Where the answer of a word stands that answers to nothing (all 0), whether any word may begin a name, and the first of all answers.
_NOTHING, _BEGUN, _FIRST_ANSWER = 0, kp.HEAD, kp.HEAD + 1
#: What may be in a word, as bits: a name or its beginning, the end of one, anything.
_HEAD, _TAIL, _ANYTHING = 1, 2, 4


class Lean(NamedTuple):
    """`letters`: what each byte is to a word (`_BORDER`, `_MORE`, else its folded letter); `firsts`, `lasts`: one bit per hash of the first
    letters of names and of the last letters of their ends; `reads`: whether this pass reads posts at all, as all parts are long enough."""

    letters: NDArray[np.uint8]
    firsts: NDArray[np.uint8]
    lasts: NDArray[np.uint8]
    reads: bool


class Desk(NamedTuple):
    """Where one post is worked on; every post overwrites the last."""

    words: NDArray[np.int32]
    answers_at: NDArray[np.int32]
    follow: NDArray[np.int64]
    answers: NDArray[np.int32]
    found: NDArray[np.int64]
    folded: NDArray[np.uint32]
    chars: NDArray[np.uint32]
    stack: NDArray[np.int32]
    hits: NDArray[np.int64]


def lean(tables: Any, phrases: Any) -> Lean:
    """The filter of a release's names, made from its compiled phrases."""
    folded = tables.fold[:_ASCII]
    word, how = tables.points[folded, ft.WORD], tables.points[:_ASCII, ft.HOW]
    plain = np.isin(how, (ft.ONE, ft.BORDER)) & (folded < _ASCII) & (folded != _TAG_SIGN)
    letters = np.full(256, _MORE, np.uint8)
    letters[:_ASCII][plain & (word == ft.NO_WORD)] = _BORDER
    own = plain & (word == ft.IN_WORD)
    letters[:_ASCII][own] = folded[own]
    firsts, lasts = (np.zeros(1 << (_FILTER_BITS - 3), np.uint8) for _ in range(2))
    _fill(phrases.keys, phrases.slots, phrases.letters, firsts, lasts)
    shortest, longest = phrases.limits[NAMED, :, 0], phrases.limits[NAMED, :, 1]
    short = any(longest[kind] and shortest[kind] < least for kind, least in ((kt.STEM, FIRST_LETTERS), (kt.TAIL, LAST_LETTERS)))
    return Lean(letters, firsts, lasts, not short and not longest[kt.MIDDLE])


def desk(longest: int) -> Desk:
    """Room for posts of so many bytes."""
    size = longest + 8
    return Desk(
        np.empty((size, 3), np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.int64),
        np.zeros(6 * size + _FIRST_ANSWER, np.int32),
        np.empty(kp.MOST_SYMBOLS + 1, np.int64),
        np.empty(32 * size, np.uint32),
        np.empty(64 * size, np.uint32),
        np.empty((kp.DEPTH, 2), np.int32),
        np.empty(size + kp.DEPTH, np.int64),
    )


@kt.inlined
def _packed(chars: Any, begin: Any, end: Any) -> Any:
    """Letters in one number, the last lowest."""
    packed = np.uint64(0)
    for k in range(begin, end):
        packed = packed << np.uint64(8) ^ np.uint64(chars[k])
    return packed


@kt.inlined
def _spot(first: Any) -> Any:
    """The bit of a filter for up to four letters, packed (those beyond a byte overlap)."""
    return np.int64((np.uint64(first) * kt.HASH) >> np.uint64(64 - _FILTER_BITS))


@kt.inlined
def _may_be(packed: Any, bits: Any) -> Any:
    spot = _spot(packed)
    return (bits[spot >> 3] >> np.uint8(spot & 7)) & np.uint8(1)


@kt.inlined
def _put(letters: Any, begin: Any, end: Any, bits: Any) -> None:
    spot = _spot(_packed(letters, begin, end))
    bits[spot >> 3] |= np.uint8(1) << np.uint8(spot & 7)


@kt.compiled
def _fill(keys: Any, slots: Any, letters: Any, firsts: Any, lasts: Any) -> None:
    """Note the first letters of all names and stems of names, and the last of all ends."""
    for slot in range(keys.shape[0]):
        if keys[slot] != np.uint64(0):
            begin, size = slots[slot, 2], slots[slot, 1]
            end = begin + size
            ahead, back = kt.SEED, kt.SEED
            for k in range(size):
                ahead, back = kt.mix(ahead, letters[begin + k]), kt.mix(back, letters[end - 1 - k])
            if kp.key_of(ahead, NAMED, kt.EXACT) == keys[slot] or kp.key_of(ahead, NAMED, kt.STEM) == keys[slot]:
                _put(letters, begin, min(end, begin + FIRST_LETTERS), firsts)
            if kp.key_of(back, NAMED, kt.TAIL) == keys[slot]:
                _put(letters, max(begin, end - LAST_LETTERS), end, lasts)


@kt.compiled
def _stretches(data: Any, begin: Any, end: Any) -> Any:
    """Whether a byte stands three times in a row anywhere, but for its case. Of three, every second look meets two."""
    for p in range(begin, end - 1, 2):
        one = data[p] | 32
        if one == data[p + 1] | 32 and ((p > begin and data[p - 1] | 32 == one) or (p + 2 < end and data[p + 2] | 32 == one)):
            return True
    return False


@kt.compiled
def _wide_word(data: Any, p: Any, end: Any, place: Any, points: Any, fold: Any, pieces: Any, folded: Any) -> Any:
    """Fold the word that begins at byte p, or the border there. Returns (letters, byte behind, code point behind); -1 letters: more than
    this pass reads."""
    n = np.int64(0)
    while p < end:
        code, width = kt.decode(data, p)
        how = points[code, ft.HOW]
        if how in (ft.DROPPED, ft.ODD):
            return np.int64(-1), p, place
        if how == ft.SEVERAL:
            begin, size = np.int64(fold[code]) >> 5, np.int64(fold[code]) & 31
        else:
            begin, size = np.int64(-1), np.int64(1)
        inside = 0
        for k in range(size):
            letter = pieces[begin + k] if begin >= 0 else fold[code]
            word = points[letter, ft.WORD]
            if word in (ft.OWN_WORD, ft.EMOJI_WORD) or letter == _TAG_SIGN:
                return np.int64(-1), p, place
            inside += word == ft.IN_WORD
            folded[n + k] = letter
        if inside == 0:
            if n:
                return n, p, place
            return n, p + width, place + 1
        if inside < size:
            return np.int64(-1), p, place
        n += size
        p += width
        place += 1
    return n, p, place


@kt.inlined
def _what(first: Any, last: Any, lean: Any) -> Any:
    """What may be in a word by its first and last letters, packed."""
    return _HEAD * _may_be(first, lean.firsts) | _TAIL * _may_be(last, lean.lasts)


@kt.inlined
def look(chars: Any, begin: Any, end: Any, lean: Any) -> Any:
    """What may be in a folded word, begin..end-1, by its first and last letters; 0 for no name and no part of one."""
    first = _packed(chars, begin, min(end, begin + FIRST_LETTERS))
    last = _packed(chars, max(begin, end - LAST_LETTERS), end)
    return _what(first, last, lean)


@kt.compiled
def _of_wide(points: Any, folded: Any, size: Any, chars: Any, lean: Any) -> Any:
    """Copy a word that was folded, in one script; what may be in it."""
    kt.copy_word(points, folded, np.int64(0), size, chars, np.int64(0), False)
    return np.int64(_ANYTHING) if kp.stretched(chars, np.int64(0), size) else np.int64(look(chars, np.int64(0), size, lean))


@kt.compiled
def _cut(data: Any, begin: Any, end: Any, tables: Any, lean: Any, stretched: Any, phrases: Any, desk: Any) -> Any:
    """The words of a post, and the answers of those that may belong to a name. Returns how many words, -1 for a post to be read
    whole."""
    letters, words, chars = lean.letters, desk.words, desk.chars
    n, filled = np.int64(0), np.int64(_FIRST_ANSWER)
    desk.answers[_BEGUN] = 0
    p, ahead = begin, begin  # `ahead`: of a code point's number, the byte it begins at
    while p < end:
        letter = letters[data[p]]
        if letter == _BORDER:
            p += 1
            continue
        start, first, last = p, np.uint64(0), np.uint64(0)  # the letters are packed on the way: each is read once
        while letter > _MORE:
            last = last << np.uint64(8) | np.uint64(letter)
            p += 1
            first = last if p - start <= FIRST_LETTERS else first
            letter = letters[data[p]] if p < end else np.uint8(_BORDER)
        words[n, _FIRST], words[n, _ANSWER] = start - ahead, _NOTHING
        size, what = p - start, np.int64(_ANYTHING)
        if letter == _MORE:
            size, p, place = _wide_word(data, start, end, start - ahead, tables.points, tables.fold, tables.pieces, desk.folded)
            if size < 0:
                return size
            ahead = p - place
            if size == 0:
                continue
            what = _of_wide(tables.points, desk.folded, size, chars, lean)
        else:
            what = np.int64(_ANYTHING) if stretched else np.int64(_what(first, last & _LAST_LETTERS, lean))
            for k in range(size if what else 0):
                chars[k] = letters[data[start + k]]
        words[n, _BEHIND] = p - ahead
        if what:
            filled = _looked_up(size, what, n, filled, phrases, desk)
            if filled < 0:
                return filled
        n += 1
    return n


@kt.compiled
def _looked_up(size: Any, what: Any, word: Any, filled: Any, phrases: Any, desk: Any) -> Any:
    """Put down what the word in `desk.chars` answers to; returns where the answers end, -1 where there is no room for them."""
    keys, slots, letters, bloom, limits = phrases.keys, phrases.slots, phrases.letters, phrases.bloom, phrases.limits
    chars, found, answers, count, begin = desk.chars, desk.found, desk.answers, np.int64(0), np.int64(0)
    if what == _ANYTHING:
        count = np.int64(kp.symbols(np.int64(NAMED), chars, begin, size, size, found, keys, slots, letters, bloom, limits))
    else:
        if what & _HEAD:
            count = np.int64(kp.heads(np.int64(NAMED), chars, begin, size, found, keys, slots, letters, bloom, limits))
        if what & _TAIL:
            count = np.int64(kp.tails(np.int64(NAMED), chars, begin, size, found, count, keys, slots, letters, bloom, limits))
    if count == 0:
        return filled
    if count >= kp.MOST_SYMBOLS or filled + kp.HEAD + 2 * count > answers.shape[0]:
        return np.int64(-1)
    bits = np.int64(0)
    for k in range(count):
        bits |= kp.bit_of(found[k])
        first_to = phrases.first_to[phrases.matchers[NAMED, 3] + found[k]]
        answers[filled + kp.HEAD + 2 * k], answers[filled + kp.HEAD + 1 + 2 * k] = found[k], first_to
        answers[_BEGUN] |= first_to >= 0
    answers[filled], answers[filled + 1], answers[filled + 2] = count, np.int32(bits), np.int32(bits >> 32)
    desk.words[word, _ANSWER] = filled
    return filled + kp.HEAD + 2 * count


@kt.compiled
def _named(words: Any, phrases: Any, desk: Any) -> Any:
    """Hits of a post some of whose words answer, sorted, each once; -1: more than there is room for."""
    step_keys, step_to, nodes, meanings = phrases.step_keys, phrases.step_to, phrases.nodes, phrases.meanings
    answers, answers_at, follow, gap = desk.answers, desk.answers_at, desk.follow, phrases.matchers[NAMED, 1]
    for word in range(words):
        place = desk.words[word, _ANSWER]
        answers_at[word] = place
        follow[word] = (np.int64(answers[place + 2]) << 32) | (np.int64(answers[place + 1]) & 0xFFFFFFFF)
    n, table = np.int64(0), np.int64(NAMED)
    for first in range(words):
        if answers_at[first] and n >= 0:
            n = kp.walk(
                table, first, words, follow, answers_at, answers, desk.stack, desk.hits, n, gap, step_keys, step_to, nodes, meanings
            )
    return kp.sorted_once(desk.hits, np.int64(0), n) if n > 0 else n


@kt.compiled
def lean_match(data: Any, offsets: Any, tables: Any, phrases: Any, lean: Any, desk: Any, left: Any, found: Any) -> Any:
    """Names in posts: rows of `found` (post, first code point, the one behind the last). Marks in `left` the posts to be read whole.
    Returns how many rows."""
    rows = np.int64(0)
    first_bits, last_mask = kp.LAST_BITS + kp.MEANING_BITS, (1 << kp.LAST_BITS) - 1
    for post in range(offsets.shape[0] - 1):
        begin, end = offsets[post], offsets[post + 1]
        words = np.int64(-1)
        if lean.reads:
            words = _cut(data, begin, end, tables, lean, _stretches(data, begin, end), phrases, desk)
        hits = _named(words, phrases, desk) if words > 0 and desk.answers[_BEGUN] else min(words, np.int64(0))
        if hits < 0 or rows + hits > found.shape[0]:
            left[post] = True
            continue
        for k in range(hits):
            first = (desk.hits[k] >> first_bits) & 0x7FFFFFFF
            last = first + ((desk.hits[k] >> kp.MEANING_BITS) & last_mask)
            found[rows, 0], found[rows, 1], found[rows, 2] = post, desk.words[first, _FIRST], desk.words[last - 1, _BEHIND]
            rows += 1
    return rows
