"""Rows of every table as text, in the order of their keys, inside one snapshot; and back again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg import Connection, IsolationLevel, sql

#: Left empty by a restore: who was signed in, who had a page open, and a queue whose every round finds its work again.
TRANSIENT = frozenset({"django_session", "cases_presence", "people_challenge", "people_signedin"})
TRANSIENT_PREFIX = "procrastinate_"
#: Written by the migrations themselves.
OWN = "django_migrations"

_TABLES = """
SELECT c.relname,
       array(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attname),
       array(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
              WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY a.attname)
  FROM pg_class c
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 ORDER BY c.relname
"""
_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() ORDER BY sequencename"
#: The text of every value must not depend on who asks.
SPELLING = (
    "SET timezone = 'UTC'; SET bytea_output = 'hex'; SET datestyle = 'ISO'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = 1"
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the columns that are kept and those of its key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


def snapshot(conninfo: str) -> Connection:
    """A connection that sees one instant of the database and can change nothing; the caller closes it."""
    db = psycopg.connect(conninfo)
    db.execute(SPELLING)
    db.commit()
    db.isolation_level, db.read_only = IsolationLevel.REPEATABLE_READ, True
    return db


def tables(db: Connection) -> list[Table]:
    """Every table whose rows are kept, by name."""
    found = (Table(name, tuple(columns), tuple(key)) for name, columns, key in db.execute(_TABLES).fetchall())
    return [table for table in found if table.name not in TRANSIENT | {OWN} and not table.name.startswith(TRANSIENT_PREFIX)]


def copy_out(db: Connection, table: Table) -> Iterator[bytes]:
    """The rows as COPY text, ordered by key, so that equal rows give equal bytes on every server."""
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    order = sql.SQL(", ").join(sql.SQL('{}::text COLLATE "C"').format(sql.Identifier(name)) for name in table.key or table.columns)
    if table.key == ("id",):
        order = sql.SQL("id")
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(columns, sql.Identifier(table.name), order)
    with db.cursor() as cursor, cursor.copy(statement) as rows:
        for block in rows:
            yield bytes(block)


def copy_in(db: Connection, table: Table, blocks: Iterable[bytes]) -> None:
    """Put the rows into the table."""
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    with db.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)) as rows:
        for block in blocks:
            rows.write(block)


@dataclass(slots=True)
class Tally:
    """Counts rows and bytes that pass and hashes them."""

    rows: int = 0
    bytes: int = 0
    digest: str = ""

    def over(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The same blocks; the tally is complete when they are all taken. A newline inside a value is escaped, so lines are rows."""
        hashed = hashlib.sha256()
        for block in blocks:
            hashed.update(block)
            self.rows += block.count(b"\n")
            self.bytes += len(block)
            yield block
        self.digest = hashed.hexdigest()

    def told(self) -> dict[str, object]:
        return {"rows": self.rows, "bytes": self.bytes, "sha256": self.digest}


def tally(db: Connection, table: Table) -> Tally:
    """Count and hash what stands in the table now."""
    found = Tally()
    for _block in found.over(copy_out(db, table)):
        continue
    return found


def sequences(db: Connection) -> dict[str, tuple[int, bool]]:
    """Where every sequence stands: its last number and whether that was given out."""
    names = [name for (name,) in db.execute(_SEQUENCES).fetchall() if not name.startswith(TRANSIENT_PREFIX) and not name.startswith(OWN)]
    found = {}
    for name in names:
        row = db.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(name))).fetchone()
        found[name] = (int(row[0]), bool(row[1])) if row else (1, False)
    return found


def set_sequences(db: Connection, values: dict[str, tuple[int, bool]]) -> None:
    """Let every sequence go on where it stood."""
    for name, (last, called) in values.items():
        db.execute("SELECT setval(quote_ident(%s)::regclass, %s, %s)", [name, last, called])


def is_empty(db: Connection) -> bool:
    """Is there no table, view or sequence of anybody in the schema?"""
    row = db.execute(
        "SELECT 1 FROM pg_class c WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') "
        "AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') LIMIT 1"
    ).fetchone()
    return row is None
