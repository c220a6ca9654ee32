"""The database of a data folder as the driver wants it named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from candour.project.backup.restore import require_major
from candour.project.postgres import EmbeddedPostgres, embedded_major, external_url


def conninfo(data: Path) -> str:
    """DATABASE_URL, or the socket of the embedded server."""
    return external_url() or EmbeddedPostgres(data).conninfo()


def require_embedded_major(manifest: dict[str, Any]) -> None:
    """Raise StartError when the embedded server is too old, before a folder is made for it."""
    if not external_url():
        require_major(embedded_major() * 10000, manifest)
