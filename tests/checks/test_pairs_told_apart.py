"""Pairs from pairs/MARKET.toml: a lawful piece and its near neighbour that breaks a rule are told apart.

A pair: `rules` the violating one breaks, `of` the product both speak of, `lawful` and `violating` with the fields that differ, `both` with
those they share. The lawful one passes unless the pair says `lawful_verdict`; the violating one is judged harsher, by every rule named.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from candour.core.terms import Verdict
from candour.packs.loader import load_market
from candour.screening.checks import CheckResult, check_piece, packs_for
from candour.screening.pieces import parse_piece

FOLDER = Path(__file__).parent / "pairs"
BASES = tomllib.loads((FOLDER / "base.toml").read_text(encoding="utf-8"))
HARSHNESS = {Verdict.PASS: 0, Verdict.REVIEW: 1, Verdict.BLOCK: 2}


def pairs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(FOLDER.glob("*.toml")):
        if path.stem != "base":
            yield from ((path.stem, pair) for pair in tomllib.loads(path.read_text(encoding="utf-8"))["pair"])


def row_of(market: str, pair: dict[str, Any], side: str) -> dict[str, Any]:
    """One side of a pair as a row of `candour check`; `{mandatory}` stands for the market's mandatory text."""
    mandatory = str(load_market(market).params.get("mandatory_text", ""))
    row = {"market": market.upper(), **BASES.get(pair.get("of", "company"), {}), **pair.get("both", {}), **pair[side]}
    return {name: value.replace("{mandatory}", mandatory) if isinstance(value, str) else value for name, value in row.items()}


def judged(market: str, pair: dict[str, Any], side: str) -> CheckResult:
    piece = parse_piece(row_of(market, pair, side))
    return check_piece(piece, packs_for(piece))


def shown(result: CheckResult) -> list[tuple[str, str, list[str], str]]:
    return [(found.rule, found.severity, [span.words for span in found.spans], found.exempted_by) for found in result.findings]


@pytest.mark.parametrize(("market", "pair"), list(pairs()), ids=lambda part: part if isinstance(part, str) else "+".join(part["rules"]))
def test_a_pair_is_told_apart(market: str, pair: dict[str, Any]) -> None:
    lawful, violating = judged(market, pair, "lawful"), judged(market, pair, "violating")
    assert lawful.verdict == pair.get("lawful_verdict", "pass"), shown(lawful)
    assert HARSHNESS[violating.verdict] > HARSHNESS[lawful.verdict], shown(violating)
    counted = {found.rule for found in violating.findings if found.counts}
    assert set(pair["rules"]) <= counted, shown(violating)
