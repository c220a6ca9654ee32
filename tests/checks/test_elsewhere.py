"""What counts as new in another market: rules that were not there, or are another law behind the same id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from candour.core.reuse import roles_of_rule
from candour.core.review import ReviewRole
from candour.core.terms import Severity
from candour.packs.loader import load_market
from candour.packs.market import MarketPack
from candour.screening.checks import CheckResult, check_piece
from candour.screening.elsewhere import new_findings, new_gates
from candour.screening.pieces import parse_piece

GERMANY = load_market("de")
FEARFUL = "Kopfschmerzen? Handeln, bevor es zu spät ist, mit Zovellark."
FEAR = "DE-09-FEAR-CHILD-PRIZE"


def judged(pack: MarketPack, text: str = FEARFUL, **facts: Any) -> CheckResult:
    product = {"product": "Zovellark", "product_status": "otc", "indication": "Kopfschmerzen"}
    place = {"id": "1", "market": pack.id, "channel": "newsroom", "audience": "pub", "act": "post", "author_role": "company"}
    return check_piece(parse_piece(product | place | {"post_text": text} | facts), [pack])


def new(home: CheckResult, there: CheckResult, *packs: MarketPack, answered: Iterable[str] | None = None) -> set[str]:
    by_name = {pack.release_name: pack for pack in (GERMANY, *packs)}
    return {one.found.rule for one in new_findings(home, there, by_name, answered)}


def weighing(result: CheckResult) -> set[str]:
    return {one.rule for one in result.findings if one.counts and not one.gate and one.severity != Severity.ADVICE}


def blocking(result: CheckResult) -> set[str]:
    return {one.rule for one in result.findings if one.counts and one.severity == Severity.BLOCK}


def test_the_same_rules_ask_again_only_where_they_block() -> None:
    found = judged(GERMANY)
    assert FEAR in weighing(found)
    assert new(found, found) == blocking(found)


def test_what_home_had_not_found_is_new() -> None:
    assert FEAR in new(judged(GERMANY, "Kopfschmerzen? Zovellark."), judged(GERMANY))


def test_a_rule_that_came_after_the_approval_was_answered_by_nobody() -> None:
    found = judged(GERMANY)
    assert FEAR in new(found, found, answered=[]) and FEAR not in new(found, found, answered=[FEAR])


def test_a_rule_exempted_at_home_was_not_answered_there() -> None:
    found = judged(GERMANY)
    excused = replace(found, findings=tuple(replace(one, exempted_by="a reply") for one in found.findings))
    assert FEAR in new(excused, found) and new(found, excused) == set()


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.MEDIUM])
def test_the_same_rule_that_weighs_more_there_is_new(severity: Severity) -> None:
    found = judged(GERMANY)
    lighter = replace(found, findings=tuple(replace(one, severity=severity) if one.rule == FEAR else one for one in found.findings))
    assert (FEAR in new(lighter, found)) == (severity == Severity.MEDIUM)


def test_more_that_is_missing_is_new() -> None:
    found = judged(GERMANY)
    more = replace(found, findings=tuple(replace(one, missing=(*one.missing, "a warning")) for one in found.findings))
    assert FEAR in new(found, more) and FEAR not in new(more, more)


def test_another_condition_behind_the_same_id_is_another_rule() -> None:
    rules = tuple(replace(rule, when_text="product | fear") if rule.id == FEAR else rule for rule in GERMANY.rules)
    other = replace(GERMANY, version="other", rules=rules)
    assert FEAR in new(judged(GERMANY), judged(other), other)


def test_another_setting_behind_the_same_id_is_another_rule() -> None:
    """The demanded wording stands in the pack's params: missing the one is not missing the other."""
    text, rule = "Kopfschmerzen? Zovellark.", "DE-06-PFLICHTTEXT"
    softer = tuple(replace(one, severity=Severity.HIGH) if one.id == rule else one for one in GERMANY.rules)
    here = replace(GERMANY, version="here", rules=softer)
    there = replace(here, version="there", params={**GERMANY.params, "mandatory_text": "Another demanded sentence."})
    packs = (here, there)
    assert rule in weighing(judged(here, text))
    assert rule not in new(judged(here, text), judged(here, text), *packs)
    assert rule in new(judged(here, text), judged(there, text), *packs)


def test_advice_and_gates_ask_nobody_and_a_gate_is_told() -> None:
    france = load_market("fr")
    there = judged(france, "Kopfschmerzen? Zovellark.")
    gates = new_gates(judged(GERMANY), there)
    assert "FR-05-VISA" in {one.rule for one in gates}
    assert "FR-05-VISA" not in new(judged(GERMANY), there, france)
    assert new_gates(there, there) == ()


def test_matters_are_told_by_group() -> None:
    found = judged(GERMANY)
    one = next(one for one in new_findings(judged(GERMANY, "Guten Tag."), found, {GERMANY.release_name: GERMANY}) if one.found.rule == FEAR)
    assert "style" in one.found.shown or "style" in one.found.missing


def test_when_a_rule_speaks_is_no_matter_of_its_own() -> None:
    """The French rule on networks fires on a medicine in any post that is no reply: that asks nobody about replies."""
    france = load_market("fr")
    packs = {pack.release_name: pack for pack in (GERMANY, france)}
    there = judged(france, "Kopfschmerzen? Zovellark.", channel="bluesky")
    found = {one.found.rule: one.found for one in new_findings(judged(GERMANY, "Kopfschmerzen? Zovellark."), there, packs)}
    assert found["FR-06-SOCIAL"].missing == ()
    assert roles_of_rule(found["FR-06-SOCIAL"]) == (ReviewRole.REGULATORY,)
    assert set(found["FR-07-MENTIONS"].missing) == {"risk", "text"}
