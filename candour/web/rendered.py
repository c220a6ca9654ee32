"""Pieces of pages rendered once per process and kept: whatever a piece shows is its key, so a kept piece is never an old one.

Only what every minute changes (clocks, "3 m ago") is put in afresh.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from candour.core.triage import QUEUE_THRESHOLD
from candour.people.models import User
from candour.people.rights import Held
from candour.web import icons, navigation, spoken_time
from candour.web.clock_faces import Face, clocks_of, face
from candour.web.inbox_rows import Chip, Row
from candour.web.marks import Mark
from candour.web.words import duty_look

#: Where the minute's words go in a kept row. Words of people are escaped, so none of them can hold a place like this.
CLOCKS, AGO = mark_safe("<!--clocks-->"), mark_safe("<!--ago-->")


def chip(kind: str, score: float | None = None, state: str = "") -> SafeString:
    """A duty chip; dashed when the score is below the queue threshold; state "done" is quiet, "off" struck through."""
    return _chip(kind, score, state, translation.get_language())


@lru_cache(maxsize=4000)
def _chip(kind: str, score: float | None, state: str, _language: str | None) -> SafeString:
    maybe = score is not None and score < QUEUE_THRESHOLD and not state
    return render_to_string("parts/chip.html", {"look": duty_look(kind), "score": score, "state": state, "maybe": maybe})


class _Reader(NamedTuple):
    """By what the words of an instant differ between readers."""

    zone: tzinfo
    language: str | None


def _reader() -> _Reader:
    return _Reader(timezone.get_current_timezone(), translation.get_language())


def clocks(thing: Any, now: datetime, layout: str) -> SafeString:
    """The clock pair of a case or row: layout "col" stacks them, "" puts them in one line."""
    return _clocks(thing, now, layout, _reader())


def _clocks(thing: Any, now: datetime, layout: str, reader: _Reader) -> SafeString:
    drawn = "".join(
        _kept_clock(*_minutes(kind, due_at, met_at, now), met_at, reader) for kind, due_at, met_at, _started in clocks_of(thing)
    )
    return mark_safe(f'<div class="cd-clocks {layout}">{drawn}</div>')  # noqa: S308  pieces of templates; `layout` is ours


def _minutes(kind: str, due_at: datetime | None, met_at: datetime | None, now: datetime) -> tuple[str, datetime | None, bool, int]:
    """What the words of a clock depend on: it changes once a minute, not with every request."""
    if due_at is None or met_at is not None:
        return kind, due_at, False, 0
    return kind, due_at, due_at <= now, int(abs(due_at - now) / timedelta(minutes=1))


@lru_cache(maxsize=20_000)
def _kept_clock(kind: str, due_at: datetime | None, late: bool, minutes: int, met_at: datetime | None, _of: _Reader) -> SafeString:
    """One clock with so many whole minutes left or, when late, over."""
    anchor = due_at or met_at or datetime.fromtimestamp(0, UTC)
    past = timedelta(minutes=minutes, seconds=1)  # the second keeps a clock with nothing left on its own side of its limit
    return _clock(face(kind, due_at, met_at, None, anchor + past if late else anchor - past))


def _clock(face: Face) -> SafeString:
    drawn, value = icons.icon(face.icon), _value(face)
    told = format_html(' title="{}: {}"', face.name, face.exact) if face.due_at else ""
    spoken = format_html('<span class="sr">{}: {}</span>', face.name, face.spoken)
    return format_html('<span class="cd-clock {} {}"{}>{}{}{}</span>', face.kind, face.state, told, drawn, spoken, value)


def _value(face: Face) -> SafeString:
    if face.due_at is None or face.state == "met":
        return format_html('<span class="v" aria-hidden="true">{}</span>', face.words)
    return format_html('<time class="v" aria-hidden="true" datetime="{}">{}</time>', face.due_at.isoformat(), face.words)


def ago(instant: datetime, now: datetime) -> SafeString:
    """How long ago, in the largest unit; in full on hover."""
    return _kept_age(instant, spoken_time.age(now - instant), _reader())


@lru_cache(maxsize=20_000)
def _kept_age(instant: datetime, words: str, _of: _Reader) -> SafeString:
    return format_html('<time datetime="{}" title="{}">{}</time>', instant.isoformat(), spoken_time.exact(instant), words)


@lru_cache(maxsize=500)
def navigation_list(held: tuple[Held, ...], current: str, _language: str | None) -> SafeString:
    """The navigation by loop for these grants on this screen."""
    return render_to_string("parts/nav.html", {"loops": navigation.loops_for(held, current)})


@lru_cache(maxsize=2000)
def people_options(people: tuple[tuple[int, str], ...], me: int, chosen: str, _language: str | None) -> SafeString:
    """One option for each of (number, name)."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (pk, mark_safe(" selected") if str(pk) == chosen else "", _("%(name)s (you)") % {"name": name} if pk == me else name)
            for pk, name in people
        ),
    )


class Shown(NamedTuple):
    """Everything a row shows, apart from what the minute changes."""

    key: str
    url: str
    is_case: bool
    author: str
    network: str
    to: str
    market: str
    lang: str
    born_late: bool
    others: tuple[str, ...]
    initials: tuple[str, ...]
    text: str
    marks: tuple[Mark, ...]
    chips: tuple[Chip, ...]
    first_chips: tuple[Chip, ...]
    more_chips: int
    alike: int
    gone: bool
    locked: bool
    owner: str
    owner_initials: str
    mine: bool
    chosen: bool


def _shown(row: Row, reader: User, chosen: bool) -> Shown:
    people = [other.person for other in row.others]
    return Shown(
        key=row.key,
        url=row.url,
        is_case=row.case is not None,
        author=row.author,
        network=row.network,
        to=row.to,
        market=row.market,
        lang=row.lang,
        born_late=bool(getattr(row.thing, "born_late", "")),
        others=tuple(person.name for person in people),
        initials=tuple(person.initials for person in people),
        text=row.text,
        marks=tuple(row.marks),
        chips=tuple(row.chips),
        first_chips=tuple(row.first_chips),
        more_chips=row.more_chips,
        alike=row.alike,
        gone=row.gone,
        locked=row.locked,
        owner=row.owner.name if row.owner else "",
        owner_initials=row.owner.initials if row.owner else "",
        mine=row.owner == reader,
        chosen=chosen,
    )


@lru_cache(maxsize=3000)
def _fixed(shown: Shown, _language: str | None) -> tuple[str, str, str]:
    """A row as the three pieces around its clocks and its age."""
    drawn = render_to_string(
        "parts/inbox_row.html", {"row": shown, "clocks": CLOCKS, "ago": AGO, "here": zip(shown.others, shown.initials, strict=True)}
    )
    before, _, rest = drawn.partition(CLOCKS)
    between, _, after = rest.partition(AGO)
    return before, between, after


def row(line: Row, reader: User, now: datetime, *, chosen: bool) -> SafeString:
    """One row of the inbox."""
    of = _reader()
    before, between, after = _fixed(_shown(line, reader, chosen), of.language)
    age = _kept_age(line.heard_at, spoken_time.age(now - line.heard_at), of)
    return mark_safe("".join([before, _clocks(line.thing, now, "col", of), between, age, after]))  # noqa: S308  pieces of templates


class FoundPost(NamedTuple):
    """Everything a found post shows; `published` and `exact` are its instant in words, short and in full."""

    pk: int
    author: str
    source: str
    kind: str
    market: str
    lang: str
    published_at: datetime
    published: str
    exact: str
    text: str
    marks: tuple[Mark, ...]
    duties: tuple[tuple[str, float], ...]


def found_post(post: FoundPost) -> SafeString:
    """One row of a search."""
    return _found_post(post, translation.get_language())


@lru_cache(maxsize=3000)
def _found_post(post: FoundPost, _language: str | None) -> SafeString:
    return render_to_string("parts/found_post.html", {"post": post})
