"""Screening kernel: what the rows told in a batch count, as `adverse.weigh` says it, for all posts at once.

Equal rows are numbered, so that what their lights come to is asked once. A post whose numbers lie so that rounding could go either way is
named, for the reference to judge.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.screening import kernel_text as kt
from candour.screening.adverse import NO_MEDICINE_CAP, SEEN_BITS, WEIGHED
from candour.screening.judged_rows import CONCEPT, HEARD_ALONE, OF_MEDICINE, SAID_OF, SEEN, SENTENCE, TOLD_AT, Judged
from candour.screening.kernel_start import ready

#: Columns of a telling: sums of score and duty, the least duty, what the model adds for its concept, and as truths whether it stands, a
#: medicine is told of, a reaction counts only then, its concept has a name, and it counts for nothing at all.
SCORE, OWES, LEAST, COMPANY, STANDS, MEDICINE, NEEDS, NAMED, VOID, TELLING_COLUMNS = range(10)
_SAID_BITS = np.array([bit for bit in range(63) if WEIGHED >> bit & 1], np.int64)
#: Bits of a key: those of a concept, of which there are at most so many, and those of what is seen of it.
CONCEPT_BITS, _SEEN_BITS = 12, max(SEEN_BITS.values()).bit_length() + 1
MOST_CONCEPTS = (1 << CONCEPT_BITS) - 2


class Weighed(NamedTuple):
    """`scores`, `events`, `unsure` of each post: its score, whether a symptom stands in it, whether rounding could go either way; `owed`,
    `stands` of each row told: what it counts for the duty, and whether it stands."""

    scores: NDArray[np.float64]
    events: NDArray[np.uint8]
    unsure: NDArray[np.uint8]
    owed: NDArray[np.float64]
    stands: NDArray[np.uint8]


def heard_keys(codes: NDArray[np.int64], medicine: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The numbers of `telling_keys` for what is heard alone in languages, with a medicine or without."""
    return codes << CONCEPT_BITS + _SEEN_BITS + len(_SAID_BITS) | medicine


def telling_keys(judged: Judged, codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each row told, the same for rows that count alike; in rows of what is heard alone what was said becomes whether a
    medicine is told of. `codes`: of each post the number of its language."""
    rows = judged.told[: judged.posts[-1, TOLD_AT]]
    keys = np.empty(len(rows), np.int64)
    arguments = (judged.posts, rows, codes, _SAID_BITS, keys)
    ready(_telling_keys, arguments)
    _telling_keys(*arguments)
    return keys


@kt.compiled
def _telling_keys(posts: Any, told: Any, codes: Any, said_bits: Any, keys: Any) -> None:
    for at in range(codes.shape[0]):
        for row in range(posts[at, TOLD_AT], posts[at + 1, TOLD_AT]):
            said = np.int64(0)
            if told[row, SEEN] == HEARD_ALONE:
                said = told[row, SAID_OF] = np.int64(posts[at, OF_MEDICINE] != 0)
            else:
                for bit in range(said_bits.shape[0]):
                    said |= (told[row, SAID_OF] >> said_bits[bit] & 1) << bit
            key = codes[at] << CONCEPT_BITS | told[row, CONCEPT] + 1
            keys[row] = (key << _SEEN_BITS | told[row, SEEN] + 1) << said_bits.shape[0] | said


@kt.inlined
def squash(log_odds: Any) -> Any:
    return rounded(1.0 / (1.0 + math.exp(-log_odds)))


@kt.inlined
def rounded(number: Any) -> Any:
    """A number at four places, and whether it lies so near the middle that it may be rounded either way."""
    scaled = number * 1e4
    whole = math.floor(scaled + 0.5)
    return np.float64(whole) / 1e4, abs(scaled - math.floor(scaled) - 0.5) < 1e-6


@kt.inlined
def _weigh(telling: Any, leaning: Any, company: Any) -> Any:
    """Score and duty, and whether rounding could go either way."""
    added = company + (leaning if telling[STANDS] or leaning < 0 else 0.0)
    score, unsure = squash(telling[SCORE] + added)
    duty, also = squash(telling[OWES] + added)
    if not telling[MEDICINE]:
        duty = min(duty, NO_MEDICINE_CAP)
        if telling[NEEDS]:
            score = min(score, NO_MEDICINE_CAP)
    return score, max(duty, telling[LEAST]), unsure or also


@kt.compiled
def _company(told: Any, numbers: Any, tellings: Any, row: Any, end: Any) -> Any:
    """What the model adds to every symptom of the sentence that begins with a row, and the first row of the next sentence."""
    sentence, last = told[row, SENTENCE], row
    while last < end and told[last, SENTENCE] == sentence:
        last += 1
    added, concept, alone = 0.0, np.int64(-1), last - row == 1
    while True:  # each concept once, in the order of their names
        weight, following = 0.0, np.int64(-1)
        for at in range(row, last):
            if tellings[numbers[at], STANDS] and told[at, CONCEPT] > concept and (following < 0 or told[at, CONCEPT] < following):
                following, weight = told[at, CONCEPT], tellings[numbers[at], COMPANY]
        if following < 0:
            return added, last
        added, concept = added + weight, following
        if alone:
            return added, last


def weigh(judged: Judged, numbers: NDArray[np.int64], tellings: NDArray[np.float64], leaning: NDArray[np.float64]) -> Weighed:
    """Weigh the rows told. `numbers`: of each row its row of `tellings`; `leaning`: weighed log-odds of the model, of each post."""
    posts, rows = len(judged.posts) - 1, len(numbers)
    out = Weighed(np.zeros(posts), np.zeros(posts, np.uint8), np.zeros(posts, np.uint8), np.zeros(rows), np.zeros(rows, np.uint8))
    arguments = (judged.posts, judged.told, numbers, tellings, leaning, out)
    ready(_weigh_all, arguments)
    _weigh_all(*arguments)
    return out


@kt.compiled
def _weigh_all(posts: Any, told: Any, numbers: Any, tellings: Any, leaning: Any, out: Any) -> None:
    scores, events, unsure, owed, stands = out
    for at in range(leaning.shape[0]):
        row, end = posts[at, TOLD_AT], posts[at + 1, TOLD_AT]
        named = row < end and told[row, CONCEPT] >= 0
        while row < end:
            company, last = 0.0, row + 1
            if named:
                company, last = _company(told, numbers, tellings, row, end)
            for each in range(row, last):
                telling = tellings[numbers[each]]
                if not telling[VOID]:
                    score, duty, either = _weigh(telling, leaning[at], company if telling[STANDS] else 0.0)
                    scores[at] = max(scores[at], score)
                    owed[each], stands[each] = duty, telling[STANDS] != 0
                    events[at] |= telling[NAMED] != 0 and telling[STANDS] != 0
                    unsure[at] |= either
            row = last


def heard(tellings: NDArray[np.float64], leaning: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Scores of posts in which the model alone hears something, and whether rounding could go either way. `tellings`: of each post."""
    scores, unsure = np.zeros(len(leaning)), np.zeros(len(leaning), np.uint8)
    arguments = (tellings, leaning, scores, unsure)
    ready(_heard, arguments)
    _heard(*arguments)
    return scores, unsure


@kt.compiled
def _heard(tellings: Any, leaning: Any, scores: Any, unsure: Any) -> None:
    for at in range(leaning.shape[0]):
        scores[at], _, either = _weigh(tellings[at], leaning[at], 0.0)
        unsure[at] = either
