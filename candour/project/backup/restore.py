"""`candour restore`: everything is proven before anything is written, and again after it was written.

Order: the whole file and the copy of the keys are opened and compared with the manifest; the target must be empty and no older; then
papers and keys, the structure by Candour's own migrations, the rows in one transaction, their hashes, and `journal verify`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.errors import InsufficientPrivilege

from candour.core.key_copy import VAULT, KeyCopy, read_copy
from candour.core.sealed_file import NotOpened, SealedReader
from candour.project import folder
from candour.project.backup import papers, tables
from candour.project.backup.parts import proven_manifest, read_parts
from candour.project.errors import StartError

Progress = Callable[[str, int, int], None]
#: Names a data folder may hold and still be empty.
_NOTHING = {".cache", "cache", "run", "logs", "postgres", "postgres.location", "static"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What was proven: the file with its secret, its manifest, and the keys to put back."""

    file: Path
    secret: bytes
    manifest: dict[str, Any]
    keys: KeyCopy


@dataclass(slots=True)
class Restored:
    """What a restore did: rows and tables compared, keys put back, names that stay destroyed, cases whose key is in no copy."""

    rows: int = 0
    tables: int = 0
    keys: int = 0
    destroyed: int = 0
    differing: list[str] = field(default_factory=list)


def prove(file: Path, keys: Path, secret: bytes) -> Plan:
    """Open and compare everything; writes nothing. Raises NotOpened or StartError."""
    with file.open("rb") as opened:
        manifest = proven_manifest(SealedReader(opened, secret))
    if manifest["form"] != 1:
        raise StartError("A newer Candour made this backup: install that release, then restore.")
    if not keys.exists():
        raise StartError(f"The copy of the keys {keys} is not there: put it beside the backup, or name it with --keys.")
    copy = read_copy(keys, secret)
    if copy.installation != manifest["installation"]:
        raise StartError(f"{keys} holds the keys of another installation: name the copy that belongs to this backup with --keys.")
    if manifest["head"]["size"] and "journal.key" not in copy.keys:
        raise StartError(f"{keys} lacks the signing key of the journal: take another copy of the keys.")
    return Plan(file, secret, manifest, copy)


def require_empty_folder(data: Path) -> None:
    """Raise StartError unless the data folder is new."""
    if data.exists() and (there := sorted({path.name for path in data.iterdir()} - _NOTHING)):
        raise StartError(f"{data} is not empty (it has {', '.join(there[:3])}): name a new folder with --data.")


def require_fitting_server(conninfo: str, manifest: dict[str, Any]) -> None:
    """Raise StartError unless the database is empty and of the same or a newer major version."""
    try:
        db = psycopg.connect(conninfo)
    except psycopg.OperationalError as error:
        words = " ".join(str(error).split())
        raise StartError(f"The database can't be reached ({words}): start it, or correct DATABASE_URL.") from error
    with closing(db):
        require_major(db.info.server_version, manifest)
        if not tables.is_empty(db):
            raise StartError("The database is not empty and stays as it is: make a new, empty one and name it in DATABASE_URL.")


def require_major(server_version: int, manifest: dict[str, Any]) -> None:
    """Raise StartError when the server is older than the one the rows come from."""
    there, from_there = server_version // 10000, int(manifest["server"]) // 10000
    if there < from_there:
        raise StartError(f"The backup comes from PostgreSQL {from_there} and this server is {there}: restore to {from_there} or newer.")


def put_files_back(data: Path, plan: Plan) -> Restored:
    """Papers and keys, before the settings of the folder are read. A key that was destroyed stays destroyed."""
    done = Restored(destroyed=len(plan.keys.destroyed))
    (data / folder.UNFINISHED).touch()
    with plan.file.open("rb") as opened:
        for name, blocks in read_parts(SealedReader(opened, plan.secret)):
            if name.startswith("files/"):
                papers.put_back(data, name.removeprefix("files/"), b"".join(blocks))
    for name, value in plan.keys.keys.items():
        if name not in plan.keys.destroyed:
            papers.put_back(data, papers.key_path(name), value)
            done.keys += name.startswith(VAULT)
    if gone := plan.keys.destroyed:
        lines = "".join(json.dumps({"name": name, "at": at}) + "\n" for name, at in sorted(gone.items()))
        papers.put_back(data, "keys/destroyed.jsonl", lines.encode())
    return done


def require_known_structure(manifest: dict[str, Any], known: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The migrations the backup was made under. Raises StartError when this release lacks one."""
    wanted = [(app, name) for app, name in manifest["migrations"]]
    if lacking := [f"{app} {name}" for app, name in wanted if (app, name) not in known]:
        raise StartError(
            f"Candour {manifest['candour']} made this backup and this release lacks its {lacking[0]}: install that release or a newer one."
        )
    return wanted


def put_rows_back(conninfo: str, plan: Plan, done: Restored, progress: Progress) -> None:
    """Load every table in one transaction and compare each with its hash; nothing is kept when one differs. Raises StartError then."""
    wanted = plan.manifest["tables"]
    with closing(psycopg.connect(conninfo)) as db:
        db.execute(tables.SPELLING)
        db.commit()
        with db.transaction():
            there = {table.name for table in tables.tables(db)}
            if lacking := sorted(set(wanted) - there):
                raise StartError(f"This release has no table {lacking[0]}: install the release that made the backup.")
            switched_off = _without_triggers(db, sorted(there))
            for name in sorted(there):
                db.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
            _load(db, plan, progress)
            tables.set_sequences(db, {name: tuple(value) for name, value in plan.manifest["sequences"].items()})
            _compare(db, plan, done)
            if switched_off:
                db.execute("SET CONSTRAINTS ALL IMMEDIATE")
                _switch(db, sorted(there), "ENABLE")


def _without_triggers(db: Connection, names: list[str]) -> bool:
    """Rows come with their history, so no trigger may write a second one. True when triggers must be switched on again by hand.

    The whole session does without them where the role may say so; else the owner's triggers are switched off, and foreign keys wait.
    """
    try:
        with db.transaction():
            db.execute("SET LOCAL session_replication_role = replica")
        db.execute("SET LOCAL session_replication_role = replica")
    except InsufficientPrivilege:
        _switch(db, names, "DISABLE")
        db.execute("SET CONSTRAINTS ALL DEFERRED")
        return True
    return False


def _switch(db: Connection, names: list[str], how: str) -> None:
    for name in names:
        db.execute(sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(name), sql.SQL(how)))


def _load(db: Connection, plan: Plan, progress: Progress) -> None:
    number, wanted = 0, plan.manifest["tables"]
    with plan.file.open("rb") as opened:
        for name, blocks in read_parts(SealedReader(opened, plan.secret)):
            if name.startswith("rows/"):
                table = name.removeprefix("rows/")
                about = wanted[table]
                tables.copy_in(db, tables.Table(table, tuple(about["columns"]), tuple(about["key"])), blocks)
                number += 1
                progress("rows", number, len(wanted))


def _compare(db: Connection, plan: Plan, done: Restored) -> None:
    for name, about in plan.manifest["tables"].items():
        found, told = (
            tables.tally(db, tables.Table(name, tuple(about["columns"]), tuple(about["key"]))),
            plan.manifest["parts"][f"rows/{name}"],
        )
        if found.told() != told:
            raise NotOpened(f"The rows of {name} are not those of the backup after loading: nothing was kept; restore to another server.")
        done.rows += found.rows
        done.tables += 1
