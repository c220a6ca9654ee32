"""Whole pieces from pairs.toml get the verdict the law gives them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from candour.packs.loader import load_market
from candour.screening.checks import check_piece, packs_for
from candour.screening.pieces import parse_piece

FILE = tomllib.loads((Path(__file__).parent / "pairs.toml").read_text(encoding="utf-8"))


def row_of(piece: dict[str, Any]) -> dict[str, Any]:
    mandatory = str(load_market("de").params["mandatory_text"])
    row = {**FILE["base"].get(piece.get("of"), {}), **piece}
    return {name: value.replace("{mandatory}", mandatory) if isinstance(value, str) else value for name, value in row.items()}


@pytest.mark.parametrize("piece", FILE["piece"], ids=lambda piece: f"{piece['verdict']}: {piece.get('post_text', '')[:40]}")
def test_a_piece_gets_its_verdict(piece: dict[str, Any]) -> None:
    read = parse_piece(row_of(piece))
    result = check_piece(read, packs_for(read))
    assert result.verdict == piece["verdict"], [(found.rule, [span.words for span in found.spans]) for found in result.findings]


def test_an_engine_of_one_answer_would_fail() -> None:
    assert {piece["verdict"] for piece in FILE["piece"]} == {"block", "review", "pass"}
