"""Finds the phrases of the wordings: one linear-time search per signal, with sentences and negation looked at afterwards."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import re2

from candour.packs.market import Lexicon
from candour.screening.anchors import Anchors, all_anchors_of, index_of
from candour.screening.signals_text import JOINED_LETTERS, FoldedText, fold_phrase, has_spaceless, is_spaceless, tokens

DISEASE = "disease:"
#: More places of one signal help nobody and would make long texts slow.
MAX_PLACES = 25
NEGATION_REACH = 3
_JOINERS = frozenset({"and", "or", "und", "oder", "et", "ou", "y", "o", "e", "en", "of"})
_LETTER = r"[0-9a-z\x{80}-\x{10ffff}]"
_NOT_LETTER = r"[^0-9a-z\x{80}-\x{10ffff}]"
_GAP = r"[\s,/-]{1,3}"
_ROOM = rf"(?:[\s,/-]{{1,3}}[^\s.!?;]+){{0,3}}{_GAP}"
_JOINED_LETTERS = {"œ": "oe", "æ": "ae"}
_PARTS = re.compile(r"\s*\.\.\s*|<n>|\s+|.", re.DOTALL)


def expression_of(phrase: str, bare: bool = False) -> str:
    """The re2 expression for one phrase of a wording file (see WordingFile for the notation); `bare` lets its accents be left out."""
    return "".join(_part(part, bare) for part in _PARTS.findall(fold_phrase(phrase)))


def _part(part: str, bare: bool) -> str:
    if bare and part > "\x7f":
        return _with_or_without_accent(part)
    if part.strip() == "..":
        return _ROOM
    if part.isspace():
        return _GAP
    if part in "|)":
        return part
    return {"<n>": r"[0-9]+(?:[.,:][0-9]+)?", "*": f"{_LETTER}*", "(": "(?:"}.get(part) or re.escape(part)


def _with_or_without_accent(letter: str) -> str:
    if letter in JOINED_LETTERS:
        return f"(?:{letter}|{JOINED_LETTERS[letter]})"
    return f"[{letter}{unicodedata.normalize('NFD', letter)[0]}]"


class Phrase(NamedTuple):
    """One phrase of a wording file; a spaceless one needs no border, one with `bare` is also found without its accents."""

    text: str
    spaceless: bool = False
    bare: bool = False


class PhraseSearch:
    """All phrases of one signal. `places` yields bounds in the folded text, the longest phrase first at each place."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        bordered = [phrase for phrase in phrases if not phrase.spaceless]
        told = [all_anchors_of(phrase.text, bare=phrase.bare) for phrase in bordered]
        #: What a text must hold for a phrase, the most telling first; for `untold` phrases no word tells.
        self.anchors = frozenset(found for found in told if found)
        self.untold = [phrase for phrase, found in zip(bordered, told, strict=True) if not found]
        self._free = [phrase for phrase in phrases if phrase.spaceless]
        self._with_border = bordered

    @property
    def has_free(self) -> bool:
        """Whether some phrase needs no border."""
        return bool(self._free)

    # Compiled when a text first holds an anchor of theirs: most searches of a lexicon never meet one.
    @cached_property
    def bordered(self) -> Any:
        """The search for phrases that need a border; None where there are none."""
        return re2.compile(_bordered(self._with_border), _options()) if self._with_border else None

    @cached_property
    def free(self) -> Any:
        """The search for phrases that need none; None where there are none."""
        return re2.compile(f"({'|'.join(expression_of(phrase.text) for phrase in self._free)})", _options()) if self._free else None

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        if self.bordered is not None:
            yield from _found(self.bordered, text)
        if self.has_free and has_spaceless(text):
            yield from _found(self.free, text)


def _bordered(phrases: Iterable[Phrase]) -> str:
    return f"(?:^|{_NOT_LETTER})({'|'.join(expression_of(phrase.text, phrase.bare) for phrase in phrases)})(?:$|{_NOT_LETTER})"


def _options() -> Any:
    options = re2.Options()
    options.longest_match = True
    options.max_mem = 64 << 20
    return options


class Untold:
    """Phrases of which no word tells whether they can stand in a text (`*krebs`): one pass says whose do."""

    def __init__(self, searches: Mapping[str, PhraseSearch]) -> None:
        self._names = [name for name, search in searches.items() if search.untold]
        self._set = re2.Set.SearchSet(_options())
        for name in self._names:
            self._set.Add(_bordered(searches[name].untold))
        self._set.Compile()

    def names(self, text: str) -> list[str]:
        """Names of the searches one of whose untold phrases stands in a folded text."""
        return [self._names[number] for number in self._set.Match(text) or ()]


def _found(pattern: Any, text: str) -> Iterator[tuple[int, int]]:
    # Of ASCII the bytes are counted as the letters are, and re2 need not translate between them.
    searched = text.encode() if text.isascii() else text
    at = 0
    for _ in range(MAX_PLACES):
        found = pattern.search(searched, at)
        if found is None:
            return
        yield found.span(1)
        # Words share the border between them, so the next search starts on that border, not behind it.
        at = found.end(1)


@dataclass(frozen=True, eq=False)
class CompiledWordings:
    """Searches of one lexicon: by signal, by sentence that excuses a signal, by disease."""

    lexicon: Lexicon

    @cached_property
    def read(self) -> tuple[tuple[str, bool], ...]:
        """Signals that are read in a piece, in the order declared, with whether code reads them; the others follow from these."""
        return tuple((name, told.kind == "code") for name, told in self.lexicon.signals.items() if told.kind in ("words", "code"))

    @cached_property
    def signals(self) -> dict[str, PhraseSearch]:
        return {name: PhraseSearch(phrases) for name, phrases in self._joined("signals").items()}

    @cached_property
    def unless(self) -> dict[str, PhraseSearch]:
        return {name: PhraseSearch(phrases) for name, phrases in self._joined("unless").items()}

    @cached_property
    def diseases(self) -> dict[str, PhraseSearch]:
        return {name: PhraseSearch(phrases) for name, phrases in self._joined("diseases").items()}

    @cached_property
    def any_disease(self) -> PhraseSearch:
        return PhraseSearch([phrase for phrases in self._joined("diseases").values() for phrase in phrases])

    @cached_property
    def _by_anchor(self) -> tuple[dict[str, dict[str, set[tuple[Anchors, ...]]]], Untold, frozenset[str]]:
        """Names of searches by anchor with the further anchors asked for, and of phrases without any; a disease is `disease:NAME`.

        What is written without blanks has no anchors; it is tried on every text that holds a letter of such a script.
        """
        named = self.signals | {f"{DISEASE}{name}": search for name, search in self.diseases.items()}
        by_anchor: dict[str, dict[str, set[tuple[Anchors, ...]]]] = {}
        for name, search in named.items():
            for first, *more in search.anchors:
                for anchor in first:
                    by_anchor.setdefault(anchor, {}).setdefault(name, set()).add(tuple(more))
        free = frozenset(name for name, search in named.items() if search.has_free)
        return by_anchor, Untold(named), free

    def possible(self, folded: FoldedText) -> frozenset[str]:
        """Names of the signals and diseases (`disease:NAME`) that can stand in a text; all others need no search."""
        by_anchor, untold, free = self._by_anchor
        found = set(untold.names(folded.text))
        if has_spaceless(folded.text):
            found |= free
        index = index_of(folded.text)
        for word in index & by_anchor.keys():
            for name, phrases in by_anchor[word].items():
                if name not in found and (() in phrases or any(not any(map(index.isdisjoint, more)) for more in phrases)):
                    found.add(name)
        return frozenset(found)

    @cached_property
    def negators(self) -> frozenset[str]:
        return frozenset(fold_phrase(word) for wording in self.lexicon.wordings for word in wording.negators)

    @cached_property
    def function_words(self) -> frozenset[str]:
        return frozenset(fold_phrase(word) for wording in self.lexicon.wordings for word in wording.function_words)

    @cached_property
    def label_noise(self) -> frozenset[str]:
        return frozenset(fold_phrase(word) for wording in self.lexicon.wordings for word in wording.label_noise)

    def find(self, name: str, folded: FoldedText) -> list[tuple[int, int]]:
        """Places of a signal, without those that a negation before them or their sentence takes back."""
        found = self.signals.get(name)
        places = list(found.places(folded.text)) if found else []
        if self.lexicon.signals[name].negatable:
            places = [place for place in places if self._enumerated(folded, place) or not self.negated(folded, place[0])]
        excuse = self.unless.get(name)
        return [place for place in places if not (excuse and self._excused(excuse, folded, place[0]))]

    def negated(self, folded: FoldedText, at: int) -> bool:
        """Whether one of the few words before `at`, in the same sentence, is a negation."""
        begin, _ = folded.sentence(at)
        # A comma or colon ends the reach: "Keine Sorge, garantiert ..." negates nothing.
        before = re.split("[,:()]", folded.text[max(begin, at - 60) : at])[-1]
        words = [before[start:end] for start, end in tokens(before)]
        if before and is_spaceless(before[-1]):  # without blanks a negation stands within the last few signs
            return any(word in before[-NEGATION_REACH:] for word in self.negators if is_spaceless(word[0]))
        return any(word in self.negators for word in words[-NEGATION_REACH:])

    def _enumerated(self, folded: FoldedText, place: tuple[int, int]) -> bool:
        """A phrase that itself begins with a negation, one of several: "no drowsiness and no side effects" takes nothing back."""
        begin, _ = folded.sentence(place[0])
        before = [folded.text[begin:][a:b] for a, b in tokens(folded.text[begin : place[0]])]
        first = next((folded.text[place[0] : place[1]][a:b] for a, b in tokens(folded.text[place[0] : place[1]])), "")
        return first in self.negators and bool(before) and before[-1] in _JOINERS

    def _excused(self, excuse: PhraseSearch, folded: FoldedText, at: int) -> bool:
        begin, end = folded.sentence(at)
        return next(excuse.places(folded.text[begin:end]), None) is not None

    def _joined(self, part: str) -> dict[str, list[Phrase]]:
        joined: dict[str, list[Phrase]] = {}
        for wording in self.lexicon.wordings:
            bare = wording.accents == "optional"
            for name, phrases in getattr(wording, part).items():
                joined.setdefault(name, []).extend(Phrase(phrase, wording.spaceless, bare) for phrase in phrases)
        return joined

    @cached_property
    def reads_spaceless(self) -> bool:
        """Whether a language without blanks between words is among the wordings."""
        return any(wording.spaceless for wording in self.lexicon.wordings)
