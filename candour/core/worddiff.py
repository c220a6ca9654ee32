"""What changed between two texts, in words or in letters, so that a reviewer reads the difference and not the text twice.

Exact in both directions: joining the same and removed pieces gives the old text, joining the same and added pieces the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

import regex

Kind = Literal["same", "added", "removed"]

#: A link is one word; scripts without spaces (Han, kana, Thai, Lao, Khmer, Burmese) are compared letter by letter; vowel signs belong
#: to their word; white space runs count as they are; whatever is left (signs, emoji) is taken as the reader sees it.
_WORD = regex.compile(
    r"https?://[^\s<>\"”»)]+"
    r"|[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*"
    r"|[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*(?:['’][\p{L}\p{M}\p{N}_]+)*"
    r"|\s+"
    r"|\X"
)
_LETTER = regex.compile(r"\X")


class Piece(NamedTuple):
    """A run of text that both sides have, that only the new one has, or that only the old one had."""

    kind: Kind
    text: str


def words(text: str) -> list[str]:
    """`text` cut into words, white space and signs; joined they are `text` again."""
    return _WORD.findall(text)


def word_diff(old: str, new: str) -> list[Piece]:
    """The difference in words. Equal texts give one "same" piece, two empty ones none; a removed piece stands before the added one."""
    return _calm(_raw(words(old), words(new)))


def letter_diff(old: str, new: str) -> list[Piece]:
    """The difference in letters as a reader sees them (grapheme clusters), for texts that should be equal."""
    return _joined(_raw(_LETTER.findall(old), _LETTER.findall(new)))


def changed(pieces: Iterable[Piece]) -> bool:
    """True when anything was added or removed."""
    return any(piece.kind != "same" for piece in pieces)


def counts(pieces: Iterable[Piece]) -> tuple[int, int]:
    """How many words were added and how many removed; white space alone counts as none."""
    added = removed = 0
    for piece in pieces:
        number = sum(1 for word in words(piece.text) if not word.isspace())
        added += number if piece.kind == "added" else 0
        removed += number if piece.kind == "removed" else 0
    return added, removed


def _raw(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    head = _common(old, new)
    tail = _common(old[:head:-1], new[:head:-1]) if head < min(len(old), len(new)) else 0
    middle = _opcodes(old[head : len(old) - tail], new[head : len(new) - tail])
    ends = Piece("same", "".join(old[:head])), Piece("same", "".join(old[len(old) - tail :]))
    return [piece for piece in (ends[0], *middle, ends[1]) if piece.text]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many parts both begin with. Taken off first: matching is quadratic, and most live pages differ in one place."""
    pairs = zip(old, new, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    pieces: list[Piece] = []
    # autojunk would call frequent words junk and tear long texts apart
    for step, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if step == "equal":
            pieces.append(Piece("same", "".join(old[a:b])))
        else:
            pieces += [Piece("removed", "".join(old[a:b])), Piece("added", "".join(new[c:d]))]
    return pieces


def _calm(pieces: list[Piece]) -> list[Piece]:
    """White space between two changes joins them, so that a rewritten phrase reads as one change instead of confetti."""
    answer: list[Piece] = []
    for at, piece in enumerate(pieces):
        between = 0 < at < len(pieces) - 1 and pieces[at - 1].kind != "same" and pieces[at + 1].kind != "same"
        if piece.kind == "same" and piece.text.isspace() and between:
            answer += [Piece("removed", piece.text), Piece("added", piece.text)]
        else:
            answer.append(piece)
    return _joined(answer)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbouring changes as one removed and one added piece, neighbouring same pieces as one."""
    answer: list[Piece] = []
    removed = added = ""
    for piece in [*pieces, Piece("same", "")]:
        if piece.kind == "removed":
            removed += piece.text
        elif piece.kind == "added":
            added += piece.text
        elif removed or added or not answer:
            answer += [Piece("removed", removed), Piece("added", added), piece]
            removed = added = ""
        else:
            answer[-1] = Piece("same", answer[-1].text + piece.text)
    return [piece for piece in answer if piece.text]
