"""`candour check`: one answer per row in the same order, bad rows answered, the output whole or absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from candour.screening.check_file import check_file

GOOD = {"id": "a", "market": "DE", "product": "Mivrantel", "product_status": "rx", "post_text": "Mivrantel bei Migräne"}
KEYS = {"rule", "market", "severity", "spans", "citation", "suggestion", "exempted_by", "needs_local_review"}


def run(tmp_path: Path, lines: list[str]) -> tuple[list[dict[str, object]], object]:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(lines), encoding="utf-8")
    counts = check_file(source, target)
    return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()], counts


def test_every_row_is_answered_in_order(tmp_path: Path) -> None:
    lines = [
        json.dumps(GOOD),
        "{",
        json.dumps({"id": "c", "market": "XX"}),
        "[1]",
        "",
        json.dumps({"id": 5, "market": "US", "post_text": "We are hiring."}),
        "\ufeff" + json.dumps({**GOOD, "id": "e"}),
    ]
    rows, counts = run(tmp_path, lines)
    assert [row["id"] for row in rows] == ["a", "", "c", "", "5", "e"]
    assert [row["verdict"] for row in rows] == ["block", None, None, None, "pass", "block"]
    assert [number for row in rows if "error" in row for number in [str(row["error"]).split(":")[0].split(" is")[0]]] == [
        "Line 2",
        "Line 3",
        "Line 4",
    ]
    assert (counts.rows, counts.block, counts.review, counts.passed, counts.errors) == (6, 2, 0, 1, 3)  # type: ignore[attr-defined]


def test_a_finding_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    rows, _ = run(tmp_path, [json.dumps(GOOD)])
    finding = rows[0]["findings"][0]  # type: ignore[index]
    assert set(finding) >= KEYS
    assert finding["spans"][0] == {"start": 0, "end": 9, "words": "Mivrantel", "why": "the product is named as registered"}
    assert finding["exempted_by"] is None


def test_a_stopped_run_leaves_the_old_output(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps(GOOD) + "\n" + json.dumps(GOOD))
    target.write_text("old")

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_file(source, target, stop)
    assert target.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_progress_counts_rows(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join([json.dumps(GOOD)] * 3))
    seen: list[int] = []
    check_file(source, tmp_path / "out.jsonl", seen.append)
    assert seen == [1, 2, 3]


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check_file(tmp_path / "absent.jsonl", tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []
