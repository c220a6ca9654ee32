"""Train the model that tells languages apart: python -m tools.train_language writes candour/packs/model/languages.npy and languages.json.

One weight per hashed piece of a word and language, fitted by stochastic gradient to whole sentences and to short stretches of them, with
names of medicines thrown in and accents left out here and there, as in posts. py3langid teaches: a catalogue sentence that it holds for
English, or surely for another language than the catalogue's, is left out. Same packages, same file.
"""

from __future__ import annotations

import argparse
import json
import random
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from candour.packs.language_schema import shipped_languages
from candour.screening import kernel_language as kl
from candour.screening.language_model import ALPHABETS, LONGEST_PIECE, MOST_LETTERS, SETTINGS, WEIGHTS, load_languages
from candour.screening.model import MODEL
from candour.screening.products import SUBSTANCES
from candour.screening.words import fold_words
from tools.language_texts import LANGUAGES, Text, catalogue_texts, own_texts, phrase_texts, small_words

#: Rows of hashed pieces per alphabet, as bits.
BITS = (15, 14, 13)
#: Texts drawn per language, rounds over all of them, first step of the fit and how strongly weights are held at nought.
DRAWS, ROUNDS, STEP, HOLD = 9000, 3, 0.35, 3e-5
#: Share of draws from our own posts where a language has them, from the packs' phrases, and rows of its small words.
OWN, PHRASES, SMALL = 0.12, 0.07, 0.2
#: Share of draws with the name of a medicine thrown in, and what brands are made of.
NAMED = 0.35
SYLLABLES = [
    "ab", "vo", "cel", "mu", "tran", "tol", "hex", "quo", "sa", "ox", "tri", "ba", "xi", "lo", "ne", "va", "ra",
    "min", "cor", "dex", "ful", "pra", "gen", "ix", "il", "yo", "ka", "du", "mab", "nex", "ri", "zu", "the", "or",
    "al", "en",
]  # fmt: skip
#: Log-odds of the nearest language against the next from which an undeclared post is believed, and from which a declaration is not.
SURE, AGAINST = 1.5, 3.0
SEED = 2026
#: What the teacher may call a language of ours too, and the one it hardly knows.
NEAR = {"no": {"nb", "nn", "no", "da"}, "hr": {"hr", "bs", "sr", "sl"}, "ckb": {"ku", "fa", "ur", "ar"}}
UNTAUGHT = {"uz"}
_ROOM = LONGEST_PIECE * (3 * MOST_LETTERS + 2)


def teacher() -> LanguageIdentifier:
    """py3langid with all its languages, giving probabilities."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def approved(texts: list[Text]) -> list[Text]:
    """Catalogue texts the teacher doesn't surely hold for another language than the catalogue's."""
    judge = teacher()
    known = set(judge.nb_classes) - UNTAUGHT
    out = []
    for one in texts:
        told, sure = judge.classify(one.text)
        mine = NEAR.get(one.language, {one.language})
        wrong = told not in mine and (sure > 0.6 if told == "en" else sure > 0.9 and one.language in known)
        if one.language == "en" or not wrong:
            out.append(one)
    return out


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).replace("ı", "i").replace("ł", "l")


class Drawing:
    """Draws texts as posts show them: whole or a short stretch, with a name of a medicine, without accents."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        lines = SUBSTANCES.read_text(encoding="utf-8").splitlines()
        self.names = [line.split("\t")[0] for line in lines if line and not line.startswith("#")]

    def draw(self, catalogue: list[str], own: list[str], phrases: list[str], small: list[str]) -> str:
        """One text of a language."""
        at = self.chance.random()
        if own and (at < (OWN if phrases else 2 * OWN) or not catalogue):
            text = self.chance.choice(own)
        elif phrases and at < OWN + PHRASES:
            text = " ".join(self.chance.choices(phrases, k=2))
        elif small and at < OWN + PHRASES + SMALL:
            text = " ".join(self.chance.choices(small, k=self.chance.randint(2, 9)))
        else:
            text = self.chance.choice(catalogue)
        return self._changed(text)

    def _changed(self, text: str) -> str:
        words = text.split()
        if self.chance.random() < 0.6 and len(words) > 2:
            words = self._stretch(words, self.chance.choice((20, 20, 40, 40, 80)))
        if self.chance.random() < NAMED:
            words.insert(self.chance.randrange(len(words) + 1), self._name())
        changed = " ".join(words)
        return _without_accents(changed) if self.chance.random() < 0.08 else changed

    def _name(self) -> str:
        """A substance, or a brand as companies invent them: it says nothing of the language around it."""
        if self.chance.random() < 0.4:
            return self.chance.choice(self.names)
        return "".join(self.chance.choices(SYLLABLES, k=self.chance.randint(2, 4)))

    def _stretch(self, words: list[str], letters: int) -> list[str]:
        first = self.chance.randrange(len(words))
        last, size = first, 0
        while last < len(words) and size < letters:
            size += len(words[last]) + 1
            last += 1
        return words[first:last]


@njit(cache=True)
def _fit(rows: Any, starts: Any, labels: Any, order: Any, weights: Any, squares: Any, step: Any, hold: Any) -> Any:
    """One round of stochastic gradient (Adagrad) on the softmax; returns the mean loss."""
    count = weights.shape[1]
    odds, total = np.zeros(count, np.float32), 0.0
    for sample in order:
        begin, end = starts[sample], starts[sample + 1]
        if begin == end:
            continue
        part = np.float32(1 / np.sqrt(end - begin))
        odds[:] = 0
        for k in range(begin, end):
            for one in range(count):
                odds[one] += weights[rows[k], one] * part
        odds -= odds.max()
        odds[:] = np.exp(odds)
        odds /= odds.sum()
        total -= np.log(odds[labels[sample]] + 1e-9)
        odds[labels[sample]] -= 1
        for k in range(begin, end):
            for one in range(count):
                slope = odds[one] * part + hold * weights[rows[k], one]
                squares[rows[k], one] += slope * slope
                weights[rows[k], one] -= step * slope / (np.sqrt(squares[rows[k], one]) + 1e-4)
    return total / len(order)


def hashed(words: tuple[str, ...], script: int, out: Any) -> Any:
    """Hashes of a text's pieces, as the kernel makes them."""
    letters = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    at = np.zeros(len(words) + 1, np.int64)
    at[1:] = np.cumsum([len(word) for word in words])
    return out[: kl.pieces(letters, at, len(words), script, out)]


def fit(texts: list[Text], script: int, draws: int = DRAWS, rounds: int = ROUNDS) -> Any:
    """Weights (2^bits, languages) of one alphabet."""
    sources: dict[str, tuple[list[str], list[str], list[str]]] = defaultdict(lambda: ([], [], []))
    for one in texts:
        if one.script == script and not one.kept:
            place = 0 if not one.own else 1 if len(one.text) > 24 else 2
            sources[one.language][place].append(one.text)
    drawing, languages = Drawing(SEED + script), LANGUAGES[script]
    rows, starts, labels = _drawn(drawing, [(*sources[code], small_words(code, script)) for code in languages], script, draws)
    weights = np.zeros((1 << BITS[script], len(languages)), np.float32)
    squares = np.full_like(weights, 0.1)
    chance = np.random.default_rng(SEED)
    for number in range(rounds):
        loss = _fit(rows, starts, labels, chance.permutation(len(labels)), weights, squares, np.float32(STEP), np.float32(HOLD))
        print(f"{ALPHABETS[script]}, round {number + 1}: loss {loss:.4f}", flush=True)
    return weights


def _drawn(drawing: Drawing, sources: list[tuple[list[str], ...]], script: int, draws: int) -> tuple[Any, Any, Any]:
    out, pieces, sizes, labels = np.empty(_ROOM, np.uint64), [], [0], []
    for label, source in enumerate(sources):
        for _ in range(draws):
            found = hashed(fold_words(drawing.draw(*source)), script, out)
            pieces.append((found >> np.uint64(64 - BITS[script])).astype(np.int32))
            sizes.append(len(found))
            labels.append(label)
    return np.concatenate(pieces), np.cumsum(sizes), np.array(labels, np.int32)


def save(tables: list[Any], folder: Path) -> None:
    """Write the weights in whole numbers, one scale for all, and what must be known of them."""
    folder.mkdir(exist_ok=True)
    scale = max(float(np.quantile(np.abs(table[table != 0]), 0.9995)) for table in tables) / 127
    flat = np.concatenate([np.clip(np.round(table / scale), -127, 127).astype(np.int8).ravel() for table in tables])
    np.save(folder / WEIGHTS, flat)
    alphabets = {name: {"bits": bits, "languages": list(codes)} for name, bits, codes in zip(ALPHABETS, BITS, LANGUAGES, strict=True)}
    told = {"scale": scale, "sure": round(SURE / scale, 2), "against": round(AGAINST / scale, 2), "alphabets": alphabets}
    (folder / SETTINGS).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def main(folder: Path) -> None:
    """Fit all alphabets and save them; print how many texts there were."""
    catalogue = approved([one for one in catalogue_texts() if not one.kept])
    texts = catalogue + own_texts() + phrase_texts()
    print(
        f"{len(catalogue)} sentences of catalogues, {len(texts) - len(catalogue)} texts of our own, {len(list(shipped_languages()))} packs"
    )
    save([fit(texts, script) for script in range(len(ALPHABETS))], folder)
    if load_languages(folder) is None:
        raise SystemExit(f"Look into {folder}: the model was not written.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=MODEL)
    main(parser.parse_args().folder)
