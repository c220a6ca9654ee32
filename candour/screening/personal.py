"""Personal data in a post: contact data by pattern, names by how they are introduced, health data beside a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from candour.core.terms import Span
from candour.packs.language_schema import LanguagePack, personal_patterns
from candour.packs.patterns import bordered, find_bordered

_GATE = re.compile(r"@|<email>|<phone>|(?:\d[^\n]{0,3}){6}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NAME_SCORE = 0.6
_NAME_WITH_HEALTH = 0.8
_ADDRESS_SCORE = 0.75
#: Patterns of a language pack and what a hit of each means.
NAMES = {"named_patient": "Person named", "introduced": "Person introduced by name"}
PLACES = {"address": "Street address", "postcode": "Postcode and town"}


@dataclass(frozen=True, slots=True)
class PersonalData:
    """One hit. `contact`: the author could be answered by it."""

    span: Span
    score: float
    contact: bool


@dataclass(frozen=True, slots=True)
class PersonalScan:
    """Patterns with what a hit means: those for all languages and those of each pack. Each is compiled when a post first asks for it."""

    common: tuple[tuple[str, str, float], ...]
    names: dict[str, tuple[tuple[str, str], ...]]
    places: dict[str, tuple[tuple[str, str], ...]]

    def find(self, text: str, lang: str, health: bool) -> Iterator[PersonalData]:
        """Personal data in order of pattern. `health`: the post tells of somebody's health, which makes a name sensitive."""
        text = text if text.isascii() else _SURROGATE.sub("\ufffd", text)
        if _GATE.search(text):
            for pattern, why, score in self.common:
                yield from _hits(pattern, text, why, score, contact=True)
        if _has_digit(text):
            for pattern, why in self.places.get(lang, ()):
                yield from _hits(pattern, text, why, _ADDRESS_SCORE, contact=False)
        for pattern, why in self.names.get(lang, ()):
            score, because = (_NAME_WITH_HEALTH, f"{why}, beside health data") if health else (_NAME_SCORE, why)
            yield from _hits(pattern, text, because, score, contact=why == NAMES["introduced"])


def _has_digit(text: str) -> bool:
    return any(digit in text for digit in "0123456789")


#: Patterns of packs, each tried when its pack was loaded.
_compiled = cache(bordered)


def _hits(pattern: str, text: str, why: str, score: float, contact: bool) -> Iterator[PersonalData]:
    for start, end in find_bordered(_compiled(pattern), text):
        yield PersonalData(Span(start, end, text[start:end], why), score, contact)


def compile_scan(packs: tuple[LanguagePack, ...]) -> PersonalScan:
    """The patterns of all packs."""
    common = tuple((one.pattern, one.why, one.score) for one in personal_patterns())
    return PersonalScan(common, _of_packs(packs, NAMES), _of_packs(packs, PLACES))


def _of_packs(packs: tuple[LanguagePack, ...], kinds: dict[str, str]) -> dict[str, tuple[tuple[str, str], ...]]:
    return {pack.code: tuple((pack.patterns[k], why) for k, why in kinds.items() if k in pack.patterns) for pack in packs}
