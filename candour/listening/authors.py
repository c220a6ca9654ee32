"""Who wrote a post: the handle, readable as long as the month's key exists."""

from __future__ import annotations

from candour.core.vault import KeyGone
from candour.journal.keys import vault
from candour.listening.models import PostVersion


def author_of(version: PostVersion) -> str:
    """The handle under which a post was published; empty for an anonymous one and after the month's key was destroyed."""
    try:
        return vault().open(version.author_vault, bytes(version.author_sealed))
    except KeyGone:
        return ""
