"""What the British, Australian and Canadian rules needed of the signals: channels to the media, the thread, the triangle, the register."""

from __future__ import annotations

from typing import Any

import pytest

from candour.core.terms import Verdict
from candour.packs.loader import load_market
from candour.screening.checks import CheckResult, check_piece, packs_for
from candour.screening.pieces import parse_piece
from candour.screening.signals_code import read_signals

RX = {"market": "UK", "product": "Sorvetan (amliprene)", "product_status": "rx", "indication": "gout in adults", "channel": "LinkedIn"}
OTC = {"market": "UK", "product": "Clerasan (dextromenol)", "product_status": "otc", "indication": "dry cough", "channel": "Instagram"}
AD = {"author_role": "influencer", "paid": True, "post_text": "Ad: Clerasan for a dry cough. Always read the label."}


def check(row: dict[str, Any]) -> CheckResult:
    piece = parse_piece(row)
    return check_piece(piece, packs_for(piece))


def signals(row: dict[str, Any]) -> set[str]:
    return set(read_signals(parse_piece(row), load_market("uk").lexicon).spans)


def counted(row: dict[str, Any]) -> dict[str, str]:
    return {found.rule: str(found.severity) for found in check(row).findings if found.counts}


@pytest.mark.parametrize(
    ("channel", "media"),
    [
        ("press mailing", True),
        ("RNS (stock exchange)", True),
        ("newswire", True),
        ("LinkedIn press page", False),
        ("LinkedIn", False),
        ("", False),
    ],
)
def test_only_a_channel_to_journalists_or_the_exchange_is_one(channel: str, media: bool) -> None:
    assert ("channel_media" in signals({**RX, "channel": channel, "post_text": "Sorvetan"})) is media


def test_the_product_of_the_text_that_is_answered_is_seen_whoever_wrote_it() -> None:
    row = {**RX, "act": "comment", "author_role": "employee", "post_text": "Well done!", "third_party_text": "S.o.r.v.e.t.a.n is here"}
    assert "product_in_thread" in signals(row)
    assert "product_in_thread" not in signals({**row, "third_party_text": "The canteen is open"})


@pytest.mark.parametrize("text", ["Sorvetan▼ (amliprene)", "Sorvetan ▼", "▼Sorvetan"])
def test_a_black_triangle_is_read_and_never_hides_the_name_beside_it(text: str) -> None:
    assert {"black_triangle_shown", "product_exact"} <= signals({**RX, "post_text": text})


@pytest.mark.parametrize(("followers", "severity"), [(9_999, None), (10_000, "H"), (29_999, "H"), (30_000, "B"), (32_000, "B"), (0, "H")])
def test_followers_make_a_celebrity_by_the_params_of_the_pack(followers: int, severity: str | None) -> None:
    assert counted({**OTC, **AD, "author_followers": followers}).get("UK-15B-ENDORSER") == severity


def test_the_person_who_likes_brings_the_law_of_the_own_country() -> None:
    row = {**RX, "market": "US", "act": "like", "author_role": "employee", "third_party_text": "Sorvetan (amliprene) is in our pharmacies."}
    assert "UK-12-ENGAGE" in counted({**row, "author_country": "UK"})
    assert "UK-12-ENGAGE" not in counted({**row, "author_country": "US"})


@pytest.mark.parametrize("market", ["UK", "AU", "CA"])
@pytest.mark.parametrize(
    "text",
    [
        "Join our charity run in aid of cancer research on Sunday.",
        "Half-year results are out: revenue grew by 4%.",
        "Flu season is coming. Check whether you can get a free flu jab.",
        "We are hiring for our quality lab.",
    ],
)
def test_what_any_company_says_passes(market: str, text: str) -> None:
    assert check({"market": market, "channel": "LinkedIn", "post_text": text}).verdict is Verdict.PASS


def test_a_register_entry_that_is_missing_blocks_a_device_in_australia() -> None:
    row = {"market": "AU", "product": "Pulsalux", "product_status": "dev", "post_text": "Pulsalux for a stiff neck, order yours."}
    assert "AU-02-ARTG" not in counted(row)
    assert counted({**row, "flags": ["not_in_artg"]})["AU-02-ARTG"] == "B"


def test_name_or_disease_alone_is_lawful_in_canada_and_both_are_not() -> None:
    row = {**RX, "market": "CA"}
    assert check({**row, "post_text": "Sorvetan. Ask your doctor."}).verdict is Verdict.PASS
    assert check({**row, "post_text": "Gout hurts. Ask your doctor."}).verdict is Verdict.PASS
    assert check({**row, "post_text": "Gout hurts. Ask your doctor about Sorvetan."}).verdict is Verdict.BLOCK


def test_no_rule_of_the_reference_is_missing() -> None:
    wanted = {"uk": 27, "au": 9, "ca": 7}
    for market, number in wanted.items():
        pack = load_market(market)
        own = {rule.id for rule in (*pack.rules, *pack.held) if rule.id.startswith(f"{market.upper()}-")}
        assert len(own) == number, sorted(own)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("No drowsiness and no side effects.", True),
        ("No side effects.", True),
        ("It is not without side effects.", False),
        ("Nobody can say that there are no side effects.", True),
    ],
)
def test_an_enumerated_denial_is_a_claim_and_a_denied_one_is_not(text: str, claims: bool) -> None:
    assert ("claim_harmless" in signals({**OTC, "post_text": text})) is claims
