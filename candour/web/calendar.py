"""The calendar: what goes out and what went out, by month, week or as a list; a text that has not left may be given another time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from candour.flows import schedule
from candour.flows.answers import Refusal
from candour.flows.refusals import record_refusal
from candour.messages import queries
from candour.messages.models import Publication
from candour.people.rights import Place, may
from candour.registry import queries as registry
from candour.web.message_words import PUBLICATION
from candour.web.typed_time import typed_instant
from candour.web.words import Look

VIEWS = {"month": gettext_lazy("Month"), "week": gettext_lazy("Week"), "list": gettext_lazy("List")}
_FILTERS = ("market", "account", "product")
#: Entries one page shows; the list says when there are more.
MOST = 500


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One text on its day. `movable`: this reader may give it another time; `at` is its time as a form's field writes it."""

    row: Publication
    look: Look
    movable: bool
    at: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day with its entries; `outside` belongs to a neighbouring month."""

    day: date
    entries: tuple[CalendarEntry, ...]
    today: bool
    outside: bool


@dataclass(frozen=True, slots=True)
class Span:
    """The days one page shows, and the first days of the pages before and after it."""

    first: date
    last: date
    earlier: date
    later: date


def span_of(view: str, day: date) -> Span:
    """A month in whole weeks from Monday, a week, or thirty days from `day` on."""
    if view == "week":
        first = day - timedelta(days=day.weekday())
        return Span(first, first + timedelta(days=6), first - timedelta(days=7), first + timedelta(days=7))
    if view == "list":
        return Span(day, day + timedelta(days=29), day - timedelta(days=30), day + timedelta(days=30))
    begins = day.replace(day=1)
    following = (begins + timedelta(days=31)).replace(day=1)
    first, ends = begins - timedelta(days=begins.weekday()), following - timedelta(days=1)
    return Span(first, ends + timedelta(days=6 - ends.weekday()), (begins - timedelta(days=1)).replace(day=1), following)


def _instant(day: date) -> datetime:
    """Midnight at the beginning of a day on the reader's clocks."""
    return datetime.combine(day, time(), timezone.get_current_timezone()).astimezone(UTC)


def _day_asked(words: str, today: date) -> date:
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return today
    return day if 2000 <= day.year < 2100 else today


def _chosen(asked: QueryDict) -> dict[str, str]:
    return {name: asked.get(name, "").strip()[:80].replace("\x00", "") for name in _FILTERS}


def _entry(request: HttpRequest, row: Publication) -> CalendarEntry:
    message = row.message
    place = Place(message.market, None, row.account.key)
    movable = row.state in schedule.MOVABLE and may(request.reader.held, "draft.publish", place)
    return CalendarEntry(row, PUBLICATION[row.state], movable, f"{timezone.localtime(row.due_at):%Y-%m-%dT%H:%M}")


def _days(span: Span, entries: Iterable[CalendarEntry], today: date, shown: date, view: str) -> list[Day]:
    by_day: dict[date, list[CalendarEntry]] = {}
    for entry in entries:
        by_day.setdefault(timezone.localtime(entry.row.due_at).date(), []).append(entry)
    every = [span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1)]
    if view == "list":
        every = [day for day in every if day in by_day]
    return [Day(day, tuple(by_day.get(day, ())), day == today, view == "month" and day.month != shown.month) for day in every]


def _page(request: HttpRequest, asked: QueryDict, *, status: int = 200, **more: Any) -> HttpResponse:
    today = timezone.localtime(request.reader.now).date()
    view = asked.get("view", "month") if asked.get("view", "month") in VIEWS else "month"
    day, chosen = _day_asked(asked.get("day", ""), today), _chosen(asked)
    span = span_of(view, day)
    rows = list(queries.calendar(request.reader.held, _instant(span.first), _instant(span.last + timedelta(days=1)), chosen)[: MOST + 1])
    days = _days(span, [_entry(request, row) for row in rows[:MOST]], today, day, view)
    kept = QueryDict(mutable=True)
    kept.update({name: value for name, value in chosen.items() if value})
    context = {
        "view": view,
        "views": VIEWS.items(),
        "day": day,
        "today": today,
        "span": span,
        "weeks": [days[start : start + 7] for start in range(0, len(days), 7)] if view != "list" else [],
        "days": days,
        "more": len(rows) > MOST,
        "chosen": chosen,
        "kept": kept.urlencode(),
        "markets": registry.markets(),
        "accounts": registry.accounts_visible_to(request.reader.held),
        "products": registry.products(),
        "pauses": queries.running_pauses(),
        "zone": str(timezone.get_current_timezone()),
    }
    return render(request, "calendar.html", context | more, status=status)


@login_required
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """The days with what goes out on them."""
    return _page(request, request.GET)


@login_required
@require_POST
def publication_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a text another time; the form may be a typed time or a text dragged to another day. A refusal is told on the calendar."""
    reader, found = request.reader, queries.publication_for(request.reader.held, pk)
    if found is None:
        raise Http404
    try:
        due_at = typed_instant(request.POST.get("due_at", ""))
        if due_at is None:
            raise Refusal(_("Choose a day and a time."), status=400)
        schedule.move_to(reader.person, found, due_at, reader.now)
    except Refusal as refused:
        record_refusal(reader.person, "publication.move", f"{found.message.key}: publication {pk}", refused)
        return _page(request, request.POST, status=refused.status, problem=refused)
    told = {name: request.POST.get(name, "") for name in ("view", "day", *_FILTERS) if request.POST.get(name)}
    query = QueryDict(mutable=True)
    query.update(told)
    return HttpResponseRedirect(f"{reverse('calendar')}?{query.urlencode()}#p{pk}")


urls = [
    path("calendar/", calendar, name="calendar"),
    path("publications/<int:pk>/move/", publication_move, name="publication-move"),
]
