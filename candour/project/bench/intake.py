"""Posts per second: taken in end to end, stored alone, screened alone, beside a bare COPY of the same rows; and searches over them."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from candour.channels.base import Page
from candour.core.terms import HeardPost
from candour.flows.receive import take_in
from candour.flows.releases import screening_release
from candour.journal.acting import acting
from candour.listening import actions as listening
from candour.listening import queries
from candour.people.actions import machine
from candour.people.models import User
from candour.people.rights import held_by
from candour.project.bench import texts
from candour.project.bench.company import PRODUCTS, source
from candour.project.bench.figures import Figure, Part, latencies, median, rates, ratio
from candour.project.bench.machine import computing
from candour.screening.engine import screen_text

#: Posts per transaction, as in an import.
BATCH = 2000
_TABLE = "listening_postversion"


def measure(reader: User, *, batches: int, size: int = BATCH, searches: int = 40) -> Part:
    """Take in up to `batches` batches; what the corpora don't fill, invented posts do."""
    now = timezone.now()
    found = texts.folder()
    posts = list(_posts(found, now, batches * size))
    filled = [posts[start : start + size] for start in range(0, len(posts), size)]
    screened = _screening_alone(filled)
    part = Part("Posts taken in", _about(found, posts, size))
    whole, computed = _taken_in(filled, now)
    part.rows.append(
        rates("taken in and screened, end to end", whole, "posts/s", "one transaction per batch: store, screen, queue, journal")
    )
    part.rows.append(rates("the same, per second of computing", computed, "posts", "this process and its database session"))
    stored = _stored_alone(filled, now)
    part.rows.append(rates("stored alone", stored, "posts/s", "the same rows and indexes, nothing screened"))
    same = _copied_into_the_same(size)
    part.rows.append(rates("COPY into the same two tables", same, "posts/s", "posts and versions, every index and foreign key"))
    part.rows.append(ratio("COPY into the same two tables against stored alone", [median(stored)], [median(same)], "how much faster"))
    part.rows.append(rates("screened alone", screened, "posts/s", "one process, no database"))
    part.rows += _against_copy(whole, size)
    part.rows.append(rates("opening a case each", _opening_cases(size // 10, now), "posts/s", _CASES))
    part.rows += _searches(reader, now, searches)
    return part


_CASES = "every post tells of a reaction to a product on an account of ours: case, key, evidence, duties, clocks, timeline"


def _about(found: object, posts: Sequence[HeardPost], size: int) -> str:
    if found is None:
        return f"{len(posts):,} invented posts in batches of {size:,}; set {texts.VARIABLE} to a folder of `*.train.jsonl` to use corpora."
    invented = sum(post.remote_id.startswith("e7-") for post in posts)
    return (
        f"{len(posts) - invented:,} posts of labelled corpora (English, Japanese) and {invented:,} invented ones, in batches of {size:,}."
    )


def _posts(found: object, now: datetime, count: int) -> Iterator[HeardPost]:
    corpora = texts.labelled(found, now) if found else iter(())  # type: ignore[arg-type]
    return itertools.islice(itertools.chain(corpora, texts.everyday(count, now)), count)


def _timed(batches: Sequence[Sequence[HeardPost]], act: Callable[[Sequence[HeardPost]], object]) -> list[float]:
    """Posts per second of each batch."""
    speeds = []
    for batch in batches:
        begin = time.perf_counter()
        act(batch)
        speeds.append(len(batch) / (time.perf_counter() - begin))
    return speeds


def _screening_alone(batches: Sequence[Sequence[HeardPost]]) -> list[float]:
    release = screening_release()
    return _timed(batches, lambda batch: [screen_text(release, post.text, post.lang) for post in batch])


def _taken_in(batches: Sequence[Sequence[HeardPost]], now: datetime) -> tuple[list[float], list[float]]:
    """Posts per second by the clock, and per second that this process and its database session computed."""
    by = machine("listener")
    where = source(by, "bench-import", ours=False)
    workers, computed = [os.getpid(), _session()], []

    def take(batch: Sequence[HeardPost]) -> None:
        begin = computing(workers)
        take_in(by, where, Page(tuple(batch), ""), now)
        computed.append(len(batch) / max(computing(workers) - begin, 0.01))

    return _timed(batches, take), computed


def _session() -> int:
    """Process number of the database session that serves this process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _stored_alone(batches: Sequence[Sequence[HeardPost]], now: datetime) -> list[float]:
    by = machine("listener")
    where = source(by, "bench-store", ours=False)

    def store(batch: Sequence[HeardPost]) -> None:
        with acting(by, "bench.store"):
            listening.store(where, batch, now)

    return _timed(batches, store)


def _opening_cases(count: int, now: datetime) -> list[float]:
    by = machine("listener")
    where = source(by, "bench-cases", ours=True)
    posts = list(texts.reactions(3 * count, PRODUCTS, now, seed=13))
    batches = [posts[start : start + count] for start in range(0, len(posts), count)]
    return _timed(batches, lambda batch: take_in(by, where, Page(tuple(batch), ""), now))


def _against_copy(whole: Sequence[float], size: int) -> list[Figure]:
    """The same rows by COPY into an empty table: without its indexes (the least any import can cost) and with them."""
    bare, indexed = _copied("INCLUDING DEFAULTS", size), _copied("INCLUDING DEFAULTS INCLUDING INDEXES", size)
    return [
        rates("bare COPY of the stored versions", bare, "posts/s", "no index, no check"),
        ratio("bare COPY against end to end", [median(whole)], [median(bare)], "how much faster"),
        rates("COPY with the table's indexes", indexed, "posts/s", "two of the indexes are for search, one for reposts"),
        ratio("COPY with indexes against end to end", [median(whole)], [median(indexed)], "how much faster"),
    ]


def _copied(including: str, size: int) -> list[float]:
    """Posts per second of three copies of one batch."""
    speeds = []
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY (SELECT * FROM {_TABLE} ORDER BY id LIMIT {size}) TO STDOUT") as out:  # noqa: S608  own names
            rows = b"".join(bytes(block) for block in out)
        for _ in range(3):
            cursor.execute(f"CREATE TABLE bench_copy (LIKE {_TABLE} {including})")
            begin = time.perf_counter()
            with transaction.atomic(), cursor.copy("COPY bench_copy FROM STDIN") as into:
                into.write(rows)
            speeds.append(cursor.rowcount / (time.perf_counter() - begin))
            cursor.execute("DROP TABLE bench_copy")
    return speeds


_NEWEST = f"(SELECT * FROM {_TABLE} ORDER BY id DESC LIMIT %s) v"  # noqa: S608  own name
_POSTS = f"(SELECT * FROM listening_post WHERE id IN (SELECT post_id FROM {_NEWEST})) p"  # noqa: S608  own names


def _copied_into_the_same(size: int) -> list[float]:
    """Posts per second of three times the newest `size` posts, taken out and put back by COPY; everything is rolled back."""
    speeds = []
    with connection.cursor() as cursor:
        kept = [(table, _bytes_of(cursor, rows % size)) for table, rows in (("listening_post", _POSTS), (_TABLE, _NEWEST))]
        for _ in range(3):
            with transaction.atomic():
                cursor.execute(f"CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT id, post_id FROM {_NEWEST % size}")  # noqa: S608
                cursor.execute(f"DELETE FROM {_TABLE} WHERE id IN (SELECT id FROM gone)")  # noqa: S608  own name
                cursor.execute("DELETE FROM listening_post WHERE id IN (SELECT post_id FROM gone)")
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
                speeds.append(size / _seconds_of_copying(kept))
                transaction.set_rollback(True)
    return speeds


def _bytes_of(cursor: CursorWrapper, rows: str) -> bytes:
    with cursor.copy(f"COPY (SELECT * FROM {rows}) TO STDOUT") as out:  # noqa: S608  own names
        return b"".join(bytes(block) for block in out)


def _seconds_of_copying(kept: Sequence[tuple[str, bytes]]) -> float:
    begin = time.perf_counter()
    with connection.cursor() as cursor:
        for table, rows in kept:
            with cursor.copy(f"COPY {table} FROM STDIN") as into:
                into.write(rows)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the foreign keys, which otherwise wait for the commit
    return time.perf_counter() - begin


def _searches(reader: User, now: datetime, times: int) -> list[Figure]:
    held = held_by(reader, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(f"SELECT count(*) FROM {_TABLE}")  # noqa: S608  own name
        count = cursor.fetchone()[0]

    def by_words(words: str) -> Callable[[], object]:
        return lambda: list(queries.search(held, words=words, since=None, before=None)[:51])

    def by_letters() -> object:
        found = queries.versions_visible_to(held).filter(text__contains="igr").order_by("-published_at", "-id")
        return list(found[:51])

    over = f"first 51 of {count:,} posts, as far as the reader may see them"
    return [
        latencies("search: a German word", _asked(by_words("Kopfschmerzen"), times), over),
        latencies("search: a product name", _asked(by_words(PRODUCTS[0]), times), over),
        latencies(
            "search: three letters inside a word", _asked(by_letters, times), f"{over}; by the trigram index, no screen offers it yet"
        ),
    ]


def _asked(ask: Callable[[], object], times: int) -> list[float]:
    """Seconds per question; the first one, which warms up, does not count."""
    ask()
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - begin)
    return seconds
