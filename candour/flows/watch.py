"""The round of the watch: what is past its limit takes its way out, and what only a person can end is told to one person, once.

A notice opens with its cause, is seen again as long as the cause stands, and closes by itself when it is gone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, transaction

from candour.assurance import actions
from candour.assurance.actions import Hit, Settled
from candour.core.states import PublicationState
from candour.core.watches import WATCHES, span
from candour.flows import outbox, past_limit, past_limit_machine, publish
from candour.flows.outcome import where
from candour.journal.acting import acting
from candour.messages.models import Publication
from candour.people.models import User
from candour.training import actions as training
from candour.training.models import Attempt

log = logging.getLogger(__name__)

Finder = Callable[[datetime], Iterable[Hit]]

#: Every finder with the watches whose notices it opens; a finder that broke closes none of them.
FINDERS: dict[str, tuple[Finder, tuple[str, ...]]] = {
    "publications": (past_limit.publications, ("publication.",)),
    "drifts": (past_limit.drifts, ("drift.",)),
    "claims": (past_limit.claims, ("claim.",)),
    "extensions": (past_limit.extensions, ("extension.",)),
    "withdrawals": (past_limit.withdrawals, ("step.",)),
    "sources": (past_limit.sources, ("source.", "gap.")),
    "drafts": (past_limit.drafts, ("draft.",)),
    "seals": (past_limit.seals, ("seal.",)),
    "filings": (past_limit.filings, ("filing.",)),
    "duties": (past_limit.duties, ("duty.",)),
    "cases": (past_limit.cases, ("case.",)),
    "posts": (past_limit.posts, ("post.",)),
    "invitations": (past_limit.invitations, ("invitation.",)),
    "mails": (outbox.late, ("mail.",)),
    "jobs": (past_limit_machine.jobs, ("job.",)),
    "sealing": (past_limit_machine.unsealed, ("journal.unsealed",)),
    "folder": (past_limit_machine.folder, ("journal.heads", "disk.")),
}
#: What more than one finder may tell of: closed only after a round in which all of them looked.
SHARED = ("place.fault", "watch.broken")
#: What a finder may meet in the data it reads; anything else ends the round, which is seen by its silence.
_FAULTS = (DatabaseError, LookupError, ValueError, TypeError, AttributeError)


def go_round(by: User, now: datetime) -> Settled | None:
    """One round; None when another one is under way. Safe to run at any time, in any number of processes."""
    take_ways(by, now)
    with acting(by, "watch.round"):
        if not actions.alone():
            return None
        hits, looked_at = look(now)
        return actions.settle(_with_owners(hits), looked_at, now)


def look(now: datetime) -> tuple[list[Hit], set[str]]:
    """Everything past its limit, and the watches that were looked at to the end. A finder that breaks is itself told."""
    hits: list[Hit] = []
    sound: set[str] = set()
    for name, (find, _told) in FINDERS.items():
        try:
            with transaction.atomic():
                hits += list(find(now))
            sound.add(name)
        except _FAULTS as error:
            log.error("The watch over %s looked at nothing: %s", name, where(error))
            hits.append(Hit(watch="watch.broken", cause=f"watch.broken:{name}", since=now, act="system.mend", values={"task": name}))
    return hits, _looked_at(sound)


def _looked_at(sound: set[str]) -> set[str]:
    told = tuple(prefix for name, (_find, prefixes) in FINDERS.items() if name in sound for prefix in prefixes)
    seen = {key for key in WATCHES if key.startswith(told)}
    return seen | set(SHARED) if len(sound) == len(FINDERS) else seen


def _with_owners(hits: list[Hit]) -> list[Hit]:
    """Who has left or is a machine owns nothing: then the holders of the right do."""
    named = {hit.owner_id for hit in hits if hit.owner_id}
    here = set(User.objects.filter(pk__in=named, is_active=True, is_machine=False).values_list("pk", flat=True))
    return [hit if hit.owner_id in here else replace(hit, owner_id=None) for hit in hits]


def take_ways(by: User, now: datetime) -> int:
    """The ways out that need no person: one step per account and state, runs and uploads left lying are ended; returns how many."""
    taken = sum(_step(by, row, now) for row in _one_per_account(now))
    taken += end_attempts(by, now) + end_uploads(now) + past_limit_machine.forget_failed_jobs(now)
    return taken


def _one_per_account(now: datetime) -> list[Publication]:
    """One late publication of each account and state, so that a place that hangs is asked once a round."""
    first: dict[tuple[int, str], Publication] = {}
    for row in past_limit.late_publications(now):
        first.setdefault((row.account_id, row.state), row)
    return list(first.values())


def _step(by: User, row: Publication, now: datetime) -> bool:
    if row.state in (PublicationState.HELD, PublicationState.SENDING, PublicationState.UNKNOWN):
        return publish.send_one(by, row.pk, now)
    if row.state in (PublicationState.SENT, PublicationState.LIVE):
        return publish.read_back(by, row, now) is not None
    return False


def end_attempts(by: User, now: datetime) -> int:
    """Close runs through a course that nobody went on with, as not passed; what was read stays read. Returns how many."""
    with acting(by, "training.lapse"):
        left = Attempt.objects.select_for_update(no_key=True, skip_locked=True).filter(finished_at=None)
        rows = list(left.filter(started_at__lte=now - span("attempt.open")).order_by("pk")[: past_limit.MOST])
        for attempt in rows:
            training.finish(attempt, right=0, passed=False, at=now)
    return len(rows)


def end_uploads(now: datetime) -> int:
    """Take away uploaded files that nobody imported: they may hold personal data. Returns how many."""
    folder, oldest = Path(settings.DATA) / "imports", (now - span("upload.waiting")).timestamp()
    left = [file for file in folder.glob("*") if file.is_file() and file.stat().st_mtime < oldest] if folder.is_dir() else []
    for file in left:
        file.unlink(missing_ok=True)
    return len(left)
