"""From findings to duties: which findings oblige the company, and whether a case opens by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from candour.core.terms import DutyKind, Finding

#: At or above: the post is a row of the inbox. Between the two: shown as "maybe" (dashed), second look by drug safety.
QUEUE_THRESHOLD = 0.5
SAFETY_THRESHOLD = 0.35

#: A finding of these kinds owes somebody an answer or a hand-over, so a case opens without waiting for a person.
OWED = frozenset(
    {
        DutyKind.AE,
        DutyKind.SPECIAL_SITUATION,
        DutyKind.PQC,
        DutyKind.MIR,
        DutyKind.OFF_LABEL,
        DutyKind.PRIVACY,
        DutyKind.CRISIS,
        DutyKind.COMPLAINT,
    }
)
_ABOUT_PRODUCT = frozenset({DutyKind.AE, DutyKind.SPECIAL_SITUATION, DutyKind.PQC})


class Path(StrEnum):
    CASE = "case"
    JUDGE = "judge"
    SECOND_LOOK = "second_look"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Triage:
    """Where a post goes, and the findings that owe something (`owed`) or are worth noting (`noted`)."""

    path: Path
    owed: tuple[Finding, ...]
    noted: tuple[Finding, ...]


def triage(findings: Iterable[Finding], *, ours: bool, names_product: bool, unscreened: bool = False) -> Triage:
    """Sort the findings of one post.

    A case opens when something is owed on an account under our responsibility, or elsewhere about a product of ours (GVP VI.B.1.1.4: no
    duty to search, but what the company becomes aware of is handled). A language without a pack always goes before a person.
    """
    above = [f for f in findings if f.score >= QUEUE_THRESHOLD]
    between = tuple(f for f in findings if SAFETY_THRESHOLD <= f.score < QUEUE_THRESHOLD)
    owed = tuple(f for f in above if f.duty in OWED and (ours or names_product or f.duty == DutyKind.CRISIS))
    noted = tuple(f for f in above if f not in owed) + between
    if owed:
        return Triage(Path.CASE, owed, noted)
    if above or unscreened:
        return Triage(Path.JUDGE, (), noted)
    if any(f.duty in _ABOUT_PRODUCT for f in between):
        return Triage(Path.SECOND_LOOK, (), noted)
    return Triage(Path.REST, (), noted)
