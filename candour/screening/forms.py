"""Word sequences a phrase of a pack is compiled to: folded as posts are, and as people type it who leave accents out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from candour.packs.language_schema import LanguagePack
from candour.packs.phrases import GAP, phrase_forms
from candour.screening.normalise import fold
from candour.screening.words import fold_words

Form = tuple[str, ...]
_STARRED = re.compile(r"(\*?)([^*]*)(\*?)")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
#: Shorter words become other words without their accents (Spanish si, French ou, Portuguese e).
_SHORTEST_WITHOUT_ACCENTS = 5


def forms_of(pack: LanguagePack, phrase: str) -> Iterator[Form]:
    """All forms of a phrase, each once."""
    seen: set[Form] = set()
    for written in pack.forms(phrase.casefold()):
        form = tuple([piece for word in written for piece in _cut(word)])
        plain = tuple([_plain(word, pack.accents) for word in form])
        for one in (form,) if plain == form else (form, plain):
            if one and one not in seen:
                seen.add(one)
                yield one


def shared_forms(phrase: str) -> Iterator[Form]:
    """All forms of a phrase of no language of its own: as written and without its accents."""
    for written in phrase_forms(phrase.casefold()):
        form = tuple([piece for word in written for piece in _cut(word)])
        yield from dict.fromkeys((form, tuple(map(without_accents, form))))


@lru_cache(maxsize=20_000)  # phrases of a language share their words
def _cut(word: str) -> tuple[str, ...]:
    """A word of a phrase cut as posts are cut; its stars stay on the outer pieces."""
    if word == GAP:
        return (GAP,)
    match = _STARRED.fullmatch(word)
    before, bare, behind = match.groups() if match else ("", word, "")
    pieces = fold_words(bare)
    return (f"{before}{pieces[0]}{behind}",) if len(pieces) == 1 else pieces


@lru_cache(maxsize=20_000)
def _plain(word: str, accents: str) -> str:
    if word.isascii():
        return word
    if accents == "expand":
        return word.translate(_GERMAN)
    return without_accents(word) if len(word) >= _SHORTEST_WITHOUT_ACCENTS else word


def without_accents(word: str) -> str:
    """Latin letters without their marks; other scripts as they are."""
    return "".join(_bare(letter) for letter in word)


def _bare(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[:1]
    return base if "a" <= base <= "z" else {"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d"}.get(letter, letter)


def folded(text: str) -> str:
    """A text folded as posts are."""
    return fold(text).text
