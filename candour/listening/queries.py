"""Reads of listening: posts as far as the reader may see them, the queue of posts to judge, and when sources were last heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.contrib.postgres.search import SearchQuery
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, TextField

from candour.core.states import SourceState
from candour.core.triage import SAFETY_THRESHOLD
from candour.listening.models import Gap, Intake, Judgement, Post, PostFinding, PostVersion, Source
from candour.people.prepared import Given, Prepared
from candour.people.rights import Held, Place, Sides, visible

#: Search looks this far back unless the reader widens it (design, decision 9).
SEARCH_DAYS = 90

#: A post has no brand side: it may name several products, so any grant for its market covers it.
VERSION_SIDES = Sides(market="market", account="post__source__account__key")
SOURCE_SIDES = Sides(market="market", account="account__key")

_BULK = ("raw", "sketch", "words")


def place_of(version: PostVersion) -> Place:
    """Where a post belongs, for a test of one right."""
    account = version.post.source.account
    return Place(market=version.market, account=account.key if account else "")


def latest(versions: QuerySet[PostVersion]) -> QuerySet[PostVersion]:
    """Only the newest version of each post."""
    newer = PostVersion.objects.filter(post=OuterRef("post"), number__gt=OuterRef("number"))
    return versions.filter(~Exists(newer))


def versions_visible_to(held: Iterable[Held]) -> QuerySet[PostVersion]:
    """Newest versions of the posts the reader may see, without their raw bytes."""
    seen = PostVersion.objects.filter(visible(held, "post.see", VERSION_SIDES), cleared_run=None).defer(*_BULK)
    return latest(seen).select_related("post", "post__source", "post__source__account")


def posts_visible_to(held: Iterable[Held]) -> QuerySet[Post]:
    """Posts the reader may see."""
    return Post.objects.filter(pk__in=versions_visible_to(held).order_by().values("post"))


def search(
    held: Iterable[Held],
    *,
    words: str | Given = "",
    duty: str | Given = "",
    market: str | Given = "",
    since: datetime | Given | None,
    before: tuple[datetime | Given, int | Given] | None,
) -> QuerySet[PostVersion]:
    """Posts by words, duty and market, newest first; `since` None is all time; `before` is the (published_at, id) of the last row seen."""
    found = versions_visible_to(held).order_by("-published_at", "-id")
    if since is not None:
        found = found.filter(published_at__gte=since)
    if market:
        found = found.filter(market=market)
    if duty:
        found = found.filter(_has(duty))
    if words:
        found = found.filter(words=SearchQuery(words, config="simple", search_type="websearch"))
    if before is not None:
        at, pk = before
        found = found.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=pk))
    return found


def search_page(
    held: Iterable[Held],
    *,
    words: str = "",
    duty: str = "",
    market: str = "",
    since: datetime | None,
    before: tuple[datetime, int] | None,
    most: int,
) -> list[PostVersion]:
    """The first `most` posts of a search. They come without their post and source: `source` is its number, see `sources_by_id`."""
    at, pk = before or (None, None)
    every = {"words": words, "duty": duty, "market": market, "since": since, "at": at, "pk": pk}
    asked = {name: value for name, value in every.items() if value not in ("", None)}
    return _search_page(tuple(held), frozenset(asked), most).ask(**asked)


@lru_cache(maxsize=500)
def _search_page(held: tuple[Held, ...], asked: frozenset[str], most: int) -> Prepared[PostVersion]:
    fields = {"words": TextField(), "duty": TextField(), "market": TextField(), "since": DateTimeField(), "at": DateTimeField()}

    def build() -> QuerySet[PostVersion]:
        given = {name: Given(name, fields.get(name)) for name in asked}
        narrow = {name: given.get(name, "") for name in ("words", "duty", "market")}
        before = (given["at"], given["pk"]) if "at" in given else None
        found = search(held, **narrow, since=given.get("since"), before=before)
        return found.select_related(None).annotate(source=F("post__source_id"))[:most]

    return Prepared(build)


_NAMED = Prepared(lambda: Source.objects.filter(pk__any_of=Given("sources")).only("name", "kind"))


def sources_by_id(source_ids: Iterable[int]) -> dict[int, Source]:
    """Name and kind of these sources; who sees a post sees where it was heard."""
    wanted = sorted(set(source_ids))
    return {source.pk: source for source in _NAMED.ask(sources=wanted)} if wanted else {}


def _has(duty: str | Given) -> Exists:
    return Exists(PostFinding.objects.filter(version=OuterRef("pk"), duty=duty, score__gte=SAFETY_THRESHOLD))


def window(now: datetime, *, all_time: bool) -> datetime | None:
    """How far back a search looks."""
    return None if all_time else now - timedelta(days=SEARCH_DAYS)


def to_judge(held: Iterable[Held], *, market: str = "", duty: str = "") -> QuerySet[PostVersion]:
    """Posts that wait for a person, nearest first; of posts alike only the first."""
    waiting = _queue(held, market, duty).filter(post__judge_by__isnull=False, post__alike_to=None)
    return waiting.order_by("post__judge_by", "post_id")


def second_look(held: Iterable[Held], *, market: str = "", duty: str = "") -> QuerySet[PostVersion]:
    """Posts between the thresholds, for a second look by drug safety, oldest first."""
    return _queue(held, market, duty).filter(post__second_look=True, post__judge_by=None).order_by("post__first_heard_at", "post_id")


def _queue(held: Iterable[Held], market: str, duty: str) -> QuerySet[PostVersion]:
    waiting = versions_visible_to(held)
    if market:
        waiting = waiting.filter(market=market)
    return waiting.filter(_has(duty)) if duty else waiting


def versions_by_id(held: Iterable[Held], version_ids: Sequence[int]) -> list[PostVersion]:
    """These versions as far as the reader may see them, with post and source; no query for none."""
    return _by_id(tuple(held)).ask(versions=list(version_ids)) if version_ids else []


@lru_cache(maxsize=500)
def _by_id(held: tuple[Held, ...]) -> Prepared[PostVersion]:
    return Prepared(lambda: versions_visible_to(held).filter(pk__any_of=Given("versions")))


_NEWEST = Prepared(lambda: latest(PostVersion.objects.filter(post__id__any_of=Given("posts"))).defer(*_BULK))


def words_of(post_ids: Iterable[int]) -> dict[int, PostVersion]:
    """The newest version of each post by post id, without its post and source; one query."""
    return {row.post_id: row for row in _NEWEST.ask(posts=list(post_ids))}


def newest_versions(post_ids: Iterable[int]) -> dict[int, PostVersion]:
    """The newest version of each post, by post id; one query."""
    rows = latest(PostVersion.objects.filter(post_id__in=list(post_ids), cleared_run=None)).defer(*_BULK)
    return {row.post_id: row for row in rows.select_related("post", "post__source", "post__source__account")}


def _findings() -> QuerySet[PostFinding]:
    shown = PostFinding.objects.filter(version__id__any_of=Given("versions"), score__gte=SAFETY_THRESHOLD)
    return shown.order_by("-score", "id")


_FINDINGS = Prepared(_findings)


def findings_of(version_ids: Iterable[int]) -> dict[int, list[PostFinding]]:
    """Findings worth showing by version id, surest first; one query."""
    found: dict[int, list[PostFinding]] = {}
    for row in _FINDINGS.ask(versions=list(version_ids)):
        found.setdefault(row.version_id, []).append(row)
    return found


def post_by_id(pk: int) -> Post:
    """A post that is known to be there."""
    return Post.objects.get(pk=pk)


def versions_of(post: Post) -> QuerySet[PostVersion]:
    """Every version of one post, oldest first."""
    return PostVersion.objects.filter(post=post, cleared_run=None).defer(*_BULK).order_by("number")


def judgements_of(post: Post) -> QuerySet[Judgement]:
    return Judgement.objects.filter(post=post).select_related("by").order_by("-at")


@dataclass(frozen=True, slots=True)
class Beat:
    """When a source was last heard. `gap`: longer ago than expected; `expected` in minutes."""

    name: str
    kind: str
    state: str
    heard_at: datetime | None
    gap: bool
    expected: int
    problem: str


def sources_visible_to(held: Iterable[Held]) -> QuerySet[Source]:
    """Listening posts the reader may see; who sees a market's posts also sees what feeds them."""
    return Source.objects.filter(visible(held, "post.see", SOURCE_SIDES)).select_related("account")


@lru_cache(maxsize=500)
def _beating(held: tuple[Held, ...]) -> Prepared[Source]:
    told = ("name", "kind", "state", "last_ok_at", "expected_minutes", "problem")
    return Prepared(lambda: Source.objects.filter(visible(held, "post.see", SOURCE_SIDES)).only(*told).order_by("name"))


def beats(held: Iterable[Held], now: datetime) -> list[Beat]:
    """Every source with its last sign of life, silent ones first, then the most recent."""
    found = [_beat(source, now) for source in _beating(tuple(held)).ask()]
    return sorted(found, key=lambda beat: (not beat.gap, beat.state == SourceState.NOT_CONNECTED, -_stamp(beat.heard_at)))


def _stamp(instant: datetime | None) -> float:
    return instant.timestamp() if instant else 0.0


def _beat(source: Source, now: datetime) -> Beat:
    connected = source.state != SourceState.NOT_CONNECTED
    silent = source.last_ok_at is None or now - source.last_ok_at > timedelta(minutes=source.expected_minutes)
    gap = connected and source.expected_minutes > 0 and silent
    return Beat(source.name, source.kind, source.state, source.last_ok_at, gap, source.expected_minutes, source.problem)


def gaps_of(source: Source) -> QuerySet[Gap]:
    return Gap.objects.filter(source=source).order_by("-opened_at")


def last_intake() -> Intake | None:
    """The newest batch taken in from anywhere."""
    return Intake.objects.order_by("-id").first()
