"""What must survive a translation: the figures of speech of each language that a machine compares, read from `translation.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Speech:
    """How one language writes numbers and negates. `words` maps number words to figures; `spaces`: a blank may part thousands."""

    decimal: str = "."
    words: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    spaces: bool = False
    negators: frozenset[str] = frozenset()
    not_negators: frozenset[str] = frozenset()
    elided: str = ""
    concord: bool = False


@cache
def _read() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("candour.packs").joinpath("translation.toml").read_text(encoding="utf-8"))


@cache
def speech_of(lang: str) -> Speech:
    """The language (also `de-AT`, read as `de`); one that nobody described writes a decimal point and has no number words."""
    table = _read()["language"].get(lang.partition("-")[0].casefold(), {})
    words = {word: str(number) for number, word in enumerate(table.get("twelve", ()), 2) if word}
    words |= {word: str(number) for number, word in enumerate(table.get("times", ()), 2) if word}
    return Speech(
        decimal=table.get("decimal", "."),
        words=MappingProxyType(words),
        spaces=table.get("spaces", False),
        negators=frozenset(table.get("negators", ())),
        not_negators=frozenset(table.get("not_negators", ())),
        elided=table.get("elided", ""),
        concord=table.get("concord", False),
    )


@cache
def units() -> MappingProxyType[str, str]:
    """A unit as written, in small letters, to its name."""
    return MappingProxyType({word: unit for unit, words in _read()["units"].items() for word in words})
