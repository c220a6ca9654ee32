"""What every page shows: the company, the reader, the journal's last seal, and whether this is a demo."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from candour.journal.queries import installation, last_head
from candour.registry.queries import company


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the page frame; cheap, since it runs on every page."""
    reader = getattr(request, "reader", None)
    if reader is None:
        return {"installation": installation(), "company": company()}
    return {"installation": installation(), "company": company(), "reader": reader, "head": last_head(), "person": reader.person}
