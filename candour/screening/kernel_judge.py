"""Screening kernel: what the posts of a batch that woke come to, as rows of what is told, of signs that open a duty, and of products.

It gives what `reading.read`, `adverse.told` and `duties.rule_findings` give, before a word of it is put down; a post that asks for more
than stands here (words of numbers, katakana, a very long post) is marked for the reference. Tests hold both together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from candour.screening import kernel_text as kt
from candour.screening.adverse import WEIGHED
from candour.screening.duties import (
    ASKED_AFTER_PRODUCT,
    ASKED_OF_PRODUCT,
    HIGHEST,
    OFFER_LIFT,
    SECOND_SIGN,
    SHORTEST_QUESTION,
    WITHOUT_NEED,
)
from candour.screening.judged_rows import (
    AWAY,
    BY_DAYS,
    BY_REFERENCE,
    BY_ROWS,
    CONCEPT,
    DISTANCE,
    END_AT,
    FAR,
    HEARD_ALONE,
    JUDGE,
    MEANING,
    OF_DUTY,
    OF_MEDICINE,
    OF_OTHER,
    OF_SIGN,
    PATIENT_AT,
    POST_COLUMNS,
    PRODUCT_COLUMNS,
    PRODUCTS_AT,
    RULE_MEDICINE,
    SAID_OF,
    SEEN,
    SENTENCE,
    SIGN_COLUMNS,
    SIGNS_AT,
    START_AT,
    TOLD_AT,
    TOLD_COLUMNS,
    Judged,
)
from candour.screening.kernel_phrases import PRODUCT_BIT
from candour.screening.kernel_reading import may_hold_katakana, read
from candour.screening.kernel_sheet import (
    ASKS,
    BASE,
    CUES,
    FIRST,
    LAST,
    MARKED,
    PRODUCTS,
    ROLES,
    RULES,
    SAID,
    SENTENCES,
    START,
    TOLD,
    WHAT,
    WORDS,
    nearest_product,
    product_in,
    sentence_of,
    sheet,
)
from candour.screening.kernel_start import ready
from candour.screening.kernel_told import READ_ON, all_said, fill_lights, lights, negated
from candour.screening.meaning_tables import (
    ALSO,
    DUTIES,
    DUTY,
    NEEDS_MEDICINE,
    NEEDS_PERSON,
    NEGATABLE,
    NO_DUTY,
    NO_MEDICAL,
    OWN,
    QUESTION,
    REPORTED,
    SETTINGS,
)
from candour.screening.reading import bits
from candour.screening.result import QUEUE_THRESHOLD

_OTHER, _SELF, _DRUG, _OFFER, _NOTICE = bits("other"), bits("self"), bits("drug"), bits("offer"), bits("notice")
_MEDICINE, _USED, _SET_ASIDE = bits("drug", "taken", "anchor"), bits("use", "drug"), bits("set_aside")
_BLAMING, _ASKING = (bits("strong_experience"), bits("blame")), bits("question", "asking")
_MIR, _PRAISE, _COMPLAINT, _PRIVACY = (DUTIES.index(duty) for duty in ("MIR", "PRAISE", "COMPLAINT", "PRIVACY"))


def judge(
    data: Any, offsets: Any, awake: NDArray[np.int64], out: Any, table_of: Any, phrases: Any, meanings: Any, days: NDArray[np.float64]
) -> Judged:
    """Judge the posts `awake` of a batch that `scan` read into `out`. `table_of`: the matcher of each language by number; `days`: as in
    `Sheet`, for every hit of the batch or for none."""
    hits, words = int(out.hit_at[-1]), int(out.word_at[-1])
    judged = Judged(
        np.zeros((len(awake) + 1, POST_COLUMNS), np.int64),
        np.empty((2 * hits + 8, TOLD_COLUMNS), np.int64),
        np.empty((2 * hits + words + 8, SIGN_COLUMNS), np.int64),
        np.empty(2 * hits + words + 8, np.float64),
        np.empty((hits + 8, PRODUCT_COLUMNS), np.int64),
        np.empty((hits + 8, 2), np.int64),
    )
    work = sheet(days), (np.zeros(len(DUTIES), np.float64), np.zeros(len(DUTIES), np.int64))
    arguments = (data, offsets, awake, out, table_of, phrases.matchers, meanings, judged, work)
    ready(_judge, arguments)
    _judge(*arguments)
    return judged


@kt.compiled
def _judge(data: Any, offsets: Any, awake: Any, out: Any, table_of: Any, matchers: Any, meanings: Any, judged: Any, work: Any) -> None:
    page, by_duty = work
    ends = (np.int64(0), np.int64(0), np.int64(0), np.int64(0))
    for at in range(awake.shape[0]):
        post = awake[at]
        begin, end, table = out.hit_at[post], out.hit_at[post + 1], table_of[out.code[post]]
        page.counts[BASE], page.counts[WORDS] = out.word_at[post], out.word_at[post + 1] - 1 - out.word_at[post]
        _note(at, ends, judged.posts)
        known = table >= 0
        if known and end > begin and out.hits[end - 1] >> PRODUCT_BIT:  # a name: they stand last
            known = not may_hold_katakana(data, offsets[post], offsets[post + 1])
        if known:
            known = read(out.hits, begin, end, out.words, out.asked, table, matchers, meanings, page)
        judge_of, after = np.int64(BY_REFERENCE), ends
        if known:
            judge_of, after = _put_down(out.words, page, by_duty, meanings, judged, ends, out.strongest[post])
            _note_roles(at, page, judged.posts)
        judged.posts[at, JUDGE] = judge_of
        if judge_of == BY_ROWS:
            ends = after
    _note(awake.shape[0], ends, judged.posts)


@kt.inlined
def _note(at: Any, ends: Any, posts: Any) -> None:
    posts[at, TOLD_AT], posts[at, SIGNS_AT], posts[at, PRODUCTS_AT], posts[at, PATIENT_AT] = ends


@kt.inlined
def _note_roles(at: Any, page: Any, posts: Any) -> None:
    named = page.counts[PRODUCTS] > 0
    posts[at, OF_MEDICINE] = named or page.counts[ROLES] & _MEDICINE != 0
    posts[at, RULE_MEDICINE] = named or page.counts[ROLES] & _DRUG != 0
    posts[at, OF_OTHER] = page.counts[ROLES] & _OTHER != 0


@kt.compiled
def _put_down(words: Any, page: Any, by_duty: Any, meanings: Any, judged: Any, ends: Any, strongest: Any) -> Any:
    """All rows of a post behind those that end at `ends`. Returns who judges it, and where they end now."""
    told, signs, products, patient = ends
    signs = _put_signs(words, page, by_duty, meanings, judged, signs)
    if signs < 0:
        return np.int64(BY_REFERENCE), ends
    told = _put_told(words, page, meanings, judged.told, told)
    if told < 0:
        return np.int64(BY_DAYS), ends
    if told == ends[0] and strongest[1] > 0:
        _row_of_told(words, page, judged.told, told, np.int64(strongest[0]), np.int64(strongest[1]), np.int64(-1))
        judged.told[told, SEEN] = judged.told[told, SAID_OF] = HEARD_ALONE
        told += 1
    for at in range(page.counts[PRODUCTS]):
        _stretch(words, page, judged.products, products, page.products[at, FIRST], page.products[at, LAST])
        judged.products[products, MEANING] = page.products[at, WHAT]
        products += 1
    patient = _put_patient(words, page, judged.patient, patient)
    return np.int64(BY_ROWS), (told, signs, products, patient)


@kt.inlined
def _stretch(words: Any, page: Any, rows: Any, at: Any, first: Any, last: Any) -> None:
    rows[at, START_AT] = words[page.counts[BASE] + first, 0]
    rows[at, END_AT] = words[page.counts[BASE] + last - 1, 1]


@kt.compiled
def _put_patient(words: Any, page: Any, rows: Any, n: Any) -> Any:
    """Words for other persons, or the first for the author."""
    asked = _OTHER if page.counts[ROLES] & _OTHER else _SELF
    if page.counts[ROLES] & asked:
        for at in range(page.counts[CUES]):
            if page.cues[at, WHAT] & asked:
                _stretch(words, page, rows, n, page.cues[at, FIRST], page.cues[at, LAST])
                n += 1
                if asked == _SELF:
                    break
    return n


@kt.compiled
def _put_told(words: Any, page: Any, meanings: Any, rows: Any, n: Any) -> Any:
    """What is told; -1 where stretches of time must be read first."""
    count = page.counts[TOLD]
    if count == 0:
        return _put_unnamed(words, page, meanings, rows, n)
    if not fill_lights(words, page, meanings, rows[n : n + count, SEEN], rows[n : n + count, SAID_OF]):
        return np.int64(-1)
    for at in range(count):
        _row_of_told(words, page, rows, n + at, page.told[at, FIRST], page.told[at, LAST], page.told[at, WHAT])
    return n + count


@kt.compiled
def _put_unnamed(words: Any, page: Any, meanings: Any, rows: Any, n: Any) -> Any:
    """Reactions that somebody suffered or blames on a medicine, and we have no name for."""
    named = page.counts[PRODUCTS] > 0 or page.counts[ROLES] & _USED
    for role in _BLAMING:
        if named and page.counts[ROLES] & role:
            for at in range(page.counts[CUES]):
                if page.cues[at, WHAT] & role:
                    first, last = page.cues[at, FIRST], page.cues[at, LAST]
                    rows[n, SAID_OF] = all_said(words, page, first)
                    rows[n, SEEN] = lights(words, page, meanings, first, last, np.int64(-1), rows[n, SAID_OF], True)
                    if rows[n, SEEN] == READ_ON:
                        return np.int64(-1)
                    _row_of_told(words, page, rows, n, first, last, np.int64(-1))
                    n += 1
    return n


@kt.compiled
def _row_of_told(words: Any, page: Any, rows: Any, n: Any, first: Any, last: Any, concept: Any) -> None:
    _stretch(words, page, rows, n, first, last)
    rows[n, SAID_OF] &= WEIGHED  # the same rows come again and again
    rows[n, CONCEPT], rows[n, SENTENCE] = concept, sentence_of(words, page, first)
    near = nearest_product(page, first, last)
    if near < 0:
        rows[n, DISTANCE] = FAR
    elif page.products[near, FIRST] < first:
        rows[n, DISTANCE] = first - page.products[near, LAST]
    else:
        rows[n, DISTANCE] = last - page.products[near, FIRST]


@kt.compiled
def _put_signs(words: Any, page: Any, by_duty: Any, meanings: Any, judged: Any, begin: Any) -> Any:
    """Signs of the duties that their scores may open; -1 where the reference must look."""
    best, counts = by_duty
    best[:], counts[:] = 0.0, 0
    n = begin
    for at in range(page.counts[RULES]):
        sign, first, last = page.rules[at, WHAT], page.rules[at, FIRST], page.rules[at, LAST]
        if meanings.signs[sign, DUTY] == _PRIVACY:
            return np.int64(-1)
        score = _score(words, page, meanings, sign, first, last)
        if score != 0.0:
            n = _put_sign(words, page, by_duty, judged, n, first, last, sign, meanings.signs[sign, DUTY], score)
            also = meanings.signs[sign, ALSO]
            if also != NO_DUTY and not _asks(words, page, first):
                n = _put_sign(words, page, by_duty, judged, n, first, last, sign, also, score)
    n = _kept(begin, n, by_duty, meanings, judged)
    if page.counts[PRODUCTS] and counts[_MIR] == 0:
        n = _put_questions(words, page, meanings, judged, n)
    return n


@kt.inlined
def _asks(words: Any, page: Any, word: Any) -> Any:
    return page.sentences[sentence_of(words, page, word) + 1, ASKS]


@kt.compiled
def _put_sign(words: Any, page: Any, by_duty: Any, judged: Any, n: Any, first: Any, last: Any, sign: Any, duty: Any, score: Any) -> Any:
    best, counts = by_duty
    _stretch(words, page, judged.signs, n, first, last)
    judged.signs[n, OF_DUTY], judged.signs[n, OF_SIGN], judged.signs[n, AWAY], judged.scores[n] = duty, sign, FAR, score
    near = nearest_product(page, first, last) if sign >= 0 else np.int64(-1)
    if near >= 0:
        gap = max(first - page.products[near, LAST], page.products[near, FIRST] - last)
        if gap > 0:
            judged.signs[n, AWAY] = gap
    best[duty] = max(best[duty], score)
    counts[duty] += 1
    return n + 1


@kt.compiled
def _kept(begin: Any, end: Any, by_duty: Any, meanings: Any, judged: Any) -> Any:
    """Leave only the signs of duties that may be found."""
    best, counts = by_duty
    signs, n = judged.signs, begin
    for at in range(begin, end):
        duty = signs[at, OF_DUTY]
        if min(HIGHEST, best[duty] + SECOND_SIGN * (counts[duty] - 1)) >= meanings.thresholds[duty]:
            for column in range(SIGN_COLUMNS):
                signs[n, column] = signs[at, column]
            judged.scores[n] = judged.scores[at]
            n += 1
    return n


@kt.compiled
def _score(words: Any, page: Any, meanings: Any, sign: Any, first: Any, last: Any) -> Any:
    """What a sign counts for its duty as it stands in the post; 0 when it is taken back."""
    settings, score, roles = meanings.signs[sign, SETTINGS], meanings.scores[sign], page.counts[ROLES]
    if settings & QUESTION and not _asks(words, page, first):
        return 0.0
    if settings & NEGATABLE and negated(words, page, first, last, sentence_of(words, page, first)):
        return 0.0
    if settings & REPORTED and _announced(page, meanings):
        return 0.0
    if score < QUEUE_THRESHOLD and _of_the_offer(page, meanings.signs[sign, DUTY]):
        return score + OFFER_LIFT
    if settings & NEEDS_MEDICINE and page.counts[PRODUCTS] == 0 and roles & _DRUG == 0:
        return score * WITHOUT_NEED
    return score * WITHOUT_NEED if settings & NEEDS_PERSON and roles & (_SELF | _OTHER) == 0 else score


@kt.compiled
def _announced(page: Any, meanings: Any) -> Any:
    """Whether an authority, the press or an advert speaks of somebody else's medicine, and nobody of himself."""
    for at in range(page.counts[PRODUCTS]):
        if meanings.rows[page.products[at, WHAT], OWN]:
            return False
    return page.counts[ROLES] & _NOTICE != 0 and page.counts[ROLES] & _SELF == 0


@kt.inlined
def _of_the_offer(page: Any, duty: Any) -> Any:
    if duty == _PRAISE:
        return page.counts[ROLES] & _OFFER != 0 or page.counts[PRODUCTS] > 0
    return duty == _COMPLAINT and page.counts[ROLES] & _OFFER != 0


@kt.compiled
def _put_questions(words: Any, page: Any, meanings: Any, judged: Any, n: Any) -> Any:
    """Questions in a post that names a product, whatever they ask."""
    earliest = page.counts[SENTENCES]
    for at in range(page.counts[PRODUCTS]):
        earliest = min(earliest, sentence_of(words, page, page.products[at, FIRST]))
    for sentence in range(earliest, page.counts[SENTENCES]):
        row = page.sentences[sentence + 1]
        start = row[START]
        end = page.sentences[sentence + 2, START] if sentence + 1 < page.counts[SENTENCES] else page.counts[WORDS]
        if end - start < SHORTEST_QUESTION or row[MARKED] == 0 or row[SAID] & _SET_ASIDE or _is_anothers(words, page, meanings, sentence):
            continue
        if product_in(words, page, sentence):
            n = _question(words, page, judged, n, start, end, ASKED_OF_PRODUCT)
        elif row[SAID] & _ASKING:
            n = _question(words, page, judged, n, start, end, ASKED_AFTER_PRODUCT)
    return n


@kt.inlined
def _question(words: Any, page: Any, judged: Any, n: Any, start: Any, end: Any, score: Any) -> Any:
    _stretch(words, page, judged.signs, n, start, end)
    judged.signs[n, OF_DUTY], judged.signs[n, OF_SIGN], judged.signs[n, AWAY], judged.scores[n] = _MIR, -1, FAR, score
    return n + 1


@kt.compiled
def _is_anothers(words: Any, page: Any, meanings: Any, sentence: Any) -> Any:
    """Whether a question is that of another duty, by a sign that stands in it."""
    for at in range(page.counts[RULES]):
        if meanings.signs[page.rules[at, WHAT], SETTINGS] & NO_MEDICAL and sentence_of(words, page, page.rules[at, FIRST]) == sentence:
            return True
    return False
