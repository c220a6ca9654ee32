"""A full database, made quickly and legally: some hundred cases by the real flow, their like in bulk by a named actor, journal and all.

Copied cases keep the key of the case they were copied from, because a key of its own per copy would take minutes and changes no page.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model

from candour.cases.models import Case, CasePost, Duty, Evidence, Happening
from candour.channels.base import Page
from candour.core.states import CaseState, DutyState
from candour.core.terms import DutyKind, Finding, Span
from candour.flows.receive import take_in
from candour.journal.acting import acting
from candour.listening import actions as listening
from candour.listening.models import PostFinding, Source
from candour.listening.storing import Stored
from candour.people.actions import machine
from candour.people.models import User
from candour.project.bench import texts
from candour.project.bench.company import PRODUCTS, source
from candour.project.bench.size import OPEN_SHARE, Size

_BATCH = 2000


def fill(size: Size, now: datetime) -> None:
    """Bring the database at hand from an empty company to this size."""
    by = machine("listener")
    ours, files = source(by, "fill-newsroom", ours=True), source(by, "fill-files", ours=False)
    posts = list(texts.reactions(size.cases, PRODUCTS, now, seed=17))
    take_in(by, ours, Page(tuple(posts[: size.real]), ""), now)
    for start in range(size.real, size.cases, _BATCH):
        stored = _store(by, ours, posts[start : min(start + _BATCH, size.cases)], now)
        with acting(by, "bench.fill", "copies of real cases"):
            _copy_cases(stored, start, now)
    _store_everyday(by, files, size, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _store(by: User, where: Source, posts: Sequence[Any], now: datetime) -> list[Stored]:
    with acting(by, "bench.fill"):
        return listening.store(where, posts, now)[1]


def _store_everyday(by: User, where: Source, size: Size, now: datetime) -> None:
    posts = list(texts.everyday(size.posts - size.cases, now, seed=19))
    for start in range(0, len(posts), _BATCH):
        stored = _store(by, where, posts[start : start + _BATCH], now)
        with acting(by, "bench.fill"):
            _let_wait(stored, max(0, size.waiting - start), now)


def _let_wait(stored: Sequence[Stored], count: int, now: datetime) -> None:
    """Put the first `count` before a person, with a finding each."""
    for place, item in enumerate(stored[:count]):
        listening.put_before_person(item.post, now + timedelta(minutes=place))
    findings = ((item.pk, [_praise(item.version.text)]) for item in stored[:count])
    listening.record_findings(findings)


def _praise(text: str) -> Finding:
    words = text.partition(".")[0]
    return Finding(DutyKind.PRAISE, 0.7, (Span(0, len(words), words, "bench"),), "bench", "bench@1")


@dataclass(frozen=True, slots=True)
class _Original:
    """A real case with everything that hangs on it."""

    case: Case
    duties: list[Duty]
    evidence: list[Evidence]
    happenings: list[Happening]
    findings: list[PostFinding]


def _originals() -> list[_Original]:
    cases = Case.objects.order_by("pk").prefetch_related("duties", "evidence", "happenings")[:300]
    findings: dict[int, list[PostFinding]] = {}
    for found in PostFinding.objects.filter(version__post_id__in=[case.post_id for case in cases]).select_related("version"):
        findings.setdefault(found.version.post_id, []).append(found)
    return [
        _Original(case, list(case.duties.all()), list(case.evidence.all()), list(case.happenings.all()), findings.get(case.post_id, []))
        for case in cases
    ]


def _numbers(count: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'C-' || nextval('case_number') FROM generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]


def _copy_cases(stored: Sequence[Stored], start: int, now: datetime) -> None:
    originals, dice = _originals(), random.Random(start)  # noqa: S311  the same cases on every machine
    pairs = [(dice.choice(originals), item) for item in stored]
    cases = [
        _case(original, item, number, place % OPEN_SHARE == 0, now + timedelta(minutes=dice.randrange(-90, 3000)))
        for place, ((original, item), number) in enumerate(zip(pairs, _numbers(len(pairs)), strict=True))
    ]
    Case.objects.bulk_create(cases, batch_size=_BATCH)
    hung = [row for case, (original, item) in zip(cases, pairs, strict=True) for row in _hanging(original, item, case, now)]
    for model in (CasePost, Duty, Evidence, Happening, PostFinding):
        model.objects.bulk_create([row for row in hung if type(row) is model], batch_size=_BATCH)  # type: ignore[attr-defined]


def _copied(row: Model, **changes: object) -> Any:
    """A new row like this one, not yet saved."""
    fresh = copy.copy(row)
    fresh._state = copy.copy(row._state)
    fresh._state.adding, fresh._state.fields_cache, fresh.pk = True, {}, None
    for name, value in changes.items():
        setattr(fresh, name, value)
    return fresh


def _case(original: _Original, item: Stored, number: str, is_open: bool, due: datetime) -> Case:
    version = item.version
    changes: dict[str, object] = {"number": number, "post_id": item.post.pk, "thread": version.thread, "person_key": item.post.author_key}
    clocks: dict[str, object] = {"next_due_at": due, "service_due_at": due, "lang": version.lang, "opened_at": version.published_at}
    if not is_open:
        clocks |= {"state": CaseState.CLOSED.value, "closed_at": version.seen_at, "resolution": "bench"}
        clocks |= {"safety_met_at": version.seen_at, "service_met_at": version.seen_at}
    return _copied(original.case, **changes, **clocks)


def _hanging(original: _Original, item: Stored, case: Case, now: datetime) -> Iterator[Model]:
    """Everything a copied case has of its original, and the finding in its own post."""
    ended = {} if case.state == CaseState.OPEN else {"state": DutyState.DISMISSED.value, "ended_at": now, "reason": "bench"}
    yield CasePost(case=case, post=item.post, added_at=now)
    for duty in original.duties:
        yield _copied(duty, case_id=case.pk, **ended)
    for kept in original.evidence:
        yield _copied(kept, case_id=case.pk, post_id=item.post.pk)
    for happening in original.happenings:
        yield _copied(happening, case_id=case.pk)
    for finding in original.findings:
        yield _copied(finding, version_id=item.version.pk)
