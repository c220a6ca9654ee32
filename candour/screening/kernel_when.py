"""Screening kernel: what came first, the medicine or the symptom, and what the symptom is to the medicine. The references are `timing` and
`disease`."""

from __future__ import annotations

from typing import Any

import numpy as np

from candour.screening import kernel_text as kt
from candour.screening.kernel_sheet import (
    FIRST,
    HIT,
    LAST,
    LAY,
    PRODUCTS,
    PURPOSES,
    SCALE,
    TIMES,
    WHAT,
    WORDS,
    begins_within,
    clause,
    cues_of,
    product_in,
    said,
    sentence_of,
    start_of,
)
from candour.screening.meaning_tables import AILMENT, COMPLAINT, ILLNESS, PURPOSES_END, REMEDIED
from candour.screening.meaning_tables import PURPOSES as PURPOSES_AT
from candour.screening.reading import bits
from candour.screening.timing import FEWEST_TIMES, SHORTLY, TAKING, TYING

_ORDERING, _THEN, _USE, _USED = bits("before", "then", "already", "after", "relief"), bits("then"), bits(*TAKING), bits("use", "drug")
_BEFORE, _ALREADY, _AFTER, _RELIEF = bits("before"), bits("already"), bits("after"), bits("relief")
_STOP, _CAUSE, _ANCHOR, _NEGATION, _USE_ALONE = bits("stop"), bits("cause"), bits("anchor"), bits("negation"), bits("use")
_TYING, _SPEAKING, _LIVING, _TIED = bits(*TYING), bits("use", "drug", "taken"), bits("living"), bits("onset", "stop")
#: What `older` answers; READ_ON: told only by stretches of time, whose numbers nobody has read yet.
YES, NO, READ_ON = 1, 0, -1
_NONE = np.int64(1 << 40)


@kt.compiled
def older(words: Any, sheet: Any, first: Any, last: Any, sentence: Any) -> Any:
    """Whether a symptom was there before the medicine: YES, NO or READ_ON."""
    if said(sheet, sentence + 1) & _THEN and _told_before_the_next(words, sheet, sentence):
        return YES
    spoken_of = said(sheet, sentence)
    dated = _dated(sheet, sentence)
    if (spoken_of & _ORDERING == 0 and not dated) or (spoken_of & _USED == 0 and sheet.counts[PRODUCTS] == 0):
        return NO
    uses = _uses(words, sheet, sentence)
    if uses == 0:
        return NO
    if spoken_of & _ORDERING and _in_order(words, sheet, first, last, sentence, uses, spoken_of):
        return YES
    if not dated or not _may_be_spans(words, sheet, first, sentence):
        return NO
    if sheet.days.shape[0] == 0:
        return READ_ON
    return YES if _by_spans(words, sheet, first, sentence, uses) else NO


@kt.compiled
def _in_order(words: Any, sheet: Any, first: Any, last: Any, sentence: Any, uses: Any, spoken_of: Any) -> Any:
    earliest = _first_use(sheet, uses, np.int64(0))
    return (
        (spoken_of & _BEFORE and _by_before(words, sheet, first, sentence, uses, earliest))
        or (spoken_of & _THEN and _by_then(sheet, first, sentence, uses, earliest))
        or (spoken_of & _ALREADY and _by_already(sheet, first, last, sentence, uses, earliest))
        or (spoken_of & _AFTER and _by_after(words, sheet, first, sentence, uses, earliest))
        or (spoken_of & _RELIEF and _by_relief(words, sheet, last, sentence, uses, earliest))
    )


@kt.compiled
def _dated(sheet: Any, sentence: Any) -> Any:
    count = 0
    for at in range(sheet.counts[TIMES]):
        count += sheet.times[at, WHAT] == sentence
    return count >= FEWEST_TIMES


@kt.compiled
def _uses(words: Any, sheet: Any, sentence: Any) -> Any:
    """Put the words that tell of use in a sentence into `uses`, in no order; returns how many."""
    count = np.int64(0)
    first, last = cues_of(sheet, sentence)
    for at in range(first, last):
        if sheet.cues[at, WHAT] & _USED:
            sheet.uses[count] = sheet.cues[at, FIRST]
            count += 1
    for at in range(sheet.counts[PRODUCTS]):
        if sentence_of(words, sheet, sheet.products[at, FIRST]) == sentence:
            sheet.uses[count] = sheet.products[at, FIRST]
            count += 1
    return count


@kt.inlined
def _first_use(sheet: Any, uses: Any, start: Any) -> Any:
    """The first word of use from `start` on; beyond all words where there is none."""
    first = _NONE
    for at in range(uses):
        if start <= sheet.uses[at] < first:
            first = sheet.uses[at]
    return first


@kt.compiled
def _clause_end(words: Any, sheet: Any, start: Any) -> Any:
    own, end = clause(words, sheet, start), start
    while end < sheet.counts[WORDS] and clause(words, sheet, end) == own:
        end += 1
    return end


@kt.compiled
def _by_before(words: Any, sheet: Any, hit: Any, sentence: Any, uses: Any, earliest: Any) -> Any:
    first, last = cues_of(sheet, sentence)
    for at in range(first, last):
        if sheet.cues[at, WHAT] & _BEFORE:
            begin, end = sheet.cues[at, FIRST], sheet.cues[at, LAST]
            if begin == start_of(sheet, sentence):
                border = _clause_end(words, sheet, begin)
                if hit >= border and _first_use(sheet, uses, end) < border:
                    return True
            elif hit < begin and earliest >= hit and _first_use(sheet, uses, end) < _NONE:
                return True
    return False


@kt.compiled
def _by_then(sheet: Any, hit: Any, sentence: Any, uses: Any, earliest: Any) -> Any:
    first, last = cues_of(sheet, sentence)
    for at in range(first, last):
        begin = sheet.cues[at, FIRST]
        if sheet.cues[at, WHAT] & _THEN and hit <= begin and earliest >= hit and _first_use(sheet, uses, begin) < _NONE:
            return True
    return False


@kt.compiled
def _by_already(sheet: Any, hit: Any, end: Any, sentence: Any, uses: Any, earliest: Any) -> Any:
    if earliest < hit or _first_use(sheet, uses, end) == _NONE:
        return False
    first, last = cues_of(sheet, sentence)
    for at in range(first, last):
        if sheet.cues[at, WHAT] & _ALREADY and sheet.cues[at, LAST] <= hit:
            return True
    return False


@kt.compiled
def _by_after(words: Any, sheet: Any, hit: Any, sentence: Any, uses: Any, earliest: Any) -> Any:
    start = start_of(sheet, sentence)
    if said(sheet, sentence) & _STOP or not begins_within(sheet, _AFTER, sentence, start, start + 1):
        return False
    border = _clause_end(words, sheet, start)
    return hit < border and earliest >= border


@kt.compiled
def _by_relief(words: Any, sheet: Any, end: Any, sentence: Any, uses: Any, earliest: Any) -> Any:
    if earliest < end:
        return False
    if begins_within(sheet, _CAUSE, sentence, end, earliest + 1):
        return False
    apart = clause(words, sheet, end - 1) != clause(words, sheet, earliest)
    return (apart or sheet.counts[SCALE] > 1) and begins_within(sheet, _RELIEF, sentence, earliest + 1, _NONE)


@kt.compiled
def _told_before_the_next(words: Any, sheet: Any, sentence: Any) -> Any:
    if said(sheet, sentence) & _USE or product_in(words, sheet, sentence):
        return False
    start = start_of(sheet, sentence + 1)
    return begins_within(sheet, _THEN, sentence + 1, start, start + 1)


@kt.compiled
def _may_be_spans(words: Any, sheet: Any, hit: Any, sentence: Any) -> Any:
    """Whether one stretch of time may stand in the symptom's clause and another outside it."""
    own, inside, outside = clause(words, sheet, hit), False, False
    for at in range(sheet.counts[TIMES]):
        if sheet.times[at, WHAT] == sentence:
            for first in range(max(np.int64(0), sheet.times[at, FIRST] - 1), sheet.times[at, FIRST] + 1):
                inside |= clause(words, sheet, first) == own
                outside |= clause(words, sheet, first) != own
    return inside and outside


@kt.compiled
def _by_spans(words: Any, sheet: Any, hit: Any, sentence: Any, uses: Any) -> Any:
    """Whether the stretch of time in the symptom's clause is longer than that of the use in another."""
    clause_of_hit, count = clause(words, sheet, hit), 0
    own, of_use = np.nan, np.nan
    for at in range(sheet.counts[TIMES]):
        days = sheet.days[sheet.times[at, HIT]]
        if sheet.times[at, WHAT] == sentence and not np.isnan(days):
            count += 1
            beside = clause(words, sheet, sheet.times[at, LAST])
            if beside == clause_of_hit and np.isnan(own):
                own = days
            elif beside != clause_of_hit and np.isnan(of_use) and _used_in(words, sheet, beside, uses):
                of_use = days
    return count >= FEWEST_TIMES and own > of_use


@kt.compiled
def _used_in(words: Any, sheet: Any, own: Any, uses: Any) -> Any:
    for at in range(uses):
        if clause(words, sheet, sheet.uses[at]) == own:
            return True
    return False


@kt.compiled
def remedied(words: Any, sheet: Any, first: Any, last: Any, sentence: Any, listed: Any) -> Any:
    """Whether the symptom is what somebody took the medicine for. `listed`: what its concept is listed as."""
    if listed & REMEDIED and _treated(words, sheet, first, last, sentence):
        return True
    return listed & AILMENT and _treated_next(words, sheet, sentence)


@kt.compiled
def _treated(words: Any, sheet: Any, hit: Any, end: Any, sentence: Any) -> Any:
    if said(sheet, sentence) & _USED == 0:
        return False
    own, earliest = clause(words, sheet, end - 1), _first_told(words, sheet, sentence)
    if clause(words, sheet, earliest) <= own:  # clauses are in order: of all told of the first stands in the first
        return False
    return not _tied(words, sheet, sentence, clause(words, sheet, hit), earliest)


@kt.compiled
def _treated_next(words: Any, sheet: Any, sentence: Any) -> Any:
    if said(sheet, sentence + 1) & _USED == 0:
        return False
    for near in range(max(np.int64(0), sentence - SHORTLY), sentence + 1):
        if said(sheet, near) & _USE or product_in(words, sheet, near):
            return False
    use = _first_told(words, sheet, sentence + 1)
    if clause(words, sheet, use) != clause(words, sheet, start_of(sheet, sentence + 1)):
        return False
    return not _tied(words, sheet, sentence, np.int64(0), use) and not _tied(words, sheet, sentence + 1, np.int64(0), use)


@kt.compiled
def _first_told(words: Any, sheet: Any, sentence: Any) -> Any:
    """The first word in a sentence that tells of a medicine; beyond all where there is none."""
    told = _NONE
    first, last = cues_of(sheet, sentence)
    for at in range(first, last):
        if sheet.cues[at, WHAT] & _USE:
            told = min(told, sheet.cues[at, FIRST])
    for at in range(sheet.counts[PRODUCTS]):
        if sentence_of(words, sheet, sheet.products[at, FIRST]) == sentence:
            told = min(told, sheet.products[at, FIRST])
    return told


@kt.compiled
def _tied(words: Any, sheet: Any, sentence: Any, own: Any, use: Any) -> Any:
    if said(sheet, sentence) & (_TYING | _NEGATION) == 0:
        return False
    of_use = clause(words, sheet, use)
    first, last = cues_of(sheet, sentence)
    for at in range(first, last):
        begin = sheet.cues[at, FIRST]
        if sheet.cues[at, WHAT] & _NEGATION and clause(words, sheet, begin) == of_use:
            return True
        behind = sheet.cues[at, WHAT] & _TYING and clause(words, sheet, begin) >= own
        if behind and not begins_within(sheet, _USE_ALONE, sentence, begin, begin + 1):
            return True
    return False


@kt.compiled
def spoken(words: Any, sheet: Any, sentence: Any) -> Any:
    """Whether the sentence itself speaks of a product, a medicine or its use."""
    return said(sheet, sentence) & _SPEAKING != 0 or product_in(words, sheet, sentence)


@kt.compiled
def linked(words: Any, sheet: Any, sentence: Any) -> Any:
    """Whether the sentence ties its symptom to a medicine."""
    if said(sheet, sentence) & _TIED or (said(sheet, sentence) | said(sheet, sentence - 1)) & _ANCHOR:
        return True
    return said(sheet, sentence) & _CAUSE and spoken(words, sheet, sentence)


@kt.compiled
def may_be_disease(sheet: Any, first: Any, last: Any, sentence: Any, listed: Any) -> Any:
    """Whether the symptom may be the disease somebody lives with."""
    if listed & ILLNESS or (listed & COMPLAINT and said(sheet, sentence) & _LIVING):
        return True
    for word in range(first, last):
        if sheet.marks[word] & LAY:
            return True
    return False


@kt.compiled
def purpose(sheet: Any, meanings: Any, concept: Any) -> Any:
    """Whether a medicine named in the post is taken for a concept."""
    for at in range(sheet.counts[PURPOSES]):
        row = sheet.purposes[at]
        for place in range(meanings.rows[row, PURPOSES_AT], meanings.rows[row, PURPOSES_END]):
            if meanings.purposes[place] == concept:
                return True
    return False
