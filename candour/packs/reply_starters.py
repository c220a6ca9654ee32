"""Reply starters: texts a company can sign and then use. What ships is a proposal; nobody may send one unsigned."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Formatter

from candour.core.terms import DutyKind
from candour.packs.loader import PackError, parse_file, read_toml
from candour.packs.schema import RepliesFile, StarterFile


@dataclass(frozen=True, slots=True)
class ReplyStarter:
    """One starter. `placeholders` are the only places where a text may differ from the signed one, in order of appearance."""

    id: str
    title: str
    language: str
    duties: frozenset[DutyKind]
    markets: tuple[str, ...]
    where: str
    text: str
    placeholders: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with every placeholder filled. Raises PackError for a missing or empty value."""
        missing = [name for name in self.placeholders if not values.get(name, "").strip()]
        if missing:
            raise PackError(f"The reply '{self.title}' needs a value for {missing[0]}: fill it in.")
        return self.text.format_map({name: values[name] for name in self.placeholders})


@dataclass(frozen=True)
class ReplyPack:
    """All starters of a language; `content` are the bytes read, `digest` their SHA-256."""

    language: str
    version: str
    starters: tuple[ReplyStarter, ...]
    digest: str
    content: bytes = field(repr=False)

    @property
    def release_name(self) -> str:
        return f"replies-{self.language}@{self.version}#{self.digest[:10]}"

    def for_duty(self, duty: DutyKind, market: str) -> tuple[ReplyStarter, ...]:
        """Starters that fit a duty in a market, in the order of the file."""
        return tuple(starter for starter in self.starters if duty in starter.duties and market in starter.markets)


def reply_languages() -> tuple[str, ...]:
    """Languages with shipped starters, sorted."""
    return tuple(sorted(entry.name[:-5] for entry in files("candour.packs").joinpath("replies").iterdir() if entry.name.endswith(".toml")))


@cache
def load_replies(language: str) -> ReplyPack:
    """The shipped starters of one language. Raises PackError when there are none or the file is faulty."""
    if language not in reply_languages():
        raise PackError(f"There are no reply starters in '{language}': add one file or choose {', '.join(reply_languages())}.")
    return parse_replies(files("candour.packs").joinpath("replies", f"{language}.toml").read_bytes(), f"replies/{language}.toml")


def parse_replies(content: bytes, name: str = "replies") -> ReplyPack:
    """Starters from the bytes of a file or an activated release. Raises PackError."""
    parsed = parse_file(RepliesFile, name, read_toml(name, content))
    ids = [starter.id for starter in parsed.reply]
    if len(set(ids)) < len(ids):
        raise PackError(f"{name} uses an id twice: give every reply its own.")
    starters = tuple(_starter(starter, parsed.language) for starter in parsed.reply)
    return ReplyPack(parsed.language, parsed.version, starters, hashlib.sha256(content).hexdigest(), content)


def _starter(source: StarterFile, language: str) -> ReplyStarter:
    used = tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(source.text) if name))
    return ReplyStarter(source.id, source.title, language, frozenset(source.duties), source.markets, source.where, source.text, used)
