"""Retention: what is past its time goes, unless it is held; a dry run lists the same things and touches none.

Posts lose words, bytes and handle and keep their digest, bound by the run's root, so that the intake's root still holds. Cases lose their
key: rows, history and backups can't be read any more and no leaf of the journal changes. Pictures and tellings: flows.clear_away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from candour.assurance.models import Erasure, RetentionRun
from candour.assurance.queries import erased_names, held_keys
from candour.cases.models import Case, CasePost, Duty
from candour.core.key_copy import VAULT
from candour.core.merkle import intake_root
from candour.core.states import CaseState, DutyState
from candour.core.terms import RECEIPT_DUTIES
from candour.flows import clear_away, moderate
from candour.flows.gate import ask_at
from candour.journal.acting import acting
from candour.journal.destroyed import destroy, destroyed, strike_out_everywhere
from candour.journal.keys import vault
from candour.listening.models import Post, PostFinding, PostVersion
from candour.packs.retention import RetentionClass, load
from candour.people.models import User
from candour.people.rights import Place

#: Retention reaches every market, so only a grant that is not limited to one allows it.
EVERYWHERE = Place(market="", brand="", account="")
#: Post versions one run row binds at most.
AT_MOST = 5000
#: How many names a dry run lists of each kind.
LISTED = 50


@dataclass(frozen=True, slots=True)
class Due:
    """What would go of one class: how many, the first of them by name, and how many are past their time but held."""

    key: str
    kept: RetentionClass
    count: int
    first: tuple[str, ...]
    held: int


def classes() -> dict[str, RetentionClass]:
    """The classes in force. Raises RetentionError when the company's own file can't be read."""
    return load(Path(settings.DATA) / "packs" / "retention.toml")


def dry_run(now: datetime) -> list[Due]:
    """What a run now would take away, class by class. Changes nothing."""
    found = []
    for key, kept in classes().items():
        if key == "posts":
            found.append(_due_posts(kept, now))
        elif key in ("cases", "safety_cases"):
            found.append(_due_cases(key, kept, now))
        elif key == "author_keys":
            names = months_due(kept, now)
            found.append(Due(key, kept, len(names), tuple(names[:LISTED]), 0))
        elif key == "pictures":
            found.append(_due_pictures(kept, now))
        elif key == "told":
            found.append(_due_told(kept, now))
        else:
            found.append(Due(key, kept, 0, (), 0))
    return found


def _due_posts(kept: RetentionClass, now: datetime) -> Due:
    old = old_posts(kept, now)
    due = not_held(old)
    first = due.order_by("seen_at", "pk").values_list("post__source__name", "post_id", "seen_at")[:LISTED]
    listed = tuple(f"{source} {post}, {seen:%Y-%m-%d}" for source, post, seen in first)
    return Due("posts", kept, due.count(), listed, old.count() - due.count())


def _due_cases(key: str, kept: RetentionClass, now: datetime) -> Due:
    old = old_cases(key, kept, now)
    due = cases_not_held(old)
    listed = tuple(
        f"{number}, {closed:%Y-%m-%d}" for number, closed in due.order_by("closed_at").values_list("number", "closed_at")[:LISTED]
    )
    return Due(key, kept, due.count(), listed, old.count() - due.count())


def _due_pictures(kept: RetentionClass, now: datetime) -> Due:
    old = clear_away.old_pictures(kept, now)
    due = clear_away.pictures_not_held(old)
    first = due.order_by("at", "pk").values_list("name", "digest", "at")[:LISTED]
    listed = tuple(f"{name} {digest[:12]}, {at:%Y-%m-%d}" for name, digest, at in first)
    return Due("pictures", kept, due.count(), listed, old.count() - due.count())


def _due_told(kept: RetentionClass, now: datetime) -> Due:
    old = clear_away.old_tellings(kept, now)
    due = clear_away.tellings_not_held(old)
    listed = tuple(f"{kind}, {at:%Y-%m-%d}" for kind, at in due.order_by("at", "pk").values_list("kind", "at")[:LISTED])
    return Due("told", kept, due.count(), listed, old.count() - due.count())


def old_posts(kept: RetentionClass, now: datetime) -> QuerySet[PostVersion]:
    """Versions past their time that wait for nobody and belong to no open case."""
    open_case = CasePost.objects.filter(post=OuterRef("post"), case__state=CaseState.OPEN)
    old = PostVersion.objects.filter(cleared_run=None, seen_at__lt=now - timedelta(days=kept.days), post__judge_by=None)
    return old.filter(~Exists(open_case))


def not_held(versions: QuerySet[PostVersion]) -> QuerySet[PostVersion]:
    """Those under no hold of their author, account or case."""
    in_held_case = CasePost.objects.filter(post=OuterRef("post"), case__number__in=held_keys("case"))
    return (
        versions.exclude(post__author_key__in=held_keys("author"))
        .exclude(post__source__account__key__in=held_keys("account"))
        .filter(~Exists(in_held_case))
    )


def old_cases(key: str, kept: RetentionClass, now: datetime) -> QuerySet[Case]:
    """Closed cases of a class past their time whose key was not destroyed yet."""
    serious = Duty.objects.filter(case=OuterRef("pk"), kind__in=RECEIPT_DUTIES).exclude(state=DutyState.DISMISSED)
    gone = Erasure.objects.filter(name=Concat(Value(VAULT), OuterRef("vault")))
    old = Case.objects.exclude(state=CaseState.OPEN).filter(~Exists(gone), closed_at__lt=now - timedelta(days=kept.days))
    return old.filter(Exists(serious) if key == "safety_cases" else ~Exists(serious))


def cases_not_held(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Those under no hold of their number, person or account."""
    held = Q(number__in=held_keys("case")) | Q(person_key__in=held_keys("author"))
    return cases.exclude(held).exclude(account__key__in=held_keys("account"))


def months_due(kept: RetentionClass, now: datetime) -> list[str]:
    """Month keys whose month is past its time and seals no handle that is still kept."""
    due = []
    for name in vault().names("posts-"):
        year, month = (int(part) for part in name.removeprefix("posts-").split("-"))
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        if end + timedelta(days=kept.days) < now and not PostVersion.objects.filter(author_vault=name, cleared_run=None).exists():
            due.append(name)
    return due


def run(by: User, now: datetime) -> list[RetentionRun]:
    """Take away what is due; the runs on record, one for each batch. Finishes first what an interrupted run left. Safe to repeat."""
    ask_at(by, "retention.run", EVERYWHERE, now)
    finish(now)
    kept, done = classes(), []
    while batch := list(not_held(old_posts(kept["posts"], now)).order_by("pk").values_list("pk", flat=True)[:AT_MOST]):
        with acting(by, "retention.run"):
            done.append(clear(by, batch, "age", now))
    done.append(_forget(by, kept, now))
    return [*done, *clear_away.clear_pictures(by, kept["pictures"], now), *clear_away.clear_told(by, kept["told"], now)]


def _forget(by: User, kept: dict[str, RetentionClass], now: datetime) -> RetentionRun:
    """Destroy the keys that are due. The record comes first, so that a key is never gone without one."""
    names, counts = [], {}
    with acting(by, "retention.run"):
        for key in ("cases", "safety_cases"):
            due = list(
                cases_not_held(old_cases(key, kept[key], now)).select_for_update(of=("self",), no_key=True).values_list("vault", flat=True)
            )
            counts[key] = len(due)
            names += due
        months = months_due(kept["author_keys"], now)
        counts["author_keys"] = len(months)
        row = RetentionRun.objects.create(at=now, by=by, why="age", counts=counts, root=intake_root([]))
        record(by, [f"{VAULT}{name}" for name in names + months], "Past its retention period.", "retention", now, run=row)
    finish(now)
    return row


def record(by: User, names: Iterable[str], reason: str, authority: str, now: datetime, **more: object) -> None:
    """Put erasures on record. Call inside a named act; `finish` does what they say."""
    for name in names:
        Erasure.objects.create(name=name, reason=reason, authority=authority, by=by, at=now, **more)


def finish(now: datetime) -> int:
    """Destroy every key that is on the record of erasures, here and in all copies; how many there were."""
    waiting = sorted(erased_names() - destroyed().keys())
    gone = destroy(waiting, now) if waiting else 0
    strike_out_everywhere()
    return gone


def clear(by: User, versions: list[int], why: str, now: datetime) -> RetentionRun:
    """Take words, bytes and handles of these post versions away, under one run on record. Call inside a named act."""
    rows = list(
        PostVersion.objects.select_for_update().filter(pk__in=versions, cleared_run=None).order_by("pk").values_list("pk", "digest")
    )
    ids = [pk for pk, _digest in rows]
    row = RetentionRun.objects.create(at=now, by=by, why=why, counts={"posts": len(ids)}, root=intake_root(digest for _pk, digest in rows))
    PostFinding.objects.filter(version_id__in=ids).delete()
    PostVersion.objects.filter(pk__in=ids).update(
        cleared_run=row.pk, text="", raw=b"", url="", author_sealed=b"", thread="", in_reply_to="", sketch=[]
    )
    kept = PostVersion.objects.filter(post=OuterRef("pk"), cleared_run=None)
    gone = Post.objects.filter(~Exists(kept), versions__in=ids, source__kind="newsroom").select_related("source").distinct()
    moderate.forget(gone, shown_too=why != "age")
    return row
