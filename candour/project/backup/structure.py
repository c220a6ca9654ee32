"""The structure a backup was made under, by our own migrations; after its rows, the way to this release and the proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from candour.flows.erasure import carry_over
from candour.journal.acting import database_now
from candour.journal.exports import append_heads, forget_file
from candour.journal.sealing import forget_floor
from candour.journal.verify import Report, verify
from candour.people.actions import machine
from candour.project.backup.restore import require_known_structure


def make(manifest: dict[str, Any]) -> None:
    """Bring the empty database to the state the rows come from."""
    executor = MigrationExecutor(connection)
    executor.migrate(require_known_structure(manifest, set(executor.loader.graph.nodes)))
    connection.close()


def finish(destroyed: Mapping[str, str]) -> Report:
    """Prove the journal as it was, then apply newer migrations and what was erased since the backup."""
    forget_file()
    forget_floor()
    append_heads()
    report = verify()
    call_command("migrate", verbosity=0, interactive=False)
    if destroyed:
        carry_over(machine("listener"), destroyed, database_now())
    return report
