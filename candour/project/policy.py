"""What a migration may not do, so that the release before can go on beside the new one: first expand, a release later contract.

A refusal names the migration and the way that is allowed. The rules and their reasons stand in docs/operate.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint
from django.db import models
from django.db.migrations import operations as o
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

#: Table -> columns that the code of the release before names in its statements.
Needed = Mapping[str, Mapping[str, Any]]

_QUIET = (
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    AddConstraintNotValid,
    ValidateConstraint,
    o.AlterModelOptions,
    o.AlterModelManagers,
)
_NAME = r'(?:IF EXISTS |IF NOT EXISTS |ONLY )*"?(?P<table>\w+)"?'
#: What SQL may not do to a table that the release before uses, with what to do instead.
_STATEMENTS = {
    rf"^DROP TABLE {_NAME}": "drop it a release later, once no running code names it",
    rf"^ALTER TABLE {_NAME}.*\bDROP COLUMN\b": "drop it a release later, once no running code names it",
    rf"^ALTER TABLE {_NAME}.*\bRENAME\b": "add the new name beside the old one and drop the old a release later",
    rf"^ALTER TABLE {_NAME}.*\b(SET NOT NULL|TYPE)\b": "add a new column instead, fill it in batches, and change over a release later",
    rf"^ALTER TABLE {_NAME}.*\bADD COLUMN\b(?=.*\bNOT NULL\b)(?!.*\bDEFAULT\b)": "give it a DEFAULT, or let it be NULL",
    rf"^ALTER TABLE {_NAME}.*\bADD CONSTRAINT\b(?!.*\bNOT VALID\b)": "add it NOT VALID and validate it in a migration of its own",
    rf"^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY).*?\bON {_NAME}": "create it CONCURRENTLY in a migration with atomic = False",
    rf"^(TRUNCATE|LOCK|CLUSTER|VACUUM FULL)( TABLE)? {_NAME}": "do without: it stops everybody who reads the table",
    rf"^UPDATE {_NAME} SET\b(?!.*\bWHERE\b)": "fill in batches from a job, not all rows in one transaction",
}


def refusals(migration: Migration, before: ProjectState, needed: Needed) -> list[str]:
    """What this migration does that the release before would not survive; `before` is the state in front of it (it is moved on)."""
    found = []
    for operation in migration.operations:
        found += [f"{migration.app_label}.{migration.name}: {why}" for why in _refused(operation, migration.app_label, before, needed)]
        operation.state_forwards(migration.app_label, before)
    return found


def _refused(operation: Operation, app: str, before: ProjectState, needed: Needed) -> Iterator[str]:
    if isinstance(operation, o.SeparateDatabaseAndState):
        for inner in operation.database_operations:
            yield from _refused(inner, app, before, needed)
    elif isinstance(operation, o.RunSQL):
        parts = [operation.sql] if isinstance(operation.sql, str) else operation.sql
        for part in parts:  # a statement, or a statement with its values
            yield from _refused_sql(str(part if isinstance(part, str) else part[0]), needed)
    elif not isinstance(operation, (o.CreateModel, o.RunPython, *_QUIET)):
        table = _table(operation, app, before)
        if table in needed:
            yield from _refused_change(operation, table, before, app, needed[table])


def _table(operation: Any, app: str, before: ProjectState) -> str:
    name = getattr(operation, "model_name", None) or getattr(operation, "old_name", None) or operation.name
    state = before.models.get((app, name.lower()))
    if state is None:
        return ""
    return str(state.options.get("db_table") or f"{app}_{name.lower()}")


def _refused_change(operation: Any, table: str, before: ProjectState, app: str, columns: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(operation, o.AddField):
        yield from _refused_addition(operation, table)
    elif isinstance(operation, o.AlterField):
        yield from _refused_alteration(operation, table, before.models[app, operation.model_name.lower()].fields[operation.name])
    elif isinstance(operation, o.RemoveField):
        if operation.name in columns or f"{operation.name}_id" in columns:
            yield f"column {operation.name} of {table} is still read: first a release that does not name it (state only), then drop it"
    elif isinstance(operation, o.RenameField | o.RenameModel | o.AlterModelTable | o.DeleteModel):
        yield f"{table} or a column of it gets another name or goes: add the new one beside it, and drop the old a release later"
    elif isinstance(operation, o.AddIndex):
        yield f"an index of {table} locks out every writer: AddIndexConcurrently in a migration with atomic = False"
    elif isinstance(operation, o.AddConstraint):
        yield f"a constraint of {table} locks everybody out while all rows are read: AddConstraintNotValid, then ValidateConstraint"
    elif not isinstance(operation, o.RemoveIndex | o.RemoveConstraint | o.RenameIndex):
        yield f"{type(operation).__name__} of {table} is not known to be safe: say in the policy why it is, or do without"


def _refused_addition(operation: o.AddField, table: str) -> Iterator[str]:
    field = operation.field
    if not (field.null or field.has_db_default() or field.many_to_many):
        yield f"column {operation.name} of {table} has no default in the database: give it db_default, or null=True"
    if field.db_index or field.unique:
        yield f"column {operation.name} of {table} comes with an index: db_index=False, then AddIndexConcurrently"


def _refused_alteration(operation: o.AlterField, table: str, old: models.Field) -> Iterator[str]:
    new = operation.field
    if old.null and not new.null:
        yield f"column {operation.name} of {table} becomes NOT NULL: a CHECK ... NOT VALID first, the rest a release later"
    if (new.unique and not old.unique) or (new.db_index and not old.db_index):
        yield f"column {operation.name} of {table} gets an index: make it CONCURRENTLY first"
    if not _is_widened(old, new):
        yield f"column {operation.name} of {table} changes its type: add a new column beside it"


def _is_widened(old: models.Field, new: models.Field) -> bool:
    """The same kind, or text that may become longer: neither rewrites the table nor refuses what the old code writes."""
    if isinstance(new, models.TextField) and isinstance(old, models.CharField):
        return True
    if type(old) is not type(new):
        return False
    return (new.max_length or 1 << 30) >= (old.max_length or 1 << 30)


def _refused_sql(sql: str, needed: Needed) -> Iterator[str]:
    outside = re.sub(r"\$(\w*)\$.*?\$\1\$", "''", re.sub(r"--[^\n]*", "", sql), flags=re.DOTALL)  # bodies of functions run later
    for statement in (" ".join(part.split()) for part in outside.split(";")):
        for pattern, instead in _STATEMENTS.items():
            match = re.match(pattern, statement, re.IGNORECASE)
            if match and match["table"].lower() in needed:
                yield f"`{statement[:60]}`: {instead}"
