"""A rule read aloud says every field of its file, and nothing else."""

from __future__ import annotations

import pytest

from candour.packs.aloud import condition, found, paragraph, settings_read
from candour.packs.loader import PackError, apply_overlay, load_market, shipped_markets
from candour.packs.rules import parse

RULES = [(market, rule.id) for market in shipped_markets() for rule in load_market(market).rules]


def test_every_rule_can_be_read_aloud() -> None:
    for market, rule_id in RULES:
        pack = load_market(market)
        rule = pack.by_id[rule_id]
        told = paragraph(rule, pack)
        assert rule.asks() in told and rule.citation.law in told and rule.suggestion() in told, rule_id
        assert all(reason.why.rstrip(". ") in told for reason in rule.exemptions), rule_id
        assert "\n" not in told and "%(" not in told and "_" not in told.partition("setting")[0].replace(rule_id, ""), told


def test_a_rule_says_when_it_counts_when_not_how_it_weighs_and_why() -> None:
    pack = load_market("de")
    [rule] = found(pack, "DE-06")
    told = paragraph(rule, pack)
    parts = ("It is about medicines without prescription", "It counts where", "It does not count", "It blocks", "Source: HWG")
    assert [told.index(part) for part in parts] == sorted(told.index(part) for part in parts)
    assert "in an outdated wording" in told and "It carries out EU-09-OTCMIN" in told


def test_gates_questions_dates_and_changes_are_said() -> None:
    us = load_market("us")
    gate = next(rule for rule in us.rules if rule.kind == "gate")
    assert "Before publication it asks for" in paragraph(gate, us) and "It blocks" not in paragraph(gate, us)
    question = next(rule for rule in us.rules if rule.kind == "question")
    assert "put to a reviewer" in paragraph(question, us)
    text = 'market = "us"\ntitle = "House"\n[[change]]\nrule = "US-03-INDICATION"\nreason = "We block it."\nseverity = "B"\n'
    changed = apply_overlay(us, text.encode(), "house")
    assert "It was changed (house: We block it)." in paragraph(changed.by_id["US-03-INDICATION"], changed)


def test_conditions_are_read_in_meanings() -> None:
    pack = load_market("us")
    meaning = {name: f"“{signal.meaning}”" for name, signal in pack.lexicon.signals.items()}

    def said(text: str) -> str:
        return condition(parse(text, frozenset(pack.lexicon.signals)), pack)

    assert said("claim") == meaning["claim"]
    assert said("claim & !price") == f"{meaning['claim']} and not {meaning['price']}"
    assert said("!(claim | price)") == f"not ({meaning['claim']} or {meaning['price']})"
    assert said("claim & !price & !fear") == f"{meaning['claim']}, but none of {meaning['price']}, {meaning['fear']}"
    assert said("!price & !fear") == f"none of {meaning['price']}, {meaning['fear']}"


def test_settings_behind_derived_signals_are_named() -> None:
    pack = load_market("de")
    assert settings_read(pack.by_id["DE-06-PFLICHTTEXT"], pack)["mandatory_text"] == pack.params["mandatory_text"]


def test_a_rule_is_found_by_the_beginning_of_its_id() -> None:
    pack = load_market("us")
    assert [rule.id for rule in found(pack, "us-03")] == ["US-03-INDICATION"]
    assert found(pack, "US-03-INDICATION") == found(pack, "US-03")
    for asked in ("US-99", "US-0", "", "-"):
        with pytest.raises(PackError, match="no rule"):
            found(pack, asked)
