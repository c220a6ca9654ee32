"""A release's matchers as flat tables for the screening kernel: symbols by hash, tries by (node, symbol), meanings by number."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from candour.core.terms import DutyKind
from candour.packs.language_schema import Sign
from candour.packs.phrases import GAP
from candour.screening.duties import may_reach, most_score
from candour.screening.engine import LONGEST_TAG_NAME, SHORTEST_TAG_NAME, ScreeningRelease
from candour.screening.language import LATIN, SMALL_WORDS, UNDETERMINED, WRITTEN_IN
from candour.screening.language_model import MOST_LANGUAGES
from candour.screening.matcher import FOUND, LONGEST_PART, Finder, Hit, Matcher
from candour.screening.model import Model, Models
from candour.screening.products import INDICATION, Product
from candour.screening.reading import Cue, SignHit, TimeWord

#: Numbers of the tables all releases have; the packs follow in order of their codes.
NAMED, SMALL_WORDS_TABLE, FIRST_PACK = 0, 1, 2
#: No language; scripts that several languages share; one that no pack reads.
NO_CODE, CYRILLIC, ARABIC, OTHER_SCRIPT = -1, -2, -3, -4
#: What a meaning does to a post, as bits: judge it; judge it if it tells of use as well; tells of use; names a person; takes others back;
#: speaks of a medicine as a rule asks for it, of what the company offers, or of a medicine in any way; is a sign of a rule.
WAKES, BLAMES, USES, PATIENT, MASKS, DRUG, OFFER, MEDICINE, SIGN = (1 << bit for bit in range(9))
#: Behind them how many signs must stand in the post for this one to come to a finding, three bits each: by itself, with a word for a
#: medicine, with one for an offer, with both.
NEEDS_AT, NEEDS_BITS = 9, 3
_MOST_NEEDED = (1 << NEEDS_BITS) - 1
_KINDS = {"=": 0, "<": 1, ">": 2, "%": 3}
_TAG = 4
_ROLES = {
    "strong_experience": BLAMES,
    "blame": BLAMES,
    "use": USES,
    "drug": USES | DRUG | MEDICINE,
    "taken": MEDICINE,
    "anchor": MEDICINE,
    "offer": OFFER,
    "self": PATIENT,
    "other": PATIENT,
    "mask": MASKS,
    "feared": MASKS,
}


class Phrases(NamedTuple):
    """Matchers of a release. Hash tables have a power of two of slots.

    `slots`: symbol, size and place of its letters; `limits`: shortest and longest symbol per matcher and kind; `matchers`: root node, words
    a gap may skip, place of its `bits`, place of its `first_to` (the node a symbol leads to at the root, -1 for none); `nodes`: place of
    its meanings << 32, their number << 1, whether a gap may follow (the node behind it is the next one), and the bits (`symbol_bit`) of
    the symbols that lead on.
    """

    keys: NDArray[np.uint64]
    slots: NDArray[np.int64]
    letters: NDArray[np.uint32]
    bloom: NDArray[np.uint8]
    limits: NDArray[np.int64]
    matchers: NDArray[np.int64]
    step_keys: NDArray[np.uint64]
    step_to: NDArray[np.int32]
    nodes: NDArray[np.int64]
    meanings: NDArray[np.int32]
    bits: NDArray[np.int64]
    first_to: NDArray[np.int32]


class Codes(NamedTuple):
    """Languages by number. `table`: the matcher that reads a language, -1 for none; `leans`: the model that was trained in the language of
    that matcher and may wake a post, -1 for none; small words: symbol to languages and parts; `family`: CYRILLIC or ARABIC for a
    language written so, else 0; `heads`: the same number for codes of one language ("zh-Hans", "zh")."""

    table: NDArray[np.int64]
    leans: NDArray[np.int64]
    latin_tables: NDArray[np.int64]
    latin_codes: NDArray[np.int64]
    small_at: NDArray[np.int64]
    small_code: NDArray[np.int64]
    small_part: NDArray[np.float64]
    longest_small: int
    small_codes: int
    of_script: NDArray[np.int64]
    family: NDArray[np.int64]
    heads: NDArray[np.int64]
    undetermined: int
    japanese: int
    simplified: int
    traditional: int
    russian: int
    ukrainian: int


#: Length of a row of weights in the kernel.
WIDTH = MOST_LANGUAGES


class Hearing(NamedTuple):
    """The language model for the kernel: weights of all alphabets, one after the other, rows filled up to WIDTH; first weight, bits and
    languages of each; codes of its languages; leads from which it is believed undeclared and against a declaration."""

    weights: NDArray[np.int8]
    alphabets: NDArray[np.int64]
    codes: NDArray[np.int64]
    leads: NDArray[np.float64]


class Judges(NamedTuple):
    """The models for the kernel: weights of all, one after the other; of each its first weight and the one behind its last; its scale, its
    bias, from where it wakes, below where nothing but a score comes of what it hears, and whether it hears a post as a whole."""

    weights: NDArray[np.int8]
    bounds: NDArray[np.int64]
    settings: NDArray[np.float64]


class _Symbols:
    """Symbols collected before they are hashed: table, kind, letters, number."""

    def __init__(self, tables: int) -> None:
        self.rows: list[tuple[int, int, int]] = []
        self.words: list[str] = []
        self.limits = np.zeros((tables, 5, 2), np.int64)

    def add(self, table: int, kind: int, word: str, number: int) -> None:
        size = len(word)
        longest = size if kind in (0, 3) else min(size, LONGEST_PART)
        limits = self.limits[table, kind]
        limits[0] = min(limits[0], size) if limits[1] else size
        limits[1] = max(limits[1], longest)
        self.rows.append((table * 8 + kind, kind, number))
        self.words.append(word)


class _Tries:
    """All tries as one: nodes are numbered through, `steps` are (node, symbol, node) one after the other, `found` what each node means, in
    their order, `counts` how much that is. Hundreds of thousands of each: numbers only, no objects."""

    def __init__(self) -> None:
        self.steps, self.counts, self.found, self.gaps = array("q"), array("q"), array("i"), array("b")

    def add(self, matcher: Matcher, table: int, symbols: _Symbols) -> int:
        """Number the nodes of a matcher; returns its root."""
        numbers: dict[str, int] = {}
        root = self._node(matcher.root)
        waiting = [(root, matcher.root)]
        while waiting:
            number, node = waiting.pop()
            if GAP in node:
                waiting.append((number + 1, node[GAP]))
            for symbol, child in node.items():
                if symbol in (FOUND, GAP):
                    continue
                to = self._node(child)
                self.steps.extend((number, self._symbol(symbol, numbers, table, symbols), to))
                waiting.append((to, child))
        return root

    def _node(self, node: dict[str, Any]) -> int:
        """Number a node, and the one behind its gap with the next number."""
        number, found = len(self.counts), node.get(FOUND, ())
        self.counts.append(len(found))
        self.found.extend(found)
        self.gaps.append(GAP in node)
        if GAP in node:
            self._node(node[GAP])
        return number

    def rows(self) -> NDArray[np.int64]:
        """The steps, one a row."""
        return np.array(self.steps, np.int64).reshape(-1, 3)

    def table(self) -> NDArray[np.int64]:
        """The rows of `Phrases.nodes`."""
        counts, steps = np.array(self.counts, np.int64), self.rows()
        nodes = np.zeros((len(counts), 2), np.int64)
        nodes[:, 0] = (np.cumsum(counts) - counts) << 32 | counts << 1 | np.array(self.gaps, np.int64)
        np.bitwise_or.at(nodes[:, 1], steps[:, 0], np.int64(1) << (steps[:, 1] & 63))
        return nodes

    @staticmethod
    def _symbol(symbol: str, numbers: dict[str, int], table: int, symbols: _Symbols) -> int:
        if symbol not in numbers:
            numbers[symbol] = len(numbers)
            symbols.add(table, _KINDS[symbol[0]], symbol[1:], numbers[symbol])
        return numbers[symbol]


def phrase_tables(release: ScreeningRelease, fill_symbols: Any, fill_steps: Any) -> Phrases:
    """Compile a release. `fill_symbols` and `fill_steps` are the kernel's own, so that both hash alike.

    Raises TypeError for matchers that were not compiled from phrases.
    """
    own = [release.named, *(release.matchers[code] for code in sorted(release.packs))]
    if not all(isinstance(matcher, Matcher) for matcher in own):
        raise TypeError("Compile a release (engine.compiled_release) before another matcher is put into it.")
    named, *of_packs = cast(list[Matcher], own)
    matchers = [named, Matcher(()), *of_packs]
    symbols, tries = _Symbols(len(matchers)), _Tries()
    roots = [tries.add(matcher, table, symbols) for table, matcher in enumerate(matchers)]
    for number, word in enumerate(SMALL_WORDS):
        symbols.add(SMALL_WORDS_TABLE, 0, word, number)
    for word in sorted(release.product_words):
        if SHORTEST_TAG_NAME <= len(word) <= LONGEST_TAG_NAME:
            symbols.add(NAMED, _TAG, word, 0)
    step_keys, step_to = _stepped(tries, fill_steps)
    bits = [[_bits(what) for what in matcher.meanings] for matcher in matchers]
    firsts = _first_steps(tries, roots, symbols)
    of_matchers = np.stack([roots, [matcher.gap for matcher in matchers], _starts(bits)[:-1], _starts(firsts)[:-1]], axis=1).astype(
        np.int64
    )
    keys, slots, letters, bloom = _keyed(symbols, fill_symbols)
    return Phrases(
        keys,
        slots,
        letters,
        bloom,
        symbols.limits,
        of_matchers,
        step_keys,
        step_to,
        tries.table(),
        np.array(tries.found or [0], np.int32),
        _flat(bits, np.int64),
        _flat(firsts, np.int32),
    )


def _first_steps(tries: _Tries, roots: list[int], symbols: _Symbols) -> list[list[int]]:
    """Per matcher and symbol the node it leads to at the root."""
    firsts: list[list[int]] = [[] for _ in roots]
    for of_table, _, number in symbols.rows:
        firsts[of_table >> 3].extend([-1] * (number + 1 - len(firsts[of_table >> 3])))
    at_root = {root: table for table, root in enumerate(roots)}
    rows = tries.rows()
    for node, symbol, to in rows[np.isin(rows[:, 0], roots)].tolist():
        firsts[at_root[node]][symbol] = to
    return firsts


def _keyed(symbols: _Symbols, fill: Any) -> tuple[Any, ...]:
    size = _room(len(symbols.rows))
    keys, slots = np.zeros(size, np.uint64), np.zeros((size, 3), np.int64)
    bloom = np.zeros(max(1 << 13, _room(len(symbols.rows))), np.uint8)
    letters = np.frombuffer("".join(symbols.words).encode("utf-32-le") or b"\0\0\0\0", np.uint32).copy()
    rows = np.array(symbols.rows, np.int64).reshape(-1, 3)
    fill(rows, np.array([len(word) for word in symbols.words], np.int64), letters, keys, slots, bloom)
    return keys, slots, letters, bloom


def _stepped(tries: _Tries, fill: Any) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    rows = tries.rows()
    size = _room(len(rows))
    keys, to = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    fill(rows, keys, to)
    return keys, to


def _room(rows: int) -> int:
    """A power of two that leaves more than half of the slots free."""
    return 1 << max(10, (rows * 2).bit_length())


def _starts(rows: Iterable[list[int]]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)


def _flat(rows: Iterable[list[int]], kind: Any) -> NDArray[Any]:
    return np.array([value for row in rows for value in row] or [0], kind)


def _bits(what: Any) -> int:
    if isinstance(what, Product):
        return 0 if what.kind == INDICATION else WAKES
    if isinstance(what, Cue):
        return _ROLES.get(what.role, 0)
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


def code_names(release: ScreeningRelease) -> list[str]:
    """Language codes by number: those of the small words first and in order, since ties go to the earlier."""
    heard = {code for alphabet in release.hearing.alphabets for code in alphabet.languages} if release.hearing else set()
    others = {"ja", "ko", "ar", "ru", "uk", "zh-Hans", "zh-Hant", UNDETERMINED, *release.packs, *heard}
    latin = sorted({code for parts in SMALL_WORDS.values() for code, _ in parts})
    return latin + sorted(others - set(latin))


def code_tables(release: ScreeningRelease, names: list[str]) -> Codes:
    """What the kernel must know of the languages `names` (a batch may declare more than `code_names` gives)."""
    number = {name: at for at, name in enumerate(names)}
    packs = sorted(release.packs)
    table = np.full(len(names), -1, np.int64)
    for name, at in number.items():
        pack = release.pack(name)
        table[at] = FIRST_PACK + packs.index(pack.code) if pack else -1
    read = [release.pack(name) for name in names]
    models = [release.models.of(pack.code) if pack else None for pack in read]
    leans = np.array([release.models.index(model) if model else -1 for model in models], np.int64)
    latin = [code for code in release.packs if code.split("-")[0] in LATIN]
    parts = [list(parts) for parts in SMALL_WORDS.values()]
    of_script = np.full(7, number[UNDETERMINED], np.int64)
    of_script[[1, 2, 4]] = [number["ja"], number["ko"], number["ar"]]
    return Codes(
        table,
        leans,
        np.array([FIRST_PACK + packs.index(code) for code in latin], np.int64),
        np.array([number[code] for code in latin], np.int64),
        np.concatenate([[0], np.cumsum([len(row) for row in parts])]).astype(np.int64),
        np.array([number[code] for row in parts for code, _ in row], np.int64),
        np.array([part for row in parts for _, part in row], np.float64),
        max(map(len, SMALL_WORDS)),
        len({code for row in parts for code, _ in row}),
        of_script,
        np.array([_FAMILIES.get(name, 0) for name in names], np.int64),
        np.unique([name.split("-")[0] for name in names], return_inverse=True)[1].astype(np.int64),
        *(number[code] for code in (UNDETERMINED, "ja", "zh-Hans", "zh-Hant", "ru", "uk")),
    )


_FAMILIES = {code: number for name, number in (("cyrillic", CYRILLIC), ("arabic", ARABIC)) for code in WRITTEN_IN[name]}


def hearing_tables(release: ScreeningRelease, names: list[str]) -> Hearing:
    """The release's language model, its languages by their number among `names`; no languages where there is no model."""
    hearing = release.hearing
    if hearing is None:
        return Hearing(np.zeros(1, np.int8), np.zeros((3, 3), np.int64), np.zeros((3, 1), np.int64), np.zeros(2))
    parts, first = hearing.alphabets, 0
    places, codes = np.zeros((len(parts), 3), np.int64), np.zeros((len(parts), max(len(one.languages) for one in parts)), np.int64)
    for at, one in enumerate(parts):
        places[at], first = (first, one.bits, len(one.languages)), first + len(one.weights) * WIDTH
        codes[at, : len(one.languages)] = [names.index(code) for code in one.languages]
    weights = np.concatenate([np.pad(one.weights, ((0, 0), (0, WIDTH - len(one.languages)))).ravel() for one in parts])
    return Hearing(weights, places, codes, np.array([hearing.sure, hearing.against]))


def judge_tables(models: Models, below: Callable[[Model], float]) -> Judges:
    """The models as arrays. `below`: see there."""
    tables = {id(model.weights): model.weights for model in models}  # languages may share one
    ends = dict(zip(tables, np.cumsum([len(table) for table in tables.values()]).tolist(), strict=True))
    bounds = [(ends[id(model.weights)] - len(model.weights), ends[id(model.weights)]) for model in models]
    settings = [(one.scale, one.bias, np.inf if one.wakes is None else one.wakes, below(one), one.whole) for one in models]
    weights = np.concatenate([np.zeros(0, np.int8), *tables.values()])
    return Judges(weights, np.array(bounds, np.int64).reshape(-1, 2), np.array(settings, np.float64).reshape(-1, 5))


def hit_columns(numbers: NDArray[np.int64], kernel: Any) -> tuple[NDArray[Any], ...]:
    """The kernel's hits as columns: first word, word after the last, number of the meaning, negative for one of the products (-1 is 0)."""
    first_bits = kernel.MEANING_BITS + kernel.LAST_BITS
    first = (numbers >> first_bits) & ((1 << 31) - 1)
    meaning = numbers & ((1 << kernel.MEANING_BITS) - 1)
    last = first + ((numbers >> kernel.MEANING_BITS) & ((1 << kernel.LAST_BITS) - 1))
    return first, last, np.where(numbers >> kernel.PRODUCT_BIT, -1 - meaning, meaning)


#: A hit of three values, without a call of Python's own for each.
_HIT: Callable[[tuple[int, int, Any]], Hit] = partial(tuple.__new__, Hit)


def hits_of(columns: tuple[list[int], ...], named: Finder, matcher: Finder | None) -> list[Hit]:
    """Hits in columns as the matchers give them."""
    first, last, meaning = columns
    own, products = matcher.meanings if matcher else [], named.meanings
    return list(map(_HIT, zip(first, last, [own[at] if at >= 0 else products[-1 - at] for at in meaning], strict=True)))
