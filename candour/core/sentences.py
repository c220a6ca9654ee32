"""A text cut into sentences, so that a translation can be certified one by one. Exact: the pieces joined are the text again."""

from __future__ import annotations

from typing import NamedTuple

import regex

#: Words before a full stop that end no sentence, in the languages most messages are written in. A wrong cut does no harm.
_SHORT = frozenset(
    ("dr", "prof", "mr", "mrs", "ms", "mme", "sr", "sra", "dott", "st", "nr", "no", "vs", "ca", "bzw", "usw", "evtl", "ggf", "inkl", "max",
     "min", "etc", "art", "abs", "approx", "incl", "tel")
)  # fmt: skip
_END = regex.compile(r"[.!?…。！？؟।]+[\"'”“’»)\]]*(?:\s+|(?<=[。！？][\"'”“’»)\]]*))|\s*\n\s*")
_LAST_WORD = regex.compile(r"(\p{L}+)\.\s*$")


class Sentence(NamedTuple):
    """The words of a sentence and the white space that follows them."""

    words: str
    space: str


def sentences(text: str) -> list[Sentence]:
    """`text` cut behind full stops, question and exclamation marks and at line breaks; abbreviations and single letters end none."""
    found, start = [], 0
    for end in _END.finditer(text):
        if not text[start : end.end()].strip() or _goes_on(text[start : end.end()], text[end.end() :]):
            continue
        found.append(_parted(text[start : end.end()]))
        start = end.end()
    return [*found, _parted(text[start:])] if text[start:] else found


def _parted(piece: str) -> Sentence:
    words = piece.rstrip()
    return Sentence(words, piece[len(words) :])


def _goes_on(piece: str, rest: str) -> bool:
    """Whether the full stop belongs to an abbreviation, an initial or an ordinal number rather than to the end of a sentence."""
    if "\n" in piece[len(piece.rstrip()) :]:
        return False
    last = _LAST_WORD.search(piece)
    if last is not None and (len(last[1]) == 1 or last[1].casefold() in _SHORT):
        return True
    ordinal = regex.search(r"\b\d{1,2}\.\s*$", piece) is not None
    return ordinal or (piece.rstrip().endswith(".") and rest[:1].islower())


def rejoined(parts: list[Sentence], words: list[str]) -> str:
    """The text with other words in each sentence and the same white space between them."""
    return "".join(new + part.space for part, new in zip(parts, words, strict=True)).rstrip()
