"""Facts in other words, names beside forms, prices that were asked for, and answers that praise: each as a person writes them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.packs.piece_words import in_our_words
from candour.screening.checks import CheckResult, check_piece, packs_for
from candour.screening.pieces import Piece, PieceError, parse_piece
from candour.screening.signals_product import names_of

RX = {"market": "NL", "product": "Norvalto (delicitran)", "product_status": "rx", "indication": "migraine"}


def piece(**fields: Any) -> Piece:
    return parse_piece({"market": "UK", "post_text": "a", **fields})


def checked(**fields: Any) -> CheckResult:
    row = parse_piece({**RX, **fields})
    return check_piece(row, packs_for(row))


def counted(result: CheckResult) -> set[str]:
    return {found.rule for found in result.findings if found.counts}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("none", "none"),
        ("", "none"),
        ("No login needed", "none"),
        ("unverified", "none"),
        ("not verified", "none"),
        ("self-declaration", "self"),
        ("click to confirm you are an HCP", "self"),
        ("verified HCP login", "verified"),
        ("password", "verified"),
    ],
)
def test_a_gate_is_read_as_people_write_it(said: str, meant: str) -> None:
    assert piece(audience="HCP", gate=said).gate == meant


@pytest.mark.parametrize(
    ("field", "said", "meant"),
    [
        ("product_status", "Rx", "rx"),
        ("product_status", "POM", "rx"),
        ("product_status", "Over-the-counter", "otc"),
        ("product_status", "investigational", "inv"),
        ("author_role", "Sales rep", "employee"),
        ("author_role", "CEO", "executive"),
        ("author_role", "pharmacist", "hcp"),
        ("act", "Quote tweet", "quote"),
        ("act", "search ad", "search_ad"),
        ("audience", "general public", "pub"),
    ],
)
def test_a_fact_is_read_as_people_write_it(field: str, said: str, meant: str) -> None:
    assert getattr(piece(**{field: said}), field) == meant


def test_flags_are_read_with_blanks_and_hyphens() -> None:
    assert piece(product_status="rx", flags=["Boxed warning", "pre-authorisation"]).flags == {"boxed_warning", "pre_authorisation"}


@pytest.mark.parametrize("fields", [{"gate": "maybe"}, {"audience": "everyone we know"}, {"product_status": "strong"}, {"act": "!"}])
def test_what_nobody_can_read_is_still_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(PieceError, match=next(iter(fields))):
        piece(**fields)


@given(st.dictionaries(st.sampled_from(["gate", "act", "audience", "author_role", "product_status"]), st.text(max_size=40)))
def test_reading_a_row_twice_changes_nothing_more(row: dict[str, str]) -> None:
    once = in_our_words(row)
    assert in_our_words(once) == once


@pytest.mark.parametrize(
    ("filed", "names"),
    [
        ("Norvalto tablets (delicitran)", {"norvalto tablets", "norvalto", "delicitran"}),
        ("Xolu gel", {"xolu gel", "xolu"}),
        ("Norvalto + Zeluma", {"norvalto", "zeluma"}),
        ("ラクミナ錠（デリシトラン）", {"ラクミナ錠", "ラクミナ", "デリシトラン"}),
        ("vaccin antigrippal Grivalis", {"grivalis"}),
        ("QLT-5531 tablets", {"qlt-5531 tablets", "qlt-5531"}),
        ("COVID-19 vaccine candidate", {"covid-19 vaccine candidate"}),
        ("Medikora CR, Tantivo", {"medikora cr", "medikora", "tantivo"}),
    ],
)
def test_names_stand_beside_forms(filed: str, names: set[str]) -> None:
    assert set(names_of(filed).all) == names


def test_a_price_is_told_to_somebody_who_asks_for_it() -> None:
    asked = "How much is Norvalto?"
    told = checked(act="reply", third_party_text=asked, post_text="Norvalto is 118 euros a pack. Mira, Hollinqvist customer service")
    assert told.verdict == "pass"
    pushed = checked(
        act="reply", third_party_text="Is Norvalto a tablet?", post_text="Norvalto is 118 euros a pack. Mira, Hollinqvist team"
    )
    assert "NL-01-RX" in counted(pushed)
    praised = checked(act="reply", third_party_text=asked, post_text="118 euros and worth every cent. Mira, Hollinqvist customer service")
    assert {"NL-01-RX", "CARE-02-ANSWERONLY"} <= counted(praised)


def test_an_answer_that_praises_needs_no_name_to_advertise() -> None:
    heard = "Does anybody take Norvalto?"
    praise = checked(act="reply", third_party_text=heard, post_text="Most patients notice it soon. Mira, Hollinqvist customer service")
    assert "NL-01-RX" in counted(praise)
    fact = checked(act="reply", third_party_text=heard, post_text="Your doctor can answer that. Mira, Hollinqvist customer service")
    assert fact.verdict == "pass"


def test_a_form_of_an_unnamed_medicine_is_told_from_a_form_in_a_factory() -> None:
    assert checked(post_text="A new tablet against migraine is here. Ask your doctor for it.").verdict == "block"
    assert checked(post_text="Our new hall in Leiden packs tablets by the million.").verdict == "pass"


@pytest.mark.parametrize("market", ["DE", "FR", "ES", "IT", "NL", "SE", "DK", "CH", "BR", "CA", "AU", "JP", "UK"])
def test_an_unauthorised_medicine_is_named_with_its_stage_or_not_at_all(market: str) -> None:
    medicine = {"market": market, "product": "QLT-5531", "product_status": "inv", "indication": ""}
    told = "QLT-5531 and the people behind it deserve every headline this week, and there is far more where that came from."
    assert checked(**medicine, post_text=told).verdict == "review"
    assert checked(**medicine, post_text="Finally something that works: QLT-5531 is changing lives.").verdict == "block"
    stage = "The first participant of our phase 2 trial of QLT-5531 has been treated. QLT-5531 is not approved in any country."
    assert checked(**medicine, post_text=stage).verdict == "pass"
