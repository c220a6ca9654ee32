"""Language packs: how people say things, as data. Schema and loader.

A pack is one folder `languages/CODE/`. Its TOML files are read as one: `code`, `name`, `level`, `spaced`, `accents` and the tables
`words`, `symptoms`, `cues`, `signs`, `time`, `patterns` may stand in any of them, and a table may go on in a second file. `examples.toml`
stands apart: posts with the duties they owe, written by somebody who hasn't read the phrases. What phrases mean is the same in all
languages and stands beside the folder: concepts.toml (symptoms), cues.toml (roles), signs.toml (duties). Unknown keys and ids are refused,
so a typing mistake can't silently switch off a cue.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from candour.core.terms import DutyKind
from candour.packs.patterns import bordered
from candour.packs.phrases import PhraseError, phrase_forms

LANGUAGES = Path(__file__).parent / "languages"
CONCEPTS = Path(__file__).parent / "concepts.toml"
SIGNS = Path(__file__).parent / "signs.toml"
CUES = Path(__file__).parent / "cues.toml"
MEDICINES = Path(__file__).parent / "medicines.toml"
PERSONAL = Path(__file__).parent / "personal_data.toml"
EXAMPLES = "examples.toml"
#: Language, and the script or country where one language has two packs: en, zh-Hant, pt-BR.
_CODE = "^[a-z]{2}(?:-[A-Z][a-z]{3}|-[A-Z]{2})?$"
_TABLES = frozenset({"words", "symptoms", "cues", "signs", "time", "patterns"})
_PATTERNS = frozenset({"address", "postcode", "named_patient", "introduced"})


class PackError(ValueError):
    """A pack can't be loaded; the message says which file and what its author must change."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sign(_Strict):
    """What a phrase that is no symptom says. `needs`: what must stand in the post as well; `question`: only inside a question;
    `reported`: not where an authority, the press or an advert speaks of somebody else's medicine; `also`: a second duty, where told and
    not asked."""

    duty: DutyKind
    why: str = Field(min_length=5)
    score: float = Field(gt=0, lt=1)
    needs: tuple[Literal["medicine", "person"], ...] = ()
    question: bool = False
    negatable: bool = False
    reported: bool = False
    also: DutyKind | None = None


class Example(_Strict):
    """A post with all the duties it owes (AE: as a person is shown it).

    `only`: graded for these duties alone, where others are open to dispute.
    """

    text: str = Field(min_length=1)
    duties: tuple[DutyKind, ...]
    only: tuple[DutyKind, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _graded(self) -> Example:
        if self.only and set(self.duties) - set(self.only):
            raise ValueError(f"Name under only every duty of {self.text!r}, or leave only out.")
        return self

    @property
    def graded(self) -> tuple[DutyKind, ...]:
        """The duties this post says something about."""
        return self.only or tuple(DutyKind)


class TimeWords(_Strict):
    """Words for spans of time. `numbers`: what a number word counts; `days`: days in a unit; `now`: words for today."""

    numbers: dict[str, float] = {}
    days: dict[str, float] = {}
    now: tuple[str, ...] = ()


class LanguagePack(_Strict):
    """One language. `level`: deep or basic, shown to the reader; `spaced`: false where words are not set apart by blanks; `accents`: how
    those type who leave accents out, dropping them or writing two letters (German ae).

    `symptoms`: phrases by concept; `cues`: by role; `signs`: by sign; `words`: lists for `@name`; `patterns`: re2, see `patterns.bordered`.
    """

    code: str = Field(pattern=_CODE)
    name: str = Field(min_length=2)
    level: Literal["deep", "basic"]
    spaced: bool = True
    accents: Literal["drop", "expand"] = "drop"
    words: dict[str, tuple[str, ...]] = {}
    symptoms: dict[str, tuple[str, ...]]
    cues: dict[str, tuple[str, ...]]
    signs: dict[str, tuple[str, ...]]
    time: TimeWords = Field(default_factory=lambda: TimeWords())
    patterns: dict[str, str] = {}
    examples: tuple[Example, ...] = ()

    def forms(self, phrase: str) -> list[tuple[str, ...]]:
        """All word sequences a phrase of this pack stands for, names of `words` put in. Raises PhraseError."""
        return phrase_forms(phrase, self.words)

    def phrases(self) -> Iterator[tuple[str, str, str]]:
        """Every phrase as (table, id, phrase)."""
        for table in ("symptoms", "cues", "signs"):
            for key, phrases in getattr(self, table).items():
                yield from ((table, key, phrase) for phrase in phrases)

    @field_validator("patterns")
    @classmethod
    def _patterns_compile(cls, patterns: dict[str, str]) -> dict[str, str]:
        _known("patterns", patterns, _PATTERNS, "the language_schema")
        for pattern in patterns.values():
            bordered(pattern)
        return patterns

    @model_validator(mode="after")
    def _ids_known(self) -> LanguagePack:
        _known("symptoms", self.symptoms, concept_names(), CONCEPTS.name)
        _known("cues", self.cues, cue_roles(), CUES.name)
        _known("signs", self.signs, signs(), SIGNS.name)
        return self

    @model_validator(mode="after")
    def _phrases_read(self) -> LanguagePack:
        for table, key, phrase in self.phrases():
            try:
                forms = self.forms(phrase.casefold())
            except PhraseError as error:
                raise ValueError(f"{table} {key}: {error}") from error
            if not forms:
                raise ValueError(f"{table} {key}: write words in the phrase {phrase!r}, it holds none.")
        return self


def _known(table: str, given: Iterable[str], known: Iterable[str], source: str) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"Add to {source} or correct in {table}: {', '.join(unknown)}.")


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


@cache
def personal_patterns() -> tuple[PersonalPattern, ...]:
    """The patterns of personal_data.toml. Raises PackError."""
    try:
        return tuple(PersonalPattern.model_validate(row) for row in _table(PERSONAL)["pattern"])
    except (KeyError, ValidationError) as error:
        raise PackError(f"Correct {PERSONAL.name}: {error}") from error


@cache
def concept_names() -> dict[str, str]:
    """Plain-English name of every concept id, the same in all languages."""
    return dict(_table(CONCEPTS)["names"])


@cache
def emoji_concepts() -> dict[str, str]:
    """Concept id of every emoji that tells a symptom, in all languages. Raises PackError for an unknown concept."""
    emoji = dict(_table(CONCEPTS).get("emoji", {}))
    unknown = sorted(set(emoji.values()) - set(concept_names()))
    if unknown:
        raise PackError(f"Correct [emoji] in {CONCEPTS.name}: {', '.join(unknown)} not among [names].")
    return emoji


@cache
def medicine_names() -> tuple[str, ...]:
    """Phrases that name a medicine in any language: endings of classes, substances, well-known brands. No dictionary of a customer's."""
    rows = _table(MEDICINES)
    return tuple(phrase for kind in ("endings", "substances", "brands") for phrase in rows[kind])


@cache
def cue_roles() -> dict[str, str]:
    """What each cue role means, the same in all languages."""
    return dict(_table(CUES)["roles"])


@cache
def signs() -> dict[str, Sign]:
    """Every sign by id, the same in all languages. Raises PackError."""
    try:
        return {key: Sign.model_validate(row) for key, row in _table(SIGNS).items()}
    except ValidationError as error:
        raise PackError(f"Correct {SIGNS.name}: {error}") from error


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackError(f"Correct {path.parent.name}/{path.name}: {error}") from error


def load_language(folder: Path) -> LanguagePack:
    """Read one pack. Raises PackError naming the fault and its file or folder."""
    merged: dict[str, Any] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name != EXAMPLES:
            _merge(merged, _table(path), path)
    examples = folder / EXAMPLES
    rows = _table(examples) if examples.exists() else {}
    if set(rows) - {"examples"}:
        raise PackError(f"Write only examples = [...] in {folder.name}/{EXAMPLES}: {', '.join(sorted(set(rows) - {'examples'}))} found.")
    try:
        pack = LanguagePack.model_validate(merged | rows)
    except ValidationError as error:
        raise PackError(f"Correct the language pack {folder.name}: {error}") from error
    if pack.code != folder.name:
        raise PackError(f"Rename the folder {folder.name} to {pack.code}, or correct its code.")
    return pack


def _merge(into: dict[str, Any], rows: dict[str, Any], path: Path) -> None:
    """Put one file's rows in: lists under the same id go on, anything else said twice is refused."""
    for key, value in rows.items():
        if key in _TABLES and key != "time":
            table = into.setdefault(key, {})
            for name, phrases in value.items():
                if name in table and not isinstance(phrases, list):
                    raise PackError(f"Give {key} {name} once: {path.parent.name}/{path.name} repeats it.")
                table[name] = [*table.get(name, []), *phrases] if isinstance(phrases, list) else phrases
        elif key in into:
            raise PackError(f"Give {key} once: {path.parent.name}/{path.name} repeats it.")
        else:
            into[key] = value


def language_folders(root: Path = LANGUAGES) -> tuple[Path, ...]:
    """The packs' folders, by code."""
    return tuple(sorted(path for path in root.iterdir() if path.is_dir() and any(path.glob("*.toml"))))


def language_files(root: Path = LANGUAGES) -> tuple[Path, ...]:
    """The files whose bytes decide what is found, in one order everywhere: examples decide nothing."""
    return tuple(path for folder in language_folders(root) for path in sorted(folder.glob("*.toml")) if path.name != EXAMPLES)


def shipped_languages(root: Path = LANGUAGES) -> tuple[LanguagePack, ...]:
    """All packs of a folder, by code. Raises PackError."""
    return tuple(load_language(folder) for folder in language_folders(root))
