"""Writes of assurance: the charter of a pilot. Called inside a named act."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from candour.assurance.models import Pilot
from candour.people.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterFacts:
    """What one page says of a pilot: why, for whom, where, how much a day, what stops it, what is measured, when it is decided."""

    name: str
    hypothesis: str
    target_group: str
    accounts: str
    daily_cap: int
    stop_rules: str
    measures: str
    decision_on: date


def write_charter(owner: User, facts: CharterFacts, at: datetime) -> Pilot:
    """A pilot begins with its charter."""
    return Pilot.objects.create(owner=owner, started_at=at, **asdict(facts))


def change_charter(pilot: Pilot, facts: CharterFacts) -> None:
    """Write what differs; the journal keeps what the charter said before."""
    changed = [name for name, value in asdict(facts).items() if getattr(pilot, name) != value]
    if changed:
        for name in changed:
            setattr(pilot, name, getattr(facts, name))
        pilot.save(update_fields=changed)
