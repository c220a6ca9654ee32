"""What a law wants on file, as data: every gate a rule names is declared, and its number is neither too strict nor empty."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.packs.gates import authority_files, file_for, gate, gate_names, markets_of
from candour.packs.loader import load_market, shipped_markets
from candour.packs.schema import RuleFile

EVERY = [(name, market) for name in gate_names() for market in ("", *markets_of(name))]


def test_the_gates_are_those_that_a_rule_may_name() -> None:
    assert set(get_args(RuleFile.model_fields["gate"].annotation)) - {""} == set(gate_names())


@pytest.mark.parametrize(("name", "market"), EVERY)
def test_a_gate_takes_its_own_example_and_speaks_the_languages_of_the_screens(name: str, market: str) -> None:
    one = gate(name, market)
    assert one.number.fault(one.number.example) == ""
    assert {"de", "ar"} <= set(one.translations)
    assert one.name("de") != "" and one.number_said("de") != one.number.said
    assert one.name("xx") == one.title


@pytest.mark.parametrize(("name", "market"), EVERY)
@given(number=st.text(max_size=80))
def test_a_number_is_accepted_only_when_it_is_as_the_words_say(name: str, market: str, number: str) -> None:
    form = gate(name, market).number
    fine = form.shortest <= len(number) <= form.longest and sum(letter.isdigit() for letter in number) >= form.digits
    assert (form.fault(number) == "") == (fine and (not form.one_of or any(run.lower() in number.lower() for run in form.one_of)))


@pytest.mark.parametrize("market", shipped_markets())
def test_every_gate_of_a_market_is_declared_with_law_and_time(market: str) -> None:
    for rule in load_market(market).rules:
        if rule.kind == "gate":
            assert gate(rule.gate, market).due in ("before", "at_first_use")
            assert rule.citation.law


def test_each_market_has_the_file_its_law_asks_for() -> None:
    kinds = {market: file_for(market, load_market(market).chain) for market in ("us", "de", "fr", "jp")}
    assert {market: one and one.id for market, one in kinds.items()} == {"us": "form2253", "de": "art98", "fr": "art98", "jp": None}
    assert all(one.asked_by in ("", *gate_names()) for one in authority_files())
