"""Rows of the inbox: open cases and posts nobody has judged yet, merged by the nearest clock, page by page from the last row seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.http import urlencode
from django.utils.translation import get_language

from candour.cases import queries as cases
from candour.cases.models import Case, Duty, Presence
from candour.core.rights import functions_for
from candour.core.states import DutyState
from candour.listening import queries as listening
from candour.listening.authors import author_of
from candour.listening.models import PostFinding, PostVersion
from candour.people.models import User
from candour.people.prepared import Prepared
from candour.people.rights import Held, Place, may
from candour.training.queries import GATE_COURSE, valid_certificate
from candour.web.addresses import address_of
from candour.web.marks import Mark, excerpt, marks_of

PAGE = 25
CHIPS = 2
CASE_TABS = frozenset({"nearest", *cases.QUEUES})
POST_TABS = frozenset({"nearest", "judge", "second"})
TABS = ("nearest", "safety", "questions", "receipt", "judge", "second")
STATES = ("", "mine", "nobody")


class Cursor(NamedTuple):
    """The place of the last row seen: its instant, whether it was a case (c) or a post (p), and its id."""

    at: datetime
    kind: str
    pk: int

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """The cursor in an address; None for none or for one that is not ours."""
        try:
            micros, kind, pk = text.split("-")
            return cls(datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(micros)), kind, int(pk)) if kind in "cp" else None
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        return f"{int((self.at - datetime.fromtimestamp(0, UTC)) / timedelta(microseconds=1))}-{self.kind}-{self.pk}"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader looks at."""

    tab: str = "nearest"
    market: str = ""
    duty: str = ""
    state: str = ""

    @classmethod
    def read(cls, given: Any) -> Filters:
        """From an address; unknown tabs and states fall back to the first."""
        tab, state = given.get("tab", "nearest"), given.get("state", "")
        known_tab = tab if tab in TABS else "nearest"
        return cls(known_tab, given.get("market", "")[:8], given.get("duty", "")[:24], state if state in STATES else "")

    def address(self, **changes: str) -> str:
        """The address of the inbox with these filters, changed."""
        values = {"tab": self.tab, "market": self.market, "duty": self.duty, "state": self.state} | changes
        given = {key: value for key, value in values.items() if value and (key, value) != ("tab", "nearest")}
        return address_of("inbox") + (f"?{urlencode(given)}" if given else "")


class Chip(NamedTuple):
    kind: str
    score: float | None
    state: str


@dataclass(slots=True)
class Row:
    """One row: a case or a post, with everything the list shows of it."""

    key: str
    at: datetime
    thing: Any
    case: Case | None
    version: PostVersion | None
    author: str
    network: str
    to: str
    market: str
    lang: str
    heard_at: datetime
    text: str
    marks: list[Mark]
    chips: list[Chip]
    url: str
    alike: int
    duties: list[Duty] = field(default_factory=list)
    owner: User | None = None
    others: list[Presence] = field(default_factory=list)
    locked: bool = False
    gone: bool = False

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.at, self.key[0], int(self.key[1:]))

    @property
    def first_chips(self) -> list[Chip]:
        return self.chips[:CHIPS]

    @property
    def more_chips(self) -> int:
        return max(len(self.chips) - CHIPS, 0)


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    next: Cursor | None


def case_queue(held: Iterable[Held], filters: Filters, me: User | int) -> QuerySet[Case]:
    return cases.queue(held, filters.tab, market=filters.market, duty=filters.duty, who=filters.state, me=me)


def post_queue(held: Iterable[Held], filters: Filters) -> QuerySet[PostVersion]:
    """Posts of a tab; a post belongs to nobody yet, so "mine" has none."""
    if filters.state == "mine":
        return listening.to_judge(held).none()
    found = listening.second_look if filters.tab == "second" else listening.to_judge
    return found(held, market=filters.market, duty=filters.duty)


def _cases(held: Sequence[Held], filters: Filters, me: User, cursor: Cursor | None) -> list[Case]:
    if filters.tab not in CASE_TABS:
        return []
    if cursor is None:
        return _first_cases(tuple(held), filters, me.pk).ask()
    found = cases.after(cases.as_rows(case_queue(held, filters, me)), cursor.at, cursor.pk if cursor.kind == "c" else None)
    return list(found[: PAGE + 1])


@lru_cache(maxsize=500)
def _first_cases(held: tuple[Held, ...], filters: Filters, me: int) -> Prepared[Case]:
    return Prepared(lambda: cases.as_rows(case_queue(held, filters, me))[: PAGE + 1])


def _posts(held: Sequence[Held], filters: Filters, cursor: Cursor | None) -> list[tuple[Cursor, int]]:
    """The places of the first posts and the ids of their versions; the page loads only those that it shows."""
    if filters.tab not in POST_TABS:
        return []
    found = _first_posts(tuple(held), filters).ask() if cursor is None else _places(held, filters, cursor)
    return [(Cursor(at, "p", post), version) for at, post, version in found]


@lru_cache(maxsize=500)
def _first_posts(held: tuple[Held, ...], filters: Filters) -> Prepared[tuple[datetime, int, int]]:
    return Prepared(lambda: _places(held, filters, None))


def _places(held: Sequence[Held], filters: Filters, cursor: Cursor | None) -> QuerySet[PostVersion, tuple[datetime, int, int]]:
    found, name = post_queue(held, filters), "post__first_heard_at" if filters.tab == "second" else "post__judge_by"
    if cursor:
        behind = Q(**{name: cursor.at, "post_id__gt": cursor.pk if cursor.kind == "p" else 0})
        found = found.filter(Q(**{f"{name}__gt": cursor.at}) | behind)
    return found.values_list(name, "post_id", "pk")[: PAGE + 1]


def page(held: Sequence[Held], filters: Filters, me: User, now: datetime, cursor: Cursor | None = None) -> Page:
    """One page of rows, nearest clock first; at one instant cases stand before posts."""
    found = {Cursor(case.next_due_at, "c", case.pk): case for case in _cases(held, filters, me, cursor)}
    posts = dict(_posts(held, filters, cursor))
    nearest = sorted([*found, *posts])[:PAGE]
    waiting = listening.versions_by_id(held, [posts[place] for place in nearest if place in posts])
    rows = rows_of([found[place] for place in nearest if place in found], waiting, held, me, now)
    return Page(sorted(rows, key=lambda row: row.cursor), nearest[-1] if len(found) + len(posts) > PAGE else None)


def _waits_until(version: PostVersion) -> datetime:
    """The instant by which a post stands in the list."""
    return version.post.judge_by or version.post.first_heard_at


def rows_of(found: Sequence[Case], waiting: Sequence[PostVersion], held: Sequence[Held], me: User, now: datetime) -> list[Row]:
    """Rows with their words, marks, chips, owner and company, in a fixed number of queries."""
    versions = listening.words_of(case.post_id for case in found)
    findings = listening.findings_of([*(v.pk for v in versions.values()), *(v.pk for v in waiting)])
    duties, others = cases.duties_of(case.pk for case in found), cases.others_in((case.pk for case in found), me, now)
    kept = cases.first_evidence(missing) if (missing := [case for case in found if case.post_id not in versions]) else {}
    answers = any(grant.function in functions_for("case.reply") for grant in held)
    certified = valid_certificate(me, GATE_COURSE, now) is not None
    rows = []
    for case in found:
        version = versions.get(case.post_id)
        row = _case_row(case, version, findings.get(version.pk, []) if version else [], duties.get(case.pk, []))
        if version is None:
            _from_evidence(row, kept.get(case.pk))
        row.others, row.locked = others.get(case.pk, []), answers and not (certified and may(held, "case.reply", Place(case.market)))
        rows.append(row)
    return rows + [_post_row(version, findings.get(version.pk, [])) for version in waiting]


def as_plain(findings: Iterable[PostFinding]) -> list[dict[str, Any]]:
    """Stored findings in the shape that marks are made of."""
    return [{"duty": f.duty, "score": f.score, "spans": f.spans, "why": f.why, "pack": f.pack} for f in findings]


def products_in(version: PostVersion) -> list[str]:
    return [name for name in version.products.split(", ") if name]


@dataclass(frozen=True, slots=True)
class _Excerpted:
    """A version with its findings, told apart by `key`: neither ever changes once it is stored."""

    key: tuple[object, ...]
    version: PostVersion = field(compare=False)
    findings: Sequence[PostFinding] = field(compare=False)


def preview_of(version: PostVersion, findings: Sequence[PostFinding]) -> tuple[str, list[Mark]]:
    """A piece of the post with its marks, about as long as a row shows."""
    return _excerpt(_Excerpted((version.pk, version.products, *(found.pk for found in findings), get_language()), version, findings))


@lru_cache(maxsize=4000)
def _excerpt(of: _Excerpted) -> tuple[str, list[Mark]]:
    text = of.version.text
    return excerpt(text, marks_of(as_plain(of.findings), products_in(of.version), text))


def _duty_chip(duty: Duty) -> Chip:
    ended = duty.state in (DutyState.HANDED_OVER, DutyState.RECEIPTED)
    return Chip(duty.kind, duty.score, "done" if ended else "off" if duty.state == DutyState.DISMISSED else "")


def _case_row(case: Case, version: PostVersion | None, findings: list[PostFinding], duties: list[Duty]) -> Row:
    text, marks = preview_of(version, findings) if version else ("", [])
    return Row(
        key=f"c{case.pk}",
        at=case.next_due_at,
        thing=case,
        case=case,
        version=version,
        author=author_of(version) if version else "",
        network=case.source_kind,
        to=case.account.handle if case.account else case.heard_on,  # type: ignore[attr-defined]  # annotated by as_rows
        market=case.market,
        lang=case.lang,
        heard_at=case.opened_at,
        text=text,
        marks=marks,
        chips=[_duty_chip(duty) for duty in duties if duty.state != DutyState.DISMISSED],
        url=address_of("case", case.number),
        alike=case.alike,
        duties=duties,
        owner=case.assignee,
    )


def _from_evidence(row: Row, kept: cases.Kept | None) -> None:
    """Fill a row whose post was cleared away from what the case kept; after erasure the row says that the words are gone."""
    data = kept.data if kept else {"gone": True}
    row.gone = bool(data.get("gone"))
    if not row.gone:
        row.author = data.get("author", "")
        row.text, row.marks = excerpt(data["text"], marks_of(data.get("findings", [])))


def _post_row(version: PostVersion, findings: list[PostFinding]) -> Row:
    post, source = version.post, version.post.source
    text, marks = preview_of(version, findings)
    return Row(
        key=f"p{post.pk}",
        at=_waits_until(version),
        thing=post,
        case=None,
        version=version,
        author=author_of(version),
        network=source.kind,
        to=source.account.handle if source.account else source.name,
        market=version.market,
        lang=version.lang,
        heard_at=post.first_heard_at,
        text=text,
        marks=marks,
        chips=[Chip(f.duty, f.score, "") for f in findings] or ([Chip("UNSCREENED", None, "")] if version.unscreened else []),
        url=address_of("post", post.pk),
        alike=post.alike,
    )


def one(held: Sequence[Held], key: str, me: User, now: datetime) -> Row | None:
    """The row with this key, if the reader may see it."""
    kind, number = key[:1], key[1:]
    if kind not in ("c", "p") or not number.isdigit() or len(number) > 18:
        return None
    found = list(cases.as_rows(cases.cases_visible_to(held).filter(pk=number))) if kind == "c" else []
    waiting = list(listening.versions_visible_to(held).filter(post_id=number)) if kind == "p" else []
    return next(iter(rows_of(found, waiting, held, me, now)), None)
