"""`candour backup`: one instant of the database and the papers, sealed; the keys beside it in the one copy there is of them."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.errors import UndefinedTable

from candour.core.key_copy import keys_held, owner_of, read_copy, write_copy
from candour.core.sealed_file import NotOpened, SealedWriter
from candour.project.backup import papers, tables
from candour.project.backup.parts import write_manifest, write_part
from candour.project.errors import StartError

FORM = 1
KEYS_NAME = "candour.keys"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a backup holds: rows, tables, the newest head, bytes of the file, and how many keys stand in the copy of the keys."""

    rows: int
    tables: int
    head: int
    size: int
    keys: int


def save(data: Path, conninfo: str, target: Path, keys: Path, secret: bytes, progress: Progress) -> Saved:
    """Write `target`, a new file, and replace `keys`. Raises StartError when `target` exists or `keys` belongs to somebody else.

    The keys are read after the snapshot was taken, so that none the rows need is missing.
    """
    if target.exists():
        raise StartError(f"{target} exists and stays as it is: name a new file.")
    half = target.with_name(f".{target.name}.half")
    try:
        with closing(tables.snapshot(conninfo)) as db:
            manifest = _about(db)
            _refuse_foreign(keys, manifest["installation"], secret)
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                sealed = SealedWriter(file, secret)
                _write(db, data, sealed, manifest, progress)
                sealed.close()
                file.flush()
                os.fsync(file.fileno())
        copied = _copy_keys(data, keys, secret, manifest["installation"])
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    rows = sum(part["rows"] for part in manifest["parts"].values() if "rows" in part)
    return Saved(rows, len(manifest["tables"]), manifest["head"]["size"], target.stat().st_size, copied)


def _refuse_foreign(keys: Path, installation: str, secret: bytes) -> None:
    if not keys.exists():
        return
    if owner_of(keys) != installation:
        raise StartError(f"{keys} holds the keys of another installation: name another file with --keys.")
    try:
        read_copy(keys, secret)
    except NotOpened:
        raise StartError(f"{keys} does not open with this passphrase: give the one it was made with, or name a new file.") from None


def _about(db: Connection) -> dict[str, Any]:
    """What the restore must know: whose, when, from which server and structure, up to which head."""
    try:
        row = db.execute("SELECT uid::text, demo, clock_timestamp()::text FROM journal_installation").fetchone()
    except UndefinedTable:
        row = None
    if row is None:
        raise StartError("There is no installation in this database yet: start Candour once, then back it up.")
    head = db.execute("SELECT size, root, signed FROM journal_head ORDER BY size DESC LIMIT 1").fetchone() or (0, "", "")
    applied = db.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return {
        "form": FORM,
        "candour": importlib.metadata.version("candour-hub"),
        "installation": row[0],
        "demo": row[1],
        "made_at": row[2],
        "server": db.info.server_version,
        "migrations": [list(pair) for pair in applied],
        "head": dict(zip(("size", "root", "signed"), head, strict=True)),
        "sequences": tables.sequences(db),
        "tables": {table.name: {"columns": table.columns, "key": table.key} for table in tables.tables(db)},
        "parts": {},
    }


def _write(db: Connection, data: Path, sealed: SealedWriter, manifest: dict[str, Any], progress: Progress) -> None:
    found = tables.tables(db)
    for name, content in papers.papers(data, manifest["head"]["size"]):
        _part(sealed, manifest, f"files/{name}", iter([content]), rows=False)
    for number, table in enumerate(found, 1):
        _part(sealed, manifest, f"rows/{table.name}", tables.copy_out(db, table), rows=True)
        progress("tables", number, len(found))
    write_manifest(sealed, manifest)


def _part(sealed: SealedWriter, manifest: dict[str, Any], name: str, blocks: Iterator[bytes], *, rows: bool) -> None:
    tally = tables.Tally()
    write_part(sealed, name, tally.over(blocks))
    told = tally.told()
    manifest["parts"][name] = told if rows else {"bytes": told["bytes"], "sha256": told["sha256"]}


def _copy_keys(data: Path, target: Path, secret: bytes, installation: str) -> int:
    """Replace the copy of the keys; an erasure waits meanwhile, so that no copy brings back what it takes away."""
    from candour.journal.destroyed import destroyed, remember_copy  # needs the settings of this data folder

    folder = data / "keys"
    with keys_held(folder):
        gone = destroyed()
        if target.exists():
            gone |= read_copy(target, secret).destroyed
        copy = papers.keys(folder, installation, dict(gone))
        write_copy(target, secret, copy)
        remember_copy(target.resolve())
    return len(copy.keys)
