"""Every step of every state table has a row that says who is told of it, or why nobody is; and every row that tells is really told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from candour.core import states
from candour.core.hearing import Group, How, hears, usual
from candour.core.rights import ACTS, Function
from candour.core.stakes import RECEIVER, SEALS, STAKES
from candour.core.watches import CLIMB, Rung

TABLES = {name.lower(): table for name, table in vars(states).items() if isinstance(table, dict) and name.isupper()}
STEPS = sorted({f"{name}.{step}" for name, table in TABLES.items() if name != "mail" for _state, step in table})
FLOWS = Path(__file__).parent.parent.parent / "candour" / "flows"
#: Told with a step that is put together there.
TOGETHER = {"draft.ask_changes": "draft.{verdict}", "draft.reject": "draft.{verdict}"}
TOGETHER |= {f"publication.{step}": "publication.{step}" for step in ("seen_equal", "seen_other")}
TOGETHER |= {f"duty.{step}": "duty.{duty.moved}" for step in ("confirm", "hear_more")}
#: The table allows it; no act takes this step yet.
NO_ACT = {"draft.withdraw"}


def test_the_tables_are_all_there() -> None:
    assert {"case", "duty", "draft", "seal", "note", "publication"} <= set(TABLES)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_has_a_row(step: str) -> None:
    assert step in STAKES, "say in core.stakes who has a stake in it, or why nobody is told"


@pytest.mark.parametrize("key", sorted(STAKES))
def test_a_row_names_people_or_says_why_nobody(key: str) -> None:
    stake = STAKES[key]
    assert bool(stake.parts or stake.acts) != bool(stake.nobody)
    if stake.nobody:
        return
    assert set(stake.acts) - {SEALS, RECEIVER} <= set(ACTS)
    assert stake.see in ACTS
    assert stake.says.endswith(".")
    assert "%" not in stake.says, "a sentence that leaves the house names nothing"


@pytest.mark.parametrize("key", sorted(key for key, stake in STAKES.items() if not stake.nobody and key not in NO_ACT))
def test_every_row_is_told_by_an_act(key: str) -> None:
    code = "\n".join(path.read_text() for path in FLOWS.glob("*.py"))
    assert re.search(rf'f?"{re.escape(TOGETHER.get(key, key))}"', code), f"nobody tells of {key}"


def test_safety_reaches_everybody_by_mail_whatever_was_chosen() -> None:
    for function in Function:
        assert hears({"safety": "drawer"}, [function], Group.SAFETY) == How.MAIL
        assert usual([function], Group.SAFETY) == How.MAIL


def test_a_choice_counts_before_the_usual_and_nonsense_does_not() -> None:
    assert hears({"reviews": "drawer"}, [Function.LEGAL_REVIEWER], Group.REVIEWS) == How.DRAWER
    assert hears({"reviews": "pigeon"}, [Function.LEGAL_REVIEWER], Group.REVIEWS) == How.MAIL
    assert hears({}, [Function.AUDITOR], Group.REVIEWS) == How.DRAWER
    assert hears({}, [Function.AUTHOR, Function.LEGAL_REVIEWER], Group.REVIEWS) == How.MAIL, "the quickest of several functions"


def test_the_climb_has_a_time_for_every_rung_and_they_grow() -> None:
    assert list(CLIMB) == list(Rung)[1:]
    assert sorted(CLIMB.values()) == list(CLIMB.values())
