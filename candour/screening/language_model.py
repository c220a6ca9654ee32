"""A small linear model over pieces of words, as data: which language a post sounds like where script and small words don't tell.

`packs/model/languages.npy` holds one int8 weight per hashed piece (one to four letters, word borders among them) and language,
`languages.json` which languages, alphabet by alphabet, and from which lead on the model is believed. Only the languages of one alphabet are
compared. Whole numbers alone decide, so that the kernel (`kernel_language`) gives the same answers on any machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.screening.model import MODEL, ModelError, word_hash

WEIGHTS, SETTINGS = "languages.npy", "languages.json"
#: A post is judged by its first letters: enough to tell any language, and a long post costs no more than a short one.
MOST_LETTERS = 256
#: So many languages an alphabet may have; the kernel's rows are as long.
MOST_LANGUAGES = 48
#: A longer piece of a word adds nothing.
LONGEST_PIECE = 4
BORDER = 32
#: First letters of the words an alphabet's model reads; names in other letters, digits and emoji say nothing of the language around them.
LATIN_SCRIPT, CYRILLIC_SCRIPT, ARABIC_SCRIPT = range(3)
ALPHABETS = ("latin", "cyrillic", "arabic")
RANGES = (((0x61, 0x7B), (0xDF, 0x250), (0x1E00, 0x1F00)), ((0x400, 0x530), (0, 0), (0, 0)), ((0x620, 0x700), (0x750, 0x780), (0, 0)))


class Sound(NamedTuple):
    """What a post sounds like: the nearest language, "" where nothing can be read; its lead over the next, in the model's own units, per
    root of the pieces read; how many were read."""

    code: str
    lead: float
    pieces: int


NOTHING_HEARD = Sound("", 0.0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Alphabet:
    """Weights of the languages of one alphabet: a row per hashed piece, a column per language."""

    languages: tuple[str, ...]
    weights: NDArray[np.int8]

    @property
    def bits(self) -> int:
        """Bits of a row number."""
        return len(self.weights).bit_length() - 1


@dataclass(frozen=True, slots=True, eq=False)
class LanguageModel:
    """What tells languages apart. `sure`: the lead from which an undeclared post is taken for its nearest language; `against`: the lead
    from which it is taken for another language than it is declared to be."""

    alphabets: tuple[Alphabet, ...]
    sure: float
    against: float
    digest: str

    def sound(self, words: Sequence[str], script: int) -> Sound:
        """Nearest language of a post cut into folded words. Linear in its length, and never more than MOST_LETTERS letters."""
        alphabet = self.alphabets[script]
        rows = [number >> (64 - alphabet.bits) for number in pieces(words, script)]
        if not rows:
            return NOTHING_HEARD
        sums = alphabet.weights[rows].sum(axis=0, dtype=np.int64)
        best = int(np.argmax(sums))
        second = int(np.delete(sums, best).max())
        return Sound(alphabet.languages[best], (int(sums[best]) - second) / float(np.sqrt(len(rows))), len(rows))


def pieces(words: Sequence[str], script: int) -> Iterator[int]:
    """Hashes of all pieces of the words in one alphabet, in order."""
    left = MOST_LETTERS
    for word in words:
        if left <= 0:
            return
        if any(low <= ord(word[0]) < high for low, high in RANGES[script]):
            yield from _of_word(word[:left])
            left -= len(word)


def _of_word(word: str) -> Iterator[int]:
    bordered = f"{chr(BORDER)}{word}{chr(BORDER)}"
    for start in range(len(bordered)):
        for end in range(start + 1, min(start + LONGEST_PIECE, len(bordered)) + 1):
            if end - start > 1 or bordered[start] != chr(BORDER):
                yield word_hash(bordered[start:end])


def load_languages(folder: Path = MODEL) -> LanguageModel | None:
    """The model of a folder, None where there is none. Raises ModelError for one that can't be used."""
    if not (folder / WEIGHTS).is_file() or not (folder / SETTINGS).is_file():
        return None
    raw = (folder / WEIGHTS).read_bytes() + (folder / SETTINGS).read_bytes()
    weights = np.load(folder / WEIGHTS, allow_pickle=False)
    settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    if not all(isinstance(settings.get(name), int | float) for name in ("sure", "against")):
        raise ModelError(f"Give {SETTINGS} the numbers sure and against.")
    alphabets = tuple(_alphabets(weights, settings.get("alphabets", {})))
    return LanguageModel(alphabets, float(settings["sure"]), float(settings["against"]), hashlib.sha256(raw).hexdigest())


def _alphabets(weights: NDArray[np.int8], told: Mapping[str, Mapping[str, object]]) -> Iterator[Alphabet]:
    if sorted(told) != sorted(ALPHABETS):
        raise ModelError(f"Give {SETTINGS} the alphabets {', '.join(ALPHABETS)}.")
    at = 0
    for name in ALPHABETS:
        languages, bits = tuple(str(code) for code in told[name]["languages"]), int(str(told[name]["bits"]))  # type: ignore[attr-defined]
        size = len(languages) << bits
        if weights.dtype != np.int8 or weights.ndim != 1 or len(weights) < at + size or not 2 <= len(languages) <= MOST_LANGUAGES:
            raise ModelError(f"Save {WEIGHTS} as one row of int8, 2^bits times the languages of each alphabet, {MOST_LANGUAGES} at most.")
        yield Alphabet(languages, weights[at : at + size].reshape(1 << bits, len(languages)))
        at += size


@cache
def shipped_model() -> LanguageModel | None:
    """The model that ships with the packs, read once."""
    return load_languages()
