"""How the installation itself is: migrations, the worker's sign of life, the sealer's lag, the queue, the open clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

#: Seconds without a sign of life after which the worker counts as silent; it gives one every ten.
SILENT_AFTER = 40
#: Seconds an entry may wait for its leaf before sealing is behind; never less than ten rounds of the sealer.
BEHIND_AFTER = 30.0

_HEARTBEAT = "SELECT extract(epoch FROM clock_timestamp() - max(last_heartbeat)) FROM procrastinate_workers"
#: Entries take their leaves in the order of their ids, so the oldest without one stands right above the last that has one.
_WAITING_ENTRY = (
    "SELECT extract(epoch FROM clock_timestamp() - written_at) FROM journal_entry"
    " WHERE id > (SELECT coalesce(max(entry_id), 0) FROM journal_leaf) ORDER BY id LIMIT 1"
)
_QUEUE = (
    "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(e.at)), 0) FROM procrastinate_jobs j"
    " JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred' WHERE j.status = 'todo'"
)
_HEARD = "SELECT coalesce(sum(stored), 0) FROM listening_intake"
_CLOCKS = (
    "SELECT CASE WHEN next_due_at < %(now)s THEN 'late' WHEN next_due_at < %(soon)s THEN 'near' ELSE 'in_time' END, count(*)"
    " FROM cases_case WHERE state = 'open' GROUP BY 1"
)
CLOCK_STATES = ("late", "near", "in_time")
#: A clock with less than this left is near.
NEAR = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured at one look; ages in seconds."""

    waiting_jobs: int
    oldest_job: float
    posts_heard: int
    open_cases: dict[str, int]
    sealing_lag: float


def _row(sql: str, **values: object) -> tuple | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchone()


@cache
def _shipped() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def migrations_waiting() -> int:
    """How many migrations of this release the database has not had. One that is ahead of this release counts as none."""
    return len(_shipped() - set(MigrationRecorder(connection).applied_migrations()))


def worker_silence() -> float | None:
    """Seconds since the last sign of life of any worker; None when none has announced itself."""
    row = _row(_HEARTBEAT)
    return None if row is None or row[0] is None else float(row[0])


def sealing_lag() -> float:
    """Seconds that the oldest entry without a leaf has waited; nought when all are sealed."""
    row = _row(_WAITING_ENTRY)
    return max(0.0, float(row[0])) if row else 0.0


def behind_after() -> float:
    """Seconds of lag from which on sealing counts as behind."""
    return max(BEHIND_AFTER, 10 * settings.SEAL_EVERY_SECONDS)


def readiness() -> dict[str, str]:
    """The state of each part in machine words; all are `ok` when Candour can do its work. What can't be known is `unknown`."""
    unknown = dict.fromkeys(("migrations", "worker", "sealing"), "unknown")
    try:
        connection.ensure_connection()
        if migrations_waiting():
            return {"database": "ok", **unknown, "migrations": "waiting"}
        silence, lag = worker_silence(), sealing_lag()
    except DatabaseError:  # said to whoever asks, as a word; the server's own words may name hosts and users
        return {"database": "away", **unknown}
    worker = "absent" if silence is None else "silent" if silence > SILENT_AFTER else "ok"
    behind = lag > behind_after()
    return {"database": "ok", "migrations": "ok", "worker": worker, "sealing": "behind" if behind else "ok"}


def figures(now: datetime) -> Figures:
    """Everything `/metrics` tells. Counts what is open or waiting, sums intakes, and never walks the table of posts."""
    jobs = _row(_QUEUE) or (0, 0)
    with connection.cursor() as cursor:
        cursor.execute(_CLOCKS, {"now": now, "soon": now + NEAR})
        clocks = dict.fromkeys(CLOCK_STATES, 0) | dict(cursor.fetchall())
    heard = _row(_HEARD) or (0,)
    return Figures(int(jobs[0]), float(jobs[1]), int(heard[0]), clocks, sealing_lag())
