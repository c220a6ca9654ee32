"""What the content check found, as cards: the rule's question, the marked words, the source, and the author's answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from candour.core.terms import Severity
from candour.messages.models import FindingAnswer
from candour.packs.market import MarketPack
from candour.web.marks import Mark
from candour.web.rule_words import finding_in_words

ANSWER: dict[str, str | Promise] = {
    "fix": gettext_lazy("Fix"),
    "justify": gettext_lazy("Justified"),
    "not_applicable": gettext_lazy("Not applicable"),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """An author's answer as it is read: the word, the reason, who."""

    answer: str | Promise
    reason: str
    by: Any


@dataclass(frozen=True, slots=True)
class Card:
    """One finding with its answer; `blocks` and `open` decide what the author must still do, `promised` names who said "fix"."""

    finding: dict[str, Any]
    answer: Answered | None
    blocks: bool
    open: bool
    promised: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The cards of one check and what they add up to: `hue` blocked, review or approved, and one line that says it."""

    cards: tuple[Card, ...]
    hue: str
    line: str
    blocking: tuple[str, ...]


def checked(rows: Iterable[Mapping[str, Any]], answers: Mapping[str, FindingAnswer], pack: MarketPack | None) -> Checked:
    """Cards of stored or live findings (rows of the check contract), severest first, answered and exempted ones last."""
    cards = sorted((_card(row, answers.get(row["rule"]), pack) for row in rows), key=_order)
    blocking = tuple(card.finding["rule"] for card in cards if card.blocks)
    waiting = sum(1 for card in cards if card.open and not card.blocks)
    if blocking:
        names = ", ".join(blocking)
        line = ngettext("%(rules)s blocks this text", "%(rules)s block this text", len(blocking)) % {"rules": names}
        return Checked(tuple(cards), "blocked", line, blocking)
    if waiting:
        line = ngettext("%(count)s finding wants an answer", "%(count)s findings want an answer", waiting) % {"count": waiting}
        return Checked(tuple(cards), "review", line, ())
    line = _("Every finding is answered") if any(card.answer for card in cards) else _("No rule objects")
    return Checked(tuple(cards), "approved", line, ())


def _order(card: Card) -> tuple[bool, bool, int, str]:
    severities = [severity.value for severity in Severity]
    severity = card.finding["severity"]
    place = severities.index(severity) if severity in severities else len(severities)
    return bool(card.finding.get("exempted_by")), card.answer is not None, place, card.finding["rule"]


def _card(row: Mapping[str, Any], given: FindingAnswer | None, pack: MarketPack | None) -> Card:
    counts = not row.get("exempted_by")
    blocks = counts and row["severity"] == Severity.BLOCK
    # "fix" is a promise, not an answer that settles: the finding stays until the text no longer raises it.
    settled = given is not None and given.answer != "fix"
    answer = Answered(ANSWER.get(given.answer, given.answer), given.reason, given.by) if given and settled and not blocks else None
    wants = counts and row["severity"] != Severity.ADVICE and not settled
    promised = given.by.name if given and not settled else ""
    return Card(finding_in_words(row, pack), answer, blocks, blocks or wants, promised)


def marks_in(text: str, rows: Iterable[Mapping[str, Any]]) -> list[Mark]:
    """Marks of the findings' words in `text`; words found elsewhere (the title, a picture) stand on their card only."""
    marks = []
    for row in rows:
        if row.get("exempted_by"):
            continue
        family = "blocked" if row["severity"] == Severity.BLOCK else "review"
        spans = [span for span in row["spans"] if span.get("field", "post_text") == "post_text"]
        marks += [
            Mark(span["start"], span["end"], family, row["rule"], key=row["rule"])
            for span in spans
            if text[span["start"] : span["end"]] == span["words"]
        ]
    return marks
