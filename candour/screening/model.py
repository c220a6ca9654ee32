"""A small linear model over words and pairs of words, as data: how a post sounds, beside what its phrases say.

`packs/model/weights.npy` holds one int8 weight per feature, `model.json` its scale. Features are hashed, product names are masked: a new
product costs nothing. Without the files the engine judges by phrases alone. The kernel gives the same numbers (`kernel_model`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from candour.screening.words import Words

MODEL = Path(__file__).parent.parent / "packs" / "model"
WEIGHTS, SETTINGS = "weights.npy", "model.json"
#: A post is judged by its first words.
MOST_MODEL_WORDS = 400
MASK, NUMBER = 1, 2
_SEED, HASH, ALL_BITS = 0xCBF29CE484222325, 0x9E3779B97F4A7C15, (1 << 64) - 1
UNIGRAM, PAIR, SECOND = 11, 12, 13


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
        """Log-odds of a post: those of its strongest sentence. `masked`: words that are part of a product name."""
        sums = [self._sentence(row) for row in features(words, masked, self.bits)]
        return max(sums, default=self.bias)

    def strongest(self, words: Words, masked: Collection[int]) -> tuple[int, int]:
        """First word and the word after the last of the one or two neighbours that weigh most in the strongest sentence."""
        rows = list(features(words, masked, self.bits))
        best = max(range(len(rows)), key=lambda number: self._sentence(rows[number]))
        places = list(_places(words, masked).values())[best]
        heaviest = max(range(len(rows[best])), key=lambda at: int(self.weights[rows[best][at]]))
        first = heaviest if heaviest < len(places) else heaviest - len(places)
        return places[first], places[min(first + (heaviest >= len(places)), len(places) - 1)] + 1

    def _sentence(self, row: list[int]) -> float:
        total = sum(int(self.weights[number]) for number in row)
        return float(self.bias + self.scale * total / math.sqrt(len(row)))


def features(words: Words, masked: Collection[int], bits: int) -> Iterator[list[int]]:
    """Feature numbers of every sentence: its words, then its pairs of neighbours."""
    for places in _places(words, masked).values():
        row = [_value(words, masked, at) for at in places]
        yield [unigram(one, bits) for one in row] + [bigram(one, other, bits) for one, other in pairwise(row)]


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


def load_model(folder: Path = MODEL) -> Model | None:
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
    return Model(weights, scale, bias, weight, None if wakes is None else float(wakes), frozenset(settings.get("languages", ())), lights)


def model_bytes(model: Model | None) -> bytes:
    """What of a model enters the name of a release."""
    return b"" if model is None else model.weights.tobytes() + repr(_settings(model)).encode()


def _settings(model: Model) -> tuple[object, ...]:
    return model.scale, model.bias, model.weight, model.wakes, sorted(model.languages), sorted(model.lights.items())


def arrays(model: Model | None) -> tuple[NDArray[np.int8], NDArray[Any]]:
    """Weights and (scale, bias, from where it wakes) as the kernel takes them; no weights where there is no model."""
    if model is None:
        return np.zeros(0, np.int8), np.array([0.0, 0.0, np.inf])
    return model.weights, np.array([model.scale, model.bias, np.inf if model.wakes is None else model.wakes])
