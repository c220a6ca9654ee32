"""What the rules of another market find in a message that those at home did not: only that is new to answer for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from candour.core.reuse import RuleFound
from candour.core.terms import Severity
from candour.packs.market import MarketPack, Rule
from candour.screening.checks import CheckFinding, CheckResult

#: Groups whose code signals only say when a rule speaks (nobody is asked about a reply that is none).
_CONTEXT = frozenset({"act", "reply", "audience", "author", "status", "flag"})
_ORDER = {Severity.BLOCK: 0, Severity.HIGH: 1, Severity.MEDIUM: 2, Severity.ADVICE: 3}


class NewFinding(NamedTuple):
    """A finding that counts in the target market and was not answered for at home, as the decision reads it and in full."""

    found: RuleFound
    finding: CheckFinding


def new_findings(
    home: CheckResult, there: CheckResult, packs: Mapping[str, MarketPack], answered: Iterable[str] | None = None
) -> tuple[NewFinding, ...]:
    """Findings of `there` that weigh and that `home` has not, or has by another rule: the same id counts as the same rule only while its
    condition and settings are the same, nothing more is missing, and it weighs no more.

    `packs` holds the packs of both results by release name. `answered`: the rules that were there when the message was approved (None:
    not known); one that came later was answered by nobody. A blocking finding is always new: nobody may answer it away.
    """
    known = {one.rule: one for one in home.findings if one.counts and (answered is None or one.rule in set(answered))}
    return tuple(
        NewFinding(_found(one, packs), one)
        for one in there.findings
        if one.counts and not one.gate and one.severity != Severity.ADVICE and not _settled(one, known.get(one.rule), packs)
    )


def new_gates(home: CheckResult, there: CheckResult) -> tuple[CheckFinding, ...]:
    """Entries (an authority's number, a certificate) that the target market asks for before publication and the home market does not."""
    mine = {one.gate for one in home.findings if one.counts and one.gate}
    return tuple(one for one in there.findings if one.counts and one.gate and one.gate not in mine)


def _settled(finding: CheckFinding, before: CheckFinding | None, packs: Mapping[str, MarketPack]) -> bool:
    if before is None or finding.severity == Severity.BLOCK or _ORDER[finding.severity] < _ORDER[before.severity]:
        return False
    return set(finding.missing) <= set(before.missing) and _law(finding, packs) == _law(before, packs)


def _law(finding: CheckFinding, packs: Mapping[str, MarketPack]) -> tuple[object, ...]:
    """What makes a rule this rule: its condition and every setting that its signals read."""
    pack = packs[finding.pack]
    rule = pack.by_id[finding.rule]
    return (rule.when_text, dict(rule.params), _settings(rule, pack))


def _settings(rule: Rule, pack: MarketPack) -> dict[str, object]:
    declared = [pack.lexicon.signals[name] for name, _wanted in rule.when.names()]
    names = {name for one in declared for name in (one.param, one.at_least, one.below) if name}
    return {name: pack.param(name, rule) for name in sorted(names)}


def _found(finding: CheckFinding, packs: Mapping[str, MarketPack]) -> RuleFound:
    signals = packs[finding.pack].lexicon.signals.values()
    group = {one.meaning: one.group for one in signals}
    demanded = {one.meaning: one.group for one in signals if not (one.kind == "code" and one.group in _CONTEXT)}
    shown = [why for span in finding.spans for why in span.why.split("; ")]
    return RuleFound(
        finding.rule,
        finding.severity,
        tuple(dict.fromkeys(demanded[one] for one in finding.missing if one in demanded)),
        tuple(dict.fromkeys(group[one] for one in shown if one in group)),
    )
