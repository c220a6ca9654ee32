"""Are the triggers still there, switched on, and do they still do what they did?"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from django.utils.translation import gettext as _
from psycopg import Connection

from candour.journal.verify_report import Kind, Report
from candour.journal.verify_tables import FUNCTIONS, Guard, guards

_TRIGGERS = """
SELECT c.relname, t.tgname, p.proname, t.tgtype, encode(t.tgargs, 'escape'), t.tgenabled, t.tgqual IS NOT NULL
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
"""
_FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname = ANY(%s)"
_RULES = """
SELECT c.relname, r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
 WHERE r.rulename <> '_RETURN' AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%s)
"""


class Trigger(NamedTuple):
    """A trigger as the database has it; `fires` when (pg_trigger.tgtype), `conditional` when it has a WHEN clause."""

    guard: Guard
    enabled: str
    conditional: bool


def triggers(db: Connection) -> dict[tuple[str, str], Trigger]:
    """Every trigger of the schema by table and name."""
    found = {}
    for table, name, function, fires, arguments, enabled, conditional in db.execute(_TRIGGERS):
        parts = tuple(arguments.split("\\000")[:-1])
        found[table, name] = Trigger(Guard(table, name, function, fires, parts), enabled, conditional)
    return found


def check_guards(db: Connection, report: Report) -> None:
    """Name every guard that is gone, switched off or altered."""
    there = triggers(db)
    for guard in guards():
        _check_guard(guard, there.get((guard.table, guard.trigger)), report)
    for table, rule in db.execute(_RULES, [sorted({guard.table for guard in guards()})]):
        words = _(
            "The table %(table)s has a rule “%(rule)s” that can lead writes past the journal: the database administrator must drop it."
        )
        report.add(Kind.GUARD_CHANGED, table, words % {"table": table, "rule": rule})
    _check_functions(db, report)


def _check_guard(guard: Guard, found: Trigger | None, report: Report) -> None:
    names = {"table": guard.table, "trigger": guard.trigger}
    if found is None:
        words = _("The table %(table)s has lost its trigger %(trigger)s: writes were possible without a record.")
        report.add(Kind.GUARD_MISSING, guard.table, words % names)
    elif found.enabled not in ("O", "A"):
        words = _("The trigger %(trigger)s of the table %(table)s is switched off: writes are possible without a record.")
        report.add(Kind.GUARD_DISABLED, guard.table, words % names)
    elif found.guard != guard or found.conditional:
        words = _("The trigger %(trigger)s of the table %(table)s is not the one Candour made: compare it with the migrations.")
        report.add(Kind.GUARD_CHANGED, guard.table, words % names)


def function_digests(db: Connection) -> dict[str, str]:
    """SHA-256 of the source of each function the guards call."""
    return {name: hashlib.sha256(source.encode()).hexdigest() for name, source in db.execute(_FUNCTIONS, [list(FUNCTIONS)])}


def _check_functions(db: Connection, report: Report) -> None:
    found = function_digests(db)
    for name, digest in FUNCTIONS.items():
        if found.get(name) != digest:
            words = _("The database function %(name)s is not the one Candour made: compare it with the migrations.")
            report.add(Kind.GUARD_CHANGED, name, words % {"name": name})
