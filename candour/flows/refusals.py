"""Refused acts leave a trace: who tried what and why it did not happen. Records reference R16; nothing else was written."""

from __future__ import annotations

from candour.flows.answers import Refusal
from candour.journal.acting import acting, note
from candour.people.models import User


def record_refusal(by: User, act: str, subject: str, refusal: Refusal) -> None:
    """Write the refusal into the journal, in a transaction of its own since the act's is gone."""
    with acting(by, f"{act}.refused", str(refusal)):
        note("refusal", subject[:64], refusal.why)
