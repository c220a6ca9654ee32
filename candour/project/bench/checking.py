"""The content check in figures: how well it judges, and how fast, with every shipped pack on one core."""

from __future__ import annotations

import time

from candour.packs.loader import load_market, shipped_markets
from candour.packs.market import MarketPack
from candour.project.bench import judging
from candour.project.bench.figures import Figure, Part, latencies, number, rates
from candour.screening.checks import check_piece, packs_for
from candour.screening.pieces import Piece, parse_piece

ABOUT = (
    "Real decisions are scored where their words are known (verbatim or rendered); those only described stand apart. "
    "Pairs are Candour's own: a lawful piece and its near neighbour that breaks a rule, written by the same people as the rules, "
    "so they flatter. Findings beyond the decision are an upper bound: a regulator names what it acts on, not everything. "
    "Speed by computing of one process."
)


def part(*, rounds: int) -> Part:
    """Quality, then speed."""
    return Part("Content checks", ABOUT, [*_quality(), *_speed(rounds)])


def _quality() -> list[Figure]:
    rows = judging.examples()
    known = [row for row in rows if row["described"] is not True]
    goals = judging.pair_goals(judging.candour_judges, judging.pairs())
    goals += judging.ordinary_goals(judging.candour_judges, judging.ordinary())
    if rows:
        goals += judging.example_goals(judging.candour_judges, known, "decisions")
        goals += judging.example_goals(judging.candour_judges, [row for row in rows if row["described"] is True], "described decisions")
    return [_figure(goal) for goal in goals if goal.of]


def _figure(goal: judging.Goal) -> Figure:
    word = "at least" if goal.at_least else "at most"
    per_cent = goal.share <= 1 and "per piece" not in goal.what
    shown, promised = (f"{goal.share:.0%}", f"{goal.promised:.0%}") if per_cent else (number(goal.share), number(goal.promised))
    return Figure(goal.what, shown, "met" if goal.met else "missed", goal.of, f"aim: {word} {promised}")


def _pieces() -> list[Piece]:
    rows = [judging.row_of(market, pair, side) for market, pair in judging.pairs() for side in ("lawful", "violating")]
    return [parse_piece(row) for row in [*rows, *judging.ordinary()]]


def _speed(rounds: int) -> list[Figure]:
    every = [load_market(market) for market in shipped_markets()]
    pieces = _pieces()
    seconds = [_timed(piece, every) for piece in pieces for _ in range(2)][1:]
    batches = [_batch(pieces) for _ in range(max(2, rounds))]
    return [
        latencies("one piece against every pack", seconds, f"{len(every)} packs; the promise is p95 under 100 ms"),
        rates("pieces in a batch, each against the packs it concerns", batches, "pieces/s", "one process; the promise is 1,000"),
    ]


def _timed(piece: Piece, packs: list[MarketPack]) -> float:
    begin = time.process_time()
    check_piece(piece, packs)
    return time.process_time() - begin


def _batch(pieces: list[Piece]) -> float:
    begin = time.process_time()
    for piece in pieces:
        check_piece(piece, packs_for(piece))
    return len(pieces) / (time.process_time() - begin)
