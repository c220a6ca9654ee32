"""Train the small English model of screening: python tools/train_model.py CORPORA (a folder with *.train.jsonl and *.dev.jsonl).

Log-odds of a post = the best told symptom's lights and the concepts that stand in its sentence + the strongest sentence's words and pairs.
All are fitted together, the lights held near the weights of the phrases: a light the corpora never show keeps the weight people gave it.
Which symptom and which sentence count depends on the weights, so the fit is repeated. How strongly what is held was chosen by
cross-validation on the train parts (`tools/check_model.py`); no test part is read.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from candour.packs.language_schema import concept_names
from candour.screening import adverse, engine
from candour.screening.model import MODEL, SETTINGS, WEIGHTS, features
from candour.screening.reading import Reading, read
from candour.screening.words import cut

BITS = 18
#: Corpora with the weight of one of their rows.
CORPORA = {"psytar": 1.0, "ade_templates": 2.0, "phee": 0.3, "medquad": 1.0}
ROUNDS = 4
#: A missed reaction costs more than a false alarm: what is told is raised until F1 of unseen train texts is highest about 0.5.
RAISED = 0.3
#: How strongly words are held at nought and lights at the weights of the phrases.
WORD_HOLD, LIGHT_HOLD, CONCEPT_HOLD = 0.05, 0.1, 0.2
#: Reviews of medicines hardly name them and are told by those who take them; what a feed shows instead is held at what people gave it.
FEED_HOLD = 10.0
FEED = frozenset(
    {
        "product",
        "use",
        "cause",
        "self",
        "other",
        "no_medicine",
        "bystander",
        "general",
        "impersonal",
        "asked",
        "feared",
        "hypothetical",
        "relief",
        "unchanged",
        "fiction",
        "advert",
        "remedied",
        "purpose",
    }
)
#: A feature counts from so many rows on.
LEAST_ROWS = 1
#: A post without a known symptom is judged from this probability on.
WAKES_AT = 0.05
LIGHTS = ("start", "none", *(light for light in adverse.WEIGHTS if light != "start"), *sorted(concept_names()))


@dataclass(frozen=True)
class Row:
    """A text as the engine reads it: lights of each symptom told with the concepts beside it, features of each sentence."""

    doc: str
    label: int
    weight: float
    told: tuple[frozenset[str], ...]
    sentences: tuple[list[int], ...]


def rows_of(folder: Path, part: str, release: engine.ScreeningRelease) -> dict[str, list[Row]]:
    return {
        name: [_row(json.loads(line), weight, release) for line in _lines(folder / f"{name}.{part}.jsonl")]
        for name, weight in CORPORA.items()
    }


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _row(given: dict[str, Any], weight: float, release: engine.ScreeningRelease) -> Row:
    words = cut(given["text"], release.known_prefix)
    pack = release.packs["en"]
    named = release.named.find(words.words)
    reading = read(words, release.matchers["en"].find(words.words) + named)
    reading.products = engine.unambiguous(reading)
    told = _told(reading, adverse.told(reading, pack)) or (frozenset({"none"}),)
    return Row(given.get("doc_id", ""), int(given["label_ae"]), weight, told, tuple(features(words, engine.masked(named), BITS)))


def _told(reading: Reading, all_told: list[adverse.Told]) -> tuple[frozenset[str], ...]:
    """Lights of each symptom, and, where it stands, the concepts of all that stand in its sentence."""
    company = adverse.standing(all_told, reading)
    sentences = reading.words.sentence
    return tuple(one.lights.union(company[sentences[one.hit.first]] if one.stands else ()) for one in all_told)


@dataclass
class Weights:
    """What is fitted: log-odds per light and per word feature."""

    lights: np.ndarray
    words: np.ndarray

    def best_told(self, row: Row) -> frozenset[str]:
        return max(row.told, key=lambda lights: sum(self.lights[_AT[light]] for light in lights if light in _AT))

    def best_sentence(self, row: Row) -> list[int]:
        return max(row.sentences, key=lambda one: self.words[one].sum() / math.sqrt(len(one)), default=[])

    def odds(self, row: Row) -> float:
        """Log-odds of a text, as the engine gives them: the words never raise what does not stand."""
        sentence = self.best_sentence(row)
        words = self.words[sentence].sum() / math.sqrt(len(sentence)) if sentence else 0.0
        return max(self._sum(lights) + (min(words, 0.0) if lights.intersection(adverse.UNWANTED) else words) for lights in row.told)

    def _sum(self, lights: frozenset[str]) -> float:
        return float(self.lights[0] + sum(self.lights[_AT[light]] for light in lights if light in _AT))


_AT = {light: at for at, light in enumerate(LIGHTS)}


def fit(rows: list[Row]) -> Weights:
    prior = np.array([adverse.WEIGHTS.get(light, -1.5 if light == "none" else 0.0) for light in LIGHTS])
    found = Weights(prior.copy(), np.zeros(1 << BITS))
    labels, weights = np.array([row.label for row in rows]), np.array([row.weight for row in rows])
    for _ in range(ROUNDS):
        found = _solve(_table(rows, found), labels, weights, prior)
    return Weights(found.lights + RAISED * ((np.arange(len(LIGHTS)) == 0) * 1.0 - (np.arange(len(LIGHTS)) == _AT["none"])), found.words)


def _table(rows: list[Row], so_far: Weights) -> csr_matrix:
    """One line per text: its lights, then its word features, each by the root of their number."""
    places, values, ends = [], [], [0]
    for row in rows:
        sentence = so_far.best_sentence(row)
        lights = [0, *(_AT[light] for light in so_far.best_told(row) if light in _AT)]
        places += lights + [len(LIGHTS) + number for number in sentence]
        values += [1.0] * len(lights) + [1 / math.sqrt(len(sentence) or 1)] * len(sentence)
        ends.append(len(places))
    table = csr_matrix((values, places, ends), shape=(len(rows), len(LIGHTS) + (1 << BITS)))
    table.sum_duplicates()
    return table


def _solve(table: csr_matrix, labels: np.ndarray, weights: np.ndarray, prior: np.ndarray) -> Weights:
    counted = np.asarray((table > 0).sum(axis=0)).ravel() >= LEAST_ROWS
    counted[: len(LIGHTS)] = True
    kept = np.flatnonzero(counted)
    narrow = table[:, kept].tocsr()
    at_rest = np.concatenate([prior, np.zeros(len(kept) - len(prior))])
    hold = np.concatenate([[_hold(light) for light in LIGHTS], np.full(len(kept) - len(prior), WORD_HOLD)])

    def loss(guess: np.ndarray) -> tuple[float, np.ndarray]:
        odds = narrow @ guess
        away = guess - at_rest
        value = (weights * (np.logaddexp(0, odds) - labels * odds)).sum() + (hold * away**2).sum()
        return float(value), narrow.T @ (weights * (1 / (1 + np.exp(-odds)) - labels)) + 2 * hold * away

    solved = minimize(loss, at_rest, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    words = np.zeros(1 << BITS)
    words[kept[len(prior) :] - len(prior)] = solved[len(prior) :]
    return Weights(solved[: len(prior)], words)


def _hold(light: str) -> float:
    """How strongly a light or concept is held where people put it."""
    return FEED_HOLD if light in FEED else LIGHT_HOLD if light in adverse.WEIGHTS or light == "none" else CONCEPT_HOLD


def save(found: Weights, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    scale = float(np.abs(found.words).max() / 127)
    np.save(folder / WEIGHTS, np.round(found.words / scale).astype(np.int8))
    lights = {light: round(float(odds), 3) for light, odds in zip(LIGHTS, found.lights, strict=True)}
    wakes = math.log(WAKES_AT / (1 - WAKES_AT)) - lights["start"] - lights["none"]
    told = {"languages": ["en"], "scale": scale, "bias": 0.0, "weight": 1.0, "wakes": round(wakes, 4), "lights": lights}
    (folder / SETTINGS).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def main(corpora: Path, folder: Path = MODEL) -> None:
    """Fit to the train parts, save to `folder`, print what the dev parts say."""
    release = engine.release(None, corpora / "no-model")
    trained = [row for rows in rows_of(corpora, "train", release).values() for row in rows]
    found = fit(trained)
    save(found, folder)
    for name, rows in rows_of(corpora, "dev", release).items():
        odds, labels = np.array([found.odds(row) for row in rows]), np.array([row.label for row in rows])
        right = ((odds >= 0) & (labels == 1)).sum()
        print(f"{name}: {len(rows)} rows, found {right} of {labels.sum()}, false {((odds >= 0) & (labels == 0)).sum()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
