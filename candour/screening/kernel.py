"""Screening kernel: from the bytes of an Arrow column to words, languages and phrase hits, compiled by numba.

It gives for every post what `words.cut`, `language.identify` and `Matcher.find` give, and nothing else decides: tests hold both together.
Hashes only lead to candidates; every word is compared letter by letter before it counts. Time is linear in the length of a post.
Only the worker and `candour screen` import this module: numba costs 0.2 s and 60 MB.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from candour.screening import fold_tables as ft
from candour.screening import kernel_text as kt
from candour.screening.language import MOST_KNOWN_WORDS, MOST_WORDS
from candour.screening.phrase_tables import BLAMES, GAP_SYMBOL, MASKS, NAMED, NO_CODE, PATIENT, SMALL_WORDS_TABLE, USES, WAKES

#: How many symbols one word can answer to before the reference must read the post.
MOST_SYMBOLS = 48
_DEPTH = 4096
#: What `scan` says of a post: judged by hits, none to judge, to be read by the reference.
QUIET, AWAKE, ODD = 0, 1, 2
#: A hit as one number: products last, then first word, length, meaning.
LAST_BITS, MEANING_BITS = 10, 21
PRODUCT_BIT = 62


class Out(NamedTuple):
    """What is found: per word, per post, and all hits."""

    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    sentence: NDArray[np.int32]
    clause: NDArray[np.int32]
    asked: NDArray[np.uint8]
    word_at: NDArray[np.int64]
    code: NDArray[np.int16]
    state: NDArray[np.uint8]
    signs: NDArray[np.uint8]
    patient: NDArray[np.uint8]
    hit_at: NDArray[np.int64]
    hits: NDArray[np.int64]


@njit(nogil=True, cache=True)
def _same(phrases: Any, slot: Any, chars: Any, begin: Any, size: Any) -> Any:
    """Whether the symbol in a slot is really the letters begin.. of a word."""
    if phrases.size[slot] != size:
        return False
    at = phrases.letters_at[slot]
    same = True
    for k in range(size):
        same = same and phrases.letters[at + k] == chars[begin + k]
    return same


@njit(nogil=True, cache=True)
def _look_up(phrases: Any, key: Any, chars: Any, begin: Any, size: Any) -> Any:
    """The symbol of these letters under a key, -1 for none."""
    if not (phrases.bloom[(key >> np.uint64(3)) & phrases.bloom_mask] >> np.uint8(key & np.uint64(7))) & np.uint8(1):
        return -1
    slot = (key >> np.uint64(20)) & phrases.mask
    while phrases.keys[slot] != np.uint64(0):
        if phrases.keys[slot] == key and _same(phrases, slot, chars, begin, size):
            return np.int64(phrases.symbol[slot])
        slot = (slot + np.uint64(1)) & phrases.mask
    return -1


@njit(nogil=True, cache=True)
def _key(h: Any, salt: Any) -> Any:
    """A key that is never 0, different for every kind of symbol and every matcher."""
    return kt.mix(h, salt) | np.uint64(1)


@njit(nogil=True, cache=True)
def _whole_and_stems(phrases: Any, table: Any, chars: Any, begin: Any, end: Any, found: Any) -> Any:
    h = kt.SEED
    n, size = 0, end - begin
    shortest, longest = phrases.limits[table, kt.STEM, 0], phrases.limits[table, kt.STEM, 1]
    salt = np.uint64(table * 8 + kt.STEM)
    for k in range(size):
        h = kt.mix(h, chars[begin + k])
        if shortest <= k + 1 <= longest and n < MOST_SYMBOLS:
            symbol = _look_up(phrases, _key(h, salt), chars, begin, k + 1)
            if symbol >= 0:
                found[n] = symbol
                n += 1
    if n < MOST_SYMBOLS:
        symbol = _look_up(phrases, _key(h, np.uint64(table * 8 + kt.EXACT)), chars, begin, size)
        if symbol >= 0:
            found[n] = symbol
            n += 1
    return n


@njit(nogil=True, cache=True)
def _tails(phrases: Any, table: Any, chars: Any, begin: Any, end: Any, found: Any, n: Any) -> Any:
    h = kt.SEED
    shortest, longest = phrases.limits[table, kt.TAIL, 0], phrases.limits[table, kt.TAIL, 1]
    salt = np.uint64(table * 8 + kt.TAIL)
    for k in range(min(end - begin, longest)):
        h = kt.mix(h, chars[end - 1 - k])
        if k + 1 >= shortest and n < MOST_SYMBOLS:
            symbol = _look_up(phrases, _key(h, salt), chars, end - 1 - k, k + 1)
            if symbol >= 0:
                found[n] = symbol
                n += 1
    return n


@njit(nogil=True, cache=True)
def _middles(phrases: Any, table: Any, chars: Any, begin: Any, end: Any, found: Any, n: Any) -> Any:
    shortest, longest = phrases.limits[table, kt.MIDDLE, 0], phrases.limits[table, kt.MIDDLE, 1]
    salt = np.uint64(table * 8 + kt.MIDDLE)
    for start in range(begin, end - shortest + 1):
        h = kt.SEED
        for k in range(min(end - start, longest)):
            h = kt.mix(h, chars[start + k])
            if k + 1 < shortest or n >= MOST_SYMBOLS:
                continue
            symbol = _look_up(phrases, _key(h, salt), chars, start, k + 1)
            if symbol >= 0:
                n = _once(found, n, symbol)
    return n


@njit(nogil=True, cache=True)
def _once(found: Any, n: Any, symbol: Any) -> Any:
    for k in range(n):
        if found[k] == symbol:
            return n
    found[n] = symbol
    return n + 1


@njit(nogil=True, cache=True)
def _symbols_of(phrases: Any, table: Any, chars: Any, begin: Any, end: Any, found: Any) -> Any:
    n = _whole_and_stems(phrases, table, chars, begin, end, found)
    if phrases.limits[table, kt.TAIL, 1]:
        n = _tails(phrases, table, chars, begin, end, found, n)
    if phrases.limits[table, kt.MIDDLE, 1]:
        n = _middles(phrases, table, chars, begin, end, found, n)
    return n


@njit(nogil=True, cache=True)
def _shorten(chars: Any, begin: Any, end: Any, most: Any, to: Any) -> Any:
    """Write a word with runs of three and more of a letter cut to `most`, at `to`; returns its end, or `to` where there is no such run."""
    n, k = to, begin
    shortened = False
    while k < end:
        run = 1
        while k + run < end and chars[k + run] == chars[k]:
            run += 1
        keep = run if run < 3 else most
        shortened = shortened or run >= 3
        for _ in range(keep):
            chars[n] = chars[k]
            n += 1
        k += run
    return n if shortened else to


@njit(nogil=True, cache=True)
def symbols(phrases: Any, table: Any, buffers: Any, word: Any, free: Any, found: Any) -> Any:
    """Symbols a word answers to in a matcher; a stretched word is shortened. `free`: where in `chars` there is room for it."""
    begin, end = buffers.at[word], buffers.at[word + 1]
    n = _symbols_of(phrases, table, buffers.chars, begin, end, found)
    if n or end - begin < 3:
        return n
    for most in (2, 1):
        stop = _shorten(buffers.chars, begin, end, most, free)
        if stop == free:
            return 0
        n = _symbols_of(phrases, table, buffers.chars, free, stop, found)
        if n:
            return n
    return 0


@njit(nogil=True, cache=True)
def _next(phrases: Any, node: Any, symbol: Any) -> Any:
    """The trie node behind a symbol, -1 for none."""
    key = (np.uint64(node) << np.uint64(32)) | np.uint64(symbol + 1)
    slot = ((key * kt.HASH) >> np.uint64(24)) & phrases.step_mask
    while phrases.step_keys[slot] != np.uint64(0):
        if phrases.step_keys[slot] == key:
            return np.int64(phrases.step_to[slot])
        slot = (slot + np.uint64(1)) & phrases.step_mask
    return -1


@njit(nogil=True, cache=True)
def _push(phrases: Any, node: Any, at: Any, words: Any, answers: Any, stack: Any, top: Any) -> Any:
    """Put every node that word `at` leads to on the stack. The stack full: -1."""
    if at < words and top >= 0:
        for k in range(answers.at[at], answers.at[at + 1]):
            to = _next(phrases, node, answers.symbols[k])
            if to >= 0:
                if top + 1 >= _DEPTH:
                    return -1
                stack[top, 0] = to
                stack[top, 1] = at + 1
                top += 1
    return top


@njit(nogil=True, cache=True)
def _walk(phrases: Any, table: Any, first: Any, words: Any, answers: Any, stack: Any, hits: Any, n: Any) -> Any:
    """All phrases that begin at a word. Returns hits so far, -1 where the stack or the room for hits ran out."""
    gap = phrases.gap[table]
    top = _push(phrases, phrases.root[table], first, words, answers, stack, 0)
    while top > 0:
        top -= 1
        node, at = np.int64(stack[top, 0]), np.int64(stack[top, 1])
        for k in range(phrases.meanings_at[node], phrases.meanings_at[node + 1]):
            if n >= hits.shape[0]:
                return -1
            hits[n] = (
                (np.int64(table == NAMED) << PRODUCT_BIT)
                | (first << (LAST_BITS + MEANING_BITS))
                | ((at - first) << MEANING_BITS)
                | np.int64(phrases.meanings[k])
            )
            n += 1
        if phrases.more[node]:
            top = _push(phrases, node, at, words, answers, stack, top)
            behind = _next(phrases, node, GAP_SYMBOL)
            if behind >= 0:
                for skipped in range(gap + 1):
                    top = _push(phrases, behind, at + skipped, words, answers, stack, top)
        if top < 0:
            return -1
    return n


class Answers(NamedTuple):
    """Symbols of every word of a post."""

    at: NDArray[np.int32]
    symbols: NDArray[np.int32]
    found: NDArray[np.int32]


@njit(nogil=True, cache=True)
def find(phrases: Any, table: Any, buffers: Any, words: Any, answers: Any, stack: Any, hits: Any, n: Any) -> Any:
    """All hits of one matcher in a post, unsorted, behind the first n. -1: no room, or a word with too many readings."""
    total = 0
    answers.at[0] = 0
    for word in range(words):
        count = symbols(phrases, table, buffers, word, buffers.at[words], answers.found)
        if count >= MOST_SYMBOLS or total + count > answers.symbols.shape[0]:
            return -1
        for k in range(count):
            answers.symbols[total + k] = answers.found[k]
        total += count
        answers.at[word + 1] = total
    for first in range(words):
        if answers.at[first + 1] > answers.at[first]:
            n = _walk(phrases, table, first, words, answers, stack, hits, n)
            if n < 0:
                return -1
    return n


@njit(nogil=True, cache=True)
def _tag_name(phrases: Any, buffers: Any, begin: Any, end: Any) -> Any:
    """Length of the product name a hashtag begins with, 0 for none."""
    h = kt.SEED
    known = 0
    shortest, longest = phrases.limits[NAMED, kt.TAG, 0], phrases.limits[NAMED, kt.TAG, 1]
    for k in range(min(end - begin, longest)):
        h = kt.mix(h, buffers.folded[begin + k])
        if k + 1 >= shortest and _look_up(phrases, _key(h, np.uint64(NAMED * 8 + kt.TAG)), buffers.folded, begin, k + 1) >= 0:
            known = k + 1
    return known if known < end - begin else 0


@njit(nogil=True, cache=True)
def _tag_words(tables: Any, phrases: Any, buffers: Any, out: Any, base: Any, words: Any, begin: Any, end: Any, state: Any, gap: Any) -> Any:
    """The words of a hashtag. Returns words so far."""
    known = _tag_name(phrases, buffers, begin, end)
    start = begin
    for at in range(begin + 1, end + 1):
        split = at == end or at == begin + known
        if not split and at > begin + known:
            split = kt.parted(buffers.cases[at - 1], buffers.cases[at])
        if split:
            kt.place_word(out, base, words, gap, state)
            kt.add_word(tables, buffers, out, words, base, start, at)
            words, start, gap = words + 1, at, 0
    return words


@njit(nogil=True, cache=True)
def cut_words(tables: Any, phrases: Any, buffers: Any, out: Any, base: Any, characters: Any) -> Any:
    """The words of a folded post, with sentence and clause. Returns how many."""
    pieces, behind = kt.cut_pieces(tables, buffers, characters)
    state = np.zeros(3, np.int64)
    words = 0
    buffers.at[0] = 0
    for piece in range(pieces):
        begin, end, gap = buffers.first[piece], buffers.last[piece], buffers.gaps[piece]
        if buffers.tagged[piece]:
            words = _tag_words(tables, phrases, buffers, out, base, words, begin, end, state, gap)
        else:
            kt.place_word(out, base, words, gap, state)
            kt.add_word(tables, buffers, out, words, base, begin, end)
            words += 1
    if words and behind & ft.QUESTION:
        out.asked[base + state[0]] = 1
    return words


@njit(nogil=True, cache=True)
def _by_script(counts: Any, codes: Any, hint: Any) -> Any:
    """The code of a post not written in Latin letters, NO_CODE for Latin."""
    if not counts[kt.WIDE_AT]:
        return NO_CODE
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
    return (hint if hint != NO_CODE else codes.undetermined) if most == 6 else np.int64(codes.of_script[most])


@njit(nogil=True, cache=True)
def _chinese(counts: Any, codes: Any, hint: Any) -> Any:
    simplified, traditional = counts[kt.SIMPLIFIED_AT], counts[kt.TRADITIONAL_AT]
    if simplified == traditional:
        return codes.traditional if hint == codes.traditional else codes.simplified
    return codes.simplified if simplified > traditional else codes.traditional


@njit(nogil=True, cache=True)
def _by_small_words(phrases: Any, codes: Any, buffers: Any, words: Any, scores: Any) -> Any:
    """Best language and its lead, from the words nobody can write without."""
    scores[:] = 0.0
    for word in range(min(words, MOST_WORDS)):
        begin, end = buffers.at[word], buffers.at[word + 1]
        if end - begin > codes.longest_small:
            continue
        h = kt.SEED
        for k in range(begin, end):
            h = kt.mix(h, buffers.chars[k])
        symbol = _look_up(phrases, _key(h, np.uint64(SMALL_WORDS_TABLE * 8 + kt.EXACT)), buffers.chars, begin, end - begin)
        if symbol >= 0:
            for k in range(codes.small_at[symbol], codes.small_at[symbol + 1]):
                scores[codes.small_code[k]] += codes.small_part[k]
    best, second = NO_CODE, 0.0
    for code in range(scores.shape[0]):
        if scores[code] > (scores[best] if best != NO_CODE else 0.0):
            second = scores[best] if best != NO_CODE else 0.0
            best = code
        elif scores[code] > second:
            second = scores[code]
    if best == NO_CODE:
        return NO_CODE, 0.0
    return best, min(scores[best], 2 * (scores[best] - second) + 0.2 * scores[best])


@njit(nogil=True, cache=True)
def _by_phrases(phrases: Any, codes: Any, buffers: Any, words: Any, answers: Any, guess: Any) -> Any:
    best = top = 0
    only = False
    for at in range(codes.latin_tables.shape[0]):
        count = 0
        for word in range(min(words, MOST_KNOWN_WORDS)):
            count += symbols(phrases, codes.latin_tables[at], buffers, word, buffers.at[words], answers.found) > 0
        if count > best:
            best, top, only = count, codes.latin_codes[at], True
        elif count == best:
            only = False
    if best and only:
        return np.int64(top)
    return guess if guess != NO_CODE else codes.undetermined


@njit(nogil=True, cache=True)
def identify(phrases: Any, codes: Any, buffers: Any, words: Any, hint: Any, answers: Any, scores: Any) -> Any:
    """Number of the post's language among the codes."""
    code = _by_script(buffers.counts, codes, hint)
    if code != NO_CODE:
        return code
    code, strength = _by_small_words(phrases, codes, buffers, words, scores)
    if code != NO_CODE and strength >= (2 if hint in (NO_CODE, code) else 4):
        return code
    return hint if hint != NO_CODE else _by_phrases(phrases, codes, buffers, words, answers, code)


@njit(nogil=True, cache=True)
def _wakes(phrases: Any, hits: Any, begin: Any, end: Any, table: Any) -> Any:
    """Bits of everything the hits of a post mean."""
    bits = 0
    for k in range(begin, end):
        meaning = hits[k] & ((1 << MEANING_BITS) - 1)
        owner = NAMED if hits[k] >> PRODUCT_BIT else table
        bits |= phrases.bits[phrases.bits_at[owner] + meaning]
    return bits


@njit(nogil=True, cache=True)
def _sorted_once(hits: Any, begin: Any, end: Any) -> Any:
    """Sort the hits begin..end-1 and drop what is there twice; returns the new end."""
    if end - begin > 1:
        hits[begin:end].sort()
        to = begin + 1
        for k in range(begin + 1, end):
            if hits[k] != hits[to - 1]:
                hits[to] = hits[k]
                to += 1
        return to
    return end


@njit(nogil=True, cache=True)
def _post(phrases: Any, codes: Any, buffers: Any, out: Any, words: Any, answers: Any, stack: Any, code: Any, n: Any) -> Any:
    """Hits of one post behind the first n; -1 where the reference must read it, or there is no room."""
    begin = n
    table = codes.table[code]
    if table >= 0:
        n = find(phrases, table, buffers, words, answers, stack, out.hits, n)
    if n >= 0:
        n = find(phrases, NAMED, buffers, words, answers, stack, out.hits, n)
    return _sorted_once(out.hits, begin, n) if n >= 0 else -1


@njit(nogil=True, cache=True)
def _room(longest: Any) -> Any:
    """Buffers for the longest post of a batch: a byte of UTF-8 folds to at most six characters, and a shortened word needs room behind."""
    size = longest * 6 + 64
    return kt.Buffers(
        np.empty(size, np.uint32),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.uint8),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.uint8),
        np.empty(size, np.uint8),
        np.empty(2 * size, np.uint32),
        np.empty(size + 1, np.int32),
        np.zeros(kt.COUNTS, np.int64),
    ), Answers(np.empty(size + 1, np.int32), np.empty(size * 4 + MOST_SYMBOLS, np.int32), np.empty(MOST_SYMBOLS + 1, np.int32))


@njit(nogil=True, cache=True)
def _one(data: Any, begin: Any, end: Any, tables: Any, phrases: Any, codes: Any, room: Any, out: Any, post: Any, hint: Any) -> Any:
    """Read one post into `out`. Returns its state."""
    buffers, answers, stack, scores = room
    base, n = out.word_at[post], out.hit_at[post]
    out.word_at[post + 1], out.hit_at[post + 1] = base, n
    if base + 2 * (end - begin) + 2 > out.starts.shape[0]:
        return ODD
    characters, out.signs[post] = kt.fold_post(data, begin, end, tables, buffers)
    if characters == kt.READ_BY_REFERENCE:
        return ODD
    words = cut_words(tables, phrases, buffers, out, base, characters)
    code = identify(phrases, codes, buffers, words, hint, answers, scores)
    out.code[post] = code
    to = _post(phrases, codes, buffers, out, words, answers, stack, code, n)
    if to < 0:
        out.asked[base : base + words + 1] = 0
        return ODD
    bits = _wakes(phrases, out.hits, n, to, codes.table[code])
    out.patient[post] = (bits & PATIENT) != 0
    awake = bits & WAKES or (bits & BLAMES and bits & USES) or (bits & PATIENT and bits & MASKS)
    if not awake:
        out.asked[base : base + words + 1] = 0
        return QUIET
    out.word_at[post + 1], out.hit_at[post + 1] = base + words + 1, to
    return AWAKE


@njit(nogil=True, cache=True)
def scan(data: Any, offsets: Any, hints: Any, tables: Any, phrases: Any, codes: Any, out: Any) -> Any:
    """Read a batch of posts: `offsets` into the bytes, `hints` the declared language of each."""
    longest = 0
    for post in range(hints.shape[0]):
        longest = max(longest, offsets[post + 1] - offsets[post])
    buffers, answers = _room(longest)
    room = (buffers, answers, np.empty((_DEPTH, 2), np.int32), np.zeros(codes.small_codes, np.float64))
    out.word_at[0] = out.hit_at[0] = 0
    for post in range(hints.shape[0]):
        out.state[post] = _one(data, offsets[post], offsets[post + 1], tables, phrases, codes, room, out, post, hints[post])


@njit(nogil=True, cache=True)
def fill_symbols(
    rows: Any, lengths: Any, letters: Any, keys: Any, symbol: Any, size: Any, letters_at: Any, mask: Any, bloom: Any, bloom_mask: Any
) -> None:
    """Put symbols into their slots; rows: salt, kind, number."""
    at = 0
    for row in range(rows.shape[0]):
        h = kt.SEED
        for k in range(lengths[row]):
            h = kt.mix(h, letters[at + lengths[row] - 1 - k] if rows[row, 1] == kt.TAIL else letters[at + k])
        key = _key(h, np.uint64(rows[row, 0]))
        slot = (key >> np.uint64(20)) & mask
        while keys[slot] != np.uint64(0):
            slot = (slot + np.uint64(1)) & mask
        keys[slot], symbol[slot], size[slot], letters_at[slot] = key, rows[row, 2], lengths[row], at
        bloom[(key >> np.uint64(3)) & bloom_mask] |= np.uint8(1) << np.uint8(key & np.uint64(7))
        at += lengths[row]


@njit(nogil=True, cache=True)
def fill_steps(rows: Any, keys: Any, to: Any, mask: Any) -> None:
    """Put the steps of the tries into their slots; rows: node, symbol, node."""
    for row in range(rows.shape[0]):
        key = (np.uint64(rows[row, 0]) << np.uint64(32)) | np.uint64(rows[row, 1] + 1)
        slot = ((key * kt.HASH) >> np.uint64(24)) & mask
        while keys[slot] != np.uint64(0):
            slot = (slot + np.uint64(1)) & mask
        keys[slot], to[slot] = key, rows[row, 2]
