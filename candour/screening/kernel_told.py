"""Screening kernel: in what light each symptom is told, as bits. The references are `reading.negated` and its like, and `adverse`."""

from __future__ import annotations

from typing import Any

import numpy as np

from candour.screening import kernel_text as kt
from candour.screening import kernel_when as when
from candour.screening.adverse import MANY, SEEN_BITS
from candour.screening.kernel_sheet import (
    ASKS,
    ASKS_FROM,
    DENIES,
    FIRST,
    LAST,
    PRODUCTS,
    ROLES,
    SCALE,
    SYMPTOMS,
    TOLD,
    WHAT,
    WISHED,
    begins_within,
    clause,
    cues_of,
    said,
    sentence_of,
)
from candour.screening.meaning_tables import MOOD as LISTED_MOOD
from candour.screening.reading import (
    CHAIN_REACH,
    INDICATION_REACH,
    NEGATION_REACH,
    NEGATION_REACH_BACK,
    RELIEF_REACH_AFTER,
    RELIEF_REACH_BEFORE,
    SUPPOSING,
    bits,
)

_NEGATION, _DENIAL, _BEHIND = bits("negation"), bits("denial"), bits("negation_after")
_NEGATING, _CONTRAST, _JOINT = bits("negation", "denial", "negation_after"), bits("contrast"), bits("joint")
_BUSY = bits("contrast", "self", "negation", "use", "cause")
_RELIEF, _UNCHANGED, _INDICATION, _WARNED = bits("relief"), bits("unchanged"), bits("indication"), bits("warned")
_USED, _OTHER, _PRONOUN, _WELCOME, _ANCHOR = bits("use", "drug"), bits("other"), bits("pronoun"), bits("welcome"), bits("anchor")
_NOT_YET, _NOTICE, _PERSON, _CAUSE = bits("recovered_use"), bits("notice"), bits("self", "other"), bits("cause")
_MEDICINE, _SUPPOSING = bits("drug", "taken", "anchor"), bits(*SUPPOSING)
_SUSPECTED = bits("suspected")
PRODUCT, MEDICINE_TOLD, USE_TOLD, OTHER_TOLD = (SEEN_BITS[light] for light in ("product", "medicine", "use", "other"))
WELCOMED, ANCHORED, ASKED, NEGATED = (SEEN_BITS[light] for light in ("welcome", "anchored", "asked", "negated"))
RELIEVED, INDICATED, OLDER, WARNED = (SEEN_BITS[light] for light in ("relief", "indicated", "older", "warned"))
DISEASE, MOOD, SEVERAL, MANY_TOLD = (SEEN_BITS[light] for light in ("disease", "mood", "several", "many"))
UNCHANGED, ADVERTISED, REMEDIED, PURPOSE = (SEEN_BITS[light] for light in ("unchanged", "advert", "remedied", "purpose"))
#: What `lights` answers for a symptom that the reference must weigh.
READ_ON = -1


@kt.inlined
def _contrasted(sheet: Any, sentence: Any, start: Any, end: Any) -> Any:
    return said(sheet, sentence) & _CONTRAST and begins_within(sheet, _CONTRAST, sentence, start, end)


@kt.inlined
def _cut_off(words: Any, sheet: Any, sentence: Any, start: Any, end: Any) -> Any:
    """A clause border or a contrast word ends the reach of a denial."""
    return clause(words, sheet, start - 1) != clause(words, sheet, end) or _contrasted(sheet, sentence, start, end)


@kt.compiled
def negated(words: Any, sheet: Any, first: Any, last: Any, sentence: Any) -> Any:
    """Whether a hit is denied: a denial shortly before it in the same clause, or right behind it."""
    if said(sheet, sentence) & _NEGATING == 0:
        return False
    denies, scale = sheet.marks[first] & DENIES, sheet.counts[SCALE]
    begin, end = cues_of(sheet, sentence)
    for at in range(begin, end):
        role, start, stop = sheet.cues[at, WHAT], sheet.cues[at, FIRST], sheet.cues[at, LAST]
        if role & _DENIAL and stop <= first and not _contrasted(sheet, sentence, stop, first):
            return True
        near = not denies and 0 <= first - stop <= NEGATION_REACH * scale
        if role & _NEGATION and near and not _cut_off(words, sheet, sentence, stop, first):
            return True
        near = not denies and 0 <= start - last <= NEGATION_REACH_BACK * scale
        near = near and clause(words, sheet, start) == clause(words, sheet, last - 1)
        if role & _BEHIND and near and not _joined(sheet, sentence, last, start):
            return True
    return False


@kt.compiled
def _joined(sheet: Any, sentence: Any, last: Any, start: Any) -> Any:
    """Whether a joint ends behind `last` and begins before `start`."""
    begin, end = cues_of(sheet, sentence)
    for at in range(begin, end):
        if sheet.cues[at, WHAT] & _JOINT and last < sheet.cues[at, LAST] and sheet.cues[at, FIRST] < start:
            return True
    return False


@kt.compiled
def _beside(words: Any, sheet: Any, first: Any, last: Any, sentence: Any, asked: Any) -> Any:
    """Whether a cue of a role stands near, before or behind, in the same clause."""
    if said(sheet, sentence) & asked == 0:
        return False
    scale = sheet.counts[SCALE]
    begin, end = cues_of(sheet, sentence)
    for at in range(begin, end):
        start, stop = sheet.cues[at, FIRST], sheet.cues[at, LAST]
        if sheet.cues[at, WHAT] & asked and not (stop <= first and _contrasted(sheet, sentence, stop, first)):
            near = 0 <= start - last <= RELIEF_REACH_AFTER * scale or 0 <= first - stop <= RELIEF_REACH_BEFORE * scale
            if near and clause(words, sheet, start) == clause(words, sheet, first):
                return True
    return False


@kt.compiled
def _indicated(words: Any, sheet: Any, first: Any, sentence: Any) -> Any:
    begin, end = cues_of(sheet, sentence)
    for at in range(begin, end):
        stop = sheet.cues[at, LAST]
        near = 0 <= first - stop <= INDICATION_REACH * sheet.counts[SCALE] and not _cut_off(words, sheet, sentence, stop, first)
        if sheet.cues[at, WHAT] & _INDICATION and near and not _told_anew(sheet, sentence, stop, first):
            return True
    return False


@kt.compiled
def _told_anew(sheet: Any, sentence: Any, start: Any, end: Any) -> Any:
    begin, stop = cues_of(sheet, sentence)
    for at in range(begin, stop):
        if sheet.cues[at, WHAT] & _JOINT and start <= sheet.cues[at, FIRST] and sheet.cues[at, LAST] < end:
            return True
    return False


@kt.compiled
def _warned(words: Any, sheet: Any, first: Any, sentence: Any) -> Any:
    begin, end = cues_of(sheet, sentence)
    for at in range(begin, end):
        if sheet.cues[at, WHAT] & _WARNED and clause(words, sheet, sheet.cues[at, LAST] - 1) == clause(words, sheet, first):
            return True
    return False


@kt.compiled
def chained(words: Any, sheet: Any, before: Any, at: Any) -> Any:
    """Whether two of what is told stand in one enumeration."""
    start, first = sheet.told[before, LAST], sheet.told[at, FIRST]
    sentence = sentence_of(words, sheet, first)
    if sentence_of(words, sheet, sheet.told[before, FIRST]) != sentence or first - start > CHAIN_REACH * sheet.counts[SCALE]:
        return False
    return said(sheet, sentence) & _BUSY == 0 or not begins_within(sheet, _BUSY, sentence, start, first)


@kt.compiled
def all_said(words: Any, sheet: Any, first: Any) -> Any:
    """Bits of the cues that count for something told from a word on: those of its sentence, and use that is still ahead from the one
    before. What a question behind a comma supposes does not count before it."""
    sentence = sentence_of(words, sheet, first)
    own = said(sheet, sentence)
    if sheet.counts[ROLES] & _NOT_YET and said(sheet, sentence - 1) & _NOT_YET and not when.spoken(words, sheet, sentence):
        own |= _NOT_YET
    if first < sheet.counts[WISHED]:
        own |= _NOT_YET
    return own & ~_SUPPOSING if first < sheet.sentences[sentence + 1, ASKS_FROM] else own


@kt.compiled
def of_post(sheet: Any, sentence: Any, own: Any) -> Any:
    """What the sentence and the post around a symptom say, as bits. `own`: `all_said` of the sentence."""
    roles, seen = sheet.counts[ROLES], np.int64(0)
    if sheet.counts[PRODUCTS]:
        seen |= PRODUCT
    if sheet.counts[PRODUCTS] or roles & _MEDICINE:
        seen |= MEDICINE_TOLD
    if roles & _USED:
        seen |= USE_TOLD
    if own & _OTHER or (own & _PRONOUN and roles & _OTHER):
        seen |= OTHER_TOLD
    if roles & _NOTICE and own & _PERSON == 0:
        seen |= ADVERTISED
    if roles & _WELCOME:
        seen |= WELCOMED
    if (own | said(sheet, sentence + 1)) & _ANCHOR:
        seen |= ANCHORED
    return seen


@kt.compiled
def _of_cues(words: Any, sheet: Any, first: Any, last: Any, sentence: Any) -> Any:
    """How the cues beside it tell a symptom, as bits."""
    seen = np.int64(0)
    if negated(words, sheet, first, last, sentence):
        seen |= NEGATED
    if _beside(words, sheet, first, last, sentence, np.int64(_RELIEF)):
        seen |= RELIEVED
    if said(sheet, sentence) & _INDICATION and _indicated(words, sheet, first, sentence):
        seen |= INDICATED
    if said(sheet, sentence) & _WARNED and _warned(words, sheet, first, sentence):
        seen |= WARNED
    if _beside(words, sheet, first, last, sentence, np.int64(_UNCHANGED)):
        seen |= UNCHANGED
    return seen


@kt.compiled
def _of_concept(words: Any, sheet: Any, meanings: Any, first: Any, last: Any, concept: Any, sentence: Any, seen: Any, own: Any) -> Any:
    """What a symptom is to the medicine, as bits, beside those seen."""
    listed = meanings.concepts[concept] if concept >= 0 else np.int64(0)
    if own & _SUSPECTED == 0 and when.remedied(words, sheet, first, last, sentence, listed):
        seen |= REMEDIED
    if when.may_be_disease(sheet, first, last, sentence, listed) and not when.linked(words, sheet, sentence):
        seen |= DISEASE
    if concept >= 0 and when.purpose(sheet, meanings, concept) and (seen & RELIEVED or not when.linked(words, sheet, sentence)):
        seen |= PURPOSE
    if listed & LISTED_MOOD and own & _CAUSE == 0 and not when.spoken(words, sheet, sentence):
        seen |= MOOD
    return seen


@kt.compiled
def lights(words: Any, sheet: Any, meanings: Any, first: Any, last: Any, concept: Any, own: Any, alone: Any) -> Any:
    """The lights of something told, as bits; READ_ON where the reference must weigh it. `concept`: -1 for none; `alone`: not counted among
    the symptoms of its sentence."""
    sentence = sentence_of(words, sheet, first)
    older = when.older(words, sheet, first, last, sentence)
    if older == when.READ_ON:
        return np.int64(READ_ON)
    seen = _of_cues(words, sheet, first, last, sentence) | of_post(sheet, sentence, own)
    if older:
        seen |= OLDER
    if sheet.sentences[sentence + 1, ASKS] and first >= sheet.sentences[sentence + 1, ASKS_FROM]:
        seen |= ASKED
    seen = _of_concept(words, sheet, meanings, first, last, concept, sentence, seen, own)
    count = np.int64(0) if alone else sheet.sentences[sentence + 1, SYMPTOMS]
    if count > 1:
        seen |= SEVERAL
    if count >= MANY:
        seen |= MANY_TOLD
    return np.int64(seen)


@kt.compiled
def fill_lights(words: Any, sheet: Any, meanings: Any, seen: Any, said_of: Any) -> Any:
    """Lights and cues of every symptom of a post, in order; one that is chained to a denied one is denied with it. False: for the
    reference."""
    for at in range(sheet.counts[TOLD]):
        first, last, concept = sheet.told[at, FIRST], sheet.told[at, LAST], sheet.told[at, WHAT]
        said_of[at] = all_said(words, sheet, first)
        seen[at] = lights(words, sheet, meanings, first, last, concept, said_of[at], False)
        if seen[at] == READ_ON:
            return False
        if at and seen[at - 1] & NEGATED and chained(words, sheet, at - 1, at):
            seen[at] |= NEGATED
    return True
