"""Reads of what people are told."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from candour.assurance.models import Hearing, Told
from candour.people.models import User


def told_to(me: User) -> QuerySet[Told]:
    """Everything this person was told, newest first."""
    rows = Told.objects.filter(person=me).select_related("telling__by", "telling__acknowledged_by", "telling__notice")
    return rows.order_by("-id")


def told_one(me: User, telling: int) -> Told | None:
    """What this person was told of one telling; None when they were told nothing of it."""
    return told_to(me).filter(telling=telling).first()


def wants_somebody(me: User) -> QuerySet[Told]:
    """Matters of safety this person was told of that nobody has taken yet, longest waiting first."""
    rows = told_to(me).filter(telling__safety=True, telling__acknowledged_at=None, telling__ended_at=None)
    return rows.order_by("id")


def unseen(me: User) -> QuerySet[Told]:
    """What this person has not said they saw, without what the watch has closed again."""
    return told_to(me).filter(seen_at=None).filter(Q(telling__notice=None) | Q(telling__notice__resolved_at=None))


def hearing_of(me: User) -> Hearing | None:
    """How this person has chosen to hear; None when they have not."""
    return Hearing.objects.filter(person=me).first()
