"""The heads outside the database: the file that every signed head is appended to, and copies for somebody else to keep.

A line is a JSON object with `signed` (the exact text under the signature), `signature` and `public_key` (hex, Ed25519).
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings

from candour.journal import queries
from candour.journal.models import Head

logger = logging.getLogger(__name__)


def heads_file() -> Path:
    """The file to which every signed head is appended."""
    return Path(settings.DATA) / "journal" / "heads.jsonl"


def head_line(head: Head) -> bytes:
    """One line of a file of heads."""
    line = {"public_key": head.public_key, "signature": head.signature, "signed": head.signed}
    return json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def export_heads(path: Path) -> int:
    """Write every head of the database to a new file; how many. Raises FileExistsError: an older copy is evidence and stays."""
    written = 0
    with path.open("xb") as file:
        for head in queries.heads_above(0).iterator(chunk_size=1000):
            file.write(head_line(head))
            written += 1
        file.flush()
        os.fsync(file.fileno())
    return written


@dataclass
class _Known:
    """The last head this process knows to be in the file, so that an idle round costs one look-up in an index."""

    size: int = -1


_known = _Known()


def forget_file() -> None:
    """Make the next `append_heads` read the file again; needed after file or tables were replaced."""
    _known.size = -1


def append_heads() -> int:
    """Append to the file whatever heads it lacks and wait for the disk; how many were appended.

    Where the file ends with a head the database does not know, somebody set the database back: the file keeps what it knew and goes on
    with the newest head, so that `verify` sees both histories.
    """
    newest = queries.newest_size()
    if newest is None or (_known.size == newest and heads_file().exists()):
        return 0
    with _locked(heads_file()) as file:
        missing = _missing(_last_line(file))
        for head in missing:
            file.write(head_line(head))
        file.flush()
        os.fsync(file.fileno())
    _known.size = newest
    if len(missing) > 1:
        logger.warning("The file of heads lacked %s heads of the database; they were appended.", len(missing))
    return len(missing)


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


class _Line(NamedTuple):
    """A line's head: how many entries it counts and what was signed."""

    size: int
    signed: str


#: Stands for a last line that is no head; `verify` names it, the sealer goes on behind it.
_NOT_OURS = _Line(-1, "")


def _last_line(file: BinaryIO) -> _Line | None:
    """The last whole line; None for a file without one. A line torn by a crash is cut off first."""
    whole, newline, torn = _tail(file).rpartition(b"\n")
    if torn:
        file.truncate(file.seek(0, os.SEEK_END) - len(torn))
    if not newline:
        return None
    try:
        signed = json.loads(whole.splitlines()[-1])["signed"]
        return _Line(int(json.loads(signed)["size"]), str(signed))
    except (ValueError, KeyError, TypeError, IndexError):
        return _NOT_OURS


def _tail(file: BinaryIO) -> bytes:
    """The end of the file from before its last whole line."""
    start, tail = file.seek(0, os.SEEK_END), b""
    while start and tail.count(b"\n") < 2:
        begin = max(0, start - 4096)
        file.seek(begin)
        tail, start = file.read(start - begin) + tail, begin
    return tail


def _missing(last: _Line | None) -> list[Head]:
    """Heads to append behind the last line."""
    if last is None:
        return list(queries.heads_above(0))
    if queries.has_head(last.size, last.signed):
        return list(queries.heads_above(last.size))
    logger.error("The file of heads ends with a head the database does not know: run `candour journal verify`.")
    newest = queries.head_to_go_on_from()
    return [newest] if newest else []
