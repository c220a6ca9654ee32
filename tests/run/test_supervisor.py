"""One command starts everything, keeps it up, and leaves nothing behind. Web and worker are fakes here, the rest is real."""

from __future__ import annotations

import os
import signal
import socket
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from running import Running, eventually, fake, free_port, page

from candour.project import locks
from candour.project.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow
Start = Callable[..., Running]
READY = "answers at http://127.0.0.1:"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_no_process(start: Start, folder: Path, port: int, number: int) -> None:
    candour = start(folder / "data", port)
    candour.wait_for(READY)
    assert page(port) == "fake page"
    candour.send(number)
    assert candour.end() == 0
    assert candour.processes() == []
    assert page(port) is None


def test_a_request_in_flight_at_a_stop_is_answered_whole(folder: Path, port: int) -> None:
    candour = fake(folder / "data", port, FAKE_WEB="fake_slow_web")
    try:
        candour.wait_for(READY)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/slow", timeout=60).read())
            candour.wait_for("slow request begun")
            candour.send(signal.SIGTERM)
            assert answer.result(60) == b"slow page, whole"
        assert candour.end() == 0
        assert page(port) is None
    finally:
        candour.clear()


def test_a_stop_in_the_middle_of_the_first_start_leaves_no_process_and_the_next_start_works(start: Start, folder: Path, port: int) -> None:
    early = start(folder / "data", port)
    eventually(lambda: (folder / "data" / "run" / "port").exists(), "a claim")
    early.send(signal.SIGINT)
    early.send(signal.SIGINT)
    assert early.end() == 0
    assert early.processes() == []
    again = start(folder / "data", port)
    again.wait_for(READY)
    assert again.stop() == 0


def test_a_part_that_ignores_a_polite_stop_is_ended_by_a_second_one(start: Start, folder: Path, port: int) -> None:
    candour = start(folder / "data", port, "fake_deaf_worker")
    candour.wait_for("deaf")
    candour.wait_for(READY)
    candour.send(signal.SIGINT)
    candour.send(signal.SIGTERM)
    assert candour.end() == 0
    assert candour.processes() == []


def test_a_second_start_keeps_the_data(start: Start, folder: Path, port: int) -> None:
    server = EmbeddedPostgres(folder / "data")
    first = start(server.data, port)
    first.wait_for(READY)
    with psycopg.connect(server.conninfo()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'a word' AS word")
    assert first.stop() == 0
    second = start(server.data, port)
    second.wait_for(READY)
    with psycopg.connect(server.conninfo()) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("a word",)]
    assert second.stop() == 0


@pytest.mark.parametrize(
    ("part", "said"), [("gunicorn", "web      | was killed by SIGKILL"), ("fake_worker", "worker   | was killed by SIGKILL")]
)
def test_a_killed_part_is_started_again(start: Start, folder: Path, port: int, part: str, said: str) -> None:
    candour = start(folder / "data", port)
    candour.wait_for(READY)
    before = candour.processes(f"candour.project.child {part}")
    os.kill(before[0], signal.SIGKILL)
    candour.wait_for(said)
    eventually(lambda: len(set(candour.processes(f"candour.project.child {part}")) - set(before)) == len(before), "a new start")
    eventually(lambda: page(port) == "fake page", "a page")
    assert candour.stop() == 0
    assert candour.processes() == []


def test_a_killed_database_comes_back_with_its_data(start: Start, folder: Path, port: int) -> None:
    server = EmbeddedPostgres(folder / "data")
    candour = start(server.data, port)
    candour.wait_for(READY)
    with psycopg.connect(server.conninfo()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'a word' AS word")
    killed = server.pid()
    os.kill(killed, signal.SIGKILL)
    candour.wait_for("database | answers again")
    assert server.pid() not in (None, killed)
    with psycopg.connect(server.conninfo()) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("a word",)]
    assert candour.stop() == 0
    assert candour.processes() == []


def test_parts_do_not_outlive_a_killed_supervisor_and_the_next_start_attaches(start: Start, folder: Path, port: int) -> None:
    server = EmbeddedPostgres(folder / "data")
    killed = start(server.data, port)
    killed.wait_for(READY)
    postmaster = server.pid()
    killed.send(signal.SIGKILL)
    again = start(server.data, port)  # at once, while the old web still holds the port
    again.wait_for(READY)
    eventually(lambda: not killed.processes("candour.project.child"), "the end of web and worker", within=30)
    assert server.pid() == postmaster
    assert again.stop() == 0
    assert server.pid() is None
    assert killed.processes() == again.processes() == []


def test_everything_killed_at_once_recovers(start: Start, folder: Path, port: int) -> None:
    killed = start(folder / "data", port)
    killed.wait_for(READY)
    killed.clear()
    again = start(folder / "data", port)
    again.wait_for(READY)
    assert again.stop() == 0
    assert again.processes() == []


def test_a_part_that_always_fails_ends_it_with_one_sentence(start: Start, folder: Path, port: int) -> None:
    candour = start(folder / "data", port, "fake_failing")
    assert candour.end() == 1
    assert candour.lines[-1] == "worker ended with exit code 3 again right after its start; mend what its last lines say, then start again."
    assert sum("this part always fails" in line for line in candour.lines) == 5
    assert candour.processes() == []


def test_a_taken_port_is_one_sentence_and_touches_nothing(start: Start, folder: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        for _ in range(2):
            candour = start(folder / "data", port)
            assert candour.end() == 2
    assert candour.lines == [f"Port {port} can't be used (Address already in use): choose another with --port."]
    assert not (folder / "data" / "postgres").exists()


def test_a_folder_that_can_not_be_written_is_one_sentence(start: Start, folder: Path, port: int) -> None:
    (folder / "file").write_text("in the way")
    candour = start(folder / "file" / "data", port)
    assert candour.end() == 2
    assert candour.lines == [f"The data folder {folder}/file/data can't be written (Not a directory): name another with --data."]
    assert (folder / "file").read_text() == "in the way"


def test_a_second_supervisor_is_refused_and_the_first_goes_on(start: Start, folder: Path, port: int) -> None:
    first = start(folder / "data", port)
    first.wait_for(READY)
    second = start(folder / "data", free_port())
    assert second.end() == 2
    sentence = f"Candour already runs on {folder}/data (process {first.process.pid}): stop it first, or name another folder with --data."
    assert second.lines == [sentence]
    assert page(port) == "fake page"
    assert first.stop() == 0


def test_a_server_of_the_company_is_used_and_left_alone(start: Start, folder: Path, port: int) -> None:
    theirs = EmbeddedPostgres(folder / "theirs", for_tests=True).start()
    try:
        candour = start(folder / "data", port, DATABASE_URL=f"postgresql://candour@/candour?host={theirs.sockets}")
        candour.wait_for("is the server of DATABASE_URL")
        candour.wait_for(READY)
        assert candour.processes("postgres") == []
        assert candour.stop() == 0
        assert theirs.pid() is not None
        assert not (folder / "data" / "postgres").exists()
    finally:
        theirs.stop()


def test_a_demo_folder_can_not_become_a_real_installation(start: Start, folder: Path, port: int) -> None:
    data = folder / "data"
    data.mkdir()
    (data / "installation").write_text("demo\n")
    candour = start(data, port)
    assert candour.end() == 2
    assert candour.lines == [f"{data} holds the demo company, which can't become a real one: name an empty folder with --data."]
    assert (data / "installation").read_text() == "demo\n"


def test_output_that_nobody_reads_does_not_keep_it_from_stopping(start: Start, folder: Path, port: int) -> None:
    reads, writes = os.pipe()
    candour = start(folder / "data", port, output=writes)
    os.close(writes)
    eventually(lambda: page(port) == "fake page", "a page")
    os.close(reads)
    os.kill(candour.processes("candour.project.child fake_worker")[0], signal.SIGKILL)  # makes it say something
    candour.send(signal.SIGTERM)
    assert candour.end() == 0
    assert candour.processes() == []


@pytest.fixture
def endless(folder: Path) -> EmbeddedPostgres:
    """A database that will not be ready for an hour after its next start: it waits for an archive."""
    server = EmbeddedPostgres(folder / "data").start()
    server.stop()
    return server


def never_ready(server: EmbeddedPostgres) -> None:
    (server.cluster / "recovery.signal").touch()
    with (server.cluster / "postgresql.auto.conf").open("a") as more:
        more.write("restore_command = 'sleep 3600'\n")
    for path in (server.cluster / "recovery.signal", server.cluster / "postgresql.auto.conf"):
        server.user.own(path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_heard_while_the_database_is_not_ready_yet(
    start: Start, folder: Path, port: int, endless: EmbeddedPostgres, number: int
) -> None:
    never_ready(endless)
    candour = start(folder / "data", port)
    eventually(lambda: "sleep 3600" in endless.log.read_text() or candour.processes("sleep 3600"), "a server that waits")
    candour.send(number)
    assert candour.process.wait(15) == 0
    eventually(lambda: candour.lines, "a last word", within=5)
    assert candour.lines == ["candour  | stopped"]
    assert candour.processes() == [], "neither the server nor what it waited for is left"


def test_a_stop_is_heard_while_the_database_is_started_again(start: Start, folder: Path, port: int, endless: EmbeddedPostgres) -> None:
    candour = start(folder / "data", port)
    candour.wait_for(READY)
    never_ready(endless)
    os.kill(endless.pid(), signal.SIGKILL)
    candour.wait_for("database | ended; starting it again")
    eventually(lambda: candour.processes("sleep 3600"), "a server that waits")
    candour.send(signal.SIGTERM)
    assert candour.process.wait(20) == 0
    assert candour.processes() == []


def test_a_stop_is_heard_while_another_start_of_the_database_is_waited_for(start: Start, folder: Path, port: int) -> None:
    server = EmbeddedPostgres(folder / "data")
    with locks.waiting(server.data / "run" / "database-start.lock"):
        candour = start(folder / "data", port)
        eventually(lambda: (folder / "data" / "run" / "port").exists(), "a claim")
        candour.send(signal.SIGTERM)
        assert candour.process.wait(15) == 0
    assert candour.processes() == []
