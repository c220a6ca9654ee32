"""Screening measured alone: the page tells the machine, the parts and nothing of a database that was not measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from candour.project.bench import run
from candour.project.bench.figures import Figure, Part, rates


def _row(what: str) -> Figure:
    return rates(what, [1.0, 2.0, 3.0], "posts/s", "")


def test_the_page_tells_the_machine_and_the_parts_of_screening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, int] = {}

    def part(**how: int) -> Part:
        asked.update(how)
        return Part("Screening", "The engine.", [_row("posts screened")])

    monkeypatch.setattr(run.screening, "part", part)
    monkeypatch.setattr(run.screening_start, "measure", lambda **_: ([_row("one post")], [_row("memory over many posts")]))
    run.run_screening(run.QUICK, tmp_path / "new" / "page.md")
    page = (tmp_path / "new" / "page.md").read_text()
    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## Screening", "## Start", "## Memory"]
    assert all(f"| {what} |" in page for what in ("cores", "code", "whole run", "posts screened", "one post", "memory over many posts"))
    assert "| database |" not in page
    assert asked == {"rounds": run.QUICK.rounds, "posts": run.QUICK.size * 10, "many": run.QUICK.size * 150}
