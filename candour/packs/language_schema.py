"""Language packs: how people say things, as data. Schema, loader and the pattern rule.

A pack is one TOML file under `languages/`. Unknown keys are refused, so a typing mistake can't silently switch off a cue.
Phrase grammar: words separated by blanks; `stem*` any ending, `*tail` any beginning, `*mid*` any place, `a|b` either,
`~` stands for up to two words between, `@name` for any of the pack's [words] of that name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import re2
from pydantic import BaseModel, ConfigDict, Field, field_validator

from candour.core.terms import DutyKind

LANGUAGES = Path(__file__).parent / "languages"
CONCEPTS = Path(__file__).parent / "concepts.toml"
PERSONAL = Path(__file__).parent / "personal_data.toml"

#: In google-re2 these know ASCII only and would be blind to any word that starts or ends with an umlaut or is not Latin.
_ASCII_ONLY = re.compile(r"(?<!\\)(?:\\\\)*\\[bBwWdDsS]")
_BORDER = r"[^\pL\pM\pN]"
_MAX_PHRASE_FORMS = 4000
_MOST_HITS = 50


class PackError(ValueError):
    """A pack can't be loaded; the message says which file and what its author must change."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Strict):
    """Phrases that found one duty. `needs`: what must stand in the post as well; `question`: only inside a question."""

    duty: DutyKind
    why: str = Field(min_length=5)
    score: float = Field(gt=0, lt=1)
    say: tuple[str, ...] = Field(min_length=1)
    needs: tuple[Literal["medicine", "person"], ...] = ()
    question: bool = False
    negatable: bool = False


class Examples(_Strict):
    """Posts that must give the duty and posts that must not."""

    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()


class TimeWords(_Strict):
    """Words for spans of time. `numbers`: what a number word counts; `days`: days in a unit; `now`: words for today."""

    numbers: dict[str, float] = {}
    days: dict[str, float] = {}
    now: tuple[str, ...] = ()


class LanguagePack(_Strict):
    """One language: symptom phrases by concept, cues by role, rules by duty, patterns, and its own examples."""

    code: str = Field(pattern="^[a-z]{2}$")
    name: str
    depth: Literal["deep", "basic"]
    words: dict[str, tuple[str, ...]] = {}
    symptoms: dict[str, tuple[str, ...]]
    cues: dict[str, tuple[str, ...]]
    rule: tuple[Rule, ...]
    time: TimeWords = Field(default_factory=lambda: TimeWords())
    patterns: dict[str, str] = {}
    examples: dict[DutyKind, Examples] = {}

    def forms(self, phrase: str) -> list[tuple[str, ...]]:
        """All word sequences a phrase of this pack stands for, names of `words` put in. Raises PackError."""
        return phrase_forms(phrase, self.words)

    @field_validator("patterns")
    @classmethod
    def _patterns_compile(cls, patterns: dict[str, str]) -> dict[str, str]:
        for pattern in patterns.values():
            bordered(pattern)
        return patterns

    @field_validator("symptoms")
    @classmethod
    def _concepts_known(cls, symptoms: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        unknown = sorted(set(symptoms) - set(concept_names()))
        if unknown:
            raise ValueError(f"Add these concepts to concepts.toml or correct their ids: {', '.join(unknown)}.")
        return symptoms


class PersonalPattern(_Strict):
    """A form of personal data that looks the same in every language."""

    id: str
    why: str = Field(min_length=5)
    score: float = Field(gt=0, lt=1)
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        bordered(pattern)
        return pattern


def bordered(pattern: str) -> re2._Regexp:
    """Compile a pack's pattern between letter-aware borders; group 1 is the pattern itself.

    Raises ValueError for the ASCII-only classes and for what re2 can't compile.
    """
    found = _ASCII_ONLY.search(pattern)
    if found:
        raise ValueError(f"Replace {found.group()[-2:]} in {pattern!r}: it knows ASCII only; use \\pL, \\pN or a written-out class.")
    try:
        compiled = re2.compile(rf"(?:^|{_BORDER})({pattern})(?:$|{_BORDER})")
    except re2.error as error:
        raise ValueError(f"Correct the pattern {pattern!r}: {error}.") from error
    if compiled.groups != 1:
        raise ValueError(f"Use (?: ) in place of ( ) in the pattern {pattern!r}: the loader needs the only group.")
    return compiled


def find_bordered(compiled: re2._Regexp, text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every hit. The search restarts behind the pattern, so that one border may serve two hits.

    At most 50: each search costs the length of the text, and nobody reads more.
    """
    position = 0
    for _ in range(_MOST_HITS):
        match = compiled.search(text, position)
        if not match:
            return
        start, end = match.span(1)
        yield start, end
        position = max(end, position + 1)


@cache
def personal_patterns() -> tuple[PersonalPattern, ...]:
    """The patterns of personal_data.toml. Raises PackError."""
    try:
        rows = tomllib.loads(PERSONAL.read_text(encoding="utf-8"))["pattern"]
        return tuple(PersonalPattern.model_validate(row) for row in rows)
    except (tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise PackError(f"Correct {PERSONAL.name}: {error}") from error


@cache
def concept_names() -> dict[str, str]:
    """Plain-English name of every concept id, the same in all languages."""
    names: dict[str, str] = tomllib.loads(CONCEPTS.read_text(encoding="utf-8"))["names"]
    return names


def load_language(path: Path) -> LanguagePack:
    """Read one pack. Raises PackError naming file and fault."""
    try:
        return LanguagePack.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError) as error:
        raise PackError(f"Correct the language pack {path.name}: {error}") from error


def language_files(folder: Path = LANGUAGES) -> tuple[Path, ...]:
    return tuple(sorted(folder.glob("*.toml")))


def shipped_languages(folder: Path = LANGUAGES) -> tuple[LanguagePack, ...]:
    """All packs of a folder, by code. The file name must be the code."""
    packs = tuple(load_language(path) for path in language_files(folder))
    for path, pack in zip(language_files(folder), packs, strict=True):
        if path.stem != pack.code:
            raise PackError(f"Rename {path.name} to {pack.code}.toml, or correct its code.")
    return packs


def phrase_forms(phrase: str, named: Mapping[str, Sequence[str]] = MappingProxyType({})) -> list[tuple[str, ...]]:
    """All word sequences a phrase stands for. Raises PackError when alternatives multiply beyond reason."""
    forms: list[tuple[str, ...]] = [()]
    for word in phrase.split():
        options = [tuple(_pieces(option)) for option in _options(word, named)]
        forms = [form + option for form in forms for option in options]
        if len(forms) > _MAX_PHRASE_FORMS:
            raise PackError(f"Split the phrase {phrase!r}: it stands for more than {_MAX_PHRASE_FORMS} word sequences.")
    return [form for form in forms if form]


def _options(word: str, named: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The alternatives of one word; `@name` stands for the pack's own list of that name."""
    for option in word.split("|"):
        if option.startswith("@") and option[1:] not in named:
            raise PackError(f"Add {option[1:]!r} to [words] of the pack or correct {word!r}.")
        yield from named[option[1:]] if option.startswith("@") else (option,)


def _pieces(option: str) -> Iterator[str]:
    """An option cut the way text is cut into words; `~` and the stars stay."""
    yield from re.findall(r"~|\*?[^\W_]+\*?", option)
