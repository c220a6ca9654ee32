"""Judge the training of the small model without its dev parts: python -m tools.check_model CORPORA.

Every train text is judged by a fit that saw none of its document (three parts), and every review of PsyTAR by a fit that saw no review of
its medicine. Printed per corpus: F1 at 0.5 and average precision with 95 % intervals (whole documents resampled), and the highest recall at
precision 0.5 were 5 % of the texts adverse events. Takes about a minute.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from candour.screening import engine
from tools.train_model import Row, fit, rows_of

PARTS, DRAWS, SHARE = 3, 200, 0.05
DRUGS = ("zoloft", "lexapro", "cymbalta", "effexor")


def f1(labels: np.ndarray, odds: np.ndarray) -> float:
    """Harmonic mean of precision and recall at log-odds 0; 0 where nothing is right."""
    right = ((odds >= 0) & (labels == 1)).sum()
    return float(2 * right / max(1, (odds >= 0).sum() + labels.sum()))


def _curve(labels: np.ndarray, odds: np.ndarray, negative: float) -> tuple[np.ndarray, np.ndarray]:
    """Precision and recall behind each text from the highest odds down, a negative counting `negative`."""
    ranked = labels[np.argsort(-odds, kind="stable")]
    found = np.cumsum(ranked)
    return found / (found + negative * np.cumsum(1 - ranked)), found / max(1, found[-1])


def average_precision(labels: np.ndarray, odds: np.ndarray) -> float:
    """Precision averaged over the recall gained at each text."""
    precision, recall = _curve(labels, odds, 1.0)
    return float((precision * np.diff(recall, prepend=0.0)).sum())


def recall_at_half(labels: np.ndarray, odds: np.ndarray) -> float:
    """Highest recall at precision 0.5 where a share of `SHARE` are adverse events."""
    negatives = len(labels) - labels.sum()
    precision, recall = _curve(labels, odds, labels.sum() * (1 - SHARE) / SHARE / max(1, negatives))
    return float(recall[precision >= 0.5].max(initial=0.0))


def interval(rows: list[Row], odds: np.ndarray, figure: Callable[[np.ndarray, np.ndarray], float]) -> tuple[float, float]:
    """95 % interval of a figure, whole documents resampled."""
    labels, draw = np.array([row.label for row in rows]), np.random.default_rng(0)
    places: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        places.setdefault(row.doc, []).append(at)
    docs = list(places.values())
    drawn = [np.concatenate([docs[at] for at in draw.integers(0, len(docs), len(docs))]) for _ in range(DRAWS)]
    low, high = np.quantile([figure(labels[one], odds[one]) for one in drawn], [0.025, 0.975])
    return float(low), float(high)


def unseen(rows: list[Row], part: Callable[[Row], int], parts: int) -> np.ndarray:
    """Log-odds of every text from a fit without the texts of its part; those of part -1 are always fitted and get nan."""
    odds, parted = np.full(len(rows), np.nan), np.array([part(row) for row in rows])
    for number in range(parts):
        found = fit([row for row, own in zip(rows, parted, strict=True) if own != number])
        for at in np.flatnonzero(parted == number):
            odds[at] = found.odds(rows[at])
    return odds


def tell(name: str, rows: list[Row], odds: np.ndarray) -> None:
    """Print the figures of some texts."""
    labels = np.array([row.label for row in rows])
    if not labels.any():
        print(f"{name}: {len(rows)} texts, false alarms per 1,000: {1000 * (odds >= 0).mean():.1f}")
        return
    figures = [
        (f"{title} {figure(labels, odds):.3f}", interval(rows, odds, figure)) for title, figure in (("F1", f1), ("AP", average_precision))
    ]
    told = ", ".join(f"{figure} ({low:.3f} to {high:.3f})" for figure, (low, high) in figures)
    print(f"{name}: {len(rows)} texts, {told}, R@P50 {recall_at_half(labels, odds):.3f}")


def main(corpora: Path) -> None:
    """Print what texts and medicines that were not fitted get."""
    by_corpus = rows_of(corpora, "train", engine.release(None, corpora / "no-model"))
    rows = [row for some in by_corpus.values() for row in some]
    docs = np.random.default_rng(0).permutation(sorted({row.doc for row in rows}))
    part = {str(doc): at % PARTS for at, doc in enumerate(docs)}
    odds = unseen(rows, lambda row: part[row.doc], PARTS)
    ends = np.cumsum([len(some) for some in by_corpus.values()])
    for (name, some), end in zip(by_corpus.items(), ends, strict=True):
        tell(name, some, odds[end - len(some) : end])
    reviewed = by_corpus["psytar"]
    drug = {row.doc: next((at for at, name in enumerate(DRUGS) if name in row.doc.lower()), -1) for row in reviewed}
    odds = unseen(rows, lambda row: drug.get(row.doc, -1), len(DRUGS))[: len(reviewed)]
    tell("psytar, medicine unseen", reviewed, odds)
    for at, name in enumerate(DRUGS):
        own = np.array([drug[row.doc] == at for row in reviewed])
        tell(f"psytar without {name}", [row for row, its in zip(reviewed, own, strict=True) if its], odds[own])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
