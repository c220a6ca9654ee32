"""The markets that judge a piece, each with its reason; a country without rules is named, never passed over."""

from __future__ import annotations

from typing import Any

import pytest

from candour.screening.concerned import concerned, packs_for
from candour.screening.pieces import Piece, parse_piece


def piece(**facts: Any) -> Piece:
    return parse_piece({"market": "DE", "post_text": "Guten Morgen", **facts})


def reasons(found: Piece, **more: Any) -> dict[str, tuple[str, ...]]:
    return {one.market: one.reasons for one in concerned(found, **more)}


@pytest.mark.parametrize(
    ("facts", "market", "reason"),
    [
        ({"author_country": "United Kingdom"}, "uk", "person"),
        ({"author_country": "Atlantis"}, "atlantis", "person"),
        ({"post_text": "Der G-BA hat entschieden."}, "de", "content"),
        ({"post_text": "厚生労働省が発表しました。"}, "jp", "content"),
        ({"post_text": "Approved by Health Canada."}, "ca", "content"),
        ({"link_text": "anvisa.gov.br"}, "br", "link"),
    ],
)
def test_a_market_is_concerned_for_a_reason(facts: dict[str, Any], market: str, reason: str) -> None:
    assert reason in reasons(piece(**facts))[market]


def test_owner_and_targeting_bring_their_markets_and_the_own_comes_first() -> None:
    assert reasons(piece(), owner="CH", targeting=["fr", "PL"]) == {
        "de": ("own",),
        "ch": ("owner",),
        "fr": ("targeting",),
        "pl": ("targeting",),
    }


def test_letters_of_a_body_inside_another_word_concern_nobody() -> None:
    assert set(reasons(piece(post_text="Die Pegelstände und der Tgalla-Weg"))) == {"de"}


def test_packs_of_a_file_are_those_of_its_market_and_the_person() -> None:
    assert [pack.id for pack in packs_for(piece(author_country="SE", post_text="FDA"))] == ["de", "se"]
    assert [pack.id for pack in packs_for(piece(author_country="Atlantis"))] == ["de"]
    assert [pack.id for pack in packs_for(piece(flags=["listed"]))] == ["de", "corp"]
