"""Many phrases found in one pass over the words of a post: a trie over words, stems, tails and gaps.

This is the part a compiled kernel may replace: it gets a list of words and gives back hits (first word, last word + 1, what was found).
All phrases that begin at a word are reported; choosing among overlapping hits is the reader's business (`readings`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from candour.packs.phrases import GAP

#: Words a gap may skip; in scripts without blanks a word is one character.
GAP_WORDS = 2
GAP_CHARACTERS = 8
#: Key of a trie node's meanings, as numbers into `meanings`.
FOUND = ""
#: Longer stems and tails never match.
LONGEST_PART = 60
_MEMORY = 200_000
#: A letter three times in a row.
ELONGATED = re.compile(r"(.)\1{2,}")


class Hit(NamedTuple):
    """Words first..last-1 mean `what` (a Cue, a Symptom, a SignHit or a Product)."""

    first: int
    last: int
    what: Any


class Finder(Protocol):
    """What finds phrases in the words of a post: `Matcher`, or `FlatMatcher` in tables that were kept."""

    @property
    def meanings(self) -> list[Any]:
        """Everything a phrase can mean, by number."""

    def knows(self, word: str) -> bool:
        """Whether any phrase could use this word."""

    def find(self, words: Sequence[str]) -> list[Hit]:
        """All hits, each once, by first word, then last, then order of meaning."""


class Matcher:
    """Compiled phrases. Symbols in the trie: `=word`, `<stem`, `>tail`, `%middle`, and the gap, which skips up to `gap` words.

    `meanings`: everything a phrase of this matcher can mean, in the order given.
    """

    def __init__(self, phrases: Iterable[tuple[tuple[str, ...], Any]], gap: int = GAP_WORDS) -> None:
        self.gap = gap
        self.meanings: list[Any] = []
        self.root: dict[str, Any] = {}
        self._order: dict[Any, int] = {}
        self._exact: set[str] = set()
        self._stems: set[str] = set()
        self._tails: set[str] = set()
        self._middles: set[str] = set()
        self._symbols: dict[str, tuple[str, ...]] = {}
        for form, what in phrases:
            self._add(form, what)
        self._shortest_stem = min(map(len, self._stems), default=1)
        self._shortest_tail = min(map(len, self._tails), default=1)

    def _add(self, form: tuple[str, ...], what: Any) -> None:
        if what not in self._order:
            self._order[what] = len(self.meanings)
            self.meanings.append(what)
        node = self.root
        for word in form:
            node = node.setdefault(self._symbol(word), {})
        found = node.setdefault(FOUND, [])
        if self._order[what] not in found:
            found.append(self._order[what])

    def _symbol(self, word: str) -> str:
        if word == GAP:
            return GAP
        if "*" not in word:
            self._exact.add(word)
            return "=" + word
        bare = word.strip("*")
        kind = "%" if word[0] == "*" == word[-1] else ">" if word[0] == "*" else "<" if word[-1] == "*" else "="
        {"%": self._middles, ">": self._tails, "<": self._stems, "=": self._exact}[kind].add(bare)
        return kind + bare

    def knows(self, word: str) -> bool:
        """Whether any phrase could use this word."""
        return bool(self.symbols(word))

    def symbols(self, word: str) -> tuple[str, ...]:
        """The trie symbols a word answers to; remembered, as posts repeat their words."""
        known = self._symbols.get(word)
        if known is None:
            if len(self._symbols) > _MEMORY:
                self._symbols.clear()
            known = self._symbols[word] = self._look_up(word) or self._elongated(word)
        return known

    def _elongated(self, word: str) -> tuple[str, ...]:
        """`sooooo` read as `soo` and `so`: people stretch words."""
        if not ELONGATED.search(word):
            return ()
        return self._look_up(ELONGATED.sub(r"\1\1", word)) or self._look_up(ELONGATED.sub(r"\1", word))

    def _look_up(self, word: str) -> tuple[str, ...]:
        size = min(len(word), LONGEST_PART)
        out = ["=" + word] if word in self._exact else []
        out += ["<" + word[:n] for n in range(self._shortest_stem, size + 1) if word[:n] in self._stems]
        out += [">" + word[-n:] for n in range(self._shortest_tail, size + 1) if word[-n:] in self._tails]
        out += ["%" + middle for middle in sorted(self._middles) if middle in word]
        return tuple(out)

    def find(self, words: Sequence[str]) -> list[Hit]:
        """All hits, each once, by first word, then last, then order of meaning."""
        symbols = [self.symbols(word) for word in words]
        hits: set[tuple[int, int, int]] = set()
        root = self.root
        for first, own in enumerate(symbols):
            for symbol in own:
                node = root.get(symbol)
                if node is not None:
                    self._walk(node, first, first + 1, symbols, hits)
        meanings = self.meanings
        return [Hit(first, last, meanings[number]) for first, last, number in sorted(hits)]

    def _walk(self, node: dict[str, Any], first: int, at: int, symbols: list[tuple[str, ...]], hits: set[tuple[int, int, int]]) -> None:
        if FOUND in node:
            hits.update((first, at, number) for number in node[FOUND])
            if len(node) == 1:
                return
        self._step(node, first, at, symbols, hits)
        if GAP in node:
            for skipped in range(self.gap + 1):
                self._step(node[GAP], first, at + skipped, symbols, hits)

    def _step(self, node: dict[str, Any], first: int, at: int, symbols: list[tuple[str, ...]], hits: set[tuple[int, int, int]]) -> None:
        if at < len(symbols):
            for symbol in symbols[at]:
                if symbol in node:
                    self._walk(node[symbol], first, at + 1, symbols, hits)
