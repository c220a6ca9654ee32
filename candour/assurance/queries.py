"""Reads of assurance."""

from __future__ import annotations

from candour.assurance.models import Pilot


def pilot() -> Pilot | None:
    """The pilot that began last, with its owner; None before the guided start has ended."""
    return Pilot.objects.select_related("owner").order_by("-started_at", "-pk").first()
