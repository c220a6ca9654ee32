"""What a call of `candour screen` costs: its start with and without what was kept, a long file from JSONL to JSONL, its memory at most."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from candour.project.bench.figures import Figure, median, number, rates, spans
from candour.project.bench.screening import made_posts
from candour.screening.engine import release
from candour.screening.kept_file import OFF, VARIABLE, folder

#: Runs the command, then says its computing and the most memory it ever held, which only the process itself knows for sure.
_ASKED = """
import re, sys, time
from candour.project import cli
assert cli.outcome(sys.argv[1:]) == 0
print(time.process_time(), int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024)
"""
_POST = "Since I take ibuprofen I have a rash."


class _Cost(NamedTuple):
    computing: float
    seconds: float
    memory: float


def measure(*, runs: int, without: int, posts: int) -> tuple[list[Figure], list[Figure]]:
    """Rows of starts and of memory. `without`: runs that compile everything; `posts`: how many a long call screens."""
    with tempfile.TemporaryDirectory(prefix="candour-bench-") as name:
        place = Path(name)
        made = made_posts(release(), posts)  # what was not kept yet is kept now
        one, many, kept = _file(place / "one.jsonl", [_POST]), _file(place / "many.jsonl", made), str(folder() or place / "kept")
        _screened(one, kept)  # keeps the rest, and brings the files into memory
        warm = [_screened(one, kept) for _ in range(runs)]
        cold = [_screened(one, OFF) for _ in range(without)]
        long = [_screened(many, kept) for _ in range(without)]
        bare = [_screened(many, OFF) for _ in range(without)]
    starts = [row for costs, how in ((warm, "kept"), (cold, "nothing kept")) for row in _starts(costs, how)]
    note = "one process, start-up included; the floor is 12,000, the aim 40,000"
    starts.append(rates(f"candour screen, {posts:,} posts from JSONL to JSONL", [posts / one.seconds for one in long], "posts/s", note))
    weights = [
        _weight("candour screen, one post", warm, "kept"),
        _weight("candour screen, one post", cold, "nothing kept"),
        _weight(f"candour screen, {posts:,} posts", long, "kept; the floor is 700 MB, the aim 350"),
        _weight(f"candour screen, {posts:,} posts", bare, "nothing kept"),
    ]
    return starts, weights


def _file(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(f"{json.dumps({'id': str(at), 'text': text})}\n" for at, text in enumerate(texts)), encoding="utf-8")
    return path


def _screened(posts: Path, kept: str) -> _Cost:
    begin = time.perf_counter()
    words = [sys.executable, "-c", _ASKED, "screen", str(posts), "-o", str(posts.with_suffix(".out"))]
    done = subprocess.run(words, env={**os.environ, VARIABLE: kept}, check=True, capture_output=True, text=True)
    computing, memory = done.stdout.split()
    return _Cost(float(computing), time.perf_counter() - begin, float(memory))


def _starts(costs: list[_Cost], how: str) -> list[Figure]:
    """By computing and by the clock."""
    floor = "; the floor is 3 s, the aim 1.2" if how == "kept" else ""
    return [
        spans("candour screen, one post, computing", [one.computing for one in costs], f"compiled packs and tables: {how}{floor}"),
        spans("candour screen, one post", [one.seconds for one in costs], f"compiled packs and tables: {how}"),
    ]


def _weight(what: str, costs: list[_Cost], how: str) -> Figure:
    sizes = [one.memory for one in costs]
    spread = f"{number(min(sizes))} to {number(max(sizes))}"
    return Figure(what, f"{number(median(sizes))} MiB at most", spread, len(sizes), f"resident; compiled packs and tables: {how}")
