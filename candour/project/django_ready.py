"""Django and a database for the length of one command."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from candour.project import database, folder


@contextlib.contextmanager
def with_django(data: Path) -> Iterator[None]:
    """Settings of this data folder, models importable, database answering; beside a running Candour or alone.

    Raises StartError when the embedded server can't start.
    """
    os.environ.update(folder.environment(data))
    with database.at_hand(data):
        import django  # only now: the environment above decides what the settings say
        from django.db import connections

        django.setup()
        try:
            yield
        finally:
            connections.close_all()
