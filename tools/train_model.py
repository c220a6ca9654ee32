"""Train the small English model of screening: python -m tools.train_model CORPORA (a folder with *.train.jsonl and *.dev.jsonl).

Log-odds of a post = the best told symptom's lights and the concepts that stand in its sentence + what the strongest sentence leans by its
words, pairs and pieces of words + what its one word leans that most looks like part of a reaction. The three are fitted each for itself, as
three judges, and averaged: fitted together, the thousands of words learn every text by heart and the lights, which say more of texts yet
unseen, are left with nothing to explain. The lights are held near the weights of the phrases: one that the corpora never show keeps the
weight people gave it. The words are fitted to the spans in which the corpora mark reactions. Strengths and shares were chosen by
cross-validation on the train parts (`tools/check_model.py`); no test part is read.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags, hstack
from scipy.special import expit

from candour.packs.language_schema import concept_names
from candour.screening import adverse, engine
from candour.screening.disease import medicine_told
from candour.screening.model import MODEL, SETTINGS, WEIGHTS, Features, features
from candour.screening.reading import Reading
from candour.screening.words import Words, cut
from tools import own_posts

BITS = 20
FOLDER = "en"
#: Corpora with the weight of one of their rows, and of one word of those whose spans of reactions are marked (0: not marked).
CORPORA = {"psytar": 1.0, "ade_templates": 2.0, "phee": 0.3, "medquad": 1.0}
SPANS = {"psytar": 1.0, "ade_templates": 0.0, "phee": 0.1, "medquad": 0.1}
#: What a post of our own counts, and an example of the pack: few and written to the point, these say what negation, question and hope
#: must not be taken for.
OWN_WEIGHT, EXAMPLE_WEIGHT = 1.0, 2.0
REACTION = "ADR"
ROUNDS, MOST_STEPS = 2, 100
#: What of the log-odds of each judge counts.
LIGHT_SHARE, SOUND_SHARE, WORD_SHARE = 0.6, 0.6, 0.5
#: A missed reaction costs more than a false alarm: what is told is raised until F1 of unseen train texts is highest about 0.5.
RAISED = 0.9
#: How strongly words are held at nought and lights at the weights of the phrases.
SOUND_HOLD, WORD_HOLD, LIGHT_HOLD, CONCEPT_HOLD = 0.1, 0.15, 0.1, 0.2
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
#: Lights that keep their whole weight, however a post sounds: what is denied, older, asked, feared, invented or on offer did not happen.
KEPT = frozenset({*adverse.UNWANTED, "asked", "bystander", "impersonal"})
#: A light that fewer texts show keeps its whole weight as well.
FEW_ROWS = 10
#: A post without a known symptom is judged from this probability on.
WAKES_AT = 0.05
LIGHTS = ("start", "none", *(light for light in adverse.WEIGHTS if light != "start"), *sorted(concept_names()))


@dataclass(frozen=True)
class Row:
    """A text as the engine reads it: lights of each symptom told with the concepts beside it, features of each sentence.

    `marked`: for each sentence which of its words stand in a marked reaction, counting `span_weight` each.
    """

    doc: str
    label: int
    weight: float
    told: tuple[frozenset[str], ...]
    sentences: tuple[Features, ...]
    marked: tuple[tuple[bool, ...], ...] = ()
    span_weight: float = 0.0


def rows_of(folder: Path, part: str, release: engine.ScreeningRelease) -> dict[str, list[Row]]:
    return {
        name: [row_of(json.loads(line), weight, release, SPANS[name]) for line in lines(folder / f"{name}.{part}.jsonl")]
        for name, weight in CORPORA.items()
    }


def own_rows(release: engine.ScreeningRelease) -> list[Row]:
    """Our own English posts but those kept for examination, and the examples of the English pack."""
    posts = [row_of(given, OWN_WEIGHT, release) for given in own_posts.fitted_posts("en")]
    return posts + [row_of(given, EXAMPLE_WEIGHT, release) for given in own_posts.graded_examples(release.packs["en"])]


def lines(path: Path) -> list[str]:
    """The lines of a file that say something."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def row_of(given: dict[str, Any], weight: float, release: engine.ScreeningRelease, span_weight: float = 0.0) -> Row:
    """A labelled text as a release without a model reads it, in the language it is labelled with (English where none is given)."""
    words = cut(given["text"], release.known_prefix)
    pack = release.packs[given.get("lang") or "en"]
    named = release.named.find(words.words)
    reading = engine.reading_of(release, words, release.matchers[pack.code].find(words.words) + named, pack.code, 0.0)
    reading.products = engine.unambiguous(reading)
    told = _told(reading, adverse.told(reading, pack)) or (adverse.heard_in(medicine_told(reading)),)
    sentences = tuple(features(words, engine.masked(named), BITS))
    spans = [(one["start"], one["end"]) for one in given.get("spans", ()) if one["label"] == REACTION]
    marked = tuple(tuple(_within(words, at, spans) for at in sentence.places) for sentence in sentences)
    return Row(given.get("doc_id", ""), int(given["label_ae"]), weight, told, sentences, marked, span_weight)


def _within(words: Words, at: int, spans: list[tuple[int, int]]) -> bool:
    return any(words.starts[at] < end and start < words.ends[at] for start, end in spans)


def _told(reading: Reading, all_told: list[adverse.Told]) -> tuple[frozenset[str], ...]:
    """Lights of each symptom, and, where it stands, the concepts of all that stand in its sentence."""
    company = adverse.standing(all_told, reading)
    sentences = reading.words.sentence
    return tuple(one.lights.union(company[sentences[one.hit.first]] if one.stands else ()) for one in all_told)


@dataclass
class Weights:
    """What is fitted: log-odds per light and per feature, and those of a sentence that says nothing."""

    lights: np.ndarray
    table: np.ndarray
    bias: float = 0.0
    #: Place of each light among `lights`.
    at: Mapping[str, int] = field(default_factory=lambda: _AT)

    def best_told(self, row: Row) -> frozenset[str]:
        return max(row.told, key=self._sum)

    def sound(self, sentence: Features) -> float:
        """What all features of a sentence come to."""
        return float(self.table[sentence.sound].sum()) / math.sqrt(sentence.size)

    def top(self, sentence: Features) -> float:
        """What its word comes to that most looks like part of a reaction."""
        return float(self.table[np.array(sentence.words)].sum(axis=1).max())

    def leaning(self, row: Row) -> float:
        """What the words of the strongest sentence add."""
        return self.bias + max((self.sound(one) + self.top(one) for one in row.sentences), default=0.0)

    def odds(self, row: Row) -> float:
        """Log-odds of a text, as the engine gives them: the words never raise what does not stand."""
        words = self.leaning(row)
        return max(self._sum(lights) + (min(words, 0.0) if lights.intersection(adverse.UNWANTED) else words) for lights in row.told)

    def _sum(self, lights: frozenset[str]) -> float:
        return float(self.lights[0] + sum(self.lights[self.at[light]] for light in lights if light in self.at))


_AT = {light: at for at, light in enumerate(LIGHTS)}


def fit(rows: list[Row]) -> Weights:
    """The three judges, averaged. The words' leaning is 0 in the middle of the texts fitted; what that takes away goes to the lights."""
    lights, shown = _fit_lights(rows)
    words, word_start = _fit_words(rows)
    sound, sound_start = _fit_sound(rows, Weights(lights, words))
    kept = np.array([light in KEPT for light in LIGHTS]) | (shown < FEW_ROWS)
    found = Weights(np.where(kept, 1.0, LIGHT_SHARE) * lights, SOUND_SHARE * sound + WORD_SHARE * words)
    found.bias = -float(np.median([found.leaning(row) for row in rows])) if rows else 0.0
    found.lights[0] += SOUND_SHARE * sound_start + WORD_SHARE * word_start - found.bias + RAISED
    return found


def _fit_lights(rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of every light, and in how many texts each was seen."""
    prior = np.array([adverse.WEIGHTS.get(light, -1.5 if light == "none" else 0.0) for light in LIGHTS])
    return fit_lights(rows, prior, np.array([_hold(light) for light in LIGHTS]), _AT)


def fit_lights(rows: list[Row], prior: np.ndarray, hold: np.ndarray, at: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of every light by the best told symptom of each text, held at `prior`, and in how many texts each was seen."""
    found = Weights(prior, np.zeros(0), at=at)
    for _ in range(ROUNDS):
        table = _table([[0, *(at[light] for light in found.best_told(row) if light in at)] for row in rows], len(at))
        found.lights = _solve(table, labels(rows), weights(rows), prior, hold)
    return found.lights, np.asarray(table.sum(axis=0)).ravel()


def _fit_words(rows: list[Row]) -> tuple[np.ndarray, float]:
    """Log-odds of a word to be marked as part of a reaction, by feature, and where they start; nothing where no reaction is marked."""
    spoken = [row for row in rows if row.span_weight]
    marked = np.array([mark for row in spoken for sentence in row.marked for mark in sentence], float)
    if not marked.any():
        return np.zeros(1 << BITS), 0.0
    weights = np.array([row.span_weight for row in spoken for sentence in row.marked for _ in sentence])
    return fit_table([word for row in spoken for sentence in row.sentences for word in sentence.words], None, marked, weights, WORD_HOLD)


def _fit_sound(rows: list[Row], so_far: Weights) -> tuple[np.ndarray, float]:
    """Log-odds of a text by its sentence that looks most like a reaction, by feature, and where they start."""
    rows = [row for row in rows if not _settled(row)]
    best = [max(row.sentences, key=so_far.top, default=Features([], 1, [], [])) for row in rows]
    for _ in range(ROUNDS):
        sizes = np.array([1 / math.sqrt(one.size) for one in best])
        found, start = fit_table([one.sound for one in best], sizes, labels(rows), weights(rows), SOUND_HOLD)
        judge = Weights(so_far.lights, found)
        best = [max(row.sentences, key=judge.sound, default=Features([], 1, [], [])) for row in rows]
    return found, start


def _settled(row: Row) -> bool:
    """Whether a text tells of no reaction only by the order of its telling: the same words tell of one in another order."""
    return not row.label and all("older" in lights for lights in row.told)


def fit_table(
    lines: list[list[int]], sizes: np.ndarray | None, labels: np.ndarray, weights: np.ndarray, hold: float, bits: int = BITS
) -> tuple[np.ndarray, float]:
    """Log-odds of each feature number of some lines, each line counting by its size, and where they start."""
    table = _table(lines, 1 << bits)
    if sizes is not None:
        table = diags(sizes) @ table
    kept = np.flatnonzero(np.asarray(table.sum(axis=0)).ravel() > 0)
    narrow = hstack([np.ones((len(lines), 1)), table[:, kept]]).tocsr()
    at_rest = np.zeros(len(kept) + 1)
    solved = _solve(narrow, labels, weights, at_rest, np.array([0.001, *np.full(len(kept), hold)]))
    found = np.zeros(1 << bits)
    found[kept] = solved[1:]
    return found, float(solved[0])


def labels(rows: list[Row]) -> np.ndarray:
    """1 for each text that tells of an adverse event, else 0."""
    return np.array([row.label for row in rows])


def weights(rows: list[Row]) -> np.ndarray:
    """What each text counts."""
    return np.array([row.weight for row in rows])


def _table(lines: list[list[int]], width: int) -> csr_matrix:
    """One line per text or word: how often each number is in it."""
    ends = np.cumsum([0, *map(len, lines)])
    places = np.fromiter((number for line in lines for number in line), np.int64, ends[-1])
    table = csr_matrix((np.ones(len(places)), places, ends), shape=(len(lines), width))
    table.sum_duplicates()
    return table


def _solve(table: csr_matrix, labels: np.ndarray, weights: np.ndarray, at_rest: np.ndarray, hold: np.ndarray) -> np.ndarray:
    """Weights under which the labels are likeliest, each held at its rest."""
    turned = table.T.tocsr()

    def loss(guess: np.ndarray) -> tuple[float, np.ndarray]:
        odds = table @ guess
        away = guess - at_rest
        value = (weights * (np.logaddexp(0, odds) - labels * odds)).sum() + (hold * away**2).sum()
        return float(value), turned @ (weights * (expit(odds) - labels)) + 2 * hold * away

    return np.asarray(minimize(loss, at_rest, jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS}).x)


def _hold(light: str) -> float:
    """How strongly a light or concept is held where people put it."""
    return FEED_HOLD if light in FEED else LIGHT_HOLD if light in adverse.WEIGHTS or light == "none" else CONCEPT_HOLD


def save(found: Weights, folder: Path) -> None:
    lights = {light: round(float(odds), 3) for light, odds in zip(LIGHTS, found.lights, strict=True)}
    wakes = math.log(WAKES_AT / (1 - WAKES_AT)) - lights["start"] - lights["none"]
    write(folder, found.table, {"languages": ["en"], "bias": round(found.bias, 4), "wakes": round(wakes, 4), "lights": lights})


def write(folder: Path, table: np.ndarray, settings: Mapping[str, Any]) -> None:
    """Write a model: its table as small whole numbers and their scale, and its settings."""
    folder.mkdir(exist_ok=True)
    scale = float(np.abs(table).max() / 127) or 1.0
    np.save(folder / WEIGHTS, np.round(table / scale).astype(np.int8))
    (folder / SETTINGS).write_text(json.dumps({"scale": scale, "weight": 1.0, **settings}, indent=1) + "\n", encoding="utf-8")


def main(corpora: Path, folder: Path = MODEL / FOLDER) -> None:
    """Fit to the train parts, save to `folder`, print what the dev parts say."""
    release = engine.release(None, corpora / "no-model")
    trained = [row for rows in rows_of(corpora, "train", release).values() for row in rows]
    found = fit(trained + own_rows(release))
    save(found, folder)
    for name, rows in rows_of(corpora, "dev", release).items():
        odds, labels = np.array([found.odds(row) for row in rows]), np.array([row.label for row in rows])
        right = ((odds >= 0) & (labels == 1)).sum()
        print(f"{name}: {len(rows)} rows, found {right} of {labels.sum()}, false {((odds >= 0) & (labels == 0)).sum()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
