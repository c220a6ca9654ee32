"""A finding is read in the language of the screen, reasons and source included; the stored row stays English."""

from __future__ import annotations

import pytest
from django.utils import translation

from candour.packs.loader import load_market, shipped_markets, shipped_topics
from candour.screening.checks import check_piece
from candour.screening.pieces import parse_piece
from candour.web.rule_words import asks_of, finding_in_words, suggestion_of
from candour.web.words import market_name
from tools.words import rule_sentences

PIECE = {
    "id": "1",
    "market": "us",
    "product": "Cindorel (cindaxanib)",
    "product_status": "rx",
    "indication": "severe asthma in adults",
    "risk_text": "serious infections",
    "post_text": "Cindorel works within minutes and has no side effects.",
}


def _rows(market: str = "us", **facts: str) -> list[dict[str, object]]:
    return list(check_piece(parse_piece(PIECE | {"market": market} | facts), [load_market(market)]).as_row()["findings"])


def _bracketed(words: str) -> bool:
    return words.startswith("[") and words.endswith("]")


def test_every_part_of_a_finding_is_told_in_the_language_of_the_screen() -> None:
    rows = _rows()
    assert any(row["missing"] for row in rows) and any(row["spans"] for row in rows)
    with translation.override("eo"):
        told = [finding_in_words(row, load_market("us")) for row in rows]
    for row in told:
        assert _bracketed(row["question"]) and _bracketed(row["suggestion"])
        assert all(_bracketed(one) for one in row["missing"]) and all(_bracketed(one) for one in row["whys"])
        assert "[" in row["citation"] and row["url"].startswith("https://")


def test_a_finding_of_another_market_needs_no_pack_at_hand() -> None:
    row = _rows()[0]
    with translation.override("eo"):
        without = finding_in_words(row, None)
        assert without | {"whys": []} == finding_in_words(row, load_market("us")) | {"whys": []}
    assert finding_in_words(row, None)["question"] == row["asks"]


def test_the_reason_of_an_exemption_is_told_and_its_source_stays() -> None:
    facts = {
        "act": "reply",
        "third_party_text": "Cindorel in the fridge?",
        "post_text": "The leaflet says 2 to 8 degrees for Cindorel.",
    }
    exempted = [row for row in _rows("de", **facts) if row["exempted_by"]]
    assert exempted
    with translation.override("eo"):
        told = finding_in_words(exempted[0], None)["exempted_by"]
    assert told.startswith("[") and told[told.rindex("(") :] == exempted[0]["exempted_by"][exempted[0]["exempted_by"].rindex("(") :]


def test_the_markets_own_translation_comes_before_the_catalogue() -> None:
    rule = next(rule for rule in load_market("us").rules if "de" in rule.words)
    with translation.override("de"):
        assert asks_of(rule) == rule.words["de"].asks
        assert suggestion_of(rule) == rule.words["de"].suggestion


def test_every_rule_of_every_pack_is_handed_to_the_catalogues() -> None:
    known = set(rule_sentences())
    for code in (*shipped_markets(), *shipped_topics()):
        for rule in load_market(code).rules:
            assert {rule.asks(), rule.suggestion(), rule.citation.about} <= known | {""}, rule.id


@pytest.mark.parametrize(
    ("code", "told"), [("de", "Deutschland"), ("uk", "Vereinigtes Königreich"), ("eu", "Europäische Union"), ("hq", "Zentrale")]
)
def test_a_market_is_named_in_the_language_of_the_screen(code: str, told: str) -> None:
    with translation.override("de"):
        assert market_name(code, "Zentrale") == told
