"""Reads of assurance."""

from __future__ import annotations

from django.db.models import QuerySet

from candour.assurance.models import Erasure, LegalHold, Pilot, RetentionRun


def pilot() -> Pilot | None:
    """The pilot that began last, with its owner; None before the guided start has ended."""
    return Pilot.objects.select_related("owner").order_by("-started_at", "-pk").first()


def holds() -> QuerySet[LegalHold]:
    """Holds in force, newest first."""
    return LegalHold.objects.filter(lifted_at=None).select_related("placed_by").order_by("-placed_at", "-pk")


def held_keys(kind: str) -> list[str]:
    """Keys of one kind that are under a hold."""
    return list(LegalHold.objects.filter(lifted_at=None, kind=kind).values_list("key", flat=True))


def runs(at_most: int = 20) -> list[RetentionRun]:
    """The last runs that took something away or found nothing, newest first."""
    return list(RetentionRun.objects.select_related("by").order_by("-at", "-pk")[:at_most])


def erasures(at_most: int = 50) -> list[Erasure]:
    """The last erasures that a person signed, newest first."""
    return list(Erasure.objects.exclude(signature=None).select_related("by").order_by("-at", "-pk")[:at_most])


def erased(name: str) -> bool:
    """Is this key or author on the record of erasures?"""
    return Erasure.objects.filter(name=name).exists()


def erased_names() -> set[str]:
    """Every name on the record of erasures."""
    return set(Erasure.objects.values_list("name", flat=True))
