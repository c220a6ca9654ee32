"""Folders and starts of a Candour, taken away again whatever happens."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import running


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder any user may enter, below which a test makes its data folders."""
    path = Path(tempfile.mkdtemp(prefix="candour-run-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., running.Running]]:
    """Start with fake parts, or whatever `how` says; every start is cleared away before its folder is."""
    started: list[running.Running] = []

    def begin(*arguments: object, how: Callable[..., running.Running] = running.fake, **more: object) -> running.Running:
        started.append(how(*arguments, **more))
        return started[-1]

    yield begin
    for one in started:
        one.clear()
