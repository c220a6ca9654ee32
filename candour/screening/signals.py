"""Everything the rules may ask about a piece, computed once: which signals hold, and which words show it.

Each signal is declared in `packs/signals/`; how it is found follows its kind: phrases of the wordings, code
(registered in `signals_code`), other signals, a figure against a param, or a text the market demands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType

from candour.core.terms import Span
from candour.packs.market import Lexicon, MarketPack, Rule
from candour.packs.schema import SignalFile
from candour.screening.pieces import Piece
from candour.screening.signals_product import ProductNames, alias_places, exact_places, names_of
from candour.screening.signals_text import FoldedText, fold
from candour.screening.signals_words import DISEASE, CompiledWordings

ADOPTED = "adopted_text"


@dataclass(frozen=True, slots=True)
class PieceSpan(Span):
    """Words in one text of a piece; `field` names the text the offsets count in."""

    field: str = "post_text"


@dataclass
class Reading:
    """One piece being read with one lexicon: its folded texts and a memory of the places found."""

    piece: Piece
    wordings: CompiledWordings
    _places: dict[tuple[str, str], list[tuple[int, int]]] = field(default_factory=dict)
    _concepts: dict[str, dict[str, list[tuple[int, int]]]] = field(default_factory=dict)
    _possible: dict[str, frozenset[str]] = field(default_factory=dict)
    _named: dict[str, tuple[list[tuple[int, int]], list[tuple[int, int]]]] = field(default_factory=dict)

    @cached_property
    def texts(self) -> dict[str, FoldedText]:
        names = ("post_text", "image_text", "link_text", "third_party_text", ADOPTED)
        return {name: fold(getattr(self.piece, name)) for name in names}

    def places(self, signal: str, text: str) -> list[tuple[int, int]]:
        """Places of a words signal in one text of the piece."""
        key = (signal, text)
        if key not in self._places:
            self._places[key] = self.wordings.find(signal, self.texts[text]) if signal in self.possible(text) else []
        return self._places[key]

    @cached_property
    def names(self) -> ProductNames:
        """Names of the product the piece is filed under."""
        return names_of(self.piece.product)

    def named(self, text: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Places of the product in one text: as registered, and in tags, addresses, typing errors or evasive spelling."""
        if text not in self._named:
            names, folded = self.names.all, self.texts[text]
            self._named[text] = (exact_places(names, folded), alias_places(names, folded))
        return self._named[text]

    def possible(self, text: str) -> frozenset[str]:
        """What can stand in one text of the piece at all (see `CompiledWordings.possible`)."""
        if text not in self._possible:
            self._possible[text] = self.wordings.possible(self.texts[text]) if self.texts[text].text else frozenset()
        return self._possible[text]

    @cached_property
    def anywhere(self) -> frozenset[str]:
        """What can stand in any of the piece's texts."""
        return frozenset().union(*(self.possible(text) for text, folded in self.texts.items() if folded.text))

    def diseases(self, text: str) -> list[tuple[int, int]]:
        """Places of disease names in one text, in order."""
        return [] if not self._diseases_possible(text) else list(self.wordings.any_disease.places(self.texts[text].text))

    def concepts(self, text: str) -> dict[str, list[tuple[int, int]]]:
        """Places of disease names in one text by concept."""
        if text not in self._concepts:
            searches = ((name, self.wordings.diseases[name]) for name in self._diseases_possible(text))
            self._concepts[text] = {name: places for name, search in searches if (places := list(search.places(self.texts[text].text)))}
        return self._concepts[text]

    def _diseases_possible(self, text: str) -> list[str]:
        return sorted(name.removeprefix(DISEASE) for name in self.possible(text) if name.startswith(DISEASE))

    def spans(self, signal: str, places: dict[str, list[tuple[int, int]]]) -> tuple[PieceSpan, ...]:
        """Places, by text, as spans of the original words with the signal's meaning as reason."""
        why = self.wordings.lexicon.signals[signal].meaning
        return tuple(self._span(text, place, why) for text, found in places.items() for place in sorted(found))

    def _span(self, text: str, place: tuple[int, int], why: str) -> PieceSpan:
        folded = self.texts[text]
        start, end = folded.place(*place)
        shown = "third_party_text" if text == ADOPTED else text
        return PieceSpan(start, end, folded.original[start:end], why, shown)

    def words(self, signal: str) -> tuple[PieceSpan, ...]:
        """Spans of a words signal in all texts it reads."""
        declared = self.wordings.lexicon.signals[signal]
        found: dict[str, list[tuple[int, int]]] = {text: places for text in declared.reads if (places := self.places(signal, text))}
        return self.spans(signal, found) if found else ()


#: What a code signal answers: words that show it, or only whether it holds.
CodeSignal = Callable[[Reading], "tuple[PieceSpan, ...] | bool"]


@dataclass(frozen=True)
class Facts:
    """Signals of one piece. `spans` has an entry for every signal that holds, empty where no words show it."""

    piece: Piece
    lexicon: Lexicon
    spans: MappingProxyType[str, tuple[PieceSpan, ...]]
    numbers: MappingProxyType[str, int]
    texts: MappingProxyType[str, str]

    def holds(self, name: str, pack: MarketPack, rule: Rule | None = None) -> bool:
        """Whether a signal holds under the params of this pack and rule."""
        if name in self.spans:  # words and code alone have entries
            return True
        declared = self.lexicon.signals[name]
        if declared.kind == "number":
            return self._number_holds(declared, pack, rule)
        if declared.kind == "text":
            return self._text_holds(declared, pack, rule)
        return declared.kind == "derived" and self.lexicon.derived[name].holds(lambda part: self.holds(part, pack, rule))

    def shown(self, name: str) -> tuple[PieceSpan, ...]:
        """Words that show a signal; a derived one shows those of its parts, but of a part that is derived only if that holds itself."""
        if name in self.lexicon.derived:
            parts = [part for part, wanted in self.lexicon.derived[name].names() if wanted]
            return tuple(span for part in parts if part not in self.lexicon.derived or self._by_words(part) for span in self.shown(part))
        return self.spans.get(name, ())

    def _by_words(self, name: str) -> bool:
        """Whether a signal holds as far as words and code say; figures and demanded texts belong to a pack and show no words."""
        derived = self.lexicon.derived.get(name)
        return name in self.spans if derived is None or name in self.spans else derived.holds(self._by_words)

    def _number_holds(self, declared: SignalFile, pack: MarketPack, rule: Rule | None) -> bool:
        value = self.numbers.get(declared.number)
        if value is None:
            return False
        limit = int(pack.param(declared.at_least or declared.below or "", rule, declared.default))
        return value >= limit if declared.at_least else value < limit

    def _text_holds(self, declared: SignalFile, pack: MarketPack, rule: Rule | None) -> bool:
        wanted = pack.param(declared.param or "", rule)
        if not wanted:
            return False
        plain = _demanded(str(wanted))
        return any(plain in self.texts[text] for text in declared.reads)


def bare(text: str) -> str:
    """A text without case, signs and double blanks, for comparing a demanded wording."""
    return bare_of(fold(text))


def bare_of(folded: FoldedText) -> str:
    """The same of a text that is folded already."""
    return " ".join("".join(letter if letter.isalnum() else " " for letter in folded.text).split())


@lru_cache(maxsize=256)
def _demanded(text: str) -> str:
    """A wording that a pack demands, made comparable; the few there are are asked for by every piece."""
    return bare(text)


@lru_cache(maxsize=16)
def _compiled(digest: str, holder: _Holder) -> CompiledWordings:
    return CompiledWordings(holder.lexicon)


@dataclass(frozen=True)
class _Holder:
    """Carries a lexicon into the cache; two holders are equal, because the digest is the key."""

    lexicon: Lexicon = field(compare=False)


def compiled(lexicon: Lexicon) -> CompiledWordings:
    """The searches of a lexicon, built once per digest and process."""
    return _compiled(lexicon.digest, _Holder(lexicon))
