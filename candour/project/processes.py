"""One supervised process: its command, its output as prefixed lines, its end, and how patiently it is started again."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO

from candour.project.child import LIFELINE

#: A process that ran this many seconds had started well; its end is an accident, not a fault of its start.
RAN_WELL = 10.0
#: This many ends in a row right after the start, and trying again helps nobody.
GIVE_UP_AFTER = 5


@dataclass
class Patience:
    """How long to wait before the next start. Pure: it is told how long each run lasted."""

    failures: int = 0

    def after(self, ran_for: float) -> float | None:
        """Seconds to wait (0.5, 1, 2, 4, ...), or None when it is time to give up."""
        self.failures = 1 if ran_for >= RAN_WELL else self.failures + 1
        return None if self.failures >= GIVE_UP_AFTER else 0.5 * 2.0 ** (self.failures - 1)


def describe_end(code: int) -> str:
    """'was killed by SIGKILL' or 'ended with exit code 3'."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


class Pump:
    """Reads what the children write and hands it on line by line, each with its child's name."""

    def __init__(self, say: Callable[[str, str], None]) -> None:
        self._say = say
        self._selector = selectors.DefaultSelector()

    def add(self, name: str, stream: IO[bytes]) -> None:
        """Read this stream from now on, until its last writer closes it."""
        os.set_blocking(stream.fileno(), False)
        self._selector.register(stream, selectors.EVENT_READ, (name, bytearray()))

    def turn(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for output and say all complete lines."""
        if not self._selector.get_map():
            time.sleep(timeout)
            return
        for key, _ in self._selector.select(timeout):
            name, rest = key.data
            chunk = key.fileobj.read(65536)  # type: ignore[union-attr]
            rest += chunk or b"\n"
            *lines, rest[:] = rest.split(b"\n")
            for line in lines:
                if line.strip():
                    self._say(name, line.decode(errors="replace").rstrip())
            if chunk == b"":
                self._selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]


@dataclass
class Child:
    """A Python module run below the supervisor, in a session of its own, so that a Ctrl-C reaches the supervisor alone."""

    name: str
    module: list[str]
    environment: Mapping[str, str]
    pass_fds: tuple[int, ...] = ()
    patience: Patience = field(default_factory=Patience)
    process: subprocess.Popen[bytes] | None = None
    #: Monotonic seconds of the last start and, while waiting for it, of the next one.
    started: float = 0.0
    next_start: float | None = None

    def start(self, lifeline: int, pump: Pump) -> None:
        """Start it now; it ends when the far end of `lifeline` closes, and `pump` reads what it writes."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "candour.project.child", *self.module],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**self.environment, LIFELINE: str(lifeline), "CANDOUR_PART": self.name, "PYTHONUNBUFFERED": "1"},
            pass_fds=(lifeline, *self.pass_fds),
            start_new_session=True,
            bufsize=0,
        )
        self.started, self.next_start = time.monotonic(), None
        if self.process.stdout is not None:
            pump.add(self.name, self.process.stdout)

    def end_code(self) -> int | None:
        """The exit code once the process has ended; None while it runs."""
        return None if self.process is None else self.process.poll()

    def ask_to_end(self) -> None:
        """SIGTERM to the process alone: it takes its own children along in good order."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def sweep(self) -> None:
        """Kill the process and whatever it started and left behind."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
