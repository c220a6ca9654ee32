"""What a verification says: counts, and every problem by its kind, its place and one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from django.utils.translation import gettext as _

#: Problems of one kind that are told one by one; the rest is counted.
TOLD = 25

#: Called with what is being looked at, how much of it is done and how much there is.
Progress = Callable[[str, int, int], None]


class Kind(StrEnum):
    """Everything `verify` can find. Stable names: scripts read them."""

    ENTRY_CHANGED = "entry_changed"
    ENTRY_DELETED = "entry_deleted"
    ENTRIES_SWAPPED = "entries_swapped"
    ENTRY_BACKDATED = "entry_backdated"
    LEAF_MISSING = "leaf_missing"
    CUT_OFF = "cut_off"
    REWRITTEN = "rewritten"
    SET_BACK = "set_back"
    ROOT_DIFFERS = "root_differs"
    HEAD_CHANGED = "head_changed"
    HEAD_MISSING = "head_missing"
    HEAD_CHAIN = "head_chain"
    HEAD_SIGNATURE = "head_signature"
    HEAD_KEY = "head_key"
    HEAD_REPLACED = "head_replaced"
    KEY_MISSING = "key_missing"
    INSTALLATION_CHANGED = "installation_changed"
    HEADS_FILE_MISSING = "heads_file_missing"
    HEADS_FILE_SHORTENED = "heads_file_shortened"
    HEADS_FILE_EDITED = "heads_file_edited"
    ROW_CHANGED = "row_changed"
    ROW_CHANGED_BETWEEN = "row_changed_between"
    ROW_DELETED = "row_deleted"
    ROW_INSERTED = "row_inserted"
    TABLE_MISSING = "table_missing"
    GUARD_MISSING = "guard_missing"
    GUARD_DISABLED = "guard_disabled"
    GUARD_CHANGED = "guard_changed"
    POST_CHANGED = "post_changed"
    INTAKE_CHANGED = "intake_changed"
    TEXT_CHANGED = "text_changed"


class Problem(NamedTuple):
    """One thing that is wrong: its kind, the place to look at, and a sentence for a person."""

    kind: Kind
    where: str
    sentence: str


@dataclass
class Report:
    """The answer of a verification.

    `sound` counts the sealed entries that agree with tree, heads and files of heads; `unsealed` those that no head covers yet.
    """

    entries: int = 0
    sound: int = 0
    unsealed: int = 0
    heads: int = 0
    rows: int = 0
    problems: list[Problem] = field(default_factory=list)
    untold: Counter[Kind] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    _counts: Counter[Kind] = field(default_factory=Counter, repr=False)

    @property
    def holds(self) -> bool:
        """True when nothing is wrong."""
        return not self.problems

    def kinds(self) -> set[Kind]:
        """The kinds of problem found."""
        return {problem.kind for problem in self.problems}

    def total(self) -> int:
        """How many problems were found, told or not."""
        return self._counts.total()

    def add(self, kind: Kind, where: str, sentence: str) -> None:
        """Record a problem; beyond `TOLD` of a kind it is only counted."""
        self._counts[kind] += 1
        if self._counts[kind] <= TOLD:
            self.problems.append(Problem(kind, where, sentence))
        else:
            self.untold[kind] += 1

    def take(self, other: Report) -> None:
        """Add what was found aside: its rows, notes and problems, told and untold. Its counts of entries and heads are not looked at."""
        self.rows += other.rows
        self.notes += other.notes
        for problem in other.problems:
            self.add(*problem)
        for kind, count in other.untold.items():
            self._counts[kind] += count
            self.untold[kind] += count

    def sentences(self) -> list[str]:
        """Every problem as a sentence, and how many of each kind were not told."""
        more = [_("%(count)s more of the kind “%(kind)s”.") % {"count": count, "kind": kind} for kind, count in self.untold.items()]
        return [problem.sentence for problem in self.problems] + more
