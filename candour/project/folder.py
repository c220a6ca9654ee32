"""The data folder: everything of one installation that is not in the database, and who may use it now."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from candour.project import locks
from candour.project.errors import StartError

SETTINGS = "candour.project.settings"
DEFAULT = "data"
DEMO, COMPANY = "demo", "company"
#: Stands in a data folder from the first to the last step of a restore.
UNFINISHED = "restore.unfinished"


def existing(data: Path) -> Path:
    """The absolute path of a data folder that is there. Raises StartError where none was ever made."""
    if not data.is_dir():
        raise StartError(f"There is no data folder {data}: start Candour once with `candour run`, or name yours with --data.")
    _require_finished(data)
    return data.resolve()


def _require_finished(data: Path) -> None:
    if (data / UNFINISHED).exists():
        raise StartError(f"A restore into {data} was cut short: empty folder and database, then run `candour restore` again.")


def make(data: Path) -> Path:
    """The absolute path of a data folder we can write to; made on first use. Raises StartError where that is impossible."""
    data = data.resolve()
    try:
        data.mkdir(mode=0o711, parents=True, exist_ok=True)  # root's database server runs as another user and passes through
        for folder in (data / "run", data / "logs"):
            folder.mkdir(mode=0o700, exist_ok=True)
        probe = data / "run" / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StartError(f"The data folder {data} can't be written ({error.strerror}): name another with --data.") from error
    return data


def kind(data: Path, *, empty: bool | None = None) -> str:
    """'demo' or 'company': decided by the first start and kept, because a demo never becomes a real installation.

    `empty` is what the person asked for now: True for an installation without the demo company, None for "whatever it is".
    """
    mark = data / "installation"
    if not mark.exists():
        wanted = COMPANY if empty else DEMO
        if empty is not None:
            mark.write_text(f"{wanted}\n")
        return wanted
    found = mark.read_text().strip()
    if empty and found == DEMO:
        raise StartError(f"{data} holds the demo company, which can't become a real one: name an empty folder with --data.")
    return found


def environment(data: Path, **more: str) -> dict[str, str]:
    """What a Candour process reads at its start, on top of the caller's own environment."""
    own = {"CANDOUR_DATA": str(data), "CANDOUR_DEMO": "1" if kind(data) == DEMO else "0", "DJANGO_SETTINGS_MODULE": SETTINGS}
    return _last_port(data) | dict(os.environ) | own | more


def fresh_counts(data: Path) -> Path:
    """The folder in which the processes of one start keep their counts for /metrics, emptied of those of the start before."""
    counts = data / "run" / "counts"
    counts.mkdir(mode=0o700, exist_ok=True)
    for old in counts.glob("*.db"):
        old.unlink(missing_ok=True)
    return counts


def remember_port(data: Path, port: int) -> None:
    """Note where the web answers, for commands that are typed beside it."""
    (data / "run" / "port").write_text(f"{port}\n")


def _last_port(data: Path) -> dict[str, str]:
    path = data / "run" / "port"
    return {"CANDOUR_PORT": path.read_text().strip()} if path.exists() else {}


@contextlib.contextmanager
def claimed(data: Path) -> Iterator[bool]:
    """Be the only supervisor of this folder for the block; the claim ends with the process, however it ends.

    Yields whether the last supervisor was killed: its web and worker may take some seconds to notice.
    """
    _require_finished(data)
    path = data / "run" / "supervisor.lock"
    fd = locks.open_lock(path)
    try:
        before = path.read_text().strip()
        if not locks.take(fd):
            raise StartError(f"Candour already runs on {data} (process {before}): stop it first, or name another folder with --data.")
        os.ftruncate(fd, 0)
        os.write(fd, f"{os.getpid()}\n".encode())
        try:
            yield bool(before)
        finally:
            os.ftruncate(fd, 0)
    finally:
        os.close(fd)
