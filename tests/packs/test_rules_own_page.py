"""docs/rules-own.md speaks of what is there: its two examples load as they stand."""

from __future__ import annotations

import re
from pathlib import Path

from candour.core.terms import Severity
from candour.packs.ours import company_pack
from candour.packs.plain import voice_of
from candour.screening.checks import try_rule

PAGE = (Path(__file__).parents[2] / "docs" / "rules-own.md").read_text(encoding="utf-8")


def test_the_examples_load_and_do_what_they_say(tmp_path: Path) -> None:
    rules, voice = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "voice").mkdir()
    (tmp_path / "house.toml").write_text(rules, encoding="utf-8")
    (tmp_path / "voice" / "zovellark.toml").write_text(voice, encoding="utf-8")
    pack = company_pack("us", tmp_path)
    assert pack.by_id["US-03-INDICATION"].severity is Severity.BLOCK and "US-12-RESPONSIBLE" not in pack.by_id
    assert all(one.sound for one in try_rule(pack.by_id["HQ-01-NAMES"], pack))
    assert voice_of(tmp_path, "zovellark", "us").address == "informal"
