"""What became of the rules: how often each fired and was answered away, and what a new release would judge differently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from candour.core.terms import Verdict
from candour.flows.releases import active_pack
from candour.flows.submit import piece_of
from candour.messages.models import ApprovedMessage
from candour.messages.queries import answers_in, fired_in, in_use
from candour.packs.market import MarketPack, Rule
from candour.registry.queries import market_day
from candour.screening.checks import CheckResult, check_piece

#: A rule with this many answers, of which this share argue it away, is shown as bad.
ENOUGH_ANSWERS, BAD_SHARE = 10, 0.9
MOST_MESSAGES = 300
#: A person waits for the answer, and a web process makes no other page meanwhile.
MOST_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """One rule in force with its past: `fired` counts checks in which it counted, `overridden` answers that argued it away."""

    rule: Rule
    fired: int
    last: datetime | None
    answered: int
    overridden: int

    @property
    def share(self) -> float:
        return self.overridden / self.answered if self.answered else 0.0

    @property
    def bad(self) -> bool:
        return self.answered >= ENOUGH_ANSWERS and self.share >= BAD_SHARE

    @property
    def dead(self) -> bool:
        return not self.fired


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule in two releases: `before` is None for a new rule, `after` for one that is gone; `what` names the fields that differ."""

    id: str
    before: Rule | None
    after: Rule | None
    what: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedDifferently:
    """An approved message in use that two releases judge differently, with the rules that come and go."""

    message: ApprovedMessage
    before: Verdict
    after: Verdict
    new: tuple[str, ...]
    gone: tuple[str, ...]


def records(pack: MarketPack) -> list[RuleRecord]:
    """Every rule of a market's pack with its past, those that are argued away first, then the most used."""
    fired, given = fired_in(pack.id), answers_in(pack.id)
    rows = [_record(rule, fired, given.get(rule.id, {})) for rule in pack.rules]
    return sorted(rows, key=lambda row: (not row.bad, -row.fired, row.rule.id))


def _record(rule: Rule, fired: dict[str, tuple[int, datetime]], given: dict[str, int]) -> RuleRecord:
    times, last = fired.get(rule.id, (0, None))
    overridden = given.get("justify", 0) + given.get("not_applicable", 0)
    return RuleRecord(rule, times, last, sum(given.values()), overridden)


def changes(before: MarketPack | None, after: MarketPack) -> list[RuleChange]:
    """What a release changes rule by rule; everything is new where nothing was active."""
    old = before.by_id if before else {}
    rows = [RuleChange(name, old.get(name), after.by_id.get(name)) for name in sorted({*old, *after.by_id})]
    told = [row if row.before is None or row.after is None else _told(row, row.before, row.after) for row in rows]
    return [row for row in told if row.before is None or row.after is None or row.what]


_COMPARED = (
    "kind",
    "severity",
    "applies",
    "audience",
    "when_text",
    "exemptions",
    "soften",
    "words",
    "citation",
    "params",
    "valid_from",
    "valid_to",
)


def _told(row: RuleChange, before: Rule, after: Rule) -> RuleChange:
    return RuleChange(row.id, before, after, fields_that_differ(before, after))


def fields_that_differ(before: Rule, after: Rule) -> tuple[str, ...]:
    """Names of the fields, among those that weigh, in which two wordings of a rule differ."""
    return tuple(name for name in _COMPARED if getattr(before, name) != getattr(after, name))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two releases on the messages in use: those judged differently, how many were looked at, how many there was no time for."""

    rows: tuple[JudgedDifferently, ...]
    looked: int
    left: int = 0


def judged_differently(market: str, after: MarketPack, now: datetime) -> Comparison:
    """Judges the newest messages in use, at most 300, by the active release and by `after`; it stops after some seconds and says so.

    Two checks of some milliseconds a message: never part of reading a page.
    """
    before = active_pack(market, now)
    if before is None:
        return Comparison((), 0)
    messages = [message for message in in_use(market, now, MOST_MESSAGES) if message.draft and message.version]
    until, rows, looked = monotonic() + MOST_SECONDS, [], 0
    for message in messages:
        if monotonic() >= until:
            break
        rows.append(_compared(message, before, after, now))
        looked += 1
    return Comparison(tuple(row for row in rows if row is not None), looked, len(messages) - looked)


def _compared(message: ApprovedMessage, before: MarketPack, after: MarketPack, now: datetime) -> JudgedDifferently | None:
    old, new = _judged(message, before, now), _judged(message, after, now)
    was, will = _counting(old), _counting(new)
    if was == will and old.verdict == new.verdict:
        return None
    return JudgedDifferently(message, old.verdict, new.verdict, tuple(sorted(will - was)), tuple(sorted(was - will)))


def _judged(message: ApprovedMessage, pack: MarketPack, now: datetime) -> CheckResult:
    day = market_day(message.market, now)
    piece = piece_of(message.draft, message.text, day, title=message.title, version=message.version)
    return check_piece(piece, [pack], on=day)


def _counting(result: CheckResult) -> frozenset[str]:
    return frozenset(found.rule for found in result.findings if found.counts)


def fires_on(rule: Rule, pack: MarketPack, messages: list[ApprovedMessage], now: datetime) -> list[ApprovedMessage]:
    """Which of the messages a rule of a pack would count against."""
    return [message for message in messages if rule.id in _counting(_judged(message, pack, now))]
