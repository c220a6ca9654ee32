"""Pieces made to break the check: each gets a finding or an error, none a silent pass, and time grows with the length only."""

from __future__ import annotations

import time
from typing import Any

import pytest

from candour.core.terms import Verdict
from candour.packs.loader import load_market
from candour.screening.checks import CheckResult, check_piece, packs_for
from candour.screening.pieces import PieceError, parse_piece

RX = {"market": "DE", "product": "Mivrantel (rimovantan)", "product_status": "rx", "indication": "Migräne", "risk_text": "Schwindel"}


def check(**fields: Any) -> CheckResult:
    piece = parse_piece({**RX, **fields})
    return check_piece(piece, packs_for(piece))


@pytest.mark.parametrize(
    "text",
    [
        "Mi\u200bvran\u200btel!",
        "М\u0456vrantel",
        "M-i-v-r-a-n-t-e-l",
        "M1VR4NTEL",
        "\u202eletnarviM\u202c #Mivrantel",
        "😀 Mivrantel 😀",
        "دواء Mivrantel للصداع",
        "ＭＩＶＲＡＮＴＥＬ",
        "Mivrantelは新しい",
        "x" * 9_000 + " Mivrantel",
    ],
)
def test_a_disguised_product_does_not_pass(text: str) -> None:
    assert check(post_text=text).verdict is Verdict.BLOCK


def test_an_image_alone_is_not_passed_over() -> None:
    assert check(post_text="", image_text="Mivrantel am Messestand").verdict is Verdict.BLOCK
    assert check(product="", product_status="none", post_text="").verdict is Verdict.REVIEW


@pytest.mark.parametrize(
    "facts",
    [
        {"market": "Atlantis"},
        {"market": ""},
        {"product_status": "herbal"},
        {"product_status": "inv", "flags": ["boxed_warning"]},
        {"audience": "pub", "gate": "verified"},
        {"author_role": "independent", "paid": True},
        {"author_followers": -3},
        {"flags": "boxed_warning"},
    ],
)
def test_facts_that_can_not_be_give_an_error_that_names_the_field(facts: dict[str, Any]) -> None:
    with pytest.raises(PieceError, match=r"correct|missing"):
        check(post_text="Guten Morgen", **facts)


@pytest.mark.parametrize(
    "unit",
    [
        "Mivrantel hilft! ",
        "e\u0301",
        "l'",
        "a",
        "1 ",
        "頭痛に効く。",
        "m-i-v-r-a-n-t-e-l ",
        "Mivrantel hilft gegen Migräne ",
        "(",
        "#x",
        "😀",
        "not ",
    ],
)
def test_time_grows_with_the_length_and_not_faster(unit: str) -> None:
    packs = [load_market("de"), load_market("us")]

    def seconds(letters: int) -> float:
        piece = parse_piece({**RX, "post_text": (unit * letters)[:letters]})
        times = []
        for _ in range(3):
            begin = time.process_time()
            check_piece(piece, packs)
            times.append(time.process_time() - begin)
        return min(times)

    seconds(200)
    assert seconds(20_000) < 12 * seconds(4_000) + 0.02
