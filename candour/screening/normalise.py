"""Text as the matcher reads it, with the way back to the text as received.

Folding: NFKC and casefold per character cluster, typographic apostrophes made plain, invisible format characters dropped; letters that one
and the same word is written with (Turkish dotless i, Arabic alef with and without hamza, yo and ye) made one. Every folded character
remembers the code points it came from, so that `text[start:end]` of a hit are always the words of the post itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Zero-width and bidirectional controls, soft hyphen, variation selectors: seen by nobody, used to hide words. Arabic vowel signs and the
#: stretching kashida: written or not at the writer's pleasure.
_INVISIBLE = (
    "\u0640\u064b-\u065f\u0670"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
_APOSTROPHES = {ord(c): "'" for c in "\u2018\u2019\u201b\u02bc\uff07\u00b4`"}
#: One for one, after folding.
ALIKE = {
    **dict.fromkeys(map(ord, "أإآٱ"), "ا"),
    **dict.fromkeys(map(ord, "ىئی"), "ي"),
    ord("ؤ"): "و",
    ord("ة"): "ه",
    ord("ک"): "ك",
    ord("ı"): "i",
    ord("ё"): "е",
    **{first + digit: str(digit) for first in (0x0660, 0x06F0) for digit in range(10)},
}
#: A cluster longer than this is cut: canonical ordering of marks is quadratic, and no script stacks that many.
MAX_CLUSTER = 24


#: The blocks a mark may stand in: not the Chinese characters and Hangul syllables, not the planes for private use or for nothing yet.
_MAY_BE_MARKS = (range(0x3400), range(0xA000, 0xAC00), range(0xD7A4, 0xD800), range(0xF900, 0x20000), range(0xE0000, 0xE1000))


def _mark_class() -> str:
    """All combining marks as the inside of a character class, from the Unicode tables of this interpreter."""
    marks = [c for part in _MAY_BE_MARKS for c in part if unicodedata.category(chr(c))[0] == "M"]
    ranges: list[list[int]] = []
    for c in marks:
        if ranges and ranges[-1][1] == c - 1:
            ranges[-1][1] = c
        else:
            ranges.append([c, c])
    return "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in ranges)


MARKS = _mark_class()
_NEEDS_CARE = re.compile(f"[{_INVISIBLE}{MARKS}\u1100-\u11ff\u0130\uff9e\uff9f]")
_IS_INVISIBLE = re.compile(f"[{_INVISIBLE}]")
_CONTINUES = re.compile(f"[{_INVISIBLE}{MARKS}\u1160-\u11ff\uff9e\uff9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; `starts` and `ends` give the code points of the original per folded character, None where they are the same."""

    text: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Offsets of the original for a non-empty stretch of folded text."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """Fold a post. Linear in its length. Lone surrogates become U+FFFD one for one."""
    if text.isascii():
        return Folded(text.translate(_APOSTROPHES).lower() if "`" in text else text.lower())
    text = _SURROGATE.sub("\ufffd", text)
    plain = text.translate(_APOSTROPHES)
    if not _NEEDS_CARE.search(plain) and unicodedata.is_normalized("NFKC", plain):
        folded = plain.casefold()
        if len(folded) == len(plain):  # casefold never shortens, so equal length means one for one
            return Folded(folded.translate(ALIKE))
    return _fold_clusters(plain)


def _fold_clusters(text: str) -> Folded:
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        piece = fold_cluster(text[start:end])
        pieces.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
    return Folded("".join(pieces), starts, ends)


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Base character with what hangs on it."""
    start, size = 0, len(text)
    while start < size:
        end = start + 1
        while end < size and end - start < MAX_CLUSTER and _CONTINUES.match(text[end]):
            end += 1
        yield start, end
        start = end


def fold_cluster(piece: str) -> str:
    """What one base character with its marks is read as; "" for what nobody sees."""
    visible = _IS_INVISIBLE.sub("", piece) if len(piece) > 1 or _IS_INVISIBLE.match(piece) else piece
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    return folded.replace("i\u0307", "i").translate(ALIKE)


def invisible(character: str) -> bool:
    """Whether a character is dropped."""
    return bool(_IS_INVISIBLE.match(character))


def continues(character: str) -> bool:
    """Whether a character hangs on the one before it and is not simply dropped."""
    return bool(_CONTINUES.match(character)) and not invisible(character)


def apostrophe(character: str) -> str:
    """Typographic apostrophes as the plain one; any other character as it is."""
    return character.translate(_APOSTROPHES)
