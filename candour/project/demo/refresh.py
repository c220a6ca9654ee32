"""Seed the demo company anew, so that its dates are relative to today. Only a demo installation, and only while it does not run."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection

from candour.journal.queries import is_demo
from candour.project import install


class NotADemo(RuntimeError):
    """The installation is a company's own; nothing was changed."""


def refresh() -> None:
    """Empty the demo's database, set its journal's heads and its vault aside, and tell the story again ending today."""
    if not is_demo():
        raise NotADemo("This installation is a company's own; only a demo can be refreshed.")
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()
    _set_aside(settings.DATA / "journal")
    _set_aside(settings.KEYS / "vault")
    install.prepare(demo=True)


def _set_aside(folder: Path) -> None:
    """The old story's heads and keys belong to rows that no longer exist; the last ones are kept beside."""
    if folder.exists():
        old = folder.with_name(f"{folder.name}.before-refresh")
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
