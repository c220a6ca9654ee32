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

from candour.screening.language import LETTERS, SCRIPTS, SIMPLIFIED, TRADITIONAL, UKRAINIAN
from candour.screening.normalise import MARKS, apostrophe, continues, fold_cluster, invisible
from candour.screening.scripts import EMOJI, HOMOGLYPHS, UNSPACED
from candour.screening.words import CLAUSE_MARKS, CLOSING, QUESTION_MARKS, SENTENCE_MARKS, letter_kind

CODE_POINTS = 0x110000
#: How a code point as written is folded.
BORDER, ONE, SEVERAL, DROPPED, ODD = range(5)
#: What a folded code point is to a word.
NO_WORD, IN_WORD, OWN_WORD, EMOJI_WORD = range(4)
#: What a folded code point between words says: bits.
SPACE, SENTENCE, QUESTION, CLAUSE, DOT, HYPHEN, CLOSE = (1 << bit for bit in range(7))
#: Which script a code point as written belongs to: number in the low bits, then bits.
SCRIPT_NUMBER, LETTER, UKRAINIAN_LETTER, SIMPLIFIED_LETTER, TRADITIONAL_LETTER = 7, 8, 16, 32, 64
#: Signs of a post that a pattern may find something in it: an @ or <, a digit, six digits.
AT_SIGN, HAS_DIGIT, SIX_DIGITS = 1, 2, 4
SCRIPT_NAMES = ("", *(name for name, _ in SCRIPTS))
_MARK = re.compile(f"[{MARKS}]")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_SURROGATES = range(0xD800, 0xE000)
#: Uniform stretches: Chinese characters and Hangul syllables fold to themselves.
_UNIFORM = (range(0x3400, 0xA000), range(0xAC00, 0xD7A4), range(0x20000, 0x2F800), range(0x30000, 0x3FFFE))
_EMPTY = (range(0xE000, 0xF900), range(0x40000, 0xE0000), range(0xE1000, CODE_POINTS))


class FoldTables(NamedTuple):
    """One row per code point, except `pieces`, which holds the expansions (`fold` = start * 32 + length)."""

    how: NDArray[np.uint8]
    fold: NDArray[np.uint32]
    pieces: NDArray[np.uint32]
    word: NDArray[np.uint8]
    gap: NDArray[np.uint8]
    case: NDArray[np.uint8]
    script: NDArray[np.uint8]
    latin: NDArray[np.uint8]


@cache
def fold_tables() -> FoldTables:
    """The tables of this interpreter's Unicode. A fifth of a second; kept for the process."""
    zero = np.zeros
    tables = FoldTables(
        zero(CODE_POINTS, np.uint8),
        zero(CODE_POINTS, np.uint32),
        np.zeros(0, np.uint32),
        *(zero(CODE_POINTS, np.uint8) for _ in range(5)),
    )
    pieces: list[int] = []
    for code in _code_points():
        _one(tables, pieces, code, chr(code))
    for stretch in _UNIFORM:
        for code in stretch:
            _uniform(tables, code, chr(code))
    tables.latin[ord("a") : ord("z") + 1] = 1
    for code, letter in HOMOGLYPHS.items():
        tables.latin[code] = ord(letter)
    return tables._replace(pieces=np.array(pieces or [0], np.uint32))


def _code_points() -> Iterator[int]:
    skipped = sorted([*_UNIFORM, *_EMPTY, _SURROGATES], key=lambda stretch: stretch.start)
    at = 0
    for stretch in skipped:
        yield from range(at, stretch.start)
        at = stretch.stop
    yield from range(at, CODE_POINTS)


def _uniform(tables: FoldTables, code: int, character: str) -> None:
    if character.isalnum():
        tables.how[code], tables.fold[code] = ONE, code
        tables.word[code] = OWN_WORD if _UNSPACED.match(character) else IN_WORD
        tables.script[code] = _script(character)


def _one(tables: FoldTables, pieces: list[int], code: int, character: str) -> None:
    if unicodedata.category(character) == "Cn" and not invisible(character):
        return
    tables.word[code], tables.gap[code] = _word(character), _gap(character)
    tables.case[code], tables.script[code] = letter_kind(character), _script(character)
    folded = fold_cluster(apostrophe(character))
    if invisible(character):
        tables.how[code] = DROPPED
    elif continues(character) or 0x1100 <= code <= 0x11FF or (len(folded) > 1 and _odd(folded)):
        tables.how[code] = ODD
    elif len(folded) == 1:
        tables.fold[code] = ord(folded)
        tables.how[code] = ONE
    else:
        tables.how[code], tables.fold[code] = SEVERAL, len(pieces) * 32 + len(folded)
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
    signs = ((LETTERS, LETTER), (UKRAINIAN, UKRAINIAN_LETTER), (SIMPLIFIED, SIMPLIFIED_LETTER), (TRADITIONAL, TRADITIONAL_LETTER))
    return number | sum(bit for pattern, bit in signs if pattern.match(character))
