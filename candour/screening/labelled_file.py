"""Posts of your own with their answers: read from a JSONL file, to be graded like the examples of the packs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from candour.core.terms import DutyKind
from candour.packs.language_schema import shipped_languages
from candour.screening.engine import ScreeningRelease
from candour.screening.language import declared
from candour.screening.quality import Graded, Labelled, grade


class LabelledError(ValueError):
    """A file of labelled posts can't be used; the message says which line and what to change."""


def read_labelled(path: Path) -> list[Labelled]:
    """One JSON object a line: `text`, `lang`, `duties`, perhaps `only`. Raises LabelledError at the first line that is none."""
    rows = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                rows.append(_post(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise LabelledError(
                    f"Give line {number} of {path.name} a text, a lang and a list of duties out of {', '.join(DutyKind)}: {error}."
                ) from error
    if not rows:
        raise LabelledError(f"Write posts into {path.name}: it holds none.")
    return rows


def _post(row: dict[str, Any]) -> Labelled:
    text, lang = row["text"], row["lang"]
    if not isinstance(text, str) or not isinstance(lang, str) or not isinstance(row["duties"], list):
        raise TypeError("text and lang must be strings, duties a list")
    owed = frozenset(DutyKind(duty) for duty in row["duties"])
    return Labelled(text, lang, owed, frozenset(DutyKind(duty) for duty in row.get("only") or DutyKind) | owed)


def grade_labelled(compiled: ScreeningRelease, posts: Iterable[Labelled]) -> list[Graded]:
    """Every language by itself, those of the packs first; posts in a language without a pack are graded as well."""
    by_pack: dict[str, list[Labelled]] = {}
    for post in posts:
        pack = compiled.pack(post.lang) or compiled.pack(declared(post.lang) or "und")
        by_pack.setdefault(pack.code if pack else post.lang, []).append(post)
    packs = {pack.code: pack for pack in shipped_languages()}
    known = [grade(compiled, packs[code], rows) for code, rows in sorted(by_pack.items()) if code in packs]
    return known + [grade(compiled, None, rows) for code, rows in sorted(by_pack.items()) if code not in packs]
