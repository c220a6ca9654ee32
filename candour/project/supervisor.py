"""One command, one screen: database, web and worker under a supervisor that starts what fell and leaves nothing behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from candour.project import database, folder
from candour.project.errors import StartError
from candour.project.postgres import EmbeddedPostgres
from candour.project.processes import Child, Pump, describe_end

#: Seconds the processes have to end in good order.
GRACE = 12.0
#: Seconds between two looks at everything.
TICK = 0.2


def say(name: str, line: str) -> None:
    """One readable line; a terminal that went away doesn't stop Candour from stopping."""
    with contextlib.suppress(OSError, ValueError):
        print(_as_json(name, line) if os.environ.get("CANDOUR_LOG_FORMAT") == "json" else f"{name:<8} | {line}", flush=True)


def _as_json(name: str, line: str) -> str:
    """A line that is an object already tells its own part; every other one becomes an object."""
    if line.startswith("{") and line.endswith("}"):
        return line
    now = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": now, "level": "info", "part": name, "process": os.getpid(), "message": line}, ensure_ascii=False)


def listen(port: int, patience: float = 0) -> socket.socket:
    """The web's door on this machine, opened here, so that it stays ours while the web is started again.

    A port that is taken gets `patience` seconds to become free. Raises StartError when it doesn't. CANDOUR_LISTEN names another address
    than this machine's own: a container's, whose network is the engine's, behind a proxy of yours.
    """
    address = os.environ.get("CANDOUR_LISTEN") or "127.0.0.1"
    end = time.monotonic() + patience
    while True:
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((address, port))
        except OSError as error:
            door.close()
            if time.monotonic() >= end:
                other = "choose another with --port" if address == "127.0.0.1" else "choose another, or correct CANDOUR_LISTEN"
                raise StartError(f"Port {port} can't be used ({error.strerror}): {other}.") from error
            time.sleep(TICK)
        else:
            door.listen(128)
            return door


#: Requests that one web process reads, answers or sends at once.
WEB_THREADS = 2


def web_processes() -> int:
    """Web processes to run: CANDOUR_WEB_PROCESSES, else one for each core, two to eight."""
    wanted = os.environ.get("CANDOUR_WEB_PROCESSES", "").strip()
    if not wanted:
        return min(max(2, len(os.sched_getaffinity(0))), 8)
    if not wanted.isascii() or not wanted.isdigit() or not 1 <= int(wanted) <= 64:
        raise StartError(f"CANDOUR_WEB_PROCESSES is {wanted!r}: give a number from 1 to 64, or leave it out.")
    return int(wanted)


def web_command(application: str, door: socket.socket, log: str = "") -> list[str]:
    """gunicorn with one process for each core and two threads each.

    The threads of a process make their pages in turn (`candour.project.turns`); the second is there so that a slow browser or a long act
    doesn't stop a process. More processes than cores would only push each other out of the cores' caches. A process takes only as many
    connections as it has threads and keeps none open: what waits, waits in one queue for whoever is free.
    """
    command = ["gunicorn", application, "--bind", f"fd://{door.fileno()}", "--preload", "--no-control-socket", "--log-level", "warning"]
    command += ["--logger-class", log] if log else []
    command += ["--worker-class", "gthread", "--workers", str(web_processes()), "--threads", str(WEB_THREADS), "--graceful-timeout", "8"]
    command += ["--keep-alive", "0", "--worker-connections", str(WEB_THREADS)]
    memory = Path("/dev/shm")  # noqa: S108  heartbeat files belong into memory: a slow disk must not look like a hung worker
    return [*command, "--worker-tmp-dir", str(memory)] if os.access(memory, os.W_OK) else command


@dataclass(frozen=True)
class Parts:
    """The modules a supervisor runs: one job to its end, then the web application and the worker."""

    prepare: str = "candour.project.prepare"
    web: str = "candour.project.wsgi:application"
    worker: str = "candour.project.worker"
    web_log: str = "candour.project.web_log.WebServerLog"


CANDOUR = Parts()


class StopAsked(Exception):
    """Ends a wait for the database because somebody asked to stop."""


@dataclass
class StopRequests:
    """How often a person asked to stop: once means in good order, twice means now."""

    count: int = 0

    def look(self) -> None:
        """For those who wait inside something else: raises StopAsked once somebody asked."""
        if self.count:
            raise StopAsked


class Supervisor:
    """Runs the children of one data folder until it is told to stop or one of them can't be kept up."""

    def __init__(self, data: Path, door: socket.socket, server: EmbeddedPostgres | None, parts: Parts, asked: StopRequests) -> None:
        self.server, self.door, self.parts, self.asked = server, door, parts, asked
        self.host, self.port = own_address(door)
        self.environment = folder.environment(data, CANDOUR_PORT=str(self.port), PROMETHEUS_MULTIPROC_DIR=str(folder.fresh_counts(data)))
        self.pump = Pump(say)
        self.lifeline, self._far_end = os.pipe()
        self.children: list[Child] = []
        self.fault: str | None = None

    def prepare(self) -> bool:
        """Migrations and the first company, to their end. False when a stop was asked for meanwhile; StartError when it failed."""
        job = Child("setup", [self.parts.prepare], self.environment)
        self.children = [job]
        job.start(self.lifeline, self.pump)
        while (code := job.end_code()) is None and not self.asked.count:
            self.pump.turn(TICK)
        self.pump.turn(0)
        self.children = [] if code is not None else [job]
        if code:
            raise StartError("The database could not be prepared; the lines above say why.")
        return not self.asked.count

    def serve(self) -> None:
        """Start web and worker and keep them up; returns when asked to stop, or with `fault` set."""
        web = Child("web", web_command(self.parts.web, self.door, self.parts.web_log), self.environment, pass_fds=(self.door.fileno(),))
        worker = Child("worker", [self.parts.worker], self.environment)
        self.children = [web, worker]
        for child in self.children:
            child.start(self.lifeline, self.pump)
        threading.Thread(target=self._announce, daemon=True, name="announce").start()
        while not self.asked.count and self.fault is None:
            self.pump.turn(TICK)
            self._keep_database()
            for child in self.children:
                self._keep(child)

    def _announce(self) -> None:
        """Say the address once the web really answers there."""
        while not self.asked.count and self.fault is None:
            if answers(self.host, self.port):
                say("candour", f"answers at http://{self.host}:{self.port}/ - Ctrl-C stops it")
                return
            time.sleep(TICK)

    def _keep(self, child: Child) -> None:
        """Start a child again whose time has come; note the end of one that has just ended."""
        now = time.monotonic()
        if child.next_start is not None:
            if now >= child.next_start:
                child.start(self.lifeline, self.pump)
        elif (code := child.end_code()) is not None:
            child.sweep()
            wait = child.patience.after(now - child.started)
            if wait is None:
                self.fault = (
                    f"{child.name} {describe_end(code)} again right after its start; mend what its last lines say, then start again."
                )
                return
            say(child.name, f"{describe_end(code)}; starting it again in {wait:g} s")
            child.next_start = now + wait

    def _keep_database(self) -> None:
        if self.server is not None and not self.server.is_running():
            say("database", "ended; starting it again")
            with contextlib.suppress(StopAsked):  # the loop sees it next
                self.server.start(look=self._meanwhile)
                say("database", "answers again")

    def _meanwhile(self) -> None:
        """While the database is waited for: what web and worker say is read, and a request to stop is heard."""
        self.pump.turn(0)
        self.asked.look()

    def stop(self) -> None:
        """End all children: in good order, by force after the grace time or a second request, and never leave one."""
        for child in self.children:
            child.ask_to_end()
        end = time.monotonic() + GRACE
        while self._some_run() and time.monotonic() < end and self.asked.count < 2:
            self.pump.turn(0.05)
        for child in self.children:
            child.sweep()
        self.pump.turn(0)
        os.close(self._far_end)
        os.close(self.lifeline)

    def _some_run(self) -> bool:
        return any(child.process is not None and child.end_code() is None for child in self.children)


def own_address(door: socket.socket) -> tuple[str, int]:
    """Where this machine itself reaches the door; one that is open to all addresses is open to its own."""
    host, port = door.getsockname()[:2]
    return ("127.0.0.1" if host == "0.0.0.0" else host), port  # noqa: S104  compared, not listened on


def answers(host: str, port: int) -> bool:
    """Does a page come back, rather than an error of the server or nothing?"""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def stop_requests() -> Iterator[StopRequests]:
    """For the length of the block Ctrl-C, `kill` and a closed terminal only count; nothing is cut off in its middle."""
    asked = StopRequests()

    def ask(number: int, frame: FrameType | None) -> None:
        asked.count += 1

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup a closed terminal is no reason to stop
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(data: Path, port: int, *, empty: bool, parts: Parts = CANDOUR) -> int:
    """Candour on this data folder until Ctrl-C. 0 after a stop that was asked for, 1 when a part can't be kept up.

    Raises StartError for a taken port, an unusable folder, a second supervisor or a database that can't be prepared.
    """
    data = folder.make(data)
    with (
        stop_requests() as asked,
        folder.claimed(data) as last_was_killed,
        contextlib.closing(listen(port, GRACE if last_was_killed else 0)) as door,
    ):
        folder.kind(data, empty=empty)
        folder.remember_port(data, door.getsockname()[1])
        fault = None
        with contextlib.suppress(StopAsked), database.at_hand(data, asked.look) as server:
            fault = _run(Supervisor(data, door, server, parts, asked))
    if fault is None:
        say("candour", "stopped")
        return 0
    print(fault, file=sys.stderr)
    return 1


def _run(supervisor: Supervisor) -> str | None:
    """From the first line to the last process gone; the fault that ended it, or None."""
    server = supervisor.server
    try:
        say("database", "answers" if server else "is the server of DATABASE_URL")
        if supervisor.prepare():
            supervisor.serve()
    finally:
        supervisor.stop()
        if server is not None:
            server.stop()
    return supervisor.fault
