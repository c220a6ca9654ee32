"""Screening kernel: findings of a batch, put together from the rows of its posts as they were weighed (`kernel_weigh`).

It gives what `duties.combine`, `duties.adverse_finding` and `duties.in_order` give, for all posts at once. A post whose numbers lie so
that rounding could go either way is left to the reference. Tests hold both together.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.core.terms import DutyKind
from candour.screening import kernel_text as kt
from candour.screening.duties import HIGHEST, SECOND_SIGN
from candour.screening.found_rows import (
    COMPETITOR,
    DUTY,
    FINDING_COLUMNS,
    MENTION_COLUMNS,
    NAME,
    POST,
    SPAN_COLUMNS,
    SPANS_END,
    WHY,
)
from candour.screening.judged_rows import (
    BY_ROWS,
    END_AT,
    JUDGE,
    MEANING,
    OF_DUTY,
    PRODUCTS_AT,
    RULE_MEDICINE,
    SIGNS_AT,
    START_AT,
    TOLD_AT,
    Judged,
)
from candour.screening.kernel_spans import put_span, unique
from candour.screening.kernel_start import ready
from candour.screening.kernel_weigh import Weighed, rounded, squash
from candour.screening.meaning_tables import DUTIES
from candour.screening.result import SAFETY_THRESHOLD

_AE = DUTIES.index(DutyKind.AE)


class Whys(NamedTuple):
    """Numbers of reasons: of rows told, of signs, of products; per reason its rank in order and the number of what it begins with; the
    reason of what is only heard."""

    told: NDArray[np.int64]
    signs: NDArray[np.int64]
    products: NDArray[np.int64]
    rank: NDArray[np.int64]
    head: NDArray[np.int64]
    heard: int


class Names(NamedTuple):
    """Of each product's meaning the number of its name and whether it is a competitor's; the number of the first such meaning."""

    number: NDArray[np.int64]
    competitor: NDArray[np.uint8]
    first: int


class Owed(NamedTuple):
    """Duties the model hears: log-odds by post and column, where their words begin and end; of each column its duty, and whether it needs a
    medicine."""

    odds: NDArray[np.float64]
    places: NDArray[np.int64]
    duties: NDArray[np.int64]
    needs: NDArray[np.uint8]


class Found(NamedTuple):
    """Findings, spans and mentions of posts, in their order."""

    findings: NDArray[np.int64]
    scores: NDArray[np.float64]
    spans: NDArray[np.int64]
    mentions: NDArray[np.int64]


@kt.inlined
def _put_finding(found: Any, at: Any, post: Any, duty: Any, score: Any, why: Any, spans: Any) -> None:
    findings, scores = found[0], found[1]
    findings[at, POST], findings[at, DUTY], findings[at, WHY], findings[at, SPANS_END] = post, duty, why, spans
    scores[at] = score


@kt.compiled
def _of_signs(judged: Any, begin: Any, end: Any, duty: Any, whys: Any, post: Any, met: Any, stamp: Any, spans: Any, n: Any) -> Any:
    """Spans of the signs of a duty behind the first n, with their score, its reason and the end of the spans; score -1 without a sign."""
    best, first, heads, last = -1.0, np.int64(-1), 0, n
    for row in range(begin, end):
        if judged.signs[row, OF_DUTY] != duty:
            continue
        score, start, head = judged.scores[row], judged.signs[row, START_AT], whys.head[whys.signs[row]]
        if score > best or (score == best and start < judged.signs[first, START_AT]):
            best, first = score, np.int64(row)
        if met[head] != stamp:
            met[head] = stamp
            heads += 1
        put_span(spans, last, post, start, judged.signs[row, END_AT], whys.signs[row])
        last += 1
    if last == n:
        return -1.0, np.int64(-1), n
    return min(HIGHEST, best + SECOND_SIGN * (heads - 1)), whys.signs[first], unique(spans, n, last, whys.rank)


@kt.compiled
def _event(judged: Any, at: Any, weighed: Any, whys: Any, post: Any, spans: Any, n: Any) -> Any:
    """Spans of an adverse event behind the first n, with what it owes, its reason and the end of the spans; -1 where none is owed."""
    best, why, last, standing = -1.0, np.int64(-1), n, False
    begin, end = judged.posts[at, TOLD_AT], judged.posts[at + 1, TOLD_AT]
    for row in range(begin, end):
        standing |= weighed.owed[row] >= SAFETY_THRESHOLD and weighed.stands[row] != 0
    for row in range(begin, end):
        if weighed.owed[row] >= SAFETY_THRESHOLD and (weighed.stands[row] or not standing):
            if weighed.owed[row] > best:
                best, why = weighed.owed[row], whys.told[row]
            put_span(spans, last, post, judged.told[row, START_AT], judged.told[row, END_AT], whys.told[row])
            last += 1
    if last == n:
        return best, why, n
    for row in range(judged.posts[at, PRODUCTS_AT], judged.posts[at + 1, PRODUCTS_AT]):
        put_span(spans, last, post, judged.products[row, START_AT], judged.products[row, END_AT], whys.products[row])
        last += 1
    return best, why, unique(spans, n, last, whys.rank)


@kt.inlined
def _hears(owed: Any, at: Any, duty: Any, medicine: Any) -> Any:
    """The column of a duty that the model hears in a post and that is owed, -1 for none."""
    for column in range(owed.duties.shape[0]):
        if owed.duties[column] == duty and owed.odds[at, column] >= 0.0 and (medicine or not owed.needs[column]):
            return np.int64(column)
    return np.int64(-1)


@kt.compiled
def _put_mentions(judged: Any, at: Any, names: Any, post: Any, named: Any, rows: Any, n: Any) -> Any:
    """Products named in a post, each once as the customer's and once as a competitor's. `named`: the post that named one last."""
    for row in range(judged.posts[at, PRODUCTS_AT], judged.posts[at + 1, PRODUCTS_AT]):
        meaning = judged.products[row, MEANING] - names.first
        name, competitor = names.number[meaning], np.int64(names.competitor[meaning])
        if named[name, competitor] != at + 1:
            named[name, competitor] = at + 1
            rows[n, POST], rows[n, NAME], rows[n, COMPETITOR] = post, name, competitor
            n += 1
    return n


def find(judged: Judged, awake: NDArray[np.int64], weighed: Weighed, whys: Whys, names: Names, owed: Owed, thresholds: Any) -> Found:
    """The findings of posts that are judged by rows and that `weighed` is not unsure of; those that turn out to be are marked there.
    `awake`: the place of each; `thresholds`: per duty."""
    told, signs, products, _ = judged.posts[-1, :4].tolist()
    posts, columns = owed.odds.shape
    found = Found(
        np.empty((posts * (len(DUTIES) + 1), FINDING_COLUMNS), np.int64),
        np.empty(posts * (len(DUTIES) + 1)),
        np.empty((told + signs + products + posts * columns + 8, SPAN_COLUMNS), np.int64),
        np.empty((products, MENTION_COLUMNS), np.int64),
    )
    work = np.zeros(len(whys.head), np.int64), np.zeros((int(names.number.max(initial=0)) + 1, 2), np.int64), np.zeros(3, np.int64)
    arguments = (judged, awake, weighed, whys, names, owed, thresholds, found, work)
    ready(_find, arguments)
    _find(*arguments)
    findings, spans, mentions = work[2].tolist()
    return Found(found.findings[:findings], found.scores[:findings], found.spans[:spans], found.mentions[:mentions])


@kt.compiled
def _find(judged: Any, awake: Any, weighed: Any, whys: Any, names: Any, owed: Any, thresholds: Any, found: Any, work: Any) -> None:
    met, named, counts = work
    stamp = np.int64(0)
    n = spans = mentions = np.int64(0)
    for at in range(awake.shape[0]):
        if judged.posts[at, JUDGE] != BY_ROWS or weighed.unsure[at]:
            continue
        before = n, spans
        n, spans, stamp, unsure = _of_post(judged, at, awake[at], weighed, whys, owed, thresholds, found, met, n, spans, stamp)
        if unsure:
            weighed.unsure[at] = 1
            n, spans = before
        else:
            mentions = _put_mentions(judged, at, names, awake[at], named, found.mentions, mentions)
    counts[0], counts[1], counts[2] = n, spans, mentions


@kt.compiled
def _of_post(
    judged: Any,
    at: Any,
    post: Any,
    weighed: Any,
    whys: Any,
    owed: Any,
    thresholds: Any,
    found: Any,
    met: Any,
    n: Any,
    spans: Any,
    stamp: Any,
) -> Any:
    """Findings of a post, by duty in the order of the field: that of signs, or of what is only heard; then the adverse event."""
    unsure = False
    signs, end, medicine = judged.posts[at, SIGNS_AT], judged.posts[at + 1, SIGNS_AT], judged.posts[at, RULE_MEDICINE]
    for duty in range(thresholds.shape[0]):
        score, why, last = _of_signs(judged, signs, end, duty, whys, post, met, stamp + 1, found.spans, spans)
        stamp += 1
        column = np.int64(-1)
        if score >= thresholds[duty]:
            score, either = rounded(score)
        else:
            column, last, either = _hears(owed, at, duty, medicine), spans, False
            if column >= 0:
                score, either = squash(owed.odds[at, column])
                score, why, last = min(HIGHEST, score), np.int64(whys.heard), spans + 1
                put_span(found.spans, spans, post, owed.places[at, column, 0], owed.places[at, column, 1], why)
        if last > spans:
            _put_finding(found, n, post, duty, score, why, last)
            n, spans, unsure = n + 1, last, unsure or either
        if duty == _AE:
            score, why, last = _event(judged, at, weighed, whys, post, found.spans, spans)
            if last > spans:
                _put_finding(found, n, post, duty, score, why, last)
                n, spans = n + 1, last
    return n, spans, stamp, unsure
