"""Take a demo's story away, so that it can be told anew. Never called for a company's own installation."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection


def empty() -> None:
    """Take the demo's story away: tables, heads of its journal, keys of its vault."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()
    _set_aside(settings.DATA / "journal")
    _set_aside(settings.KEYS / "vault")


def _set_aside(folder: Path) -> None:
    """The old story's heads and keys belong to rows that no longer exist; the last ones are kept beside."""
    if folder.exists():
        old = folder.with_name(f"{folder.name}.before-refresh")
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
