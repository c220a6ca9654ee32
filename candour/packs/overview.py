"""The packs read aloud: the list of rules with their tests, and the page docs/rules.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from candour.core.terms import Severity
from candour.packs.loader import PackError, load_market
from candour.packs.market import MarketPack, Rule

_SEVERITY = {
    Severity.BLOCK: "blocks",
    Severity.HIGH: "needs medical, legal or regulatory sign-off",
    Severity.MEDIUM: "a reviewer must answer",
    Severity.ADVICE: "advice",
}
_AUDIENCE = {"pub": "the public", "hcp": "health professionals", "both": "everybody"}


@dataclass(frozen=True, slots=True)
class Covered:
    """One rule: the pack that wrote it, how it is judged, and with how many texts it is tested."""

    rule: str
    pack: str
    kind: str
    severity: str
    hits: int
    misses: int
    needs_local_review: bool


def coverage() -> list[Covered]:
    """Every shipped rule once, in the order of packs and ids; `kind` is machine (reads words) or facts (reads the facts of the piece)."""
    return [_covered(rule, pack) for pack in shipped_packs() for rule in pack.rules if rule.home == pack.id]


@cache
def shipped_packs() -> tuple[MarketPack, ...]:
    """All shipped packs, bases included, sorted by how much they extend and then by id."""
    names = sorted(entry.name[:-5] for entry in files("candour.packs").joinpath("markets").iterdir() if entry.name.endswith(".toml"))
    return tuple(sorted((load_market(name) for name in names), key=lambda pack: (len(pack.chain), pack.id)))


def find_rule(rule_id: str) -> Rule:
    """A shipped rule by id. Raises PackError."""
    for pack in shipped_packs():
        if rule_id in pack.by_id:
            return pack.by_id[rule_id]
    raise PackError(f"There is no rule {rule_id}: look it up with `candour packs list`.")


def _covered(rule: Rule, pack: MarketPack) -> Covered:
    return Covered(rule.id, pack.id, _kind(rule, pack), str(rule.severity), len(rule.hits), len(rule.misses), rule.needs_local_review)


def _kind(rule: Rule, pack: MarketPack) -> str:
    return "machine" if any(_reads_words(name, pack) for name, _ in rule.when.names()) else "facts"


def _reads_words(name: str, pack: MarketPack) -> bool:
    signal = pack.lexicon.signals[name]
    if signal.kind == "derived":
        return any(_reads_words(part, pack) for part, _ in pack.lexicon.derived[name].names())
    return signal.kind in ("words", "text", "number") or signal.group in ("product", "use", "claim", "risk", "text", "reply")


def aloud(rule: Rule) -> str:
    """The condition of a rule as a sentence a lawyer can read."""
    return f"Fires on {rule.when.aloud()}."


def rules_page() -> str:
    """docs/rules.md, printed from the packs; a test fails when the file differs."""
    lines = [
        "# Rules",
        "",
        "Printed from the packs by `candour.packs.overview.rules_page()`; change the packs, not this page.",
        "Engineering material, not legal advice: a pack is a proposal until a named local reviewer has signed its release.",
    ]
    for pack in shipped_packs():
        lines += ["", f"## {pack.title} (`{pack.id}`, {pack.version})", "", _extends(pack)]
        for rule in pack.rules:
            if rule.home == pack.id:
                lines += ["", *_rule_lines(rule)]
    lines += ["", "## Signals", "", "| signal | meaning | found by |", "|---|---|---|", *_signal_lines(shipped_packs()[0])]
    return "\n".join(lines) + "\n"


def _extends(pack: MarketPack) -> str:
    inherited = pack.chain[:-1]
    return f"Adds to: {', '.join(inherited)}." if inherited else "The base of every market."


def _rule_lines(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    yield rule.asks()
    yield ""
    kinds = ", ".join(sorted(rule.applies))
    yield f"- Weight: {rule.severity} ({_SEVERITY[rule.severity]}); for {kinds}; read by {_AUDIENCE[rule.audience]}"
    yield f"- {aloud(rule)} `{rule.when_text}`"
    yield from (f"- Does not count: {reason.why} ({reason.citation})" for reason in rule.exemptions)
    yield from (f"- Weighs {soft.severity} instead on {soft.when.aloud()}" for soft in rule.soften)
    if rule.implements:
        yield f"- Carries out: {', '.join(sorted(rule.implements))}"
    yield f"- To pass: {rule.suggestion()}"
    yield f"- Source: {_source(rule)}"
    yield f"- Tested with {len(rule.hits)} texts that must hit and {len(rule.misses)} that must not"


def _source(rule: Rule) -> str:
    words = f"{rule.citation.law}: {rule.citation.about}"
    linked = f"{words} (<{rule.citation.url}>)" if rule.citation.url else words
    return f"{linked}. Needs a local check." if rule.needs_local_review else linked


def _signal_lines(pack: MarketPack) -> Iterable[str]:
    for name, signal in pack.lexicon.signals.items():
        how = f"`{signal.when}`".replace("|", "\\|") if signal.when else signal.kind
        yield f"| `{name}` | {signal.meaning} | {how} |"
