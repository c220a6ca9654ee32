"""The card "On file with authorities": what the law asks of one text, what stands on file for it, and who may enter what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from candour.flows import authority
from candour.flows.authority import Standing, Thing
from candour.messages.models import AuthorityEntry, Draft
from candour.messages.queries import place_of
from candour.people.rights import Place, may


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate as the card shows it. `said` is the form of its number in the reader's language; `who` may enter it, while it is not met."""

    standing: Standing
    title: str
    said: str
    who: str
    may_enter: bool
    may_withdraw: bool

    @property
    def hue(self) -> str:
        """Met, closed, or owed: the three looks of a gate."""
        if self.standing.met:
            return "approved"
        return "blocked" if self.standing.closes else "review"

    @property
    def earlier(self) -> tuple[AuthorityEntry, ...]:
        """Entries that do not meet the gate, newest first."""
        return tuple(row for row in self.standing.entries if row != self.standing.entry)


def gate_rows(request: HttpRequest, thing: Thing) -> list[GateRow]:
    """Every gate the active rules ask of a text, as the reader may act on it."""
    return [_row(request, thing, standing) for standing in authority.gates_of(thing, request.reader.now)]


def _row(request: HttpRequest, thing: Thing, standing: Standing) -> GateRow:
    reader, asked, language = request.reader, standing.asked, (get_language() or "en")[:2]
    own = place_of(thing)
    place = Place(asked.market, own.brand, own.account)
    return GateRow(
        standing=standing,
        title=asked.gate.name(language),
        said=asked.gate.number_said(language),
        who="" if standing.met else authority.who_enters(thing, asked.market, reader.now),
        may_enter=may(reader.held, "authority.enter", place),
        may_withdraw=may(reader.held, "authority.withdraw", place),
    )


def address_of(thing: Thing) -> str:
    """The page of a text's entries."""
    return reverse("draft-authority", args=[thing.pk]) if isinstance(thing, Draft) else reverse("message-authority", args=[thing.key])
