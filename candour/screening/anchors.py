"""Which phrases can stand in a text at all, told from its words alone, so that only those are searched for.

Every phrase has anchors: words of which at least one is in every text the phrase can match (`migraine*` for `migraine* .. gone`). A text
has an index: its words and their beginnings. Where the two do not meet, the search is left out; the answer stays the same, only sooner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from candour.screening.signals_text import fold_phrase, tokens, without_accents

#: Beginnings of words are kept up to this length.
LONGEST = 12
#: No phrase has more apostrophes in a word than this allows.
MOST_PARTS = 3
NUMBER = "0*"
Anchors = frozenset[str]
_ELEMENTS = re.compile(r"\s*\.\.\s*|\s+")


def anchors_of(phrase: str, *, bare: bool = False) -> Anchors | None:
    """Words (`abc`) and beginnings (`abc*`) of which every match of `phrase` holds one; None where nothing can be told.

    A `bare` phrase is also found without its accents, so its anchors have none; the index of a text holds both.
    """
    return next(iter(all_anchors_of(phrase, bare=bare)), None)


def all_anchors_of(phrase: str, *, bare: bool = False) -> tuple[Anchors, ...]:
    """The anchors of every part of `phrase` that has any, the most telling first: a text it can match holds one of each."""
    folded = without_accents(fold_phrase(phrase)) if bare else fold_phrase(phrase)
    told = dict.fromkeys(found for element in _split(folded) if (found := _of_element(element)))
    return tuple(sorted(told, key=_worth, reverse=True))


def index_of(text: str) -> set[str]:
    """The words of a folded text, parts of words at apostrophes, and all their beginnings."""
    index: set[str] = set()
    for start, end in tokens(text):
        for word in _forms(text[start:end]):
            index.add(word)
            index.update(f"{word[:length]}*" for length in range(1, min(len(word), LONGEST) + 1))
            if word[0].isdigit() or any(letter.isdigit() for letter in word):
                index.add(NUMBER)
    return index


def _forms(word: str) -> list[str]:
    """A word and its parts, with and without accents."""
    parts = list(_parts(word))
    return parts if word.isascii() else [*parts, *(plain for part in parts if (plain := without_accents(part)))]


def _parts(word: str) -> Iterable[str]:
    """A word, and where it has apostrophes every short run of its parts: `l'asthme` is found by `asthme` too."""
    if "'" not in word:
        return (word,)
    parts = word.split("'")
    runs = ("'".join(parts[first : first + length]) for first in range(len(parts)) for length in range(1, MOST_PARTS + 1))
    return [run for run in runs if run]


def _worth(anchors: Anchors) -> tuple[int, int]:
    return min(len(anchor.rstrip("*")) for anchor in anchors), -len(anchors)


def _split(phrase: str) -> Iterator[str]:
    """The phrase cut at its gaps, but not inside brackets."""
    depth, start, at = 0, 0, 0
    while at < len(phrase):
        depth += (phrase[at] == "(") - (phrase[at] == ")")
        gap = _ELEMENTS.match(phrase, at) if depth == 0 else None
        if gap and gap.end() > at:
            yield phrase[start:at]
            start = at = gap.end()
        else:
            at += 1
    yield phrase[start:]


def _of_element(element: str) -> Anchors | None:
    if "<n>" in _outside(element):
        return frozenset({NUMBER})
    head, bracket, rest = element.partition("(")
    if not bracket:
        return _of_words(element)
    inside, tail = _closed(rest)
    told = [_before(head), _behind(inside, tail)]
    if not _has_letter(head) and not _has_letter(tail):
        told.append(_of_choice(inside))
    known = [found for found in told if found]
    return max(known, key=_worth, default=None)


def _outside(element: str) -> str:
    """What stands in no bracket: a figure inside one is only one of several words."""
    depth, kept = 0, []
    for letter in element:
        depth += (letter == "(") - (letter == ")")
        kept.append(letter if depth == 0 else " ")
    return "".join(kept)


def _has_letter(text: str) -> bool:
    return any(letter.isalnum() or letter in "(*" for letter in text)


def _closed(rest: str) -> tuple[list[str], str]:
    """The alternatives of a bracket whose opening was read, and what stands behind it."""
    depth, start, found = 1, 0, []
    for at, letter in enumerate(rest):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 or (depth == 1 and letter == "|"):
            found.append(rest[start:at])
            start = at + 1
        if depth == 0:
            return found, rest[at + 1 :]
    return [*found, rest[start:]], ""


def _of_choice(alternatives: Iterable[str]) -> Anchors | None:
    told = [anchors_of(alternative) if alternative.strip() else None for alternative in alternatives]
    return frozenset().union(*(found for found in told if found)) if all(told) else None


def _of_words(text: str) -> Anchors | None:
    """The longest word of a text without brackets; one with a star behind it is a beginning, one with a star before it tells nothing."""
    words = []
    for start, end in tokens(text):
        if text[start - 1 : start] != "*":
            words.append(_beginning(text[start:end]) if text[end : end + 1] == "*" else text[start:end])
    return frozenset({max(words, key=len)}) if words else None


def _beginning(word: str) -> str:
    return f"{word[:LONGEST]}*"


def _before(head: str) -> Anchors | None:
    """Words before a bracket: what touches it is only the beginning of a word."""
    return _of_words(f"{head}*" if head and head[-1] != "*" and head[-1].isalnum() else head)


def _behind(inside: Iterable[str], tail: str) -> Anchors | None:
    """Words behind a bracket count if no alternative can touch them and no further bracket follows."""
    if "(" in tail or any(part and (part[-1].isalnum() or part[-1] in "*)'") for part in inside):
        return None
    return _of_words(tail)
