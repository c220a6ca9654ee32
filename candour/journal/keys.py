"""Where this installation keeps its keys: the vault of keys per person, case and month, and the pseudonym key."""

from __future__ import annotations

import hmac
from datetime import datetime
from functools import cache

from django.conf import settings

from candour.core.vault import Vault


@cache
def vault() -> Vault:
    """The vault below the data directory."""
    return Vault(settings.KEYS / "vault")


def month_key(at: datetime) -> str:
    """Key under which handles of ordinary posts of one month are sealed; destroying it forgets the month's authors."""
    return vault().ensure(f"posts-{at:%Y-%m}")


def pseudonym(source: str, author: str) -> str:
    """Stable name for an author of a source that can't be turned back without this installation's key. 32 hex digits."""
    return hmac.digest(settings.PSEUDONYM_KEY.encode(), f"{source}\x00{author}".encode(), "sha256").hex()[:32]
