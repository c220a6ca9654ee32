"""What `candour doctor` looks at: each check is a name and a function that answers None or the fault as a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from candour.core.watches import WATCHES
from candour.project import database_checks
from candour.project.django_ready import with_django
from candour.project.errors import StartError

Finding = tuple[str, str | None]


def examine(data: Path) -> list[Finding]:
    """All checks in order; those that need the database are left out once it is known not to answer."""
    found: list[Finding] = [("data folder can be written", _writable(data)), ("keys are there and private", _keys(data / "keys"))]
    try:
        with with_django(data):
            found += _database()
    except StartError as error:
        found.append(("database answers", str(error)))
    return found


def _database() -> list[Finding]:
    fault = database_checks.reach_fault()
    if fault:
        return [("database answers", fault)]
    checks: list[tuple[str, Callable[[], str | None]]] = [
        ("database knows every script", database_checks.locale_fault),
        ("migrations are applied", database_checks.migration_fault),
    ]
    found: list[Finding] = [("database answers", None), *((name, check()) for name, check in checks)]
    if any(fault for _name, fault in found):
        return found  # the tables of the watch may not be there
    return [*found, *_time(), ("the watch goes round", _watch_fault()), *_past_limit()]


def _time() -> list[Finding]:
    from candour.project import clock_checks  # asks models, which are there only once Django is ready

    return [("clocks agree", clock_checks.clock_fault()), ("public holidays are known", clock_checks.holiday_fault())]


#: The watch goes round twice a minute.
SILENT_AFTER = timedelta(minutes=5)


def _watch_fault() -> str | None:
    """None while the watch goes round; before the first round it was never promised."""
    from candour.assurance.queries import last_round  # models need the settings of the folder that is examined
    from candour.journal.acting import database_now

    last = last_round()
    if last is None or database_now() - last.at <= SILENT_AFTER:
        return None
    return f"it last did at {last.at:%Y-%m-%d %H:%M} UTC, and since then nobody is told what is past its limit: start Candour's worker."


def _past_limit() -> list[Finding]:
    """Every open notice as a fault, in the words of its row of limits; without the provider's words, which may hold anything."""
    from candour.assurance.queries import open_notices  # models need the settings of the folder that is examined

    found: list[Finding] = []
    for notice in open_notices():
        watch = WATCHES[notice.watch]
        owner = notice.owner.name if notice.owner else f"whoever may {notice.act}"
        place = f" ({notice.market.upper()})" if notice.market else ""
        found.append((watch.title.rstrip(".") % notice.values + place, f"{watch.remedy} Owner: {owner}; {notice.hits} affected."))
    return found or [("nothing is past its limit", None)]


def _writable(data: Path) -> str | None:
    for folder in (data, data / "run", data / "logs"):
        if not os.access(folder, os.W_OK):
            return f"{folder} can't be written by this user: change its owner, or start as the user who created it."
    return None


def _keys(keys: Path) -> str | None:
    if not keys.is_dir() or not any(keys.iterdir()):
        return f"{keys} holds no keys: start Candour once, or bring the keys back from your backup."
    open_to_others = [path.name for path in (keys, *keys.iterdir()) if path.stat().st_mode & 0o077]
    return f"other users can read {', '.join(open_to_others)} in {keys}: run `chmod -R go= {keys}`." if open_to_others else None
