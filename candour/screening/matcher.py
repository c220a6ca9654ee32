"""Many phrases found in one pass over the words of a post: a trie over words, stems, tails and gaps.

This is the part a compiled kernel may replace: it gets a list of words and gives back hits (first word, last word + 1, what was found).
All phrases that begin at a word are reported; choosing among overlapping hits is the reader's business (`readings`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

_LONGEST_GAP = 2
_GAP = "~"
_FOUND = ""
_MEMORY = 200_000
_ELONGATED = re.compile(r"(.)\1{2,}")


class Hit(NamedTuple):
    """Words first..last-1 mean `what` (a Cue, a Symptom, a SignHit or a Product)."""

    first: int
    last: int
    what: Any


class Matcher:
    """Compiled phrases. Symbols in the trie: `=word`, `<stem`, `>tail`, `%middle`, and the gap."""

    def __init__(self, phrases: Iterable[tuple[tuple[str, ...], Any]]) -> None:
        self._root: dict[str, Any] = {}
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
        node = self._root
        for word in form:
            node = node.setdefault(self._symbol(word), {})
        found = node.setdefault(_FOUND, [])
        if what not in found:
            found.append(what)

    def _symbol(self, word: str) -> str:
        if word == _GAP:
            return _GAP
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
        if not _ELONGATED.search(word):
            return ()
        return self._look_up(_ELONGATED.sub(r"\1\1", word)) or self._look_up(_ELONGATED.sub(r"\1", word))

    def _look_up(self, word: str) -> tuple[str, ...]:
        size = min(len(word), 60)
        out = ["=" + word] if word in self._exact else []
        out += ["<" + word[:n] for n in range(self._shortest_stem, size + 1) if word[:n] in self._stems]
        out += [">" + word[-n:] for n in range(self._shortest_tail, size + 1) if word[-n:] in self._tails]
        out += ["%" + middle for middle in sorted(self._middles) if middle in word]
        return tuple(out)

    def find(self, words: Sequence[str]) -> list[Hit]:
        """All hits, by first word, then by length."""
        symbols = [self.symbols(word) for word in words]
        hits: list[Hit] = []
        root = self._root
        for first, own in enumerate(symbols):
            for symbol in own:
                node = root.get(symbol)
                if node is not None:
                    self._walk(node, first, first + 1, symbols, hits)
        return hits

    def _walk(self, node: dict[str, Any], first: int, at: int, symbols: list[tuple[str, ...]], hits: list[Hit]) -> None:
        if _FOUND in node:
            hits.extend(Hit(first, at, what) for what in node[_FOUND])
            if len(node) == 1:
                return
        if at < len(symbols):
            for symbol in symbols[at]:
                if symbol in node:
                    self._walk(node[symbol], first, at + 1, symbols, hits)
        if _GAP in node:
            for skipped in range(_LONGEST_GAP + 1):
                self._walk_after_gap(node[_GAP], first, at + skipped, symbols, hits)

    def _walk_after_gap(self, node: dict[str, Any], first: int, at: int, symbols: list[tuple[str, ...]], hits: list[Hit]) -> None:
        if at < len(symbols):
            for symbol in symbols[at]:
                if symbol in node:
                    self._walk(node[symbol], first, at + 1, symbols, hits)
