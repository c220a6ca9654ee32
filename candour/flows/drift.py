"""A live text that is no longer what was signed: one open finding for each text, brought up to date while it stands."""

from __future__ import annotations

from datetime import datetime

from candour.core.worddiff import letter_diff
from candour.messages.models import Drift, Publication


def open_drift(publication: Publication, signed: str, live: str, now: datetime) -> None:
    """Open the finding, or change it when something else is seen than before. Call inside the act."""
    drift = Drift.objects.filter(publication=publication, closed_at=None).first()
    if drift is None:
        drift = Drift(publication=publication, opened_at=now)
    elif drift.seen_text == live:
        return
    drift.signed_text, drift.seen_text, drift.letters = signed, live, _letters_apart(signed, live)
    drift.save()


def _letters_apart(signed: str, live: str) -> int:
    pieces = letter_diff(signed, live)
    return max(sum(len(piece.text) for piece in pieces if piece.kind == kind) for kind in ("added", "removed"))
