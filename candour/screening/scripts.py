"""Scripts whose words are not set apart, letters that look alike, and signs that are words by themselves."""

from __future__ import annotations

import re

from candour.packs.language_schema import emoji_concepts
from candour.screening.normalise import MARKS

#: Thai, Lao, kana, Chinese characters: every character is a word of its own, so that phrases are found inside running text.
UNSPACED = "\u0e00-\u0eff\u3005-\u3007\u3041-\u3096\u309d-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
EMOJI = "".join(emoji_concepts())
#: A word: one character of an unspaced script, one emoji that tells a symptom, or a run of letters, marks and digits.
WORD = re.compile(f"(?:[{UNSPACED}](?<=\\w)[{MARKS}]*|[{EMOJI}]|(?:[^\\W_{UNSPACED}]|[{MARKS}])+)")
_LATIN = re.compile("[a-z]")
_LOOKS = {
    "а": "a", "с": "c", "е": "e", "һ": "h", "і": "i", "ј": "j", "к": "k", "м": "m", "о": "o", "р": "p", "ѕ": "s", "т": "t", "у": "y",
    "х": "x", "ѵ": "v", "ԁ": "d", "ԛ": "q", "ԝ": "w", "ո": "n", "α": "a", "ε": "e", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p",
    "τ": "t", "υ": "u", "χ": "x", "η": "n",
}  # fmt: skip
#: Cyrillic, Greek and Armenian letters that look Latin, one for one.
HOMOGLYPHS = {ord(letter): latin for letter, latin in _LOOKS.items()}
_HOMOGLYPH = re.compile(f"[{''.join(_LOOKS)}]")


def one_script(word: str) -> str:
    """A folded word with its look-alikes made Latin where it has Latin letters beside them; else the word itself."""
    if word.isascii() or not _HOMOGLYPH.search(word) or not _LATIN.search(word):
        return word
    return word.translate(HOMOGLYPHS)
