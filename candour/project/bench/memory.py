"""Memory per process, as PSS: what the kernel would give back if the process ended, shared pages counted by share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from candour.project.bench.figures import Figure, Part, number
from candour.project.bench.machine import children, command_line, proportional_memory

_ABOUT = "PSS from /proc: pages that several processes share are counted by share, so the rows add up to the whole."


def part() -> Part:
    """The heading; rows come from several parts of the run."""
    return Part("Memory", _ABOUT)


def _row(what: str, pids: Sequence[int], note: str) -> Figure:
    sizes = sorted(size for pid in pids if (size := proportional_memory(pid)))
    if not sizes:
        return Figure(what, "not readable", "", 0, note)
    spread = "one process" if len(sizes) == 1 else f"{number(sizes[0])} to {number(sizes[-1])}, together {number(sum(sizes))}"
    return Figure(what, f"{number(sizes[len(sizes) // 2])} MiB", spread, len(sizes), note)


def _together(what: str, pids: Sequence[int], note: str) -> Figure:
    sizes = [size for pid in pids if (size := proportional_memory(pid))]
    return (
        Figure(what, f"{number(sum(sizes))} MiB", f"{len(sizes)} processes", 1, note)
        if sizes
        else Figure(what, "not readable", "", 0, note)
    )


def of_web(master: int, note: str) -> Part:
    """The web server's first process and its workers."""
    found = part()
    found.rows += [_row("web, first process", [master], note), _row("web, each worker", children(master), note)]
    return found


def of_installation(supervisor: int, postmaster: int | None, note: str) -> Part:
    """Every process of a running `candour run`, by what it is."""
    found, below = part(), children(supervisor)
    master = next(iter(_saying(below, "gunicorn", lambda pid: bool(_saying(children(pid), "gunicorn")))), 0)
    worker = _saying(below, "candour.project.worker")
    database = [postmaster, *children(postmaster)] if postmaster else []
    found.rows += [
        _row("supervisor", [supervisor], note),
        _row("web, first process", [master], note),
        _row("web, each worker", children(master), note),
        _row("worker", worker, note),
        _together("database, all its processes", database, f"{note}; with what its cache has touched so far"),
        _together("everything", sorted({supervisor, *below, *database}), note),
    ]
    return found


def _saying(pids: Iterable[int], words: str, also: Callable[[int], bool] = lambda pid: True) -> list[int]:
    return [pid for pid in pids if words in command_line(pid) and also(pid)]
