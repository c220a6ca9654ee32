"""`candour journal verify`: does everything still agree - rows, entries, leaves, tree, heads, the file of heads, and a copy kept elsewhere?

It reads one snapshot of the database on connections of its own and changes nothing. The tree is walked here; rows and kept bytes, which
the database compares, are asked for in threads beside it, so that every core has work.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from psycopg import Connection, IsolationLevel, sql

from candour.journal.exports import heads_file as own_heads_file
from candour.journal.sealing import key_file
from candour.journal.verify_contents import check_contents, check_posts
from candour.journal.verify_guards import check_guards
from candour.journal.verify_heads import Seat, heads_of_database, heads_of_file, public_key
from candour.journal.verify_report import Kind, Problem, Progress, Report
from candour.journal.verify_rows import check_rows
from candour.journal.verify_tree import Book, check_tree

__all__ = ["Kind", "Problem", "Report", "verify"]

#: Seconds to wait for the sealer to append a head it has just committed.
PATIENCE = 3.0
#: The spelling of instants and bytes that entries were written with; then what suits questions that read whole tables to their end.
_SETTINGS = {"timezone": "UTC", "bytea_output": "hex", "work_mem": "64MB", "jit": "off", "cursor_tuple_fraction": "1.0"}


def verify(heads_file: Path | None = None, progress: Progress | None = None, *, only_entries: bool = False) -> Report:
    """Compare everything; `heads_file` is a copy of the heads kept elsewhere, older or newer than the database.

    `only_entries` leaves out what the journal guards - rows and kept bytes - and says so in a note: it proves that the record itself is
    whole, not that the tables agree with it.

    Raises FileNotFoundError when there is no such copy. Memory does not grow with the number of entries.
    """
    if heads_file is not None and not heads_file.is_file():
        raise FileNotFoundError(heads_file)
    report, told = Report(), progress or _silent
    written = _length(own_heads_file())  # before the snapshot: every line up to here is of a head that was committed
    beside = () if only_entries else _ASIDE
    with _snapshot() as db, ThreadPoolExecutor(len(_ASIDE)) as threads:
        shared = _exported(db)
        asides = [threads.submit(_aside, check, shared, get_language()) for check in beside]
        with _snapshot(shared) as stream:
            seat = _seat(db, report)
            books = _books(db, written, heads_file, seat, report)
            check_tree(db, stream, heads_of_database(db, seat, report), books, report, told)
        check_guards(db, report)
        for number, aside in enumerate(asides, start=1):
            report.take(aside.result())
            told("tables", number, len(asides))
    if only_entries:
        report.notes.append(_("Rows and kept bytes were not compared with the entries this time."))
    return report


#: What needs nothing of the tree.
_ASIDE: tuple[Callable[[Connection, Report], None], ...] = (check_rows, check_posts, check_contents)


def _aside(check: Callable[[Connection, Report], None], shared: str, language: str | None) -> Report:
    """The report of one check on a connection of its own; sentences in the language of the thread that asked."""
    report = Report()
    with _snapshot(shared) as db, override(language):
        check(db, report)
    return report


def _silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@contextmanager
def _snapshot(shared: str | None = None) -> Iterator[Connection]:
    """A read-only transaction that sees one instant of the database, whatever is written meanwhile; `shared` names that of another."""
    ours = ("context", "cursor_factory", "prepare_threshold")  # of the web framework, not of the server
    parameters = {name: value for name, value in connection.get_connection_params().items() if name not in ours}
    with psycopg.connect(**parameters) as db:
        db.isolation_level, db.read_only = IsolationLevel.REPEATABLE_READ, True
        if shared is not None:
            db.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(shared)))
        for name, value in _SETTINGS.items():
            db.execute(sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        yield db


def _exported(db: Connection) -> str:
    """The name under which a second connection sees the same instant."""
    row = db.execute("SELECT pg_export_snapshot()").fetchone()
    return str(row[0]) if row else ""


def _seat(db: Connection, report: Report) -> Seat:
    row = db.execute("SELECT uid::text, demo FROM journal_installation").fetchone()
    uid, demo = row or ("", False)
    key = public_key(key_file())
    if key is None and db.execute("SELECT 1 FROM journal_head LIMIT 1").fetchone():
        words = _("The signing key of this installation is missing (keys/journal.key): restore it from a backup of the data folder.")
        report.add(Kind.KEY_MISSING, "keys/journal.key", words)
    return Seat(uid, demo, key)


def _books(db: Connection, written: int, copy: Path | None, seat: Seat, report: Report) -> list[Book]:
    books = []
    own = own_heads_file()
    last = db.execute("SELECT signed FROM journal_head ORDER BY size DESC LIMIT 1").fetchone()
    if own.is_file():
        until = _end_of(own, last[0], written) if last else written
        books.append(Book("heads.jsonl", True, heads_of_file(own, "heads.jsonl", seat, report, until)))
    elif last is not None:
        words = _("The file of heads (journal/heads.jsonl in the data folder) is gone.")
        report.add(Kind.HEADS_FILE_MISSING, "heads.jsonl", words)
    if copy is not None:
        books.append(Book(copy.name, False, heads_of_file(copy, copy.name, seat, report)))
    return books


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _end_of(path: Path, signed: str, written: int) -> int:
    """The byte at which the line of the newest head of the snapshot ends, or `written` when it comes earlier or not at all.

    A head is committed before it is appended, so the sealer gets a moment to do so.
    """
    words, end = json.dumps(signed, ensure_ascii=False).encode(), time.monotonic() + PATIENCE
    while True:
        with path.open("rb") as file:
            begin = file.seek(max(0, written - 8192))
            found = file.read()
        at = found.find(words)
        if at >= 0 or time.monotonic() > end:
            break
        time.sleep(0.1)
    return max(written, begin + found.find(b"\n", at) + 1) if at >= 0 else written
