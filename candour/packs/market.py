"""A loaded market pack: frozen, hashed, with everything it inherits. What runs is one of these, never a file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from candour.core.terms import Audience, Severity
from candour.packs.rules import Expression
from candour.packs.schema import (
    Calendar,
    CitationWords,
    Clocks,
    HeldRule,
    Param,
    PieceRow,
    Route,
    RuleKind,
    RuleWords,
    SignalFile,
    WordingFile,
)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why a rule does not count here; `why` is the sentence a reader sees."""

    id: str
    when: Expression
    why: str
    citation: str


@dataclass(frozen=True, slots=True)
class Softer:
    when: Expression
    severity: Severity
    suggestion: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in force. `home` is the pack that wrote it, `changed` why a later pack altered it (empty if none did)."""

    id: str
    home: str
    kind: RuleKind
    gate: str
    severity: Severity
    applies: frozenset[str]
    audience: Audience
    when: Expression
    when_text: str
    exemptions: tuple[Exemption, ...]
    soften: tuple[Softer, ...]
    spans_from: tuple[str, ...]
    words: MappingProxyType[str, RuleWords]
    citation: CitationWords
    implements: frozenset[str]
    needs_local_review: bool
    params: MappingProxyType[str, Param]
    valid_from: dt.date | None
    valid_to: dt.date | None
    hits: tuple[PieceRow, ...]
    misses: tuple[PieceRow, ...]
    changed: str = ""

    def asks(self, language: str = "en") -> str:
        return self.words.get(language, self.words["en"]).asks

    def suggestion(self, language: str = "en") -> str:
        return self.words.get(language, self.words["en"]).suggestion

    def in_force(self, on: dt.date | None) -> bool:
        """Whether the rule binds on that day; without a day every rule counts."""
        if on is None:
            return True
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True)
class Lexicon:
    """The declared signals and the wordings behind them. Two packs with the same digest share what they found in a piece."""

    signals: MappingProxyType[str, SignalFile]
    derived: MappingProxyType[str, Expression]
    wordings: tuple[WordingFile, ...]
    digest: str


@dataclass(frozen=True)
class MarketPack:
    """A market with its inherited rules. `digest` is the SHA-256 of `bundle`, the exact bytes that were read, in a fixed order."""

    id: str
    title: str
    version: str
    chain: tuple[str, ...]
    base: bool
    languages: tuple[str, ...]
    currency: str
    aliases: tuple[str, ...]
    calendar: Calendar | None
    clocks: Clocks
    route: Route
    params: MappingProxyType[str, Param]
    rules: tuple[Rule, ...]
    held: tuple[HeldRule, ...]
    retired: MappingProxyType[str, str]
    lexicon: Lexicon
    bundle: bytes = field(repr=False)
    digest: str
    reviewed_by: str = ""
    reviewed_on: dt.date | None = None

    @property
    def release_name(self) -> str:
        """Short name of this very content, for example `de@2026.11#ab12cd34ef`."""
        return f"{self.id}@{self.version}#{self.digest[:10]}"

    @cached_property
    def by_id(self) -> MappingProxyType[str, Rule]:
        return MappingProxyType({rule.id: rule for rule in self.rules})

    def param(self, name: str, rule: Rule | None = None, default: Any = None) -> Any:
        """A setting: the rule's own, else the pack's, else `default`."""
        if rule is not None and name in rule.params:
            return rule.params[name]
        return self.params.get(name, default)
