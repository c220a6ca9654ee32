"""What is past its limit in the machinery: background work, the sealing of the journal, the folder and the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Max
from procrastinate.contrib.django.models import ProcrastinateEvent

from candour.assurance.actions import Hit
from candour.core.watches import span
from candour.journal.models import Entry, Leaf

#: Below this share and size the disk counts as nearly full.
DISK_SHARE, DISK_BYTES = 0.05, 500_000_000
#: A failed piece of work is told for this long after its last failure; then its row is taken away.
TELL_FAILED = timedelta(hours=1)
_BEGAN = {"todo": ("job.todo", ("deferred", "deferred_for_retry", "scheduled")), "doing": ("job.doing", ("started",))}


def jobs(now: datetime) -> Iterator[Hit]:
    """Work not begun in time, running too long, or failed a short while ago; one matter per kind of work."""
    for status, (watch, events) in _BEGAN.items():
        began = ProcrastinateEvent.objects.filter(job__status=status, type__in=events)
        rows = began.values("job_id", "job__task_name", "job__scheduled_at").annotate(last=Max("at")).filter(last__lte=now - span(watch))
        for row in rows[:1000]:
            if row["job__scheduled_at"] is None or row["job__scheduled_at"] <= now - span(watch):
                yield _job(watch, row["job__task_name"], row["last"])
    failed = ProcrastinateEvent.objects.filter(job__status="failed", type="failed", at__gt=now - TELL_FAILED)
    for task, at in failed.order_by("at").values_list("job__task_name", "at")[:1000]:
        yield _job("job.failed", task, at)


def _job(watch: str, task: str, since: datetime) -> Hit:
    return Hit(watch=watch, cause=f"{watch}:{task}", since=since, act="system.mend", values={"task": task})


def forget_failed_jobs(now: datetime) -> int:
    """Take away rows of work that failed a while ago; what it was to do is found again by the rounds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs j WHERE j.status = 'failed' AND NOT EXISTS "
            "(SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > %s)",
            [now - TELL_FAILED],
        )
        return cursor.rowcount


def unsealed(now: datetime) -> Iterator[Hit]:
    """The oldest entry above the last sealed one, when it has waited too long."""
    last = Leaf.objects.order_by("-index").values_list("entry_id", flat=True).first() or 0
    at = Entry.objects.filter(pk__gt=last).order_by("pk").values_list("written_at", flat=True).first()
    if at is not None and at <= now - span("journal.unsealed"):
        yield Hit(watch="journal.unsealed", cause="journal.unsealed", since=at, act="system.mend")


def folder(now: datetime) -> Iterator[Hit]:
    """The file of heads that can't be written, and a disk without room."""
    data = Path(settings.DATA)
    heads = data / "journal" / "heads.jsonl"
    if not os.access(heads if heads.exists() else heads.parent if heads.parent.exists() else data, os.W_OK):
        yield Hit(watch="journal.heads", cause="journal.heads", since=now, act="system.mend")
    room = shutil.disk_usage(data)
    if room.free < max(min(room.total * DISK_SHARE, DISK_BYTES * 10), DISK_BYTES):
        yield Hit(watch="disk.full", cause="disk.full", since=now, act="system.mend")
