"""What every page shows: the company, the reader, the journal's last seal, and whether this is a demo."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from candour.journal.queries import installation, last_head
from candour.people import passkeys
from candour.registry.queries import company


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the page frame; cheap, since it runs on every page."""
    reader = getattr(request, "reader", None)
    frame: dict[str, Any] = {"installation": installation(), "company": company(), "passkey_origin": passkeys.party().origin}
    if reader is None:
        return frame
    # asked for only where a page asks for a secret
    has_passkey = SimpleLazyObject(lambda: passkeys.passkeys_of(reader.person).exists())
    return frame | {"reader": reader, "head": last_head(), "person": reader.person, "has_passkey": has_passkey}
