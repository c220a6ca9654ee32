"""What every code point is to the screening kernel, as flat tables made from the reference (`normalise`, `scripts`, `words`, `language`).

The kernel reads nothing else of Unicode, so that it and the reference can't drift apart. Code points whose reading depends on their
neighbours (combining marks, conjoining Hangul) are marked ODD: a post that holds one is read by the reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.packs.language_schema import CONCEPTS
from candour.screening import kept_file
from candour.screening.language import FOREIGN, LETTERS, SCRIPTS, SIMPLIFIED, TRADITIONAL, UKRAINIAN
from candour.screening.normalise import MARKS, apostrophe, continues, fold_cluster, invisible
from candour.screening.scripts import EMOJI, HOMOGLYPHS, UNSPACED
from candour.screening.sources import code_digest, digest_of
from candour.screening.words import CLAUSE_MARKS, CLOSING, QUESTION_MARKS, SENTENCE_MARKS, letter_kind

CODE_POINTS = 0x110000
_KIND = "folding"
#: How a code point as written is folded.
BORDER, ONE, SEVERAL, DROPPED, ODD = range(5)
#: What a folded code point is to a word.
NO_WORD, IN_WORD, OWN_WORD, EMOJI_WORD = range(4)
#: What a folded code point between words says: bits.
SPACE, SENTENCE, QUESTION, CLAUSE, DOT, HYPHEN, CLOSE = (1 << bit for bit in range(7))
#: Which script a code point as written belongs to: number in the low bits, then bits.
SCRIPT_NUMBER, LETTER, UKRAINIAN_LETTER, SIMPLIFIED_LETTER, TRADITIONAL_LETTER, FOREIGN_LETTER = 7, 8, 16, 32, 64, 128
#: Signs of a post that a pattern may find something in it: an @ or <, a digit, six digits.
AT_SIGN, HAS_DIGIT, SIX_DIGITS = 1, 2, 4
SCRIPT_NAMES = ("", *(name for name, _ in SCRIPTS))
_MARK = re.compile(f"[{MARKS}]")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_SURROGATES = range(0xD800, 0xE000)
#: Uniform stretches: Chinese characters and Hangul syllables fold to themselves.
_UNIFORM = (range(0x3400, 0xA000), range(0xAC00, 0xD7A4), range(0x20000, 0x2F800), range(0x30000, 0x3FFFE))
_EMPTY = (range(0xE000, 0xF900), range(0x40000, 0xE0000), range(0xE1000, CODE_POINTS))


#: Columns of `FoldTables.points`.
HOW, WORD, GAP, CASE, SCRIPT, LATIN = range(6)


class FoldTables(NamedTuple):
    """One row per code point: `points` says what it is (columns HOW ..), `fold` what it becomes, for SEVERAL a stretch of `pieces`
    (start * 32 + length). WORD, GAP and LATIN are asked of folded code points; LATIN: 1 Latin letter, else the letter it looks like.
    """

    points: NDArray[np.uint8]
    fold: NDArray[np.uint32]
    pieces: NDArray[np.uint32]


@cache
def fold_tables() -> FoldTables:
    """The tables of this interpreter's Unicode, kept for the process and for the next start."""
    return _kept_or_made()


def _kept_or_made() -> FoldTables:
    code = code_digest()
    key = digest_of([code.encode()], [CONCEPTS]) if code else ""
    kept = kept_file.read(_KIND, key) if key else None
    if kept and sorted(kept.arrays) == sorted(FoldTables._fields):
        return FoldTables(**kept.arrays)
    made = _made()
    if key:
        kept_file.write(_KIND, key, {}, made._asdict())
    return made


def _made() -> FoldTables:
    points, fold = np.zeros((CODE_POINTS, 8), np.uint8), np.arange(CODE_POINTS, dtype=np.uint32)
    pieces: list[int] = []
    for code in _code_points():
        _one(points, fold, pieces, code, chr(code))
    for stretch in _UNIFORM:
        _uniform(points, stretch)
    points[ord("a") : ord("z") + 1, LATIN] = 1
    for code, letter in HOMOGLYPHS.items():
        points[code, LATIN] = ord(letter)
    return FoldTables(points, fold, np.array(pieces or [0], np.uint32))


def _code_points() -> Iterator[int]:
    skipped = sorted([*_UNIFORM, *_EMPTY, _SURROGATES], key=lambda stretch: stretch.start)
    at = 0
    for stretch in skipped:
        yield from range(at, stretch.start)
        at = stretch.stop
    yield from range(at, CODE_POINTS)


def _uniform(points: NDArray[np.uint8], stretch: range) -> None:
    """A stretch of one script: Chinese characters or Hangul syllables, where they are assigned."""
    rows = np.array([code for code in stretch if chr(code).isalnum()])
    first = chr(stretch.start)
    points[rows, HOW] = ONE
    points[rows, WORD] = OWN_WORD if _UNSPACED.match(first) else IN_WORD
    points[rows, SCRIPT] = _script(first) | LETTER
    for pattern, bit in ((SIMPLIFIED, SIMPLIFIED_LETTER), (TRADITIONAL, TRADITIONAL_LETTER)):
        special = [ord(letter) for letter in pattern.pattern.strip("[]") if ord(letter) in stretch]
        points[special, SCRIPT] |= bit


def _one(points: NDArray[np.uint8], fold: NDArray[np.uint32], pieces: list[int], code: int, character: str) -> None:
    if unicodedata.category(character) == "Cn" and not invisible(character):
        return
    points[code, [WORD, GAP, CASE, SCRIPT]] = _word(character), _gap(character), letter_kind(character), _script(character)
    folded = fold_cluster(apostrophe(character))
    if invisible(character):
        points[code, HOW] = DROPPED
    elif continues(character) or 0x1100 <= code <= 0x11FF or (len(folded) > 1 and _odd(folded)):
        points[code, HOW] = ODD
    elif len(folded) == 1:
        fold[code] = ord(folded)
        points[code, HOW] = ONE
    else:
        points[code, HOW], fold[code] = SEVERAL, len(pieces) * 32 + len(folded)
        pieces.extend(map(ord, folded))


def _odd(folded: str) -> bool:
    return not folded or len(folded) > 31 or bool(_MARK.search(folded)) or bool(_UNSPACED.search(folded))


def _word(character: str) -> int:
    if character in EMOJI:
        return EMOJI_WORD
    if _UNSPACED.match(character) and character.isalnum():
        return OWN_WORD
    return IN_WORD if character.isalnum() or _MARK.match(character) else NO_WORD


def _gap(character: str) -> int:
    bits = SPACE if re.match(r"\s", character) else 0
    marks = ((SENTENCE_MARKS, SENTENCE), (QUESTION_MARKS, QUESTION), (CLAUSE_MARKS, CLAUSE), (".", DOT), ("-", HYPHEN), (CLOSING, CLOSE))
    return bits | sum(bit for characters, bit in marks if character in characters)


def _script(character: str) -> int:
    number = next((at for at, (_, pattern) in enumerate(SCRIPTS, 1) if pattern.match(character)), 0)
    signs = (
        (LETTERS, LETTER),
        (UKRAINIAN, UKRAINIAN_LETTER),
        (SIMPLIFIED, SIMPLIFIED_LETTER),
        (TRADITIONAL, TRADITIONAL_LETTER),
        (FOREIGN, FOREIGN_LETTER),
    )
    return number | sum(bit for pattern, bit in signs if pattern.match(character))
