"""The figures that ship with the packs: made from the labelled examples by `candour packs test --write`, and whose they are.

The file holds counts only, so that nothing in it can disagree with itself; shares and intervals are worked out when it is read. It belongs
to the release whose name it carries: `fits` says whether those are still the packs that judge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from candour.core.terms import DutyKind
from candour.screening.engine import shipped_name
from candour.screening.quality import Graded, Tally

FIGURES = Path(__file__).parent.parent / "packs" / "figures.json"


class FiguresError(ValueError):
    """The file of figures can't be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted, and the name of the packs and model it was counted with (`engine.shipped_name`)."""

    release: str
    languages: tuple[Graded, ...]
    #: The same for posts that nobody corrected the packs by, each set by its name.
    others: tuple[tuple[str, Figures], ...] = ()

    def fits(self, name: str) -> bool:
        """Whether they were counted with the packs and model of this name."""
        return self.release == name


def as_data(graded: Iterable[Graded], release: str) -> dict[str, Any]:
    """The figures as the file and `--json` hold them: per language its posts and, per duty, hit, false, missed and quiet."""
    languages = {
        one.code: {
            "name": one.name,
            "level": one.level,
            "posts": one.posts,
            "wrong": one.wrong,
            "duties": {duty.value: [t.hit, t.false, t.missed, t.quiet] for duty, t in one.duties.items() if t.graded},
        }
        for one in graded
    }
    return {"release": release, "languages": languages}


def file_text(graded: Iterable[Graded], others: Iterable[tuple[str, Figures]] = ()) -> str:
    """The whole file, a line per language; the same bytes for the same counts. `others` are kept as they are."""
    return _set_text(as_data(graded, shipped_name()), others) + "\n"


def with_other(figures: Figures, name: str, graded: Iterable[Graded]) -> str:
    """The file with a set of posts added that the packs were not corrected by, counted now; one of the same name is replaced."""
    added = (name, Figures(shipped_name(), tuple(graded)))
    others = sorted([*(one for one in figures.others if one[0] != name), added], key=lambda one: one[0])
    return _set_text(as_data(figures.languages, figures.release), others) + "\n"


def _set_text(data: dict[str, Any], others: Iterable[tuple[str, Figures]] = ()) -> str:
    rows = ",\n".join(f"  {json.dumps(code)}: {json.dumps(row, ensure_ascii=False)}" for code, row in data["languages"].items())
    more = ",\n".join(f"{json.dumps(name, ensure_ascii=False)}: {_set_text(as_data(one.languages, one.release))}" for name, one in others)
    kept = f',\n "others": {{\n{more}\n }}' if more else ""
    return f'{{\n "release": {json.dumps(data["release"])},\n "languages": {{\n{rows}\n }}{kept}\n}}'


def read_figures(path: Path = FIGURES) -> Figures | None:
    """The figures of a file, None where there is none. Raises FiguresError."""
    if not path.is_file():
        return None
    try:
        return _figures(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FiguresError(f"Write {path.name} anew with candour packs test --write: {error} can't be read in it.") from error


def _figures(data: dict[str, Any]) -> Figures:
    others = tuple((name, _figures(one)) for name, one in data.get("others", {}).items())
    return Figures(data["release"], tuple(_graded(code, row) for code, row in data["languages"].items()), others)


def _graded(code: str, row: dict[str, Any]) -> Graded:
    duties = {duty: Tally(*row["duties"].get(duty.value, ())) for duty in DutyKind}
    return Graded(code, row["name"], row["level"], row["posts"], row["wrong"], duties)


@cache
def shipped_figures() -> Figures | None:
    """The figures that came with this installation; read once per process."""
    return read_figures()
