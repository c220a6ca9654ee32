"""Writes of listening: taking posts in, heartbeats, gaps, judgements. All are called inside a named act."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import F

from candour.core.likeness import alike, sketch
from candour.core.merkle import leaf_hash, root_of
from candour.core.states import SourceState
from candour.core.terms import Finding, HeardPost
from candour.journal.keys import month_key, pseudonym, vault
from candour.listening.models import Gap, Intake, Judgement, Post, PostFinding, PostVersion, Source
from candour.people.models import User

#: Posts are compared with those of the last fortnight; older ones are no part of the same wave.
ALIKE_DAYS = 14


@dataclass(frozen=True, slots=True)
class Stored:
    """A post of a batch with its new version; `fresh` is False for an edit of a post already known."""

    post: Post
    version: PostVersion
    heard: HeardPost
    fresh: bool


def content_digest(heard: HeardPost) -> str:
    """Digest of what makes a version: the text and whether it was deleted, over the raw bytes where the channel kept them. Hex."""
    mark = b"\x01" if heard.deleted else b"\x00"
    return hashlib.sha256(mark + heard.text.encode("utf-8", "surrogatepass") + b"\x00" + heard.raw).hexdigest()


def store(source: Source, heard: Sequence[HeardPost], now: datetime, *, refused: int = 0, name: str = "") -> tuple[Intake, list[Stored]]:
    """Store the posts of one batch that are new or edited; the rest is counted as known.

    Counts in = stored + known + refused. The intake's root binds the stored versions' digests, in the order they were stored.
    """
    once = list({post.remote_id: post for post in heard}.values())
    versions = _last_versions(source, [post.remote_id for post in once])
    news = [post for post in once if post.remote_id not in versions or versions[post.remote_id].digest != content_digest(post)]
    digests = [content_digest(post) for post in news]
    intake = Intake.objects.create(
        source=source,
        at=now,
        heard=len(heard) + refused,
        stored=len(news),
        known=len(heard) - len(news),
        refused=refused,
        root=root_of(leaf_hash(bytes.fromhex(digest)) for digest in digests).hex(),
        name=name[:200],
    )
    return intake, _insert(source, intake, news, versions, now)


def _last_versions(source: Source, remote_ids: Sequence[str]) -> dict[str, PostVersion]:
    rows = PostVersion.objects.filter(post__source=source, post__remote_id__in=remote_ids).select_related("post").order_by("number")
    return {row.post.remote_id: row for row in rows}


def _insert(source: Source, intake: Intake, news: Sequence[HeardPost], versions: dict[str, PostVersion], now: datetime) -> list[Stored]:
    fresh = [post for post in news if post.remote_id not in versions]
    Post.objects.bulk_create(
        [
            Post(
                source=source,
                remote_id=post.remote_id,
                author_key=pseudonym(source.key, post.author or post.remote_id),  # an anonymous author is a new person each time
                first_heard_at=now,
            )
            for post in fresh
        ],
        batch_size=2000,
    )
    posts = {row.remote_id: row for row in Post.objects.filter(source=source, remote_id__in=[post.remote_id for post in news])}
    rows = [_version(posts[post.remote_id], intake, post, versions.get(post.remote_id), source, now) for post in news]
    PostVersion.objects.bulk_create(rows, batch_size=1000)
    return [Stored(row.post, row, post, post.remote_id not in versions) for row, post in zip(rows, news, strict=True)]


def _version(post: Post, intake: Intake, heard: HeardPost, last: PostVersion | None, source: Source, now: datetime) -> PostVersion:
    key = month_key(now)
    return PostVersion(
        post=post,
        number=last.number + 1 if last else 1,
        intake=intake,
        seen_at=now,
        published_at=min(heard.published_at, now),
        text=heard.text,
        lang=heard.lang or source.language,
        market=heard.extra.get("market", source.market),
        thread=heard.thread,
        in_reply_to=heard.in_reply_to,
        url=heard.url,
        author_sealed=vault().close(key, heard.author),
        author_vault=key,
        raw=heard.raw,
        digest=content_digest(heard),
        deleted=heard.deleted,
        sketch=sketch(heard.text),
    )


def record_findings(found: Iterable[tuple[PostVersion, Sequence[Finding]]]) -> None:
    """Store one row per finding; clean posts leave none."""
    PostFinding.objects.bulk_create(
        [
            PostFinding(
                version=version,
                duty=finding.duty.value,
                score=round(finding.score, 4),
                spans=[asdict(span) for span in finding.spans],
                why=finding.why[:400],
                pack=finding.pack[:64],
            )
            for version, findings in found
            for finding in findings
        ],
        batch_size=2000,
    )


def find_alike(version: PostVersion, now: datetime) -> Post | None:
    """An earlier post of the last fortnight that says the same, or None; of a chain of reposts always the first."""
    if not version.sketch:
        return None
    near = PostVersion.objects.filter(sketch__overlap=version.sketch, seen_at__gte=now - timedelta(days=ALIKE_DAYS), market=version.market)
    for other in near.exclude(post=version.post_id).select_related("post", "post__alike_to").order_by("id")[:50]:
        if alike(version.sketch, other.sketch):
            return other.post.alike_to or other.post
    return None


def mark_alike(post: Post, first: Post) -> None:
    """Hang `post` on the first post that says the same."""
    Post.objects.filter(pk=post.pk).update(alike_to=first)
    Post.objects.filter(pk=first.pk).update(alike=F("alike") + 1)


def put_before_person(post: Post, judge_by: datetime | None, *, second_look: bool = False) -> None:
    """Make the post a row of the inbox (`judge_by`), or of the second look of drug safety."""
    Post.objects.filter(pk=post.pk).update(judge_by=judge_by, second_look=second_look)


def judge(post: Post, answer: str, by: User, now: datetime, *, reason: str = "", finding: PostFinding | None = None) -> Judgement:
    """Record a person's answer; the answer to a post takes it and those alike out of the queue."""
    if finding is None:
        Post.objects.filter(pk=post.pk).update(judge_by=None, second_look=False)
        Post.objects.filter(alike_to=post).update(judge_by=None, second_look=False)
    return Judgement.objects.create(
        post=post, finding=finding, duty=finding.duty if finding else "", answer=answer, reason=reason, by=by, at=now
    )


def heard_from(source: Source, now: datetime, *, cursor: str, last_post_at: datetime | None, stored: int) -> None:
    """Heartbeat: the source answered. An open gap ends and is back-filled by what this answer brought."""
    if source.state != SourceState.LISTENING or source.problem:
        source.state, source.problem, source.provider_words = SourceState.LISTENING.value, "", ""
    _record_silence(source, now, stored)
    source.cursor, source.last_ok_at, source.last_try_at = cursor, now, now
    source.last_post_at = max(filter(None, (source.last_post_at, last_post_at)), default=None)
    source.save(update_fields=["state", "problem", "provider_words", "cursor", "last_ok_at", "last_try_at", "last_post_at"])
    for gap in Gap.objects.filter(source=source, closed_at=None):
        gap.closed_at, gap.back_filled_at, gap.recovered = now, now, stored
        gap.save(update_fields=["closed_at", "back_filled_at", "recovered"])


def _record_silence(source: Source, now: datetime, stored: int) -> None:
    """A silence nobody could note while it lasted (the worker was down) is written down when it ends. Files are not expected."""
    late = timedelta(minutes=2 * source.expected_minutes)
    if source.kind == "file" or source.last_ok_at is None or now - source.last_ok_at < late:
        return
    if not Gap.objects.filter(source=source, closed_at=None).exists():
        Gap.objects.create(
            source=source,
            opened_at=source.last_ok_at,
            closed_at=now,
            back_filled_at=now,
            recovered=stored,
            why="Candour did not listen in this time.",
        )


def fell_silent(source: Source, now: datetime, why: str, *, permanent: bool, provider_words: str = "") -> None:
    """The source did not answer: say so, and open a gap from the last answer once the expected interval has passed."""
    source.state = (SourceState.STOPPED if permanent else SourceState.RETRYING).value
    source.problem, source.provider_words, source.last_try_at = why[:300], provider_words[:2000], now
    source.save(update_fields=["state", "problem", "provider_words", "last_try_at"])
    since = source.last_ok_at or now
    overdue = now - since >= timedelta(minutes=source.expected_minutes)
    if (overdue or permanent) and not Gap.objects.filter(source=source, closed_at=None).exists():
        Gap.objects.create(source=source, opened_at=since, why=why[:300])
