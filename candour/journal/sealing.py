"""Sealing: committed entries become leaves of the tree, and each new state of the tree is signed, chained and copied to a file.

Writers never wait for the sealer: it shares no lock with them and gives indexes only to entries that are committed already.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from candour.core.merkle import Frontier, leaf_hash
from candour.core.signing import canonical, digest, load_or_create_key, public_hex
from candour.journal import queries
from candour.journal.exports import append_heads
from candour.journal.models import Head, Installation

logger = logging.getLogger(__name__)

#: Version of the canonical form of heads, their first member.
FORM = 1
#: Version of the canonical form of entries, the first byte of it.
ENTRY_FORM = b"\x02"
#: Entries sealed by one signed head at most, so that a large import neither fills memory nor holds one transaction for minutes.
AT_MOST = 20_000
#: Name of the advisory lock: one sealer at a time, whichever process it runs in.
SEALER_LOCK = 0x43414E44
#: `previous` of the first head.
NO_HEAD = "0" * 64

#: The one spelling of an instant in signed bytes: UTC, six decimals. Done by the database, so that no instant is too odd to spell.
SPELLED = "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"
#: What a leaf covers, in the order of the canonical form; and the same as `Sealed` takes it.
COVERED = "e.id, e.at, e.written_at, e.actor, e.actor_name, e.act, e.reason, e.subject, e.key, e.op, e.old, e.new, e.simulated"
COLUMNS = COVERED.replace("e.at, e.written_at", "timestamptz_send(e.at), timestamptz_send(e.written_at)")
#: The same for the first form of entries.
SPELLED_COLUMNS = COVERED.replace("e.at, e.written_at", f"{SPELLED.format('e.at')}, {SPELLED.format('e.written_at')}")


class Sealed(NamedTuple):
    """The columns of an entry that its leaf covers, in the order of the canonical form.

    Instants are the eight bytes the server sends: microseconds since 2000-01-01 UTC, signed, so that none is too odd to be sealed.
    """

    id: int
    at: bytes
    written_at: bytes
    actor: str
    actor_name: str
    act: str
    reason: str
    subject: str
    key: str
    op: str
    old: str
    new: str
    simulated: bool


class BrokenTree(RuntimeError):
    """The last head does not fit the leaves; nothing is sealed until a person has looked. The message says what to run."""


def entry_bytes(entry: Sealed) -> bytes:
    """Canonical bytes of an entry: the form's version, then every column behind its length (four bytes, big-endian).

    A column is what the server itself sends in a binary COPY: whole numbers and instants in eight bytes, text in UTF-8, a truth in one.
    So a verifier hashes what it is sent, and nothing has to be spelled.
    """
    instants = (entry.id.to_bytes(8, signed=True), entry.at, entry.written_at)
    return ENTRY_FORM + b"".join(map(_column, (*instants, *(text.encode() for text in entry[3:12]), bytes([entry.simulated]))))


def _column(content: bytes) -> bytes:
    return len(content).to_bytes(4) + content


def entry_leaf(entry: Sealed) -> bytes:
    """Leaf hash of an entry (RFC 9162, 2.1.1)."""
    return leaf_hash(entry_bytes(entry))


def key_file() -> Path:
    """The signing key of this installation: a file, never a row."""
    return Path(settings.KEYS) / "journal.key"


def spelled_leaf(entry: Sequence[str | int]) -> bytes:
    """Leaf hash of the first form of entries, a JSON array; `entry` is as `SPELLED_COLUMNS` reads it. Development versions sealed so."""
    return leaf_hash(canonical([1, *entry]))


# --- Which entries are new -----------------------------------------------------------------------------------------------------------


@dataclass
class _Mark:
    """Every id up to `highest` was drawn by a transaction with a number below `before`."""

    highest: int
    before: int


@dataclass
class _Floor:
    """Where this process may start to look: every entry up to `sealed` has its leaf or was never committed.

    A transaction takes its number before its entries take their ids (journal_write). So once every transaction that had a number when
    an id was the highest has ended, and a seal has looked after that, nothing below that id can turn up any more. A process begins
    at nought, with one look at the whole table.
    """

    sealed: int = 0
    mark: _Mark | None = None

    def after(self, oldest_running: int, found_all: bool) -> int:
        """The floor that holds once a look that began after `oldest_running` was read has been committed."""
        if self.mark is not None and found_all and oldest_running >= self.mark.before:
            return self.mark.highest
        return self.sealed

    def rise(self, floor: int, highest: int, before: int) -> None:
        """Take the new floor; start a new mark when the old one has done its work."""
        if self.mark is None or floor >= self.mark.highest:
            self.mark = _Mark(highest, before) if highest > floor else None
        self.sealed = floor


_floor = _Floor()

_NEW = (
    f"SELECT {COLUMNS} FROM journal_entry e WHERE e.id > %s "  # noqa: S608 - a constant list of columns
    "AND NOT EXISTS (SELECT 1 FROM journal_leaf l WHERE l.entry_id = e.id) ORDER BY e.id LIMIT %s"
)


def forget_floor() -> None:
    """Make the next seal look at the whole table, as a fresh process does; needed after the tables were replaced (restore, tests)."""
    _floor.sealed, _floor.mark = 0, None


def _one(sql: str, *values: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.fetchone()[0])


def _new_entries(floor: int, at_most: int) -> list[Sealed]:
    with connection.cursor() as cursor:
        cursor.execute(_NEW, [floor, at_most])
        return [Sealed(*row) for row in cursor.fetchall()]


# --- The seal ------------------------------------------------------------------------------------------------------------------------


def seal(at_most: int = AT_MOST) -> Head | None:
    """Seal the oldest committed entries without a leaf; the new head, or None when there is nothing new or no installation yet.

    Entries get the next indexes in the order of their ids. The head is committed first and then appended to the file of heads; a crash
    between the two is made good by the next call. Raises BrokenTree when the last head does not fit the leaves.
    """
    head, _more = _seal(at_most)
    return head


def _seal(at_most: int) -> tuple[Head | None, bool]:
    """The new head, and whether there may be more to seal at once."""
    installation = queries.installation()
    if installation is None:
        return None, False
    with transaction.atomic(durable=True):
        _one("SELECT count(pg_advisory_xact_lock(%s))", SEALER_LOCK)
        oldest = _one("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        entries = _new_entries(_floor.sealed, at_most)
        head = _seal_entries(entries, installation) if entries else None
        floor = _floor.after(oldest, len(entries) < at_most)
        highest, before = _drawn(entries)
    _floor.rise(floor, highest, before)
    append_heads()
    return head, len(entries) == at_most


def _drawn(entries: list[Sealed]) -> tuple[int, int]:
    """The highest id seen, and our own transaction number, which is above that of everybody who had drawn an id up to it.

    Taking a number costs a little, so a look that found nothing takes none.
    """
    if not entries:
        return 0, 0
    return entries[-1].id, _one("SELECT pg_current_xact_id()::text::bigint")


def _seal_entries(entries: list[Sealed], installation: Installation) -> Head:
    last = queries.head_to_go_on_from()
    tree = _tree_of(last)
    leaves = [entry_leaf(entry) for entry in entries]
    with connection.cursor() as cursor, cursor.copy('COPY journal_leaf ("index", entry_id, hash) FROM STDIN') as copy:
        for index, (entry, leaf) in enumerate(zip(entries, leaves, strict=True), start=tree.size):
            copy.write_row((index, entry.id, leaf))
    tree.extend(leaves)
    return _write_head(tree, last, installation)


def _tree_of(last: Head | None) -> Frontier:
    """The tree as the last head left it. Raises BrokenTree when head and leaves do not belong together."""
    size = last.size if last else 0
    tree = Frontier.from_bytes(size, bytes(last.frontier)) if last else Frontier()
    leaves = _one('SELECT coalesce(max("index") + 1, 0) FROM journal_leaf')
    if leaves != size or (last is not None and tree.root().hex() != last.root):
        raise BrokenTree(
            f"The last head counts {size} entries, the tree {leaves}: run `candour journal verify`; nothing is sealed until then."
        )
    return tree


def _write_head(tree: Frontier, last: Head | None, installation: Installation) -> Head:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at = cursor.fetchone()[0]
    key = load_or_create_key(key_file())
    head = Head(size=tree.size, at=at, root=tree.root().hex(), previous=digest(last.signed.encode()) if last else NO_HEAD)
    head.signed = head_bytes(head, str(installation.uid), installation.demo).decode()
    head.signature = key.sign(head.signed.encode()).hex()
    head.public_key = public_hex(key)
    head.frontier = tree.to_bytes()
    head.save(force_insert=True)
    return head


def head_bytes(head: Head, uid: str, demo: bool) -> bytes:
    """The bytes under a head's signature."""
    told = {"v": FORM, "installation": uid, "demo": demo, "size": head.size, "root": head.root, "previous": head.previous}
    return canonical(told | {"at": head.at.astimezone(UTC).isoformat(timespec="microseconds")})


def seal_forever(stop: threading.Event, every: float) -> None:
    """Seal every `every` seconds until `stop` is set, then once more. A database that is away is tried again next time."""
    complaint = ""
    while True:
        last_round = stop.wait(every)
        try:
            while _seal(AT_MOST)[1]:
                continue
            complaint = ""
        except (DatabaseError, BrokenTree, OSError, ValueError) as error:
            if str(error) != complaint:  # one line, not one every few seconds
                # a database's words may quote a row
                logger.error("The journal was not sealed: %s", type(error).__name__ if isinstance(error, DatabaseError) else str(error))
            complaint = str(error)
            connection.close()
        if last_round:
            connection.close()
            return
