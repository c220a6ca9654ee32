"""Phrases found by the flat tables of the kernel, without it: what `matcher.Matcher` finds, from tables that cost no start and no memory.

The tables are those of `phrase_tables.Phrases`; hashes lead to candidates, and every word is compared letter by letter before it counts.
`Matcher` compiles the same phrases from the packs and stays the one both are held against.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from candour.screening.matcher import ELONGATED, LONGEST_PART, Hit
from candour.screening.model import ALL_BITS, HASH, mix, word_hash

if TYPE_CHECKING:
    from candour.screening.phrase_tables import Phrases

_EXACT, _STEM, _TAIL, _MIDDLE = range(4)
_TOP = 1 << 63
#: Words whose symbols are remembered.
_MEMORY = 50_000


class FlatMatcher:
    """The matcher of one number in the tables. `meanings`: everything a phrase of it can mean, by number."""

    def __init__(self, tables: Phrases, number: int, meanings: list[Any]) -> None:
        self.tables = tables
        self.meanings = meanings
        self.number = number
        self._root, gap, _, self._first = tables.matchers[number].tolist()
        self.gap: int = gap
        self._limits: list[list[int]] = tables.limits[number].tolist()
        self._keys, self._slots, self._letters, self._bloom = (
            one.data for one in (tables.keys, tables.slots, tables.letters, tables.bloom)
        )
        self._step_keys, self._step_to, self._nodes = (one.data for one in (tables.step_keys, tables.step_to, tables.nodes))
        self._known: dict[str, tuple[int, ...]] = {}

    def knows(self, word: str) -> bool:
        """Whether any phrase could use this word."""
        return bool(self.symbols(word))

    def symbols(self, word: str) -> tuple[int, ...]:
        """Numbers of the symbols a word answers to; a stretched word is read shortened, as `Matcher` does."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) > _MEMORY:
                self._known.clear()
            known = self._known[word] = self._look_up(word) or self._elongated(word)
        return known

    def find(self, words: Sequence[str]) -> list[Hit]:
        """All hits, each once, by first word, then last, then order of meaning."""
        symbols = [self.symbols(word) for word in words]
        hits: set[tuple[int, int, int]] = set()
        for first, own in enumerate(symbols):
            if own:
                hits.update((first, at, number) for at, number in self._walk(first, symbols))
        return [Hit(first, at, self.meanings[number]) for first, at, number in sorted(hits)]

    def _walk(self, first: int, symbols: list[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
        """Word after the last and meaning of all phrases that begin at a word."""
        meanings, waiting = self.tables.meanings, list(self._step(self._root, first, symbols))
        while waiting:
            node, at = waiting.pop()
            told = self._nodes[node, 0]
            start, count = told >> 32, (told & 0xFFFFFFFF) >> 1
            yield from ((at, int(number)) for number in meanings[start : start + count])
            waiting.extend(self._step(node, at, symbols))
            if told & 1:  # a gap may follow: the node behind it is the next one
                for skipped in range(self.gap + 1):
                    waiting.extend(self._step(node + 1, at + skipped, symbols))

    def _step(self, node: int, at: int, symbols: list[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
        """The nodes a word leads to."""
        if at < len(symbols) and self._nodes[node, 1]:
            keys, mask = self._step_keys, len(self._step_keys) - 1
            for symbol in symbols[at]:
                key = node << 32 | symbol + 1
                slot = ((key * HASH) & ALL_BITS) >> 24 & mask
                while keys[slot]:
                    if keys[slot] == key:
                        yield self._step_to[slot], at + 1
                        break
                    slot = slot + 1 & mask

    def _elongated(self, word: str) -> tuple[int, ...]:
        if not ELONGATED.search(word):
            return ()
        return self._look_up(ELONGATED.sub(r"\1\1", word)) or self._look_up(ELONGATED.sub(r"\1", word))

    def _look_up(self, word: str) -> tuple[int, ...]:
        found = [self._symbol(word_hash(word), _EXACT, word)]
        found += [self._symbol(h, _STEM, word[:size]) for size, h in self._hashes(_STEM, word)]
        found += [self._symbol(h, _TAIL, word[-size:]) for size, h in self._hashes(_TAIL, word[::-1])]
        for start in range(len(word) if self._limits[_MIDDLE][1] else 0):
            found += [self._symbol(h, _MIDDLE, word[start : start + size]) for size, h in self._hashes(_MIDDLE, word[start:])]
        return tuple(dict.fromkeys(symbol for symbol in found if symbol >= 0))

    def _hashes(self, kind: int, letters: str) -> Iterator[tuple[int, int]]:
        """Lengths that a symbol of a kind may have, with the hash of so many letters."""
        shortest, longest = self._limits[kind]
        h = word_hash("")
        for size, letter in enumerate(letters[: min(longest, LONGEST_PART)], 1):
            h = mix(h, ord(letter))
            if size >= shortest:
                yield size, h

    def _symbol(self, h: int, kind: int, word: str) -> int:
        """The symbol of these letters, -1 for none. `h`: their hash, of a tail from behind."""
        key = mix(h, self.number * 8 + kind) | _TOP
        bloom = self._bloom
        if not bloom[key >> 8 & len(bloom) - 1] >> (key & 7) & 1:
            return -1
        keys, slots, mask, size = self._keys, self._slots, len(self._keys) - 1, len(word)
        slot = key >> 24 & mask
        while keys[slot]:
            if keys[slot] == key and slots[slot, 1] == size:
                at = slots[slot, 2]
                if self._letters[at : at + size].tolist() == list(map(ord, word)):
                    return int(slots[slot, 0])
            slot = slot + 1 & mask
        return -1
