"""The phrase grammar of language packs.

Words set apart by blanks; `stem*` any ending, `*tail` any beginning, `*mid*` any place, `a|b` either, `~` up to two words between (eight
characters where words are not set apart), `@name` any of the pack's [words] of that name. Phrases are cut into words exactly as posts are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

GAP = "~"
_MAX_FORMS = 4000
_PIECE = re.compile(r"~|\*?[^\W_]+\*?")


class PhraseError(ValueError):
    """A phrase can't be read; the message says what its author must change."""


def phrase_forms(phrase: str, named: Mapping[str, Sequence[str]] = MappingProxyType({})) -> list[tuple[str, ...]]:
    """All word sequences a phrase stands for. Raises PhraseError when alternatives multiply beyond reason."""
    forms: list[tuple[str, ...]] = [()]
    for word in phrase.split():
        options = [tuple(_PIECE.findall(option)) for option in _options(word, named)]
        forms = [form + option for form in forms for option in options]
        if len(forms) > _MAX_FORMS:
            raise PhraseError(f"Split the phrase {phrase!r}: it stands for more than {_MAX_FORMS} word sequences.")
    for form in forms:
        if (form and GAP in (form[0], form[-1])) or (GAP, GAP) in pairwise(form):
            raise PhraseError(f"Put each ~ of the phrase {phrase!r} between two words.")
    return [form for form in forms if form]


def _options(word: str, named: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The alternatives of one word; `@name` stands for the pack's own list of that name."""
    for option in word.split("|"):
        if option.startswith("@") and option[1:] not in named:
            raise PhraseError(f"Add {option[1:]!r} to [words] of the pack or correct {word!r}.")
        yield from named[option[1:]] if option.startswith("@") else (option,)
