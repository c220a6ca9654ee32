"""Files of what is dear to compute, kept from one start to the next: arrays and a head of JSON, nothing that could run.

They lie in the folder of `CANDOUR_CACHE` ("off": none), else in `$XDG_CACHE_HOME/candour` or `~/.cache/candour`. Only files and folders of
one's own that nobody else may write are read, and of those only what its checksum vouches for. Whatever is wrong with a file or its folder,
it is as if there were none: the caller computes, and loses nothing but time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import secrets
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

try:
    import fcntl
except ImportError:  # no such locks on this system: each process makes its own
    fcntl = None  # type: ignore[assignment]

VARIABLE, OFF = "CANDOUR_CACHE", "off"
#: Files of one kind that stay: of a few dictionaries of product names, and of the version before an upgrade.
MOST_KEPT = 4
#: Seconds after which an unfinished file is nobody's any more.
_FORGOTTEN = 3600
_MAGIC = b"candour kept 1\n\0"
_DIGEST, _LENGTH, _ALIGNED = 32, 8, 64
_SUFFIX, _UNFINISHED, _LOCK = ".kept", ".partial", ".lock"
#: Seconds after which nobody waits any longer for what another process makes.
_LONGEST_WAIT = 300.0
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Kept(NamedTuple):
    """What a file held. The arrays lie in the file itself, mapped: processes share their pages, and what one writes no other sees."""

    told: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def folder() -> Path | None:
    """Where files are kept, None where they are not."""
    named = os.environ.get(VARIABLE, "").strip()
    if named:
        return None if named.casefold() == OFF else Path(named).expanduser()
    ours = Path(os.environ.get("XDG_CACHE_HOME", ""))
    with contextlib.suppress(RuntimeError):  # nobody knows the home of this user
        return (ours if ours.is_absolute() else Path.home() / ".cache") / "candour"
    return None


def read(kind: str, key: str) -> Kept | None:
    """The file of a kind under a key, a digest of everything it was made from; None where there is none to be trusted."""
    try:
        with _opened() as place, _file(place, f"{kind}-{key}{_SUFFIX}") as number:
            size = os.fstat(number).st_size
            content = mmap.mmap(number, size, access=mmap.ACCESS_COPY)  # writeable, as the kernel was compiled for
            found = _unpacked(content, key)
            with contextlib.suppress(OSError):
                os.utime(number)  # what is read stays
            return found
    except (OSError, ValueError, RuntimeError, KeyError, TypeError):
        return None


def write(kind: str, key: str, told: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Keep what belongs to a key; whether that could be done. Complete or not at all, also where several processes write at once."""
    try:
        home = folder()
        if home is None:
            return False
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _opened() as place:
            _put(place, f"{kind}-{key}{_SUFFIX}", _packed(key, told, arrays))
            _prune(place, f"{kind}-")
        return True
    except (OSError, ValueError, RuntimeError):
        return False


@contextlib.contextmanager
def alone(kind: str, within: float = _LONGEST_WAIT) -> Iterator[None]:
    """Only one process of this machine at a time is inside for a kind: who waited finds what another made.

    Waits `within` seconds at the most, and not at all where nothing is kept: what is made twice is the same.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, RuntimeError):
            home = folder()
            if home is not None and fcntl is not None:
                home.mkdir(mode=0o700, parents=True, exist_ok=True)
                place = stack.enter_context(_opened())
                number = os.open(f"{kind}{_LOCK}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=place)
                stack.callback(os.close, number)  # which gives the lock back, as does the end of the process
                _locked(number, time.monotonic() + within)
        yield


def _locked(number: int, end: float) -> None:
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                return
            time.sleep(0.1)


@contextlib.contextmanager
def _opened() -> Iterator[int]:
    """The folder, open, if it is ours alone."""
    home = folder()
    if home is None or not hasattr(os, "geteuid"):
        raise FileNotFoundError
    number = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _ours(number, stat.S_ISDIR)
        yield number
    finally:
        os.close(number)


@contextlib.contextmanager
def _file(place: int, name: str) -> Iterator[int]:
    number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place)
    try:
        _ours(number, stat.S_ISREG)
        yield number
    finally:
        os.close(number)


def _ours(number: int, kind: Any) -> None:
    """Refuse what somebody else owns or may write."""
    about = os.fstat(number)
    if not kind(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & _OTHERS_WRITE:
        raise PermissionError


def _packed(key: str, told: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> list[bytes | memoryview]:
    """The parts of a file: magic, checksum of all that follows, length of the head, head, arrays."""
    laid, at = [], 0
    for name, array in arrays.items():
        laid.append([name, array.dtype.str, list(array.shape), at])
        at += _up(array.nbytes)
    head = json.dumps({"key": key, "arrays": laid, "told": told}, separators=(",", ":")).encode()
    start = len(_MAGIC) + _DIGEST + _LENGTH + len(head)
    rest: list[bytes | memoryview] = [len(head).to_bytes(_LENGTH, "little"), head, bytes(_up(start) - start)]
    for array in arrays.values():
        rest += [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, bytes(_up(array.nbytes) - array.nbytes)]
    digest = hashlib.sha256()
    for part in rest:
        digest.update(part)
    return [_MAGIC, digest.digest(), *rest]


def _unpacked(content: mmap.mmap, key: str) -> Kept:
    begin = len(_MAGIC) + _DIGEST
    with memoryview(content) as whole:
        if whole[: len(_MAGIC)] != _MAGIC or hashlib.sha256(whole[begin:]).digest() != whole[len(_MAGIC) : begin]:
            raise ValueError("another file, or a broken one")
        size = int.from_bytes(whole[begin : begin + _LENGTH], "little")
        head = json.loads(bytes(whole[begin + _LENGTH : begin + _LENGTH + size]))
    if head["key"] != key:
        raise ValueError("the file of another key")
    first = _up(begin + _LENGTH + size)
    arrays = {name: _array(content, kind, shape, first + at) for name, kind, shape, at in head["arrays"]}
    return Kept(head["told"], arrays)


def _array(content: mmap.mmap, kind: str, shape: list[int], at: int) -> NDArray[Any]:
    size = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(content, np.dtype(kind), size, at).reshape(shape) if size else np.zeros(shape, np.dtype(kind))


def _up(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _put(place: int, name: str, parts: list[bytes | memoryview]) -> None:
    """Write beside, for the owner's eyes alone, then rename: whoever reads meanwhile reads the old file or the new one."""
    beside = f"{name}-{secrets.token_hex(8)}{_UNFINISHED}"
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=place)
    try:
        with os.fdopen(number, "wb") as target:
            target.writelines(parts)
        os.replace(beside, name, src_dir_fd=place, dst_dir_fd=place)
    finally:
        with contextlib.suppress(FileNotFoundError):  # the rule: it has its name by now
            os.unlink(beside, dir_fd=place)


def _prune(place: int, beginning: str) -> None:
    """Of the files of a kind the newest stay; of the unfinished those somebody may still be writing."""
    now, names = time.time(), os.listdir(place)
    kept = sorted(
        (name for name in names if name.startswith(beginning) and name.endswith(_SUFFIX)), key=lambda name: _age(place, name, now)
    )
    left = [name for name in names if name.endswith(_UNFINISHED) and _age(place, name, now) > _FORGOTTEN]
    for name in [*kept[MOST_KEPT:], *left]:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=place)


def _age(place: int, name: str, now: float) -> float:
    """Seconds since a file was written or read; of one that is gone, none."""
    try:
        return now - os.stat(name, dir_fd=place, follow_symlinks=False).st_mtime
    except OSError:
        return 0.0
