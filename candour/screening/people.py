"""Who the post speaks of: the words that name a patient."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from candour.core.terms import Span
from candour.screening.reading import Reading

_AGE = re.compile(r"\((1?\d?\d)\)|(?<![\d.,])(1?\d?\d)[ -]?(?:jährig\w*|jahre|year|yr|yo\b)")
_MOST = 4


def patient_spans(reading: Reading, text: str) -> tuple[Span, ...]:
    """Words for the patient: another person where one is named, else the author; an age beside it."""
    others = list(reading.anywhere("other"))
    hits = others or islice(reading.anywhere("self"), 1)
    return spans_of([reading.words.stretch(hit.first, hit.last) for hit in hits], bool(others), reading.words.ages, text)


def spans_of(places: Sequence[Sequence[int]], others: bool | int, aged: bool, text: str) -> tuple[Span, ...]:
    """The same from where the words for other persons stand (`others`), or those for the author. `aged`: whether an age may be told."""
    if others:
        named = [Span(start, end, text[start:end], "Another person") for start, end in _longest(places)]
    else:
        named = [Span(start, end, text[start:end], "The author") for start, end in places]
    return tuple((named + (ages(text) if aged else []))[:_MOST])


def _longest(places: Sequence[Sequence[int]]) -> list[Sequence[int]]:
    """Start and end of the first places, the longest of several that begin together."""
    kept: list[Sequence[int]] = []
    for place in sorted(places, key=lambda place: (place[0], -place[1])):
        if not kept or place[0] >= kept[-1][1]:
            kept.append(place)
    return kept[:_MOST]


def ages(text: str) -> list[Span]:
    """Ages told in a post."""
    return [Span(*match.span(), match.group(), "Age") for match in _AGE.finditer(text)]
