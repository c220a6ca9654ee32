"""What an advertisement is never targeted on, as data: health, what is taken for it, lists of persons, other special categories, minors."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pydantic import Field

from candour.packs.gates import Frozen


class Refused(Frozen):
    """One ground for refusing an audience: why, by which law, and the words that tell it."""

    id: str
    why: str = Field(min_length=5)
    source: str = Field(min_length=5)
    words: tuple[str, ...] = Field(min_length=1)


class Told(NamedTuple):
    """A ground with the words of the description that it was told by."""

    ground: Refused
    words: str


@cache
def grounds() -> tuple[Refused, ...]:
    """Every ground, in the order they are asked."""
    read = tomllib.loads(files("candour.packs").joinpath("targeting.toml").read_text(encoding="utf-8"))
    return tuple(Refused.model_validate(row) for row in read["refused"])


def refused(description: str, terms: Iterable[str] = ()) -> Told | None:
    """The first ground against targeting on what `description` says; `terms` are the company's own: names of products, uses on labels.

    Words are compared without case, accents and width, so that a spelling is no way around; wider than the law on purpose, since a person
    can always describe an audience by region, age or profession instead.
    """
    folded = _folded(description)
    for ground in grounds():
        if found := _pattern(ground.words).search(folded):
            return Told(ground, found[0])
    own = tuple(_folded(term) for term in terms if len(term.strip()) > 3)
    if own and (found := _pattern(own).search(folded)):
        return Told(next(ground for ground in grounds() if ground.id == "treatment"), found[0])
    return None


def _folded(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    told = (re.escape(_folded(word.removesuffix("*"))) + (r"\w*" if word.endswith("*") else "") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(told)})(?!\w)")
