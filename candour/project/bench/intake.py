"""Posts per second: taken in with and without screening beside raw COPY of the same rows, screened alone; and searches over them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import connection
from django.utils import timezone

from candour.channels.base import Page
from candour.core.terms import HeardPost
from candour.flows.receive import take_in
from candour.flows.releases import screening_release
from candour.journal.acting import acting
from candour.listening import actions as listening
from candour.listening import queries
from candour.listening.models import Intake
from candour.people.actions import machine
from candour.people.models import User
from candour.people.rights import held_by
from candour.project.bench import texts
from candour.project.bench.beside import Pairs, in_turns
from candour.project.bench.company import PRODUCTS, source
from candour.project.bench.figures import Figure, Part, latencies, rates, share
from candour.project.bench.ground import Ground
from candour.screening.engine import screen_text

#: Posts per transaction, as in an import.
BATCH = 2000
_TABLE = "listening_postversion"


def measure(place: Ground, reader: User, *, batches: int, size: int = BATCH, searches: int = 40) -> Part:
    """Take in up to `batches` batches; what the corpora don't fill, invented posts do. Leaves Django in the database of screened posts."""
    now = timezone.now()
    found = texts.folder()
    posts = list(_posts(found, now, batches * size))
    filled = [posts[start : start + size] for start in range(0, len(posts), size)]
    screened = _screening_alone(filled)
    alone = in_turns(place, "bench_stored", filled, lambda: _taking(now, screen=False))
    whole = in_turns(place, "bench_posts", filled, lambda: _taking(now, screen=True))
    part = Part("Posts taken in", _about(found, posts, size))
    part.rows += [*_beside("taken in, screening left out", alone, _ALONE), *_beside("taken in and screened, end to end", whole, _WHOLE)]
    part.rows.append(rates("screened alone", screened, "posts/s", "one process, no database"))
    part.rows.append(rates("opening a case each", _opening_cases(size // 10, now), "posts/s", _CASES))
    part.rows += _searches(reader, now, searches)
    return part


_ALONE = "one transaction per batch: clean, digest, tell apart from what is known, sketch, seal the author, store, intake, journal, cursor"
_WHOLE = "the same with screening, findings, reposts looked for, queues and cases"
_RAW = "the very rows of each batch, ready made, in one transaction: same tables, indexes, foreign keys and disk; batches in turns"


def _beside(what: str, pairs: Pairs, note: str) -> list[Figure]:
    """Four lines: ours, raw COPY of the same rows, what ours reaches of it by the clock, and by computing."""
    return [
        rates(what, pairs.ours, "posts/s", note),
        rates(f"{what}: raw COPY of the same rows", pairs.raw, "posts/s", _RAW),
        share(f"{what}: share of raw COPY", pairs.ours, pairs.raw, "batch by batch; the promise is 0.6 for the take-in itself"),
        share(f"{what}: share of raw COPY by computing", pairs.ours_computed, pairs.raw_computed, "client and session, whatever else ran"),
    ]


_CASES = "every post tells of a reaction to a product on an account of ours: case, key, evidence, duties, clocks, timeline"


def _about(found: object, posts: Sequence[HeardPost], size: int) -> str:
    invented = sum(post.remote_id.startswith("e7-") for post in posts)
    if found is None:
        said = f"{len(posts):,} invented posts; set {texts.VARIABLE} to a folder of `*.train.jsonl` to use corpora."
    else:
        said = f"{len(posts) - invented:,} posts of labelled corpora (English, Japanese) and {invented:,} invented ones."
    return f"{said} Batches of {size:,}.\n\n{_TURNS}"


#: What the two sides of a share are; the page says it above the table.
_TURNS = (
    "*Raw COPY* is the least that storing these posts can cost. Candour takes a batch in and commits; then a session that does "
    "nothing else sends the very rows it became, ready made, by two COPY in one transaction into a second database, which was "
    "copied from the first before the first batch and is filled by nothing else. So both sides write the same rows with the same "
    "ids into the same two tables (posts and their versions) in the same state, with every index (three of them for search and "
    "reposts), the generated search words, every constraint and foreign key, and both wait for the disk. Reading the rows, and the"
    " intake they belong to, is off the clock. *Screening left out* is the take-in itself: the source is held, posts are cleaned, "
    "digested and told apart from what is known, authors become keys and sealed handles, sketches for reposts are made, the intake"
    " with its root and its journal entry is written, and the source's cursor and heartbeat move, in one transaction. *End to end*"
    " screens every post as well, stores the findings, looks for reposts, puts posts into the queues and opens cases, also in one "
    "transaction. The share by computing counts what client and session computed, whatever else the machine did; by the clock the "
    "two overlap in Candour's take-in where a second core is free."
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


def _taking(now: datetime, *, screen: bool) -> Callable[[Sequence[HeardPost]], Intake]:
    """What takes a batch in, from a file's source in a fresh database; `screen` False leaves out screening and what follows from it."""
    by = machine("listener")
    where = source(by, "bench-import", ours=False)

    def alone(batch: Sequence[HeardPost]) -> Intake:
        with acting(by, "listen.receive", where.key):
            listening.hold(where)
            intake, stored = listening.store(where, batch, now)
            last = max((item.heard.published_at for item in stored), default=None)
            listening.heard_from(where, now, cursor="", last_post_at=last, stored=len(stored))
        return intake

    return (lambda batch: take_in(by, where, Page(tuple(batch), ""), now)) if screen else alone


def _opening_cases(count: int, now: datetime) -> list[float]:
    by = machine("listener")
    where = source(by, "bench-cases", ours=True)
    posts = list(texts.reactions(3 * count, PRODUCTS, now, seed=13))
    batches = [posts[start : start + count] for start in range(0, len(posts), count)]
    return _timed(batches, lambda batch: take_in(by, where, Page(tuple(batch), ""), now))


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
