"""Does a translation say what its source says? The machine's half of the answer; a named person gives the other one.

It compares what must never change: names of medicines, numbers, units, links, negations, claims, and the demanded statements on risks.
It knows no grammar: a difference stops a certificate, no difference proves nothing by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from candour.packs.market import Lexicon
from candour.packs.translation_words import speech_of
from candour.screening.figures_read import Amount, amounts, same_unit
from candour.screening.signals_product import exact_places
from candour.screening.signals_text import FoldedText, fold, fold_phrase, is_spaceless, tokens
from candour.screening.signals_words import DISEASE, CompiledWordings

Kind = Literal["product", "number", "unit", "claim", "use", "negation", "mandatory", "link", "empty", "unread"]
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"”»)]+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:[a-z]{2,12})(?:/[^\s<>\"”»)]*)?\b", re.IGNORECASE)
_KIND_OF_GROUP: Mapping[str, Kind] = {"claim": "claim", "risk": "mandatory"}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What one side has and the other lacks, in the sentence of this number (from 0). Names of signals are told by their meaning."""

    kind: Kind
    sentence: int
    source: tuple[str, ...]
    target: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """One language as this comparison reads it: its wordings alone, of the release in force."""

    lang: str
    wordings: CompiledWordings
    known: bool


@lru_cache(maxsize=64)
def _reader(digest: str, lang: str, holder: _Holder) -> Reader:
    short = lang.partition("-")[0].casefold()
    own = tuple(one for one in holder.lexicon.wordings if one.language == short)
    lexicon = replace(holder.lexicon, wordings=own, digest=f"{digest}:{short}")
    return Reader(lang, CompiledWordings(lexicon), any(one.signals for one in own))


@dataclass(frozen=True)
class _Holder:
    """Carries a lexicon into the cache, whose key is its digest."""

    lexicon: Lexicon

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder)


def reader_of(lexicon: Lexicon, lang: str) -> Reader:
    """The language under a release's lexicon; built once per process."""
    return _reader(lexicon.digest, lang, _Holder(lexicon))


def compare_translation(
    source: Sequence[str], target: Sequence[str], source_reader: Reader, target_reader: Reader, names: Mapping[str, Iterable[str]]
) -> tuple[Mismatch, ...]:
    """Every mismatch of a text and its translation, given sentence by sentence. `names` are the terms by which each medicine is known.

    A language without wordings can't be compared and is a mismatch itself (`unread`), never a silent pass.
    Raises ValueError when the two have different numbers of sentences.
    """
    unread = tuple(reader.lang for reader in (source_reader, target_reader) if not reader.known)
    found: list[Mismatch] = [Mismatch("unread", 0, (), unread)] if unread else []
    folded_names = {name: tuple(fold_phrase(term) for term in terms) for name, terms in names.items()}
    for number, (here, there) in enumerate(zip(source, target, strict=True)):
        if bool(here.strip()) is not bool(there.strip()):
            found.append(Mismatch("empty", number, (here,), (there,)))
            continue
        found += _sentence(number, here, there, source_reader, target_reader, folded_names)
    return tuple(found)


def _sentence(number: int, here: str, there: str, mine: Reader, theirs: Reader, names: Mapping[str, tuple[str, ...]]) -> list[Mismatch]:
    one, other = fold(here), fold(there)
    found = _counted("link", number, links(here), links(there))
    found += _counted("product", number, _products(one, names), _products(other, names))
    found += _numbers(number, amounts(_without_links(here), mine.lang), amounts(_without_links(there), theirs.lang))
    if mine.known and theirs.known:
        found += _negations(number, negations(here, mine), negations(there, theirs), mine, theirs)
        found += _signals(number, one, other, mine, theirs)
    return found


def links(text: str) -> list[str]:
    """Addresses in a text, without the full stop behind them."""
    return [found[0].rstrip(".,;:!?").casefold() for found in _LINK.finditer(text)]


def _without_links(text: str) -> str:
    return _LINK.sub(" ", text)


def _products(folded: FoldedText, names: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Each medicine as often as it is named; terms within terms count once."""
    return [name for name, terms in names.items() for _place in _apart(exact_places(terms, folded))]


def _apart(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(set(places), key=lambda place: (place[0], -place[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _counted(kind: Kind, number: int, here: Iterable[str], there: Iterable[str]) -> list[Mismatch]:
    one, other = Counter(here), Counter(there)
    return [] if one == other else [Mismatch(kind, number, _told(one - other), _told(other - one))]


def _told(counted: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(counted.elements()))


def _numbers(number: int, here: Sequence[Amount], there: Sequence[Amount]) -> list[Mismatch]:
    """Numbers first; where they are the same, their units, number by number."""
    if differing := _counted("number", number, [one.number for one in here], [one.number for one in there]):
        return differing
    pairs = zip(sorted(here), sorted(there), strict=True)
    wrong = [(one, other) for one, other in pairs if not same_unit(one.unit, other.unit)]
    if not wrong:
        return []
    return [Mismatch("unit", number, tuple(one.told() for one, _ in wrong), tuple(other.told() for _, other in wrong))]


def negations(text: str, reader: Reader) -> tuple[str, ...]:
    """The negating words of a text."""
    folded, speech = fold(text), speech_of(reader.lang)
    wanted = (reader.wordings.negators | {fold_phrase(word) for word in speech.negators}) - speech.not_negators
    words = [folded.text[start:end] for start, end in tokens(folded.text)]
    found = [word for word in words if word in wanted or (speech.elided and word.startswith(speech.elided))]
    signs = [word for word in wanted if word and is_spaceless(word[0])]
    return tuple(found + [word for word in signs for _ in range(folded.text.count(word))])


def _negations(number: int, here: tuple[str, ...], there: tuple[str, ...], mine: Reader, theirs: Reader) -> list[Mismatch]:
    """As many on both sides; where a language builds one negation of several words, some on both sides or none."""
    loose = speech_of(mine.lang).concord or speech_of(theirs.lang).concord
    silent = [reader.lang for reader in (mine, theirs) if not (reader.wordings.negators or speech_of(reader.lang).negators)]
    if silent:
        return [Mismatch("unread", number, here, there)] if here or there else []
    same = bool(here) is bool(there) if loose else len(here) == len(there)
    return [] if same else [Mismatch("negation", number, here, there)]


def _signals(number: int, here: FoldedText, there: FoldedText, mine: Reader, theirs: Reader) -> list[Mismatch]:
    one, other = _holding(here, mine), _holding(there, theirs)
    found = [
        Mismatch(kind, number, _meanings(mine, one[kind] - other[kind]), _meanings(mine, other[kind] - one[kind]))
        for kind in ("claim", "mandatory")
        if one[kind] != other[kind]
    ]
    uses, uses_there = _uses(here, mine, theirs), _uses(there, theirs, mine)
    return [*found, *_counted("use", number, uses, uses_there)]


def _holding(folded: FoldedText, reader: Reader) -> dict[Kind, frozenset[str]]:
    possible, declared = reader.wordings.possible(folded), reader.wordings.lexicon.signals
    held: dict[Kind, set[str]] = {"claim": set(), "mandatory": set()}
    for name in possible:
        kind = None if name.startswith(DISEASE) else _KIND_OF_GROUP.get(declared[name].group)
        if kind is not None and reader.wordings.find(name, folded):
            held[kind].add(name)
    return {kind: frozenset(names) for kind, names in held.items()}


def _meanings(reader: Reader, names: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(reader.wordings.lexicon.signals[name].meaning for name in names))


def _uses(folded: FoldedText, reader: Reader, other: Reader) -> list[str]:
    """Names of diseases that both languages know; "pain" within "pain of the head" is no disease of its own."""
    known = [name.removeprefix(DISEASE) for name in reader.wordings.possible(folded) if name.startswith(DISEASE)]
    places = {name: list(reader.wordings.diseases[name].places(folded.text)) for name in known if name in other.wordings.diseases}
    every = [place for found in places.values() for place in found]
    return [name.replace("_", " ") for name, found in places.items() if any(not _inside(place, every) for place in found)]


def _inside(place: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(start <= place[0] and place[1] <= end and (start, end) != place for start, end in others)
