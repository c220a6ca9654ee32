"""Who the post speaks of: the words that name a patient."""

from __future__ import annotations

import re

from candour.core.terms import Span
from candour.screening.duties import span
from candour.screening.reading import Reading

_AGE = re.compile(r"\((1?\d?\d)\)|(?<![\d.,])(1?\d?\d)[ -]?(?:jährig\w*|jahre|year|yr|yo\b)")
_MOST = 4


def patient_spans(reading: Reading, text: str) -> tuple[Span, ...]:
    """Words for the patient: another person where one is named, else the author; an age beside it."""
    others = [span(reading, hit, "Another person") for hit in reading.anywhere("other")]
    if others:
        return tuple((_longest(others) + _ages(reading, text))[:_MOST])
    selves = [span(reading, hit, "The author") for hit in reading.anywhere("self")]
    return tuple((selves[:1] + _ages(reading, text))[:_MOST])


def _ages(reading: Reading, text: str) -> list[Span]:
    return ages(text) if reading.words.ages else []


def _longest(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for one in sorted(spans, key=lambda s: (s.start, -s.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def ages(text: str) -> list[Span]:
    """Ages told in a post."""
    return [Span(*match.span(), match.group(), "Age") for match in _AGE.finditer(text)]
