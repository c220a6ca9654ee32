"""Files come in: judged row by row before anything is written, and taken in so that a second time changes nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.utils.text import slugify
from django.utils.translation import gettext as _

from candour.channels.base import Page
from candour.channels.file_import import EXCHANGE, BadRow, ImportProfile, read_posts
from candour.core.states import SourceState
from candour.core.terms import HeardPost
from candour.flows.answers import Refusal
from candour.flows.gate import ask
from candour.flows.receive import take_in
from candour.journal.acting import acting
from candour.listening.hearing import content_digest, storable
from candour.listening.models import PostVersion, Source
from candour.people.models import User

#: Posts per transaction; a killed import loses at most one batch, and the next run takes it in again.
BATCH = 2000
#: Rows of each answer that a preview shows.
SHOWN = 200
#: Letters of a text that a preview shows.
TITLE = 160

NEW, SAME, CHANGED, REFUSED = "new", "same", "changed", "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file and what would become of it. `changes` are (field, old, new); `why` says what to correct."""

    line: int
    status: str
    title: str
    changes: tuple[tuple[str, str, str], ...] = ()
    why: str = ""


@dataclass(slots=True)
class Preview:
    """Every row counted, the first of each answer shown; rows in = new + same + changed + refused."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((NEW, SAME, CHANGED, REFUSED), 0))
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.counts[row.status] += 1
        if self.counts[row.status] <= SHOWN:
            self.rows.append(row)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def to_write(self) -> int:
        return self.counts[NEW] + self.counts[CHANGED]


@dataclass(frozen=True, slots=True)
class Step:
    """How far an import of posts has come: rows read so far, and whether the file ended."""

    done: int
    stored: int
    known: int
    refused: int
    ended: bool


def file_source_key(market: str, origin: str) -> str:
    """The same origin and market always mean the same source, so that a file taken in twice meets its own posts."""
    return f"file-{market or 'all'}-{slugify(origin) or 'posts'}"[:80]


def file_source(by: User, market: str, origin: str, now: datetime) -> Source:
    """The source that stands for files of one origin; made at the first import. Not under our responsibility, and never overdue."""
    ask(by, "listen.receive" if by.is_machine else "post.import", market, now)
    key = file_source_key(market, origin)
    with acting(by, "listen.add_source", origin[:120]):
        values = {"name": origin[:120], "kind": "file", "market": market, "expected_minutes": 0, "state": SourceState.LISTENING.value}
        return Source.objects.get_or_create(key=key, defaults=values)[0]


def preview_posts(path: Path, market: str, origin: str, now: datetime, *, profile: ImportProfile = EXCHANGE) -> Preview:
    """Judge every row against what is stored; writes nothing. Raises ChannelError when the file can't be read at all."""
    source = Source.objects.filter(key=file_source_key(market, origin)).first()
    preview, known = Preview(), _Known(source)
    for number, batch in enumerate(_batches(read_posts(path, profile, now=now), BATCH)):
        known.look_up([storable(post).remote_id for post in batch if isinstance(post, HeardPost)])
        for place, post in enumerate(batch, start=number * BATCH + 1):
            preview.add(_refused(post) if isinstance(post, BadRow) else _judged(place, post, known))
    return preview


def _batches(rows: Iterable[HeardPost | BadRow], size: int) -> Iterator[tuple[HeardPost | BadRow, ...]]:
    rows = iter(rows)
    while batch := tuple(itertools.islice(rows, size)):
        yield batch


class _Known:
    """Versions stored before and those of the rows above, by remote id: what `listening.store` will know when it comes to a row."""

    def __init__(self, source: Source | None) -> None:
        self.source, self.digests, self.texts = source, dict[str, set[str]](), dict[str, str]()

    def look_up(self, remote_ids: list[str]) -> None:
        """Fetch the stored versions of one batch."""
        if self.source is None:
            return
        rows = PostVersion.objects.filter(post__source=self.source, post__remote_id__in=remote_ids).order_by("number")
        for remote_id, digest, text in rows.values_list("post__remote_id", "digest", "text"):
            self.add(remote_id, digest, text)

    def add(self, remote_id: str, digest: str, text: str) -> None:
        self.digests.setdefault(remote_id, set()).add(digest)
        self.texts[remote_id] = text[:TITLE]


def _refused(row: BadRow) -> Row:
    why = _(row.template) % row.params if row.template else row.why
    return Row(row.line_number, REFUSED, row.raw[:TITLE].decode("utf-8", "replace"), why=why)


def _judged(place: int, post: HeardPost, known: _Known) -> Row:
    remote_id, digest, title = storable(post).remote_id, content_digest(post), post.text[:TITLE]
    before, text = known.digests.get(remote_id), known.texts.get(remote_id, "")
    if before and digest in before:
        return Row(place, SAME, title)
    known.add(remote_id, digest, post.text)
    return Row(place, CHANGED, title, changes=((_("text"), text, title),)) if before else Row(place, NEW, title)


def take_posts(
    by: User,
    path: Path,
    source: Source,
    now: datetime,
    *,
    name: str,
    profile: ImportProfile = EXCHANGE,
    after: int = 0,
    steps: int | None = None,
    size: int = BATCH,
    progress: Callable[[int], None] | None = None,
) -> Step:
    """Take the rows behind `after` in, `size` at a time, each batch whole or not at all; at most `steps` batches.

    What is stored already is counted as known, so that a run may be repeated from any place. One intake, and with it one entry of the
    journal with the batch's root, stands for each batch.
    """
    rows = itertools.islice(read_posts(path, profile, now=now, progress=progress), after, None)
    done, stored, known, refused, ended = after, 0, 0, 0, True
    for number, batch in enumerate(_batches(rows, size)):
        if steps is not None and number >= steps:
            ended = False
            break
        posts = tuple(post for post in batch if isinstance(post, HeardPost))
        intake = take_in(by, source, Page(posts, source.cursor), now, refused=len(batch) - len(posts), name=name)
        done, stored, known, refused = done + len(batch), stored + intake.stored, known + intake.known, refused + intake.refused
    return Step(done, stored, known, refused, ended)


def refuse_empty(preview: Preview) -> None:
    """An import that would write nothing is told so instead of being run."""
    if not preview.to_write:
        raise Refusal(_("Every row is here already or was refused; there is nothing to import."), status=409)
