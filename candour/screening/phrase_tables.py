"""A release's matchers as flat tables for the screening kernel: symbols by hash, tries by (node, symbol), meanings by number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.screening.engine import ScreeningRelease
from candour.screening.language import LATIN, SMALL_WORDS, UNDETERMINED, WRITTEN_IN
from candour.screening.language_model import MOST_LANGUAGES
from candour.screening.matcher import Finder, Hit
from candour.screening.model import Model, Models

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
#: What a cue does to a post, by its role.
ROLES = {
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
    """The models for the kernel: weights of all, one after the other; of each its first weight, the one behind its last and the number of
    its table; its scale, its bias, from where it wakes, below where nothing but a score comes of what it hears, and whether it hears a post
    as a whole."""

    weights: NDArray[np.int8]
    bounds: NDArray[np.int64]
    settings: NDArray[np.float64]


class Ears(NamedTuple):
    """The model of duties for the kernel; no columns where there is none. `starts`: a row per pack, in their order;
    `asks`: 1 for a duty heard only in a post that asks."""

    weights: NDArray[np.int8]
    scales: NDArray[np.float64]
    starts: NDArray[np.float64]
    asks: NDArray[np.uint8]


def duty_tables(models: Models, packs: Iterable[str]) -> Ears:
    """The model of duties as arrays. `packs`: codes of the release's."""
    own = models.duties
    if own is None:
        return Ears(np.zeros((2, 0), np.int8), np.zeros(0), np.zeros((1, 0)), np.zeros(0, np.uint8))
    starts = np.array([own.starts_in(code) for code in sorted(packs)])
    asks = np.array([duty in own.needs_question for duty in own.duties], np.uint8)
    return Ears(np.ascontiguousarray(own.weights), np.array(own.scales), starts, asks)


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
    number = {key: at for at, key in enumerate(tables)}
    bounds = [(ends[key] - len(tables[key]), ends[key], number[key]) for key in (id(model.weights) for model in models)]
    settings = [(one.scale, one.bias, np.inf if one.wakes is None else one.wakes, below(one), one.whole) for one in models]
    weights = np.concatenate([np.zeros(0, np.int8), *tables.values()])
    return Judges(weights, np.array(bounds, np.int64).reshape(-1, 3), np.array(settings, np.float64).reshape(-1, 5))


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
