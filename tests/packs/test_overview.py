"""docs/rules.md says what the packs say."""

from __future__ import annotations

from pathlib import Path

import pytest

from candour.packs.loader import PackError
from candour.packs.overview import coverage, find_rule, rules_page

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_rules_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page(), "Print it again: candour.packs.overview.rules_page()"


def test_every_rule_is_listed_once_with_its_tests() -> None:
    rows = coverage()
    assert len({row.rule for row in rows}) == len(rows)
    assert {"US-01-BALANCE", "DE-06-PFLICHTTEXT", "EU-05-POMPUBLIC", "CARE-05-IDENTITY"} <= {row.rule for row in rows}
    assert all((row.hits >= 2 and row.misses >= 2) or row.held_by for row in rows)


def test_a_rule_is_found_by_id_or_refused() -> None:
    assert find_rule("US-08-NAMES").home == "us"
    with pytest.raises(PackError, match="US-99"):
        find_rule("US-99-NOTHING")
