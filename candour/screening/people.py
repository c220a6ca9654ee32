"""Who the post speaks of: the words that name a patient."""

from __future__ import annotations

import re
from itertools import islice

from candour.core.terms import Span
from candour.screening.duties import span
from candour.screening.matcher import Hit
from candour.screening.reading import Reading

_AGE = re.compile(r"\((1?\d?\d)\)|(?<![\d.,])(1?\d?\d)[ -]?(?:jährig\w*|jahre|year|yr|yo\b)")
_MOST = 4


def patient_spans(reading: Reading, text: str) -> tuple[Span, ...]:
    """Words for the patient: another person where one is named, else the author; an age beside it."""
    if others := list(reading.anywhere("other")):
        named = [Span(start, end, text[start:end], "Another person") for start, end in _longest(reading, others)]
    else:
        named = [span(reading, hit, "The author") for hit in islice(reading.anywhere("self"), 1)]
    return tuple((named + _ages(reading, text))[:_MOST])


def _ages(reading: Reading, text: str) -> list[Span]:
    return ages(text) if reading.words.ages else []


def _longest(reading: Reading, hits: list[Hit]) -> list[tuple[int, int]]:
    """Start and end of the first hits, the longest of several that begin together."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted((reading.words.stretch(hit.first, hit.last) for hit in hits), key=lambda place: (place[0], -place[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept[:_MOST]


def ages(text: str) -> list[Span]:
    """Ages told in a post."""
    return [Span(*match.span(), match.group(), "Age") for match in _AGE.finditer(text)]
