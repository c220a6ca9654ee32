"""Who has a case open right now. Not part of the record, so it needs no named act."""

from __future__ import annotations

from datetime import datetime

from candour.cases.models import Case, Presence
from candour.people.models import User

DOING = ("viewing", "writing")


def seen(case: Case, person: User, doing: str, now: datetime) -> None:
    """Note that `person` has the case open; an unknown `doing` counts as viewing."""
    told = Presence(case=case, person=person, doing=doing if doing in DOING else DOING[0], seen_at=now)
    Presence.objects.bulk_create([told], update_conflicts=True, unique_fields=["case", "person"], update_fields=["doing", "seen_at"])
