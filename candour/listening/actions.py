"""Writes of listening: taking posts in, heartbeats, gaps, judgements. All are called inside a named act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from candour.core.collecting import uncollected
from candour.core.likeness import alike, least_common, probe
from candour.core.merkle import intake_root
from candour.core.states import SourceState
from candour.core.terms import Finding, HeardPost
from candour.listening.authors import author_of
from candour.listening.hearing import Learned, News, content_digest, storable, told_apart
from candour.listening.models import Gap, Intake, Judgement, Post, PostFinding, PostVersion, ReleaseStart, Source
from candour.listening.storing import Batch, Stored, store_rows
from candour.people.models import User

#: Posts are compared with those of the last fortnight; older ones are no part of the same wave.
ALIKE_DAYS = 14


@uncollected()
def news(source: Source, heard: Iterable[HeardPost]) -> list[News]:
    """What of these posts we do not have yet, in the form it will be stored in. The caller holds the source (`hold`)."""
    cleaned = [(storable(post), content_digest(post)) for post in heard]
    return told_apart(cleaned, _digests(source, [post.remote_id for post, _digest in cleaned]))


def store(source: Source, heard: Sequence[HeardPost], now: datetime, *, refused: int = 0, name: str = "") -> tuple[Intake, list[Stored]]:
    """Store what is new or edited in one batch, unscreened; the rest is counted as known. The caller holds the source (`hold`)."""
    return store_news(source, news(source, heard), now, heard=len(heard), refused=refused, name=name)


@uncollected()
def store_news(
    source: Source,
    news: Sequence[News],
    now: datetime,
    *,
    heard: int,
    refused: int = 0,
    name: str = "",
    learned: Sequence[Learned] | None = None,
    screened_by: str = "",
) -> tuple[Intake, list[Stored]]:
    """Store the news of a batch of `heard` readable posts with what screening learned of each, if it did.

    A version heard before is known for good: a batch repeated later, or two batches in the wrong order, add nothing.
    Counts in = stored + known + refused. The intake's root binds the stored versions' digests, in the order they were stored.
    """
    intake = Intake.objects.create(
        source=source,
        at=now,
        heard=heard + refused,
        stored=len(news),
        known=heard - len(news),
        refused=refused,
        root=intake_root(item.digest for item in news),
        screened_by=screened_by[:64],
        name=name[:200],
    )
    told = learned if learned is not None else [Learned(declared(source, item)) for item in news]
    return intake, store_rows(Batch(source, intake, now, _edited(source, news)), news, told)


def judging_by(name: str, parts: Mapping[str, str], now: datetime) -> None:
    """Put down that a screening release judges from now on, unless it already does."""
    last = ReleaseStart.objects.order_by("-pk").values_list("name", flat=True).first()
    if last != name:
        ReleaseStart.objects.create(name=name[:64], at=now, parts=dict(parts))


def declared(source: Source, item: News) -> str:
    """The language a post is in as far as its source says; empty where nobody says."""
    return item.heard.lang or source.language


def hold(source: Source) -> None:
    """Take the source for this transaction and read it afresh: two rounds over one source follow each other, never mix."""
    source.refresh_from_db(from_queryset=Source.objects.select_for_update(no_key=True, of=("self",)))


def _digests(source: Source, remote_ids: Sequence[str]) -> dict[str, list[str]]:
    """Digests of the stored versions of these posts, by remote id, in the order of their numbers."""
    known: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DIGESTS, [source.pk, list(set(remote_ids))])
        for remote_id, digest in cursor.fetchall():
            known.setdefault(remote_id, []).append(digest)
    return known


#: One array instead of a parameter per post, which Django would spell one by one.
_DIGESTS = """
SELECT post.remote_id, version.digest FROM listening_post post JOIN listening_postversion version ON version.post_id = post.id
WHERE post.source_id = %s AND post.remote_id = ANY(%s) ORDER BY version.number
"""


def _edited(source: Source, news: Iterable[News]) -> dict[str, Post]:
    """The posts stored before of which there are new versions, by remote id."""
    news = list(news)
    new = {item.heard.remote_id for item in news if item.number == 1}
    edited = {item.heard.remote_id for item in news} - new
    return {row.remote_id: row for row in Post.objects.filter(source=source, remote_id__in=edited)} if edited else {}


def gone(source: Source, remote_ids: Sequence[str]) -> list[HeardPost]:
    """Posts we know and their source reports as deleted, as one more version each: what they last said, marked deleted."""
    if not remote_ids:
        return []
    newest = PostVersion.objects.filter(post__source=source, post__remote_id__in=list(remote_ids)).order_by("post_id", "-number")
    rows = newest.distinct("post_id").select_related("post")
    return [
        HeardPost(
            remote_id=row.post.remote_id,
            text=row.text,
            author=author_of(row),
            published_at=row.published_at,
            url=row.url,
            thread=row.thread,
            in_reply_to=row.in_reply_to,
            lang=row.lang,
            deleted=True,
            extra={"market": row.market},
        )
        for row in rows
    ]


def record_findings(found: Iterable[tuple[int, Sequence[Finding]]]) -> None:
    """Store one row per finding of a version, named by its id; clean posts leave none."""
    PostFinding.objects.bulk_create(
        [
            PostFinding(
                version_id=version_id,
                duty=finding.duty.value,
                score=round(finding.score, 4),
                spans=[asdict(span) for span in finding.spans],
                why=finding.why[:400],
                pack=finding.pack[:64],
            )
            for version_id, findings in found
            for finding in findings
        ],
        batch_size=2000,
    )


#: Asked once for all posts of a page that may owe something. The server leaves out what can't be alike: common phrases are shared by
#: hundreds. OFFSET 0 keeps the planner from walking the whole table by id in search of the first fifty.
_NEAR = """
SELECT asked.id, near.post_id, near.sketch
FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS asked (id, probes, least)
JOIN listening_postversion mine ON mine.id = asked.id
CROSS JOIN LATERAL (
  SELECT found.id, found.post_id, found.sketch FROM (
    SELECT id, post_id, market, seen_at, sketch FROM listening_postversion WHERE sketch && mine.sketch[1:asked.probes] OFFSET 0
  ) found
  WHERE found.market = mine.market AND found.seen_at >= %s AND found.post_id <> mine.post_id AND found.id < mine.id
    AND (SELECT count(*) FROM unnest(found.sketch) value WHERE value = ANY(mine.sketch)) >= asked.least
  ORDER BY found.id LIMIT 50
) near
ORDER BY asked.id, near.id
"""


#: New sketches wait in a list that every look-up reads through from end to end; once a page they are put into the index. Only the owner
#: of the index may do that; for another role the look-ups are slow and just as right.
_SETTLE = """
SELECT CASE WHEN pg_has_role(relowner, 'USAGE') THEN gin_clean_pending_list(oid) END FROM pg_class WHERE oid = 'post_alike'::regclass
"""


def find_alike(versions: Iterable[PostVersion], now: datetime) -> dict[int, int]:
    """For each version (by id) that has one, the post (id) stored earlier, within the last fortnight, that says the same. One statement.

    A later version of the same page is not earlier, so that a page gives what its posts give one by one.
    """
    mine = {version.pk: version.sketch for version in versions if version.sketch}
    if not mine:
        return {}
    asked = [list(mine), [len(probe(one)) for one in mine.values()], [least_common(one) for one in mine.values()]]
    found: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE)
        cursor.execute(_NEAR, [*asked, now - timedelta(days=ALIKE_DAYS)])
        for version_id, post_id, other in cursor.fetchall():
            if version_id not in found and alike(mine[version_id], other):
                found[version_id] = post_id
    return found


def seen_before(version: PostVersion) -> datetime | None:
    """When we last saw the post before this version of it; None for its first."""
    return PostVersion.objects.filter(post=version.post_id, number=version.number - 1).values_list("seen_at", flat=True).first()


def mark_alike(post: Post, first: Post) -> None:
    """Hang `post` on the first post that says the same."""
    post.alike_to = first  # a later post of the same page is hung on the first as well
    Post.objects.filter(pk=post.pk).update(alike_to=first)
    Post.objects.filter(pk=first.pk).update(alike=F("alike") + 1)


def put_before_person(post: Post, judge_by: datetime | None, *, second_look: bool = False) -> None:
    """Make the post a row of the inbox (`judge_by`), or of the second look of drug safety, or of neither."""
    post.judge_by, post.second_look = judge_by, second_look
    put_before_people([post])


def put_before_people(posts: Iterable[Post]) -> None:
    """Write where these posts stand in the queues (`judge_by`, `second_look`); one statement, however many."""
    rows = [(post.pk, post.judge_by, post.second_look) for post in posts]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_QUEUE, [list(column) for column in zip(*rows, strict=True)])


_QUEUE = """
UPDATE listening_post post SET judge_by = moved.judge_by, second_look = moved.second_look
FROM unnest(%s::bigint[], %s::timestamptz[], %s::boolean[]) AS moved (id, judge_by, second_look) WHERE post.id = moved.id
"""


def judge(post: Post, answer: str, by: User, now: datetime, *, reason: str = "", finding: PostFinding | None = None) -> Judgement:
    """Record a person's answer; the answer to a post takes it and those alike out of the queue."""
    if finding is None:
        Post.objects.filter(pk=post.pk).update(judge_by=None, second_look=False)
        Post.objects.filter(alike_to=post).update(judge_by=None, second_look=False)
    return Judgement.objects.create(
        post=post, finding=finding, duty=finding.duty if finding else "", answer=answer, reason=reason[:300], by=by, at=now
    )


def heard_from(
    source: Source, now: datetime, *, cursor: str, last_post_at: datetime | None, stored: int, more: bool = False, missed: str = ""
) -> None:
    """Heartbeat: the source answered. An open gap ends with the last page (`more` False) and counts what the pages brought.

    `missed` is the channel's own sentence that something before this page can no longer be heard: a gap that closes unfilled.
    """
    if source.state != SourceState.LISTENING or source.problem:
        source.state, source.problem, source.provider_words, source.cause = SourceState.LISTENING.value, "", "", ""
    if missed:
        _open_gap(source, min(source.last_ok_at or now, now), missed)
    else:
        _record_silence(source, now)
    source.cursor, source.last_ok_at, source.last_try_at = cursor, now, now
    source.failed_tries, source.next_try_at = 0, None
    if last_post_at is not None:
        source.last_post_at = max(source.last_post_at or last_post_at, min(last_post_at, now))
    told = ["state", "problem", "provider_words", "cause", "failed_tries", "next_try_at"]
    source.save(update_fields=[*told, "cursor", "last_ok_at", "last_try_at", "last_post_at"])
    for gap in Gap.objects.select_for_update(no_key=True).filter(source=source, closed_at=None):
        gap.recovered, gap.why = (gap.recovered or 0) + stored, missed[:300] or gap.why
        if not more:
            gap.closed_at, gap.back_filled_at = max(now, gap.opened_at), None if missed else now
        gap.save(update_fields=["closed_at", "back_filled_at", "recovered", "why"])


def _record_silence(source: Source, now: datetime) -> None:
    """A silence nobody could note while it lasted (the worker was down) is written down when it ends. Files are not expected."""
    late = timedelta(minutes=2 * source.expected_minutes)
    if source.kind == "file" or not late or source.last_ok_at is None or now - source.last_ok_at < late:
        return
    _open_gap(source, source.last_ok_at, _("Candour did not listen in this time."))


def _open_gap(source: Source, since: datetime, why: str) -> None:
    """One open gap at a time: a longer silence is the same silence."""
    if not Gap.objects.filter(source=source, closed_at=None).exists():
        Gap.objects.create(source=source, opened_at=since, why=why[:300])


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Why a source did not answer: the sentence, whether it is lasting, the other side's own words, the failure's short name."""

    why: str
    permanent: bool = False
    provider_words: str = ""
    cause: str = ""


def fell_silent(source: Source, now: datetime, silence: Silence, next_try_at: datetime | None = None) -> None:
    """The source did not answer: say so, and open a gap from the last answer once the expected interval has passed.

    `next_try_at` comes with a poll that failed; without it nothing was tried. An answer dated later than now came before the clock
    was set back; the interval then counts from now.
    """
    why, permanent = silence.why, silence.permanent
    source.state = (SourceState.STOPPED if permanent else SourceState.RETRYING).value
    source.problem, source.provider_words, source.last_try_at = why[:300], silence.provider_words[:2000], now
    source.cause = silence.cause[:40]
    source.last_ok_at = min(source.last_ok_at, now) if source.last_ok_at else None
    changed = ["state", "problem", "provider_words", "cause", "last_ok_at", "last_try_at"]
    if next_try_at is not None:
        source.failed_tries, source.next_try_at = source.failed_tries + 1, next_try_at
        changed += ["failed_tries", "next_try_at"]
    source.save(update_fields=changed)
    since = source.last_ok_at or now
    if permanent or now - since >= timedelta(minutes=source.expected_minutes):
        _open_gap(source, since, why)
