"""Flat tables made from matchers, one after the other: what is compiled of a language may be let go before the next is begun.

The tables of the shipped packs are the same whatever a company offers; the names of its products are added to a copy of them, so that what
names mean stands behind what packs mean (`meaning_tables` counts on it).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from candour.core.terms import DutyKind
from candour.packs.language_schema import Sign
from candour.packs.phrases import GAP
from candour.screening.duties import may_reach, most_score
from candour.screening.engine import LONGEST_TAG_NAME, SHORTEST_TAG_NAME, ScreeningRelease
from candour.screening.language import SMALL_WORDS
from candour.screening.matcher import FOUND, LONGEST_PART, Matcher
from candour.screening.phrase_tables import (
    FIRST_PACK,
    NAMED,
    NEEDS_AT,
    NEEDS_BITS,
    ROLES,
    SIGN,
    SMALL_WORDS_TABLE,
    WAKES,
    Phrases,
)
from candour.screening.products import INDICATION, Product
from candour.screening.reading import Cue, SignHit, TimeWord

_EXACT, _STEM, _TAIL, _MIDDLE, _TAG = range(5)
_KINDS = {"=": _EXACT, "<": _STEM, ">": _TAIL, "%": _MIDDLE}
_MOST_NEEDED = (1 << NEEDS_BITS) - 1
#: A symbol before it is hashed: its kind and its number.
_Symbol = tuple[int, int]


#: Slots of the smallest table.
LEAST_ROOM = 1 << 10
_LEAST_BLOOM = 1 << 13
_NOTHING: Mapping[str, _Symbol] = MappingProxyType({})


class Fill(NamedTuple):
    """What of the kernel puts symbols and steps into their slots, and moves them to larger tables: so both hash alike."""

    symbols: Any
    steps: Any
    moved_symbols: Any
    moved_steps: Any


def fill_of(kernel: Any) -> Fill:
    """The kernel's own."""
    return Fill(kernel.fill_symbols, kernel.fill_steps, kernel.move_symbols, kernel.move_steps)


class _Trie:
    """A matcher with its nodes numbered through from `first`: `steps` are (node, symbol, node) one after the other, `found` what each
    node means, in their order, `counts` how much that is. Hundreds of thousands of each: numbers only, no objects."""

    def __init__(self, matcher: Matcher, first: int) -> None:
        self.steps, self.counts, self.found, self.gaps = array("q"), array("q"), array("i"), array("b")
        self.symbols: dict[str, int] = {}
        self.first = first
        self.root = self._node(matcher.root)
        waiting = [(self.root, matcher.root)]
        while waiting:
            number, node = waiting.pop()
            if GAP in node:
                waiting.append((number + 1, node[GAP]))
            for symbol, child in node.items():
                if symbol in (FOUND, GAP):
                    continue
                to = self._node(child)
                self.steps.extend((number, self.symbols.setdefault(symbol, len(self.symbols)), to))
                waiting.append((to, child))

    def _node(self, node: dict[str, Any]) -> int:
        """Number a node, and the one behind its gap with the next number."""
        number, found = self.first + len(self.counts), node.get(FOUND, ())
        self.counts.append(len(found))
        self.found.extend(found)
        self.gaps.append(GAP in node)
        if GAP in node:
            self._node(node[GAP])
        return number

    def rows(self) -> NDArray[np.int64]:
        """The steps, one a row."""
        return np.array(self.steps, np.int64).reshape(-1, 3)

    def nodes(self, meanings: int) -> NDArray[np.int64]:
        """The rows of `Phrases.nodes`, where so many meanings stand before these."""
        counts, steps = np.array(self.counts, np.int64), self.rows()
        nodes = np.zeros((len(counts), 2), np.int64)
        nodes[:, 0] = (np.cumsum(counts) - counts + meanings) << 32 | counts << 1 | np.array(self.gaps, np.int64)
        np.bitwise_or.at(nodes[:, 1], steps[:, 0] - self.first, np.int64(1) << (steps[:, 1] & 63))
        return nodes

    def at_root(self) -> NDArray[np.int32]:
        """The node each symbol leads to at the root, -1 for none."""
        firsts = np.full(len(self.symbols), -1, np.int32)
        rows = self.rows()
        rows = rows[rows[:, 0] == self.root]
        firsts[rows[:, 1]] = rows[:, 2]
        return firsts


def empty(matchers: int) -> Phrases:
    """Tables of so many matchers in which nothing is found."""
    words, numbers, least = np.zeros(1, np.uint32), np.zeros(1, np.int32), _room(0)
    keys, slots, bloom = np.zeros(least, np.uint64), np.zeros((least, 3), np.int64), np.zeros(max(_LEAST_BLOOM, least), np.uint8)
    limits, rows, nodes = np.zeros((matchers, 5, 2), np.int64), np.zeros((matchers, 4), np.int64), np.zeros((1, 2), np.int64)
    step_keys, step_to = np.zeros(least, np.uint64), np.zeros(least, np.int32)
    return Phrases(keys, slots, words, bloom, limits, rows, step_keys, step_to, nodes, numbers, np.zeros(0, np.int64), numbers.copy())


def added(tables: Phrases, table: int, matcher: Matcher, fill: Fill, more: Mapping[str, _Symbol] = _NOTHING) -> Phrases:
    """The tables with a matcher, and with `more` words that stand in no phrase. `tables` stay as they are."""
    trie = _Trie(matcher, len(tables.nodes))
    words = [*(symbol[1:] for symbol in trie.symbols), *more]
    numbers = np.array([*((_KINDS[symbol[0]], number) for symbol, number in trie.symbols.items()), *more.values()], np.int64)
    kinds = numbers.reshape(-1, 2)[:, 0]
    keys, slots, letters, bloom = _keyed(tables, words, np.column_stack([table * 8 + kinds, numbers.reshape(-1, 2)]), fill)
    step_keys, step_to = _stepped(tables, trie.rows(), fill)
    rows = tables.matchers.copy()
    rows[table] = trie.root, matcher.gap, len(tables.bits), len(tables.first_to)
    return Phrases(
        keys,
        slots,
        letters,
        bloom,
        _limits(tables.limits, table, kinds, words),
        rows,
        step_keys,
        step_to,
        np.concatenate([tables.nodes, trie.nodes(len(tables.meanings))]),
        np.concatenate([tables.meanings, np.array(trie.found, np.int32)]),
        np.concatenate([tables.bits, np.array([_bits(what) for what in matcher.meanings], np.int64)]),
        np.concatenate([tables.first_to, trie.at_root()]),
    )


def with_small_words(packs: int, fill: Fill) -> Phrases:
    """The tables that packs are added to."""
    small = {word: (0, number) for number, word in enumerate(SMALL_WORDS)}
    return added(empty(FIRST_PACK + packs), SMALL_WORDS_TABLE, Matcher(()), fill, small)


def with_names(tables: Phrases, named: Matcher, product_words: Iterable[str], fill: Fill) -> Phrases:
    """The tables of packs with what finds the names of products; `product_words`: those a hashtag may begin with."""
    tags = {word: (_TAG, 0) for word in sorted(product_words) if SHORTEST_TAG_NAME <= len(word) <= LONGEST_TAG_NAME}
    return added(tables, NAMED, named, fill, tags)


def phrase_tables(release: ScreeningRelease, fill: Fill) -> Phrases:
    """The tables of a release of matchers. Raises TypeError for matchers that were not compiled from phrases."""
    own = [release.named, *(release.matchers[code] for code in sorted(release.packs))]
    if not all(isinstance(matcher, Matcher) for matcher in own):
        raise TypeError("Compile a release (engine.compiled_release) before another matcher is put into it.")
    named, *of_packs = cast(list[Matcher], own)
    tables = with_small_words(len(of_packs), fill)
    for table, matcher in enumerate(of_packs, FIRST_PACK):
        tables = added(tables, table, matcher, fill)
    return with_names(tables, named, release.product_words, fill)


def _limits(limits: NDArray[np.int64], table: int, kinds: NDArray[np.int64], words: list[str]) -> NDArray[np.int64]:
    limits, sizes = limits.copy(), np.array([len(word) for word in words], np.int64)
    for kind in np.unique(kinds).tolist():
        own = sizes[kinds == kind]
        longest = int(own.max())
        limits[table, kind] = own.min(), longest if kind in (_EXACT, _MIDDLE) else min(longest, LONGEST_PART)
    return limits


def _keyed(tables: Phrases, words: list[str], rows: NDArray[np.int64], fill: Fill) -> tuple[Any, ...]:
    """Symbols in their slots, more than half of which stay free."""
    size = max(len(tables.keys), _room(int(np.count_nonzero(tables.keys)) + len(words)))
    if size == len(tables.keys):
        keys, slots, bloom = tables.keys.copy(), tables.slots.copy(), tables.bloom.copy()
    else:
        keys, slots, bloom = np.zeros(size, np.uint64), np.zeros((size, 3), np.int64), np.zeros(max(_LEAST_BLOOM, size), np.uint8)
        fill.moved_symbols(tables.keys, tables.slots, keys, slots, bloom)
    lengths = np.array([len(word) for word in words], np.int64)
    letters = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    together = np.concatenate([tables.letters, letters])
    fill.symbols(rows, lengths, together, len(tables.letters), keys, slots, bloom)
    return keys, slots, together, bloom


def _stepped(tables: Phrases, rows: NDArray[np.int64], fill: Fill) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    size = max(len(tables.step_keys), _room(int(np.count_nonzero(tables.step_keys)) + len(rows)))
    if size == len(tables.step_keys):
        keys, to = tables.step_keys.copy(), tables.step_to.copy()
    else:
        keys, to = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        fill.moved_steps(tables.step_keys, tables.step_to, keys, to)
    fill.steps(rows, keys, to)
    return keys, to


def _room(rows: int) -> int:
    """A power of two that leaves more than half of the slots free."""
    return max(LEAST_ROOM, 1 << (rows * 2).bit_length())


def _bits(what: Any) -> int:
    if isinstance(what, Product):
        return 0 if what.kind == INDICATION else WAKES
    if isinstance(what, Cue):
        return ROLES.get(what.role, 0)
    if isinstance(what, SignHit):
        cases = ((medicine, offer) for offer in (False, True) for medicine in (False, True))
        return SIGN | sum(signs_needed(what.sign, *case) << (NEEDS_AT + NEEDS_BITS * at) for at, case in enumerate(cases))
    return 0 if isinstance(what, TimeWord) else WAKES


def signs_needed(sign: Sign, medicine: bool, offer: bool) -> int:
    """How many signs of its duty a post without a product must at least hold for this one to come to a finding."""
    if sign.duty == DutyKind.PRIVACY:
        return 1  # what the patterns find counts with it
    best = most_score(sign, medicine, offer)
    opened = (sign.duty, sign.also or sign.duty)
    return next((count for count in range(1, _MOST_NEEDED) if any(may_reach(duty, [best] * count) for duty in opened)), _MOST_NEEDED)
