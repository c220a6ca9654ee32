"""Taking posts in beside raw COPY: batch by batch in turns, the same rows into the same two tables of a database in the same state."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import psycopg
from django.db import connection

from candour.core.terms import HeardPost
from candour.listening.copying import columns
from candour.listening.models import Intake, Post, PostVersion
from candour.project.bench.ground import Ground
from candour.project.bench.machine import computing

Done = TypeVar("Done")
Rows = tuple[str, bytes]

_VERSIONS = "SELECT {} FROM listening_postversion WHERE intake_id = {} ORDER BY id"
_POSTS = (
    "SELECT {} FROM listening_post WHERE id IN (SELECT post_id FROM listening_postversion WHERE intake_id = {} AND number = 1) ORDER BY id"
)
_NAME = "SELECT set_config('candour.actor', '1', false)"


@dataclass(slots=True)
class Pairs:
    """Posts per second of each batch, taken in and by raw COPY: by the clock, and per second that client and session computed."""

    ours: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)
    ours_computed: list[float] = field(default_factory=list)
    raw_computed: list[float] = field(default_factory=list)


def in_turns(
    place: Ground, name: str, batches: Iterable[Sequence[HeardPost]], ready: Callable[[], Callable[[Sequence[HeardPost]], Intake]]
) -> Pairs:
    """Take each batch in, then copy the rows it became into the twin; both sides commit, and both wait for the disk.

    `ready` prepares the fresh database and answers what takes a batch in; its twin is made after that. The twin's rows come ready made:
    reading them, and the intake they point at, is off the clock. Foreign keys are checked on both sides, at the commit.
    """
    place.fresh(name)
    take = ready()
    pairs = Pairs()
    with _session(place.twin(f"{name}_twin")) as twin:
        for batch in batches:
            workers = [os.getpid(), _server_process()]
            intake, seconds, computed = _clocked(workers, lambda batch=batch: take(batch))
            _note(pairs.ours, pairs.ours_computed, intake.stored, seconds, computed)
            rows = _rows(intake)
            _copy(twin, rows[:1])
            _done, seconds, computed = _clocked([os.getpid(), twin.info.backend_pid], lambda rows=rows: _copy(twin, rows[1:]))
            _note(pairs.raw, pairs.raw_computed, intake.stored, seconds, computed)
    return pairs


def _clocked(workers: Sequence[int], act: Callable[[], Done]) -> tuple[Done, float, float]:
    computed, begin = computing(workers), time.perf_counter()
    done = act()
    return done, time.perf_counter() - begin, computing(workers) - computed


def _note(clock: list[float], computed: list[float], posts: int, seconds: float, spent: float) -> None:
    clock.append(posts / seconds)
    computed.append(posts / max(spent, 0.01))  # the kernel counts in hundredths


@contextmanager
def _session(address: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(address, autocommit=True) as db:
        db.execute(_NAME)
        yield db


def _server_process() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _rows(intake: Intake) -> list[Rows]:
    """The batch as COPY writes it: its intake, its new posts, its versions."""
    return [
        _read(Intake, f"SELECT {{}} FROM listening_intake WHERE id = {intake.pk}"),  # noqa: S608  own names
        _read(Post, _POSTS.format("{}", intake.pk)),
        _read(PostVersion, _VERSIONS.format("{}", intake.pk)),
    ]


def _read(model: type[Intake | Post | PostVersion], query: str) -> Rows:
    listed = ", ".join(columns(model))
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query.format(listed)}) TO STDOUT") as out:
        return f"{model._meta.db_table} ({listed})", b"".join(bytes(block) for block in out)


def _copy(db: psycopg.Connection, rows: Sequence[Rows]) -> None:
    with db.transaction(), db.cursor() as cursor:
        for table, written in rows:
            with cursor.copy(f"COPY {table} FROM STDIN") as into:
                into.write(written)
