"""How well the content check judges: real decisions, pairs of a lawful piece and its unlawful neighbour, ordinary posts.

Real decisions lie outside the product (JSON Lines with facts and the rules a regulator saw broken); pairs and ordinary posts are Candour's
own, beside the tests. Any judge can be scored, also one that always gives the same answer: the goals are set so that such a judge fails.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from candour.core.terms import Severity, Verdict
from candour.packs.loader import UnknownMarket, load_market, market_id
from candour.screening.checks import check_piece, packs_for
from candour.screening.pieces import PieceError, parse_piece

_ROOT = Path(__file__).resolve().parents[3]
PAIRS = _ROOT / "tests" / "checks" / "pairs"
ORDINARY = _ROOT / "tests" / "checks" / "ordinary.toml"
EXAMPLES = _ROOT.parent / "shared" / "domain" / "enforcement_examples.jsonl"
_HARSH = {Verdict.PASS: 0, Verdict.REVIEW: 1, Verdict.BLOCK: 2}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge says of one piece: the verdict, the rules found, and those of them that count against it (B, H and M)."""

    verdict: Verdict
    rules: frozenset[str]
    counted: frozenset[str]


Judge = Callable[[dict[str, Any]], Judged]


@dataclass(frozen=True, slots=True)
class Goal:
    """What is measured, which share of how many reached it, and what was promised (`at_least`, or at most when not)."""

    what: str
    share: float
    of: int
    promised: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        return self.share >= self.promised if self.at_least else self.share <= self.promised


def candour_judges(row: dict[str, Any]) -> Judged:
    """The content check, as `candour check` runs it. Raises PieceError."""
    piece = parse_piece(row)
    result = check_piece(piece, packs_for(piece))
    weighing = frozenset(one.rule for one in result.findings if one.counts and one.severity is not Severity.ADVICE)
    return Judged(result.verdict, frozenset(one.rule for one in result.findings), weighing)


def always(verdict: Verdict) -> Judge:
    """A judge that knows one answer."""
    return lambda row: Judged(verdict, frozenset(), frozenset())


def examples(path: Path = EXAMPLES) -> list[dict[str, Any]]:
    """Rows of real decisions, or none where the file is not at hand."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()] if path.is_file() else []


def pairs() -> list[tuple[str, dict[str, Any]]]:
    """Every pair with its market."""
    found = []
    for path in sorted(PAIRS.glob("*.toml")):
        if path.stem != "base":
            found += [(path.stem, pair) for pair in tomllib.loads(path.read_text(encoding="utf-8"))["pair"]]
    return found


def row_of(market: str, pair: dict[str, Any], side: str) -> dict[str, Any]:
    """One side of a pair as a row of `candour check`; `{mandatory}` stands for the market's mandatory text."""
    mandatory = str(load_market(market_id(market)).params.get("mandatory_text", ""))
    row = {"market": market.upper(), **_bases().get(pair.get("of", "company"), {}), **pair.get("both", {}), **pair[side]}
    return {name: value.replace("{mandatory}", mandatory) if isinstance(value, str) else value for name, value in row.items()}


@cache
def _bases() -> dict[str, dict[str, Any]]:
    """The products that pairs speak of."""
    return tomllib.loads((PAIRS / "base.toml").read_text(encoding="utf-8"))


def ordinary() -> list[dict[str, Any]]:
    """Posts of every day in which nothing is wrong."""
    rows: list[dict[str, Any]] = tomllib.loads(ORDINARY.read_text(encoding="utf-8"))["post"]
    return rows


def severest(rules: Iterable[str], market: str) -> Severity:
    """The heaviest weight among rules of a market's pack."""
    known = load_market(market_id(market)).by_id
    weights = [known[rule].severity for rule in rules if rule in known and known[rule].kind == "machine"]
    return min(weights, key="BHML".index, default=Severity.ADVICE)


def judged_examples(judge: Judge, rows: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], Judged]]:
    """Every row a pack exists for, judged."""
    found = []
    for row in rows:
        try:
            found.append((row, judge(row)))
        except (PieceError, UnknownMarket):
            continue
    return found


def example_goals(judge: Judge, rows: Sequence[dict[str, Any]], name: str) -> list[Goal]:
    """Real decisions against what was promised of them; `name` says which part of the rows it is."""
    seen = judged_examples(judge, rows)
    broken = [(row, found) for row, found in seen if row["violated"]]
    lawful = [found for row, found in seen if not row["violated"]]
    blocking = [found for row, found in broken if severest(row["violated"], row["market"]) is Severity.BLOCK]
    extra = [len(found.counted - set(row["violated"])) for row, found in seen]
    return [
        _share(f"{name}: breaks a rule that blocks, blocked", [found.verdict is Verdict.BLOCK for found in blocking], 0.85),
        _share(f"{name}: breaks a rule, not passed", [found.verdict is not Verdict.PASS for _, found in broken], 0.95),
        _share(f"{name}: a rule of the decision found", [bool(found.rules & set(row["violated"])) for row, found in broken], 0.80),
        Goal(f"{name}: findings beyond the decision, per piece", sum(extra) / max(1, len(extra)), len(extra), 1.0, at_least=False),
        *_lawful_goals(name, [found.verdict for found in lawful]),
    ]


def pair_goals(judge: Judge, of: Sequence[tuple[str, dict[str, Any]]]) -> list[Goal]:
    """Pairs: the unlawful side judged strictly harsher, and each side by itself."""
    sides = [(market, pair, judge(row_of(market, pair, "lawful")), judge(row_of(market, pair, "violating"))) for market, pair in of]
    blocking = [bad for market, pair, _, bad in sides if severest(pair["rules"], market) is Severity.BLOCK]
    return [
        _share("pairs told apart", [_HARSH[bad.verdict] > _HARSH[good.verdict] for _, _, good, bad in sides], 0.80),
        _share("pairs: breaks a rule that blocks, blocked", [bad.verdict is Verdict.BLOCK for bad in blocking], 0.85),
        _share("pairs: breaks a rule, not passed", [bad.verdict is not Verdict.PASS for *_, bad in sides], 0.95),
        _share("pairs: a rule broken found", [bool(bad.rules & set(pair["rules"])) for _, pair, _, bad in sides], 0.80),
        *_lawful_goals("pairs", [good.verdict for _, _, good, _ in sides]),
    ]


def ordinary_goals(judge: Judge, rows: Sequence[dict[str, Any]]) -> list[Goal]:
    """Ordinary posts pass."""
    return [_share("ordinary posts, passed", [judge(row).verdict is Verdict.PASS for row in rows], 0.90)]


def _lawful_goals(name: str, verdicts: Sequence[Verdict]) -> list[Goal]:
    return [
        _share(f"{name}: lawful, passed", [verdict is Verdict.PASS for verdict in verdicts], 0.70),
        Goal(f"{name}: lawful, blocked", _part([verdict is Verdict.BLOCK for verdict in verdicts]), len(verdicts), 0.05, at_least=False),
    ]


def _share(what: str, answers: Sequence[bool], promised: float) -> Goal:
    return Goal(what, _part(answers), len(answers), promised)


def _part(answers: Sequence[bool]) -> float:
    return sum(answers) / len(answers) if answers else 0.0
