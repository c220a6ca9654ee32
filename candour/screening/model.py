"""A small additive model over words, pairs of words and pieces of words, as data: how a post sounds, beside what its phrases say.

A sentence leans by all its features together, by the root of its length, and by the one word that most looks like part of a reaction by
itself and its two neighbours; or a post is heard as a whole, by all its features and the root of their number. Every model has a folder in
`packs/model`: its languages and scale in `model.json`, one int8 weight per feature in `weights.npy`. Features are hashed, product names
masked: a new product costs nothing. Without the files the engine judges by phrases alone. The kernel gives the same numbers
(`kernel_model`). One more model hears the other duties (`DutyModel`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.core.terms import DutyKind
from candour.screening.words import Words

MODEL = Path(__file__).parent.parent / "packs" / "model"
WEIGHTS, SETTINGS = "weights.npy", "model.json"
#: The folder of the model of the other duties.
DUTIES = "duties"
#: Words shown at most as those in which a reaction is heard.
MOST_SHOWN = 6
#: A post is judged by its first words.
MOST_MODEL_WORDS = 400
#: What the model of duties counts beside the words of a post, so that a few words tell little.
FEW_TELL_LITTLE = 24
#: What a product name, a number and the border of a sentence count as among words.
MASK, NUMBER, BORDER = 1, 2, 3
_SEED, HASH, ALL_BITS = 0xCBF29CE484222325, 0x9E3779B97F4A7C15, (1 << 64) - 1
UNIGRAM, PAIR, SECOND = 11, 12, 13
#: Of a word that may be part of a reaction: itself, with the word before it, with the word behind it.
REACTS, REACTS_AFTER, REACTS_BEFORE = 14, 15, 16
PIECE, BEGINS, ENDS = 17, ord("<"), ord(">")
#: Letters of a piece, the borders of its word among them; a word too short for two pieces has none.
PIECE_LETTERS = 5
SHORTEST_PIECED = PIECE_LETTERS - 1


class ModelError(ValueError):
    """The model can't be used; the message says what its maker must change."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Weights with their scale. `weight`: what its log-odds count beside the phrases; `wakes`: from where it has a post judged."""

    weights: NDArray[np.int8]
    scale: float
    bias: float
    weight: float
    wakes: float | None
    #: Languages it was trained in; elsewhere the phrases judge alone. Empty: all.
    languages: frozenset[str] = frozenset()
    #: Whether a post is heard as a whole, else by its strongest sentence and the word in it that most looks like part of a reaction.
    whole: bool = False
    #: Log-odds added in each language; empty: in all the same.
    leads: Mapping[str, float] = field(default_factory=dict)
    #: Log-odds per light and per concept of a symptom in those languages (adverse.WEIGHTS elsewhere); empty: those of the phrases stay.
    lights: Mapping[str, float] = field(default_factory=dict)

    @property
    def bits(self) -> int:
        """Bits of a feature number."""
        return len(self.weights).bit_length() - 1

    def reads(self, code: str) -> bool:
        """Was it trained in this language?"""
        return not self.languages or code in self.languages

    def leaning(self, words: Words, masked: Collection[int]) -> float:
        """Log-odds of a post: those of its strongest sentence, or of all of it. `masked`: words that are part of a product name."""
        rows = list(features(words, masked, self.bits))
        if not self.whole:
            return max(map(self._sentence, rows), default=self.bias)
        total = sum(int(self.weights[number]) for row in rows for number in row.sound)
        return float(self.bias + self.scale * (total / math.sqrt(max(1, sum(row.size for row in rows)))))

    def strongest(self, words: Words, masked: Collection[int]) -> tuple[int, int]:
        """First word and the word after the last of the one or two neighbours that weigh most in the strongest sentence; of a post heard
        as a whole, of the few neighbours that do."""
        if self.whole:
            return strongest_stretch(features(words, masked, self.bits), self.weights)
        best = max(features(words, masked, self.bits), key=self._sentence)
        numbers, places = best.sound[: best.size], best.places
        heaviest = max(range(len(numbers)), key=lambda at: int(self.weights[numbers[at]]))
        pair = heaviest - len(places)  # the first is that of the border and the first word
        first, last = (heaviest, heaviest) if pair < 0 else (max(pair - 1, 0), min(pair, len(places) - 1))
        return places[first], places[last] + 1

    def _sentence(self, row: Features) -> float:
        total = sum(int(self.weights[number]) for number in row.sound)
        top = max(sum(int(self.weights[number]) for number in word) for word in row.words)
        return float(self.bias + self.scale * (total / math.sqrt(row.size) + top))


class Features(NamedTuple):
    """Feature numbers of a sentence. `sound`: its words, its pairs of neighbours with the borders (`size` of these two kinds), then the
    pieces of its words; `words`: of each word as a part of a reaction; `places`: which words of the post they are."""

    sound: list[int]
    size: int
    words: list[list[int]]
    places: list[int]


def strongest_stretch(rows: Iterable[Features], weights: NDArray[np.int8]) -> tuple[int, int]:
    """The few neighbours of a post that weigh most together: their first word and the one behind their last."""
    return max((_stretch(row, weights) for row in rows), key=lambda one: one[0])[1]


def _stretch(row: Features, weights: NDArray[np.int8]) -> tuple[int, tuple[int, int]]:
    """What the neighbours of a sentence weigh that weigh most together, and from which word to behind which they stand."""
    own = [int(weights[number]) for number in row.sound[: len(row.places)]]
    beside = [int(weights[number]) for number in row.sound[len(row.places) + 1 : row.size - 1]]
    spans = ((first, last) for first in range(len(own)) for last in range(first + 1, min(first + MOST_SHOWN, len(own)) + 1))
    weigh = ((sum(own[first:last]) + sum(beside[first : last - 1]), (first, last)) for first, last in spans)
    most, (first, last) = max(weigh, key=lambda one: (one[0], one[1][0] - one[1][1]))  # of as many the fewest
    return most, (row.places[first], row.places[last - 1] + 1)


class HeardDuty(NamedTuple):
    """A duty heard in a post, with its log-odds and the words it is heard in: the first, and the one behind the last."""

    duty: DutyKind
    odds: float
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class DutyModel:
    """Hears other duties than the adverse event in a post as a whole, in all languages by one table: a row per feature, a column per duty.

    Log-odds at or above 0 are a finding where no phrase tells of the duty. `starts`: where a duty's log-odds begin in a language that has
    none of its own in `own_starts`; `needs_medicine`: only in a post that speaks of one; `needs_question`: only in one that asks something.
    """

    weights: NDArray[np.int8]
    scales: tuple[float, ...]
    starts: tuple[float, ...]
    own_starts: Mapping[str, tuple[float, ...]]
    duties: tuple[DutyKind, ...]
    needs_medicine: frozenset[DutyKind]
    needs_question: frozenset[DutyKind]

    def starts_in(self, lang: str) -> tuple[float, ...]:
        """Where the log-odds of each duty begin in the language of a pack."""
        return self.own_starts.get(lang, self.starts)

    def hear(self, words: Words, masked: Collection[int], lang: str) -> list[HeardDuty]:
        """The duties heard. `masked`: words that are part of a product name; `lang`: the pack the post is read by."""
        rows = list(features(words, masked, len(self.weights).bit_length() - 1))
        if not rows:
            return []
        totals = self.weights[[number for row in rows for number in row.sound]].sum(axis=0, dtype=np.int64).tolist()
        size, found, starts = math.sqrt(FEW_TELL_LITTLE + sum(row.size for row in rows)), [], self.starts_in(lang)
        for at, (duty, total) in enumerate(zip(self.duties, totals, strict=True)):
            odds = starts[at] + self.scales[at] * (total / size)
            if odds >= 0.0 and (words.asked or duty not in self.needs_question):
                found.append(HeardDuty(duty, odds, *strongest_stretch(rows, self.weights[:, at])))
        return found


def features(words: Words, masked: Collection[int], bits: int) -> Iterator[Features]:
    """Feature numbers of every sentence in which a word counts."""
    for places in _places(words, masked).values():
        row = [BORDER, *(_value(words, masked, at) for at in places), BORDER]
        sound = [unigram(one, bits) for one in row[1:-1]] + [bigram(one, other, bits) for one, other in pairwise(row)]
        spelt = [words.words[at] for at, value in zip(places, row[1:], strict=False) if value not in (MASK, NUMBER)]
        cut = [number for word in spelt for number in pieces(word, bits)]
        yield Features(sound + cut, len(sound), [_reacts(*around, bits) for around in zip(row, row[1:], row[2:], strict=False)], places)


def _reacts(before: int, word: int, behind: int, bits: int) -> list[int]:
    after = mix(mix(before, REACTS_AFTER) ^ word, SECOND)
    ahead = mix(mix(word, REACTS_BEFORE) ^ behind, SECOND)
    return [number >> (64 - bits) for number in (mix(word, REACTS), after, ahead)]


def pieces(word: str, bits: int) -> Iterator[int]:
    """Feature numbers of every stretch of letters of a folded word, its borders among them: "jellified" is heard in "jellify" as well."""
    if len(word) < SHORTEST_PIECED:
        return
    letters = [BEGINS, *map(ord, word), ENDS]
    for first in range(len(letters) - PIECE_LETTERS + 1):
        h = _SEED
        for letter in letters[first : first + PIECE_LETTERS]:
            h = mix(h, letter)
        yield mix(h, PIECE) >> (64 - bits)


def _value(words: Words, masked: Collection[int], at: int) -> int:
    word = words.words[at]
    return MASK if at in masked else NUMBER if word.isascii() and word.isdigit() else word_hash(word)


def _places(words: Words, masked: Collection[int]) -> dict[int, list[int]]:
    """The words that count, by sentence: of masked words side by side only the first."""
    sentences: dict[int, list[int]] = {}
    before = (-1, False)
    for at, sentence in enumerate(words.sentence[: min(len(words.words), MOST_MODEL_WORDS)]):
        now = (sentence, at in masked)
        if not now[1] or before != now:
            sentences.setdefault(sentence, []).append(at)
        before = now
    return sentences


def word_hash(word: Sequence[str]) -> int:
    """Hash of a folded word, as the kernel's."""
    h = _SEED
    for letter in word:
        h = mix(h, ord(letter))
    return h


def unigram(word: int, bits: int) -> int:
    """Feature number of a word."""
    return mix(word, UNIGRAM) >> (64 - bits)


def bigram(first: int, second: int, bits: int) -> int:
    """Feature number of two neighbours."""
    return mix(mix(first, PAIR) ^ second, SECOND) >> (64 - bits)


def mix(h: int, c: int) -> int:
    """One step of the hash, as the kernel's."""
    h = ((h ^ c) * HASH) & ALL_BITS
    return h ^ (h >> 29)


class Models(tuple[Model, ...]):
    """The models of a release; a language is heard by the first that was trained in it. `duties`: hears the others in all of them."""

    duties: DutyModel | None

    def __new__(cls, models: Iterable[Model] = (), duties: DutyModel | None = None) -> Models:
        own = super().__new__(cls, models)
        own.duties = duties
        return own

    def of(self, code: str) -> Model | None:
        """The model of a language, None where its phrases judge alone."""
        return next((model for model in self if model.reads(code)), None)


def load_models(folder: Path = MODEL) -> Models:
    """The models of a folder and of the folders in it, one for each language that a model leans in apart, and that of the duties. Raises
    ModelError for one that can't be used."""
    folders = [folder, *sorted(path for path in folder.glob("*") if path.is_dir() and path.name != DUTIES)]
    own = (one for model in map(load_model, folders) if model for one in _apart(model))
    return Models(own, load_duty_model(folder / DUTIES))


def load_duty_model(folder: Path) -> DutyModel | None:
    """The model of the duties, None where there is none. Raises ModelError for one that can't be used."""
    if not (folder / WEIGHTS).is_file() or not (folder / SETTINGS).is_file():
        return None
    weights, settings = np.load(folder / WEIGHTS, allow_pickle=False), json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    rows = settings.get("duties", [])
    if weights.dtype != np.int8 or weights.ndim != 2 or weights.shape[1] != len(rows) or len(weights) & (len(weights) - 1) or not rows:
        raise ModelError(f"Save {WEIGHTS} of the duties as int8, a power of two of rows and a column for each duty of {SETTINGS}.")
    duties = tuple(DutyKind(row["duty"]) for row in rows)
    needs, asks = (
        frozenset(duty for duty, row in zip(duties, rows, strict=True) if row.get(name)) for name in ("needs_medicine", "needs_question")
    )
    scales, starts = (tuple(float(row[name]) for row in rows) for name in ("scale", "start"))
    own = {lang: tuple(float(row["starts"].get(lang, row["start"])) for row in rows) for row in rows for lang in row.get("starts", {})}
    return DutyModel(weights, scales, starts, own, duties, needs, asks)


def _apart(model: Model) -> Iterator[Model]:
    """The model as it leans in each of its languages; they share its weights."""
    if not model.leads:
        yield model
    for code, lead in sorted(model.leads.items()):
        yield replace(model, languages=frozenset({code}), bias=model.bias + lead, leads={})


def load_model(folder: Path) -> Model | None:
    """The model of a folder, None where there is none. Raises ModelError for one that can't be used."""
    if not (folder / WEIGHTS).is_file() or not (folder / SETTINGS).is_file():
        return None
    weights = np.load(folder / WEIGHTS, allow_pickle=False)
    if weights.dtype != np.int8 or weights.ndim != 1 or len(weights) < 2 or len(weights) & (len(weights) - 1):
        raise ModelError(f"Save {WEIGHTS} as one row of int8 whose length is a power of two.")
    settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    missing = [name for name in ("scale", "bias", "weight") if not isinstance(settings.get(name), int | float)]
    if missing:
        raise ModelError(f"Give {SETTINGS} the numbers scale, bias and weight: {', '.join(missing)} not found.")
    wakes = settings.get("wakes")
    scale, bias, weight = (float(settings[name]) for name in ("scale", "bias", "weight"))
    lights = {str(light): float(odds) for light, odds in settings.get("lights", {}).items()}
    languages, whole = frozenset(settings.get("languages", ())), bool(settings.get("whole"))
    leads = {str(code): float(odds) for code, odds in settings.get("leads", {}).items()}
    return Model(weights, scale, bias, weight, None if wakes is None else float(wakes), languages, whole, leads, lights)


def model_bytes(models: Models) -> bytes:
    """What of the models enters the name of a release."""
    tables = {id(model.weights): model.weights for model in models}
    own = b"".join([*(table.tobytes() for table in tables.values()), *(repr(_settings(model)).encode() for model in models)])
    return own + _duty_bytes(models.duties) if models.duties else own


def _duty_bytes(model: DutyModel) -> bytes:
    needs = sorted(model.needs_medicine), sorted(model.needs_question)
    settings = model.scales, model.starts, sorted(model.own_starts.items()), model.duties, *needs
    return model.weights.tobytes() + repr(settings).encode()


def _settings(model: Model) -> tuple[object, ...]:
    return model.scale, model.bias, model.weight, model.wakes, sorted(model.languages), model.whole, sorted(model.lights.items())
