"""Texts made comparable: folded for searching, with a way back to the characters as they were received.

Folding composes, lower-cases, turns every non-letter outside ASCII into a blank, drops invisible characters and reads
look-alike letters inside a Latin word as the Latin letter they imitate. Afterwards every non-ASCII character is a letter,
so that word borders need no knowledge of any alphabet (re2 knows ASCII borders only).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

#: Letters of other alphabets that look like Latin ones. Read as Latin only inside a word that also holds Latin letters.
LOOK_ALIKES = str.maketrans("авеёкмнорстухіјѕԁԛԝһɡαεηικνορτυχω", "abeekmhopctyxijsdqwhgaenikvoptuxw")
_INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_KEPT = {
    "€": "$",
    "£": "$",
    "¥": "$",
    "￥": "$",
    "’": "'",
    "‘": "'",
    "´": "'",
    "`": "'",
    "。": ". ",
    "！": "! ",
    "？": "? ",
    "、": ", ",
    "，": ", ",
    "▼": " <v> ",  # the black triangle of additional monitoring; ASCII, so that it never joins the word before it
}
#: Han, Hiragana and Katakana (with their marks): scripts that write no blanks between words.
_SPACELESS = ((0x3005, 0x3007), (0x3041, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_A_SPACELESS = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _SPACELESS) + "]")
_SENTENCE_END = re.compile(r"[\n\r](?=.)|[.!?;](?=\s)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FoldedText:
    """`text` is searched; `starts[i]` and `ends[i]` say which original characters became `text[i]` (empty tuple: one to one)."""

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    hidden: tuple[tuple[int, int], ...]
    sentences: tuple[int, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Code points of the original text behind `text[start:end]`."""
        if not self.starts:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def sentence(self, at: int) -> tuple[int, int]:
        """Bounds, in `text`, of the sentence that holds position `at`."""
        number = bisect_right(self.sentences, at) - 1
        last = number + 1 == len(self.sentences)
        return self.sentences[number], len(self.text) if last else self.sentences[number + 1]


def fold(original: str) -> FoldedText:
    """`original` ready for searching. Takes time in proportion to its length."""
    if original.isascii():
        text = original.lower()
        return FoldedText(original, text, (), (), (), _sentences(text))
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end, cluster in _clusters(original):
        for letter in _fold_cluster(cluster):
            letters.append(letter)
            starts.append(start)
            ends.append(end)
    text, mixed = _without_look_alikes("".join(letters))
    hidden = [(starts[a], ends[b - 1]) for a, b in mixed] + _inside_words(original)
    return FoldedText(original, text, tuple(starts), tuple(ends), tuple(sorted(hidden)), _sentences(text))


def fold_phrase(phrase: str) -> str:
    text = phrase.lower() if phrase.isascii() else fold(phrase).text
    return text.strip()


def is_spaceless(letter: str) -> bool:
    """Whether a letter is of a script that writes no blanks between words."""
    code = ord(letter)
    return code > 0x3000 and any(first <= code <= last for first, last in _SPACELESS)


def has_spaceless(text: str) -> bool:
    """Whether a text holds a letter of such a script."""
    return not text.isascii() and _A_SPACELESS.search(text) is not None


def joins(text: str, at: int, other: int) -> bool:
    """Whether the letters at two neighbouring places can be of one word: Katakana joins Katakana only, Han and Hiragana nothing."""
    if not (0 <= at < len(text) and 0 <= other < len(text)):
        return False
    one, two = text[at], text[other]
    if not (_is_letter(one) and _is_letter(two)):
        return False
    if is_spaceless(one) or is_spaceless(two):
        return "\u30a1" <= one <= "\u30ff" and "\u30a1" <= two <= "\u30ff"
    return True


def _is_letter(letter: str) -> bool:
    return letter.isalnum() or letter > "\x7f"


_WORD = re.compile("[0-9A-Za-z\x80-\U0010ffff](?:[0-9A-Za-z\x80-\U0010ffff]|'(?=[A-Za-z\x80-\U0010ffff]))*")


@lru_cache(maxsize=1024)
def tokens(text: str) -> tuple[tuple[int, int], ...]:
    """Bounds of the words of a folded text; a word is letters and digits, an apostrophe inside it belongs to it.

    A run of a script without blanks is one token, apart from the letters beside it. Asked for again and again, so kept.
    """
    runs = [found.span() for found in _WORD.finditer(text)]
    if text.isascii() or max(text, default="") < "\u3000":
        return tuple(runs)
    return tuple(part for start, end in runs for part in _by_script(text, start, end))


def _by_script(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for place in range(start + 1, end):
        if is_spaceless(text[place]) is not is_spaceless(text[place - 1]):
            yield at, place
            at = place
    yield at, end


JOINED_LETTERS = {"œ": "oe", "æ": "ae"}


def without_accents(text: str) -> str:
    """A folded text with plain letters for those with accents, and joined letters parted."""
    if text.isascii():
        return text
    plain = "".join(JOINED_LETTERS.get(letter, letter) for letter in text)
    return "".join(letter for letter in unicodedata.normalize("NFD", plain) if not unicodedata.combining(letter))


def _clusters(original: str) -> Iterator[tuple[int, int, str]]:
    """Characters with the combining marks that follow them; invisible characters are left out."""
    at = 0
    while at < len(original):
        end = at + 1
        while end < len(original) and unicodedata.combining(original[end]):
            end += 1
        if original[at] not in _INVISIBLE:
            yield at, end, original[at:end]
        at = end


@lru_cache(maxsize=4096)
def _fold_cluster(cluster: str) -> str:
    if cluster in _KEPT:
        return _KEPT[cluster]
    return "".join(_fold_letter(letter) for letter in unicodedata.normalize("NFKC", cluster).casefold())


def _fold_letter(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    category = unicodedata.category(letter)
    if category == "Pd":
        return "-"
    return letter if category[0] in "LMN" else " "


def _without_look_alikes(text: str) -> tuple[str, list[tuple[int, int]]]:
    """`text` with imitated letters replaced in mixed words, and the bounds of those words."""
    mixed = []
    parts = []
    done = 0
    for start, end in tokens(text):
        word = text[start:end]
        latin = word.translate(LOOK_ALIKES)
        if latin != word and any("a" <= letter <= "z" for letter in word):
            parts += [text[done:start], latin]
            mixed.append((start, end))
            done = end
    return "".join([*parts, text[done:]]), mixed


def _inside_words(original: str) -> list[tuple[int, int]]:
    """Places where an invisible character splits a word of letters (emoji joiners and soft hyphens are ordinary)."""
    if _INVISIBLE.isdisjoint(original):
        return []
    found = []
    for at, letter in enumerate(original):
        if (
            letter in _INVISIBLE
            and letter != "\u00ad"
            and 0 < at < len(original) - 1
            and _plain_letters(original[at - 1], original[at + 1])
        ):
            found.append((at - 1, at + 2))
    return found


def _plain_letters(before: str, after: str) -> bool:
    """Latin letters on both sides: there no joiner has a task, unlike in Arabic or Indic scripts."""
    return before.isalpha() and after.isalpha() and before < "\u0250" and after < "\u0250"


def _sentences(text: str) -> tuple[int, ...]:
    return (0, *(found.end() for found in _SENTENCE_END.finditer(text)))
