"""Screening kernel: the sheet one post is read on before it is judged, and what is asked of it.

Cues are known by their bit (`reading.bits`), so that one look asks for several roles. Rows of `sentences` begin with that of sentence -1,
which is empty, as is the one behind the last: nobody need ask whether there is a sentence before or behind.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.screening import kernel_text as kt
from candour.screening.reading import bits

#: A post with more hits or words is left to the reference.
MOST_HITS, MOST_WORDS = 1024, 4096
#: Rows for its hits: what is told may become cues besides.
_ROOM = 2 * MOST_HITS + 8
#: Columns of what stands in a post: first word, the one behind the last, and what it is (the bit of a cue, the number of a concept).
FIRST, LAST, WHAT = range(3)
#: Of a product besides: its place among all names in order. Of a word for time: its number among the hits; its LAST is the word a stretch
#: of time begins with, its WHAT the sentence.
RANK = HIT = 3
#: Columns of a sentence: the first of its cues, their bits, its first word, whether it asks, how many symptoms it has, whether a mark
#: asks, and the word from which it asks.
CUES_AT, SAID, START, ASKS, SYMPTOMS, MARKED, ASKS_FROM = range(7)
#: Marks on words: a symptom begins that denies something itself; a lay word for what a product is for; a word of a turn of speech.
DENIES, LAY, TURNED = 1, 2, 4
#: Columns of a word, as `Out.words` has them.
SENTENCE, CLAUSE = 2, 3
#: Of the counts of a post. WISHED: the word from which somebody asks whether to take a medicine nobody spoke of before, else -1.
CUES, TOLD, PRODUCTS, RULES, TIMES, PURPOSES, SENTENCES, WORDS, BASE, ROLES, SCALE, WISHED, COUNTS = range(13)
QUESTION = bits("question")


class Sheet(NamedTuple):
    """Where one post is read; every post overwrites the last. Rows are as the columns above say; `uses`: words; `days`: of every hit that
    is a stretch of time how long it is, NaN for none; empty where they were not read."""

    counts: NDArray[np.int64]
    cues: NDArray[np.int64]
    told: NDArray[np.int64]
    products: NDArray[np.int64]
    rules: NDArray[np.int64]
    times: NDArray[np.int64]
    purposes: NDArray[np.int64]
    sentences: NDArray[np.int64]
    covered: NDArray[np.int64]
    marks: NDArray[np.int64]
    uses: NDArray[np.int64]
    days: NDArray[np.float64]


def sheet(days: NDArray[np.float64]) -> Sheet:
    """An empty sheet."""
    cues, told, products, rules, times = (np.zeros((_ROOM, 4), np.int64) for _ in range(5))
    covered, marks = (np.zeros(MOST_WORDS + 8, np.int64) for _ in range(2))
    purposes, uses = (np.zeros(_ROOM, np.int64) for _ in range(2))
    counts, sentences = np.zeros(COUNTS, np.int64), np.zeros((MOST_WORDS + 8, ASKS_FROM + 1), np.int64)
    return Sheet(counts, cues, told, products, rules, times, purposes, sentences, covered, marks, uses, days)


@kt.inlined
def said(sheet: Any, sentence: Any) -> Any:
    """Bits of the cues of a sentence."""
    return sheet.sentences[sentence + 1, SAID]


@kt.inlined
def cues_of(sheet: Any, sentence: Any) -> Any:
    """The first of a sentence's cues, and the one behind the last."""
    return sheet.sentences[sentence + 1, CUES_AT], sheet.sentences[sentence + 2, CUES_AT]


@kt.inlined
def clause(words: Any, sheet: Any, word: Any) -> Any:
    """The clause of a word."""
    return np.int64(words[sheet.counts[BASE] + word, CLAUSE])


@kt.inlined
def sentence_of(words: Any, sheet: Any, word: Any) -> Any:
    """The sentence of a word."""
    return np.int64(words[sheet.counts[BASE] + word, SENTENCE])


@kt.inlined
def start_of(sheet: Any, sentence: Any) -> Any:
    """The first word of a sentence."""
    return sheet.sentences[sentence + 1, START]


@kt.inlined
def begins_within(sheet: Any, role: Any, sentence: Any, start: Any, end: Any) -> Any:
    """Whether a cue of these roles begins in start..end-1."""
    first, last = cues_of(sheet, sentence)
    for at in range(first, last):
        if sheet.cues[at, WHAT] & role and start <= sheet.cues[at, FIRST] < end:
            return True
    return False


@kt.compiled
def product_in(words: Any, sheet: Any, sentence: Any) -> Any:
    """Whether a product is named in a sentence."""
    for at in range(sheet.counts[PRODUCTS]):
        if sentence_of(words, sheet, sheet.products[at, FIRST]) == sentence:
            return True
    return False


@kt.compiled
def nearest_product(sheet: Any, first: Any, last: Any) -> Any:
    """The product fewest words away, of two as near the earlier, of the three around a hit; -1 for none."""
    count, at = sheet.counts[PRODUCTS], np.int64(0)
    while at < count and sheet.products[at, FIRST] < first:
        at += 1
    best, least = np.int64(-1), np.int64(0)
    for near in range(max(np.int64(0), at - 1), min(count, at + 2)):
        away = max(first - sheet.products[near, LAST], sheet.products[near, FIRST] - last)
        if best < 0 or away < least:
            best, least = np.int64(near), away
    return best
