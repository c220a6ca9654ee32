"""What can be wrong with a database that is there: each fault as one sentence for the person who can mend it."""

from __future__ import annotations

from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from candour.project.errors import StartError

OLDEST = 150000


def reach_fault(to: BaseDatabaseWrapper = connection) -> str | None:
    """None when the database answers and is new enough."""
    try:
        to.ensure_connection()
    except OperationalError as error:
        words = " ".join(str(error).split())
        return f"The database can't be reached ({words}): start it, or correct DATABASE_URL."
    version = to.cursor().connection.info.server_version
    return None if version >= OLDEST else f"PostgreSQL {version // 10000} is too old: Candour needs 15 or newer."


def locale_fault(to: BaseDatabaseWrapper = connection) -> str | None:
    """None when the database knows letters beyond ASCII; otherwise search would silently miss most of the world's posts."""
    with to.cursor() as cursor:
        cursor.execute("SELECT lower('ИНСУЛИН') = 'инсулин'")
        lowers = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        splits = True
        if cursor.fetchone()[0]:
            cursor.execute("SELECT show_trgm('日本語') <> '{}'")
            splits = cursor.fetchone()[0]
    if lowers and splits:
        return None
    return "The database was made with a locale that knows only ASCII letters: make it again with a UTF-8 one such as C.UTF-8."


def migration_fault(to: BaseDatabaseWrapper = connection) -> str | None:
    """None when every migration is applied."""
    executor = MigrationExecutor(to)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations are not applied: run `candour migrate`." if waiting else None


def require_reachable() -> None:
    """Raise StartError unless the database can be used at all."""
    if fault := reach_fault():
        raise StartError(fault)


def require_locale() -> None:
    """Raise StartError unless text search finds text in every script."""
    if fault := locale_fault():
        raise StartError(fault)
