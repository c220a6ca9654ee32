"""Entries with the proof that they stand in the tree: what somebody outside needs to check them against one signed head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection

from candour.core.merkle import inclusion_paths
from candour.journal.models import Head
from candour.journal.sealing import COLUMNS, Sealed, entry_leaf

#: Leaf hashes read at once.
BATCH = 20_000
_ENTRIES = f"""
SELECT l."index", l.hash, {COLUMNS} FROM journal_entry e LEFT JOIN journal_leaf l ON l.entry_id = e.id
 WHERE e.id = ANY(%s) ORDER BY e.id
"""  # noqa: S608 - constants of this package
_LEAVES = 'SELECT hash FROM journal_leaf WHERE "index" >= %s AND "index" < %s ORDER BY "index"'
_SINCE_2000 = datetime(2000, 1, 1, tzinfo=UTC)


class Unsealed(Exception):
    """Some of the entries have no leaf below this head yet; the sealer comes by every few seconds."""


class Differs(Exception):
    """An entry does not have the hash of its leaf: run `candour journal verify`. The message names it."""


class Proven(NamedTuple):
    """An entry, its position in the tree, the hash of its leaf, and the hashes that lead from there to the head's root."""

    entry: Sealed
    index: int
    leaf: bytes
    path: tuple[bytes, ...]


def proven(entry_ids: Iterable[int], head: Head) -> list[Proven]:
    """Entries by id, each with its proof against `head`. Raises Unsealed or Differs."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [sorted(set(entry_ids))])
        rows = [(index, bytes(leaf or b""), Sealed(*entry)) for index, leaf, *entry in cursor.fetchall()]
    for index, leaf, entry in rows:
        if index is None or index >= head.size:
            raise Unsealed(f"Entry {entry.id} is not sealed yet.")
        if entry_leaf(_plain(entry)) != leaf:
            raise Differs(f"Entry {entry.id} no longer has the hash of its leaf: run `candour journal verify`.")
    paths = inclusion_paths(head.size, [index for index, _leaf, _entry in rows], _leaves)
    return [Proven(_plain(entry), index, leaf, paths[index]) for index, leaf, entry in rows]


def _plain(entry: Sealed) -> Sealed:
    return entry._replace(at=bytes(entry.at), written_at=bytes(entry.written_at))


def _leaves(begin: int, end: int) -> Iterator[Sequence[bytes]]:
    for at in range(begin, end, BATCH):
        with connection.cursor() as cursor:
            cursor.execute(_LEAVES, [at, min(at + BATCH, end)])
            yield [bytes(leaf) for (leaf,) in cursor.fetchall()]


def microseconds(instant: bytes) -> int:
    """The server's own count of an instant, microseconds since 2000 in UTC."""
    return int.from_bytes(instant, signed=True)


def as_instant(count: int) -> datetime:
    """The same as a date. Raises OverflowError for an instant that no calendar here knows."""
    return _SINCE_2000 + timedelta(microseconds=count)
