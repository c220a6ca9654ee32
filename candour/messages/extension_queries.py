"""Reads of requests for a longer approval."""

from __future__ import annotations

from collections.abc import Iterable

from candour.messages.models import ApprovedMessage, Extension
from candour.messages.queries import seen_by
from candour.people.rights import Held


def extensions_of(message: ApprovedMessage) -> list[Extension]:
    """Every request for a message, newest first."""
    return list(message.extensions.select_related("by", "answered_by").order_by("-at", "-pk"))


def extension_for(held: Iterable[Held], pk: int) -> Extension | None:
    """A request for a message the reader may see."""
    seen = ApprovedMessage.objects.filter(seen_by(held, "library.see"))
    rows = Extension.objects.filter(message__in=seen, pk=pk)
    return rows.select_related("message__product__brand", "message__account", "message__draft", "by").first()
