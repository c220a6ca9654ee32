"""File locks that end with the process that holds them, so that a killed process never leaves one behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def open_lock(path: Path) -> int:
    """A file descriptor to lock on; the file is created and stays, only the lock on it counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def take(fd: int) -> bool:
    """Take the lock now or answer False; never waits. A shared lock of this descriptor is given up for it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Does any living process hold the lock on this file? Processes that inherited the descriptor count."""
    fd = open_lock(path)
    try:
        return not take(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def waiting(path: Path, look: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock for the block, waiting for it as long as it takes; `look` is called meanwhile and may raise to give up."""
    fd = open_lock(path)
    try:
        while not take(fd):
            look()
            time.sleep(0.05)
        yield
    finally:
        os.close(fd)


@contextlib.contextmanager
def shared(path: Path) -> Iterator[int]:
    """Hold the lock together with others for the block; yields the descriptor, so that the last one can `take` it alone."""
    fd = open_lock(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH)
        yield fd
    finally:
        os.close(fd)
