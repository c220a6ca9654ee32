"""Do the rows of the regulated tables say what the journal last knew of them?

Most rows have one entry, which put them in, and still have its very text: the database finds those that have not. The entries of these
are replayed row by row beside the table itself, both in the order of the key, some thousands at a time, so that memory stays small.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext as _
from psycopg import Connection, sql

from candour.journal.verify_guards import triggers
from candour.journal.verify_report import Kind, Report
from candour.journal.verify_tables import REGULATED

Columns = dict[str, object]
BATCH = 2000


class Known(NamedTuple):
    """The last the journal knows of a row; `columns` is None after its deletion."""

    key: str
    columns: Columns | None
    entry: int


class Change(NamedTuple):
    """One entry about a row."""

    key: str
    entry: int
    op: str
    old: str
    new: str


def check_rows(db: Connection, report: Report) -> None:
    """Compare every regulated table with the journal."""
    _rows_count, single = _keys(db, "journal_entry")
    for table, left_out in regulated(db).items():
        if db.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
            words = _("The table %(table)s is gone: restore it from a backup.")
            report.add(Kind.TABLE_MISSING, table, words % {"table": table})
        else:
            _check_table(db, table, left_out, single, report)


def regulated(db: Connection) -> dict[str, tuple[str, ...]]:
    """Regulated tables with the columns left out: those listed in code, and those a trigger of the database names."""
    named = {table: found.guard.arguments for (table, name), found in triggers(db).items() if name == "journal_record"}
    return dict(sorted((named | REGULATED).items()))


def _check_table(db: Connection, table: str, left_out: tuple[str, ...], single: bool, report: Report) -> None:
    gone: set[str] = set()
    names = _columns(db, table)
    number, single_here = _keys(db, table)
    report.rows += number
    for known, row in _pairs(db, table, left_out, single and single_here, report):
        expected = known.columns if known else None
        if expected is not None:
            gone |= expected.keys() - names
        _compare(table, known, expected, row, report)
    for column in sorted(gone - set(left_out)):
        words = _("The journal knows a column %(column)s of %(table)s that the table no longer has.")
        report.notes.append(words % {"column": column, "table": table})


def _columns(db: Connection, table: str) -> set[str]:
    found = db.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped", [table])
    return {name for (name,) in found}


Row = tuple[str, Columns]

#: Keys of rows that need a closer look: those that are not word for word what their one entry put in.
_ODD = """
SELECT odd FROM (
  SELECT coalesce(e.key, t.id::text) COLLATE "C" AS odd
    FROM (SELECT key, op, new FROM journal_entry WHERE subject = %(table)s AND op IN ('I', 'U', 'D')) e
    FULL JOIN {table} t ON t.id::text = e.key
   WHERE {row}::text IS DISTINCT FROM e.new OR e.op <> 'I'
   UNION SELECT key COLLATE "C" FROM journal_entry WHERE subject = %(table)s GROUP BY key HAVING count(*) > 1) found
 ORDER BY odd
"""
_ROW = {False: "to_jsonb(t)", True: "(to_jsonb(t) - %(left_out)s::text[])"}


def _pairs(
    db: Connection, table: str, left_out: tuple[str, ...], single: bool, report: Report
) -> Iterator[tuple[Known | None, Row | None]]:
    """What is known of each row that is to be looked at, and what is there."""
    if not single:
        yield from _side_by_side(_known(db, table, None, report), _rows(db, table, left_out, None))
        return
    query = sql.SQL(_ODD).format(table=sql.Identifier(table), row=sql.SQL(_ROW[bool(left_out)]))
    with db.cursor(name="odd") as cursor:
        cursor.execute(query, {"table": table, "left_out": list(left_out)})
        while keys := [key for (key,) in cursor.fetchmany(BATCH)]:
            yield from _side_by_side(_known(db, table, keys, report), _rows(db, table, left_out, keys))


def _keys(db: Connection, table: str) -> tuple[int, bool]:
    """How many rows there are, and whether each has a key of its own.

    Twins could hide behind each other where keys are joined; there can be some once a primary key was dropped.
    """
    row = db.execute(sql.SQL("SELECT count(*), count(DISTINCT id) FROM {}").format(sql.Identifier(table))).fetchone()
    number, different = row or (0, 0)
    return number, number == different


def _side_by_side(known: Iterator[Known], rows: Iterator[Row]) -> Iterator[tuple[Known | None, Row | None]]:
    """Pair what is known with what is there; both come in the order of their keys."""
    left, right = next(known, None), next(rows, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left.key < right[0]):
            yield left, None
            left = next(known, None)
        elif left is None or right[0] < left.key:
            yield None, right
            right = next(rows, None)
        else:
            yield left, right
            left, right = next(known, None), next(rows, None)


def _compare(table: str, known: Known | None, expected: Columns | None, row: Row | None, report: Report) -> None:
    names = {"table": table, "key": known.key if known else row[0] if row else "", "entry": known.entry if known else 0}
    where = f"{table} {names['key']}"
    if row is None and expected is not None:
        words = _("The row %(key)s of %(table)s is gone; the journal knows no deletion of it (its last entry is %(entry)s).")
        report.add(Kind.ROW_DELETED, where, words % names)
    elif row is not None and expected is None:
        words = _("The row %(key)s of %(table)s is there, but the journal knows of no such row: it was put in behind the journal's back.")
        report.add(Kind.ROW_INSERTED, where, words % names)
    elif row is not None and expected is not None:
        changed = sorted(column for column, value in expected.items() if column in row[1] and row[1][column] != value)
        if changed:
            words = _(
                "The row %(key)s of %(table)s was changed behind the journal's back: %(columns)s differ from what entry %(entry)s left."
            )
            report.add(Kind.ROW_CHANGED, where, words % (names | {"columns": ", ".join(changed)}))


_THERE = """
SELECT t.id::text, (to_jsonb(t) - %(left_out)s::text[])::text FROM {table} t
 WHERE %(keys)s::text[] IS NULL OR t.id::text = ANY(%(keys)s::text[]) ORDER BY t.id::text COLLATE "C"
"""


def _rows(db: Connection, table: str, left_out: tuple[str, ...], keys: list[str] | None) -> Iterator[Row]:
    """Rows of a table in the order of their keys: those named, or all."""
    query = sql.SQL(_THERE).format(table=sql.Identifier(table))
    with db.cursor(name="rows") as cursor:
        cursor.itersize = BATCH
        for key, columns in cursor.execute(query, {"left_out": list(left_out), "keys": keys}):
            yield key, _parsed(columns)


_CHANGES = """
SELECT key, id, op, old, new FROM journal_entry
 WHERE subject = %(subject)s AND op IN ('I', 'U', 'D') AND (%(keys)s::text[] IS NULL OR key = ANY(%(keys)s::text[]))
 ORDER BY key COLLATE "C", id
"""


def _known(db: Connection, table: str, keys: list[str] | None, report: Report) -> Iterator[Known]:
    with db.cursor(name="changes") as cursor:
        cursor.itersize = BATCH
        changes = (Change(*row) for row in cursor.execute(_CHANGES, {"subject": table, "keys": keys}))
        for key, of_one_row in groupby(changes, key=lambda change: change.key):
            yield _replay(table, key, of_one_row, report)


def _replay(table: str, key: str, changes: Iterator[Change], report: Report) -> Known:
    """The state after the last entry. An entry whose `old` is not what the one before left betrays a change in between."""
    state: Columns | None = None
    entry = 0
    for change in changes:
        old, new = _parsed(change.old), _parsed(change.new)
        _check_step(table, change, state, old, report)
        entry = change.entry
        if change.op == "D":
            state = None
        elif change.op == "I" or state is None:
            state = new
        else:
            state = state | new
    return Known(key, state, entry)


def _check_step(table: str, change: Change, state: Columns | None, old: Columns, report: Report) -> None:
    names = {"table": table, "key": change.key, "entry": change.entry}
    where = f"{table} {change.key}, entry {change.entry}"
    if change.op == "I":
        if state is not None:
            words = _("Entry %(entry)s puts in the row %(key)s of %(table)s, which was there: it was deleted without a record.")
            report.add(Kind.ROW_CHANGED_BETWEEN, where, words % names)
        return
    if state is None:
        words = _("Entry %(entry)s changes the row %(key)s of %(table)s, which the journal did not know: it was put in without a record.")
        report.add(Kind.ROW_CHANGED_BETWEEN, where, words % names)
        return
    changed = sorted(column for column, value in old.items() if column in state and state[column] != value)
    if changed:
        words = _("Before entry %(entry)s the row %(key)s of %(table)s was changed without a record: %(columns)s.")
        report.add(Kind.ROW_CHANGED_BETWEEN, where, words % (names | {"columns": ", ".join(changed)}))


def _parsed(text: str) -> Columns:
    """Columns from their JSON text; numbers with a point stay as they are written. Unreadable text counts as a column of its own."""
    if not text:
        return {}
    try:
        columns = json.loads(text, parse_float=str)
    except ValueError:
        return {"?": text}
    return columns if isinstance(columns, dict) else {"?": text}
