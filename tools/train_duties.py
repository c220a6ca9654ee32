"""Train the model of the other duties: python -m tools.train_duties [--check].

Log-odds of a duty = how a whole post sounds by its words, pairs of neighbours and pieces of words, all languages in one table. Fitted are
posts of our own by people who had seen no phrase, and the examples of the packs. From where a duty counts as heard is told from posts that
the fit had not seen: as low as nearly all that is heard there is right (`SURE`), after each language was tilted to what is owed in it:
odds run high where words are cut short (Japanese) and low where they are long (Korean). A duty of which so less than `FEWEST` is heard
is left to the phrases. `--check` prints what a fit makes of posts it has not seen, without writing anything.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from candour.core.terms import DutyKind
from candour.screening import engine
from candour.screening.model import DUTIES, FEW_TELL_LITTLE, MODEL, SETTINGS, WEIGHTS, features
from candour.screening.products import read_products
from candour.screening.quality import EXAMPLE_PRODUCTS
from candour.screening.words import cut
from tools.own_posts import KEPT_OF, digest_of, fitted_duties, short_duties
from tools.train_model import fit_table

BITS, HOLD, PARTS = 18, 0.02, 3
#: How strongly a language is held to what all have in common.
TILT_HOLD = 2.0
#: The examples are few and written to the point: near misses among them say what must not be heard.
EXAMPLE_WEIGHT = 4.0
#: So do posts of a few words, and a feed is full of them.
SHORT_WEIGHT = 4.0
#: The share of what is heard that is right, and of what is owed that is heard at least, on posts a fit has not seen.
SURE, FEWEST = 0.8, 0.15
#: Duties that may be heard: personal data is found by its patterns, spam by its phrases, praise asks nobody to act, and whether a use is
#: outside the label lies between two words ("for weight loss"), which a sum of words can't tell from two medicines taken together.
HEARD = (
    DutyKind.SPECIAL_SITUATION,
    DutyKind.PQC,
    DutyKind.MIR,
    DutyKind.CRISIS,
    DutyKind.MISINFORMATION,
    DutyKind.COMPLAINT,
)
NEEDS_MEDICINE = frozenset({DutyKind.SPECIAL_SITUATION, DutyKind.PQC, DutyKind.MIR})
NEEDS_QUESTION = frozenset({DutyKind.MIR})


@dataclass(frozen=True)
class Post:
    """A labelled post as the engine hears it. `size`: what each of its features counts; `medicine`, `asks`: whether it speaks of one and
    asks something; `graded`: the duties its label says something of."""

    sound: list[int]
    size: float
    owed: frozenset[DutyKind]
    lang: str
    weight: float
    digest: int
    medicine: bool
    asks: bool
    graded: frozenset[DutyKind] = frozenset(DutyKind)


def post_of(text: str, owed: frozenset[DutyKind], lang: str, weight: float, release: engine.ScreeningRelease) -> Post:
    words, pack = cut(text, release.known_prefix), release.packs[lang]
    named = release.named.find(words.words)
    reading = engine.reading_of(release, words, release.matchers[pack.code].find(words.words) + named, pack.code, 0.0)
    rows = list(features(words, engine.masked(named), BITS))
    size = 1 / math.sqrt(FEW_TELL_LITTLE + sum(row.size for row in rows))
    medicine = bool(engine.unambiguous(reading)) or reading.has("drug")
    return Post([number for row in rows for number in row.sound], size, owed, lang, weight, digest_of(text), medicine, bool(words.asked))


def own_posts(release: engine.ScreeningRelease) -> list[Post]:
    """All our posts but those kept for examination."""
    return [post_of(text, owed, code, 1.0, release) for code in sorted(release.packs) for text, owed in fitted_duties(code)]


def short_posts(release: engine.ScreeningRelease) -> list[Post]:
    """Our posts of a few words."""
    return [post_of(text, owed, code, SHORT_WEIGHT, release) for code in sorted(release.packs) for text, owed in short_duties(code)]


def example_posts(release: engine.ScreeningRelease) -> Iterator[Post]:
    """The examples of the packs."""
    for code, pack in sorted(release.packs.items()):
        for one in pack.examples:
            yield replace(post_of(one.text, frozenset(one.duties), code, EXAMPLE_WEIGHT, release), graded=frozenset(one.graded))


def fit(posts: list[Post], duty: DutyKind) -> tuple[np.ndarray, float]:
    """Log-odds of each feature, and where they start."""
    posts = [post for post in posts if duty in post.graded]
    labels, weights = np.array([duty in post.owed for post in posts], float), np.array([post.weight for post in posts])
    return fit_table([post.sound for post in posts], np.array([post.size for post in posts]), labels, weights, HOLD, BITS)


def odds_of(posts: list[Post], table: np.ndarray, start: float) -> np.ndarray:
    """What a fit makes of posts."""
    return np.array([start + table[post.sound].sum() * post.size for post in posts])


def unseen(posts: list[Post], always: list[Post], duty: DutyKind) -> np.ndarray:
    """Log-odds of every post from a fit that saw none of its part; -inf where a medicine or a question is missing."""
    odds, part = np.zeros(len(posts)), np.array([post.digest // KEPT_OF % PARTS for post in posts])
    for number in range(PARTS):
        found = fit([post for post, own in zip(posts, part, strict=True) if own != number] + always, duty)
        for at in np.flatnonzero(part == number):
            odds[at] = odds_of([posts[at]], *found)[0]
    may_be = [(post.medicine or duty not in NEEDS_MEDICINE) and (post.asks or duty not in NEEDS_QUESTION) for post in posts]
    return np.where(may_be, odds, -np.inf)


def tilts(posts: list[Post], labels: np.ndarray, odds: np.ndarray) -> dict[str, float]:
    """What is to be added to the log-odds of each language, told from posts not seen: a scale and a start for all, and a start for each
    language that is held to nought."""
    codes = sorted({post.lang for post in posts})
    heard = np.isfinite(odds)
    lang = np.array([codes.index(post.lang) for post in posts])[heard]
    found, owed = odds[heard], labels[heard].astype(float)

    def off(given: np.ndarray) -> tuple[float, np.ndarray]:
        leans = given[0] * found + given[1] + given[2 + lang]
        wrong = 1 / (1 + np.exp(-leans)) - owed
        loss = np.logaddexp(0, leans).sum() - owed @ leans + TILT_HOLD / 2 * (given[2:] ** 2).sum()
        own = np.bincount(lang, wrong, len(codes)) + TILT_HOLD * given[2:]
        return float(loss), np.concatenate([[wrong @ found, wrong.sum()], own])

    bounds = [(0.1, None), *[(None, None)] * (1 + len(codes))]
    fitted = minimize(off, np.concatenate([[1.0], np.zeros(1 + len(codes))]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return {code: float(own / fitted[0]) for code, own in zip(codes, fitted[2:], strict=True)}


def least(labels: np.ndarray, odds: np.ndarray) -> tuple[float, float, float]:
    """From which log-odds on `SURE` of what is heard is right, with precision and recall there; inf where that is nowhere."""
    order = np.argsort(-odds, kind="stable")
    right = np.cumsum(labels[order])
    precision = right / np.arange(1, len(order) + 1)
    good = np.flatnonzero((precision >= SURE) & np.isfinite(odds[order]))
    if not len(good):
        return math.inf, 0.0, 0.0
    return float(odds[order][good[-1]]), float(precision[good[-1]]), float(right[good[-1]] / labels.sum())


@dataclass(frozen=True)
class Ear:
    """What hears a duty: the log-odds of each feature, where they start, and what is added in each language."""

    table: np.ndarray
    start: float
    tilts: dict[str, float]


def save(found: dict[DutyKind, Ear], folder: Path) -> None:
    """Write the tables as small whole numbers, a column for each duty, with scale and starts."""
    folder.mkdir(parents=True, exist_ok=True)
    scales = {duty: float(np.abs(ear.table).max() / 127) or 1.0 for duty, ear in found.items()}
    columns = [np.round(ear.table / scales[duty]).astype(np.int8) for duty, ear in found.items()]
    np.save(folder / WEIGHTS, np.ascontiguousarray(np.stack(columns, axis=1)))
    rows = [
        {
            "duty": str(duty),
            "scale": scales[duty],
            "start": round(ear.start, 4),
            "starts": {code: round(ear.start + tilt, 4) for code, tilt in ear.tilts.items()},
            "needs_medicine": duty in NEEDS_MEDICINE,
            "needs_question": duty in NEEDS_QUESTION,
        }
        for duty, ear in found.items()
    ]
    (folder / SETTINGS).write_text(json.dumps({"duties": rows}, indent=1) + "\n", encoding="utf-8")


def main(folder: Path = MODEL / DUTIES, *, check: bool = False) -> None:
    """Fit, tell how each duty does on posts not seen, and, unless it is only checked, save to `folder`."""
    release = engine.release(read_products(EXAMPLE_PRODUCTS), folder / "no-model")  # the invented names of the examples are masked, too
    posts, always, found = own_posts(release), [*example_posts(release), *short_posts(release)], {}
    for duty in HEARD:
        labels = np.array([duty in post.owed for post in posts])
        odds = unseen(posts, always, duty)
        tilt = tilts(posts, labels, odds) if labels.any() else {}
        start_at, precision, recall = least(labels, odds + np.array([tilt.get(post.lang, 0.0) for post in posts]))
        heard = recall >= FEWEST
        left = "" if heard else ", left to the phrases"
        print(f"{duty:18} {labels.sum():5} owed, heard: P {precision:.2f} R {recall:.2f}{left}", flush=True)
        if heard and not check:
            table, start = fit(posts + always, duty)
            found[duty] = Ear(table, start - start_at, tilt)
    if found:
        save(found, folder)


if __name__ == "__main__":
    main(check="--check" in sys.argv)
