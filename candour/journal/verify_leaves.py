"""Leaves with the bytes of their entries, streamed in the order of the tree, some hundreds at a time.

A leaf covers what the server sends of an entry in a binary COPY, so this process hashes the lines as they come and spells nothing.
Whatever does not fit at once is read again column by column and put together here before anything is said about it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from psycopg import Connection

from candour.core.merkle import leaf_hash
from candour.journal.sealing import COLUMNS, COVERED, ENTRY_FORM, SPELLED_COLUMNS, Sealed, entry_leaf, spelled_leaf

#: A run ends with this many leaves, or once it holds so many bytes: memory stays small however long single entries are, and what was
#: received is still in the processor's own memory when it is hashed.
BATCH, BYTES = 256, 1_000_000
_LEAVES = f"""
COPY (SELECT l."index", l.entry_id, l.hash, {COVERED} FROM journal_leaf l LEFT JOIN journal_entry e ON e.id = l.entry_id
       ORDER BY l."index") TO STDOUT (FORMAT binary)
"""  # noqa: S608 - constants of this package
_ENTRY = "SELECT {} FROM journal_entry e WHERE e.id = %s"
#: Both indexes are walked in step: other plans sort every entry on disk before the first one comes, or pass entries between workers
#: while this process, which needs a core itself, waits for them.
_IN_STEP = ("enable_sort", "enable_hashjoin", "enable_mergejoin", "enable_memoize", "enable_gathermerge")

#: Signature, flags and length of the extension in front of a binary COPY; the last line is a count of -1.
_HEADER, _END = 19, b"\xff\xff"
#: How every line begins that lacks nothing: the count of fields; position, number and hash of the leaf; number and instants of the entry;
#: each field behind its length. What the leaf covers begins with the entry.
_WHOLE = struct.Struct(">hiqiqi32siqiqiq")
_COUNT, _LENGTHS, _COVERED_FROM = 16, (8, 8, 32, 8, 8, 8), 62
_PREFIX = b"\x00" + ENTRY_FORM
#: Microseconds from 1970, where seconds are counted from, to 2000, where the server counts its own.
_SINCE_1970 = 946_684_800_000_000


class Place(NamedTuple):
    """A leaf, and the bytes of its entry that it covers, None when there is no such entry. `written` is in seconds."""

    position: int
    entry_id: int
    hash: bytes
    written: float
    dated_by_clock: bool
    covered: bytes | None


class Run(NamedTuple):
    """Leaves one behind the other by columns; instants as the server counts them. When a line lacks something there are only lines."""

    lines: Sequence[bytes]
    positions: Sequence[int] = ()
    entries: Sequence[int] = ()
    hashes: Sequence[bytes] = ()
    at: Sequence[int] = ()
    written_at: Sequence[int] = ()

    def cut(self, at_most: int) -> tuple[Run, Run]:
        """The first `at_most` leaves, and the others."""
        if at_most >= len(self.lines):
            return self, Run(())
        first, others = slice(at_most), slice(at_most, None)
        return self._only(first), self._only(others)

    def _only(self, these: slice) -> Run:
        lines, positions, entries, hashes, at, written_at = self
        return Run(lines[these], positions[these], entries[these], hashes[these], at[these], written_at[these])

    def places(self) -> Iterator[Place]:
        """One leaf after the other."""
        return map(_place, self.lines)

    def written(self) -> list[float]:
        """When the entries were written, in seconds."""
        return [(instant + _SINCE_1970) / 1e6 for instant in self.written_at]

    def dated_by_clock(self) -> bool:
        """Are both dates of every entry the same, or the entry from a demo?"""
        if self.at == self.written_at:
            return True
        return all(at == written or line[-1] for at, written, line in zip(self.at, self.written_at, self.lines, strict=True))

    def fits(self) -> bool:
        """Has every entry the hash of its leaf?"""
        sha256 = hashlib.sha256
        return bool(self.hashes) and self.hashes == tuple([sha256(_PREFIX + line[_COVERED_FROM:]).digest() for line in self.lines])


def runs(stream: Connection) -> Iterator[Run]:
    """Every leaf in order; `stream` can do nothing else meanwhile."""
    for setting in _IN_STEP:
        stream.execute(f"SET LOCAL {setting} = off")
    lines, size, skipped = list[bytes](), 0, _HEADER
    with stream.cursor() as cursor, cursor.copy(_LEAVES) as copy:
        for data in copy:
            line = bytes(data)[skipped:] if skipped else bytes(data)
            skipped = 0
            if line == _END:
                continue
            lines.append(line)
            size += len(line)
            if len(lines) == BATCH or size > BYTES:
                yield _run(lines)
                lines, size = [], 0
    if lines:
        yield _run(lines)


def _run(lines: list[bytes]) -> Run:
    begins = b"".join([line[: _WHOLE.size] for line in lines])
    if len(begins) != _WHOLE.size * len(lines):
        return Run(lines)
    counts, *columns = zip(*_WHOLE.iter_unpack(begins), strict=True)
    if {*counts} != {_COUNT} or any({*column} != {length} for column, length in zip(columns[::2], _LENGTHS, strict=True)):
        return Run(lines)
    positions, entries, hashes, own, at, written_at = columns[1::2]
    return Run(lines, positions, entries, hashes, at, written_at) if entries == own else Run(lines)


def _place(line: bytes) -> Place:
    fields = _fields(line)
    index, entry_id, leaf, number, at, written_at, *others = fields
    begins = sum(4 + len(field or b"") for field in fields[:3]) + 2
    dated = at == written_at or others[-1] == b"\x01"
    return Place(
        _number(index),
        _number(entry_id),
        leaf or b"",
        (_number(written_at) + _SINCE_1970) / 1e6,
        dated,
        line[begins:] if number == entry_id else None,
    )


def _number(field: bytes | None) -> int:
    return int.from_bytes(field or b"", signed=True)


def _fields(line: bytes) -> list[bytes | None]:
    fields: list[bytes | None] = []
    at = 2
    while at < len(line):
        length = int.from_bytes(line[at : at + 4], signed=True)
        at += 4
        fields.append(line[at : at + length] if length >= 0 else None)
        at += max(0, length)
    return fields


def covered_leaf(covered: bytes) -> bytes:
    """The hash a leaf must have that covers these bytes of an entry."""
    return leaf_hash(ENTRY_FORM + covered)


def entry_of(db: Connection, entry_id: int) -> Sealed | None:
    """The entry column by column; None when it is gone."""
    row = db.execute(_ENTRY.format(COLUMNS), [entry_id]).fetchone()
    return Sealed(*row) if row else None


def leaves_of(db: Connection, entry: Sealed) -> tuple[bytes, bytes]:
    """The hashes that a leaf over this entry may have: of the form of today, and of that of development versions."""
    return entry_leaf(entry), spelled_leaf(db.execute(_ENTRY.format(SPELLED_COLUMNS), [entry.id]).fetchone() or ())
