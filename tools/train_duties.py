"""Train the model of the other duties: python -m tools.train_duties [--check].

Log-odds of a duty = how a whole post sounds by its words, pairs of neighbours and pieces of words, all languages in one table. Fitted are
posts of our own by people who had seen no phrase, and the examples of the packs. From where a duty counts as heard is told from posts that
the fit had not seen: as low as nearly all that is heard there is right (`SURE`). A duty of which so less than `FEWEST` is heard is left to
the phrases. `--check` prints what a fit makes of posts it has not seen, without writing anything.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from candour.core.terms import DutyKind
from candour.screening import engine
from candour.screening.model import DUTIES, MODEL, SETTINGS, WEIGHTS, features
from candour.screening.words import cut
from tools.own_posts import KEPT_OF, digest_of, fitted_duties
from tools.train_model import fit_table

BITS, HOLD, PARTS = 18, 0.02, 3
#: The examples are few and written to the point: near misses among them say what must not be heard.
EXAMPLE_WEIGHT = 8.0
#: The share of what is heard that is right, and of what is owed that is heard at least, on posts a fit has not seen.
SURE, FEWEST = 0.7, 0.15
#: Duties that may be heard: personal data is found by its patterns, spam by its phrases.
HEARD = (
    DutyKind.SPECIAL_SITUATION,
    DutyKind.PQC,
    DutyKind.MIR,
    DutyKind.OFF_LABEL,
    DutyKind.CRISIS,
    DutyKind.MISINFORMATION,
    DutyKind.PRAISE,
    DutyKind.COMPLAINT,
)
NEEDS_MEDICINE = frozenset({DutyKind.SPECIAL_SITUATION, DutyKind.PQC, DutyKind.MIR, DutyKind.OFF_LABEL})


@dataclass(frozen=True)
class Post:
    """A labelled post as the engine hears it. `size`: what each of its features counts; `medicine`: whether it speaks of one; `graded`: the
    duties its label says something of."""

    sound: list[int]
    size: float
    owed: frozenset[DutyKind]
    weight: float
    digest: int
    medicine: bool
    graded: frozenset[DutyKind] = frozenset(DutyKind)


def post_of(text: str, owed: frozenset[DutyKind], lang: str, weight: float, release: engine.ScreeningRelease) -> Post:
    words, pack = cut(text, release.known_prefix), release.packs[lang]
    named = release.named.find(words.words)
    reading = engine.reading_of(release, words, release.matchers[pack.code].find(words.words) + named, pack.code, 0.0)
    rows = list(features(words, engine.masked(named), BITS))
    size = 1 / math.sqrt(max(1, sum(row.size for row in rows)))
    medicine = bool(engine.unambiguous(reading)) or reading.has("drug")
    return Post([number for row in rows for number in row.sound], size, owed, weight, digest_of(text), medicine)


def own_posts(release: engine.ScreeningRelease) -> list[Post]:
    """All our posts but those kept for examination."""
    return [post_of(text, owed, code, 1.0, release) for code in sorted(release.packs) for text, owed in fitted_duties(code)]


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
    """Log-odds of every post from a fit that saw none of its part; -inf where a medicine is missing."""
    odds, part = np.zeros(len(posts)), np.array([post.digest // KEPT_OF % PARTS for post in posts])
    for number in range(PARTS):
        found = fit([post for post, own in zip(posts, part, strict=True) if own != number] + always, duty)
        for at in np.flatnonzero(part == number):
            odds[at] = odds_of([posts[at]], *found)[0]
    return np.where([duty not in NEEDS_MEDICINE or post.medicine for post in posts], odds, -np.inf)


def least(labels: np.ndarray, odds: np.ndarray) -> tuple[float, float, float]:
    """From which log-odds on `SURE` of what is heard is right, with precision and recall there; inf where that is nowhere."""
    order = np.argsort(-odds, kind="stable")
    right = np.cumsum(labels[order])
    precision = right / np.arange(1, len(order) + 1)
    good = np.flatnonzero((precision >= SURE) & np.isfinite(odds[order]))
    if not len(good):
        return math.inf, 0.0, 0.0
    return float(odds[order][good[-1]]), float(precision[good[-1]]), float(right[good[-1]] / labels.sum())


def save(found: dict[DutyKind, tuple[np.ndarray, float]], folder: Path) -> None:
    """Write the tables as small whole numbers, a column for each duty, with scale and start."""
    folder.mkdir(parents=True, exist_ok=True)
    scales = {duty: float(np.abs(table).max() / 127) or 1.0 for duty, (table, _) in found.items()}
    columns = [np.round(table / scales[duty]).astype(np.int8) for duty, (table, _) in found.items()]
    np.save(folder / WEIGHTS, np.ascontiguousarray(np.stack(columns, axis=1)))
    rows = [
        {"duty": str(duty), "scale": scales[duty], "start": round(start, 4), "needs_medicine": duty in NEEDS_MEDICINE}
        for duty, (_, start) in found.items()
    ]
    (folder / SETTINGS).write_text(json.dumps({"duties": rows}, indent=1) + "\n", encoding="utf-8")


def main(folder: Path = MODEL / DUTIES, *, check: bool = False) -> None:
    """Fit, tell how each duty does on posts not seen, and, unless it is only checked, save to `folder`."""
    release = engine.release(None, folder / "no-model")
    posts, always, found = own_posts(release), list(example_posts(release)), {}
    for duty in HEARD:
        labels = np.array([duty in post.owed for post in posts])
        start_at, precision, recall = least(labels, unseen(posts, always, duty))
        heard = recall >= FEWEST
        left = "" if heard else ", left to the phrases"
        print(f"{duty:18} {labels.sum():5} owed, heard: P {precision:.2f} R {recall:.2f}{left}", flush=True)
        if heard and not check:
            table, start = fit(posts + always, duty)
            found[duty] = table, start - start_at
    if found:
        save(found, folder)


if __name__ == "__main__":
    main(check="--check" in sys.argv)
