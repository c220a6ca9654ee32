"""A batch of posts as rows of two tables: plain values that go to the server by COPY; a model object only of what somebody looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import connection

from candour.core.likeness import sketch
from candour.core.terms import HeardPost
from candour.journal.keys import month_key, pseudonym, vault
from candour.listening.copying import copy_rows, draw_ids, names
from candour.listening.hearing import Learned, News
from candour.listening.models import Intake, Post, PostVersion, Source


class StoredPost:
    """A post of a batch by its id and author; `row` is made when somebody asks, and is then one object for the whole batch."""

    def __init__(self, pk: int, author_key: str, *, values: Sequence[object] = (), row: Post | None = None) -> None:
        self.pk, self.author_key, self._values = pk, author_key, values
        if row is not None:
            self.row = row

    @cached_property
    def row(self) -> Post:
        return Post.from_db(connection.alias, names(Post), self._values)


class Stored:
    """A new version and the post it is of; `fresh` is False for an edit of a post already known.

    `version` and `post` are the stored rows, made when somebody asks: most posts of a batch are never looked at again.
    """

    def __init__(
        self, of: StoredPost, heard: HeardPost, *, fresh: bool, pk: int, values: Sequence[object] = (), version: PostVersion | None = None
    ) -> None:
        self.of, self.heard, self.fresh, self.pk, self._values = of, heard, fresh, pk, values
        if version is not None:
            self.version = version

    @classmethod
    def again(cls, version: PostVersion, heard: HeardPost) -> Stored:
        """A version stored before, as if it were heard for the first time now."""
        of = StoredPost(version.post.pk, version.post.author_key, row=version.post)
        return cls(of, heard, fresh=True, pk=version.pk, version=version)

    @property
    def post(self) -> Post:
        return self.of.row

    @cached_property
    def version(self) -> PostVersion:
        made = PostVersion.from_db(connection.alias, names(PostVersion), self._values)
        made.post = self.post
        return made


@dataclass(frozen=True, slots=True)
class Batch:
    """What the versions of one batch share. `known` are the posts that are edited, by remote id."""

    source: Source
    intake: Intake
    now: datetime
    known: Mapping[str, Post]


def store_rows(batch: Batch, news: Sequence[News], learned: Sequence[Learned]) -> list[Stored]:
    """Store the versions and the posts they are the first of, in their order: two COPY and two statements for ids, however many rows."""
    posts = _store_posts(batch, [item.heard for item in news if item.number == 1])
    posts |= {remote_id: StoredPost(row.pk, row.author_key, row=row) for remote_id, row in batch.known.items()}
    ids, key = draw_ids(PostVersion, len(news)), month_key(batch.now)
    sealed = vault().close_all(key, [item.heard.author for item in news])
    stored: list[Stored] = []
    copy_rows(PostVersion, _sent(zip(ids, news, learned, sealed, strict=True), batch, posts, key, stored))
    return stored


def _store_posts(batch: Batch, heard: Sequence[HeardPost]) -> dict[str, StoredPost]:
    key = batch.source.key
    rows: list[tuple[object, ...]] = []
    posts = {}
    for pk, post in zip(draw_ids(Post, len(heard)), heard, strict=True):
        author_key = pseudonym(key, post.author.strip() or post.remote_id)  # an anonymous author is a new person each time
        values = (pk, batch.source.pk, post.remote_id, author_key, batch.now, None, False, None, 0)
        posts[post.remote_id] = StoredPost(pk, author_key, values=values)
        rows.append(values)
    copy_rows(Post, rows)
    return posts


def _sent(
    told: Iterable[tuple[int, News, Learned, bytes]], batch: Batch, posts: Mapping[str, StoredPost], key: str, stored: list[Stored]
) -> Iterator[tuple[object, ...]]:
    """Rows as they are sent; what was stored is appended to `stored` on the way. The server takes the first in while the next are made."""
    for pk, item, learned, author in told:
        of = posts[item.heard.remote_id]
        values = (pk, of.pk, *_version(batch, item, learned, author, key))
        stored.append(Stored(of, item.heard, fresh=item.number == 1, pk=pk, values=values))
        yield (*values[:-2], f"{{{','.join(map(str, values[-2]))}}}", None)  # a list is spelled here, much quicker than by the driver


def _version(batch: Batch, item: News, told: Learned, author: bytes, key: str) -> tuple[object, ...]:
    """Every column of a version behind its id and its post."""
    heard, now = item.heard, batch.now
    return (
        item.number,
        batch.intake.pk,
        now,
        min(heard.published_at, now),
        heard.text,
        told.lang,
        heard.extra.get("market", batch.source.market)[:8],
        heard.thread,
        heard.in_reply_to,
        heard.url,
        author,
        key,
        heard.raw,
        item.digest,
        heard.deleted,
        told.products[:200],
        told.unscreened,
        sketch(heard.text),
        None,
    )
