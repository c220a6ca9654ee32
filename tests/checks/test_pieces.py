"""The edge: a row is read by the contract, or refused with the field to correct."""

from __future__ import annotations

from typing import Any

import pytest

from candour.screening.pieces import Piece, PieceError, parse_piece


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"post_text": "a"}, "market is missing"),
        ({"market": "XX"}, "'XX'"),
        ({"market": "DE", "product_status": "magic"}, "product_status"),
        ({"market": "DE", "audience": "everyone"}, "audience"),
        ({"market": "DE", "author_followers": -1}, "author_followers"),
        ({"market": "DE", "post_text": 7}, "post_text"),
        ({"market": "DE", "product_status": "inv", "flags": ["boxed_warning"]}, "correct product_status or flags"),
        ({"market": "DE", "product_status": "otc", "flags": ["boxed_warning"]}, "boxed warning"),
        ({"market": "DE", "audience": "pub", "gate": "verified"}, "audience or gate"),
        ({"market": "DE", "author_role": "independent", "paid": True}, "author_role or paid"),
    ],
)
def test_a_row_that_can_not_be_checked_names_its_fault(row: dict[str, Any], says: str) -> None:
    with pytest.raises(PieceError, match=says):
        parse_piece(row)


def test_answers_of_the_case_files_are_never_read() -> None:
    told = {
        "context": "blocked",
        "year": 2020,
        "company": "Acme",
        "confidence": "high",
        "violated": ["DE-01-RX"],
        "reason": "x",
        "body": "y",
        "source": "z",
        "described": True,
    }
    assert parse_piece({"market": "DE", "post_text": "Hallo", **told}) == parse_piece({"market": "DE", "post_text": "Hallo"})
    assert not set(told) & set(Piece.__slots__)


def test_null_is_the_same_as_absent() -> None:
    assert parse_piece({"market": "de", "paid": None, "flags": None, "author_followers": None}) == parse_piece({"market": "DE"})


def test_a_like_adopts_only_when_it_is_ours() -> None:
    facts = {"market": "US", "act": "like", "third_party_text": "Great stuff"}
    assert parse_piece(facts).adopted_text == "Great stuff"
    assert parse_piece({**facts, "author_role": "independent"}).adopted_text == ""
    assert parse_piece({**facts, "post_text": "Great stuff"}).adopted_text == ""
