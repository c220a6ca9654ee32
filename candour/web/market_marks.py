"""Where else a message may be said, short enough for a line of the library: one mark per market, with the words a mark stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from candour.messages import queries
from candour.messages.models import ApprovedMessage
from candour.messages.reuse_queries import asked_among, reused_among
from candour.web.words import Look

USED = Look(pgettext_lazy("reuse", "usable now"), "approved", "check")
IN_REVIEW = Look(pgettext_lazy("reuse", "its reviewers look at it"), "review", "eye")
OVER = Look(pgettext_lazy("reuse", "no longer in force"), "blocked", "ban")
UNKNOWN = Look(pgettext_lazy("reuse", "no answer"), "line", "minus")


@dataclass(frozen=True, slots=True)
class Mark:
    """A market with how a message stands there; `why` adds what the word alone leaves open."""

    market: str
    look: Look
    why: str | Promise = ""


class Group(NamedTuple):
    """Markets in which a message stands alike."""

    look: Look
    marks: list[Mark]


def grouped(marks: Iterable[Mark]) -> list[Group]:
    """Marks by how the message stands there, so that a line says each word once; in the order in which they come."""
    found: dict[str, Group] = {}
    for mark in marks:
        found.setdefault(str(mark.look.label), Group(mark.look, [])).marks.append(mark)
    return list(found.values())


def standing(message: ApprovedMessage, now: datetime) -> Look:
    """How an approved message of a market, a reuse or its source, stands there now."""
    return USED if queries.usable(message, now).state == "usable" else OVER


def marks_abroad(messages: Sequence[ApprovedMessage], now: datetime) -> dict[int, list[Group]]:
    """What is on record for each message: the markets that stand on it and those whose reviewers look at it. Two queries in all.

    Markets where nobody has asked yet want the rules to be run; the line fetches them by itself when it comes into sight.
    """
    there, asked = reused_among(messages), asked_among(messages)
    found: dict[int, list[Group]] = {}
    for message in messages:
        marks = {market: Mark(market, IN_REVIEW) for market in asked.get(message.pk, ())}
        marks |= {market: Mark(market, standing(row, now)) for market, row in there.get(message.pk, {}).items()}
        found[message.pk] = grouped(marks[market] for market in sorted(marks))
    return found
