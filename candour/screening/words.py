"""A folded post cut into words, with the sentence and clause each word stands in.

A word is a run of letters, marks and digits ([\\pL\\pM\\pN]), or one character of a script that sets no blanks, or an emoji that tells a
symptom; everything else is a border. Hashtags are split at capitals and, where they
begin with a known product name, behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from candour.screening.normalise import MARKS, Folded, fold
from candour.screening.scripts import WORD, one_script

_ASCII_WORD = re.compile("[a-z0-9]+")
_HASHTAG = re.compile(f"#((?:\\w|[{MARKS}])+)")
QUESTION_MARKS = "?？؟"
SENTENCE_MARKS = f"!\n\r。！…{QUESTION_MARKS}"
CLAUSE_MARKS = ',;:()[]–—/•|"、，；：¿¡'
#: A dot before one of these, a blank or the next word ends a sentence.
CLOSING = ".\"')]"
_SENTENCE_END = re.compile(rf"[{SENTENCE_MARKS}]|\.(?:\s|\Z|[{re.escape(CLOSING)}])")
OTHER, CAPITAL, SMALL, DIGIT = range(4)
#: Nobody means one sentence for longer; keeps the judgement of a post linear in its length.
LONGEST_SENTENCE = 120
_CLAUSE_END = re.compile(rf"[{re.escape(CLAUSE_MARKS)}]|\s-|-\s")


@dataclass(slots=True)
class Words:
    """Words of one post in order; offsets are those of the text as received."""

    text: str
    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    clause: list[int] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)
    sentence_starts: dict[int, int] = field(default_factory=dict)
    #: Whether there may be somebody's age in the text.
    ages: bool = True

    def word(self, at: int) -> str:
        """One word, folded."""
        return self.words[at]

    def stretch(self, first: int, last: int) -> tuple[int, int]:
        """Start and end of the words first..last-1 in the text as received."""
        return self.starts[first], self.ends[last - 1]


def cut(text: str, known_prefix: Callable[[str], int] = lambda word: 0) -> Words:
    """Cut a post. `known_prefix(word)` says how many characters of a hashtag are a product name (0: none)."""
    folded = fold(text)
    found = Words(text)
    pieces = _pieces(folded)
    if "#" in folded.text:
        pieces = _split_hashtags(text, folded, pieces, known_prefix)
    _number(folded, pieces, found)
    return found


def _pieces(folded: Folded) -> list[tuple[int, int]]:
    pattern = _ASCII_WORD if folded.text.isascii() else WORD
    return [match.span() for match in pattern.finditer(folded.text)]


def _split_hashtags(text: str, folded: Folded, pieces: list[tuple[int, int]], known_prefix: Callable[[str], int]) -> list[tuple[int, int]]:
    tags = {start for match in _HASHTAG.finditer(folded.text) for start in range(*match.span())}
    out: list[tuple[int, int]] = []
    for start, end in pieces:
        out.extend(_split_tag(text, folded, start, end, known_prefix) if start in tags else [(start, end)])
    return out


def _split_tag(text: str, folded: Folded, start: int, end: int, known_prefix: Callable[[str], int]) -> list[tuple[int, int]]:
    known = known_prefix(folded.text[start:end])
    if 0 < known < end - start:
        return [(start, start + known), *_split_tag(text, folded, start + known, end, lambda word: 0)]
    kinds = [letter_kind(text[slice(*folded.original(at, at + 1))]) for at in range(start, end)]
    inner = [start + at for at, (one, other) in enumerate(pairwise(kinds), 1) if _parted(one, other)]
    return list(pairwise([start, *inner, end]))


def _parted(one: int, other: int) -> bool:
    """Whether a hashtag is parted between two kinds of letters: before a capital, before and behind digits."""
    return (one, other) == (SMALL, CAPITAL) or (one == DIGIT) != (other == DIGIT)


def letter_kind(written: str) -> int:
    """OTHER, CAPITAL, SMALL or DIGIT: a character as written (marks put on it)."""
    letter = unicodedata.normalize("NFC", written)[:1]
    return CAPITAL if letter.isupper() else SMALL if letter.islower() else DIGIT if letter.isdigit() else OTHER


def _number(folded: Folded, pieces: list[tuple[int, int]], found: Words) -> None:
    text, sentence, clause, before = folded.text, 0, 0, 0
    for start, end in pieces:
        gap = text[before:start]
        if gap != " " and before:
            sentence, clause = _borders(gap, sentence, clause, found)
        if len(found.words) - found.sentence_starts.setdefault(sentence, len(found.words)) >= LONGEST_SENTENCE:
            sentence, clause = sentence + 1, clause + 1
            found.sentence_starts[sentence] = len(found.words)
        original = folded.original(start, end)
        found.words.append(one_script(text[start:end]))
        found.starts.append(original[0])
        found.ends.append(original[1])
        found.sentence.append(sentence)
        found.clause.append(clause)
        before = end
    if _asks(text[before:]):
        found.asked.add(sentence)


def _borders(gap: str, sentence: int, clause: int, found: Words) -> tuple[int, int]:
    if _SENTENCE_END.search(gap):
        if _asks(gap):
            found.asked.add(sentence)
        return sentence + 1, clause + 1
    if _CLAUSE_END.search(gap):
        return sentence, clause + 1
    return sentence, clause


def _asks(gap: str) -> bool:
    return any(mark in gap for mark in QUESTION_MARKS)


def fold_words(text: str) -> tuple[str, ...]:
    """The words of a dictionary term, folded and cut as a post is."""
    folded = fold(text)
    return tuple(one_script(folded.text[a:b]) for a, b in _pieces(folded))
