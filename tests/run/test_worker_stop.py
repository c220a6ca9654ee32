"""A real worker process told to stop in the middle of a job: the job ends in time, or is taken back whole and done once later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from running import FAKES, ROOT, Running, eventually

from candour.project import worker
from candour.project.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow
ASK = "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'fake_slow', 0, NULL, %s, %s::jsonb, NULL)::procrastinate_job_to_defer_v1])"
#: Seconds beside the limit that a loaded machine may take.
AROUND = 4.0
Start = Callable[..., Running]


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A prepared installation without web and worker."""
    server = EmbeddedPostgres(folder / "theirs", for_tests=True).start()
    made = environment(server, folder) | {"PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-m", "candour.project.prepare"], env=made, cwd=ROOT, check=True)
    ask(server, "CREATE TABLE fake_ledger (word text)")
    yield server
    server.stop()


def environment(server: EmbeddedPostgres, folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": f"postgresql://candour@/candour?host={server.sockets}",
        "CANDOUR_DATA": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "candour.project.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join([str(FAKES), str(ROOT)]),
    }


def ask(server: EmbeddedPostgres, sql: str, *values: object) -> list[tuple]:
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        found = connection.execute(sql, values)
        return found.fetchall() if found.description else []


def begun(start: Start, server: EmbeddedPostgres, folder: Path, seconds: float) -> Running:
    more = environment(server, folder) | {"SECONDS": str(seconds)}
    running = start(how=lambda: Running([sys.executable, "-m", "fake_jobs_worker"], more, cwd=ROOT))
    running.wait_for("slow job begun")
    return running


def jobs(server: EmbeddedPostgres) -> list[tuple]:
    return ask(server, "SELECT status, attempts FROM procrastinate_jobs WHERE task_name = 'fake_slow'")


def test_a_job_that_ends_in_time_is_waited_for(start: Start, folder: Path, server: EmbeddedPostgres) -> None:
    ask(server, ASK, "lock", '{"word": "once"}')
    running = begun(start, server, folder, 2)
    running.send(signal.SIGTERM)
    assert running.end() == 0
    assert "slow job ended" in running.lines
    assert ask(server, "SELECT word FROM fake_ledger") == [("once",)]
    assert jobs(server) == []
    assert ask(server, "SELECT count(*) FROM procrastinate_workers") == [(0,)]


def test_a_job_that_does_not_end_is_put_back_and_done_once_later(start: Start, folder: Path, server: EmbeddedPostgres) -> None:
    ask(server, ASK, "lock", '{"word": "once"}')
    running = begun(start, server, folder, 600)
    told = time.monotonic()
    running.send(signal.SIGTERM)
    assert running.end() == 0
    assert time.monotonic() - told < worker.STOP_WITHIN + AROUND, "the supervisor would have killed it"
    assert any("was cut off and begins again" in line for line in running.lines)
    eventually(lambda: ask(server, "SELECT count(*) FROM pg_locks WHERE relation = 'fake_ledger'::regclass") == [(0,)], "the way back")
    assert ask(server, "SELECT word FROM fake_ledger") == [], "the half of the job that was done is taken back"
    assert jobs(server) == [("todo", 1)]
    assert ask(server, "SELECT count(*) FROM procrastinate_workers") == [(0,)]
    again = begun(start, server, folder, 0)
    eventually(lambda: jobs(server) == [], "the end of the job")
    again.send(signal.SIGTERM)
    assert again.end() == 0
    assert ask(server, "SELECT word FROM fake_ledger") == [("once",)]


def test_a_job_that_always_outlives_its_worker_is_given_up(start: Start, folder: Path, server: EmbeddedPostgres) -> None:
    ask(server, ASK, "lock", '{"word": "never"}')
    ask(server, "UPDATE procrastinate_jobs SET attempts = 5 WHERE task_name = 'fake_slow'")
    running = begun(start, server, folder, 600)
    running.send(signal.SIGTERM)
    assert running.end() == 0
    assert any("is given up" in line for line in running.lines)
    assert jobs(server) == []
    assert ask(server, "SELECT word FROM fake_ledger") == []
