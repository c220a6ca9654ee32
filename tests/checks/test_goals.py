"""The check reaches the goals set for it, and a judge of one answer does not."""

from __future__ import annotations

import pytest

from candour.core.terms import Verdict
from candour.project.bench import judging
from candour.project.bench.judging import Goal, Judge


def goals_of(judge: Judge) -> list[Goal]:
    goals = judging.pair_goals(judge, judging.pairs()) + judging.ordinary_goals(judge, judging.ordinary())
    known = [row for row in judging.examples() if row["described"] is not True]
    return goals + (judging.example_goals(judge, known, "decisions") if known else [])


def missed(judge: Judge) -> list[tuple[str, float]]:
    return [(goal.what, round(goal.share, 2)) for goal in goals_of(judge) if not goal.met]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_judge_of_one_answer_misses_the_goals(verdict: Verdict) -> None:
    assert len(missed(judging.always(verdict))) >= 3


def test_the_check_reaches_the_goals() -> None:
    assert missed(judging.candour_judges) == []


def test_pairs_are_many_half_lawful_and_of_every_market() -> None:
    found = judging.pairs()
    assert len(found) >= 150
    assert {market for market, _ in found} >= {
        "us",
        "uk",
        "de",
        "fr",
        "es",
        "it",
        "nl",
        "se",
        "dk",
        "ch",
        "br",
        "ca",
        "au",
        "jp",
        "cn",
        "eu",
    }
    assert all(judging.row_of(market, pair, "lawful") != judging.row_of(market, pair, "violating") for market, pair in found)
