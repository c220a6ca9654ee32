"""A PostgreSQL server of the company's own, here Debian's, is used by DATABASE_URL from an empty database to a running Candour."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import lanes
import pytest
from running import ROOT, Running, free_port, page

from candour.project import postgres_home

pytestmark = [pytest.mark.slow, pytest.mark.server]
CANDOUR = [sys.executable, "-m", "candour.project.cli"]


@pytest.fixture
def theirs(folder: Path) -> Iterator[str]:
    """The address of an empty database `company` in a fresh server that only its socket reaches."""
    programs, user = lanes.debian_postgres(), postgres_home.server_user()
    place = folder / "server"
    place.mkdir()
    user.own(place)
    run = {"check": True, "cwd": "/", "capture_output": True, **user.switch}
    locale = ["--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run([programs / "initdb", "-D", place / "data", "-U", "company", "--auth=trust", "--no-sync", *locale], **run)
    options = f"-c listen_addresses= -c unix_socket_directories={place} -c fsync=off"
    subprocess.run([programs / "pg_ctl", "-D", place / "data", "-o", options, "-l", place / "log", "-w", "start"], **run)
    subprocess.run([programs / "createdb", "-h", place, "-U", "company", "company"], **run)
    yield f"postgresql:///company?host={place}&user=company"
    subprocess.run([programs / "pg_ctl", "-D", place / "data", "-m", "immediate", "stop"], **run)


def test_debians_server_carries_everything(theirs: str, folder: Path, start: Callable[..., Running]) -> None:
    data, port = folder / "data", free_port()
    environment = {**os.environ, "DATABASE_URL": theirs, "CANDOUR_DATA": str(data)}
    for command in ("migrate", "doctor"):
        done = subprocess.run([*CANDOUR, command], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def with_theirs() -> Running:
        return Running([*CANDOUR, "run", "--empty", "--data", data, "--port", port], {"DATABASE_URL": theirs}, cwd=ROOT)

    candour = start(how=with_theirs)
    candour.wait_for("answers at http://127.0.0.1:")
    assert "<html" in page(port)
    assert candour.processes("postgres -D") == []
    assert candour.stop() == 0
    assert not (data / "postgres").exists()


def test_a_server_that_does_not_answer_is_one_sentence(folder: Path, start: Callable[..., Running]) -> None:
    url = f"postgresql:///company?host={folder}&user=company"
    command = [*CANDOUR, "run", "--empty", "--data", folder / "data", "--port", free_port()]
    candour = start(how=lambda: Running(command, {"DATABASE_URL": url}, cwd=ROOT))
    assert candour.end() == 2
    sentence, last = candour.lines[-2:]
    assert sentence.startswith("setup    | The database can't be reached (")
    assert sentence.endswith("): start it, or correct DATABASE_URL.")
    assert last == "The database could not be prepared; the lines above say why."
