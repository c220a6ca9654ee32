"""From spans to marked text: words that caused a finding stand marked where they stand, escaped, merged and named for screen readers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from candour.core.triage import QUEUE_THRESHOLD
from candour.web.words import duty_look

#: Where spans overlap, the family further left gives its hue.
PRECEDENCE = ("safety", "blocked", "review", "service", "", "approved", "product")

#: Control characters (Unicode class Cc) but line breaks and tabs, and direction overrides, which can make a post read other than it was
#: written; they are shown as what they are.
_ACTING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


@dataclass(frozen=True, slots=True)
class Mark:
    """Words to mark. Offsets count code points; `maybe` is a finding below the queue threshold; `label` is read out."""

    start: int
    end: int
    family: str
    label: str
    maybe: bool = False
    key: str = ""


def marks_of(findings: Iterable[Mapping[str, Any]], products: Iterable[str] = (), text: str = "") -> list[Mark]:
    """Marks of stored findings ({duty, score, spans: [{start, end, words, why}]}) and of product names wherever they stand in `text`."""
    marks = []
    for number, finding in enumerate(findings):
        look = duty_look(finding["duty"])
        for span in finding["spans"]:
            maybe = finding["score"] < QUEUE_THRESHOLD
            marks.append(Mark(span["start"], span["end"], look.hue, str(look.label), maybe, f"f{number}"))
    return marks + _product_marks(products, text)


def _product_marks(products: Iterable[str], text: str) -> list[Mark]:
    folded, marks = _folded(text), []
    for name in products:
        wanted, at = _folded(name), 0
        while wanted and (at := folded.find(wanted, at)) >= 0:
            marks.append(Mark(at, at + len(wanted), "product", _("Product")))
            at += len(wanted)
    return marks


def _folded(text: str) -> str:
    """Lower case without changing the length, so that offsets stay true (İ would grow)."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _rank(mark: Mark) -> tuple[int, bool]:
    return (PRECEDENCE.index(mark.family) if mark.family in PRECEDENCE else len(PRECEDENCE), mark.maybe)


def merged(marks: Iterable[Mark], length: int) -> list[Mark]:
    """Marks in order without overlap: overlapping ones become one that carries the strongest family and every label."""
    inside = _without_names([m for m in marks if 0 <= m.start < m.end <= length])
    answer: list[Mark] = []
    for mark in sorted(inside, key=lambda m: (m.start, m.end)):
        if answer and mark.start < answer[-1].end:
            answer[-1] = _united(answer[-1], mark)
        else:
            answer.append(mark)
    return answer


def _without_names(marks: list[Mark]) -> list[Mark]:
    """A duty's span that is only the product's name says nothing of its own; the name keeps its plain underline."""
    names = [(m.start, m.end) for m in marks if m.family == "product"]
    return [m for m in marks if m.family == "product" or not any(start <= m.start and m.end <= end for start, end in names)]


def _united(one: Mark, other: Mark) -> Mark:
    first = min(one, other, key=_rank)
    second = other if first is one else one
    labels = [first.label] if second.family == "product" else list(dict.fromkeys([*first.label.split(", "), *second.label.split(", ")]))
    return Mark(one.start, max(one.end, other.end), first.family, ", ".join(labels), first.maybe, first.key)


def plain(text: str) -> SafeString:
    """Escaped text, also of a sentence that waits for its language; control and direction-override characters are shown as their code."""
    escaped = escape(str(text))
    return mark_safe(_ACTING.sub(_shown, escaped)) if _ACTING.search(escaped) else escaped  # noqa: S308  no entity holds such a character


def _shown(found: re.Match[str]) -> str:
    letter = found[0]
    name = unicodedata.name(letter, "control character").lower()
    return format_html('<span class="ctl" title="{}">U+{}</span>', name, f"{ord(letter):04X}")  # format_html escapes numbers into text


def _one(mark: Mark, words: str, active: bool) -> SafeString:
    css = " ".join(part for part in ("hl", mark.family, "maybe" if mark.maybe else "", "act" if active else "") if part)
    reason = format_html(' data-reason="{}"', mark.key) if mark.key else ""
    return format_html('<mark class="{}"{}><span class="sr">{}: </span>{}</mark>', css, reason, mark.label, plain(words))


def marked(text: str, marks: Iterable[Mark], active: str = "") -> SafeString:
    """`text` as HTML with its marks; spans that do not fit the text are left out rather than moved."""
    parts, at = [], 0
    for mark in merged(marks, len(text)):
        parts += [plain(text[at : mark.start]), _one(mark, text[mark.start : mark.end], bool(active) and mark.key == active)]
        at = mark.end
    return mark_safe("".join([*parts, plain(text[at:])]))  # noqa: S308  every part was escaped


def excerpt(text: str, marks: Iterable[Mark], length: int = 260, sight: int = 90) -> tuple[str, list[Mark]]:
    """A piece of `text` of at most `length` code points whose first telling mark ends within `sight`, with the marks moved to fit."""
    every = merged(marks, len(text))
    telling = next((m for m in every if m.family != "product"), None)
    start = 0
    if telling and telling.end > sight:
        start = text.rfind(" ", 0, max(telling.start - sight // 2, 1)) + 1
    piece = text[start : start + length]
    lead = "… " if start else ""
    tail = " …" if start + length < len(text) else ""
    shift = start - len(lead)
    moved = [
        Mark(m.start - shift, min(m.end, start + length) - shift, m.family, m.label, m.maybe, m.key) for m in every if m.start >= start
    ]
    return lead + piece + tail, [m for m in moved if m.start < m.end]
