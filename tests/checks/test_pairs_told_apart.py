"""Pairs from pairs/MARKET.toml: a lawful piece and its near neighbour that breaks a rule are told apart.

A pair: `rules` the violating one breaks, `of` the product both speak of, `lawful` and `violating` with the fields that differ, `both` with
those they share. The lawful one passes unless the pair says `lawful_verdict`; the violating one is judged harsher, by every rule named.
"""

from __future__ import annotations

from typing import Any

import pytest

from candour.core.terms import Verdict
from candour.project.bench import judging
from candour.screening.checks import CheckResult, check_piece, packs_for
from candour.screening.pieces import parse_piece

HARSHNESS = {Verdict.PASS: 0, Verdict.REVIEW: 1, Verdict.BLOCK: 2}


def judged(market: str, pair: dict[str, Any], side: str) -> CheckResult:
    piece = parse_piece(judging.row_of(market, pair, side))
    return check_piece(piece, packs_for(piece))


def shown(result: CheckResult) -> list[tuple[str, str, list[str], str]]:
    return [(found.rule, found.severity, [span.words for span in found.spans], found.exempted_by) for found in result.findings]


@pytest.mark.parametrize(("market", "pair"), judging.pairs(), ids=lambda part: part if isinstance(part, str) else "+".join(part["rules"]))
def test_a_pair_is_told_apart(market: str, pair: dict[str, Any]) -> None:
    lawful, violating = judged(market, pair, "lawful"), judged(market, pair, "violating")
    assert lawful.verdict == pair.get("lawful_verdict", "pass"), shown(lawful)
    assert HARSHNESS[violating.verdict] > HARSHNESS[lawful.verdict], shown(violating)
    counted = {found.rule for found in violating.findings if found.counts}
    assert set(pair["rules"]) <= counted, shown(violating)
