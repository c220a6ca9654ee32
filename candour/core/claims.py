"""Approved wordings found in a text: those that stand in it word for word, and sentences that come near one.

Word for word means the same letters in the same order, whatever the case and the white space between the words; never inside a word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

from candour.core.nearness import nearness
from candour.core.sentences import sentences
from candour.core.worddiff import Piece, word_diff
from candour.core.worddiff import words as split

#: A sentence is near a wording from this share of common words on; below it nothing is proposed.
NEAR = 0.55
#: Signs that end a sentence and belong to no wording.
_END = ".!?…。！？ "
#: Up to so many different words in both, one in common may be enough.
_SHORT = 8


@dataclass(frozen=True, slots=True)
class Wording:
    """An approved wording, by a key of the caller's, with the footnote it must not stand without (empty for none)."""

    key: int
    text: str
    footnote: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A wording that stands in the text at `start` to `end` (code points); `footnote_there`: so does its footnote, or it needs none."""

    wording: Wording
    start: int
    end: int
    footnote_there: bool


@dataclass(frozen=True, slots=True)
class Near:
    """A sentence that looks like a wording: how near (0..1) and what differs, from the wording to the sentence."""

    wording: Wording
    words: str
    share: float
    pieces: tuple[Piece, ...]


def find(text: str, wordings: Iterable[Wording]) -> list[Found]:
    """Every place where a wording stands word for word, in the order of the text; of places that overlap the longer one."""
    plain = unicodedata.normalize("NFC", text)
    if plain != text:  # places are counted in the text as it is stored, which is composed; anything else finds nothing to point at
        return []
    folded = _folded(text)
    hits = [
        Found(one, match.start(), match.end(), stands(text, one.footnote))
        for one in wordings
        if _folded(one.text) in folded and (pattern := _pattern(one.text))
        for match in pattern.finditer(text)
    ]
    kept: list[Found] = []
    for hit in sorted(hits, key=lambda one: (one.start - one.end, one.start)):
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda one: one.start)


def _folded(words: str) -> str:
    """Case and white space aside, with one letter for every i: what a pattern finds is in it, so most wordings need no pattern at all."""
    return " ".join(words.replace("ı", "i").replace("İ", "i").casefold().split())


def stands(text: str, words: str) -> bool:
    """Do these words stand in the text? True for no words."""
    pattern = _pattern(words)
    return pattern is None or pattern.search(text) is not None


def _pattern(words: str) -> regex.Pattern[str] | None:
    parts = unicodedata.normalize("NFC", words).split()
    if not parts:
        return None
    before, after = (r"(?<!\w)" if parts[0][0].isalnum() else ""), (r"(?!\w)" if parts[-1][-1].isalnum() else "")
    return regex.compile(before + r"\s+".join(map(regex.escape, parts)) + after, regex.IGNORECASE)


def near(text: str, wordings: Sequence[Wording], found: Sequence[Found], most: int = 3) -> list[Near]:
    """Sentences outside the places found that come near a wording, each with the nearest one, the nearest first, at most `most`."""
    known = [(one, _bag(one.text)) for one in wordings]
    answer = [one for words in _other_sentences(text, found) if (one := _nearest(words, known))]
    return sorted(answer, key=lambda one: -one.share)[:most]


def _other_sentences(text: str, found: Sequence[Found]) -> list[str]:
    at, kept = 0, []
    for words, space in sentences(text):
        start, end = at, at + len(words)
        at = end + len(space)
        if words.strip() and all(end <= one.start or start >= one.end for one in found):
            kept.append(words.strip().rstrip(_END))
    return kept


def _bag(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in split(text) if not word.isspace())


def _nearest(words: str, known: Sequence[tuple[Wording, frozenset[str]]]) -> Near | None:
    """Only wordings that share two words with the sentence are compared, or one where both are short: others can't come near."""
    mine = _bag(words)
    likely = [one for one, bag in known if len(bag & mine) >= (2 if len(bag) + len(mine) > _SHORT else 1)]
    shares = [(nearness(words, one.text), -one.key, one) for one in likely]
    share, _key, best = max(shares, key=lambda row: row[:2], default=(0.0, 0, None))
    if best is None or share < NEAR:
        return None
    return Near(best, words, share, tuple(word_diff(best.text, words)))
