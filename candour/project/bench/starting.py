"""How long until `candour run` answers, on a new folder and on a known one; what short commands take; what an idle one weighs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from candour.project import supervisor
from candour.project.bench import memory, screening_start
from candour.project.bench.figures import Part, latencies, spans
from candour.project.bench.ground import temporary_folder
from candour.project.postgres import EmbeddedPostgres

PATIENCE = 180.0
_CANDOUR = [sys.executable, "-m", "candour.project.cli"]


def measure(*, fresh: int, again: int, helps: int, posts: int) -> tuple[Part, Part]:
    """The times, and the memory of the last one started; `posts`: how many a long `candour screen` takes."""
    part = Part("Start", "From the command to the first page answered; database, web and worker included, without the demo company.")
    first, later, used = _starts(fresh, again)
    part.rows.append(spans("candour run --empty, new folder", first, "creates the database and its structure"))
    part.rows.append(spans("candour run --empty, known folder", later, "the data is kept"))
    part.rows.append(latencies("candour --help", [_help() for _ in range(helps)]))
    starts, weights = screening_start.measure(runs=helps, without=fresh, posts=posts)
    part.rows += starts
    used.rows += weights
    return part, used


def _help() -> float:
    begin = time.perf_counter()
    subprocess.run([*_CANDOUR, "--help"], check=True, capture_output=True)
    return time.perf_counter() - begin


def _starts(fresh: int, again: int) -> tuple[list[float], list[float], Part]:
    first, later, used = [], [], memory.part()
    for turn in range(fresh):
        with temporary_folder() as data:
            first.append(_once(data)[0])
            if turn == fresh - 1:
                for _ in range(again):
                    seconds, used = _once(data)
                    later.append(seconds)
            _forget(data)
    return first, later, used


def _forget(data: Path) -> None:
    """Remove a cluster that had to be kept outside the folder (started by root)."""
    server = EmbeddedPostgres(data)
    for path in (server.sockets, server.cluster):
        shutil.rmtree(path, ignore_errors=True)


def _once(data: Path) -> tuple[float, Part]:
    """Start, wait for the first page, weigh, stop."""
    begin = time.perf_counter()
    with _running(data) as (process, port):
        while not supervisor.answers("127.0.0.1", port):
            if process.poll() is not None or time.perf_counter() - begin > PATIENCE:
                raise RuntimeError("Candour did not start; run `candour run --empty` to see why.")
            time.sleep(0.02)
        seconds = time.perf_counter() - begin
        for _ in range(20):
            supervisor.answers("127.0.0.1", port)
        time.sleep(3)  # the worker has taken its first round by now
        used = memory.of_installation(process.pid, EmbeddedPostgres(data).pid(), "idle, 3 s after the start")
    return seconds, used


@contextlib.contextmanager
def _running(data: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with contextlib.closing(supervisor.listen(0)) as door:
        port = door.getsockname()[1]
    ours = ("CANDOUR_", "DATABASE_URL", "DJANGO_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    process = subprocess.Popen(
        [*_CANDOUR, "run", "--empty", "--port", str(port), "--data", str(data)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process, port
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
