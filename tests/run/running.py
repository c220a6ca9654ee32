"""A Candour started by a test as a person would start it: watched line by line, and known by a mark in all its processes."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.surroundings import clean

ROOT = Path(__file__).resolve().parent.parent.parent
FAKES = Path(__file__).resolve().parent / "fake_parts"
MARK = "CANDOUR_TEST_MARK"
#: Seconds a loaded machine may take for anything here.
PATIENCE = 300.0


def eventually(true: Callable[[], object], what: str, within: float = PATIENCE) -> object:
    """The first truthy answer of `true`; an AssertionError that says `what` never came."""
    end = time.monotonic() + within
    while not (answer := true()):
        assert time.monotonic() < end, f"{what} did not happen within {within:.0f} s"
        time.sleep(0.1)
    return answer


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Running:
    """One start of the command; `processes()` finds everything it started, wherever it went."""

    def __init__(self, command: Iterable[object], environment: Mapping[str, str] | None = None, **how: object) -> None:
        self.mark = secrets.token_hex(8)
        self.lines: list[str] = []
        self.process = subprocess.Popen(  # type: ignore[call-overload]
            [str(part) for part in command],
            env={**clean(), **(environment or {}), MARK: self.mark},
            **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True, **how},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or []:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, words: str, times: int = 1) -> None:
        """Until the words were said often enough; fails at once when the command ends without them."""

        def said() -> bool:
            return sum(words in line for line in self.lines) >= times

        eventually(lambda: said() or self.process.poll() is not None, f"'{words}'")
        self._reader.join(0.2)
        assert said(), f"ended without saying '{words}': {self.lines[-12:]}"

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """The exit code, once the command has ended by itself."""
        code = self.process.wait(PATIENCE)
        self._reader.join(5)
        return int(code)

    def stop(self) -> int:
        self.send(signal.SIGINT)
        return self.end()

    def processes(self, words: str = "") -> list[int]:
        """The living processes of this start whose command line contains the words."""
        return sorted(pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._is_ours(pid, words))  # noqa: PTH208

    def _is_ours(self, pid: int, words: str) -> bool:
        try:
            marked = f"{MARK}={self.mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return False
        return marked and bool(line) and words in line

    def clear(self) -> None:
        """Kill whatever is left; the end of every test, also of a failed one."""

        def gone() -> bool:
            for pid in self.processes():  # one that was being started while its parent was killed is found the next time
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not self.processes()

        eventually(gone, "the end of all processes")
        self.process.wait(PATIENCE)


def fake(data: Path, port: int, worker: str = "fake_worker", output: int | None = None, **environment: str) -> Running:
    """The real supervisor and database, with fake web and worker that need nothing."""
    path = os.pathsep.join([str(FAKES), str(ROOT)])
    return Running(
        [sys.executable, "-m", "fake_candour", data, port, worker],
        {"PYTHONPATH": path, **environment},
        cwd=ROOT,
        stdout=output or subprocess.PIPE,
    )


def page(port: int) -> str | None:
    """The text the web answers with, or None when it doesn't answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return None
