"""The content check: one piece, the packs of its markets, a verdict with reasons.

Used alike by the editor, the reply box and `candour check`. A rule fires when its condition holds; it then counts unless an
exemption holds, and the exemption is shown rather than hidden. Verdict: B blocks, H and M go to review, L or nothing passes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from candour.core.terms import Audience, Severity, Verdict
from candour.packs.market import MarketPack, Rule
from candour.packs.schema import PieceRow, RuleKind
from candour.screening.concerned import packs_for as packs_for
from candour.screening.pieces import Piece, piece_from
from candour.screening.signals import Facts, PieceSpan
from candour.screening.signals_code import read_signals

_ORDER = {Severity.BLOCK: 0, Severity.HIGH: 1, Severity.MEDIUM: 2, Severity.ADVICE: 3}
_JOINTS = frozenset({"", ",", "-", "–", "&", "+", "und", "and", "oder", "or"})


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One rule that fired. `missing` lists what the rule looked for and did not find; `exempted_by` says why it does not count.

    `kind` is that of the rule; a gate asks for the entry `gate` before publication and is advice as far as the text goes,
    while `severity_at_publication` says how the law weighs going out without it.
    """

    rule: str
    kind: RuleKind
    gate: str
    severity_at_publication: Severity
    market: str
    severity: Severity
    spans: tuple[PieceSpan, ...]
    missing: tuple[str, ...]
    asks: str
    suggestion: str
    citation: str
    citation_url: str
    exempted_by: str
    needs_local_review: bool
    pack: str

    @property
    def counts(self) -> bool:
        return not self.exempted_by


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Answer for one piece: the verdict, every finding (those that count first, severest first), the releases that judged."""

    id: str
    verdict: Verdict
    findings: tuple[CheckFinding, ...]
    packs: tuple[str, ...]

    def as_row(self) -> dict[str, Any]:
        """The output line of `candour check`."""
        return {
            "id": self.id,
            "verdict": str(self.verdict),
            "packs": list(self.packs),
            "findings": [_finding_row(finding) for finding in self.findings],
        }


def check_piece(piece: Piece, packs: Sequence[MarketPack], *, on: dt.date | None = None, language: str = "en") -> CheckResult:
    """Checks `piece` against every pack.

    `on` is the day whose law counts (None: rules of any date); `language` that of questions and suggestions, English where none is given.
    """
    return check_in_markets([(piece, pack, on) for pack in packs], language=language)


def check_in_markets(asked: Sequence[tuple[Piece, MarketPack, dt.date | None]], *, language: str = "en") -> CheckResult:
    """The same, with the facts of each market: what is `rx` here may be without authorisation there. Shared facts are read once."""
    known: dict[tuple[int, str], Facts] = {}
    findings: list[CheckFinding] = []
    for piece, pack, on in asked:
        key = (id(piece), pack.lexicon.digest)
        facts = known.get(key) or read_signals(piece, pack.lexicon)
        known[key] = facts
        findings += _judged(facts, pack, on, language)
    piece_id = asked[0][0].id if asked else ""
    kept = tuple(sorted(_once(findings), key=lambda found: (not found.counts, _ORDER[found.severity], found.rule)))
    return CheckResult(piece_id, verdict_of(kept), kept, tuple(pack.release_name for _, pack, _ in asked))


def verdict_of(findings: Iterable[CheckFinding]) -> Verdict:
    """B -> block, H and M -> review, L or nothing -> pass; exempted findings don't count."""
    severities = {finding.severity for finding in findings if finding.counts}
    if Severity.BLOCK in severities:
        return Verdict.BLOCK
    return Verdict.REVIEW if severities & {Severity.HIGH, Severity.MEDIUM} else Verdict.PASS


def _judged(facts: Facts, pack: MarketPack, on: dt.date | None, language: str) -> list[CheckFinding]:
    fired = [rule for rule in pack.rules if rule.in_force(on) and _reaches(rule, facts, pack) and _fires(rule, facts, pack)]
    found = {rule.id: _finding(rule, facts, pack, language) for rule in fired}
    # A national rule that carries out a directive's rule stands for it, unless it is the weaker of the two.
    for rule in fired:
        for carried_out in rule.implements & found.keys():
            if rule.id in found and not _weaker(found[rule.id], found[carried_out]):
                del found[carried_out]
    return list(found.values())


def _weaker(finding: CheckFinding, other: CheckFinding) -> bool:
    return (not finding.counts, _ORDER[finding.severity]) > (not other.counts, _ORDER[other.severity])


def _once(findings: Iterable[CheckFinding]) -> list[CheckFinding]:
    """One finding per rule: the strictest of the markets that share it."""
    best: dict[str, CheckFinding] = {}
    for finding in findings:
        if finding.rule not in best or _weaker(best[finding.rule], finding):
            best[finding.rule] = finding
    return list(best.values())


def _reaches(rule: Rule, facts: Facts, pack: MarketPack) -> bool:
    return _audience_reached(rule, facts, pack) and any(_applies(kind, facts, pack) for kind in rule.applies)


def _audience_reached(rule: Rule, facts: Facts, pack: MarketPack) -> bool:
    if rule.audience is Audience.BOTH:
        return True
    return facts.holds("audience_hcp" if rule.audience is Audience.HCP else "audience_public", pack, rule)


def _applies(kind: str, facts: Facts, pack: MarketPack) -> bool:
    """Whether a piece is of a kind of the regulation reference, section 0 (a piece can be of several)."""
    if kind in ("all", str(facts.piece.product_status)):
        return True
    told = _KINDS.get(kind)
    return told is not None and told(facts, pack)


_KINDS: dict[str, Callable[[Facts, MarketPack], bool]] = {
    "care": lambda facts, _pack: facts.piece.is_reply,
    "engage": lambda facts, _pack: facts.piece.adopts,
    "infl": lambda facts, _pack: facts.piece.paid and facts.piece.author_role not in ("company", "employee", "executive"),
    "aware": lambda facts, pack: facts.holds("indication", pack) and not facts.holds("product", pack),
    "corp": lambda facts, pack: facts.holds("corporate_news", pack),
}


def _fires(rule: Rule, facts: Facts, pack: MarketPack) -> bool:
    return rule.when.holds(lambda name: facts.holds(name, pack, rule))


def _finding(rule: Rule, facts: Facts, pack: MarketPack, language: str) -> CheckFinding:
    def has(name: str) -> bool:
        return facts.holds(name, pack, rule)

    softer = next((soft for soft in rule.soften if soft.when.holds(has)), None)
    exemption = next((reason for reason in rule.exemptions if reason.when.holds(has)), None)
    severity = softer.severity if softer else rule.severity
    return CheckFinding(
        rule=rule.id,
        kind=rule.kind,
        gate=rule.gate,
        severity_at_publication=severity,
        market=pack.id.upper(),
        severity=Severity.ADVICE if rule.kind == "gate" else severity,
        spans=_shown(rule, facts),
        missing=_missing(rule, facts, pack),
        asks=rule.asks(language),
        suggestion=softer.suggestion if softer else rule.suggestion(language),
        citation=f"{rule.citation.law}: {rule.citation.about}",
        citation_url=rule.citation.url,
        exempted_by=f"{exemption.why} ({exemption.citation})" if exemption else "",
        needs_local_review=rule.needs_local_review,
        pack=pack.release_name,
    )


def _missing(rule: Rule, facts: Facts, pack: MarketPack) -> tuple[str, ...]:
    """Meanings of what the rule looked for and did not find, and what would have let the piece pass."""
    signals = facts.lexicon.signals
    names = dict.fromkeys(name for name, wanted in rule.when.names() if not wanted and signals[name].remedy)
    return tuple(signals[name].meaning for name in names if not facts.holds(name, pack, rule))


def _shown(rule: Rule, facts: Facts) -> tuple[PieceSpan, ...]:
    names = rule.spans_from or tuple(name for name, wanted in rule.when.names() if wanted)
    spans = dict.fromkeys(span for name in dict.fromkeys(names) for span in facts.shown(name))  # a set would give equals in any order
    return joined(sorted(spans, key=_place), facts)


def _place(span: PieceSpan) -> tuple[bool, str, int, int]:
    """The post itself first, then its other texts."""
    return span.field != "post_text", span.field, span.start, span.end


def joined(spans: Sequence[PieceSpan], facts: Facts) -> tuple[PieceSpan, ...]:
    """Spans in order, with those that overlap or touch made one, so that a reader sees the phrase and not its pieces."""
    kept: list[PieceSpan] = []
    for span in spans:
        text = getattr(facts.piece, span.field)
        if kept and kept[-1].field == span.field and _touch(text, kept[-1], span):
            kept[-1] = _one(text, kept[-1], span)
        else:
            kept.append(span)
    return tuple(kept)


def _touch(text: str, first: PieceSpan, second: PieceSpan) -> bool:
    return second.start <= first.end or text[first.end : second.start].strip().casefold() in _JOINTS


def _one(text: str, first: PieceSpan, second: PieceSpan) -> PieceSpan:
    end = max(first.end, second.end)
    why = "; ".join(dict.fromkeys([*first.why.split("; "), *second.why.split("; ")]))
    return PieceSpan(first.start, end, text[first.start : end], why, first.field)


def _finding_row(finding: CheckFinding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "kind": finding.kind,
        **({"gate": finding.gate, "severity_at_publication": str(finding.severity_at_publication)} if finding.gate else {}),
        "market": finding.market,
        "severity": str(finding.severity),
        "spans": [_span_row(span) for span in finding.spans],
        "missing": list(finding.missing),
        "citation": finding.citation,
        "citation_url": finding.citation_url,
        "suggestion": finding.suggestion,
        "exempted_by": finding.exempted_by or None,
        "needs_local_review": finding.needs_local_review,
        "asks": finding.asks,
    }


def _span_row(span: PieceSpan) -> dict[str, Any]:
    """A span of the contract; words outside the post itself also name their text."""
    row = {"start": span.start, "end": span.end, "words": span.words, "why": span.why}
    return row if span.field == "post_text" else {**row, "field": span.field}


@dataclass(frozen=True, slots=True)
class SampleOutcome:
    """One hit or miss of a rule, tried: `sound` when the rule did what the pack says it does."""

    rule: str
    kind: str
    number: int
    sound: bool
    text: str


def try_samples(pack: MarketPack) -> tuple[SampleOutcome, ...]:
    """Every rule of a pack against its own hits (must fire and count) and misses (must not)."""
    return tuple(outcome for rule in pack.rules for outcome in try_rule(rule, pack))


def try_rule(rule: Rule, pack: MarketPack) -> Iterable[SampleOutcome]:
    """One rule of a pack against its own texts."""
    for kind, samples in (("hit", rule.hits), ("miss", rule.misses)):
        for number, sample in enumerate(samples, 1):
            fires = rule_counts(rule, sample, pack)
            yield SampleOutcome(rule.id, kind, number, fires is (kind == "hit"), sample.post_text or sample.image_text)


def rule_counts(rule: Rule, sample: PieceRow, pack: MarketPack) -> bool:
    """Whether `rule` fires on a sample of its pack without being exempted."""
    facts = read_signals(piece_from(sample, pack.id), pack.lexicon)
    return _reaches(rule, facts, pack) and _fires(rule, facts, pack) and _finding(rule, facts, pack, "en").counts
