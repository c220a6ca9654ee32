"""Reads packs: bytes in, a frozen and hashed MarketPack out. No file is half read: the first fault stops the load.

The order is fixed: base files first, then the market, then overlays; a later file may add a rule, change its params or severity,
or retire it with a reason. The bundle of all bytes read (market files, signals, wordings) is what gets hashed, signed and activated.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from candour.packs.market import Exemption, Lexicon, MarketPack, Rule, Softer
from candour.packs.rules import Expression, RuleLanguageError, parse
from candour.packs.schema import (
    Calendar,
    Change,
    Clocks,
    ExemptionWords,
    HeldRule,
    MarketFile,
    OverlayFile,
    Param,
    PartFile,
    RuleFile,
    RuleWords,
    SignalFile,
    WordingFile,
)

SIGNALS = "signals/"
WORDINGS = "wordings/"
OVERLAYS = "overlays/"
Model = TypeVar("Model", bound=BaseModel)


class PackError(ValueError):
    """A pack can't be used; the message names the file and what to change."""


class UnknownMarket(PackError):
    """Nobody ships a pack for this market."""


@cache
def shipped_markets() -> tuple[str, ...]:
    """Ids of the markets a piece can be checked for, sorted; bases that exist only to be extended and topics are left out."""
    return tuple(name for name, read in _shipped_files().items() if not read.base and not read.topic)


@cache
def shipped_topics() -> tuple[str, ...]:
    """Ids of the packs about a topic, sorted."""
    return tuple(name for name, read in _shipped_files().items() if read.topic)


@cache
def _shipped_files() -> dict[str, MarketFile]:
    names = sorted(entry.name[:-5] for entry in files("candour.packs").joinpath("markets").iterdir() if entry.name.endswith(".toml"))
    return {name: _market_file(_shipped(f"markets/{name}.toml"), name) for name in names}


@lru_cache(maxsize=256)
def market_id(code: str) -> str:
    """The pack id for a market code as people write it (`DE`, `de`, `USA`). Raises UnknownMarket."""
    wanted = code.strip().casefold()
    for name in (*shipped_markets(), *shipped_topics()):
        if wanted == name or wanted in {alias.casefold() for alias in load_market(name).aliases}:
            return name
    raise UnknownMarket(f"There is no pack for the market '{code}': correct it or choose one of {', '.join(shipped_markets())}.")


@cache
def load_market(market: str) -> MarketPack:
    """The shipped pack of one market with all it extends. Raises UnknownMarket or PackError."""
    return load_bundle(bundle_of(_chain_files(market)))


def load_bundle(bundle: bytes) -> MarketPack:
    """The pack from the bytes of an activated release, exactly as it was signed. Raises PackError."""
    try:
        texts = {name: text.encode() for name, text in json.loads(bundle)["files"]}
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise PackError("These bytes are not a pack release: export the release again.") from fault
    return _build(texts, bundle)


def apply_overlay(pack: MarketPack, overlay: bytes, name: str = "overlay") -> MarketPack:
    """`pack` with a company's changes on top: params, added rules, retired rules with reason. The result has its own digest."""
    key = f"{OVERLAYS}{name}.toml"
    texts = files_of(pack.bundle)
    if key in texts:
        raise PackError(f"An overlay named '{name}' is already applied: give this one another name.")
    return load_bundle(bundle_of({**texts, key: overlay}))


def files_of(bundle: bytes) -> dict[str, bytes]:
    """The files in the bundle of a pack, by name, in the order they apply."""
    return {name: text.encode() for name, text in json.loads(bundle)["files"]}


def without_overlays(pack: MarketPack) -> MarketPack:
    """The same release as it was shipped, without the company's changes; the pack itself where it has none."""
    texts = files_of(pack.bundle)
    shipped = {name: text for name, text in texts.items() if not name.startswith(OVERLAYS)}
    return pack if shipped == texts else load_bundle(bundle_of(shipped))


def overlays_in(pack: MarketPack) -> dict[str, OverlayFile]:
    """The company's changes that are part of a pack, by name, in the order they apply."""
    if OVERLAYS.encode() not in pack.bundle:
        return {}  # reading half a megabyte of JSON takes milliseconds, and most packs have none
    texts = {name: text for name, text in files_of(pack.bundle).items() if name.startswith(OVERLAYS)}
    return {_bare(name): parse_file(OverlayFile, name, read_toml(name, text)) for name, text in texts.items()}


def _bare(overlay: str) -> str:
    return overlay.removeprefix(OVERLAYS).removesuffix(".toml")


def bundle_of(texts: Mapping[str, bytes]) -> bytes:
    """Canonical bytes: the files in the order they apply. A list keeps that order through JSON."""
    pairs = [[name, _utf8(name, text)] for name, text in texts.items()]
    return json.dumps({"files": pairs}, ensure_ascii=False, separators=(",", ":")).encode()


def _utf8(name: str, text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as fault:
        raise PackError(f"{name} is not UTF-8: save it as UTF-8.") from fault


def _shipped(path: str) -> bytes:
    return files("candour.packs").joinpath(path).read_bytes()


def _chain_files(market: str) -> dict[str, bytes]:
    """The files of a market, bases first, then signals and wordings. Raises UnknownMarket, PackError on a circle."""
    chain: dict[str, bytes] = {}
    wanted: str | None = market
    while wanted:
        path = f"markets/{wanted}.toml"
        if path in chain:
            raise PackError(f"{path} extends itself: remove the circle.")
        try:
            content = _shipped(path)
        except FileNotFoundError as fault:
            raise UnknownMarket(f"There is no pack for the market '{wanted}': choose one of {', '.join(shipped_markets())}.") from fault
        chain = {path: content, **_parts(wanted), **chain}
        wanted = _market_file(content, wanted).extends
    return {**chain, **_word_files()}


def _parts(market: str) -> dict[str, bytes]:
    folder = files("candour.packs").joinpath("markets", market)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml")) if folder.is_dir() else []
    return {f"markets/{market}/{name}": _shipped(f"markets/{market}/{name}") for name in names}


@cache
def _word_files() -> dict[str, bytes]:
    """Signals and wordings of every language, in a fixed order: every market reads the same words."""
    home = files("candour.packs")
    signals = [f"{SIGNALS}{entry.name}" for entry in home.joinpath("signals").iterdir()]
    languages = [entry for entry in home.joinpath("wordings").iterdir() if entry.is_dir()]
    words = [f"{WORDINGS}{language.name}/{entry.name}" for language in languages for entry in language.iterdir()]
    return {name: _shipped(name) for name in (*sorted(signals), *sorted(words)) if name.endswith(".toml")}


def read_toml(name: str, content: bytes) -> dict[str, Any]:
    """The tables of a TOML file. Raises PackError with the file's name and the place of the fault."""
    try:
        return tomllib.loads(_utf8(name, content))
    except tomllib.TOMLDecodeError as fault:
        raise PackError(f"{name} is not valid TOML: {fault}.") from fault


def parse_file(model: type[Model], name: str, tables: Any) -> Model:
    """`tables` as `model`. Raises PackError that names the file, the place and the fault."""
    try:
        return model.model_validate(tables)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{name}: {where}: {first['msg']}") from fault


def _market_file(content: bytes, market: str) -> MarketFile:
    name = f"markets/{market}.toml"
    parsed = parse_file(MarketFile, name, read_toml(name, content))
    if parsed.id != market:
        raise PackError(f"{name} calls itself '{parsed.id}': file name and id must be the same.")
    return parsed


def _build(texts: Mapping[str, bytes], bundle: bytes) -> MarketPack:
    lexicon = _lexicon(texts)
    layers = _Layers()
    chain: list[MarketFile] = []
    for name, content in texts.items():
        if name.startswith("markets/") and name.count("/") > 1:
            part = parse_file(PartFile, name, read_toml(name, content))
            _same_market(part.part_of, chain, name)
            layers.add(part.part_of, part)
        elif name.startswith("markets/"):
            market = _market_file(content, name.removeprefix("markets/").removesuffix(".toml"))
            chain.append(market)
            layers.add(market.id, market)
        elif name.startswith(OVERLAYS):
            overlay = parse_file(OverlayFile, name, read_toml(name, content))
            _same_market(overlay.market, chain, name)
            _settings_known(name, overlay, layers, lexicon)
            layers.add(_bare(name), overlay)
    if not chain:
        raise PackError("The release holds no market file: export it again.")
    return _pack(chain, layers, lexicon, bundle)


def _same_market(market: str, chain: list[MarketFile], name: str) -> None:
    if not chain or market != chain[-1].id:
        raise PackError(f"{name} is written for '{market}': apply it to that market.")


def _settings_known(name: str, overlay: OverlayFile, layers: _Layers, lexicon: Lexicon) -> None:
    """Refuse a setting that no rule or signal reads, or one of another kind: it would be a change that changes nothing."""
    read = {own for signal in lexicon.signals.values() for own in (signal.at_least, signal.below, signal.param) if own}
    _fits(name, overlay.params, layers.params, read)
    for change in overlay.change:
        own = layers.drafts[change.rule][0].params if change.rule in layers.drafts else {}
        _fits(name, change.params, {**layers.params, **own}, read)


def _fits(name: str, given: Mapping[str, Param], known: Mapping[str, Param], read: set[str]) -> None:
    for setting, value in given.items():
        if setting not in known and setting not in read:
            raise PackError(f"{name} sets '{setting}', which no rule of this market reads: correct the name.")
        before = known.get(setting, value)
        if _kind(before) is not _kind(value):
            raise PackError(f"{name} sets '{setting}' to {value!r}, but it is {_KINDS[_kind(before)]}: correct the value.")


_KINDS: dict[type, str] = {bool: "true or false", float: "a number", str: "text"}


def _kind(value: Param) -> type:
    return float if type(value) is int else type(value)


def _pack(chain: list[MarketFile], layers: _Layers, lexicon: Lexicon, bundle: bytes) -> MarketPack:
    own = chain[-1]
    return MarketPack(
        id=own.id,
        title=own.title,
        version=own.version,
        chain=tuple(part.id for part in chain),
        base=own.base,
        languages=own.languages,
        currency=own.currency or "",
        aliases=own.aliases,
        calendar=layers.calendar,
        clocks=next((part.clocks for part in reversed(chain) if part.clocks), Clocks()),
        route=own.route,
        params=MappingProxyType(dict(layers.params)),
        rules=layers.rules(lexicon),
        held=tuple(sorted(layers.held.values(), key=lambda rule: rule.id)),
        retired=MappingProxyType(dict(layers.retired)),
        lexicon=lexicon,
        bundle=bundle,
        digest=hashlib.sha256(bundle).hexdigest(),
        reviewed_by=own.reviewed_by,
        reviewed_on=own.reviewed_on,
    )


@dataclass
class _Layers:
    """Rules, params and exemptions while the files are laid over each other; later files win."""

    drafts: dict[str, tuple[RuleFile, str, str]] = field(default_factory=dict)
    held: dict[str, HeldRule] = field(default_factory=dict)
    params: dict[str, Param] = field(default_factory=dict)
    exemptions: dict[str, ExemptionWords] = field(default_factory=dict)
    retired: dict[str, str] = field(default_factory=dict)
    calendar: Calendar | None = None

    def add(self, home: str, layer: MarketFile | PartFile | OverlayFile) -> None:
        self.exemptions.update(layer.exemption)
        if not isinstance(layer, PartFile):
            self._alter(home, layer)
        for rule in layer.rule:
            self._new_id(rule.id, home)
            self.drafts[rule.id] = (rule, home, "")
        for held in () if isinstance(layer, OverlayFile) else layer.held:
            self._new_id(held.id, home)
            self.held[held.id] = held

    def _alter(self, home: str, layer: MarketFile | OverlayFile) -> None:
        if layer.calendar is not None or isinstance(layer, MarketFile):  # a market never works by the hours of what it extends
            self.calendar = layer.calendar
        self.params.update(layer.params)
        for retirement in layer.retire:
            self._take(retirement.rule, home)
            self.retired[retirement.rule] = f"{home}: {retirement.reason}"
        for change in layer.change:
            rule, wrote, _ = self._take(change.rule, home)
            self.drafts[change.rule] = (_changed(rule, change), wrote, f"{home}: {change.reason}")

    def _new_id(self, rule: str, home: str) -> None:
        if rule in self.drafts or rule in self.held or rule in self.retired:
            raise PackError(f"{home} uses the rule id {rule} again: ids are never reused, choose a new one.")

    def _take(self, rule: str, home: str) -> tuple[RuleFile, str, str]:
        if rule not in self.drafts:
            raise PackError(f"{home} changes the rule {rule}, which it does not inherit: correct the id.")
        return self.drafts.pop(rule)

    def rules(self, lexicon: Lexicon) -> tuple[Rule, ...]:
        known = frozenset(lexicon.signals)
        exempt = {name: _exemption(name, words, known) for name, words in self.exemptions.items()}
        built = [_rule(*draft, exempt, known) for draft in self.drafts.values()]
        return tuple(sorted(built, key=lambda rule: rule.id))


def _changed(rule: RuleFile, change: Change) -> RuleFile:
    """The rule with a change laid over it; a new suggestion stands in every language that has none of its own."""
    said = {
        language: change.suggestions.get(language) or change.suggestion or words.suggestion for language, words in rule.translations.items()
    }
    return rule.model_copy(
        update={
            "params": {**rule.params, **change.params},
            "severity": change.severity or rule.severity,
            "suggestion": change.suggestions.get("en") or change.suggestion or rule.suggestion,
            "translations": {
                language: words.model_copy(update={"suggestion": said[language]}) for language, words in rule.translations.items()
            },
        }
    )


def _condition(where: str, text: str, known: frozenset[str]) -> Expression:
    try:
        return parse(text, known)
    except RuleLanguageError as fault:
        raise PackError(f"{where}: {fault}") from fault


def _exemption(name: str, words: ExemptionWords, known: frozenset[str]) -> Exemption:
    return Exemption(name, _condition(f"exemption {name}", words.when, known), words.why, words.citation)


def _rule(source: RuleFile, home: str, changed: str, exempt: Mapping[str, Exemption], known: frozenset[str]) -> Rule:
    missing = [name for name in source.exempt_when if name not in exempt] + [name for name in source.spans_from if name not in known]
    if missing:
        raise PackError(f"{source.id} names '{missing[0]}', which nobody declared: declare it or correct the name.")
    return Rule(
        id=source.id,
        home=home,
        kind=source.kind,
        gate=source.gate,
        severity=source.severity,
        applies=frozenset(source.applies),
        audience=source.audience,
        when=_condition(source.id, source.when, known),
        when_text=source.when,
        exemptions=tuple(exempt[name] for name in source.exempt_when),
        soften=tuple(Softer(_condition(source.id, soft.when, known), soft.severity, soft.suggestion) for soft in source.soften),
        spans_from=source.spans_from,
        words=MappingProxyType({"en": RuleWords(asks=source.asks, suggestion=source.suggestion), **source.translations}),
        citation=source.citation,
        implements=frozenset(source.implements),
        needs_local_review=source.needs_local_review,
        params=MappingProxyType(dict(source.params)),
        valid_from=source.valid_from,
        valid_to=source.valid_to,
        hits=source.hits,
        misses=source.misses,
        changed=changed,
    )


def _lexicon(texts: Mapping[str, bytes]) -> Lexicon:
    parts = {name: content for name, content in sorted(texts.items()) if _declares(name) or name.startswith(WORDINGS)}
    digest = hashlib.sha256(b"".join(name.encode() + b"\0" + content + b"\0" for name, content in parts.items())).hexdigest()
    return _read_lexicon(digest, _Words(parts))


def _declares(file: str) -> bool:
    """Whether a file declares signals; releases signed before there was a folder hold them in one file."""
    return file.startswith(SIGNALS) or file == "signals.toml"


@dataclass(frozen=True)
class _Words:
    """Carries the files into the cache; two of one digest are equal, because the digest is the key."""

    parts: Mapping[str, bytes] = field(compare=False)


@lru_cache(maxsize=16)
def _read_lexicon(digest: str, words: _Words) -> Lexicon:
    """Signals and wordings, parsed once for all the packs that share them."""
    tables = {name: read_toml(name, content) for name, content in words.parts.items()}
    signals: dict[str, SignalFile] = {}
    for name, table in tables.items():
        if _declares(name):
            _declare(signals, name, table)
    if not signals:
        raise PackError("The release declares no signals: export it again.")
    wordings = tuple(parse_file(WordingFile, name, table) for name, table in tables.items() if name.startswith(WORDINGS))
    _wordings_declared(wordings, signals)
    return Lexicon(MappingProxyType(signals), MappingProxyType(_derived(signals)), wordings, digest)


def _declare(signals: dict[str, SignalFile], file: str, table: Mapping[str, Any]) -> None:
    for name, declared in table.items():
        if name in signals:
            raise PackError(f"{file} declares the signal '{name}' again: remove one of the two.")
        signals[name] = parse_file(SignalFile, f"{file} {name}", declared)


def _wordings_declared(wordings: Iterable[WordingFile], signals: Mapping[str, SignalFile]) -> None:
    for wording in wordings:
        for name in (*wording.signals, *wording.unless):
            if name not in signals or signals[name].kind != "words":
                raise PackError(
                    f"The {wording.language} wordings speak of '{name}', which no file in {SIGNALS} declares as words: declare it."
                )


def _derived(signals: Mapping[str, SignalFile]) -> dict[str, Expression]:
    """Conditions of the derived signals, each after those it stands on. Raises PackError on a circle."""
    known = frozenset(signals)
    waiting = {name: _condition(name, signal.when, known) for name, signal in signals.items() if signal.kind == "derived"}
    ordered: dict[str, Expression] = {}
    while waiting:
        ready = [name for name, when in waiting.items() if not any(part in waiting for part, _ in when.names())]
        if not ready:
            raise PackError(f"The signals {', '.join(sorted(waiting))} are derived from each other: remove the circle.")
        ordered.update({name: waiting.pop(name) for name in ready})
    return ordered
