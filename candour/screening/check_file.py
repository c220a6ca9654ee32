"""`candour check`: pieces in a JSON Lines file to verdicts in another, row by row, in the same order."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from candour.core.terms import Audience, Verdict
from candour.screening.checks import check_piece, packs_for
from candour.screening.pieces import Piece, PieceError, parse_piece
from candour.screening.plain import advise, language_of

#: Called after each row with the number of rows done.
Progress = Callable[[int], None]


@dataclass(slots=True)
class Counts:
    """What a run did; `errors` are rows that could not be read and say so in the output."""

    rows: int = 0
    block: int = 0
    review: int = 0
    passed: int = 0
    errors: int = 0

    def add(self, row: dict[str, Any]) -> None:
        self.rows += 1
        if "error" in row:
            self.errors += 1
        elif row["verdict"] == Verdict.BLOCK:
            self.block += 1
        elif row["verdict"] == Verdict.REVIEW:
            self.review += 1
        else:
            self.passed += 1


def check_file(
    in_path: Path | str, out_path: Path | str, progress: Progress | None = None, on: dt.date | None = None, *, advice: bool = False
) -> Counts:
    """Checks every row of `in_path` and writes one answer per row to `out_path`, order kept; with `advice` also on plain language.

    A row that can't be checked gives `{"id", "verdict": null, "error"}`. The output appears complete or not at all. Raises OSError.
    """
    counts = Counts()
    target = Path(out_path)
    draft = target.with_name(f".{target.name}.part")
    try:
        with Path(in_path).open("rb") as source, draft.open("w", encoding="utf-8") as out:
            for answer in _answers(source, on, advice):
                out.write(json.dumps(answer, ensure_ascii=False) + "\n")
                counts.add(answer)
                if progress:
                    progress(counts.rows)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return counts


def _answers(lines: Iterator[bytes], on: dt.date | None, advice: bool) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield check_row(line, number, on, advice=advice)


def check_row(line: bytes, number: int, on: dt.date | None = None, *, advice: bool = False) -> dict[str, Any]:
    """The answer to one line; `number` is the line's number, named in errors. `advice` adds a list of that name, nothing else."""
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return _error("", f"Line {number} is not JSON in UTF-8: correct the line.")
    if not isinstance(row, dict):
        return _error("", f"Line {number} is not an object: write one piece as {{...}} per line.")
    try:
        piece = parse_piece(row)
    except PieceError as fault:
        return _error(row.get("id", ""), f"Line {number}: {fault}")
    answer = check_piece(piece, packs_for(piece), on=on).as_row()
    return {**answer, "advice": _advice(piece)} if advice else answer


def _advice(piece: Piece) -> list[dict[str, Any]]:
    """Advice on the post itself; empty too where nobody has written the words of its language."""
    found = advise(piece.post_text, language_of(piece.post_text), to_professionals=piece.audience is Audience.HCP, leave=(piece.product,))
    return [one.as_row() for one in found or ()]


def _error(row_id: object, message: str) -> dict[str, Any]:
    return {"id": row_id, "verdict": None, "findings": [], "error": message}
