"""Train the model of all languages but English on posts of our own: python -m tools.train_posts CORPORA [--check].

Log-odds of a post = the best told symptom's lights + how the whole post
sounds by its words, pairs of neighbours and pieces of words, all languages in one table: what Spanish learns of "diarr" serves Portuguese.
The two are fitted each for itself and added up. A reaction told without a medicine we know needs more to count. What is added at last is
told language by language from posts the fit had not seen, half way between the best for that language and the best for all.
`--check` prints what a fit makes of posts it has not seen, without writing anything.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from candour.screening import adverse, engine
from candour.screening.model import MODEL
from tools import train_model
from tools.check_model import f1
from tools.own_posts import KEPT_OF, digest_of, fitted_posts, graded_examples
from tools.train_model import EXAMPLE_WEIGHT, LIGHTS, Row, Weights

FOLDER = "others"
#: Texts of the shared corpora in other languages, with the weight of one: illness in everyday talk, and case reports.
CORPORA = {"medweb": 0.5, "crade": 0.5}
#: The lights of English, and whether the post speaks of a medicine.
ALL_LIGHTS = (*LIGHTS, "medicine")
AT = {light: at for at, light in enumerate(ALL_LIGHTS)}
#: What a medicine adds before anything is fitted: without one that we know, a reaction may be an illness.
MEDICINE = 2.0
#: How strongly lights are held at the weights of the phrases, concepts and features at nought, and the medicine at its weight.
LIGHT_HOLD, CONCEPT_HOLD, SOUND_HOLD, MEDICINE_HOLD = 0.3, 2.0, 0.02, 20.0
PARTS, DRAWS = 3, 200
#: A post without a known symptom is judged from this probability on.
WAKES_AT = 0.2


@dataclass(frozen=True)
class Post:
    """A labelled post: its language, as the engine reads it, and the digest that tells where it belongs."""

    lang: str
    row: Row
    digest: int
    spoken: bool


class Heard(Weights):
    """Weights of a post heard as a whole."""

    def leaning(self, row: Row) -> float:
        total = sum(float(self.table[sentence.sound].sum()) for sentence in row.sentences)
        return self.bias + total / math.sqrt(max(1, sum(sentence.size for sentence in row.sentences)))


def _post(given: dict[str, Any], weight: float, release: engine.ScreeningRelease) -> Post:
    row = train_model.row_of(given, weight, release)
    return Post(given["lang"], row, digest_of(given["text"]), any("medicine" in lights for lights in row.told))


def own_posts(release: engine.ScreeningRelease) -> list[Post]:
    """All our posts but the English, which are read with the English corpora, and but those kept for examination."""
    return [_post(given, 1.0, release) for code in _others(release) for given in fitted_posts(code)]


def example_rows(release: engine.ScreeningRelease) -> list[Row]:
    """The examples of the packs but the English."""
    examples = (given for code in _others(release) for given in graded_examples(release.packs[code]))
    return [train_model.row_of(given, EXAMPLE_WEIGHT, release) for given in examples]


def _others(release: engine.ScreeningRelease) -> list[str]:
    return sorted(release.packs.keys() - {"en"})


def corpus_posts(corpora: Path, release: engine.ScreeningRelease) -> list[Post]:
    """The train parts of the shared corpora in other languages."""
    rows = ((json.loads(line), weight) for name, weight in CORPORA.items() for line in train_model.lines(corpora / f"{name}.train.jsonl"))
    return [_post(given, weight, release) for given, weight in rows if given["lang"] != "en"]


def fit(rows: list[Row]) -> Heard:
    """Lights and sound, each for itself. The leaning is 0 in the middle of the posts fitted; what that takes away goes to the lights."""
    prior = np.array([adverse.WEIGHTS.get(light, {"none": -1.5, "medicine": MEDICINE}.get(light, 0.0)) for light in ALL_LIGHTS])
    hold = np.array([_hold(light) for light in ALL_LIGHTS])
    lights, _ = train_model.fit_lights(rows, prior, hold, AT)
    sizes = np.array([1 / math.sqrt(max(1, sum(one.size for one in row.sentences))) for row in rows])
    lines = [[number for one in row.sentences for number in one.sound] for row in rows]
    table, start = train_model.fit_table(lines, sizes, train_model.labels(rows), train_model.weights(rows), SOUND_HOLD)
    found = Heard(lights, table, at=AT)
    found.bias = -float(np.median([found.leaning(row) for row in rows]))
    found.lights[0] += start - found.bias
    return found


def _hold(light: str) -> float:
    return MEDICINE_HOLD if light == "medicine" else LIGHT_HOLD if light in adverse.WEIGHTS or light == "none" else CONCEPT_HOLD


def unseen(posts: list[Post], always: list[Row]) -> np.ndarray:
    """Log-odds of every post from a fit that saw none of its part."""
    odds, part = np.zeros(len(posts)), np.array([post.digest // KEPT_OF % PARTS for post in posts])
    for number in range(PARTS):
        found = fit([post.row for post, own in zip(posts, part, strict=True) if own != number] + always)
        for at in np.flatnonzero(part == number):
            odds[at] = found.odds(posts[at].row)
    return odds


def best_raise(labels: np.ndarray, odds: np.ndarray) -> tuple[float, float, float]:
    """What must be added for F1 to be highest at 0: the mean over resampled posts, and where nine tenths of the draws lie."""
    draw, tried = np.random.default_rng(0), np.arange(-3.0, 3.0, 0.1)
    found = []
    for _ in range(DRAWS):
        taken = draw.integers(0, len(labels), len(labels))
        found.append(tried[np.argmax([f1(labels[taken], odds[taken] + one) for one in tried])])
    return float(np.mean(found)), float(np.quantile(found, 0.05)), float(np.quantile(found, 0.95))


def raises(posts: list[Post], odds: np.ndarray) -> dict[str, float]:
    """By language what is added at last, "" for all of them together."""
    labels, langs = train_model.labels([post.row for post in posts]), np.array([post.lang for post in posts])
    every = best_raise(labels, odds)[0]
    own = {lang: best_raise(labels[langs == lang], odds[langs == lang])[0] for lang in sorted(set(langs.tolist()))}
    return {"": round(every, 2)} | {lang: round((one + every) / 2, 2) for lang, one in own.items()}


def tell(posts: list[Post], odds: np.ndarray, added: dict[str, float]) -> None:
    """Print, by language, F1, precision and recall at what is added, and what would be best with its interval."""
    labels, langs = train_model.labels([post.row for post in posts]), np.array([post.lang for post in posts])
    raised = odds + np.array([added[lang] for lang in langs])
    for lang in ["", *sorted(set(langs.tolist()))]:
        own = np.ones(len(langs), bool) if not lang else langs == lang
        right = ((raised >= 0) & (labels == 1))[own].sum()
        best, low, high = best_raise(labels[own], odds[own])
        figures = (
            f"F1 {f1(labels[own], raised[own]):.3f} P {right / max(1, (raised[own] >= 0).sum()):.2f} R {right / labels[own].sum():.2f}"
        )
        print(f"{lang or 'all':8} {own.sum():5} posts {figures}; raised by {added[lang]:.2f}, best {best:.2f} ({low:.1f} to {high:.1f})")


def save(found: Heard, added: dict[str, float], folder: Path) -> None:
    lights = {light: round(float(odds), 3) for light, odds in zip(ALL_LIGHTS, found.lights, strict=True)}
    lights["start"] = round(lights["start"] + added[""], 3)
    wakes = math.log(WAKES_AT / (1 - WAKES_AT)) - lights["start"] - lights["none"] - lights["medicine"]
    leads = {lang: round(one - added[""], 2) for lang, one in added.items() if lang}
    settings = {"languages": sorted(leads), "leads": leads, "whole": True, "bias": round(found.bias, 4), "wakes": round(wakes, 4)}
    train_model.write(folder, found.table, settings | {"lights": lights})


def main(corpora: Path, folder: Path = MODEL / FOLDER, *, check: bool = False) -> None:
    """Fit, tell how it does on posts it has not seen, and, unless it is only checked, save to `folder`."""
    release = engine.release(None, corpora / "no-model")
    always = [post.row for post in corpus_posts(corpora, release)] + example_rows(release)
    posts = own_posts(release)
    odds = unseen(posts, always)
    added = raises(posts, odds)
    tell(posts, odds, added)
    if not check:
        save(fit([post.row for post in posts] + always), added, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), check="--check" in sys.argv)
