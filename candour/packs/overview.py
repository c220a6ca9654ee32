"""The packs read aloud: the list of rules with their tests, and the page docs/rules.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from candour.core.terms import Severity
from candour.packs.loader import PackError, load_market
from candour.packs.market import MarketPack, Rule
from candour.packs.schema import HeldRule

_SEVERITY = {
    Severity.BLOCK: "blocks",
    Severity.HIGH: "needs medical, legal or regulatory sign-off",
    Severity.MEDIUM: "a reviewer must answer",
    Severity.ADVICE: "advice",
}
_KIND = {"gate": "Before publication, an entry is asked for: ", "question": "Put to a reviewer, who answers it"}
_AUDIENCE = {"pub": "the public", "hcp": "health professionals", "both": "everybody"}


@dataclass(frozen=True, slots=True)
class Covered:
    """One rule: the pack that wrote it, how it is judged, and with how many texts it is tested.

    `kind`: machine (judged by signals), gate (an entry before publication), question (a reviewer answers) or held (kept by `held_by`).
    """

    rule: str
    pack: str
    kind: str
    severity: str
    hits: int
    misses: int
    needs_local_review: bool
    held_by: str = ""


def coverage() -> list[Covered]:
    """Every shipped rule once, in the order of packs and ids."""
    return [row for pack in shipped_packs() for row in _rows_of(pack)]


def _rows_of(pack: MarketPack) -> list[Covered]:
    rules = [_covered(rule, pack) for rule in pack.rules if rule.home == pack.id]
    held = [Covered(one.id, pack.id, "held", str(one.severity), 0, 0, one.needs_local_review, one.held_by) for one in own_held(pack)]
    return sorted([*rules, *held], key=lambda row: row.rule)


def own_held(pack: MarketPack) -> tuple[HeldRule, ...]:
    """The rules kept elsewhere that a pack adds to those it inherits."""
    inherited = load_market(pack.chain[-2]).held if len(pack.chain) > 1 else ()
    return tuple(one for one in pack.held if one not in inherited)


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
    return Covered(rule.id, pack.id, rule.kind, str(rule.severity), len(rule.hits), len(rule.misses), rule.needs_local_review)


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
        for held in own_held(pack):
            lines += ["", *_held_lines(held)]
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
    if rule.kind != "machine":
        yield f"- {_KIND[rule.kind]}{rule.gate.replace('_', ' ')}"
    yield f"- {aloud(rule)} `{rule.when_text}`"
    yield from (f"- Does not count: {reason.why} ({reason.citation})" for reason in rule.exemptions)
    yield from (f"- Weighs {soft.severity} instead on {soft.when.aloud()}" for soft in rule.soften)
    if rule.implements:
        yield f"- Carries out: {', '.join(sorted(rule.implements))}"
    yield f"- To pass: {rule.suggestion()}"
    yield f"- Source: {_source(rule)}"
    yield f"- Tested with {len(rule.hits)} texts that must hit and {len(rule.misses)} that must not"


def _held_lines(held: HeldRule) -> Iterator[str]:
    yield f"### {held.id}"
    yield ""
    yield held.asks
    yield ""
    yield f"- Weight: {held.severity} ({_SEVERITY[held.severity]}); no text shows it kept or broken"
    yield f"- Held by: {held.held_by}"
    yield f"- Source: {_source(held)}"


def _source(rule: Rule | HeldRule) -> str:
    words = f"{rule.citation.law}: {rule.citation.about}"
    linked = f"{words} (<{rule.citation.url}>)" if rule.citation.url else words
    return f"{linked}. Needs a local check." if rule.needs_local_review else linked


def _signal_lines(pack: MarketPack) -> Iterable[str]:
    for name, signal in pack.lexicon.signals.items():
        how = f"`{signal.when}`".replace("|", "\\|") if signal.when else signal.kind
        yield f"| `{name}` | {signal.meaning} | {how} |"
