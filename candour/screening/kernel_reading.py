"""Screening kernel: a post as read, which hits stand and which a longer phrase explains. The reference is `reading.read`."""

from __future__ import annotations

from typing import Any

import numpy as np

from candour.screening import kernel_text as kt
from candour.screening.kernel_phrases import LAST_BITS, MEANING_BITS, PRODUCT_BIT
from candour.screening.kernel_sheet import (
    ASKS,
    ASKS_FROM,
    BASE,
    CUES,
    CUES_AT,
    DENIES,
    FIRST,
    HIT,
    LAST,
    LAY,
    MARKED,
    MOST_HITS,
    MOST_WORDS,
    PRODUCTS,
    PURPOSES,
    QUESTION,
    RANK,
    ROLES,
    RULES,
    SAID,
    SCALE,
    SENTENCES,
    START,
    SYMPTOMS,
    TIMES,
    TOLD,
    TURNED,
    WHAT,
    WISHED,
    WORDS,
    begins_within,
    clause,
    cues_of,
    sentence_of,
)
from candour.screening.meaning_tables import (
    AMBIGUOUS,
    CUE,
    KIND,
    LAY_WORD,
    NOW,
    OF_OTHERS,
    PRODUCT,
    PURPOSES_END,
    SIGN,
    SYMPTOM,
    VALUE,
)
from candour.screening.meaning_tables import PURPOSES as PURPOSES_AT
from candour.screening.phrase_tables import NAMED
from candour.screening.reading import ASKING, FEWEST_TOLD, OPENING, SUPPOSING, TAKING, TELLING, USING, bits

_EXPLAINING, _MASK, _DRUG = bits("mask", "feared"), bits("mask"), bits("drug")
_NEGATION, _SET_ASIDE, _SUPPOSING, _TELLING = bits("negation"), bits("set_aside"), bits(*SUPPOSING), bits(*TELLING)
#: What a row of `told` is while it is sorted: a symptom is the number of its concept, a cue that may explain others -1 - its bit.
_MEANING, _LENGTH, _WORD = (1 << MEANING_BITS) - 1, (1 << LAST_BITS) - 1, (1 << 31) - 1
_OPENING, _ASKING, _TAKING = bits(*OPENING), bits(*ASKING), bits(*TAKING)
_USING, _SUSPECTED, _WISH, _TAKEN = bits(*USING), bits("suspected"), bits("wish"), bits("taken")
#: Lead bytes of katakana in UTF-8, and those behind them.
_KATAKANA = ((0xE3, 0x82, 0x83), (0xEF, 0xBD, 0xBE))


@kt.compiled
def read(hits: Any, begin: Any, end: Any, words: Any, asked: Any, table: Any, matchers: Any, meanings: Any, sheet: Any) -> Any:
    """Read a post from its hits. `table`: the matcher of its language; `sheet`: with the post's words and base counted. False: a post for
    the reference."""
    if end - begin > MOST_HITS or sheet.counts[WORDS] > MOST_WORDS:
        return False
    sheet.counts[SCALE] = meanings.scales[table]
    _lay_out(words, asked, sheet)
    _sort_out(hits, begin, end, words, table, matchers, meanings, sheet)
    if sheet.counts[TOLD]:
        _explain(sheet)
    _sort_cues(sheet)
    _take_cues(words, sheet)
    _name_products(meanings, sheet)
    sheet.counts[WISHED] = _wished_from(words, sheet) if sheet.counts[ROLES] & _WISH else np.int64(-1)
    for sentence in range(sheet.counts[SENTENCES]):
        sheet.sentences[sentence + 1, ASKS_FROM] = _asks_from(words, sheet, sentence)
    if sheet.counts[ROLES] & _SET_ASIDE:
        _set_aside(sheet)
    return True


@kt.compiled
def _lay_out(words: Any, asked: Any, sheet: Any) -> None:
    """Rows for the sentences, and clean words."""
    base, count = sheet.counts[BASE], sheet.counts[WORDS]
    sheet.covered[:count], sheet.marks[:count] = 0, 0
    last = np.int64(words[base + count - 1, 2]) if count else np.int64(-1)
    sheet.sentences[: last + 5] = 0
    before = np.int64(-1)
    for word in range(count):
        own = np.int64(words[base + word, 2])
        if own != before:
            sheet.sentences[own + 1, START], sheet.sentences[own + 1, MARKED] = word, asked[base + own] != 0
            before = own
    sheet.counts[SENTENCES] = last + 1
    for kind in (CUES, TOLD, PRODUCTS, RULES, TIMES, PURPOSES, ROLES):
        sheet.counts[kind] = 0


@kt.inlined
def _put(rows: Any, kind: Any, counts: Any, first: Any, last: Any, what: Any) -> None:
    at = counts[kind]
    rows[at, FIRST], rows[at, LAST], rows[at, WHAT] = first, last, what
    counts[kind] = at + 1


@kt.compiled
def _sort_out(hits: Any, begin: Any, end: Any, words: Any, table: Any, matchers: Any, meanings: Any, sheet: Any) -> None:
    """Put every hit where it belongs."""
    counts = sheet.counts
    for at in range(begin, end):
        one = hits[at]
        named = one >> PRODUCT_BIT
        row = matchers[NAMED if named else table, 2] + (one & _MEANING)
        first = (one >> (LAST_BITS + MEANING_BITS)) & _WORD
        last = first + ((one >> MEANING_BITS) & _LENGTH)
        kind, value = meanings.rows[row, KIND], meanings.rows[row, VALUE]
        if kind == CUE:
            if value != _MASK or clause(words, sheet, first) == clause(words, sheet, last - 1):
                if value & _EXPLAINING:
                    _put(sheet.told, TOLD, counts, first, last, -1 - value)
                else:
                    _put(sheet.cues, CUES, counts, first, last, value)
        elif kind == SYMPTOM:
            _put(sheet.told, TOLD, counts, first, last, value)
        elif kind == SIGN:
            _put(sheet.rules, RULES, counts, first, last, value)
        else:
            _take_name(kind, row, at, first, last, words, meanings, sheet)


@kt.compiled
def _take_name(kind: Any, row: Any, hit: Any, first: Any, last: Any, words: Any, meanings: Any, sheet: Any) -> None:
    """A product, somebody else's medicine, a lay word, or a word for time."""
    counts = sheet.counts
    if kind == LAY_WORD:
        for word in range(first, last):
            sheet.marks[word] |= LAY
    elif kind == OF_OTHERS:
        _put(sheet.cues, CUES, counts, first, last, np.int64(_DRUG))
    elif kind == PRODUCT:
        sheet.products[counts[PRODUCTS], RANK] = meanings.rows[row, VALUE]
        _put(sheet.products, PRODUCTS, counts, first, last, row)
    else:
        sheet.times[counts[TIMES], HIT] = hit
        begin = first if meanings.rows[row, NOW] else first - 1
        _put(sheet.times, TIMES, counts, first, begin, sentence_of(words, sheet, first))
    if kind in (OF_OTHERS, PRODUCT) and meanings.rows[row, PURPOSES_END] > meanings.rows[row, PURPOSES_AT]:
        sheet.purposes[counts[PURPOSES]] = row
        counts[PURPOSES] += 1


@kt.inlined
def _before(rows: Any, at: Any, first: Any, last: Any, what: Any) -> Any:
    """Whether row `at` of what is told is looked at before another: longer ones first, masks before symptoms, then in order."""
    length, other = rows[at, LAST] - rows[at, FIRST], last - first
    if length != other:
        return length > other
    if (rows[at, WHAT] >= 0) != (what >= 0):
        return what >= 0
    return rows[at, FIRST] <= first


@kt.compiled
def _explain(sheet: Any) -> None:
    """Longest first; what stands within it is no symptom, and no cue beside it. Leaves the symptoms in `told`, in order."""
    rows, counts, covered = sheet.told, sheet.counts, sheet.covered
    for at in range(1, counts[TOLD]):
        first, last, what, to = rows[at, FIRST], rows[at, LAST], rows[at, WHAT], at
        while to > 0 and not _before(rows, to - 1, first, last, what):
            rows[to, FIRST], rows[to, LAST], rows[to, WHAT] = rows[to - 1, FIRST], rows[to - 1, LAST], rows[to - 1, WHAT]
            to -= 1
        rows[to, FIRST], rows[to, LAST], rows[to, WHAT] = first, last, what
    for number in range(counts[TOLD]):
        free = True
        for word in range(rows[number, FIRST], rows[number, LAST]):
            free &= covered[word] == 0
        rows[number, RANK] = free
        for word in range(rows[number, FIRST], rows[number, LAST] if free else rows[number, FIRST]):
            covered[word] = number + 1
    _drop_explained(sheet)
    _keep_told(sheet)


@kt.inlined
def _explained(sheet: Any, first: Any, last: Any, role: Any) -> Any:
    number = sheet.covered[first]
    if number == 0 or sheet.covered[last - 1] != number:
        return False
    by = number - 1
    if sheet.told[by, WHAT] < 0:
        return role != _DRUG
    if role == _DRUG and first > sheet.told[by, FIRST]:
        return False  # the medicine amid the words of a symptom ("does not tolerate the pills")
    return sheet.told[by, FIRST] != first or sheet.told[by, LAST] != last


@kt.compiled
def _drop_explained(sheet: Any) -> None:
    cues, counts, kept = sheet.cues, sheet.counts, np.int64(0)
    for at in range(counts[CUES]):
        first, last, role = cues[at, FIRST], cues[at, LAST], cues[at, WHAT]
        if role == _NEGATION and sheet.covered[first]:
            sheet.marks[sheet.told[sheet.covered[first] - 1, FIRST]] |= DENIES
        if not _explained(sheet, first, last, role):
            cues[kept, FIRST], cues[kept, LAST], cues[kept, WHAT] = first, last, role
            kept += 1
    counts[CUES] = kept


@kt.compiled
def _keep_told(sheet: Any) -> None:
    """Of what is told keep the symptoms that stand free, in order; the masks become cues."""
    rows, counts, kept = sheet.told, sheet.counts, np.int64(0)
    for at in range(counts[TOLD]):
        first, last, what = rows[at, FIRST], rows[at, LAST], rows[at, WHAT]
        if rows[at, RANK] and what < 0:
            _put(sheet.cues, CUES, counts, first, last, -1 - what)
        elif rows[at, RANK]:
            to = kept
            while to > 0 and rows[to - 1, FIRST] > first:
                rows[to, FIRST], rows[to, LAST], rows[to, WHAT] = rows[to - 1, FIRST], rows[to - 1, LAST], rows[to - 1, WHAT]
                to -= 1
            rows[to, FIRST], rows[to, LAST], rows[to, WHAT] = first, last, what
            kept += 1
    counts[TOLD] = kept


@kt.compiled
def _sort_cues(sheet: Any) -> None:
    """By first word, then last; those of the same words stay as they came."""
    rows = sheet.cues
    for at in range(1, sheet.counts[CUES]):
        first, last, what, to = rows[at, FIRST], rows[at, LAST], rows[at, WHAT], at
        while to > 0 and (rows[to - 1, FIRST] > first or (rows[to - 1, FIRST] == first and rows[to - 1, LAST] > last)):
            rows[to, FIRST], rows[to, LAST], rows[to, WHAT] = rows[to - 1, FIRST], rows[to - 1, LAST], rows[to - 1, WHAT]
            to -= 1
        rows[to, FIRST], rows[to, LAST], rows[to, WHAT] = first, last, what


@kt.compiled
def _take_cues(words: Any, sheet: Any) -> None:
    """Cues and symptoms by sentence, and which sentences ask."""
    counts, sentences, row = sheet.counts, sheet.sentences, np.int64(0)
    for at in range(counts[CUES]):
        own = sentence_of(words, sheet, sheet.cues[at, FIRST]) + 1
        while row < own:
            row += 1
            sentences[row, CUES_AT] = at
        sentences[own, SAID] |= sheet.cues[at, WHAT]
        counts[ROLES] |= sheet.cues[at, WHAT]
    while row < counts[SENTENCES] + 3:
        row += 1
        sentences[row, CUES_AT] = counts[CUES]
    for at in range(counts[TOLD]):
        sentences[sentence_of(words, sheet, sheet.told[at, FIRST]) + 1, SYMPTOMS] += 1
    for sentence in range(counts[SENTENCES]):
        sentences[sentence + 1, ASKS] = sentences[sentence + 1, MARKED] or _opens_as_question(sheet, sentence)


@kt.compiled
def _opens_as_question(sheet: Any, sentence: Any) -> Any:
    """Whether the first word of a question in a sentence is its first word."""
    if sheet.sentences[sentence + 1, SAID] & QUESTION:
        first, last = cues_of(sheet, sentence)
        for at in range(first, last):
            if sheet.cues[at, WHAT] & QUESTION:
                return sheet.cues[at, FIRST] == sheet.sentences[sentence + 1, START]
    return False


@kt.compiled
def _asks_from(words: Any, sheet: Any, sentence: Any) -> Any:
    """The word from which a sentence asks: where a question with its mark opens behind a comma, else its first."""
    start = sheet.sentences[sentence + 1, START]
    if sheet.sentences[sentence + 1, SAID] & _OPENING and sheet.sentences[sentence + 1, MARKED]:
        begin, end = cues_of(sheet, sentence)
        for at in range(begin, end):
            if sheet.cues[at, WHAT] & _OPENING:
                opens = first = sheet.cues[at, FIRST]
                while opens > start and clause(words, sheet, opens - 1) == clause(words, sheet, opens):
                    opens -= 1
                if sheet.cues[at, WHAT] & _ASKING or first - opens < 2:
                    return opens if opens - start >= FEWEST_TOLD and _tells(sheet, sentence, start, opens) else start
    return start


@kt.compiled
def _tells(sheet: Any, sentence: Any, start: Any, end: Any) -> Any:
    """Whether the words start..end-1 of a sentence are a telling."""
    used = _spoken_of(sheet, end) or begins_within(sheet, np.int64(_SUSPECTED), sentence, end, sheet.counts[WORDS])
    told = used and begins_within(sheet, np.int64(_TELLING), sentence, start, end)
    return told and not begins_within(sheet, np.int64(_SUPPOSING), sentence, start, end)


@kt.compiled
def _spoken_of(sheet: Any, end: Any) -> Any:
    """Whether a medicine is spoken of before a word of the post."""
    for at in range(sheet.counts[PRODUCTS]):
        if sheet.products[at, FIRST] < end:
            return True
    for at in range(sheet.counts[CUES]):
        if sheet.cues[at, WHAT] & _USING and sheet.cues[at, FIRST] < end:
            return True
    return False


@kt.compiled
def _wished_from(words: Any, sheet: Any) -> Any:
    """The word from which somebody asks whether to take a medicine that nobody spoke of before or in another clause, else -1."""
    wished, again = np.int64(-1), False
    for at in range(sheet.counts[CUES]):
        if sheet.cues[at, WHAT] & _WISH and wished < 0:
            wished = sheet.cues[at, FIRST]
    for at in range(sheet.counts[CUES]):
        again |= (sheet.cues[at, WHAT] & _TAKEN) != 0 and sheet.cues[at, FIRST] == wished
        again |= (sheet.cues[at, WHAT] & _TAKING) != 0 and clause(words, sheet, sheet.cues[at, FIRST]) != clause(words, sheet, wished)
    return np.int64(-1) if again or sheet.counts[ROLES] & _SUSPECTED or _spoken_of(sheet, wished) else wished


@kt.inlined
def _named_before(rows: Any, at: Any, first: Any, last: Any, rank: Any) -> Any:
    if rows[at, FIRST] != first:
        return rows[at, FIRST] < first
    if rows[at, LAST] != last:
        return rows[at, LAST] > last
    return rows[at, RANK] <= rank


@kt.compiled
def _name_products(meanings: Any, sheet: Any) -> None:
    """The longest names, and those that are common words too only beside another sign of a medicine."""
    if sheet.counts[PRODUCTS] > 1:
        _longest(sheet)
    sure = (sheet.counts[ROLES] & _DRUG) != 0
    for at in range(sheet.counts[PRODUCTS]):
        sure |= meanings.rows[sheet.products[at, WHAT], AMBIGUOUS] == 0
    if not sure:
        sheet.counts[PRODUCTS] = 0


@kt.compiled
def _longest(sheet: Any) -> None:
    """Products by their first word, the longest of those that begin together; of one inside another only the outer."""
    rows, counts = sheet.products, sheet.counts
    for at in range(1, counts[PRODUCTS]):
        first, last, what, rank, to = rows[at, FIRST], rows[at, LAST], rows[at, WHAT], rows[at, RANK], at
        while to > 0 and not _named_before(rows, to - 1, first, last, rank):
            for column in range(4):
                rows[to, column] = rows[to - 1, column]
            to -= 1
        rows[to, FIRST], rows[to, LAST], rows[to, WHAT], rows[to, RANK] = first, last, what, rank
    kept = np.int64(0)
    for at in range(counts[PRODUCTS]):
        first, last = rows[at, FIRST], rows[at, LAST]
        if kept == 0 or first >= rows[kept - 1, LAST] or (first == rows[kept - 1, FIRST] and last == rows[kept - 1, LAST]):
            for column in range(4):
                rows[kept, column] = rows[at, column]
            kept += 1
    counts[PRODUCTS] = kept


@kt.compiled
def _set_aside(sheet: Any) -> None:
    """Drop the signs that are part of a turn of speech ("thanks for nothing" is no praise)."""
    cues, rows, counts, kept = sheet.cues, sheet.rules, sheet.counts, np.int64(0)
    for at in range(counts[CUES]):
        if cues[at, WHAT] & _SET_ASIDE:
            for word in range(cues[at, FIRST], cues[at, LAST]):
                sheet.marks[word] |= TURNED
    for at in range(counts[RULES]):
        free = True
        for word in range(rows[at, FIRST], rows[at, LAST]):
            free &= (sheet.marks[word] & TURNED) == 0
        if free:
            rows[kept, FIRST], rows[kept, LAST], rows[kept, WHAT] = rows[at, FIRST], rows[at, LAST], rows[at, WHAT]
            kept += 1
    counts[RULES] = kept


@kt.compiled
def may_hold_katakana(data: Any, begin: Any, end: Any) -> Any:
    """Whether a post may hold katakana, where a name may be but a part of a longer word."""
    for p in range(begin, end - 1):
        for lead, one, other in _KATAKANA:
            if data[p] == lead and (data[p + 1] == one or data[p + 1] == other):
                return True
    return False
