"""Facts about this machine, and the memory of processes as the kernel counts it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

PROC = Path("/proc")


def facts(folder: Path, postgres: str) -> list[tuple[str, str]]:
    """Name and value, in the order of the table. `folder` is where the database lay, `postgres` the version it reports."""
    waits = f"{_file_system(folder)}, a write that waits for it takes {_write_time(folder) * 1000:.1f} ms (median of 40)"
    return [*_of_itself(), ("database", postgres), ("disk", waits), ("code", _commit())]


def facts_alone() -> list[tuple[str, str]]:
    """The same where no database was measured."""
    return [*_of_itself(), ("code", _commit())]


def _of_itself() -> list[tuple[str, str]]:
    memory = _first(r"MemTotal:\s+(\d+)", PROC / "meminfo")
    model = _first(r"model name\s*:\s*(.+)", PROC / "cpuinfo")
    return [
        ("date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ("cores", f"{os.cpu_count()} ({model or platform.machine()})"),
        ("memory", f"{int(memory or 0) / 1024**2:.1f} GiB"),
        ("python", platform.python_version()),
    ]


def load() -> str:
    """How many processes wanted a core in the last minute, as the kernel averages it."""
    return f"{os.getloadavg()[0]:.1f}"


def load_told(loads: Sequence[str]) -> str:
    """The loads of a run, and what they mean for its figures."""
    told = f"{', '.join(loads)} (one-minute averages at start, between parts and at the end)"
    if max(map(float, loads)) <= (os.cpu_count() or 1):
        return told
    return f"{told}: others used the machine, so times are longer than its own; figures of computing are hardly touched by that"


def _first(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text())
    return found[1].strip() if found else ""


def _file_system(folder: Path) -> str:
    mounts = [line.split()[1:3] for line in (PROC / "mounts").read_text().splitlines()]
    inside = [(mount, kind) for mount, kind in mounts if folder.is_relative_to(mount)]
    return max(inside, key=lambda found: len(found[0]), default=("", "unknown"))[1]


def _write_time(folder: Path) -> float:
    """Seconds until the disk confirms one page; a disk that answers in no time is memory, and the figures then flatter."""
    times, path = [], folder / "bench-write"
    with path.open("wb") as file:
        for _ in range(40):
            begin = time.perf_counter()
            file.write(b"\x00" * 8192)
            file.flush()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begin)
    path.unlink()
    return sorted(times)[len(times) // 2]


def _commit() -> str:
    """The commit the code is at, and whether files were changed since; "no history" outside a checkout."""
    root = Path(__file__).resolve().parents[3]
    try:
        done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return "no history"
    return done.stdout.strip() or "no history"


def proportional_memory(pid: int) -> float:
    """Memory of a process in MiB, pages shared with others counted by share (PSS); 0 for one that ended or is not ours to read."""
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def children(pid: int) -> list[int]:
    """Every process below this one, at any depth."""
    below: dict[int, list[int]] = {}
    for path in PROC.iterdir():
        if path.name.isdigit() and (parent := _parent(path)) is not None:
            below.setdefault(parent, []).append(int(path.name))
    found, todo = [], [pid]
    while todo:
        mine = below.get(todo.pop(), [])
        found += mine
        todo += mine
    return sorted(found)


def _parent(path: Path) -> int | None:
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def command_line(pid: int) -> str:
    """What the process was started with; empty for one that has ended."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def computing(pids: Iterable[int]) -> float:
    """Seconds these processes have computed so far, by the kernel's count; unlike a clock it does not see what else the machine does."""
    ticks = [_ticks(PROC / str(pid) / "stat") for pid in pids]
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


def _ticks(path: Path) -> int:
    try:
        user, system = path.read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return 0
    return int(user) + int(system)
