"""Writes of assurance: the charter of a pilot, and the notices of the watch. Called inside a named act."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from candour.assurance.models import Notice, Pilot, WatchRound
from candour.people.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterFacts:
    """What one page says of a pilot: why, for whom, where, how much a day, what stops it, what is measured, when it is decided."""

    name: str
    hypothesis: str
    target_group: str
    accounts: str
    daily_cap: int
    stop_rules: str
    measures: str
    decision_on: date


def write_charter(owner: User, facts: CharterFacts, at: datetime) -> Pilot:
    """A pilot begins with its charter."""
    return Pilot.objects.create(owner=owner, started_at=at, **asdict(facts))


def change_charter(pilot: Pilot, facts: CharterFacts) -> None:
    """Write what differs; the journal keeps what the charter said before."""
    changed = [name for name, value in asdict(facts).items() if getattr(pilot, name) != value]
    if changed:
        for name in changed:
            setattr(pilot, name, getattr(facts, name))
        pilot.save(update_fields=changed)


#: Objects a notice names; the others are only counted.
NAMED = 5
#: Name of the advisory lock: one round of the watch at a time, whichever process it runs in.
WATCH_LOCK = 0x57415443


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One object past its limit. Hits with the same `cause` are one matter: one notice, for the owner of the first of them.

    `thing` is [kind, key, label] for the link to it. `values`, `problem` and `thing` hold no words of a person outside the company.
    """

    watch: str
    cause: str
    since: datetime
    owner_id: int | None = None
    act: str = ""
    market: str = ""
    account: str = ""
    values: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    provider_words: str = ""
    thing: tuple[str, str, str] = ("", "", "")


class Settled(NamedTuple):
    """What a round changed, and how many notices are open after it."""

    opened: int
    closed: int
    open: int


def alone() -> bool:
    """Take the watch for the rest of the transaction; False when another round has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [WATCH_LOCK])
        return bool(cursor.fetchone()[0])


def settle(hits: Iterable[Hit], looked_at: Collection[str], now: datetime) -> Settled:
    """Bring the open notices to what was found: one per cause, seen again where it is still so, closed where it is gone.

    Only notices of the watches in `looked_at` are closed: what could not be looked at is not gone. Call alone.
    """
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.cause[:240], []).append(hit)
    standing = {notice.cause: notice for notice in Notice.objects.select_for_update(no_key=True).filter(resolved_at=None)}
    gone = [notice for cause, notice in standing.items() if cause not in found and notice.watch in looked_at]
    fresh = [_notice(cause, group, now) for cause, group in found.items() if cause not in standing]
    Notice.objects.bulk_create(fresh, batch_size=500)
    for cause, notice in standing.items():
        if cause in found:
            _see_again(notice, found[cause], now)
    for notice in gone:
        notice.resolved_at = notice.last_seen_at = now
        notice.save(update_fields=["resolved_at", "last_seen_at"])
    still = len(standing) - len(gone) + len(fresh)
    WatchRound.objects.update_or_create(id=1, defaults={"at": now, "open_notices": still})
    return Settled(len(fresh), len(gone), still)


def _notice(cause: str, group: list[Hit], now: datetime) -> Notice:
    notice = Notice(cause=cause, first_seen_at=now, last_seen_at=now, since=min(hit.since for hit in group))
    for name, value in (_told(group) | _counted(group)).items():
        setattr(notice, name, value)
    return notice


def _see_again(notice: Notice, group: list[Hit], now: datetime) -> None:
    """Counting leaves no entry in the journal; another owner or other words of the provider do."""
    told = _told(group)
    changed = {name: value for name, value in told.items() if getattr(notice, name) != value}
    for name, value in (changed | _counted(group) | {"last_seen_at": now}).items():
        setattr(notice, name, value)
    notice.save(update_fields=[*changed, "hits", "things", "last_seen_at"])


def _told(group: list[Hit]) -> dict[str, Any]:
    first = min(group, key=lambda hit: hit.since)
    names = ("watch", "owner_id", "act", "market", "account", "values", "provider_words")
    return {name: getattr(first, name) for name in names} | {"problem": first.problem[:300]}


def _counted(group: list[Hit]) -> dict[str, Any]:
    things = list(dict.fromkeys(hit.thing for hit in sorted(group, key=lambda hit: hit.since) if hit.thing[0]))
    return {"hits": len(group), "things": [list(thing) for thing in things[:NAMED]]}
