"""Screening kernel, second half: words to symbols, symbols to phrases. Compiled by numba; the reference is `matcher.Matcher`.

Arguments that go together: `keys, slots, letters, bloom, limits` are the symbols of `phrase_tables.Phrases`, `chars` the letters of a post.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from candour.screening import kernel_text as kt
from candour.screening.phrase_tables import NAMED

#: How many symbols one word can answer to before the reference must read the post.
MOST_SYMBOLS = 48
#: Nodes waiting in a walk.
DEPTH = 4096
#: A hit as one number: products last, then first word, length, meaning.
LAST_BITS, MEANING_BITS = 10, 21
PRODUCT_BIT = 62
#: What stands before the symbols of an answer: their number, and the bits of all of them, lower and upper half.
HEAD = 3
#: Moves per hit after which hits are not taken for nearly sorted any more.
_MOST_MOVES = 8


@kt.inlined
def may_be(key: Any, bloom: Any) -> Any:
    """Whether there may be a symbol under a key; nearly always no, and then nothing else is touched."""
    return (bloom[np.int64(key >> np.uint64(8)) & (bloom.shape[0] - 1)] >> np.uint8(key & np.uint64(7))) & np.uint8(1)


@kt.compiled
def look_up(key: Any, chars: Any, begin: Any, size: Any, keys: Any, slots: Any, letters: Any) -> Any:
    """The symbol of these letters under a key, -1 for none."""
    mask = keys.shape[0] - 1
    slot = np.int64(key >> np.uint64(24)) & mask
    while keys[slot] != np.uint64(0):
        if keys[slot] == key and slots[slot, 1] == size:
            at, k = slots[slot, 2], 0
            while k < size and letters[at + k] == chars[begin + k]:
                k += 1
            if k == size:
                return slots[slot, 0]
        slot = (slot + 1) & mask
    return np.int64(-1)


@kt.inlined
def key_of(h: Any, table: Any, kind: Any) -> Any:
    """A key that is never 0, different for every kind of symbol and every matcher."""
    return kt.mix(h, table * 8 + kind) | np.uint64(1) << np.uint64(63)


@kt.compiled
def heads(table: Any, chars: Any, begin: Any, end: Any, found: Any, keys: Any, slots: Any, letters: Any, bloom: Any, limits: Any) -> Any:
    """Symbols a word is, or begins with."""
    h = kt.SEED
    n, size = 0, end - begin
    shortest, longest = limits[table, kt.STEM, 0], limits[table, kt.STEM, 1]
    for k in range(size):
        h = kt.mix(h, chars[begin + k])
        if shortest <= k + 1 <= longest and n < MOST_SYMBOLS:
            key = key_of(h, table, kt.STEM)
            symbol = look_up(key, chars, begin, k + 1, keys, slots, letters) if may_be(key, bloom) else np.int64(-1)
            if symbol >= 0:
                found[n] = symbol
                n += 1
    if n < MOST_SYMBOLS:
        key = key_of(h, table, kt.EXACT)
        symbol = look_up(key, chars, begin, size, keys, slots, letters) if may_be(key, bloom) else np.int64(-1)
        if symbol >= 0:
            found[n] = symbol
            n += 1
    return n


@kt.compiled
def tails(
    table: Any, chars: Any, begin: Any, end: Any, found: Any, n: Any, keys: Any, slots: Any, letters: Any, bloom: Any, limits: Any
) -> Any:
    """Symbols a word ends in, behind the first n found."""
    h = kt.SEED
    shortest, longest = limits[table, kt.TAIL, 0], limits[table, kt.TAIL, 1]
    for k in range(min(end - begin, longest)):
        h = kt.mix(h, chars[end - 1 - k])
        if k + 1 >= shortest and n < MOST_SYMBOLS:
            key = key_of(h, table, kt.TAIL)
            symbol = look_up(key, chars, end - 1 - k, k + 1, keys, slots, letters) if may_be(key, bloom) else np.int64(-1)
            if symbol >= 0:
                found[n] = symbol
                n += 1
    return n


@kt.compiled
def _middles(
    table: Any, chars: Any, begin: Any, end: Any, found: Any, n: Any, keys: Any, slots: Any, letters: Any, bloom: Any, limits: Any
) -> Any:
    shortest, longest = limits[table, kt.MIDDLE, 0], limits[table, kt.MIDDLE, 1]
    for start in range(begin, end - shortest + 1):
        h = kt.SEED
        for k in range(min(end - start, longest)):
            h = kt.mix(h, chars[start + k])
            if k + 1 < shortest or n >= MOST_SYMBOLS:
                continue
            key = key_of(h, table, kt.MIDDLE)
            symbol = look_up(key, chars, start, k + 1, keys, slots, letters) if may_be(key, bloom) else np.int64(-1)
            if symbol >= 0:
                known = 0
                while known < n and found[known] != symbol:
                    known += 1
                found[known] = symbol
                n = max(n, known + 1)
    return n


@kt.compiled
def symbols_of(
    table: Any, chars: Any, begin: Any, end: Any, found: Any, keys: Any, slots: Any, letters: Any, bloom: Any, limits: Any
) -> Any:
    """Symbols a word answers to as it stands."""
    n = heads(table, chars, begin, end, found, keys, slots, letters, bloom, limits)
    if limits[table, kt.TAIL, 1]:
        n = tails(table, chars, begin, end, found, n, keys, slots, letters, bloom, limits)
    if limits[table, kt.MIDDLE, 1]:
        n = _middles(table, chars, begin, end, found, n, keys, slots, letters, bloom, limits)
    return n


@kt.compiled
def stretched(chars: Any, begin: Any, end: Any) -> Any:
    """Whether a word has a letter three times in a row."""
    run = 1
    for k in range(begin + 1, end):
        run = run + 1 if chars[k] == chars[k - 1] else 1
        if run == 3:
            return True
    return False


@kt.compiled
def _shorten(chars: Any, begin: Any, end: Any, most: Any, to: Any) -> Any:
    """Write a word with runs of three and more of a letter cut to `most`, at `to`; returns its end."""
    k = begin
    while k < end:
        run = 1
        while k + run < end and chars[k + run] == chars[k]:
            run += 1
        for _ in range(run if run < 3 else most):
            chars[to] = chars[k]
            to += 1
        k += run
    return to


@kt.compiled
def symbols(
    table: Any, chars: Any, begin: Any, end: Any, free: Any, found: Any, keys: Any, slots: Any, letters: Any, bloom: Any, limits: Any
) -> Any:
    """Symbols a word answers to in a matcher; a stretched word is shortened. `free`: where in `chars` there is room for it."""
    n = symbols_of(table, chars, begin, end, found, keys, slots, letters, bloom, limits)
    if n == 0 and stretched(chars, begin, end):
        stop = _shorten(chars, begin, end, 2, free)
        n = symbols_of(table, chars, free, stop, found, keys, slots, letters, bloom, limits)
        if n == 0:
            stop = _shorten(chars, begin, end, 1, free)
            n = symbols_of(table, chars, free, stop, found, keys, slots, letters, bloom, limits)
    return n


@kt.inlined
def _next(node: Any, symbol: Any, step_keys: Any, step_to: Any) -> Any:
    """The trie node behind a symbol, -1 for none."""
    key = (np.uint64(node) << np.uint64(32)) | np.uint64(symbol + 1)
    mask = step_keys.shape[0] - 1
    slot = np.int64((key * kt.HASH) >> np.uint64(24)) & mask
    while step_keys[slot] != np.uint64(0):
        if step_keys[slot] == key:
            return np.int64(step_to[slot])
        slot = (slot + 1) & mask
    return np.int64(-1)


@kt.inlined
def bit_of(symbol: Any) -> Any:
    """The bit that stands for a symbol among those that lead on from a node."""
    return np.int64(1) << (np.int64(symbol) & 63)


@kt.inlined
def _push(
    node: Any,
    leads: Any,
    at: Any,
    words: Any,
    follow: Any,
    answers_at: Any,
    answers: Any,
    stack: Any,
    top: Any,
    step_keys: Any,
    step_to: Any,
) -> Any:
    """Put every node that word `at` leads to on the stack. The stack full: -1. `leads`: bits of the symbols that lead on from the node."""
    if at < words and top >= 0 and leads & follow[at]:
        place = answers_at[at]
        for k in range(answers[place]):
            symbol = answers[place + HEAD + 2 * k]
            to = _next(node, np.int64(symbol), step_keys, step_to) if leads & bit_of(symbol) else np.int64(-1)
            if to >= 0:
                if top + 1 >= DEPTH:
                    return np.int64(-1)
                stack[top, 0] = to
                stack[top, 1] = at + 1
                top += 1
    return top


@kt.inlined
def walk(
    table: Any,
    first: Any,
    words: Any,
    follow: Any,
    answers_at: Any,
    answers: Any,
    stack: Any,
    hits: Any,
    n: Any,
    gap: Any,
    step_keys: Any,
    step_to: Any,
    nodes: Any,
    meanings: Any,
) -> Any:
    """All phrases that begin at a word. Returns hits so far, -1 where the stack or the room for hits ran out."""
    head = (np.int64(table == NAMED) << PRODUCT_BIT) | (first << (LAST_BITS + MEANING_BITS))
    top = np.int64(0)
    place = answers_at[first]
    for k in range(answers[place]):
        if answers[place + HEAD + 1 + 2 * k] >= 0:
            stack[top, 0], stack[top, 1] = answers[place + HEAD + 1 + 2 * k], first + 1
            top += 1
    while top > 0:
        top -= 1
        node, at = np.int64(stack[top, 0]), np.int64(stack[top, 1])
        told, leads = nodes[node, 0], nodes[node, 1]
        start = told >> 32
        for k in range(start, start + ((told & 0xFFFFFFFF) >> 1)):
            if n >= hits.shape[0]:
                return np.int64(-1)
            hits[n] = head | ((at - first) << MEANING_BITS) | np.int64(meanings[k])
            n += 1
        if leads:
            top = _push(node, leads, at, words, follow, answers_at, answers, stack, top, step_keys, step_to)
        if told & 1:
            leads = nodes[node + 1, 1]
            for skipped in range(gap + 1):
                top = _push(node + 1, leads, at + skipped, words, follow, answers_at, answers, stack, top, step_keys, step_to)
    return n if top == 0 else np.int64(-1)


@kt.compiled
def _sink(hits: Any, begin: Any, root: Any, end: Any) -> None:
    """Let a value sink to its place in the heap of begin..end-1."""
    one, at = hits[begin + root], root
    child = 2 * at + 1
    while begin + child < end:
        if begin + child + 1 < end and hits[begin + child + 1] > hits[begin + child]:
            child += 1
        if hits[begin + child] <= one:
            break
        hits[begin + at] = hits[begin + child]
        at, child = child, 2 * child + 1
    hits[begin + at] = one


@kt.compiled
def _heap_sort(hits: Any, begin: Any, end: Any) -> None:
    for root in range((end - begin) // 2 - 1, -1, -1):
        _sink(hits, begin, root, end)
    for last in range(end - 1, begin, -1):
        hits[begin], hits[last] = hits[last], hits[begin]
        _sink(hits, begin, np.int64(0), last)


@kt.compiled
def sorted_once(hits: Any, begin: Any, end: Any) -> Any:
    """Sort the hits begin..end-1 and drop what is there twice; returns the new end. They come nearly in order: by their first word."""
    moves = _MOST_MOVES * (end - begin)
    for k in range(begin + 1, end):
        one, to = hits[k], k
        while to > begin and hits[to - 1] > one:
            hits[to] = hits[to - 1]
            to -= 1
        hits[to] = one
        moves -= k - to
        if moves < 0:
            _heap_sort(hits, begin, end)
            break
    to = begin
    for k in range(begin, end):
        if k == begin or hits[k] != hits[to - 1]:
            hits[to] = hits[k]
            to += 1
    return to


@njit(nogil=True, cache=True)
def fill_symbols(rows: Any, lengths: Any, all_letters: Any, start: int, keys: Any, slots: Any, bloom: Any) -> None:
    """Put symbols into their slots; rows: matcher * 8 + kind, kind, number; their letters begin at `start`."""
    at = start
    for row in range(rows.shape[0]):
        h = kt.SEED
        size = lengths[row]
        for k in range(size):
            h = kt.mix(h, all_letters[at + size - 1 - k] if rows[row, 1] == kt.TAIL else all_letters[at + k])
        slot = put_symbol(key_of(h, rows[row, 0] >> 3, rows[row, 1]), keys, bloom)
        slots[slot, 0], slots[slot, 1], slots[slot, 2] = rows[row, 2], size, at
        at += size


@njit(nogil=True, cache=True)
def put_symbol(key: Any, keys: Any, bloom: Any) -> int:
    """The slot of a key that is new."""
    slot = np.int64(key >> np.uint64(24)) & (keys.shape[0] - 1)
    while keys[slot] != np.uint64(0):
        slot = (slot + 1) & (keys.shape[0] - 1)
    keys[slot] = key
    bloom[np.int64(key >> np.uint64(8)) & (bloom.shape[0] - 1)] |= np.uint8(1) << np.uint8(key & np.uint64(7))
    return slot


@njit(nogil=True, cache=True)
def move_symbols(old_keys: Any, old_slots: Any, keys: Any, slots: Any, bloom: Any) -> None:
    """Put all symbols of a table into a larger one."""
    for old in range(old_keys.shape[0]):
        if old_keys[old] != np.uint64(0):
            slot = put_symbol(old_keys[old], keys, bloom)
            slots[slot, 0], slots[slot, 1], slots[slot, 2] = old_slots[old, 0], old_slots[old, 1], old_slots[old, 2]


@njit(nogil=True, cache=True)
def fill_steps(rows: Any, step_keys: Any, step_to: Any) -> None:
    """Put the steps of the tries into their slots; rows: node, symbol, node."""
    for row in range(rows.shape[0]):
        put_step((np.uint64(rows[row, 0]) << np.uint64(32)) | np.uint64(rows[row, 1] + 1), rows[row, 2], step_keys, step_to)


@njit(nogil=True, cache=True)
def put_step(key: Any, to: int, step_keys: Any, step_to: Any) -> None:
    """Put a step that is new into its slot."""
    slot = np.int64((key * kt.HASH) >> np.uint64(24)) & (step_keys.shape[0] - 1)
    while step_keys[slot] != np.uint64(0):
        slot = (slot + 1) & (step_keys.shape[0] - 1)
    step_keys[slot], step_to[slot] = key, to


@njit(nogil=True, cache=True)
def move_steps(old_keys: Any, old_to: Any, step_keys: Any, step_to: Any) -> None:
    """Put all steps of a table into a larger one."""
    for old in range(old_keys.shape[0]):
        if old_keys[old] != np.uint64(0):
            put_step(old_keys[old], old_to[old], step_keys, step_to)
