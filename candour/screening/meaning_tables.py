"""What the phrases of a release mean, as flat tables by which the kernel reads and judges a post; see `kernel_judge`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.core.terms import DutyKind
from candour.packs.language_schema import Sign
from candour.screening.adverse import MOODS
from candour.screening.disease import concepts_of
from candour.screening.duties import ANYBODYS, NOT_MEDICAL, threshold
from candour.screening.engine import ScreeningRelease
from candour.screening.phrase_tables import FIRST_PACK
from candour.screening.products import ELSEWHERE, INDICATION
from candour.screening.reading import Cue, SignHit, Symptom, TimeWord, bits
from candour.screening.uses import treats

#: Kinds of meanings.
CUE, SYMPTOM, SIGN, TIME, PRODUCT, OF_OTHERS, LAY_WORD = range(7)
#: Columns of `Meanings.rows`: kind; the bit of a cue, the number of a concept or sign, the place of a product's name among all in order;
#: whether it is a common word too; whether it is the customer's own; first and behind the last of its `purposes`.
KIND, VALUE, AMBIGUOUS, OWN, PURPOSES, PURPOSES_END, COLUMNS = range(7)
#: Of a word for time in the place of AMBIGUOUS: whether it is one for now.
NOW = AMBIGUOUS
#: What a concept is listed as (`concepts.toml`), as bits.
REMEDIED, AILMENT, ILLNESS, COMPLAINT, MOOD = (1 << bit for bit in range(5))
#: Columns of `Meanings.signs`.
DUTY, ALSO, SETTINGS = range(3)
#: Settings of a sign, as bits.
QUESTION, NEGATABLE, REPORTED, NEEDS_MEDICINE, NEEDS_PERSON, NO_MEDICAL = (1 << bit for bit in range(6))
#: Duties by number.
DUTIES = tuple(DutyKind)
NO_DUTY = -1


class Meanings(NamedTuple):
    """`rows`: every meaning of every matcher as in `Phrases.bits`, those of the packs first; `concepts`: bits of each concept by number;
    `purposes`: concepts that medicines are taken for; `signs`, `scores`: duty, second duty, settings and score of each sign;
    `thresholds`: per duty; `scales`: per matcher, words that a word of a spaced language stands for."""

    rows: NDArray[np.int64]
    concepts: NDArray[np.int64]
    purposes: NDArray[np.int64]
    signs: NDArray[np.int64]
    scores: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    scales: NDArray[np.int64]


class Named(NamedTuple):
    """What the numbers stand for: concepts and signs by number; the row of the first product."""

    concepts: list[str]
    signs: list[Sign]
    first_product: int


def meaning_tables(release: ScreeningRelease) -> tuple[Meanings, Named]:
    """The tables of a release, and what their numbers stand for."""
    packs = [release.matchers[code] for code in sorted(release.packs)]
    told = [meaning for matcher in packs for meaning in matcher.meanings]
    concepts = sorted({meaning.concept for meaning in told if isinstance(meaning, Symptom)})
    signs = list(dict.fromkeys(meaning for meaning in told if isinstance(meaning, SignHit)))
    named = release.named.meanings
    number: dict[Any, int] = {Symptom(concept): at for at, concept in enumerate(concepts)}
    number |= {what: at for at, what in enumerate(signs)}
    rows = [_row(meaning, number) for meaning in told]
    purposes, of_products = _products(named, {concept: at for at, concept in enumerate(concepts)})
    scales = [1] * FIRST_PACK + [1 if release.packs[code].spaced else 3 for code in sorted(release.packs)]
    made = Meanings(
        np.array([*rows, *of_products] or [[0] * COLUMNS], np.int64),
        np.array([_listed(concept) for concept in concepts] or [0], np.int64),
        np.array(purposes or [0], np.int64),
        np.array([_sign(one.sign) for one in signs] or [[0, NO_DUTY, 0]], np.int64),
        np.array([one.sign.score for one in signs] or [0.0], np.float64),
        np.array([threshold(duty) for duty in DUTIES], np.float64),
        np.array(scales, np.int64),
    )
    return made, Named(concepts, [one.sign for one in signs], len(rows))


def _row(meaning: Any, number: dict[Any, int]) -> list[int]:
    """A meaning of a pack."""
    if isinstance(meaning, Cue):
        return [CUE, bits(meaning.role), 0, 0, 0, 0]
    if isinstance(meaning, TimeWord):
        return [TIME, 0, meaning.now, 0, 0, 0]
    return [SYMPTOM if isinstance(meaning, Symptom) else SIGN, number[meaning], 0, 0, 0, 0]


def _products(meanings: Sequence[Any], concepts: dict[str, int]) -> tuple[list[int], list[list[int]]]:
    """The concepts that products are taken for, one after the other, and the rows of the products."""
    names = sorted({one.product for one in meanings if not isinstance(one, Cue)})
    rank = {name: at for at, name in enumerate(names)}
    purposes: list[int] = []
    rows: list[list[int]] = []
    for one in meanings:
        if isinstance(one, Cue):
            rows.append(_row(one, {}))
            continue
        first = len(purposes)
        if one.kind != INDICATION:
            purposes += [concepts[concept] for concept in treats(one.product) if concept in concepts]
        kind = LAY_WORD if one.kind == INDICATION else OF_OTHERS if one.kind == ELSEWHERE else PRODUCT
        rows.append([kind, rank[one.product], one.ambiguous, one.kind not in ANYBODYS, first, len(purposes)])
    return purposes, rows


def _listed(concept: str) -> int:
    lists = (("remedied", REMEDIED), ("ailments", AILMENT), ("indications", ILLNESS), ("complaints", COMPLAINT))
    return sum(bit for name, bit in lists if concept in concepts_of(name)) | (MOOD if concept in MOODS else 0)


def _sign(sign: Sign) -> list[int]:
    settings = (
        (QUESTION, sign.question),
        (NEGATABLE, sign.negatable),
        (REPORTED, sign.reported),
        (NEEDS_MEDICINE, "medicine" in sign.needs),
        (NEEDS_PERSON, "person" in sign.needs),
        (NO_MEDICAL, sign.duty in NOT_MEDICAL),
    )
    also = NO_DUTY if sign.also is None else DUTIES.index(sign.also)
    return [DUTIES.index(sign.duty), also, sum(bit for bit, there in settings if there)]
