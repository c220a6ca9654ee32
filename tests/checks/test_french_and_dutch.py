"""French and Dutch: accents left out in haste, words that change sense without theirs, words that look like another language's."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.core.terms import Verdict
from candour.packs.loader import load_market
from candour.screening.checks import CheckResult, check_piece, packs_for
from candour.screening.pieces import parse_piece
from candour.screening.signals_code import read_signals
from candour.screening.signals_words import expression_of

FR_OTC = {"market": "FR", "product": "Gorgeol (lidocaïne)", "product_status": "otc", "channel": "site de la marque", "act": "page"}
MENTIONS = " Ceci est un médicament. Demandez conseil à votre pharmacien. Lire attentivement la notice."


def check(row: dict[str, Any]) -> CheckResult:
    piece = parse_piece(row)
    return check_piece(piece, packs_for(piece))


def signals(text: str, **fields: Any) -> set[str]:
    return set(read_signals(parse_piece({"market": "FR", "post_text": text, **fields}), load_market("fr").lexicon).spans)


def without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter)).replace("œ", "oe")


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("Gorgeol est très bien toléré.", "claim_safety"),
        ("Sans aucun effet indésirable.", "claim_harmless"),
        ("Recommandé par les médecins.", "recommendation_expert"),
        ("Le cœur fragile, insuffisance cardiaque, crise d'épilepsie.", "disease"),
        ("Een effectief middel voor patiënten met reumatoïde artritis.", "serious_disease"),
        ("Eén tablet is genoeg.", "claim_speed"),
    ],
)
def test_a_phrase_is_found_with_and_without_its_accents(text: str, signal: str) -> None:
    assert signal in signals(text)
    assert signal in signals(without_accents(text))


@pytest.mark.parametrize(
    ("text", "signal"),
    [("Gorgeol est sur notre stand.", "claim_safety"), ("Ce n'est pas du ressort de notre équipe.", "causality")],
)
def test_an_accent_that_changes_the_sense_must_be_there(text: str, signal: str) -> None:
    assert signal not in signals(text)


@given(st.text(alphabet="éèêëàâîïôöûüçœæ", min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_bare_expression_offers_each_letter_with_and_without(word: str) -> None:
    assert expression_of(word) == word
    offered = expression_of(word, bare=True)
    assert offered.count("[") + offered.count("(?:") == len(word)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("I wonder when the sale of the site ends.", "claim_absolute"),
        ("The route to the plant is closed; stage two starts soon.", "corporate_news"),
        ("The safety and efficacy have not been established.", "claim_efficacy"),
        ("Das ist der Standort, er ist sein Zuhause.", "serious_disease"),
        ("Our pub quiz was fun.", "disclosure_words"),
    ],
)
def test_another_language_is_not_read_as_french_or_dutch(text: str, signal: str) -> None:
    found = load_market("fr").lexicon.signals[signal].meaning
    assert signal not in signals(text), found


@pytest.mark.parametrize("statement", ["Ceci est un médicament.", "Gorgeol (lidocaïne) est un médicament."])
def test_the_french_mentions_may_name_the_medicine(statement: str) -> None:
    text = f"Publicité. Gorgeol (lidocaïne) soulage les maux de gorge. {statement} Lire attentivement la notice."
    assert check({**FR_OTC, "post_text": text}).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("fields", "fires"),
    [
        ({"channel": "Instagram", "act": "post"}, True),
        ({"channel": "site de la marque"}, False),
        ({"channel": "", "act": "post"}, False),
    ],
)
def test_the_french_charter_speaks_of_named_networks_only(fields: dict[str, Any], fires: bool) -> None:
    result = check({**FR_OTC, "post_text": f"Publicité. Gorgeol (lidocaïne), maux de gorge.{MENTIONS}", **fields})
    assert ("FR-06-SOCIAL" in {found.rule for found in result.findings}) is fires


@pytest.mark.parametrize(
    ("text", "verdict"), [("Covoxal, le vaccin contre la grippe.", Verdict.REVIEW), ("Covoxal soulage.", Verdict.BLOCK)]
)
def test_a_vaccine_campaign_goes_to_review_where_another_prescription_medicine_is_blocked(text: str, verdict: Verdict) -> None:
    result = check({"market": "FR", "product": "Covoxal", "product_status": "rx", "post_text": text})
    own = [found for found in result.findings if found.rule == "FR-04-PUBLIC"]
    assert [found.severity for found in own] == (["H"] if verdict is Verdict.REVIEW else ["B"])
