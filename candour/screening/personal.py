"""Personal data in a post: contact data by pattern, names by how they are introduced, health data beside a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import re2

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
    """Compiled patterns: those for all languages and those of each pack."""

    common: tuple[tuple[re2._Regexp, str, float], ...]
    names: dict[str, tuple[tuple[re2._Regexp, str], ...]]
    places: dict[str, tuple[tuple[re2._Regexp, str], ...]]

    def find(self, text: str, lang: str, health: bool) -> Iterator[PersonalData]:
        """Personal data in order of pattern. `health`: the post tells of somebody's health, which makes a name sensitive."""
        text = text if text.isascii() else _SURROGATE.sub("\ufffd", text)
        if _GATE.search(text):
            for compiled, why, score in self.common:
                yield from _hits(compiled, text, why, score, contact=True)
        if _has_digit(text):
            for compiled, why in self.places.get(lang, ()):
                yield from _hits(compiled, text, why, _ADDRESS_SCORE, contact=False)
        for compiled, why in self.names.get(lang, ()):
            score, because = (_NAME_WITH_HEALTH, f"{why}, beside health data") if health else (_NAME_SCORE, why)
            yield from _hits(compiled, text, because, score, contact=why == NAMES["introduced"])


def _has_digit(text: str) -> bool:
    return any(digit in text for digit in "0123456789")


def _hits(compiled: re2._Regexp, text: str, why: str, score: float, contact: bool) -> Iterator[PersonalData]:
    for start, end in find_bordered(compiled, text):
        yield PersonalData(Span(start, end, text[start:end], why), score, contact)


def compile_scan(packs: tuple[LanguagePack, ...]) -> PersonalScan:
    """Compile the patterns of all packs."""
    common = tuple((bordered(one.pattern), one.why, one.score) for one in personal_patterns())
    return PersonalScan(common, _of_packs(packs, NAMES), _of_packs(packs, PLACES))


def _of_packs(packs: tuple[LanguagePack, ...], kinds: dict[str, str]) -> dict[str, tuple[tuple[re2._Regexp, str], ...]]:
    return {pack.code: tuple((bordered(pack.patterns[k]), why) for k, why in kinds.items() if k in pack.patterns) for pack in packs}
