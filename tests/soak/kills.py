"""Kill -9 at random moments: the first web process alone or with its workers, the worker, the database server; now and then all at once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.ground import Ground
from tests.soak.ledger import Ledger

PARTS = ("web", "worker", "database")
WORDS = {"web": "candour.project.wsgi", "worker": "candour.project.worker"}
#: Seconds a killed part may take to be there again before the soak calls it lost.
BACK_WITHIN = 120.0
#: Every so many strikes all three parts are hit in the same moment.
ALL_AT_ONCE = 6


def parent_of(pid: int) -> int:
    """The parent's number; 0 when the process is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def answers(base: str) -> bool:
    """Does the web answer a page that needs the database?"""
    try:
        with urllib.request.urlopen(f"{base}/sign-in/", timeout=10) as page:
            return bool(page.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@dataclass
class Killer:
    """Strikes every part at least `each` times within `seconds`; `back` keeps how long each strike was felt, in seconds."""

    ground: Ground
    ledger: Ledger
    seconds: float
    each: int
    chance: random.Random
    stop: threading.Event
    done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    back: dict[str, list[float]] = field(default_factory=lambda: {part: [] for part in PARTS})
    lost: list[str] = field(default_factory=list)

    def pid(self, part: str) -> int | None:
        """The process to strike: the supervisor's own child, or the first process of the database."""
        if part == "database":
            return self.ground.server.pid()
        ours = self.ground.running.processes(WORDS[part])
        return next((pid for pid in ours if parent_of(pid) == self.ground.running.process.pid), None)

    def run(self) -> None:
        """All strikes, spread over the time at random."""
        order = [part for part in PARTS for _ in range(self.each)]
        self.chance.shuffle(order)
        begun = time.monotonic()
        moments = sorted(self.chance.uniform(0.03, 0.97) * self.seconds for _ in order)
        for number, (part, moment) in enumerate(zip(order, moments, strict=True), start=1):
            if self.stop.wait(max(moment - (time.monotonic() - begun), self.chance.uniform(0, 2))):
                return
            self.strike(PARTS if number % ALL_AT_ONCE == 0 else (part,))

    def strike(self, parts: tuple[str, ...]) -> None:
        """Kill these parts in one moment and wait until they are there again."""
        aims = {part: self._found(part) for part in parts}
        for part, pid in aims.items():
            self.ledger.sent("kill", f"{part}-{self.done[part] + 1}", pid=pid)
            self._kill(part, pid)
            self.done[part] += 1
        struck = time.monotonic()
        for part, pid in aims.items():
            self._wait(part, pid, struck)

    def _found(self, part: str) -> int:
        end = time.monotonic() + BACK_WITHIN
        while (pid := self.pid(part)) is None:
            if time.monotonic() > end:
                raise AssertionError(f"{part} did not run for {BACK_WITHIN:.0f} s")
            time.sleep(0.05)
        return pid

    def _kill(self, part: str, pid: int) -> None:
        """The web is struck alone or with its workers in turn; the others are one process each, or take theirs along."""
        with contextlib.suppress(ProcessLookupError):
            if part == "web" and self.done["web"] % 2:
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)

    def _wait(self, part: str, before: int, struck: float) -> None:
        while time.monotonic() - struck < BACK_WITHIN:
            if self.pid(part) not in (None, before) and (part == "worker" or answers(self.ground.base)):
                self.back[part].append(time.monotonic() - struck)
                return
            time.sleep(0.1)
        self.lost.append(f"{part} was not there again within {BACK_WITHIN:.0f} s of its kill")
