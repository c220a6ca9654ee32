"""Reads of cases: what the reader may see, the queues of the inbox, and everything one case page shows.

Pages go on from the last row seen, never by offset or count.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django.db.models import CharField, DateTimeField, Exists, F, Model, OuterRef, Q, QuerySet, prefetch_related_objects

from candour.cases.models import Case, CasePost, Duty, Evidence, Happening, Presence, Receipt, Reply
from candour.core.reading import once_per_reading
from candour.core.rights import functions_for
from candour.core.states import CaseState, DutyState
from candour.core.terms import RECEIPT_DUTIES, SAFETY_DUTIES, DutyKind
from candour.core.vault import KeyGone
from candour.journal.keys import vault
from candour.people.models import Grant, User
from candour.people.prepared import Given, Prepared
from candour.people.rights import Held, Place, Sides, visible
from candour.registry.models import Account, Product

CASE_SIDES = Sides(market="market", brand="product__brand__key", account="account__key")

#: Somebody whose page has not reported for this long no longer has the case open.
PRESENCE = timedelta(seconds=30)

#: Queues are counted up to here and shown as "99+" beyond.
COUNTED = 100


def place_of(case: Case) -> Place:
    """Where a case belongs, for a test of one right; the same sides as the filter."""
    return Place(case.market, _brand_of(case), case.account.key if case.account else "")


_BRAND = Prepared(lambda: Product.objects.filter(pk=Given("product")).values_list("brand__key", flat=True))


@once_per_reading
def _brand_of(case: Case) -> str:
    """The key of the brand; neither product nor brand is loaded for it."""
    if case.product_id is None:
        return ""
    if Case.product.is_cached(case):  # type: ignore[attr-defined]
        return case.product.brand.key
    return next(iter(_BRAND.ask(product=case.product_id)), "")


def cases_visible_to(held: Iterable[Held]) -> QuerySet[Case]:
    """Cases the reader may see, with what a row needs."""
    seen = Case.objects.filter(visible(held, "case.see", CASE_SIDES))
    return seen.select_related("account", "product", "product__brand", "assignee", "post", "post__source", "post__source__account")


def _owing(state: DutyState, kinds: Iterable[str] = RECEIPT_DUTIES) -> Exists:
    return Exists(Duty.objects.filter(case=OuterRef("pk"), state=state, kind__in=list(kinds)))


QUEUES = ("nearest", "safety", "questions", "receipt")


def queue(
    held: Iterable[Held], name: str, *, market: str = "", duty: str = "", who: str = "", me: User | int | None = None
) -> QuerySet[Case]:
    """Open cases of one queue, nearest clock first. `who`: "mine", "nobody" or empty for all."""
    found = cases_visible_to(held).filter(state=CaseState.OPEN).order_by("next_due_at", "pk")
    if name == "safety":
        found = found.filter(safety_due_at__isnull=False, safety_met_at=None)
    elif name == "questions":
        found = found.filter(_owing(DutyState.OPEN, [DutyKind.MIR]))
    elif name == "receipt":
        found = found.filter(_owing(DutyState.HANDED_OVER))
    if market:
        found = found.filter(market=market)
    if duty:
        found = found.filter(Exists(Duty.objects.filter(case=OuterRef("pk"), kind=duty).exclude(state=DutyState.DISMISSED)))
    if who == "mine":
        found = found.filter(assignee=me)
    elif who == "nobody":
        found = found.filter(assignee=None)
    return found


def _besides(side: str, model: type[Model], *needed: str) -> list[str]:
    return [f"{side}__{column.name}" for column in model._meta.concrete_fields if column.name not in ("id", *needed)]


#: Most of a row's account and person is never shown in it, and takes longer to read than to find.
_UNLISTED = [*_besides("account", Account, "key", "handle"), *_besides("assignee", User, "name")]


def as_rows(found: QuerySet[Case]) -> QuerySet[Case]:
    """The same cases with only what a row of a list shows: `heard_on` names the source, so that no post is loaded for it."""
    listed = found.select_related(None).select_related("account", "assignee").annotate(heard_on=F("post__source__name"))
    return listed.defer(*_UNLISTED)


def after(found: QuerySet[Case], due_at: datetime, pk: int | None) -> QuerySet[Case]:
    """The queue from behind a place on: (due_at, pk) of the last row seen; pk None means all cases of that instant were seen."""
    later = Q(next_due_at__gt=due_at)
    return found.filter(later | Q(next_due_at=due_at, pk__gt=pk)) if pk is not None else found.filter(later)


def capped(found: QuerySet[Any]) -> int:
    """Number of rows, counted no further than COUNTED."""
    return len(found.order_by().values_list("pk", flat=True)[:COUNTED])


@lru_cache(maxsize=500)
def _numbered(held: tuple[Held, ...]) -> Prepared[Case]:
    return Prepared(lambda: cases_visible_to(held).filter(number=Given("number", CharField())))


def case_numbered(number: str, held: Iterable[Held]) -> Case | None:
    """The case with this number; None where there is none that the reader may see."""
    return next(iter(_numbered(tuple(held)).ask(number=number)), None)


_DUTIES = Prepared(lambda: Duty.objects.filter(case__id__any_of=Given("cases")))


def duties_of(case_ids: Iterable[int]) -> dict[int, list[Duty]]:
    """Duties by case id, safety first, surest first; one query."""
    found: dict[int, list[Duty]] = {}
    rows = _DUTIES.ask(cases=list(case_ids))
    for duty in sorted(rows, key=lambda d: (d.state == DutyState.DISMISSED, d.kind not in SAFETY_DUTIES, -d.score, d.kind)):
        found.setdefault(duty.case_id, []).append(duty)
    return found


@once_per_reading
def duties_of_case(case: Case) -> tuple[Duty, ...]:
    """Duties of one case, in the same order."""
    return tuple(duties_of([case.pk]).get(case.pk, []))


def _receipts() -> QuerySet[Receipt]:
    ended = Receipt.objects.filter(duty__case=Given("case"), duty__state=DutyState.RECEIPTED)
    return ended.select_related("duty", "entered_by").order_by("pk")


_RECEIPTS = Prepared(_receipts)


def receipts_of(case: Case) -> dict[str, Receipt]:
    """The receipts that ended duties, by kind; one of an earlier hand-over ends nothing any more once the duty is open again."""
    return {row.duty.kind: row for row in _RECEIPTS.ask(case=case.pk)}


@dataclass(frozen=True, slots=True)
class Kept:
    """A piece of evidence, opened: `data` has text, lang, author, url, published_at, findings, products and criteria, or {"gone": True}."""

    kind: str
    captured_at: datetime
    post_id: int | None
    digest: str
    data: dict[str, Any]


def opened(name: str, sealed: bytes | memoryview | None) -> str | None:
    """Words sealed under a key; None when the key was destroyed."""
    if sealed is None:
        return ""
    try:
        return vault().open(name, bytes(sealed))
    except KeyGone:
        return None


def _kept(case: Case, row: Evidence) -> Kept:
    words = opened(case.vault, row.sealed)
    return Kept(row.kind, row.captured_at, row.post_id, row.digest, {"gone": True} if words is None else json.loads(words))


_EVIDENCE = Prepared(lambda: Evidence.objects.filter(case=Given("case")).order_by("captured_at", "pk"))
_HAPPENINGS = Prepared(lambda: Happening.objects.filter(case=Given("case")).select_related("by").order_by("at", "pk"))


def evidence_of(case: Case) -> list[Kept]:
    """Everything kept for a case, oldest first, opened with the case's key; the data says so when the key is gone."""
    return [_kept(case, row) for row in _EVIDENCE.ask(case=case.pk)]


def happenings_of(case: Case) -> list[Happening]:
    """The timeline of a case, oldest first."""
    return _HAPPENINGS.ask(case=case.pk)


def words_of(case: Case, happening: Happening) -> str | None:
    """The words of a timeline line, opened; empty when it has none, None when the key is gone."""
    return opened(case.vault, happening.sealed)


def _replies() -> QuerySet[Reply]:
    replies = Reply.objects.filter(case=Given("case")).order_by("at", "pk")
    return replies.select_related("by", "publication", "publication__account", "publication__message")


_REPLIES = Prepared(_replies)


def replies_of(case: Case) -> list[Reply]:
    """Replies with their publication and what was seen of it, oldest first."""
    found = _REPLIES.ask(case=case.pk)
    prefetch_related_objects(found, "publication__read_backs", "publication__drifts")
    return found


def posts_of(case: Case) -> QuerySet[CasePost]:
    return CasePost.objects.filter(case=case).select_related("post", "post__source").order_by("added_at", "pk")


@lru_cache(maxsize=500)
def _earlier(held: tuple[Held, ...]) -> Prepared[Case]:
    others = cases_visible_to(held).select_related(None).filter(person_key=Given("person", CharField()))
    return Prepared(lambda: others.exclude(pk=Given("case")).order_by("-opened_at")[:COUNTED])


def earlier_cases(case: Case, held: Iterable[Held]) -> list[Case]:
    """Other cases of the same person that the reader may see, newest first, no more than are counted."""
    return _earlier(tuple(held)).ask(person=case.person_key, case=case.pk)


def cases_of_post(post_id: int, held: Iterable[Held]) -> QuerySet[Case]:
    """Cases a post belongs to, as far as the reader may see them."""
    return cases_visible_to(held).filter(Exists(CasePost.objects.filter(case=OuterRef("pk"), post_id=post_id))).order_by("-opened_at")


def _present() -> QuerySet[Presence]:
    there = Presence.objects.filter(case__id__any_of=Given("cases"), seen_at__gt=Given("since", DateTimeField()))
    return there.exclude(person=Given("me")).select_related("person").order_by("person__name")


_PRESENT = Prepared(_present)


def others_in(case_ids: Iterable[int], me: User, now: datetime) -> dict[int, list[Presence]]:
    """Who else has these cases open, by case id; one query."""
    found: dict[int, list[Presence]] = {}
    for row in _PRESENT.ask(cases=list(case_ids), since=now - PRESENCE, me=me.pk):
        found.setdefault(row.case_id, []).append(row)
    return found


@cache
def _people(act: str) -> Prepared[User]:
    return Prepared(lambda: _people_query(act))


def _people_query(act: str) -> QuerySet[User]:
    now = Given("now", DateTimeField())
    grants = Grant.objects.filter(person=OuterRef("pk"), function__in=sorted(functions_for(act)), valid_from__lte=now)
    grants = grants.filter(Q(valid_to=None) | Q(valid_to__gt=now))
    for side in ("market", "brand", "account"):
        grants = grants.filter(Q(**{side: ""}) | Q(**{side: Given(side, CharField())}))
    return User.objects.filter(Exists(grants), is_active=True, is_machine=False).order_by("name")


def people_for(case: Case, now: datetime, act: str = "case.see") -> list[User]:
    """Active people whose own grants allow `act` on this case; one query, deputies not counted."""
    place = place_of(case)
    return _people(act).ask(now=now, market=place.market or "", brand=place.brand or "", account=place.account or "")


def _first() -> QuerySet[Evidence]:
    rows = Evidence.objects.filter(case__id__any_of=Given("cases"), kind="post")
    return rows.order_by("case_id", "captured_at", "pk").distinct("case_id")


_FIRST = Prepared(_first)


def first_evidence(cases: Iterable[Case]) -> dict[int, Kept]:
    """The first capture of each case, by case id; one query. For rows whose post has already been cleared away."""
    by_id = {case.pk: case for case in cases}
    return {row.case_id: _kept(by_id[row.case_id], row) for row in _FIRST.ask(cases=list(by_id))}


def all_cases(held: Iterable[Held], *, state: str = "", market: str = "", before: tuple[datetime, int] | None = None) -> QuerySet[Case]:
    """Cases newest first, for the list of all of them; `before` is the (opened_at, pk) of the last row seen."""
    found = cases_visible_to(held).order_by("-opened_at", "-pk")
    if state:
        found = found.filter(state=state)
    if market:
        found = found.filter(market=market)
    if before is not None:
        at, pk = before
        found = found.filter(Q(opened_at__lt=at) | Q(opened_at=at, pk__lt=pk))
    return found
