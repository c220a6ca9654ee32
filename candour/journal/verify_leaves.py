"""Leaves with the bytes of their entries, streamed in the order of the tree.

The database spells the canonical form (its JSON strings have the same escapes), this process hashes it: a hash that fits proves the
spelling as well. Whatever does not fit at once is read again column by column and spelled here before anything is said about it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from psycopg import Connection

from candour.journal.sealing import COLUMNS, FORM, SPELLED, Sealed

_TEXTS = ("actor", "actor_name", "act", "reason", "subject", "key", "op", "old", "new")
_SPELT = "||','||".join(f"to_json(e.{name}::text)::text" for name in _TEXTS)
#: The canonical form of an entry, as sealing.entry_bytes makes it.
CANONICAL = (
    f"""'[{FORM},'||e.id||',"'||{SPELLED.format("e.at")}||'","'||{SPELLED.format("e.written_at")}||'",'||{_SPELT}"""
    "||CASE WHEN e.simulated THEN ',true]' ELSE ',false]' END"
)
_LEAVES = f"""
COPY (SELECT l."index", l.entry_id, l.hash, extract(epoch FROM e.written_at)::float8, e.at = e.written_at OR e.simulated, {CANONICAL}
        FROM journal_leaf l LEFT JOIN journal_entry e ON e.id = l.entry_id ORDER BY l."index") TO STDOUT (FORMAT binary)
"""  # noqa: S608 - constants of this package
_ENTRY = f"SELECT {COLUMNS} FROM journal_entry e WHERE e.id = %s"  # noqa: S608 - a constant list of columns
#: Both indexes are walked in step: other plans sort every entry on disk before the first one comes, or pass entries between workers
#: while this process, which needs a core itself, waits for them.
_IN_STEP = ("enable_sort", "enable_hashjoin", "enable_mergejoin", "enable_memoize", "enable_gathermerge")

#: Signature, flags and length of the extension in front of a binary COPY; the last line is a count of -1.
_HEADER, _END = 19, b"\xff\xff"
#: A line with nothing missing: count of fields, then each field behind its length.
_WHOLE = struct.Struct(">hiqiqi32sidi?i")
_LENGTHS = (6, 8, 8, 32, 8, 1)


class Place(NamedTuple):
    """A leaf with the canonical bytes of its entry as the database spells them, None when it has none. `written` is in seconds."""

    position: int
    entry_id: int
    hash: bytes
    written: float
    dated_by_clock: bool
    spelt: bytes | None


def places(stream: Connection) -> Iterator[Place]:
    """Every leaf in order; `stream` can do nothing else meanwhile."""
    for setting in _IN_STEP:
        stream.execute(f"SET LOCAL {setting} = off")
    with stream.cursor() as cursor, cursor.copy(_LEAVES) as copy:
        first = True
        for data in copy:
            line = bytes(data)[_HEADER:] if first else bytes(data)
            first = False
            if line and line != _END:
                yield _place(line)


def _place(line: bytes) -> Place:
    if len(line) >= _WHOLE.size:
        count, i, index, e, entry, h, leaf, w, written, d, dated, spelt = _WHOLE.unpack_from(line)
        if (count, i, e, h, w, d) == _LENGTHS and spelt >= 0:
            return Place(index, entry, leaf, written, dated, line[_WHOLE.size :])
    position, number, leaf_, written_, dated_, text = _fields(line)
    seconds = struct.unpack(">d", written_)[0] if written_ is not None else 0.0
    return Place(_number(position), _number(number), leaf_ or b"", seconds, dated_ == b"\x01", text)


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


def entry_of(db: Connection, entry_id: int) -> Sealed | None:
    """The entry column by column; None when it is gone."""
    row = db.execute(_ENTRY, [entry_id]).fetchone()
    return Sealed(*row) if row else None
